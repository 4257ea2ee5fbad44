"""From a YAML file to dataclasses, with the line of every fault.

PyYAML's node tree keeps the line of each key and value; the dataclass fields of `bot.knowledge.model`
are the schema. A fault does not stop the reading: it is noted, and the rest is read on.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, Union

import yaml

from bot.knowledge import model
from bot.knowledge.faults import Fault, fault

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml is ten times as fast, where PyYAML has it
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PHONE = re.compile(r"1\d{2,3}|116 \d{3}|\d{2} \d{2} \d{2} \d{2}|\d{2} \d{3} \d{3}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Located:
    """A parsed object and the line on which it begins, with the lines of its keys."""

    value: Any
    line: int
    lines: dict[str, int]


class Missing:
    """Stands for a value that could not be read; the fault is noted already."""


MISSING = Missing()


@dataclass
class Reader:
    """Reads one file and collects its faults."""

    file: str
    faults: list[Fault] = field(default_factory=list)

    def note(self, node_or_line: yaml.Node | int, code: str, **gaps: Any) -> Missing:
        """Note a fault at a node or line; returns MISSING so that callers can `return reader.note(...)`."""
        line = node_or_line if isinstance(node_or_line, int) else node_or_line.start_mark.line + 1
        self.faults.append(fault(self.file, line, code, **gaps))
        return MISSING

    def compose(self, path: Path) -> yaml.MappingNode | None:
        """Read a file into a YAML node tree.

        Returns:
            The top mapping, or None after noting why there is none.
        """
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            self.note(0, "ikke_utf8")
            return None
        for number, line in enumerate(text.splitlines(), 1):
            if re.match(r" *\t", line):
                self.note(number, "tabulator")
        if self.faults:
            return None
        try:
            node = yaml.compose(text, Loader=_LOADER)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.note(mark.line + 1 if mark else 0, "yaml", found=error.problem or error.context)
            return None
        except yaml.YAMLError as error:
            self.note(0, "yaml", found=str(error).splitlines()[0])
            return None
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            self.note(0, "tom_fil", expected=path.stem)
            return None
        if not isinstance(node, yaml.MappingNode):
            self.note(
                node, "forkert_type", key=path.name, found=node.tag.rsplit(":", 1)[-1], expected="nøgler"
            )
            return None
        return node

    def mapping(self, node: yaml.MappingNode) -> dict[str, tuple[yaml.Node, yaml.Node]]:
        """Give key -> (key node, value node); note keys that stand twice."""
        found: dict[str, tuple[yaml.Node, yaml.Node]] = {}
        for key, value in node.value:
            name = str(key.value)
            if name in found:
                self.note(key, "dobbelt_noegle", found=name)
            found[name] = (key, value)
        return found

    def object(self, node: yaml.Node, cls: type[T]) -> T | Missing:
        """Read a mapping node as dataclass `cls`."""
        if not isinstance(node, yaml.MappingNode):
            return self.note(
                node, "forkert_type", key=cls.__name__, found=_shown(node), expected="nøgler og værdier"
            )
        keys = self.mapping(node)
        spec = _fields(typing.cast(Hashable, cls))
        before = len(self.faults)
        for name in keys.keys() - spec.keys():
            self.note(keys[name][0], "ukendt_noegle", found=name, expected=sorted(spec))
        values: dict[str, Any] = {}
        for name, (kind, required) in spec.items():
            if name in keys:
                values[name] = self.value(keys[name][1], kind, name)
            elif required:
                self.note(node, "mangler_noegle", found=name, expected=_describe(kind))
        if len(self.faults) > before:
            return MISSING
        return cls(**values)

    def value(self, node: yaml.Node, kind: Any, key: str) -> Any:
        """Read a node as a value of type `kind`; `key` is named in a fault."""
        kind = _without_none(kind)
        if dataclasses.is_dataclass(kind):
            return self.object(node, typing.cast(type, kind))
        if typing.get_origin(kind) is tuple:
            if not isinstance(node, yaml.SequenceNode):
                return self.note(node, "forkert_type", key=key, found=_shown(node), expected="en liste")
            item = typing.get_args(kind)[0]
            return tuple(self.value(child, item, key) for child in node.value)
        if not isinstance(node, yaml.ScalarNode):
            return self.note(
                node, "forkert_type", key=key, found="en liste eller nøgler", expected=_describe(kind)
            )
        if typing.get_origin(kind) is Literal:
            choices = typing.get_args(kind)
            return (
                node.value
                if node.value in choices
                else self.note(node, "ukendt_vaerdi", key=key, found=node.value, expected=choices)
            )
        return _SCALARS[kind](self, node, key)

    def text(self, node: yaml.ScalarNode, key: str) -> Any:
        """Read a text; empty text is a fault."""
        if not node.value.strip() or node.tag.endswith(":null"):
            return self.note(node, "tom_tekst", key=key)
        return " ".join(node.value.split())

    def _int(self, node: yaml.ScalarNode, key: str) -> Any:
        if node.tag.endswith(":int") and node.value.isdigit():
            return int(node.value)
        return self.note(node, "forkert_type", key=key, found=node.value, expected="et tal")

    def _bool(self, node: yaml.ScalarNode, key: str) -> Any:
        if node.value in ("true", "false") and node.tag.endswith(":bool"):
            return node.value == "true"
        return self.note(node, "forkert_type", key=key, found=node.value, expected="true eller false")

    def _date(self, node: yaml.ScalarNode, key: str) -> Any:
        try:
            return (
                date.fromisoformat(node.value)
                if _DATE.fullmatch(node.value)
                else self.note(node, "dato", key=key, found=node.value)
            )
        except ValueError:
            return self.note(node, "dato", key=key, found=node.value)

    def _matching(self, pattern: re.Pattern[str], code: str) -> Callable[[yaml.ScalarNode, str], Any]:
        def read(node: yaml.ScalarNode, key: str) -> Any:
            return (
                node.value
                if pattern.fullmatch(node.value)
                else self.note(node, code, found=node.value, key=key)
            )

        return read

    def _pattern(self, node: yaml.ScalarNode, key: str) -> Any:
        try:
            re.compile(node.value)
        except re.error as error:
            return self.note(node, "moenster", found=node.value, expected=error)
        return node.value or self.note(node, "tom_tekst", key=key)


_URL = re.compile(r"https?://\S+")
_SCALARS: dict[Any, Callable[[Reader, yaml.ScalarNode, str], Any]] = {
    str: Reader.text,
    int: Reader._int,
    bool: Reader._bool,
    date: Reader._date,
    model.Pattern: Reader._pattern,
    model.Slug: lambda r, n, k: r._matching(_SLUG, "slug")(n, k),
    model.Phone: lambda r, n, k: r._matching(_PHONE, "telefon")(n, k),
    model.Url: lambda r, n, k: r._matching(_URL, "adresse")(n, k),
    model.Ref: Reader.text,
    model.SourceId: Reader.text,
    model.NeedId: Reader.text,
    model.RegionName: Reader.text,
    model.MunicipalityName: Reader.text,
}


@cache
def _fields(cls: Any) -> dict[str, tuple[Any, bool]]:
    hints = typing.get_type_hints(cls)
    return {
        f.name: (hints[f.name], f.default is dataclasses.MISSING and f.default_factory is dataclasses.MISSING)
        for f in dataclasses.fields(cls)
    }


def _shown(node: yaml.Node) -> str:
    """What stands at a node, in words for editors."""
    return node.value if isinstance(node, yaml.ScalarNode) else "en liste eller nøgler"


def _without_none(kind: Any) -> Any:
    if typing.get_origin(kind) in (Union, types.UnionType):
        return next(arg for arg in typing.get_args(kind) if arg is not type(None))
    return kind


def _describe(kind: Any) -> str:
    kind = _without_none(kind)
    if typing.get_origin(kind) is tuple:
        return "en liste"
    if typing.get_origin(kind) is Literal:
        return ", ".join(typing.get_args(kind))
    if dataclasses.is_dataclass(kind):
        return "nøgler: " + ", ".join(_fields(typing.cast(type, kind)))
    return {int: "et tal", bool: "true eller false", date: "en dato", model.Slug: "et id"}.get(kind, "tekst")
