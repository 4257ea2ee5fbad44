"""Finds the phrases of a fixed vocabulary in a text, misspelt ones included, with their positions.

Words are compared folded (`bot.triage.text.fold`): lower case, `å` as `aa`, `æ` as `ae`, `ø` as `oe`. So
one spelling in the knowledge base covers `Århus`, `Aarhus` and `aarhus`. A trie over folded words finds the
longest phrase; a word that is not in the vocabulary may stand for one at a small edit distance (optimal
string alignment, in which two swapped letters count as one error).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.triage.text import fold

T = TypeVar("T")

MIN_FUZZY_LENGTH = 5  # shorter words must be exact: "bror" and "bord" are one letter apart
TWO_ERRORS_LENGTH = 9  # from here on two errors are forgiven
MAX_WORD_LENGTH = 40  # longer ones are no words
MAX_CACHED_WORDS = 4096  # single words, without order or owner

_WORD = re.compile(r"§|[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
_JOINT = re.compile(r"[ \t\u00a0]*[-\u2010-\u2013/'’]?[ \t\u00a0]*\n?")
_LOOSE_JOINT = re.compile(r"[\s,.?&():'’/-]{0,4}")
_JOINT_AFTER_ABBREVIATION = re.compile(r"\.?[ \t\u00a0]*")
_MAX_ABBREVIATION = 4
_CUTS = frozenset(".,!?;:\n()…–—")
_VOWELS = frozenset("aeiouy")
_ABBREVIATIONS = frozenset("afd ca el evt indl inkl udskr psyk iflg".split())
_MIN_GENITIVE_STEM = 3
_END = ""  # key under which a trie node keeps what the phrase stands for; no word is empty


class Word(NamedTuple):
    """A word of a text. A named tuple, because a long message has thousands.

    Attributes:
        text: the word as written.
        folded: the word as it is compared.
        start: position of its first character.
        end: position after its last character.
        gap: what stands between the previous word and this one.
    """

    text: str
    folded: str
    start: int
    end: int
    gap: str


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """A phrase found at some word: what it stands for, how many words long, how many letters off."""

    value: T
    length: int
    errors: int = 0
    genitive: bool = False


fold_word = lru_cache(maxsize=MAX_CACHED_WORDS)(fold)


def split_words(text: str) -> tuple[Word, ...]:
    """Split a text into words of letters and digits, and `§`; everything else is a gap between words."""
    words = []
    before = 0
    for found in _WORD.finditer(text):
        start, end = found.span()
        words.append(Word(found[0], fold_word(found[0]), start, end, text[before:start]))
        before = end
    return tuple(words)


def is_cut(words: Sequence[Word], at: int) -> bool:
    """Tell whether a clause ends before a word. The full stop of an abbreviation ("v. Sorø") ends none."""
    gap = words[at].gap
    if gap in (" ", "-", ""):
        return False
    if at and gap in (". ", ".") and (
        words[at - 1].folded in _ABBREVIATIONS or not _VOWELS.intersection(words[at - 1].folded)
    ):
        return False
    return any(c in _CUTS for c in gap) or " -" in gap


class PhraseIndex(Generic[T]):
    """A vocabulary of phrases. A single word may end or begin with `*`, which stands for any letters."""

    def __init__(
        self,
        phrases: Iterable[tuple[str, T]],
        *,
        min_fuzzy: int | None = MIN_FUZZY_LENGTH,
        two_errors: int = TWO_ERRORS_LENGTH,
        exact: Collection[str] = frozenset(),
        across_signs: bool = False,
    ) -> None:
        """Index phrases.

        Args:
            phrases: pairs of a phrase and what it stands for; of two equal phrases the first counts.
            min_fuzzy: letters that a word needs before a misspelling is forgiven; None: never.
            two_errors: letters from which two errors are forgiven instead of one.
            exact: folded words that must stand exactly so, and words that are no misspellings.
            across_signs: the words of a phrase may have a comma or a bracket between them.

        Raises:
            ValueError: a phrase has no words, or a `*` beside other words.
        """
        self._trie: dict[str, Any] = {}
        prefixes: dict[str, T] = {}
        suffixes: dict[str, T] = {}
        vocabulary: set[str] = set()
        for phrase, value in phrases:
            words = [w.folded for w in split_words(phrase)]
            if not words or ("*" in phrase and len(words) > 1):
                raise ValueError(phrase)
            if phrase.endswith("*"):
                prefixes.setdefault(words[0], value)
            elif phrase.startswith("*"):
                suffixes.setdefault(words[0], value)
            else:
                node = self._trie
                for word in words:
                    node = node.setdefault(word, {})
                node.setdefault(_END, value)
                vocabulary.update(words)
        # longest first, so that the most specific beginning wins
        self._prefixes = dict(sorted(prefixes.items(), key=lambda item: -len(item[0])))
        self._suffixes = dict(sorted(suffixes.items(), key=lambda item: -len(item[0])))
        self._prefix_keys, self._suffix_keys = tuple(self._prefixes), tuple(self._suffixes)
        self._vocabulary = frozenset(vocabulary)
        self._by_initial: dict[str, list[str]] = {}
        self._min_fuzzy = MAX_WORD_LENGTH + 1 if min_fuzzy is None else min_fuzzy
        for word in sorted(vocabulary.difference(exact)):
            if len(word) >= self._min_fuzzy and word.isalpha():
                self._by_initial.setdefault(word[0], []).append(word)
        self._two_errors = two_errors
        self._joint = _LOOSE_JOINT if across_signs else _JOINT
        self._exact = frozenset(exact)
        self._spellings = lru_cache(maxsize=MAX_CACHED_WORDS)(self._find_spellings)

    def knows(self, folded: str) -> bool:
        """Tell whether a folded word stands in some phrase exactly as it is."""
        return folded in self._vocabulary

    def match(self, words: Sequence[Word], at: int) -> Match[T] | None:
        """Find the phrase that begins at a word.

        Args:
            words: the words of a text.
            at: index of the first word of the phrase.

        Returns:
            The longest phrase, of equally long ones that with the fewest errors; None where there is
            none, or where two misspelt readings are equally near and mean different things.
        """
        folded = words[at].folded
        if not any(spelling in self._trie for spelling, _, _ in self._spellings(folded)):
            return self._match_affix(folded)  # most words: no phrase begins so
        found = [*self._walk(self._trie, words, at, at, 0, False)]
        best = min(found, key=lambda m: (-m.length, m.errors), default=None)
        if best is None or (best.errors and best.length == 1):
            affix = self._match_affix(folded)
            if affix or best is None:
                return affix
        rivals = [m for m in found if (m.length, m.errors) == (best.length, best.errors)]
        return best if best.errors == 0 or all(m.value == best.value for m in rivals) else None

    def _walk(
        self, node: dict[str, Any], words: Sequence[Word], first: int, at: int, errors: int, genitive: bool
    ) -> Iterable[Match[T]]:
        if _END in node and at > first:
            yield Match(node[_END], at - first, errors, genitive)
        if at >= len(words) or (at > first and not self._is_joined(words[at - 1], words[at])):
            return
        for spelling, distance, is_genitive in self._spellings(words[at].folded):
            if spelling in node:
                yield from self._walk(node[spelling], words, first, at + 1, errors + distance, is_genitive)

    def _match_affix(self, folded: str) -> Match[T] | None:
        if folded.startswith(self._prefix_keys):
            return Match(next(v for k, v in self._prefixes.items() if folded.startswith(k)), 1)
        if folded.endswith(self._suffix_keys):
            return Match(next(v for k, v in self._suffixes.items() if folded.endswith(k)), 1)
        return None

    def _find_spellings(self, folded: str) -> tuple[tuple[str, int, bool], ...]:
        """Give the words of the vocabulary that a written word may stand for: (word, errors, genitive)."""
        exact = [(folded, 0, False)] if folded in self._vocabulary else []
        stem = folded[:-1]
        if folded.endswith("s") and len(stem) >= _MIN_GENITIVE_STEM and stem in self._vocabulary:
            exact.append((stem, 0, True))
        if exact or folded in self._exact or not self._min_fuzzy <= len(folded) <= MAX_WORD_LENGTH:
            return tuple(exact)
        near = process.extract(
            folded, self._by_initial.get(folded[0], ()), scorer=OSA.distance, score_cutoff=2, limit=None
        )
        return tuple(
            (word, int(errors), False)
            for word, errors, _ in near
            if errors <= (2 if min(len(word), len(folded)) >= self._two_errors else 1)
        )

    def _is_joined(self, left: Word, right: Word) -> bool:
        if len(left.text) <= _MAX_ABBREVIATION and _JOINT_AFTER_ABBREVIATION.fullmatch(right.gap):
            return True
        return self._joint.fullmatch(right.gap) is not None
