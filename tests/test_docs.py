"""README and CONTRIBUTING say what is there, and what is there they say."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import textwrap
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import replies, serve
from bot.knowledge import load_knowledge
from bot.knowledge.model import Offer

ROOT = Path(__file__).resolve().parents[1]
KB = load_knowledge()
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
DOCUMENTS = {"README.md": README, "CONTRIBUTING.md": CONTRIBUTING}
PYTHON = sorted((ROOT / "bot").rglob("*.py"))

FENCED = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
PATH = re.compile(r"\.?[\w*-]+(?:[./][\w.*-]*)*")
SUFFIXES = (".yml", ".py", ".md", ".toml", ".in", ".lock")
MADE_BY_START = ("models", ".rasa", ".venv")

# Variables that are read and not for people who start the assistant, with the reason.
INTERNAL_VARIABLES = {
    "PYTHON": "set-up only: the error about a missing Python 3.10 names it",
    "MAKELEVEL": "set by make itself",
    "PY": "path inside the Makefile",
    "UV": "path inside the Makefile",
    "SERVE": "command inside the Makefile",
    "IS_310": "command inside the Makefile",
    "END": "command inside the Makefile",
    "OR_END": "command inside the Makefile",
    "RASA_TELEMETRY_ENABLED": "set and not read; the README says that telemetry is off",
}


def section(text: str, heading: str) -> str:
    """Give what stands under a heading of the second level."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def table(text: str) -> list[list[str]]:
    """Give the rows of the first table of a text, without its head."""
    rows = [line.strip().strip("|").split(" | ") for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def code_of(text: str) -> list[str]:
    """Give all code of a document: blocks line by line, and spans."""
    lines = [line for block in FENCED.findall(text) for line in block.splitlines()]
    return lines + SPAN.findall(FENCED.sub("", text))


# ---------------------------------------------------------------- commands

TARGETS = set(re.findall(r"^([a-z][a-z-]*):", MAKEFILE, re.MULTILINE))
PHONY = set(re.findall(r"^\.PHONY: ([a-z -]+)$", MAKEFILE, re.MULTILINE)[0].split())


def test_targets_of_the_makefile_are_declared() -> None:
    assert TARGETS == PHONY


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_command_that_is_named_exists(name: str) -> None:
    named = {target for code in code_of(DOCUMENTS[name]) for target in re.findall(r"\bmake ([a-z-]+)", code)}
    assert named
    assert named - TARGETS == set()


def test_every_target_is_in_the_readme_or_in_make_help() -> None:
    shown = subprocess.run(
        [shutil.which("make") or "make", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    listed = set(re.findall(r"^  ([a-z-]+) ", shown, re.MULTILINE))
    in_readme = {t for code in code_of(README) for t in re.findall(r"\bmake ([a-z-]+)", code)}
    assert "help" in in_readme
    assert TARGETS - listed - in_readme == set()
    assert listed <= TARGETS


# ---------------------------------------------------------------- files


def is_path(span: str) -> bool:
    return bool(PATH.fullmatch(span)) and ("/" in span or span.endswith(SUFFIXES))


def exists(span: str) -> bool:
    """Tell whether a path stands for something: from the root, in a room, or as the id of an entry."""
    if span in KB.entries or span.rstrip("/") in MADE_BY_START:
        return True
    places = [ROOT, ROOT / "knowledge", ROOT / "bot" / "data"]
    return any(any(place.glob(span.rstrip("/"))) for place in places)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_file_in_backticks_exists(name: str) -> None:
    paths = {span for span in SPAN.findall(FENCED.sub("", DOCUMENTS[name])) if is_path(span)}
    assert len(paths) > 5
    assert {path for path in paths if not exists(path)} == set()


@pytest.mark.parametrize(
    ("span", "path"),
    [
        ("knowledge/", True),
        ("bot/data/nlu/", True),
        (".ci/run", True),
        ("domain.yml", True),
        ("tests/conversations/*.yml", True),
        ("interventions/akutsamtalen", True),
        ("<file>/<id>", False),
        ("bot.triage", False),
        ("make run", False),
        ("fit", False),
    ],
)
def test_what_counts_as_a_path(span: str, path: bool) -> None:
    assert is_path(span) is path
    assert exists(span) or not path


@pytest.mark.parametrize("span", ["knowledge/missing.yml", "bot/missing/", "missing.py", "tests/x/*.yml"])
def test_a_missing_path_is_found(span: str) -> None:
    assert is_path(span)
    assert not exists(span)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_link_to_a_file_works(name: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", DOCUMENTS[name])
    assert {link for link in links if not (ROOT / link).exists()} == set()


def test_every_file_of_the_knowledge_base_has_its_row() -> None:
    rows = table(section(README, "Where to change what"))
    named = [span for row in rows for span in SPAN.findall(row[1]) if span.startswith("knowledge/")]
    assert set(named) == {f"knowledge/{path.name}" for path in (ROOT / "knowledge").iterdir()}


def test_the_number_of_needs_is_right() -> None:
    texts = [README, CONTRIBUTING, (ROOT / "config.yml").read_text(encoding="utf-8")]
    numbers = {number for text in texts for number in re.findall(r"\b(\d+) needs\b", text)}
    assert numbers == {str(len(KB.needs))} == {"45"}


# ---------------------------------------------------------------- environment variables


def variables_of_python() -> Iterator[str]:
    """Find names of variables that are read from the environment."""
    for path in PYTHON:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("environ"):
                keys = [node.slice]
            elif isinstance(node, ast.Call) and re.search(r"environ\.\w+$|getenv$", ast.unparse(node.func)):
                keys = node.args[:1]
            elif isinstance(node, ast.Compare) and ast.unparse(node.comparators[-1]).endswith("environ"):
                keys = [node.left]
            else:
                continue
            for key in keys:
                assert isinstance(key, ast.Constant), f"{path.name}:{node.lineno}: no plain name"
                yield str(key.value)


def variables_of_files() -> Iterator[str]:
    for name in ("endpoints.yml", "credentials.yml", "config.yml", "domain.yml"):
        yield from re.findall(r"\$\{(\w+)\}", (ROOT / name).read_text(encoding="utf-8"))
    yield from re.findall(r"^(?:export )?(\w+) *[?:]?=", MAKEFILE, re.MULTILINE)


def test_environment_variables_are_documented_and_the_other_way_round() -> None:
    read = {*variables_of_python(), *variables_of_files(), *serve.PORTS}
    documented = {SPAN.findall(row[0])[0] for row in table(section(README, "Environment variables"))}
    assert read - set(INTERNAL_VARIABLES) == documented
    assert set(INTERNAL_VARIABLES) <= read, "an exception that nothing needs"


def test_defaults_are_those_of_the_code() -> None:
    rows = {SPAN.findall(row[0])[0]: row[1] for row in table(section(README, "Environment variables"))}
    for name, port in serve.PORTS.items():
        assert rows[name] == str(port)
        assert re.search(rf"^{name} \?= {port}$", MAKEFILE, re.MULTILINE)
        assert f"`{name}` ({port})" in section(README, "Start")


def test_telemetry_is_off_as_the_readme_says() -> None:
    assert "Telemetry is off." in README
    assert serve.QUIET["RASA_TELEMETRY_ENABLED"] == "false"


# ---------------------------------------------------------------- rooms and imports


def room_of(module: str) -> str | None:
    """Give the room that a module belongs to: `bot.triage.guard` is in `bot.triage`."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "bot" and len(parts) > 1 else None


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


ROOMS = sorted(
    {room for path in PYTHON if (room := room_of(module_of(path)))}
    | {f"bot.{path.name}" for path in (ROOT / "bot").iterdir() if path.is_dir() and path.name[0] not in "._"}
)


def imports(path: Path) -> Iterator[str]:
    """Give the modules that a file imports; `from bot import x` is `bot.x`, dots are resolved."""
    package = module_of(path).split(".")
    package = package if path.name == "__init__.py" else package[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"bot.{alias.name}" for alias in node.names) if module == "bot" else [module]


def imported_by_room() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {room: set() for room in ROOMS}
    for path in PYTHON:
        if room := room_of(module_of(path)):
            found[room] |= set(imports(path))
    return found


IMPORTED = imported_by_room()


def rooms_table() -> dict[str, str]:
    """Give the third column, what a room may import, by room."""
    found = {}
    for row in table(section(README, "The rooms")):
        name = SPAN.findall(row[0])[0].rstrip("/").removesuffix(".py").replace("/", ".")
        found[name] = row[2] if len(row) > 2 else ""
    return found


def may_import(room: str) -> set[str]:
    """Give the rooms that the table allows, with what those may import themselves."""
    allowed: set[str] = set()
    new = {room}
    while new:
        name = new.pop()
        named = {span for span in SPAN.findall(rooms_table().get(name, "")) if span.startswith("bot.")}
        new |= named - allowed
        allowed |= named
    return allowed


def test_every_room_is_in_the_table_and_the_other_way_round() -> None:
    assert {room for room in rooms_table() if room.startswith("bot.")} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_what_the_table_allows(room: str) -> None:
    used = {other for module in IMPORTED[room] if (other := room_of(module)) and other != room}
    assert used - may_import(room) == set()


@pytest.mark.parametrize("room", ROOMS)
def test_rasa_is_imported_where_the_table_allows_it(room: str) -> None:
    uses_rasa = any(module.split(".")[0] in ("rasa", "rasa_sdk") for module in IMPORTED[room])
    words = re.sub(r"no Rasa", "", rooms_table()[room])
    assert uses_rasa is ("Rasa" in words)


@pytest.mark.parametrize("room", ["bot.triage", "bot.knowledge", "bot.replies", "bot.phrases"])
def test_what_decides_and_words_knows_nothing_of_rasa(room: str) -> None:
    assert {module for module in IMPORTED[room] if module.split(".")[0] in ("rasa", "rasa_sdk")} == set()
    for other in may_import(room):
        assert "rasa" not in {module.split(".")[0] for module in IMPORTED[other]}


def test_nothing_imports_the_actions() -> None:
    assert {room for room in ROOMS if room != "bot.actions" and any(
        room_of(module) == "bot.actions" for module in IMPORTED[room]
    )} == set()  # fmt: skip


def test_no_two_rooms_import_each_other() -> None:
    used = {room: {room_of(module) for module in IMPORTED[room]} - {room} for room in ROOMS}
    assert [(a, b) for a in ROOMS for b in ROOMS if a < b and b in used[a] and a in used[b]] == []


# ---------------------------------------------------------------- forms


def test_the_reply_is_described_as_it_is() -> None:
    keys = list(replies.contract("answer", "info", None, [], "", KB))
    described = re.search(r"`custom` object a turn.*?:(.*?)\n\n", README, re.DOTALL)
    assert described
    assert SPAN.findall(described[1]) == keys


def test_the_form_of_a_conversation_is_described() -> None:
    tree = ast.parse((ROOT / "tests" / "conversations" / "test_conversations.py").read_text(encoding="utf-8"))
    keys = next(
        ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "EXPECTATIONS"
    )
    text = section(CONTRIBUTING, "Conversations")
    assert {key for key in keys if not re.search(rf"\b{key}\b", text)} == set()


def test_the_fields_that_contributing_names_exist() -> None:
    named = re.search(r"\n\n((?:`\w+`(?:, | and )?)+) decide when", section(CONTRIBUTING, "Knowledge files"))
    assert named
    assert set(SPAN.findall(named[1])) <= {field.name for field in fields(Offer)}


# ---------------------------------------------------------------- the sample

PERSON = re.compile(r"(?:>|Your input|Du:|\$)")  # how the lines of the person begin


def words(text: str) -> str:
    return " ".join(text.split())


def known_lines() -> set[str]:
    """Give each line of text of the domain and of the knowledge base."""

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield from value.splitlines()
        elif isinstance(value, dict):
            for part in value.values():
                yield from texts(part)
        elif isinstance(value, list):
            for part in value:
                yield from texts(part)

    files = [ROOT / "domain.yml", *(ROOT / "knowledge").glob("*.yml")]
    contents = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in files]
    return {words(line) for content in contents for line in texts(content) if len(words(line)) > 15}


def test_there_is_a_sample() -> None:
    assert [line for line in README.splitlines() if line.strip() == "SAMPLE"] == []


def test_the_sample_begins_as_the_assistant_speaks() -> None:
    block = FENCED.search(section(README, "A sample"))
    assert block, "the sample is a block of code"
    lines = [line.strip() for line in textwrap.dedent(block[1]).splitlines() if line.strip()]
    assert PERSON.match(lines[0]), "the person speaks first; their lines begin with >"
    first = words(next(line for line in lines if not PERSON.match(line)))
    assert any(first == line or first.startswith(f"{line} ") for line in known_lines()), first
