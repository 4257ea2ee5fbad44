"""The loader: what is wrong is named with file, line and what is expected; what is right is frozen."""

from __future__ import annotations

import ast
import dataclasses
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from bot.knowledge import Fault, Knowledge, KnowledgeError, load_knowledge
from bot.knowledge.loader import FILES
from bot.knowledge.model import LEVELS, Answer, Offer, Recommendation, Service

ROOT = Path(__file__).resolve().parents[2]
CODE = ROOT / "bot" / "knowledge"
SMALL = Path(__file__).parent / "small"
SENTENCES: dict[str, str] = yaml.safe_load((CODE / "faults.yml").read_text(encoding="utf-8"))
WHOLE_FILE = ""

INTERVENTIONS = (
    "apopleksi-65plus", "forventningssamtalen", "netvaerksvenner", "center-for-paaroerende",
    "hjerneskadekoordinator", "rejsehold", "paaroerendevejleder", "paaroerenderaad", "aaben-dialog",
    "laer-at-tackle", "akutsamtalen", "recovery-kurser", "craft", "digital-raadgivning",
    "telefonraadgivning", "cafeer-foredrag", "bisidder-besoegsven", "aflastning-afloesning",
)  # fmt: skip


class Case(NamedTuple):
    """A change to one file of the small knowledge base, and the fault that it makes.

    Attributes:
        name: what is wrong.
        file: the file that is changed and blamed.
        old: text that stands once in the file; "" stands for the whole file.
        new: what replaces it.
        code: the fault.
        at: text on the blamed line, after the change; `WHOLE_FILE` for no line.
        words: what the message must say: the wrong value, and what would be right.
    """

    name: str
    file: str
    old: str
    new: str
    code: str
    at: str
    words: tuple[str, ...] = ()


