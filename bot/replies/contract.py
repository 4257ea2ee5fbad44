"""The `custom` object of a reply: what channels read, and what is measured from outside."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from bot.knowledge.model import Knowledge, Service

if TYPE_CHECKING:
    from bot.replies.cards import Card


def contract(
    kind: str,
    level: str,
    need: str | None,
    items: Sequence[str],
    text: str,
    knowledge: Knowledge,
    cards: Sequence[Card] = (),
) -> dict[str, Any]:
    """Make the `custom` object of a reply.

    Args:
        kind: one of `KINDS`.
        level: urgency of the message that is answered.
        need: need of the message that is answered.
        items: ids of the entries behind the text.
        text: what the person reads; the telephone numbers in it are listed.
        knowledge: the knowledge base.
        cards: what a chat window draws of the text, as `make_cards` gives it.

    Returns:
        The object that channels read: kind, level, need, items, phones, sources, cards. Every key is
        always there; `cards` is an empty list where there is nothing to draw.
    """
    known = [item for item in dict.fromkeys(items) if item in knowledge.entries]
    sources = dict.fromkeys(source for item in known for source in knowledge.entries[item].sources)
    return {
        "kind": kind,
        "level": level,
        "need": need,
        "items": known,
        "phones": list(phones_in(text, knowledge)),
        "sources": list(sources),
        "cards": list(cards),
    }


@lru_cache(maxsize=2)
def _phone_pattern(phones: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(phones, key=lambda phone: (-len(phone), phone))
    return re.compile(r"(?<![\d-])(?:" + ("|".join(map(re.escape, longest_first)) or r"(?!)") + r")(?![\d-])")


def phones_in(text: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Find the telephone numbers of the knowledge base that stand in a text, in order, each once."""
    return tuple(dict.fromkeys(_phone_pattern(known_phones(knowledge)).findall(text)))


def known_phones(knowledge: Knowledge) -> frozenset[str]:
    """Give all telephone and text-message numbers of the knowledge base."""
    return frozenset(
        number
        for entry in knowledge.entries.values()
        if isinstance(entry, Service)
        for number in (entry.phone, entry.sms)
        if number
    )


def owners(phones: Collection[str], knowledge: Knowledge) -> dict[str, str]:
    """Give the first service of each number: number -> entry id, in the order of the knowledge base."""
    found: dict[str, str] = {}
    for key, entry in knowledge.entries.items():
        if isinstance(entry, Service) and entry.phone and entry.phone in phones:
            found.setdefault(entry.phone, key)
    return found
