"""Which language a message is written in, as far as an urgent answer needs to know."""

from __future__ import annotations

import re
import unicodedata

from bot.triage.text import LANGUAGE_MARKERS, fold

# Everyday Danish that Norwegian or Swedish shares, so no marker; English and German have none of it.
_SCANDINAVIAN = frozenset("jeg ikke og det hun har til ved paa siger skriver".split())
_LEAST = 2  # markers that a message must have; a single one may be a name or a slip


def foreign_script(text: str) -> bool:
    """Are most letters of a message other than the Latin ones? A message without letters is not foreign."""
    letters = [letter for letter in text if letter.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith(("LATIN", "FULLWIDTH LATIN")) for letter in letters)
    return 2 * latin < len(letters)


def language_of(text: str) -> str:
    """Tell the language of a message.

    Args:
        text: any message.

    Returns:
        The language with most markers in the text, if they are at least two and more than the Danish
        ones; otherwise `da`.
    """
    words = frozenset(re.findall(r"\w+", fold(text)))
    counts = {language: len(words & markers) for language, markers in LANGUAGE_MARKERS.items()}
    for foreign in ("en", "de"):
        counts[foreign] -= len(words & _SCANDINAVIAN)
    language = max(counts, key=lambda name: (counts[name], name == "da"))
    return language if counts[language] >= _LEAST else "da"
