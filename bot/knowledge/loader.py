"""Loads `knowledge/` into one frozen `Knowledge`, or refuses with every fault there is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from bot.knowledge import model
from bot.knowledge.faults import Fault, KnowledgeError, fault
from bot.knowledge.parse import MISSING, Located, Reader

KNOWLEDGE_FOLDER = Path(__file__).resolve().parents[2] / "knowledge"

# file -> top-level key -> kind of its items. A kind that is no dataclass is a list of plain values.
FILES: Mapping[str, Mapping[str, Any]] = {
    "sources.yml": {"sources": model.Source},
    "needs.yml": {"needs": model.Need},
    "interventions.yml": {"interventions": model.Offer},
    "methods.yml": {"methods": model.Offer},
    "recommendations.yml": {"recommendations": model.Recommendation},
    "confidentiality.yml": {"confidentiality": model.Answer},
    "rights.yml": {"rights": model.Answer},
    "acute_services.yml": {"acute_services": model.Service},
    "contacts.yml": {"contacts": model.Service},
    "danger_signs.yml": {"exceptions": model.DangerException, "danger_signs": model.DangerSign},
    "places.yml": {
        "sources": model.SourceId,
        "regions": model.Region,
        "municipalities": model.Municipality,
        "ambiguous_places": model.AmbiguousPlace,
        "place_words": str,
    },
    "vocabulary.yml": {
        "relations": model.Term,
        "areas": model.Term,
        "substances": model.Term,
        "aspects": model.Term,
        "phrases": model.Term,
    },
}
_Items = Mapping[str, Mapping[str, list[Located]]]
_ENTRY_KINDS = (model.Offer, model.Recommendation, model.Answer, model.Service)


@lru_cache(maxsize=4)
def load_knowledge(folder: str | Path = KNOWLEDGE_FOLDER) -> model.Knowledge:
    """Load and check the knowledge base.

    Args:
        folder: the folder with the YAML files named in `FILES`.

    Returns:
        The knowledge base, immutable; a second call with the same folder gives the same object.

    Raises:
        KnowledgeError: with all faults of all files, each with file, line, what is wrong and what is
            expected.
    """
    folder = Path(folder)
    read = _Files(folder)
    read.faults += check(read.items, read.broken)
    if read.faults:
        raise KnowledgeError(read.faults)
    return _assemble(read.items)


class _Files:
    """All files of a folder, parsed: `items[file][key]` is a list of `Located`.

    `broken` names what could not be read, so that what refers to it is not a fault as well.
    """

    def __init__(self, folder: Path) -> None:
        self.faults: list[Fault] = []
        self.broken: set[str] = set()
        self.items: dict[str, dict[str, list[Located]]] = {}
        for path in sorted(folder.glob("*.y*ml")):
            if path.name not in FILES:
                self.faults.append(fault(path.name, 0, "ukendt_fil", expected=sorted(FILES)))
        for name, keys in FILES.items():
            self.items[name] = self._read(folder / name, keys)

    def _read(self, path: Path, keys: Mapping[str, Any]) -> dict[str, list[Located]]:
        reader = Reader(path.name)
        items: dict[str, list[Located]] = {key: [] for key in keys}
        if not path.exists():
            reader.note(0, "mangler_fil", expected=path.name)
        elif top := reader.compose(path):
            found = reader.mapping(top)
            for name in found.keys() - keys.keys():
                reader.note(found[name][0], "ukendt_noegle", found=name, expected=sorted(keys))
            for name, kind in keys.items():
                if name not in found:
                    reader.note(top, "mangler_noegle", found=name, expected="en liste")
                    continue
                node = found[name][1]
                if not isinstance(node, yaml.SequenceNode) or not node.value:
                    reader.note(node, "forkert_type", key=name, found="ingenting", expected="en liste")
                    continue
                for child in node.value:
                    if item := _located(reader, child, kind, name):
                        items[name].append(item)
                    else:
                        self.broken |= _names_in(child, path.stem)
        if reader.faults and not any(items.values()):
            self.broken.add(path.stem)
        self.faults += reader.faults
        return items


def _located(reader: Reader, node: yaml.Node, kind: Any, key: str) -> Located | None:
    value = reader.value(node, kind, key)
    if value is MISSING:
        return None
    lines = {}
    if isinstance(node, yaml.MappingNode):
        lines = {k.value: k.start_mark.line + 1 for k, _ in node.value}
    return Located(value, node.start_mark.line + 1, lines)


def _names_in(node: yaml.Node, stem: str) -> set[str]:
    """Names under which others may refer to an entry that could not be read."""
    if not isinstance(node, yaml.MappingNode):
        return {str(node.value)}
    names = {str(value.value) for key, value in node.value if key.value in ("id", "name")}
    return names | {f"{stem}/{name}" for name in names}


def check(items: _Items, broken: Collection[str] = ()) -> list[Fault]:
    """Check what goes beyond a single value: references, double ids and names, order of dates.

    Args:
        items: file -> top-level key -> parsed items with their lines.
        broken: names of entries that could not be read, and stems of files without any that could;
            references to them are no faults.

    Returns:
        All faults, in no particular order.
    """
    return [*_double_ids(items), *_double_names(items), *_references(items, broken), *_dates(items)]


def _all(items: _Items) -> Iterator[tuple[str, str, Located]]:
    for file, keys in items.items():
        for key, located in keys.items():
            for item in located:
                yield file, key, item


def _double_ids(items: _Items) -> Iterator[Fault]:
    for file, keys in items.items():
        for located in keys.values():
            seen: dict[str, int] = {}
            for item in located:
                name = getattr(item.value, "id", None) or getattr(item.value, "name", None)
                if name is None:
                    continue
                if name in seen:
                    yield fault(file, item.line, "dobbelt_id", found=name, expected=seen[name])
                seen.setdefault(name, item.line)


def _double_names(items: _Items) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for file, _, item in _all(items):
        if isinstance(item.value, (model.Offer, model.Service)):
            owner = f"{Path(file).stem}/{item.value.id}"
            for name in {item.value.name.lower(), *(n.lower() for n in item.value.short_names)}:
                if owners.setdefault(name, owner) != owner:
                    yield fault(
                        file,
                        item.lines.get("short_names", item.line),
                        "dobbelt_navn",
                        found=name,
                        expected=owners[name],
                    )
    places: dict[str, str] = {}
    for file, key, item in _all(items):
        if isinstance(item.value, (model.Region, model.Municipality, model.AmbiguousPlace)):
            for name in [item.value.name, *getattr(item.value, "aliases", ())]:
                owner = f"{key}: {item.value.name}"
                if (
                    places.setdefault(name.lower(), owner) != owner
                    or [item.value.name, *getattr(item.value, "aliases", ())].count(name) > 1
                ):
                    yield fault(file, item.line, "dobbelt_navn", found=name, expected=places[name.lower()])


def _references(items: _Items, broken: Collection[str]) -> Iterator[Fault]:
    sources = {i.value.id for i in items["sources.yml"]["sources"]}
    needs = {i.value.id for i in items["needs.yml"]["needs"]}
    regions = [i.value.name for i in items["places.yml"]["regions"]]
    municipalities = {i.value.name for i in items["places.yml"]["municipalities"]}
    exceptions = {i.value.id for i in items["danger_signs.yml"]["exceptions"]}
    entries = {f"{Path(f).stem}/{i.value.id}" for f, _, i in _all(items) if isinstance(i.value, _ENTRY_KINDS)}
    known: dict[str, tuple[Callable[[str], bool], str]] = {
        "sources": (_in(sources, broken, "sources"), "ukendt_kilde"),
        "needs": (_in(needs, broken, "needs"), "ukendt_behov"),
        "need": (_in(needs, broken, "needs"), "ukendt_behov"),
        "regions": (_in(regions, broken, "places"), "ukendt_region"),
        "region": (_in(regions, broken, "places"), "ukendt_region"),
        "municipalities": (_in(municipalities, broken, "places"), "ukendt_kommune"),
        "unless": (_in(exceptions, broken, "danger_signs"), "ukendt_undtagelse"),
        "related": (_in(entries, broken), "ukendt_henvisning"),
        "acute": (_in(entries, broken), "ukendt_henvisning"),
        "answers": (_in(entries, broken), "ukendt_henvisning"),
        "steps": (_in(entries, broken), "ukendt_henvisning"),
    }
    for file, key, item in _all(items):
        if file == "places.yml" and key == "sources" and not known["sources"][0](item.value):
            yield fault(file, item.line, "ukendt_kilde", found=item.value)
        for name, (is_known, code) in known.items():
            for owner in (item.value, getattr(item.value, "fit", None)):
                for value in _texts(getattr(owner, name, ())):
                    if not is_known(value):
                        line = item.lines.get(name if owner is item.value else "fit", item.line)
                        yield fault(file, line, code, found=value, expected=regions)
        follow_up = getattr(item.value, "follow_up", None)
        for value in (follow_up.yes, follow_up.no) if follow_up else ():
            if not known["related"][0](value):
                yield fault(file, item.lines["follow_up"], "ukendt_henvisning", found=value)
        if isinstance(item.value, _ENTRY_KINDS) and not item.value.sources:
            yield fault(file, item.lines.get("sources", item.line), "mangler_kilde")
    used = {s for _, _, i in _all(items) for s in _texts(getattr(i.value, "sources", ()))}
    used |= {i.value for i in items["places.yml"]["sources"]}
    for item in items["sources.yml"]["sources"]:
        if item.value.id not in used and not broken:
            yield fault("sources.yml", item.line, "ubrugt_kilde", found=item.value.id)


def _in(names: Collection[str], broken: Collection[str], stem: str = "") -> Callable[[str], bool]:
    """Make the test whether a name is known; what could not be read counts as known."""
    return lambda name: name in names or name in broken or (stem or name.split("/")[0]) in broken


def _texts(value: Any) -> Iterable[str]:
    return (value,) if isinstance(value, str) else value or ()


def _dates(items: _Items) -> Iterator[Fault]:
    for file, _, item in _all(items):
        begin, end = getattr(item.value, "valid_from", None), getattr(item.value, "valid_to", None)
        if begin and end and end < begin:
            yield fault(file, item.lines["valid_to"], "dato_raekkefoelge", found=end)
        for key in ("checked", "seen"):
            day = getattr(item.value, key, None)
            if day and day > date.today():
                yield fault(file, item.lines[key], "dato_fremtid", key=key, found=day)


def _assemble(items: _Items) -> model.Knowledge:
    def values(file: str, key: str) -> tuple[Any, ...]:
        return tuple(i.value for i in items[file][key])

    entries = {
        f"{Path(file).stem}/{item.value.id}": item.value
        for file, _, item in _all(items)
        if isinstance(item.value, _ENTRY_KINDS)
    }
    names = {
        name.lower(): key
        for key, entry in entries.items()
        if isinstance(entry, (model.Offer, model.Service))
        for name in (entry.name, *entry.short_names)
    }
    return model.Knowledge(
        entries=MappingProxyType(entries),
        sources=MappingProxyType({s.id: s for s in values("sources.yml", "sources")}),
        needs=MappingProxyType({n.id: n for n in values("needs.yml", "needs")}),
        danger_signs=values("danger_signs.yml", "danger_signs"),
        danger_exceptions=values("danger_signs.yml", "exceptions"),
        regions=values("places.yml", "regions"),
        municipalities=values("places.yml", "municipalities"),
        ambiguous_places=values("places.yml", "ambiguous_places"),
        place_words=frozenset(values("places.yml", "place_words")),
        relations=values("vocabulary.yml", "relations"),
        areas=values("vocabulary.yml", "areas"),
        substances=values("vocabulary.yml", "substances"),
        aspects=values("vocabulary.yml", "aspects"),
        phrases=values("vocabulary.yml", "phrases"),
        names=MappingProxyType(names),
    )
