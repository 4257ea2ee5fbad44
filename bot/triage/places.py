"""Finds places in a message and tells which municipality and region they settle.

A name that stands in `knowledge/places.yml` counts wherever it stands, with two exceptions: a name that
is also an ordinary word, and a misspelt name, need something near them that speaks of a place ("i",
"bor", "kommune", a capital letter).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.knowledge.model import AmbiguousPlace, Knowledge, Municipality, Region
from bot.triage.phrase_index import MIN_FUZZY_LENGTH, Match, PhraseIndex, Word, is_cut, split_words

# Folded words. Before a name they say that a place follows; the abbreviations are those of case notes.
_PREPOSITIONS = frozenset(
    "i fra ved vd v naer paa omkring til mod indenfor udenfor gennem in near from bei aus fraan w".split()
)
_LIVING = frozenset("bor boede bo boet bosat".split())
_DWELLING = _LIVING | frozenset(
    "flytter flyttet flyttede kommer borger hjemmehoerende opvokset herovre hernede heroppe "
    "herude derovre dernede deroppe live lives living lebe wohnen wohne wohnt borta".split()
)
_PLACE_NOUNS = frozenset("kommune kommunes kommunen kommuner byraad borgerservice raadhus".split())
_TITLES = frozenset("fru frue froeken frk hr herr dr doktor".split())
_MOVED = frozenset("flytter flyttet flyttede flytte fraflyttet rejst".split())
_NOT = frozenset("ikke ik ikk ej aldrig hverken not inte nicht".split())
_BETWEEN_NOT_AND_PLACE = _PREPOSITIONS | frozenset("laengere laenger mere selv inde heller".split())
_MAX_BETWEEN = 3
_ORDINARY_ENDINGS = ("en", "et", "erne", "ede", "ende", "er")
MIN_LETTERS_ALONE = 6  # of a misspelt name with nothing like "i" before it
_SEARCH_WORDS = 10  # a message as short as a search ("psyk skadestue hilerød")
_SERVICES = tuple("psyk pyk akut skadest vagt laegevagt sygehus hospital botilbud bosted".split())


@dataclass(frozen=True, slots=True)
class Place:
    """What a name stands for.

    Attributes:
        name: the name as in the knowledge base.
        municipality: the municipality that it settles, or None.
        region: the region that it settles, or None.
        candidates: the municipalities that share the name; empty where it is not ambiguous.
    """

    name: str
    municipality: str | None
    region: str | None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceHit:
    """A place in a message, at `start` to `end`. `negated`: the message says that it is not there."""

    surface: str
    start: int
    end: int
    municipality: str | None
    region: str | None
    candidates: tuple[str, ...]
    negated: bool


@dataclass(frozen=True, slots=True)
class Places:
    """All names of places, ready for `find_places`."""

    phrases: PhraseIndex[Place]
    words: frozenset[str]
    sayings: frozenset[tuple[str, str]]


def make_places(
    regions: Iterable[Region],
    municipalities: Iterable[Municipality],
    ambiguous_places: Iterable[AmbiguousPlace],
    place_words: Collection[str],
) -> Places:
    """Index the names of places.

    Args:
        regions: the regions with their other names.
        municipalities: the municipalities with their towns.
        ambiguous_places: names that several municipalities share. Where all of them lie in one
            region, the name settles that region.
        place_words: names and words like names that are also ordinary words; an entry of two words
            ("i vejen") is a preposition and a name that are a common saying.

    Returns:
        The index.
    """
    municipalities = tuple(municipalities)
    region_of = {m.name: m.region for m in municipalities}
    names: list[tuple[str, Place]] = []
    for municipality in municipalities:
        place = Place(municipality.name, municipality.name, municipality.region)
        names += [(name, place) for name in (municipality.name, *municipality.aliases)]
    for region in regions:
        place = Place(region.name, None, region.name)
        names += [(name, place) for name in (region.name, *region.aliases)]
    for shared in ambiguous_places:
        among = {region_of[name] for name in shared.municipalities}
        region_name = among.pop() if len(among) == 1 else None
        names.append((shared.name, Place(shared.name, None, region_name, tuple(shared.municipalities))))
    folded = [[w.folded for w in split_words(word)] for word in place_words]
    ordinary = frozenset(words[0] for words in folded if len(words) == 1)
    sayings = frozenset((words[0], words[1]) for words in folded if len(words) == 2)
    short = {w.folded for name, _ in names for w in split_words(name) if len(w.text) < MIN_FUZZY_LENGTH}
    return Places(PhraseIndex(names, exact=ordinary | short), ordinary, sayings)


def places_of(knowledge: Knowledge) -> Places:
    """Give the index over the places of the knowledge base; a second call gives the same index."""
    return _make_places_once(
        knowledge.regions, knowledge.municipalities, knowledge.ambiguous_places, knowledge.place_words
    )


_make_places_once = lru_cache(maxsize=4)(make_places)


def find_places(text: str, places: Places | Knowledge) -> tuple[PlaceHit, ...]:
    """Find the places that a message names.

    Args:
        text: any message; case, spelling and letters as people write them.
        places: the index of `make_places`, or the knowledge base.

    Returns:
        All places in the order of the text; a place that is named twice is there twice.
    """
    if isinstance(places, Knowledge):
        places = places_of(places)
    words = split_words(text)
    shows_case = _shows_case(words)
    hits: list[PlaceHit] = []
    at = 0
    while at < len(words):
        match = places.phrases.match(words, at)
        if match is None or not _is_place(words, at, match, places, shows_case):
            at += 1
            continue
        start, end = words[at].start, words[at + match.length - 1].end
        place = match.value
        hits.append(
            PlaceHit(text[start:end], start, end, place.municipality, place.region, place.candidates,
                     _is_negated(words, at, match.length))
        )  # fmt: skip
        at += match.length
    return tuple(hits)


def settle(hits: Iterable[PlaceHit]) -> tuple[str | None, str | None]:
    """Give the municipality and the region that a message settles.

    Args:
        hits: what `find_places` found.

    Returns:
        (municipality, region), each only where all places that settle one agree. A place that is
        negated once ("flyttet fra Aarhus") does not count where it is named again.
    """
    hits = tuple(hits)
    left = {(hit.municipality, hit.region) for hit in hits if hit.negated}
    valid = [hit for hit in hits if (hit.municipality, hit.region) not in left]
    municipalities = {hit.municipality for hit in valid if hit.municipality}
    regions = {hit.region for hit in valid if hit.region}
    region = regions.pop() if len(regions) == 1 else None
    return (municipalities.pop() if len(municipalities) == 1 and region else None), region


def _is_place(words: Sequence[Word], at: int, match: Match[Place], places: Places, shows_case: bool) -> bool:
    """Tell whether a matching phrase is meant as a place here."""
    last = at + match.length - 1
    word = words[at]
    before = words[at - 1] if at and not is_cut(words, at) else None
    if before and before.folded in _TITLES:
        return False
    plain = word.folded.removesuffix("s") if match.genitive else word.folded
    is_ordinary = match.length == 1 and plain in places.words
    if match.errors == 0 and not is_ordinary:
        return True
    is_capital = shows_case and word.text[0].isupper() and (at > 0 and not _begins_sentence(word))
    alone = last - at + 1 == len(words)
    follows_preposition = before is not None and before.folded in _PREPOSITIONS
    dwells = follows_preposition and _dwells(words, at - 1)
    if last + 1 < len(words) and words[last + 1].folded in _PLACE_NOUNS and not is_cut(words, last + 1):
        dwells = True
    if is_ordinary:
        if match.genitive:
            return dwells and last + 1 < len(words) and words[last + 1].folded in _PLACE_NOUNS
        return _is_meant(words, at, places, is_capital, dwells, alone)
    if match.length > 1:
        return True  # one word of several is misspelt: "region hovedsaden"
    if dwells or (alone and not word.text.islower()):
        return True
    if word.folded.endswith(_ORDINARY_ENDINGS) and not is_capital:
        return False  # "i haven", "på kanten": a noun or a verb
    if follows_preposition:
        return True
    if match.errors > 1 or len(word.folded) < MIN_LETTERS_ALONE:
        return False
    return is_capital or _is_lone(words, at) or _asks_for_service(words)


def _is_meant(
    words: Sequence[Word], at: int, places: Places, is_capital: bool, dwells: bool, alone: bool
) -> bool:
    """Tell whether a name that is also an ordinary word is meant as a name."""
    word = words[at]
    if at + 1 < len(words) and words[at + 1].folded in _PLACE_NOUNS:
        return True
    if alone:
        return ("i", word.folded) not in places.sayings or word.text[0].isupper()
    if at == 0 or is_cut(words, at):
        return is_capital and _is_lone(words, at)
    before = words[at - 1]
    if before.folded not in _PREPOSITIONS or (before.text == "I" and not _begins_sentence(before)):
        return False
    if is_capital or (before.folded, word.folded) not in places.sayings:
        return True
    return dwells and before.folded == "i" and any(w.folded in _LIVING for w in words[max(0, at - 4) : at])


def _dwells(words: Sequence[Word], preposition: int) -> bool:
    """Tell whether a verb of dwelling stands before the preposition, with at most two words between."""
    for at in range(preposition - 1, max(preposition - 4, -1), -1):
        if is_cut(words, at + 1):
            return False
        if words[at].folded in _DWELLING:
            return True
    return False


def _is_lone(words: Sequence[Word], at: int) -> bool:
    """Tell whether a word is a whole sentence or a whole item of a note."""
    return (at == 0 or is_cut(words, at)) and (at + 1 == len(words) or is_cut(words, at + 1))


def _asks_for_service(words: Sequence[Word]) -> bool:
    return len(words) <= _SEARCH_WORDS and any(w.folded.startswith(_SERVICES) for w in words)


def _is_negated(words: Sequence[Word], at: int, length: int) -> bool:
    back = at - 1
    between = 0
    while back >= 0 and between <= _MAX_BETWEEN and not is_cut(words, back + 1):
        if words[back].folded in _NOT:
            return True
        if words[back].folded == "fra" and between == 0 and _is_left(words, back, at + length):
            return True
        if words[back].folded not in _BETWEEN_NOT_AND_PLACE:
            return False
        back -= 1
        between += 1
    return False


def _is_left(words: Sequence[Word], fra: int, after: int) -> bool:
    """Tell whether "fra" names the place that somebody has moved away from."""
    if any(words[i].folded in _MOVED for i in range(max(0, fra - 2), fra)):
        return True
    return any(
        words[i].folded == "til" and any(words[j].folded in _MOVED for j in range(max(0, fra - 4), i))
        for i in range(after, min(after + 3, len(words)))
    ) or any(
        words[i].folded in _MOVED and i + 1 < len(words) and words[i + 1].folded == "til"
        for i in range(after, min(after + 4, len(words)))
    )  # fmt: skip


def _begins_sentence(word: Word) -> bool:
    return any(c in ".!?\n:" for c in word.gap)


def _shows_case(words: Sequence[Word]) -> bool:
    """Tell whether capital letters mean something: not in a shouted message, not where all have one."""
    capitals = sum(1 for w in words if w.text[0].isupper())
    return capitals <= max(3, len(words) // 3)
