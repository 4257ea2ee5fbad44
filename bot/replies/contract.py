"""The `custom` object of a reply: what channels read, and what is measured from outside."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from bot.knowledge.model import Knowledge, Service


def contract(
    kind: str, level: str, need: str | None, items: Sequence[str], text: str, knowledge: Knowledge
) -> dict[str, Any]:
    """Make the `custom` object of a reply.

    Args:
        kind: one of `KINDS`.
        level: urgency of the message that is answered.
        need: need of the message that is answered.
        items: ids of the entries behind the text.
        text: what the person reads; the telephone numbers in it are listed.
        knowledge: the knowledge base.

    Returns:
        The object that channels read: kind, level, need, items, phones, sources.
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
