r"""Is somebody in danger? Signs that a clinician can read, joined with a statistical score.

The signs and their exceptions are data (`knowledge/danger_signs.yml`). `compile_signs` reads them once,
`SignMatcher.find` tells which of them a text holds, `decide_urgency` joins them with the scores of the
classifier. The two layers are independent, as in CMD-1 (Swaminathan et al., npj Digital Medicine 2023: a
keyword filter in front of a classifier), and a sign outranks a score.

Notation of a pattern, on top of Python's regular expressions. Letters are folded as those of a text are:

* a pattern begins and ends at a word; `pille\w*` takes every ending of a word;
* `one .. two` and `one ... two`: up to two, up to five other words between, in the same sentence, none of
  them a negation;
* `one & two`: both near each other, in either order, across sentences too; an outermost `|` parts two such
  patterns, and no bracket holds an `&`;
* `^` and `$`: a sentence begins or ends there.

An exception counts when it stands in the sentence of the sign. In front of an exception,

* `foer:` looks at the sentence before as well, `efter:` at the two after, `naer:` at both sides;
* `<tegn>` inside it stands for the words of the sign, as in `aldrig <tegn>`; there ` ... ` takes up to eight
  words, but none that turns the sentence back to the present (`nu`, `men`, `i dag`).
"""

from __future__ import annotations

import re
import sre_parse
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar

from bot.knowledge.model import LEVELS, URGENT_LEVELS, DangerException, DangerSign, Level
from bot.triage.text import SPELLINGS, fold, languages, split_sentences

_Read = TypeVar("_Read")

LIVSFARE_SIGN_SCORE = 0.99
AKUT_SIGN_SCORE = 0.9
URGENT_THRESHOLD = 0.5
_CALM_LEVELS = tuple(level for level in LEVELS if level not in URGENT_LEVELS)

_NEGATIONS = "ikke|aldrig|ingen|intet|hverken|uden|not|never|no|nicht|kein|keine|inte|aldri|ikkje|nej"
_GAPS = {
    " .. ": rf"(?: (?!(?:{_NEGATIONS})\b)[^ .]+){{0,2}}? ",
    " ... ": rf"(?: (?!(?:{_NEGATIONS})\b)[^ .]+){{0,5}}? ",
}
# Words that turn a sentence about the past back to the present end the gap of an exception.
_PRESENT = "nu|men|igen|dag|aften|nat|netop|now|but|again|today|tonight|jetzt|aber|heute|igjen|idag"
_EXCEPTION_GAPS = {
    " .. ": r"(?: [^ .\x02\x03]+){0,2}? ",
    " ... ": rf"(?: (?!(?:{_PRESENT})\b)[^ .\x02\x03]+){{0,8}}? ",
}
_BREAK = " . "
_BOTH = " & "
_REACH = 160  # characters on each side of a sign in which its exceptions and the second half of `&` may stand
_MATCH_SPAN = 160  # no sign is longer; long texts are searched in windows of this size
_MARKS = (2, 3)  # around the words of a sign where `<tegn>` looks for them
_SIGN_MARK = r"\x02[^\x03]*\x03"
_WHOLE_WORD = re.compile(r"(?<![^\s(|:^])[^\W\d_]+(?![^\s)|$])")  # in a pattern, touched by no regex sign
_ANCHOR = re.compile(r"(?<!\[)\^|\$")
_ANCHORS = {"^": r"(?:(?<=\. )|\A)", "$": r"(?= \.|\Z)"}  # a sentence begins, a sentence ends
_CUT = "_"  # stands where words may go on: no pattern matches it, ends a word or a sentence there
_SCOPES = {"foer:": (1, 0), "efter:": (0, 2), "naer:": (1, 2)}
_LONG_TEXT = 600
_START = 4  # letters by which a needle is looked up; few needles are shorter
_CHOICES = 3


