"""The assistant's words stand in domain.yml, the facts in knowledge/, neither in Python; the names agree."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any, NamedTuple, get_args

import pytest
import yaml

import bot.actions
from bot.channels.bodies import Reason
from bot.knowledge import load_knowledge
from bot.knowledge.model import Language
from bot.phrases import PREFIX, load_phrases
from bot.replies import KINDS, phones_in
from bot.triage.guard import SPOKEN_NEEDS, URGENT_UTTERANCES
from bot.triage.recommend import ReasonKind

ROOT = Path(__file__).resolve().parents[1]
KB = load_knowledge()
DOMAIN: dict[str, Any] = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
RESPONSES: dict[str, list[dict[str, Any]]] = DOMAIN["responses"]
RULES = yaml.safe_load((ROOT / "bot" / "data" / "rules.yml").read_text(encoding="utf-8"))["rules"]
CONFIG = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))
PYTHON = sorted((ROOT / "bot").rglob("*.py"))
PAYLOAD = re.compile(r"/(\w+)(\{.*\})?")
BUILT_IN = {
    "action_listen",
    "action_restart",
    "action_session_start",
    "action_deactivate_loop",
    "utter_restart",
}
FILLED_BY_WORDING = {"akut_vej"}  # the acute path of the region, filled in by bot/dialogue/wording.py

# Names of phrases that are made from a name of the knowledge base: what may stand in the gap.
FAMILIES = {
    "tavs_": {term.id for term in KB.aspects},
    "grund_": set(get_args(ReasonKind)) - {"need"},  # the reason of a need is its own text in needs.yml
    "web_fejl_": set(get_args(Reason)),
}
OPTIONAL_FAMILIES = {"aabning_": set(KB.needs)}  # an opening is asked for before it is used


class Use(NamedTuple):
    """One place in the code where a phrase is named."""

    where: str
    name: str
    gaps: frozenset[str] | None
    is_prefix: bool = False


def trees() -> Iterator[tuple[str, ast.Module]]:
    for path in PYTHON:
        yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def choices(node: ast.expr) -> Iterator[tuple[str, bool]]:
    """Give the texts that an expression can be, and whether only the beginning is known."""
    if isinstance(node, ast.IfExp):
        yield from choices(node.body)
        yield from choices(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value, False
    elif isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant):
        yield str(node.values[0].value), True


def phrase_uses() -> list[Use]:
    """Find `phrases.text(...)`, `phrases.has(...)` and `phrases.variations[...]` in the code."""
    uses = []
    for file, tree in trees():
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr in ("text", "has")
            ):
                owner = ast.unparse(node.func.value)
                if not owner.endswith("phrases") or not node.args:
                    continue
                gaps = frozenset(k.arg or "" for k in node.keywords) if node.func.attr == "text" else None
                uses += [
                    Use(f"{file}:{node.lineno}", name, gaps, part) for name, part in choices(node.args[0])
                ]
            elif isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith("phrases.variations"):
                uses += [Use(f"{file}:{node.lineno}", name, None, part) for name, part in choices(node.slice)]
    return uses


PHRASES = load_phrases().variations
USES = phrase_uses()


def gaps_of(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def string_constants(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Give line and text of each string that is no docstring; the parts of an f-string one by one."""
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value


# ---------------------------------------------------------------- phrases


def test_phrases_are_found_in_the_code() -> None:
    assert len(USES) > 40
    assert {use.name for use in USES if use.is_prefix} == {*FAMILIES, *OPTIONAL_FAMILIES}


def test_every_phrase_that_the_code_names_exists() -> None:
    named = {use.name: use.where for use in USES if not use.is_prefix}
    assert {name: where for name, where in named.items() if name not in PHRASES} == {}
    for prefix, endings in FAMILIES.items():
        assert {f"{prefix}{ending}" for ending in endings} <= set(PHRASES)


def test_every_phrase_of_the_domain_is_used() -> None:
    used = {use.name for use in USES if not use.is_prefix}
    for prefix, endings in {**FAMILIES, **OPTIONAL_FAMILIES}.items():
        used |= {f"{prefix}{ending}" for ending in endings}
    assert sorted(set(PHRASES) - used) == []


