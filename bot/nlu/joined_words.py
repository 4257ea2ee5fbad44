"""Words that were written together are parted again: "jegkanikkemere". Pure functions, no Rasa.

The likeliest words are found as Norvig does (Natural Language Corpus Data, in Beautiful Data, 2009): each
word has the probability that it has in the training messages, an unknown one less with each letter. Danish
joins words by right ("lægevagten"), so a run of letters is parted only where at least three words come out,
small ones among them, and common ones for its length.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from math import log

SEEN = 4  # how often a word must occur to be known
LEAST_WORDS = 3
SMALL_WORDS = 200  # those that occur most, of three letters and more: shorter ones are endings as well
LEAST_SMALL = 2
MOST_COST = 2.0  # of a letter: "jegkanikkemere" has 1.2, "erhvervsskole" as "er hver vs skole" 2.3
SHORTEST = 8  # letters of a run that is looked at
LONGEST_RUN = 200  # of a longer one the beginning
MOST_LETTERS = 2_000  # of all unknown runs of a text: 20 ms
LONGEST_WORD = 24

_RUN = re.compile(rf"[^\W\d_]{{{SHORTEST},}}")
_WORD = re.compile(r"[^\W\d_]+")
_ENDINGS = frozenset({"ingen", "mere", "den", "der"})  # "forening-en", "inform-ere": they prove nothing
_SINGLE = frozenset("iåa")  # the words of one letter; others are slips


def count_words(texts: Iterable[str]) -> dict[str, int]:
    """Return how often each word occurs in some texts, in lower case; rare ones are left out."""
    counts = Counter(word for text in texts for word in _WORD.findall(text.lower()))
    return {
        word: count
        for word, count in counts.items()
        if count >= SEEN and len(word) <= LONGEST_WORD and (len(word) > 1 or word in _SINGLE)
    }


class JoinedWords:
    """Parts runs of letters."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        """Take the counts of `count_words`; without any nothing is parted."""
        self._total = sum(counts.values())
        self._costs = {word: log(self._total / count) for word, count in counts.items()}
        small = (word for word in counts if len(word) > 2 and word not in _ENDINGS)
        ranked = sorted(small, key=lambda word: (-counts[word], word))
        self._small = frozenset(ranked[:SMALL_WORDS])

    def split(self, text: str) -> str:
        """Return the text with spaces between words that were written together; most stay as they are."""
        left = MOST_LETTERS

        def part(found: re.Match[str]) -> str:
            nonlocal left
            run = found.group()
            if run.lower() in self._costs or left <= 0:
                return run
            left -= min(len(run), LONGEST_RUN)
            return self._part(run)

        return _RUN.sub(part, text) if self._costs else text

    def _part(self, run: str) -> str:
        lower = run.lower()
        if len(lower) != len(run):  # a letter that is two in lower case
            return run
        words = self._likeliest(lower[:LONGEST_RUN])
        small = sum(word in self._small for word in words)
        if len(words) < LEAST_WORDS or small < LEAST_SMALL:
            return run
        if sum(map(self._cost, words)) > MOST_COST * sum(map(len, words)):
            return run
        parted, place = [], 0
        for word in words:
            parted.append(run[place : place + len(word)])
            place += len(word)
        return " ".join(parted) + run[place:]

    def _likeliest(self, run: str) -> list[str]:
        """Return the words whose probabilities have the greatest product."""
        best = [(0.0, 0)]  # up to each letter: the cost, and where the last word begins
        for end in range(1, len(run) + 1):
            best.append(
                min(
                    (best[start][0] + self._cost(run[start:end]), start)
                    for start in range(max(0, end - LONGEST_WORD), end)
                )
            )
        words, end = [], len(run)
        while end:
            start = best[end][1]
            words.append(run[start:end])
            end = start
        return words[::-1]

    def _cost(self, word: str) -> float:
        """Return the logarithm of one over the probability of a word."""
        known = self._costs.get(word)
        return known if known is not None else log(self._total) + (len(word) - 1) * log(10)
