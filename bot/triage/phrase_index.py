"""Finds the phrases of a fixed vocabulary in a text, misspelt ones included, with their positions.

Words are compared folded (`bot.triage.text.fold`): lower case, `å` as `aa`, `æ` as `ae`, `ø` as `oe`. So
one spelling in the knowledge base covers `Århus`, `Aarhus` and `aarhus`. A trie over folded words finds the
longest phrase; a word that is not in the vocabulary may stand for one at a small edit distance (optimal
string alignment, in which two swapped letters count as one error).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.triage.text import fold

T = TypeVar("T")

MIN_SOUND_LENGTH = 4  # of a word that may be found by its sound
MAX_SOUND_DIFFERENCE = 2  # letters by which a word that sounds alike may be longer or shorter
MIN_OTHER_INITIAL_LENGTH = 6  # of one that begins with another letter: "Wiborg", "Gastrup"
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
_ABBREVIATIONS = frozenset("adr afd bosidd ca el evt iflg indl indr inkl psyk udskr".split())
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
    """A phrase found at some word.

    Attributes:
        value: what it stands for.
        length: how many words long it is.
        errors: how many letters are off; a word that only sounds alike counts as one.
        genitive: a word has the `s` of the genitive.
        first: the first word of the phrase as it is spelt in the vocabulary; empty for a `*` phrase.
        alike: the first word is misspelt and sounds as the word that it stands for.
    """

    value: T
    length: int
    errors: int = 0
    genitive: bool = False
    first: str = ""
    alike: bool = False


class _Spelling(NamedTuple):
    """A word of the vocabulary that a written word may stand for."""

    word: str
    errors: int = 0
    genitive: bool = False
    alike: bool = False


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
    if (
        at
        and gap in (". ", ".")
        and (words[at - 1].folded in _ABBREVIATIONS or not _VOWELS.intersection(words[at - 1].folded))
    ):
        return False
    return any(c in _CUTS for c in gap) or " -" in gap


def _one_letter_each(folded: str) -> str:
    """Write æ, ø and å as one letter each again, so that a missing one is one error: "Nstved"."""
    return folded.replace("ae", "æ").replace("oe", "ø").replace("aa", "å")


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
        sounds: Callable[[str], Collection[str]] | None = None,
    ) -> None:
        """Index phrases.

        Args:
            phrases: pairs of a phrase and what it stands for; of two equal phrases the first counts.
            min_fuzzy: letters that a word needs before a misspelling is forgiven; None: never.
            two_errors: letters from which two errors are forgiven instead of one.
            exact: folded words that must stand exactly so, and words that are no misspellings.
            across_signs: the words of a phrase may have a comma or a bracket between them.
            sounds: gives the ways in which a folded word may sound; a written word then also stands for the
                words of the vocabulary that share a sound with it, before any that is some letters off.

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
        self._suffix_keys = tuple(self._suffixes)
        self._prefix_keys: dict[str, tuple[str, ...]] = {}  # by initial: most words share it with none
        for prefix in self._prefixes:
            self._prefix_keys[prefix[0]] = (*self._prefix_keys.get(prefix[0], ()), prefix)
        self._vocabulary = frozenset(vocabulary)
        # words, and beside each of them the same word with æ, ø and å as one letter
        self._by_initial: dict[str, tuple[list[str], list[str]]] = {}
        self._min_fuzzy = MAX_WORD_LENGTH + 1 if min_fuzzy is None else min_fuzzy
        for word in sorted(vocabulary.difference(exact)):
            if len(word) >= self._min_fuzzy and word.isalpha():
                of_initial, compact = self._by_initial.setdefault(word[0], ([], []))
                of_initial.append(word)
                compact.append(_one_letter_each(word))
        self._two_errors = two_errors
        self._sounds = sounds
        self._by_sound: dict[str, list[str]] = {}
        for word in sorted(vocabulary) if sounds else ():
            if len(word) >= MIN_SOUND_LENGTH and word.isalpha():
                for sound in sounds(word) if sounds else ():
                    self._by_sound.setdefault(sound, []).append(word)
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
        if not any(spelling.word in self._trie for spelling in self._spellings(folded)):
            return self._match_affix(folded)  # most words: no phrase begins so
        found = [
            Match(value, end - at, errors, genitive, spelling.word, spelling.alike)
            for spelling in self._spellings(folded)
            if spelling.word in self._trie
            for value, end, errors, genitive in self._walk(
                self._trie[spelling.word], words, at + 1, spelling.errors, spelling.genitive
            )
        ]
        best = min(found, key=lambda m: (-m.length, m.errors), default=None)
        if best is None or (best.errors and best.length == 1):
            affix = self._match_affix(folded)
            if affix or best is None:
                return affix
        rivals = [m for m in found if (m.length, m.errors) == (best.length, best.errors)]
        return best if best.errors == 0 or all(m.value == best.value for m in rivals) else None

    def _walk(
        self, node: dict[str, Any], words: Sequence[Word], at: int, errors: int, genitive: bool
    ) -> Iterable[tuple[T, int, int, bool]]:
        """Give the phrases that go on from a node, the last word of which stands before `at`."""
        if _END in node:
            yield node[_END], at, errors, genitive
        if len(node) == (_END in node) or at >= len(words) or not self._is_joined(words[at - 1], words[at]):
            return
        for spelling in self._spellings(words[at].folded):
            if spelling.word in node:
                yield from self._walk(
                    node[spelling.word], words, at + 1, errors + spelling.errors, spelling.genitive
                )

    def _match_affix(self, folded: str) -> Match[T] | None:
        if folded.startswith(self._prefix_keys.get(folded[:1], ())):
            return Match(next(v for k, v in self._prefixes.items() if folded.startswith(k)), 1)
        if folded.endswith(self._suffix_keys):
            return Match(next(v for k, v in self._suffixes.items() if folded.endswith(k)), 1)
        return None

    def _find_spellings(self, folded: str) -> tuple[_Spelling, ...]:
        """Give the words of the vocabulary that a written word may stand for."""
        exact = [_Spelling(folded)] if folded in self._vocabulary else []
        stem = folded[:-1]
        if folded.endswith("s") and len(stem) >= _MIN_GENITIVE_STEM and stem in self._vocabulary:
            exact.append(_Spelling(stem, genitive=True))
        if exact or folded in self._exact or len(folded) > MAX_WORD_LENGTH:
            return tuple(exact)
        return self._sounding_alike(folded) or self._some_letters_off(folded)

    def _sounding_alike(self, folded: str) -> tuple[_Spelling, ...]:
        if self._sounds is None or len(folded) < MIN_SOUND_LENGTH:
            return ()
        words = {
            word
            for sound in self._sounds(folded)
            for word in self._by_sound.get(sound, ())
            if abs(len(word) - len(folded)) <= MAX_SOUND_DIFFERENCE
            and (word[0] == folded[0] or folded[0] == "w" or len(folded) >= MIN_OTHER_INITIAL_LENGTH)
        }
        off = {word: OSA.distance(folded, word) for word in words}
        return tuple(
            _Spelling(word, 1, alike=True) for word in sorted(words) if off[word] == min(off.values())
        )

    def _some_letters_off(self, folded: str) -> tuple[_Spelling, ...]:
        if len(folded) < self._min_fuzzy:
            return ()
        vocabulary, compact = self._by_initial.get(folded[0], ((), ()))
        near = process.extract(
            _one_letter_each(folded), compact, scorer=OSA.distance, score_cutoff=2, limit=None
        )
        return tuple(
            _Spelling(word, int(errors))
            for word, errors in ((vocabulary[index], errors) for _, errors, index in near)
            if errors <= (2 if min(len(word), len(folded)) >= self._two_errors else 1)
        )

    def _is_joined(self, left: Word, right: Word) -> bool:
        if len(left.text) <= _MAX_ABBREVIATION and _JOINT_AFTER_ABBREVIATION.fullmatch(right.gap):
            return True
        return self._joint.fullmatch(right.gap) is not None