CASES = (
    # keys
    Case("unknown key", "contacts.yml", "  kind:", "  kindd: x\n  kind:", "ukendt_noegle", "kindd",
         ("kindd", "kind, ", "phone")),
    Case("unknown key of a small mapping", "interventions.yml", "{value: nej,", "{vaerdi: ja, value: nej,",
         "ukendt_noegle", "vaerdi", ("vaerdi", "text, value")),
    Case("unknown key at the top", "rights.yml", "rights:", "regler: []\nrights:", "ukendt_noegle", "regler",
         ("rights",)),
    Case("key missing", "contacts.yml", "  for_whom: Dig.\n", "", "mangler_noegle", "id: linjen",
         ("for_whom", "tekst")),
    Case("top key missing", "places.yml", "place_words: [Havn]", "", "mangler_noegle", "sources: [lov]",
         ("place_words",)),
    Case("key twice", "contacts.yml", "  for_whom: Dig.", "  for_whom: Dig.\n  for_whom: Mig.",
         "dobbelt_noegle", "Mig.", ("for_whom", "én gang")),
    Case("top key twice", "rights.yml", "rights:", "rights: []\nrights:", "dobbelt_noegle", "rights:\n",
         ("rights",)),
    # values of the wrong type
    Case("text for a truth value", "contacts.yml", "recommend: true", "recommend: måske", "forkert_type",
         "måske", ("recommend", "måske", "true eller false")),
    Case("text for a number", "interventions.yml", "number: 1", "number: et", "forkert_type", "number",
         ("et tal",)),
    Case("negative number", "interventions.yml", "relative_age_from: 18", "relative_age_from: -1",
         "forkert_type", "relative_age_from", ("-1", "et tal")),
    Case("text for a list", "contacts.yml", "levels: [info]", "levels: info", "forkert_type", "levels",
         ("info", "en liste")),
    Case("mapping for a list", "contacts.yml", "levels: [info]", "levels: {info: ja}", "forkert_type",
         "levels", ("en liste",)),
    Case("list for a text", "contacts.yml", "name: Linjen", "name: [Linjen]", "forkert_type", "name",
         ("tekst",)),
    Case("text for a mapping", "interventions.yml", "consent: {value: nej, text: Nej.}", "consent: nej",
         "forkert_type", "consent", ("nej",)),
    Case("list for a mapping", "interventions.yml", "consent: {value: nej, text: Nej.}", "consent: [nej]",
         "forkert_type", "consent"),
    Case("nothing under the top key", "vocabulary.yml",
         "- {id: mor, group: foraelder, label: din mor, words: [mor]}\n", "", "forkert_type", "relations",
         ("relations", "en liste")),
    Case("a list at the top", "needs.yml", "", "- livsfare_nu\n", "forkert_type", "- livsfare_nu"),
    Case("a text at the top", "needs.yml", "", "behov\n", "forkert_type", "behov"),
    # values of the wrong form
    Case("empty text", "contacts.yml", "summary: En linje.", 'summary: " "', "tom_tekst", "summary",
         ("summary",)),
    Case("no text", "contacts.yml", "summary: En linje.", "summary:", "tom_tekst", "summary", ("summary",)),
    Case("empty pattern", "danger_signs.yml", '["har en kniv"]', '[""]', "tom_tekst", '[""]', ("patterns",)),
    Case("unknown value", "contacts.yml", "kind: raadgivning", "kind: linje", "ukendt_vaerdi", "kind",
         ("linje", "raadgivning")),
    Case("unknown value in a list", "contacts.yml", "levels: [info]", "levels: [info, roligt]",
         "ukendt_vaerdi", "levels", ("roligt", "krise")),
    Case("capital letters in an id", "contacts.yml", "id: linjen", "id: Linjen", "slug", "id: Linjen",
         ("Linjen", "a-z")),
    Case("Danish letters in an id", "rights.yml", "id: klage", "id: kære-klage", "slug", "kære",
         ("kære-klage",)),
    Case("digits together", "contacts.yml", "70 20 30 40", "70203040", "telefon", "70203040",
         ("70203040", "mellemrum")),
    Case("a digit missing", "contacts.yml", "70 20 30 40", "70 20 30 4", "telefon", "phone", ("70 20 30 4",)),
    Case("a country code", "contacts.yml", "70 20 30 40", "+45 70 20 30 40", "telefon", "phone", ("+45",)),
    Case("no address", "contacts.yml", "https://eksempel.dk", "eksempel.dk", "adresse", "eksempel",
         ("url", "https://")),
    Case("Danish date", "rights.yml", "2026-11-21", "21-11-2026", "dato", "checked",
         ("21-11-2026", "år-måned-dag")),
    Case("no such day", "rights.yml", "2026-11-21", "2026-02-30", "dato", "checked", ("2026-02-30",)),
    Case("short date", "rights.yml", "2026-11-21", "2026-1-2", "dato", "checked", ("2026-1-2",)),
    Case("pattern with an open bracket", "danger_signs.yml", '["har en kniv"]', '["har (en kniv"]',
         "moenster", "har (en", ("har (en kniv",)),
    # dates that cannot be
    Case("checked in the future", "rights.yml", "2026-11-21", "2999-01-01", "dato_fremtid", "checked",
         ("2999-01-01",)),
    Case("seen in the future", "sources.yml", 'dated: "2019"\n  seen: 2026-11-21',
         'dated: "2019"\n  seen: 2999-01-01', "dato_fremtid", "2999", ("seen",)),
    Case("ends before it begins", "contacts.yml", "valid_to: 2026-12-31", "valid_to: 2025-12-31",
         "dato_raekkefoelge", "valid_to", ("2025-12-31", "senere")),
    # double
    Case("id twice", "sources.yml", "- id: rapport",
         "- id: lov\n  title: Igen\n  publisher: X\n  dated: uden dato\n  seen: 2026-11-21\n- id: rapport",
         "dobbelt_id", "\n- id: lov\n  title: Igen", ("lov", "linje 3")),
    Case("name of another offer", "methods.yml", "  category:", "  short_names: [SAMTALE]\n  category:",
         "dobbelt_navn", "short_names", ("samtale", "interventions/samtalen")),
    Case("name of another service", "contacts.yml", "  kind:", '  short_names: ["112"]\n  kind:',
         "dobbelt_navn", "short_names", ("112", "acute_services/112")),
    Case("place name twice", "places.yml", "name: Sydby, region: Region Syd",
         "name: Sydby, region: Region Syd, aliases: [havn]", "dobbelt_navn", "[havn]", ("havn", "Nordby")),
    Case("place twice in one entry", "places.yml", "aliases: [Havn]", "aliases: [Havn, Havn]", "dobbelt_navn",
         "[Havn, Havn]", ("Havn",)),
    Case("municipality twice", "places.yml", "ambiguous_places:",
         "- {name: Nordby, region: Region Syd}\nambiguous_places:", "dobbelt_id",
         "Nordby, region: Region Syd", ("Nordby",)),
    # references
    Case("no source", "rights.yml", "sources: [lov]", "sources: []", "mangler_kilde", "sources",
         ("sources.yml",)),
    Case("unknown source", "rights.yml", "sources: [lov]", "sources: [lov, avis]", "ukendt_kilde", "sources",
         ("avis", "sources.yml")),
    Case("unknown source of places", "places.yml", "sources: [lov]", "sources: [lov, kort]", "ukendt_kilde",
         "kort", ("kort",)),
    Case("source that nobody uses", "sources.yml", "- id: rapport",
         "- id: avis\n  title: Avis\n  publisher: Avisen\n  dated: i går\n  seen: 2026-11-21\n- id: rapport",
         "ubrugt_kilde", "id: avis", ("avis",)),
    Case("unknown need", "rights.yml", "needs: [tal_med_nogen]", "needs: [tale]", "ukendt_behov", "needs",
         ("tale", "needs.yml")),
    Case("unknown need of a sign", "danger_signs.yml", "need: livsfare_nu", "need: livsfare", "ukendt_behov",
         "need:", ("livsfare", "needs.yml")),
    Case("unknown region", "contacts.yml", "[Region Nord]", "[Region Vest]", "ukendt_region", "regions",
         ("Region Vest", "Region Nord, Region Syd")),
    Case("unknown region of a limit", "interventions.yml", "[Region Nord]", "[Region Vest]", "ukendt_region",
         "fit:", ("Region Vest",)),
    Case("unknown region of a municipality", "places.yml", "name: Sydby, region: Region Syd",
         "name: Sydby, region: Syd", "ukendt_region", "Sydby, region: Syd", ("Syd",)),
    Case("unknown municipality", "contacts.yml", "[Nordby]", "[Nørreby]", "ukendt_kommune", "municipalities",
         ("Nørreby", "places.yml")),
    Case("unknown municipality of a shared name", "places.yml", "[Nordby, Sydby]", "[Nordby, Østby]",
         "ukendt_kommune", "Østby", ("Østby",)),
    Case("dead reference", "confidentiality.yml", "[interventions/samtalen]", "[interventions/mødet]",
         "ukendt_henvisning", "related", ("interventions/mødet",)),
    Case("dead reference of a follow-up", "confidentiality.yml", "yes: rights/klage", "yes: rights/anke",
         "ukendt_henvisning", "follow_up", ("rights/anke",)),
    Case("dead answer of a need", "needs.yml", "rights/klage", "rights/anke", "ukendt_henvisning", "answers",
         ("rights/anke",)),
    Case("dead step of a need", "needs.yml", "contacts/linjen", "contacts/chatten", "ukendt_henvisning",
         "steps", ("contacts/chatten",)),
    Case("dead reference of a region", "places.yml", "acute_services/112", "acute_services/113",
         "ukendt_henvisning", "113", ("acute_services/113",)),
    Case("unknown exception", "danger_signs.yml", "unless: [fortid]", "unless: [fremtid]",
         "ukendt_undtagelse", "fremtid", ("fremtid", "exceptions")),
    # the file itself
    Case("tab", "rights.yml", "  fact:", "\tfact:", "tabulator", "\tfact", ("mellemrum",)),
    Case("empty file", "rights.yml", "", "", "tom_fil", WHOLE_FILE, ("rights",)),
    Case("only a comment", "rights.yml", "", "# rights:\n", "tom_fil", WHOLE_FILE, ("rights",)),
    Case("broken YAML", "rights.yml", "keywords: [klage]", "keywords: [klage", "yaml", "sources",
         ("gyldig YAML",)),
    Case("a colon in a text", "rights.yml", "answer: Skriv.", "answer: Skriv: nu.", "yaml", "Skriv: nu",
         ("gyldig YAML",)),
    Case("indented too far", "rights.yml", "  topic:", "    topic:", "yaml", "topic", ("gyldig YAML",)),
    Case("two documents", "rights.yml", "rights:", "a: 1\n---\nrights:", "yaml", "---", ("gyldig YAML",)),
)  # fmt: skip


