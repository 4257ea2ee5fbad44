"""Reads a Rasa SDK tracker as plain data: the message, what was said before, the situation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from rasa_sdk import Tracker

from bot.knowledge.model import Knowledge
from bot.triage.guard import UNKNOWN
from bot.triage.situation import Situation, find_ages
from bot.triage.terms import find_terms

COMMAND = "/"
ANSWER_KINDS = ("answer", "steps", "urgent")


@dataclass(frozen=True, slots=True)
class Message:
    """The message to answer.

    Attributes:
        text: what was written; empty for a button.
        intent: the need that was understood.
        confidence: how sure the classifier is, 0 to 1.
        ranking: the likeliest needs, best first.
        level: urgency.
        entities: (entity, value) in the order of the text.
    """

    text: str
    intent: str
    confidence: float
    ranking: tuple[str, ...]
    level: str
    entities: tuple[tuple[str, Any], ...]

    def entity(self, name: str) -> Any | None:
        """Give the last value of an entity."""
        return next((value for entity, value in reversed(self.entities) if entity == name), None)


def read_message(tracker: Tracker, knowledge: Knowledge) -> Message:
    """Read the latest message of a tracker.

    Args:
        tracker: the conversation.
        knowledge: the knowledge base; it gives the usual level of a need that a button sent.

    Returns:
        The message as plain data.
    """
    latest = tracker.latest_message or {}
    intent = latest.get("intent") or {}
    name = intent.get("name") or "uden_for_emne"
    need = knowledge.needs.get(name)
    text = str(latest.get("text") or "")
    return Message(
        text="" if text.startswith(COMMAND) else text,
        intent=name,
        confidence=float(intent.get("confidence") or 0.0),
        ranking=tuple(i["name"] for i in latest.get("intent_ranking") or ()),
        level=(latest.get("urgency") or {}).get("level") or (need.level if need else "info"),
        entities=tuple((e["entity"], e["value"]) for e in latest.get("entities") or ()),
    )


def previous_turn(tracker: Tracker) -> Iterator[dict[str, Any]]:
    """Give the events between the last message but one and the latest one, newest first."""
    events = reversed(tracker.events)
    for event in events:
        if event.get("event") == "user":
            break
    for event in events:
        if event.get("event") == "user":
            return
        yield event


def last_texts(tracker: Tracker) -> tuple[str, ...]:
    """Give the texts of the assistant's last turn."""
    return tuple(e.get("text") or "" for e in previous_turn(tracker) if e.get("event") == "bot")


def last_items(tracker: Tracker, kinds: Sequence[str] = ANSWER_KINDS) -> tuple[str, ...]:
    """Give the entry ids of the newest answer since the last restart; small talk is no answer."""
    for event in reversed(tracker.events):
        custom = (event.get("data") or {}).get("custom") or {}
        if event.get("event") == "restart":
            break
        if event.get("event") == "bot" and custom.get("items") and custom.get("kind") in kinds:
            return tuple(custom["items"])
    return ()


def last_question(tracker: Tracker) -> str | None:
    """Give the name of the question that the assistant asked in its last turn."""
    return next(
        (
            e.get("value")
            for e in previous_turn(tracker)
            if e.get("event") == "slot" and e.get("name") == "spurgt"
        ),
        None,
    )


def user_texts(tracker: Tracker) -> tuple[str, ...]:
    """Give what the person has written since the last restart, oldest first."""
    texts: list[str] = []
    for event in tracker.events:
        if event.get("event") == "restart":
            texts.clear()
        elif event.get("event") == "user" and not str(event.get("text") or "").startswith(COMMAND):
            texts.append(str(event.get("text") or ""))
    return tuple(texts)


def read_situation(
    tracker: Tracker, message: Message, knowledge: Knowledge, need: str | None, today: date
) -> Situation:
    """Gather what the person has told in the whole conversation.

    Args:
        tracker: the conversation.
        message: the latest message.
        knowledge: the knowledge base.
        need: the need to recommend for.
        today: the day; dated entries follow it.

    Returns:
        The situation. The newest of contradicting statements counts.
    """
    texts = user_texts(tracker)
    relation = known(tracker.get_slot("relation"))
    area = known(tracker.get_slot("omraade"))
    substance = _newest(_substances(text, knowledge) for text in texts)
    ages = [find_ages(text) for text in texts]
    region, municipality = known(tracker.get_slot("region")), known(tracker.get_slot("kommune"))
    if (municipality, region) not in {(m.name, m.region) for m in knowledge.municipalities}:
        municipality = None
    return Situation(
        level=message.level if message.level in ("krise", "info") else "info",  # type: ignore[arg-type]
        need=need,
        relation=next((t.group for t in knowledge.relations if t.id == relation), None),
        area=area
        or (
            "misbrug" if substance or need == "misbrug" else "hjerneskade" if need == "hjerneskade" else None
        ),
        substance=substance,
        ill_age=_newest(ill for ill, _ in ages),
        own_age=_newest(own for _, own in ages),
        region=region,
        municipality=municipality,
        today=today,
    )


def known(value: Any) -> Any | None:
    """Give a slot value, or None for a question that was skipped."""
    return None if value == UNKNOWN else value


def _substances(text: str, knowledge: Knowledge) -> str | None:
    hits = find_terms(text, knowledge.substances)
    return hits[-1].term_id if hits else None


def _newest(values: Iterator[Any] | Sequence[Any]) -> Any | None:
    return next((value for value in reversed(list(values)) if value is not None), None)
