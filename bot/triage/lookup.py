"""Finds the entry of the knowledge base that a question is about, among those that serve its need."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy.sparse import diags
from sklearn.feature_extraction.text import TfidfVectorizer

from bot.knowledge.model import Answer, Entry, Knowledge, Offer, Recommendation
from bot.triage.text import fold

MIN_SIMILARITY = 0.12  # under this the words say nothing, and the editor's first answer stands
CONTAINED = 0.9  # share of a keyword's letters that a text must have to hold the keyword
LONG_KEYWORD = 24  # letters from which a keyword says all there is to say


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
            (
                (-scores.get(c, 0.0), place, c)
                for place, c in enumerate(candidates)
                if scores.get(c, 0.0) >= least
            )
        )
        return ranked[0][2] if ranked else None


def make_lookup(knowledge: Knowledge) -> Lookup:
    """Index the knowledge base by character n-grams, which forgive misspellings.

    A text is near to an entry in one of two ways: it is like a sentence by which one would ask for the entry
    (cosine of tf-idf), or it holds a keyword of the entry, however much else it says (share of the keyword's
    n-grams, weighted by idf, that the text has; a long keyword counts more than a short one).

    Args:
        knowledge: the knowledge base.

    Returns:
        The index. One query takes a few milliseconds; the same text asked again takes none.
    """
    pairs = [(key, fold(part)) for key, entry in knowledge.entries.items() for part in _parts(entry)]
    keys = [key for key, _ in pairs]
    vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, dtype=np.float32)
    matrix = vectorizer.fit_transform([part for _, part in pairs])
    present = (matrix > 0).astype(np.float32) @ diags(vectorizer.idf_.astype(np.float32))
    shares = diags(1.0 / np.maximum(np.asarray(present.sum(axis=1)).ravel(), 1e-6)) @ present
    weights = np.array(
        [0.4 + 0.6 * min(1.0, len(part) / LONG_KEYWORD) for _, part in pairs], dtype=np.float32
    )

    @lru_cache(maxsize=1)  # a turn asks several times about one message
    def similarities(text: str) -> Mapping[str, float]:
        query = vectorizer.transform([fold(text)])
        cosine = (matrix @ query.T).toarray().ravel()
        contained = (shares @ (query > 0).astype(np.float32).T).toarray().ravel()
        scores = np.maximum(cosine, np.where(contained >= CONTAINED, weights * contained, 0.0))
        best: dict[str, float] = {}
        for key, score in zip(keys, scores, strict=True):
            if score > best.get(key, 0.0):
                best[key] = float(score)
        return best

    return Lookup(similarities)


def _parts(entry: Entry) -> tuple[str, ...]:
    """Short texts by which a person would ask for the entry, each compared on its own."""
    if isinstance(entry, Answer):
        return (entry.question, *entry.keywords)
    if isinstance(entry, Offer):
        return (entry.name, *entry.short_names, *entry.described_as, entry.summary)
    if isinstance(entry, Recommendation):
        return (entry.title, *entry.ask)
    return (entry.name, *entry.short_names)
