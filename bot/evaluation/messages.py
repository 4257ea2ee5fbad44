"""Labelled messages to measure with: one JSON object a line, as in `tests/messages/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from bot.knowledge.model import LEVELS, URGENT_LEVELS, Level


@dataclass(frozen=True, slots=True)
class LabelledMessage:
    """A message, and what a careful reader understands of it.

    Attributes:
        text: the message.
        level: how urgent it is.
        needs: every need that is a right answer, the best first.
        region: where help is sought, if the message tells.
        kind: who writes or how; figures are given for each kind.
    """

    text: str
    level: Level
    needs: tuple[str, ...]
    region: str | None = None
    kind: str = ""

    @property
    def urgent(self) -> bool:
        """Tell whether it is `livsfare` or `akut`."""
        return self.level in URGENT_LEVELS


def read_messages(path: Path) -> tuple[LabelledMessage, ...]:
    """Read a file of labelled messages.

    Args:
        path: one JSON object a line with `text`, `level`, `needs`, and if known `region` and `kind`.

    Raises:
        OSError: the file cannot be read.
        ValueError: a line is no such object, or there is none; the message names file and line.
    """
    found = tuple(
        _read(line, f"{path}:{number}")
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if line.strip()
    )
    if not found:
        raise ValueError(f"{path}: no messages")
    return found


def _read(line: str, place: str) -> LabelledMessage:
    try:
        entry = json.loads(line)
        text, level, needs = entry["text"], entry["level"], tuple(entry["needs"])
    except (json.JSONDecodeError, KeyError, TypeError) as fault:
        raise ValueError(f"{place}: {fault!r}") from None
    if not isinstance(text, str) or not isinstance(entry["needs"], list):
        raise ValueError(f"{place}: text is no string, or needs are no list")
    if level not in LEVELS or not needs:
        raise ValueError(f"{place}: level {level!r}, needs {needs}")
    return LabelledMessage(text, level, needs, entry.get("region"), entry.get("kind") or "")