def faults_of(folder: Path) -> tuple[Fault, ...]:
    with pytest.raises(KnowledgeError) as stop:
        load_knowledge(folder)
    assert str(stop.value) == "\n".join(map(str, stop.value.faults))
    return stop.value.faults


def change(folder: Path, file: str, old: str, new: str) -> str:
    """Change a file of the folder and give its new text."""
    text = (folder / file).read_text(encoding="utf-8")
    assert not old or text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
    text = text.replace(old, new) if old else new
    (folder / file).write_text(text, encoding="utf-8")
    return text


def line_of(text: str, at: str) -> int:
    """Give the number of the first line on which `at` stands; a line break at its front is not counted."""
    return text[: text.index(at) + len(at) - len(at.lstrip("\n"))].count("\n") + 1 if at else 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small knowledge base that a test may change."""
    return Path(shutil.copytree(SMALL, tmp_path / "knowledge"))


def test_small_knowledge_loads(folder: Path) -> None:
    assert len(load_knowledge(folder).entries) == 7


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_fault_is_named(case: Case, folder: Path) -> None:
    text = change(folder, case.file, case.old, case.new)
    faults = faults_of(folder)
    assert {(f.file, f.line, f.code) for f in faults} == {(case.file, line_of(text, case.at), case.code)}
    message = str(faults[0])
    assert message.startswith(f"{case.file}:{faults[0].line}: " if case.at else f"{case.file}: ")
    for word in case.words:
        assert word in message
    assert "Node(" not in message  # an editor reads it
    assert "{" not in faults[0].message or "{" in case.new


def test_missing_file(folder: Path) -> None:
    (folder / "rights.yml").unlink()
    assert ("rights.yml", 0, "mangler_fil") in [(f.file, f.line, f.code) for f in faults_of(folder)]


def test_missing_folder(tmp_path: Path) -> None:
    faults = faults_of(tmp_path / "nowhere")
    assert {f.file for f in faults} == set(FILES)
    assert {f.code for f in faults} == {"mangler_fil"}


@pytest.mark.parametrize("name", ["rettigheder.yml", "rights.yaml"])
def test_unknown_file(folder: Path, name: str) -> None:
    shutil.copy(folder / "rights.yml", folder / name)
    assert [(f.file, f.line, f.code) for f in faults_of(folder)] == [(name, 0, "ukendt_fil")]


def test_not_utf8(folder: Path) -> None:
    text = (folder / "recommendations.yml").read_text(encoding="utf-8")
    (folder / "recommendations.yml").write_bytes(text.encode("latin-1"))
    faults = faults_of(folder)
    assert [(f.file, f.code) for f in faults] == [("recommendations.yml", "ikke_utf8")]
    assert "UTF-8" in str(faults[0])


@pytest.mark.parametrize(
    "save",
    [
        pytest.param(lambda text: text.encode("utf-8-sig"), id="byte order mark"),
        pytest.param(lambda text: text.replace("\n", "\r\n").encode(), id="line ends of Windows"),
        pytest.param(lambda text: text.rstrip("\n").encode(), id="no line end at the end"),
        pytest.param(lambda text: text.replace("\n", "\n\n").encode(), id="blank lines"),
    ],
)
def test_how_an_editor_saves_does_not_matter(folder: Path, save: Any) -> None:
    for path in folder.glob("*.yml"):
        path.write_bytes(save(path.read_text(encoding="utf-8")))
    assert load_knowledge(folder) == load_knowledge(SMALL)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(
            [("rights.yml", "fact: ret-01", "fakta: ret-01"), ("contacts.yml", "70 20 30 40", "7020")],
            {("rights.yml", "ukendt_noegle"), ("rights.yml", "mangler_noegle"), ("contacts.yml", "telefon")},
            id="values in two files",
        ),
        pytest.param(
            [
                ("rights.yml", "needs: [tal_med_nogen]", "needs: [tale]"),
                ("contacts.yml", "[Region Nord]", "[Vest]"),
            ],
            {("rights.yml", "ukendt_behov"), ("contacts.yml", "ukendt_region")},
            id="references in two files",
        ),
        pytest.param(
            [("methods.yml", "[rapport]", "[avis]"), ("contacts.yml", "70 20 30 40", "7020")],
            {("methods.yml", "ukendt_kilde"), ("contacts.yml", "telefon")},
            id="a value and a reference in two files",
        ),
        pytest.param(
            [("rights.yml", "", ""), ("contacts.yml", "levels: [info]", "levels: [info")],
            {("rights.yml", "tom_fil"), ("contacts.yml", "yaml")},
            id="two files that cannot be read",
        ),
        pytest.param(
            [("contacts.yml", "kind: raadgivning", "kind: linje"), ("contacts.yml", "[info]", "[let]")],
            {("contacts.yml", "ukendt_vaerdi")},
            id="two in one entry",
        ),
    ],
)
def test_all_faults_come_at_once(
    folder: Path, changes: list[tuple[str, str, str]], expected: set[tuple[str, str]]
) -> None:
    for file, old, new in changes:
        change(folder, file, old, new)
    faults = faults_of(folder)
    assert expected <= {(f.file, f.code) for f in faults}
    assert len(faults) >= len(changes)
    assert list(faults) == sorted(faults, key=lambda f: (f.file, f.line))


def test_a_mended_folder_loads(folder: Path) -> None:
    change(folder, "rights.yml", "sources: [lov]", "sources: [avis]")
    faults_of(folder)
    change(folder, "rights.yml", "sources: [avis]", "sources: [lov]")
    assert load_knowledge(folder) == load_knowledge(SMALL)


# ---------------------------------------------------------------- the sentences of the faults


def literals(path: Path) -> set[str]:
    """Give all texts that a Python file spells out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def noted_codes(path: Path) -> set[str]:
    """Give the fault codes that a Python file passes to `fault` and `note`."""
    codes = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            place = {"fault": 2, "note": 1}.get(getattr(node.func, "attr", getattr(node.func, "id", "")))
            if place is not None and len(node.args) > place and isinstance(node.args[place], ast.Constant):
                codes.add(str(node.args[place].value))  # type: ignore[attr-defined]
    return codes