@dataclass(frozen=True, slots=True)
class SignHit:
    """A danger sign that a text holds.

    Attributes:
        sign: id of the sign.
        level: `livsfare` or `akut`.
        need: the need that the message then has.
        words: the words that matched, in folded everyday spelling.
        language: language of the sign.
    """

    sign: str
    level: Level
    need: str
    words: str
    language: str = "da"


@dataclass(frozen=True, slots=True)
class Urgency:
    """How urgent a message is, how sure that is (0 to 1), and the sign that decided it, if one did."""

    level: Level
    score: float
    sign: str | None


@dataclass(frozen=True, slots=True)
class _Part:
    """One side of a pattern: the expression, and choices of texts; of each choice one must occur."""

    expression: re.Pattern[str]
    needles: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class _Exception:
    """An exception: how many sentences it looks back and ahead, and whether `<tegn>` is in it."""

    expression: re.Pattern[str]
    needles: tuple[frozenset[str], ...]
    before: int
    after: int
    marked: bool


@dataclass(frozen=True, slots=True)
class _Pattern:
    """The sides of a pattern, and the choices of texts that all of them need."""

    parts: tuple[_Part, ...]
    needles: tuple[frozenset[str], ...]


@dataclass(frozen=True, slots=True)
class _Compiled:
    sign: DangerSign
    patterns: tuple[_Pattern, ...]
    exceptions: tuple[_Exception, ...]


class SignMatcher:
    """Finds the danger signs of a text. Made by `compile_signs`; holds no state that a text changes."""

    __slots__ = ("_needles", "_signs")

    def __init__(self, signs: Sequence[_Compiled]) -> None:
        """Takes the compiled signs, most urgent first."""
        self._signs = tuple(signs)
        needing: list[_Pattern | _Exception] = []
        for sign in signs:
            needing += [*sign.patterns, *sign.exceptions]
        self._needles = _Needles(needle for part in needing for choice in part.needles for needle in choice)

    def find(self, text: str) -> tuple[SignHit, ...]:
        """Returns the signs that `text` holds and no exception takes away, most urgent first.

        Among signs of one level those in the language of the text come first, then the order of the
        knowledge base. A sign in another language than Danish is tried only where the text holds words of
        that language. Takes any `str`, never raises, and gives the same answer to the same text.
        """
        folded = fold(text)
        plain = _BREAK.join(split_sentences(folded))
        if not plain:
            return ()
        spoken = languages(folded)
        seen = self._needles.seen(plain)
        hits = []
        for compiled in self._signs:
            sign = compiled.sign
            if sign.language != "da" and sign.language not in spoken:
                continue
            words = _first_match(compiled, plain, seen)
            if words is not None:
                hits.append(SignHit(sign.id, sign.level, sign.need, words, sign.language))
        hits.sort(key=lambda hit: (LEVELS.index(hit.level), hit.language != (spoken or ("da",))[0]))
        return tuple(hits)


def compile_signs(signs: Iterable[DangerSign], exceptions: Iterable[DangerException]) -> SignMatcher:
    """Returns a matcher for `signs`, each with the shared `exceptions` that it names.

    Raises:
        ValueError: a pattern cannot be read, or a sign names an exception that there is not. The message
            names the sign.
    """
    shared: dict[str, tuple[_Exception, ...]] = {}
    for exception in exceptions:
        shared[exception.id] = tuple(_read(_exception, p, exception.id) for p in exception.patterns)
    compiled = []
    for sign in signs:
        missing = [name for name in sign.unless if name not in shared]
        if missing:
            raise ValueError(f"danger sign {sign.id}: no exception {', '.join(missing)}")
        own = tuple(_read(_exception, pattern, sign.id) for pattern in sign.unless_patterns)
        parts = tuple(chain.from_iterable(_read(_alternatives, p, sign.id) for p in sign.patterns))
        named = chain.from_iterable(shared[name] for name in sign.unless)
        compiled.append(_Compiled(sign, parts, (*own, *named)))
    compiled.sort(key=lambda entry: LEVELS.index(entry.sign.level))  # stable: keeps the editors' order
    return SignMatcher(compiled)