def test_every_gap_of_a_phrase_is_filled() -> None:
    wrong = {}
    for use in USES:
        if use.gaps is None:
            continue
        names = [use.name] if not use.is_prefix else [name for name in PHRASES if name.startswith(use.name)]
        for name in names:
            needed = set().union(*(gaps_of(text) for text in PHRASES.get(name, ())))
            if needed - use.gaps:
                wrong[f"{use.where} {name}"] = needed - use.gaps
    assert wrong == {}


def test_phrases_are_texts_only() -> None:
    for name, variations in RESPONSES.items():
        if name.startswith(PREFIX):
            assert all(set(variation) == {"text"} for variation in variations), name


# ---------------------------------------------------------------- responses and actions


def test_actions_are_those_of_the_domain() -> None:
    assert {getattr(bot.actions, name)().name() for name in bot.actions.__all__} == set(DOMAIN["actions"])


def named_in_python(prefix: str) -> dict[str, str]:
    """Give the names with a prefix that stand whole in a Python file."""
    pattern = re.compile(rf"{prefix}[a-z0-9_]+")
    return {
        text: f"{file}:{line}"
        for file, tree in trees()
        for line, text in string_constants(tree)
        if pattern.fullmatch(text)
    }


def test_every_action_that_the_code_names_exists() -> None:
    known = {*DOMAIN["actions"], *BUILT_IN}
    assert {name: where for name, where in named_in_python("action_").items() if name not in known} == {}


def test_every_response_that_the_code_names_exists() -> None:
    prefixes = {"utter_fare_", "utter_action", PREFIX}  # beginnings of names, and a key of Rasa
    named = {name: where for name, where in named_in_python("utter_").items() if name not in prefixes}
    assert {name: where for name, where in named.items() if name not in RESPONSES} == {}
    assert {f"utter_{need}" for need in SPOKEN_NEEDS} <= set(RESPONSES)
    assert {f"utter_fare_{language}" for language in get_args(Language) if language != "da"} <= set(
        URGENT_UTTERANCES
    )


def test_every_response_is_used() -> None:
    used = {*named_in_python("utter_"), *BUILT_IN, *(f"utter_{need}" for need in SPOKEN_NEEDS)}
    used |= {step["action"] for rule in RULES for step in rule["steps"] if "action" in step}
    used |= {policy.get("core_fallback_action_name") for policy in CONFIG["policies"]}
    used |= {
        f"utter_ask_{form}_{slot}"
        for form, about in DOMAIN["forms"].items()
        for slot in about["required_slots"]
    }
    assert sorted(name for name in RESPONSES if not name.startswith(PREFIX) and name not in used) == []


def test_rules_name_what_there_is() -> None:
    known = {*DOMAIN["actions"], *DOMAIN["forms"], *RESPONSES, *BUILT_IN}
    for rule in RULES:
        for step in rule["steps"]:
            assert step.get("action", "action_listen") in known, rule["rule"]
            assert step.get("intent", "ja") in DOMAIN["intents"], rule["rule"]


def test_every_intent_has_a_rule() -> None:
    ruled = {step["intent"] for rule in RULES for step in rule["steps"] if "intent" in step}
    assert ruled == set(DOMAIN["intents"])


def test_intents_are_the_needs_and_the_answers_in_a_guide() -> None:
    assert [intent for intent in DOMAIN["intents"] if not intent.startswith("oplys_")] == [*KB.needs]


def test_the_guide_asks_for_each_slot() -> None:
    for form, about in DOMAIN["forms"].items():
        for slot in about["required_slots"]:
            assert f"utter_ask_{form}_{slot}" in RESPONSES
            assert slot in DOMAIN["slots"]


@pytest.mark.parametrize("name", [name for name in RESPONSES if not name.startswith(PREFIX)])
def test_response(name: str) -> None:
    for variation in RESPONSES[name]:
        custom = variation["custom"]
        assert custom["kind"] in KINDS
        assert set(custom) <= {"kind", "items"}
        assert set(custom.get("items", ())) <= set(KB.entries)
        assert gaps_of(variation["text"]) <= FILLED_BY_WORDING
        owners = {
            number
            for item in custom.get("items", ())
            for number in phones_in(str(getattr(KB.entries[item], "phone", "")), KB)
        }
        assert owners <= set(phones_in(variation["text"], KB)), (
            "an item is named whose number is not in the text"
        )
        for button in variation.get("buttons", ()):
            check_button(button)


