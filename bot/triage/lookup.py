"""Finds the entry of the knowledge base that a question is about, among those that serve its need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.knowledge.model import Answer, Entry, Knowledge, Offer
from bot.triage.text import fold

MIN_SIMILARITY = 0.12  # under this the words say nothing, and the editor's first answer stands


@dataclass(frozen=True, slots=True)
class Lookup:
    """An index over the entries; made once by `make_lookup`."""

    similarities: Callable[[str], Mapping[str, float]]

    def best(self, text: str, candidates: Iterable[str], least: float = MIN_SIMILARITY) -> str | None:
        """Find the entry nearest to a text.

        Args:
            text: what the person wrote.
            candidates: ids of entries to choose from, the preferred first.
            least: similarity under which nothing is found (0 to 1).

        Returns:
            The id with the highest similarity, the earlier one on a tie; None under `least`.
        """
        scores = self.similarities(text)
        ranked = sorted(
            ((-scores.get(c, 0.0), place, c) for place, c in enumerate(candidates) if scores.get(c, 0.0) >= least)
        )
        return ranked[0][2] if ranked else None


def make_lookup(knowledge: Knowledge) -> Lookup:
    """Index the knowledge base by character n-grams, which forgive misspellings.

    Args:
        knowledge: the knowledge base.

    Returns:
        The index. One query takes about a millisecond.
    """
    pairs = [(key, fold(part)) for key, entry in knowledge.entries.items() for part in _parts(entry)]
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32)
    matrix = vectorizer.fit_transform([part for _, part in pairs])
    keys = [key for key, _ in pairs]

    def similarities(text: str) -> dict[str, float]:
        scores = (matrix @ vectorizer.transform([fold(text)]).T).toarray().ravel()
        best: dict[str, float] = {}
        for key, score in zip(keys, scores, strict=True):
            if score > best.get(key, 0.0):
                best[key] = float(score)
        return best

    return Lookup(similarities)


def _parts(entry: Entry) -> tuple[str, ...]:
    """Short texts by which a person would ask for the entry, each compared on its own."""
    if isinstance(entry, Answer):
        return (entry.question, *entry.keywords, f"{entry.question} {' '.join(entry.keywords)}")
    if isinstance(entry, Offer):
        return (entry.name, *entry.short_names, *entry.described_as, entry.summary)
    return (getattr(entry, "name", None) or getattr(entry, "title", ""), *getattr(entry, "short_names", ()))