def decide_urgency(
    hits: Sequence[SignHit],
    level_scores: Mapping[str, float],
    urgent_score: float,
    threshold: float = URGENT_THRESHOLD,
) -> Urgency:
    """Joins the danger signs of a message with the scores of the classifier.

    1. A `livsfare` sign gives `livsfare`.
    2. An `akut` sign gives `akut`, or `livsfare` where the classifier holds that the most likely level.
    3. Without a sign, the classifier's most likely level; the more urgent of two that score the same. An
       urgent one needs half the threshold as well: the two scores must not contradict each other.
    4. If that is not urgent but `urgent_score` reaches `threshold`: the likelier of `livsfare` and `akut`.

    Args:
        hits: what `SignMatcher.find` returned, most urgent first.
        level_scores: probability of each level; a level left out counts as 0.
        urgent_score: probability that the message is `livsfare` or `akut`, tuned for recall.
        threshold: from this `urgent_score` on a message is urgent.

    Returns:
        The level; the probability that the message is urgent, at least 0.99 and 0.9 for a sign of each
        level; and the id of the first sign, or None where the classifier alone decided.
    """
    score = min(max(0.0, urgent_score), 1.0)  # in this order NaN becomes 0
    likeliest = _likeliest(level_scores, LEVELS)
    if hits and hits[0].level == "livsfare":
        return Urgency("livsfare", max(score, LIVSFARE_SIGN_SCORE), hits[0].sign)
    if hits:
        level: Level = "livsfare" if likeliest == "livsfare" else "akut"
        return Urgency(level, max(score, AKUT_SIGN_SCORE), hits[0].sign)
    if likeliest not in URGENT_LEVELS and score >= threshold:
        likeliest = _likeliest(level_scores, ("livsfare", "akut"), otherwise="akut")
    elif likeliest in URGENT_LEVELS and score < threshold / 2:
        likeliest = _likeliest(level_scores, _CALM_LEVELS)
    return Urgency(likeliest, score, None)


def _likeliest(scores: Mapping[str, float], levels: Sequence[Level], otherwise: Level = "andet") -> Level:
    """Returns the level with the highest score, the first of equals; `otherwise` where all are 0."""
    best = max(levels, key=lambda level: scores.get(level, 0.0))
    return best if scores.get(best, 0.0) > 0.0 else otherwise


class _Needles:
    """Finds which of many texts stand in a text, by their first letters."""

    __slots__ = ("_by_start", "_short")

    def __init__(self, needles: Iterable[str]) -> None:
        self._by_start: dict[str, list[str]] = {}
        distinct = dict.fromkeys(needles)
        self._short = [needle for needle in distinct if len(needle) < _START]
        for needle in distinct:
            if len(needle) >= _START:
                self._by_start.setdefault(needle[:_START], []).append(needle)

    def seen(self, plain: str) -> _Seen:
        """Returns those that stand in `plain`."""
        starts: dict[str, list[int]] = {}
        for place in range(len(plain)):
            start = plain[place : place + _START]
            if start in self._by_start:
                starts.setdefault(start, []).append(place)
        found = {needle for needle in self._short if needle in plain}
        for start, places in starts.items():
            for needle in self._by_start[start]:
                if any(plain.startswith(needle, place) for place in places):
                    found.add(needle)
        return _Seen(plain, found, starts)


class _Seen:
    """The needles that stand in a text, and where.

    Attributes:
        needles: the texts themselves.
    """

    __slots__ = ("_places", "_plain", "_starts", "needles")

    def __init__(self, plain: str, needles: Set[str], starts: Mapping[str, Sequence[int]]) -> None:
        self.needles = needles
        self._plain, self._starts = plain, starts
        self._places: dict[str, list[int]] = {}

    def places(self, choice: frozenset[str]) -> list[int]:
        """Returns where the needles of a choice begin, not sorted."""
        return [place for needle in choice & self.needles for place in self._places_of(needle)]

    def _places_of(self, needle: str) -> list[int]:
        if needle not in self._places:
            starts = self._starts.get(needle[:_START])
            self._places[needle] = (
                [match.start() for match in re.finditer(re.escape(needle), self._plain)]
                if starts is None  # a short one
                else [place for place in starts if self._plain.startswith(needle, place)]
            )
        return self._places[needle]


