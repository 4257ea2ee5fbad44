"""Reads the bodies of requests, and refuses everything that is not just what was agreed."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal

LARGEST = 4096  # bytes of a body
LONGEST = 1000  # characters of a text that is answered

Reason = Literal[
    "json", "tom", "tegn", "valg", "stemme", "adgang", "side", "findes_ikke", "metode", "langsom", "for_stor",
    "for_mange", "sletning", "fejl",
]  # fmt: skip
STATUS: dict[Reason, int] = {
    "json": 400,
    "tom": 400,
    "tegn": 400,
    "valg": 400,
    "stemme": 400,
    "adgang": 401,
    "side": 403,
    "findes_ikke": 404,
    "metode": 405,
    "langsom": 408,
    "for_stor": 413,
    "for_mange": 429,
    "sletning": 503,
    "fejl": 503,
}


class Refused(Exception):
    """The request is refused; `reason` names the sentence that says why (`utter_frase_web_fejl_...`)."""

    def __init__(self, reason: Reason) -> None:
        """Keep the reason."""
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says: a text, or a choice that was offered."""

    text: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Vote:
    """A thumb on an answer."""

    vote: str
    kind: str
    need: str | None


def read_nothing(body: bytes) -> None:
    """Check that a body says nothing: it is empty or `{}`.

    Raises:
        Refused: it says something.
    """
    if body.strip() and _object(body):
        raise Refused("json")


def read_said(body: bytes) -> Said:
    """Read `{"text": ...}` or `{"choice": ...}`.

    Returns:
        The text as it can be handed to Rasa: never a command.

    Raises:
        Refused: it is neither, or nothing is left to answer.
    """
    content = _object(body)
    value = content.get("text", content.get("choice"))
    if len(content) != 1 or not isinstance(value, str):
        raise Refused("json")
    _check_characters(value)
    if "choice" in content:
        return Said(value, True)
    text = plain(value)
    if not text:
        raise Refused("tom")
    return Said(text, False)


def read_vote(body: bytes, kinds: Collection[str], needs: Collection[str]) -> Vote:
    """Read `{"vote": "up", "kind": ..., "need": ...}`.

    Args:
        body: the body.
        kinds: kinds of answers that there are.
        needs: needs that there are; null stands for none.

    Raises:
        Refused: something else is in it.
    """
    content = _object(body)
    vote, kind, need = (content.get(name) for name in ("vote", "kind", "need"))
    if not set(content) <= {"vote", "kind", "need"}:
        raise Refused("stemme")
    if vote not in ("up", "down") or not isinstance(kind, str) or kind not in kinds:
        raise Refused("stemme")
    if need is not None and (not isinstance(need, str) or need not in needs):
        raise Refused("stemme")
    return Vote(str(vote), kind, need)


def plain(text: str) -> str:
    """Make sure that Rasa takes a text for words: one that begins with a slash is a command there.

    Returns:
        The text without what stands before its first readable character, slashes included.
    """
    start = next((place for place, mark in enumerate(text) if not _goes_before_words(mark)), len(text))
    return text[start:].rstrip()


def _goes_before_words(mark: str) -> bool:
    """Blank, invisible, or a slash, also one that a normaliser would turn into one of these."""
    normal = unicodedata.normalize("NFKC", mark).strip()
    return normal in ("", "/") or unicodedata.category(mark)[0] in "CZ"


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body.decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        raise Refused("json") from None
    if not isinstance(content, dict):
        raise Refused("json")
    return content


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _check_characters(text: str) -> None:
    if "\0" in text or any("\ud800" <= mark <= "\udfff" for mark in text):
        raise Refused("tegn")
