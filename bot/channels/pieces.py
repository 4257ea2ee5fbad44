"""Cuts a long text into pieces that are short enough for one danger not to drown in the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator

WORDS = 30  # of a piece
OVERLAP = 8  # words that a sentence without an end has in common with its next piece
_END = re.compile(r"(?<=[.!?])\s+|\s*\n\s*")


def pieces(text: str) -> Iterator[str]:
    """Give the pieces of a text, whole sentences where they are short.

    Args:
        text: a long text.

    Yields:
        Pieces of up to `WORDS` words; together they hold every word.
    """
    piece: list[str] = []
    for sentence in filter(None, map(str.split, _END.split(text))):
        if piece and len(piece) + len(sentence) > WORDS:
            yield " ".join(piece)
            piece = []
        while len(sentence) > WORDS:
            yield " ".join(sentence[:WORDS])
            sentence = sentence[WORDS - OVERLAP :]
        piece += sentence
    if piece:
        yield " ".join(piece)
