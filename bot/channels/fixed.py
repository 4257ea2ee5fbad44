"""Answers that the channel gives by itself: when Rasa fails, and when a text is too long."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot import replies
from bot.knowledge import load_knowledge
from bot.phrases import DOMAIN_FILE, load_phrases

FALLBACK = "utter_teknisk_fejl"
EMERGENCY = ("acute_services/112", "acute_services/livslinien")

Message = dict[str, Any]


@lru_cache(maxsize=1)
def fallback(domain: Path = DOMAIN_FILE) -> Message:
    """Give the safe message for when nothing else can be said: it needs no model and no server.

    Raises:
        KeyError: the domain has no such response.
    """
    response = yaml.safe_load(domain.read_text(encoding="utf-8"))["responses"][FALLBACK][0]
    return _message(response["text"].strip(), "fallback", "andet", tuple(response["custom"]["items"]))


def ask_for_less(level: str) -> Message:
    """Give the answer to a text that is too long and not urgent.

    Args:
        level: urgency of the text.
    """
    phrases = load_phrases()
    return _message(phrases.text("web_lang_tekst"), "question", level, ("acute_services/112",))


def emergency_phones() -> list[str]:
    """Give the numbers that a refusal carries: in danger, and in despair."""
    entries = load_knowledge().entries
    return [str(getattr(entries[key], "phone")) for key in EMERGENCY]  # noqa: B009  only services have one


def _message(text: str, kind: str, level: str, items: tuple[str, ...]) -> Message:
    custom = replies.contract(kind, level, None, items, text, load_knowledge())
    return {"text": text, "custom": custom}