def _first_match(compiled: _Compiled, plain: str, seen: _Seen) -> str | None:
    """Returns the first words in `plain` that match the sign and that no exception takes away."""
    for pattern in compiled.patterns:
        if not _may_match(pattern, seen):
            continue
        first, *others = pattern.parts
        for start, end in _spans(first, plain, seen):
            if all(_found_near(part, plain, start, end) for part in others) and not any(
                _may_match(exception, seen) and _applies(exception, plain, start, end)
                for exception in compiled.exceptions
            ):
                return plain[start:end]
    return None


def _may_match(part: _Pattern | _Exception, seen: _Seen) -> bool:
    """Tells cheaply whether every choice of texts that the expression needs has one that occurs."""
    for choice in part.needles:  # a plain loop: this runs a thousand times a message
        if seen.needles.isdisjoint(choice):
            return False
    return True


def _spans(part: _Part, plain: str, seen: _Seen) -> Iterable[tuple[int, int]]:
    """Yields where the expression matches; a long text is searched only around the texts that it needs."""
    if len(plain) <= _LONG_TEXT or not part.needles:
        for match in part.expression.finditer(plain):
            yield match.span()
        return
    rarest = min(map(seen.places, part.needles), key=len)
    for start, end in _windows(sorted(rarest), plain):
        for match in part.expression.finditer(plain, start, end):
            if match.end() < end or end == len(plain):  # `$` also matches where a window ends
                yield match.span()


def _windows(places: Sequence[int], plain: str) -> Iterable[tuple[int, int]]:
    """Yields stretches of `plain` around some places, cut at spaces, that do not overlap."""
    start = end = -1
    for place in places:
        left = plain.rfind(" ", 0, max(place - _MATCH_SPAN, 0)) + 1
        right = plain.find(" ", min(place + _MATCH_SPAN, len(plain)))
        right = len(plain) if right < 0 else right
        if left > end:
            if end >= 0:
                yield start, end
            start = left
        end = max(end, right)
    if end >= 0:
        yield start, end


def _found_near(part: _Part, plain: str, start: int, end: int) -> bool:
    """Tells whether the other half of `one & two` stands near the first half."""
    left = plain.rfind(" ", 0, max(start - _REACH, 0)) + 1
    right = plain.find(" ", min(end + _REACH, len(plain)))
    right = len(plain) if right < 0 else right
    match = part.expression.search(plain, left, right)
    return match is not None and (match.end() < right or right == len(plain))


def _applies(exception: _Exception, plain: str, start: int, end: int) -> bool:
    """Tells whether an exception stands in its sentences around a sign."""
    left = max(start - _REACH, 0)
    low = start
    for _ in range(exception.before + 1):
        cut = plain.rfind(_BREAK, left, low)
        if cut < 0:
            low = left
            break
        low = cut
    right = min(end + _REACH, len(plain))
    high = cut = end
    for step in range(exception.after + 1):
        cut = plain.find(_BREAK, cut + (step > 0), right)
        if cut < 0:
            high = right
            break
        high = cut
    sign = f"\x02{plain[start:end]}\x03" if exception.marked else plain[start:end]
    around = plain[low:start], plain[end:high]
    before, after = (_CUT if cut else "" for cut in (low == left > 0, high == right < len(plain)))
    return exception.expression.search(f"{before}{around[0]}{sign}{around[1]}{after}") is not None