def test_every_fault_has_a_sentence_and_every_sentence_a_fault() -> None:
    files = [*CODE.glob("*.py")]
    assert set().union(*map(noted_codes, files)) <= set(SENTENCES)
    assert set(SENTENCES) <= set().union(*map(literals, files))


def test_every_fault_has_a_case() -> None:
    elsewhere = {"mangler_fil", "ukendt_fil", "ikke_utf8"}
    assert {case.code for case in CASES} | elsewhere == set(SENTENCES)


@pytest.mark.parametrize("code", SENTENCES)
def test_sentence_says_what_is_expected(code: str) -> None:
    assert "Forventet" in SENTENCES[code]


# ---------------------------------------------------------------- the real knowledge


@pytest.fixture(scope="module")
def real() -> Knowledge:
    return load_knowledge()


def test_second_load_is_the_same_object(real: Knowledge) -> None:
    assert load_knowledge() is real


def test_interventions(real: Knowledge) -> None:
    found = {
        key.removeprefix("interventions/"): entry
        for key, entry in real.entries.items()
        if key.startswith("interventions/")
    }
    assert set(found) == set(INTERVENTIONS)
    assert {slug: entry.number for slug, entry in found.items() if isinstance(entry, Offer)} == {
        slug: number for number, slug in enumerate(INTERVENTIONS, 1)
    }