def check_button(button: dict[str, str]) -> None:
    found = PAYLOAD.fullmatch(button["payload"])
    assert found and found[1] in DOMAIN["intents"], button
    for entity, value in json.loads(found[2] or "{}").items():
        assert entity in DOMAIN["entities"], button
        allowed: dict[str, set[str]] = {
            "relation": {term.id for term in KB.relations},
            "omraade": {term.id for term in KB.areas},
            "behov": set(KB.needs),
        }
        assert value in allowed[entity], button


@pytest.mark.parametrize("name", URGENT_UTTERANCES)
def test_urgent_response_begins_with_112(name: str) -> None:
    for variation in RESPONSES[name]:
        assert variation["custom"]["kind"] == "urgent"
        assert "112" in variation["text"].split("\n\n")[0], variation["text"]
        assert "acute_services/112" in variation["custom"]["items"]


@pytest.mark.parametrize("name", [name for name in URGENT_UTTERANCES if not name.startswith("utter_fare_")])
def test_urgent_response_has_two_wordings(name: str) -> None:
    texts = [variation["text"] for variation in RESPONSES[name]]
    assert len(set(texts)) == len(texts) >= 2


# ---------------------------------------------------------------- vocabulary and slots


def test_words_for_the_guide_are_named_as_in_the_vocabulary() -> None:
    known = {term.id for term in KB.phrases}
    named = {
        str(node.args[1].value): f"{file}:{node.lineno}"
        for file, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") == "_says"
        and isinstance(node.args[1], ast.Constant)
    }
    assert named
    assert {name: where for name, where in named.items() if name not in known} == {}
    assert set(named) == known


def test_every_slot_that_the_code_reads_exists() -> None:
    named = {
        str(node.args[0].value): f"{file}:{node.lineno}"
        for file, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (getattr(node.func, "attr", "") == "get_slot" or getattr(node.func, "id", "") == "SlotSet")
        and node.args
        and isinstance(node.args[0], ast.Constant)
    }
    assert named
    assert {name: where for name, where in named.items() if name not in DOMAIN["slots"]} == {}


# ---------------------------------------------------------------- no sentences in Python

DANISH = re.compile(r"\b(?:ikke|du|dig|dit|din|hvis|ring|jeg|kan|skal|det|og|på|være|hjælp)\b", re.IGNORECASE)
SENTENCE = re.compile(r"^\W*[A-ZÆØÅ][^\\|()]*\s\S+|[a-zæøå][.!?]\W*(?:\s|$)")
LIST_OF_WORDS = re.compile(r"[^A-ZÆØÅ.!?]*")


def is_danish_sentence(text: str) -> bool:
    """Tell whether a text reads as a Danish sentence: its small words, a capital letter, an end."""
    return bool(
        DANISH.search(text)
        and " " in text.strip()
        and SENTENCE.search(text)
        and not LIST_OF_WORDS.fullmatch(text)
    )


@pytest.mark.parametrize(
    ("text", "danish"),
    [
        ("Ring 112, hvis nogen er i fare.", True),
        ("Det ved jeg ikke", True),
        ("du kan ringe til dem.", True),
        ("ikke ik ikk ej aldrig hverken", False),  # a list of words for matching
        ("Not a Danish sentence.", False),
        (r"\b(?:jeg er|er selv)\s+(\d{1,3})\b", False),  # a pattern
        ("utter_teknisk_fejl", False),
        ("", False),
    ],
)
def test_what_reads_as_a_danish_sentence(text: str, danish: bool) -> None:
    assert is_danish_sentence(text) is danish


def test_no_danish_sentence_in_python() -> None:
    found = [
        f"{file}:{line}: {text}"
        for file, tree in trees()
        for line, text in string_constants(tree)
        if is_danish_sentence(text)
    ]
    assert found == []
