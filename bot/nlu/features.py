"""From text to numbers: the tf-idf of its words, pairs of words and pieces of words, and its sentence vector.

Sparse words and characters stay explainable; pieces of words carry Danish compounds and misspellings. The
vector of the sentence encoder joins them as further columns. Pure functions, no Rasa.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from bot.triage.text import SPELLINGS, fold

# The longest message people wrote for training has 425 characters. What matters in a long letter stands in
# its beginning and its end; a cap keeps one message from holding up the others.
HEAD = 2000
TAIL = 1000
WORD_WEIGHT = 1.2  # of words against pieces of words, from five-fold cross-validation
PIECE_LENGTHS = (2, 5)  # single letters add nothing, and would make every unknown sign look alike
VECTOR_WEIGHT = 0.03  # of a number of the sentence vector, whose spread is made 1, beside the tf-idf
AXES = 128  # columns that hold a sentence vector: nine tenths of what differs, in two thirds of the time
RAREST_PIECE = 2  # a piece of a word that only one message holds teaches nothing

_LEAST_SPREAD = 1e-6  # of a number that is the same in all vectors
_START = "<s>"  # `fold` and `_TOKEN` never give this
_END = "</s>"
_TOKEN = re.compile(r"\w+|[^\w\s]")
_WORDS_FILE = "words.json"
_PIECES_FILE = "pieces.json"
_WEIGHTS_FILE = "idf.npz"


def considered(text: str) -> str:
    """Return the part of a text that is read: all of it, or the beginning and the end of a very long one."""
    return text if len(text) <= HEAD + TAIL else f"{text[:HEAD]}\n{text[-TAIL:]}"


def word_terms(folded: str) -> list[str]:
    """Return the words and signs of a folded text in everyday spelling, and their pairs, edges included."""
    words = [SPELLINGS.get(token, token) for token in _TOKEN.findall(folded)]
    edged = [_START, *words, _END]
    return words + [f"{left} {right}" for left, right in zip(edged, edged[1:], strict=False)]


@dataclass(frozen=True, slots=True)
class Terms:
    """Counts the terms of texts, and weighs them: tf-idf, as scikit-learn's `TfidfVectorizer` has it.

    That class sums the weights of all terms anew for each text, which takes longer than the rest.

    Attributes:
        counter: what finds the terms, one column each.
        weights: of each term, the higher the fewer texts hold it.
    """

    counter: CountVectorizer
    weights: np.ndarray

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """Return one row a text, of length 1, or 0 where no term is known."""
        return self._weighted(self.counter.transform(texts))

    @classmethod
    def fit(cls, counter: CountVectorizer, texts: Sequence[str]) -> tuple[Terms, csr_matrix]:
        """Learn the terms of some texts; return them and the rows of the texts."""
        counts = counter.fit_transform(texts)
        holding = np.bincount(counts.indices, minlength=counts.shape[1])
        terms = cls(counter, (np.log((1 + len(texts)) / (1 + holding)) + 1).astype(np.float32))
        return terms, terms._weighted(counts)

    def _weighted(self, counts: csr_matrix) -> csr_matrix:
        counts.data = (np.log(counts.data) + 1) * self.weights[counts.indices]
        return normalize(counts, copy=False)

    def names(self) -> list[str]:
        """Return the terms in the order of their columns."""
        return sorted(self.counter.vocabulary_, key=self.counter.vocabulary_.__getitem__)


@dataclass(frozen=True, slots=True)
class Vectorizer:
    """Turns texts and their sentence vectors into rows of numbers.

    Attributes:
        words: counts words and pairs of words, one column each.
        pieces: counts pieces of words, one column each.
        centre: mean of each number of the sentence vectors; empty where they are not used.
        axes: what turns a sentence vector into columns, one row a number of it, one column each.
    """

    words: Terms
    pieces: Terms
    centre: np.ndarray
    axes: np.ndarray

    def transform(self, texts: Sequence[str], vectors: np.ndarray) -> csr_matrix:
        """Return one row a text.

        Args:
            texts: any texts; one of which no word or piece is known has zeros there.
            vectors: the sentence vector of each, as long as those of the training; of no numbers where
                there is none, which counts as the mean of all.
        """
        if not vectors.shape[1]:
            vectors = np.tile(self.centre, (len(texts), 1))
        folded = [fold(considered(text)) for text in texts]
        return _join(self.words.rows(folded), self.pieces.rows(folded), (vectors - self.centre) @ self.axes)

    def save(self, folder: Path) -> None:
        """Write the vocabulary as JSON and its weights as plain numbers: nothing in them can run as code."""
        for name, part in ((_WORDS_FILE, self.words), (_PIECES_FILE, self.pieces)):
            (folder / name).write_text(json.dumps(part.names()), encoding="utf-8")
        weights = {"words": self.words.weights, "pieces": self.pieces.weights}
        np.savez(folder / _WEIGHTS_FILE, **weights, centre=self.centre, axes=self.axes)

    @classmethod
    def load(cls, folder: Path) -> Vectorizer:
        """Read what `save` wrote.

        Raises:
            OSError: a file is missing.
            ValueError: the files do not fit together.
        """
        with np.load(folder / _WEIGHTS_FILE, allow_pickle=False) as weights:
            words = _words(json.loads((folder / _WORDS_FILE).read_text(encoding="utf-8")))
            pieces = _pieces(json.loads((folder / _PIECES_FILE).read_text(encoding="utf-8")))
            return cls(
                Terms(words, _fitting(weights["words"], words)),
                Terms(pieces, _fitting(weights["pieces"], pieces)),
                weights["centre"],
                weights["axes"],
            )


def fit_vectorizer(texts: Sequence[str], vectors: np.ndarray) -> tuple[Vectorizer, csr_matrix]:
    """Learn the vocabulary of some texts, and the principal axes of their sentence vectors.

    Returns:
        The vectorizer and the rows of the texts.

    Raises:
        ValueError: the texts hold no word.
    """
    centre, axes = vectors.mean(axis=0), _principal_axes(vectors)
    folded = [fold(considered(text)) for text in texts]
    words, word_rows = Terms.fit(_words(), folded)
    pieces, piece_rows = Terms.fit(_pieces(), folded)
    return Vectorizer(words, pieces, centre, axes), _join(word_rows, piece_rows, (vectors - centre) @ axes)


def _fitting(weights: np.ndarray, counter: CountVectorizer) -> np.ndarray:
    if len(weights) != len(counter.vocabulary):
        raise ValueError("the weights are not those of the terms")
    return weights.astype(np.float32)


def _principal_axes(vectors: np.ndarray) -> np.ndarray:
    """Return the axes along which vectors differ most, after each number's spread is made 1."""
    spread = np.maximum(vectors.std(axis=0), _LEAST_SPREAD)
    standard = (vectors - vectors.mean(axis=0)) / spread
    _, axes = np.linalg.eigh(standard.T @ standard)  # the weakest first
    return np.asarray(axes[:, ::-1][:, :AXES] / spread[:, None], dtype=np.float32)


def _words(vocabulary: list[str] | None = None) -> CountVectorizer:
    """Return the counter of words and pairs of words; a known vocabulary makes it ready for use."""
    return CountVectorizer(analyzer=word_terms, lowercase=False, dtype=np.float32, vocabulary=vocabulary)


def _pieces(vocabulary: list[str] | None = None) -> CountVectorizer:
    """Return the counter of pieces of words; they do not reach over the edge of a word."""
    return CountVectorizer(
        analyzer="char_wb",
        ngram_range=PIECE_LENGTHS,
        min_df=RAREST_PIECE,
        lowercase=False,
        dtype=np.float32,
        vocabulary=vocabulary,
    )


def _join(words: csr_matrix, pieces: csr_matrix, vectors: np.ndarray) -> csr_matrix:
    """Return the three sets of columns side by side."""
    dense = csr_matrix(VECTOR_WEIGHT * vectors)
    return hstack([WORD_WEIGHT * words, pieces, dense], format="csr", dtype=np.float32)