def test_recommendations(real: Knowledge) -> None:
    found = [entry.number for entry in real.entries.values() if isinstance(entry, Recommendation)]
    assert found == [*range(1, 9)]


def test_places(real: Knowledge) -> None:
    assert len(real.municipalities) == 98
    assert {region.name for region in real.regions} == {
        "Region Hovedstaden", "Region Sjælland", "Region Syddanmark", "Region Midtjylland",
        "Region Nordjylland",
    }  # fmt: skip
    assert Counter(m.region for m in real.municipalities) == {
        "Region Hovedstaden": 29, "Region Sjælland": 17, "Region Syddanmark": 22, "Region Midtjylland": 19,
        "Region Nordjylland": 11,
    }  # fmt: skip
    for region in real.regions:
        assert region.acute_path, region.name
        assert any(isinstance(real.entries[ref], Service) and real.entries[ref].phone for ref in region.acute)  # type: ignore[union-attr]


def test_needs(real: Knowledge) -> None:
    assert len(real.needs) == 45
    levels = {"acute": {"livsfare", "akut"}, "crisis": {"krise"}, "meta": {"andet"}}
    for need in real.needs.values():
        assert need.level in levels.get(need.group, {"info"}), need.id
        assert need.label != need.id


def test_every_need_has_an_answer(real: Knowledge) -> None:
    rules = yaml.safe_load((ROOT / "bot" / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    first = {
        rule["steps"][0].get("intent"): rule["steps"][1].get("action")
        for rule in rules
        if len(rule["steps"]) > 1
    }
    known = {*domain["responses"], *domain["actions"], *domain["forms"], "action_restart"}
    for need in real.needs.values():
        assert first.get(need.id) in known, need.id
        if (
            first[need.id] == "action_besvar" and need.id != "akutte_tilbud"
        ):  # answered from the regions of places.yml
            assert need.answers or need.steps, need.id
        assert need.reason or need.group in ("meta", "acute") or need.id == "om_indsats", need.id


def test_answers_of_a_need_are_answers(real: Knowledge) -> None:
    for need in real.needs.values():
        assert all(isinstance(real.entries[ref], (Answer, Recommendation)) for ref in need.answers), need.id
        assert all(isinstance(real.entries[ref], (Offer, Service)) for ref in need.steps), need.id


def test_steps_of_a_need_can_be_recommended(real: Knowledge) -> None:
    """A step that is listed but never offered is a line that an editor believes in for nothing."""
    steps = [(need.id, ref, real.entries[ref]) for need in real.needs.values() for ref in need.steps]
    assert [(need, ref) for need, ref, entry in steps if not getattr(entry, "recommend", False)] == []


def test_names_lead_to_entries(real: Knowledge) -> None:
    assert set(real.names.values()) <= set(real.entries)
    assert all(name == name.lower() for name in real.names)
    assert {f"interventions/{slug}" for slug in INTERVENTIONS} <= set(real.names.values())


def test_facts_are_traced_once(real: Knowledge) -> None:
    facts = Counter(entry.fact for entry in real.entries.values() if isinstance(entry, Answer))
    assert [fact for fact, times in facts.items() if times > 1] == []


def mutable_parts(value: Any, path: str = "") -> list[str]:
    """Give the places inside a value that could be changed."""
    if isinstance(value, (str, int, date, type(None))):
        return []
    if isinstance(value, (tuple, frozenset)):
        return [
            found for number, part in enumerate(value) for found in mutable_parts(part, f"{path}[{number}]")
        ]
    if dataclasses.is_dataclass(value):
        frozen = vars(type(value))["__dataclass_params__"].frozen and not hasattr(value, "__dict__")
        own = [] if frozen else [path]
        fields = dataclasses.fields(value)
        return own + [
            found for f in fields for found in mutable_parts(getattr(value, f.name), f"{path}.{f.name}")
        ]
    if isinstance(value, Mapping) and type(value).__name__ == "mappingproxy":
        return [found for key, part in value.items() for found in mutable_parts(part, f"{path}[{key}]")]
    return [path]


def test_knowledge_is_immutable(real: Knowledge) -> None:
    assert mutable_parts(real) == []
    with pytest.raises(TypeError):
        real.entries["x"] = real.entries["interventions/craft"]  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        real.entries["interventions/craft"].summary = "x"  # type: ignore[union-attr, misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        real.entries = {}  # type: ignore[misc]


def test_mutable_parts_finds_a_list() -> None:
    assert mutable_parts((1, ["x"])) == ["[1]"]


def test_levels_are_those_of_the_needs(real: Knowledge) -> None:
    assert {need.level for need in real.needs.values()} == set(LEVELS)


def test_danger_signs_have_examples(real: Knowledge) -> None:
    for sign in real.danger_signs:
        assert len(sign.fires) >= 3, sign.id
        assert len(sign.silent) >= 2, sign.id
        assert not re.search(r"[A-ZÆØÅ]", sign.id), sign.id