def _read(reader: Callable[[str], _Read], pattern: str, owner: str) -> _Read:
    """Reads one pattern with `reader`, and names its owner where it cannot be read."""
    try:
        return reader(pattern)
    except re.error as fault:
        raise ValueError(f"danger sign or exception {owner}: pattern {pattern!r}: {fault}") from fault


def _alternatives(pattern: str) -> list[_Pattern]:
    """Returns the alternatives of a pattern at its outermost `|`, each with the sides of its `&`."""
    depth, start, texts = 0, 0, []
    for place, letter in enumerate(pattern):
        depth += (letter == "(") - (letter == ")")
        if letter == "|" and depth == 0:
            texts.append(pattern[start:place])
            start = place + 1
    texts.append(pattern[start:])
    return [_pattern(text) for text in texts]


def _pattern(text: str) -> _Pattern:
    parts = tuple(_part(side.strip()) for side in text.split(_BOTH))
    return _Pattern(parts, tuple(chain.from_iterable(part.needles for part in parts)))


def _part(pattern: str) -> _Part:
    source = _expand(pattern.strip())
    expression = re.compile(rf"(?<!\w)(?:{source})(?!\w)")
    return _Part(expression, _needles(sre_parse.parse(source)))


def _exception(pattern: str) -> _Exception:
    before = after = 0
    for prefix, (sentences_before, sentences_after) in _SCOPES.items():
        if pattern.startswith(prefix):
            pattern, before, after = pattern[len(prefix) :].strip(), sentences_before, sentences_after
    marked = "<tegn>" in pattern
    source = _expand(pattern.strip().replace("<tegn>", "\x02"), _EXCEPTION_GAPS).replace("\x02", _SIGN_MARK)
    expression = re.compile(rf"(?<!\w)(?:{source})(?!\w)")
    return _Exception(expression, _needles(sre_parse.parse(source)), before, after, marked)


def _expand(pattern: str, gaps: Mapping[str, str] = _GAPS) -> str:
    """Folds the letters of a pattern, leaves its backslash classes alone, and writes out its gaps.

    Whole words take their everyday spelling, as those of a text do; `^` and `$` mean a sentence.
    """
    pieces = re.split(r"(\\.| \.{2,3} )", pattern)
    folded = "".join(
        gaps.get(piece) or (piece if piece.startswith("\\") else _fold_letters(piece)) for piece in pieces
    )
    spelled = _WHOLE_WORD.sub(lambda word: SPELLINGS.get(word.group(), word.group()), folded)
    return _ANCHOR.sub(lambda anchor: _ANCHORS[anchor.group()], spelled)


def _fold_letters(piece: str) -> str:
    """Folds the letters of a piece of a pattern; spaces and signs of the notation stay."""
    return re.sub(r"[^\W\d_]+", lambda letters: fold(letters.group()), piece)


def _needles(tree: Any) -> tuple[frozenset[str], ...]:
    """Returns choices of texts: everything that a parsed expression matches holds one text of each choice.

    At most three choices, the one that is likely the rarest first: that with the longest shortest text.
    Empty where nothing can be promised.
    """
    choices: list[frozenset[str]] = []
    literal = ""
    for operation, argument in [*tree, (None, None)]:
        if operation is sre_parse.LITERAL and argument not in _MARKS:
            literal += chr(argument)
            continue
        if literal.strip():
            choices.append(frozenset({literal}))
        literal = ""
        if operation is sre_parse.SUBPATTERN:
            choices.extend(_needles(argument[-1]))
        elif operation is sre_parse.BRANCH:
            branches = [_needles(branch) for branch in argument[1]]
            if all(branches):
                choices.append(frozenset().union(*(branch[0] for branch in branches)))
        elif operation is sre_parse.MAX_REPEAT and argument[0] > 0:
            choices.extend(_needles(argument[2]))
    return tuple(sorted(choices, key=_rarity, reverse=True)[:_CHOICES])


def _rarity(choice: frozenset[str]) -> tuple[int, int]:
    return min(len(needle.strip()) for needle in choice), -len(choice)
