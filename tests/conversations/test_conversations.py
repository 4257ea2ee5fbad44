"""Talks as data, held with the trained assistant over REST with the real action server.

The form of the files is described in CONTRIBUTING.md. Every turn is also held to what holds for any reply.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.knowledge import Knowledge
from bot.knowledge.model import LEVELS
from bot.replies import KINDS, known_phones

FOLDER = Path(__file__).parent
EXPECTATIONS = {
    "say",
    "say_repeated",
    "press",
    "need",
    "level",
    "kind",
    "items",
    "any_items",
    "no_items",
    "phones",
    "contains",
    "lacks",
}
GAP = re.compile(r"\{[a-z_]+\}")
PHONE_LIKE = re.compile(r"(?<![\d.,-])(?:\d{2} \d{2} \d{2} \d{2}|\d{2} \d{3} \d{3}|\d{3} \d{3})(?![\d-])")


@dataclass(frozen=True)
class Reply:
    """What the assistant said in one turn."""

    text: str
    customs: tuple[dict[str, Any], ...]

    @property
    def custom(self) -> dict[str, Any]:
        return self.customs[0]


def conversations() -> Iterator[Any]:
    for path in sorted(FOLDER.glob("*.yml")):
        for talk in yaml.safe_load(path.read_text(encoding="utf-8")):
            yield pytest.param(talk, id=f"{path.stem}: {talk['name']}")


def test_there_are_enough_conversations() -> None:
    talks = [param.values[0] for param in conversations()]
    names = [talk["name"] for talk in talks]
    assert len(talks) >= 120
    assert len(set(names)) == len(names)
    for talk in talks:
        for turn in talk["turns"]:
            assert set(turn) <= EXPECTATIONS, talk["name"]


def test_every_need_has_two_conversations(knowledge: Knowledge) -> None:
    seen: dict[str, set[str]] = {need: set() for need in knowledge.needs}
    for param in conversations():
        talk = param.values[0]
        for turn in talk["turns"]:
            for need in _list(turn.get("need")):
                seen[need].add(talk["name"])
    assert {need: len(talks) for need, talks in seen.items() if len(talks) < 2} == {}


def test_every_intervention_has_a_conversation(knowledge: Knowledge) -> None:
    asked = {
        item
        for param in conversations()
        for turn in param.values[0]["turns"]
        for item in (*turn.get("items", ()), *turn.get("any_items", ()))
    }
    wanted = {key for key in knowledge.entries if key.startswith("interventions/")}
    assert wanted - asked == set()


@pytest.mark.parametrize("talk", conversations())
def test_conversation(talk: dict[str, Any], assistant: Any, knowledge: Knowledge) -> None:
    sender = uuid.uuid4().hex
    previous = ""
    for number, turn in enumerate(talk["turns"], 1):
        reply = _read(assistant.talk(sender, _message(turn)))
        where = f"turn {number}, {str(turn)[:200]}\n-> {reply.customs}\n{reply.text}"
        _check_any_reply(reply, previous, knowledge, where)
        _check_expectations(turn, reply, where)
        previous = reply.text


def _message(turn: dict[str, Any]) -> str:
    if "say_repeated" in turn:
        return turn["say_repeated"]["text"] * turn["say_repeated"]["times"]
    return turn["say"] if "say" in turn else turn["press"]


def _read(messages: list[dict[str, Any]]) -> Reply:
    texts = [message["text"] for message in messages if message.get("text")]
    return Reply("\n\n".join(texts), tuple(m["custom"] for m in messages if m.get("custom")))


def _check_any_reply(reply: Reply, previous: str, knowledge: Knowledge, where: str) -> None:
    assert reply.text.strip(), where
    assert len(reply.customs) == 1, where
    custom = reply.custom
    assert set(custom) == {"kind", "level", "need", "items", "phones", "sources", "cards"}, where
    assert custom["kind"] in KINDS, where
    assert custom["level"] in LEVELS, where
    assert custom["need"] is None or custom["need"] in knowledge.needs, where
    assert set(custom["items"]) <= set(knowledge.entries), where
    assert set(custom["sources"]) <= set(knowledge.sources), where
    assert set(PHONE_LIKE.findall(reply.text)) <= known_phones(knowledge), where
    assert set(custom["phones"]) <= known_phones(knowledge), where
    if custom["kind"] == "steps":
        offered = [
            i
            for i in custom["items"]
            if i.split("/")[0] not in ("confidentiality", "rights", "recommendations")
        ]
        assert len(offered) <= 3, where
        assert [card["id"] for card in custom["cards"]] == offered or not custom["cards"], where
    for card in custom["cards"]:
        assert set(card["phones"]) <= known_phones(knowledge), where
        assert card["name"] in reply.text or set(card["phones"]) & set(custom["phones"]), where
    if custom["kind"] == "urgent":
        assert "112" in reply.text.split("\n\n")[0], where
    assert reply.text != previous, where
    assert not GAP.search(reply.text), where
    assert "Traceback" not in reply.text and "None" not in reply.text, where


def _check_expectations(turn: dict[str, Any], reply: Reply, where: str) -> None:
    custom, text = reply.custom, reply.text.lower()
    for key in ("need", "level", "kind"):
        if key in turn:
            assert custom[key] in _list(turn[key]), f"{key}: {where}"
    assert set(turn.get("items", ())) <= set(custom["items"]), f"items: {where}"
    if "any_items" in turn:
        assert set(turn["any_items"]) & set(custom["items"]), f"any_items: {where}"
    assert not set(turn.get("no_items", ())) & set(custom["items"]), f"no_items: {where}"
    assert set(turn.get("phones", ())) <= set(custom["phones"]), f"phones: {where}"
    for words in turn.get("contains", ()):
        assert words.lower() in text, f"contains {words!r}: {where}"
    for words in turn.get("lacks", ()):
        assert words.lower() not in text, f"lacks {words!r}: {where}"


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
