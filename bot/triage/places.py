"""Finds places in a message and tells which municipality and region they settle.

A name that stands in `knowledge/places.yml` counts wherever it stands, with two exceptions: a name that
is also an ordinary word, and a misspelt name, need something near them that speaks of a place ("i",
"bor", "kommune", a capital letter). A misspelling that sounds as the name ("Fåbår" for Faaborg, see
`sounds`) needs less than one that only has most letters of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.knowledge.model import AmbiguousPlace, Knowledge, Municipality, Region
from bot.triage.phrase_index import MIN_FUZZY_LENGTH, Match, PhraseIndex, Word, is_cut, split_words

# Folded words. Before a name they say that a place follows; the abbreviations are those of case notes.
_PREPOSITIONS = frozenset(
    "i fra ved vd v naer paa omkring til mod indenfor udenfor gennem in near from bei aus fraan w "
    "te fraa frae ve bopael adresse adr bosiddende bosidd".split()
)
_LIVING = frozenset("bor boede bo boet bosat".split())
_DWELLING = _LIVING | frozenset(
    "flytter flyttet flyttede kommer borger hjemmehoerende opvokset herovre hernede heroppe "
    "herude derovre dernede deroppe live lives living lebe wohnen wohne wohnt borta".split()
)
_PLACE_NOUNS = frozenset(
    "kommune kommunes kommunen kommuner komune kommun byraad borgerservice raadhus omr omraade omraadet "
    "omegn".split()
)
# After these only a capital letter makes a place of a name that is also a word ("nummeret for Odder").
# "å" is "og", and in Jutland "på": "her å Mors".
_WEAK_PREPOSITIONS = frozenset("for om hos over og aa eller af syd nord oest vest uden".split())
_TITLES = frozenset("fru frue froeken frk hr herr dr doktor".split())
_MOVED = frozenset("flytter flyttet flyttede flytte fraflyttet rejst".split())
_NOT = frozenset("ikke ik ikk ej aldrig hverken not inte nicht".split())
_BETWEEN_NOT_AND_PLACE = _PREPOSITIONS | frozenset("laengere laenger mere selv inde heller".split())
_MAX_BETWEEN = 3
_STREETS = ("vej", "vejen", "gade", "gaden")
_ORDINARY_ENDINGS = ("en", "et", "erne", "ede", "ende", "er")
MIN_LETTERS_ALONE = 6  # of a misspelt name with nothing like "i" before it
MIN_LETTERS_ANYWHERE = 9  # of a name with one letter wrong that is too long to be anything else
_SEARCH_WORDS = 10  # a message as short as a search ("psyk skadestue hilerød")
_SERVICES = tuple("psyk pyk akut skadest vagt laegevagt sygehus hospital botilbud bosted".split())
# What follows the name of a festival or a football club, what comes before that of a festival, and the
# outings that say where somebody is just now.
_EVENTS = frozenset(
    "festival festivalen slog slaar taber tabte vinder vandt spiller spillede rykker scorer scorede".split()
)
_SINCE = frozenset({"siden"})
_OUTINGS = frozenset("lejr lejrskole landskamp kamp koncert".split())
# "jeg bor selv i", "mig selv i", "jeg er født i": where the writer is or comes from.
_SPEAKERS = frozenset("jeg jej jae je a mig ich i vi wi we jag indr".split())
_BEING = frozenset(
    "bor boende er sidder sitter laeser arbejder studerer live am wohne sitze foedt opvokset selv nu her ude "
    "oppe nede inde ovre lige stadig alene langt ligger ellers jo".split()
)
_TOGETHER = frozenset({"med", "hos"})  # "han bor hos mig i Kolding"
_PRONOUNS = frozenset("han hun hende ham he she".split())
_MAX_BEING = 4

# How a name sounds, for `sounds`.
_CONSONANTS = (
    ("th", "t"), ("ph", "f"), ("hv", "v"), ("hj", "j"), ("kj", "k"), ("ck", "k"), ("ch", "k"), ("ce", "se"),
    ("ci", "si"), ("au", "av"), ("ei", "ej"), ("ai", "aj"), ("nd", "n"), ("ld", "l"), ("rd", "r"),
    ("rs", "s"), ("rn", "n"), ("oe", "o"),
)  # fmt: skip
_LETTERS = str.maketrans(
    {"c": "k", "q": "k", "g": "k", "x": "ks", "z": "s", "d": "t", "w": "v", "f": "v", "b": "p"}
)
MIN_SOUNDS = 4  # letters of a sound; shorter ones are those of too many words
_DOUBLED = tuple((letter * 2, letter) for letter in "befgijklmnoprstuvy")
# Endings that are swallowed: -borg, -bjerg (spoken -borre, -bjær), -sted, -vig, an e before n, r, l or s.
_ENDING = 7  # letters at most that such an ending takes, with the letter before it
_WEAK_ENDING = re.compile(
    r"(?<=p)(jae|je|ja|jo|ae|aa|o|u|e)r?[kj]?e?$|(?<=st)e[tj]?$|(?<=i)k$|e(?=[nrls]s?$)|e$"
)


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
    """A place in a message, at `start` to `end`.

    `negated`: the message says that it is not there, or that only the writer is while it names another.
    """

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
    return Places(PhraseIndex(names, exact=ordinary | short, sounds=sounds), ordinary, sayings)


def sounds(folded: str) -> tuple[str, ...]:
    """Give the ways in which a folded word may sound to somebody who spells by ear.

    Doubled letters, d/t, g/k, b/p, v/f/w, c/k/s, silent d, h and g, and a weak e are alike; so are å, a and
    o, and æ, a and e, each in one of the two ways.
    """
    plain = _replace(folded, _DOUBLED)
    sound = _replace(folded, _CONSONANTS)
    sound = _replace((sound[:1] + sound[1:].replace("h", "")).translate(_LETTERS), _DOUBLED)
    sound = sound[:-_ENDING] + _WEAK_ENDING.sub(r"\1", sound[-_ENDING:])
    found = (sound.replace("aa", "a").replace("ae", "a"), sound.replace("aa", "o").replace("ae", "e"), plain)
    return tuple(dict.fromkeys(sound for sound in found if len(sound) >= MIN_SOUNDS))


def _replace(text: str, pairs: Iterable[tuple[str, str]]) -> str:
    for old, new in pairs:
        text = text.replace(old, new)
    return text


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
    writers: set[int] = set()
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
        if _is_writers(words, at) and not _is_vague(words):
            writers.add(start)
        at += match.length
    return _set_aside(hits, writers)


def _set_aside(hits: Sequence[PlaceHit], writers: Collection[int]) -> tuple[PlaceHit, ...]:
    """Negate the places, by where they start, of the writer, where others settle another region."""
    regions = {hit.region for hit in hits if hit.region and not hit.negated}
    others = {hit.region for hit in hits if hit.region and not hit.negated and hit.start not in writers}
    if len(regions) < 2 or len(others) != 1:
        return tuple(hits)
    return tuple(
        replace(hit, negated=True) if hit.start in writers and hit.region not in others else hit
        for hit in hits
    )


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
    if (before and before.folded in _TITLES) or _is_event(words, at, last):
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
        return _is_meant(words, at, word.folded, places, is_capital, dwells, alone)
    if match.length > 1:
        return True  # one word of several is misspelt: "region hovedsaden"
    if word.folded.endswith(_STREETS):
        return False
    if match.alike and match.first in places.words:
        stands_out = follows_preposition or alone or (word.text[0].isupper() and _is_lone(words, at))
        return stands_out and _is_meant(words, at, match.first, places, is_capital, dwells, alone)
    if dwells or (alone and not word.text.islower()):
        return True
    is_long = len(word.folded) >= MIN_LETTERS_ALONE and word.folded[0] == match.first[0]
    if match.alike and (follows_preposition or is_capital or is_long):
        return True
    if word.folded.endswith(_ORDINARY_ENDINGS) and not is_capital:
        return False  # "i haven", "på kanten": a noun or a verb
    if follows_preposition:
        return True
    if match.errors > 1 or len(word.folded) < MIN_LETTERS_ALONE:
        return False
    if len(word.folded) >= MIN_LETTERS_ANYWHERE:
        return True
    return is_capital or _is_lone(words, at) or _asks_for_service(words)


def _is_meant(
    words: Sequence[Word],
    at: int,
    name: str,
    places: Places,
    is_capital: bool,
    dwells: bool,
    alone: bool,
) -> bool:
    """Tell whether a name that is also an ordinary word is meant as a name."""
    word = words[at]
    if at + 1 < len(words) and words[at + 1].folded in _PLACE_NOUNS and not is_cut(words, at + 1):
        return True
    if alone:
        return ("i", name) not in places.sayings or word.text[0].isupper()
    if at == 0 or is_cut(words, at):
        # In a note it may be a sentence of its own: "Mor på arbejde. Skive."
        return at > 0 and word.text[0].isupper() and _is_lone(words, at)
    before = words[at - 1]
    if before.folded in _WEAK_PREPOSITIONS:
        return is_capital
    if before.folded not in _PREPOSITIONS or (before.text == "I" and not _begins_sentence(before)):
        return False
    if is_capital or (before.folded, name) not in places.sayings:
        return True
    return dwells and before.folded == "i" and any(w.folded in _LIVING for w in words[max(0, at - 4) : at])


def _is_event(words: Sequence[Word], at: int, last: int) -> bool:
    """Tell whether a name is that of a festival or a club, of an outing, or of the office that writes."""
    after = [w.folded for w in words[last + 1 : last + 3]]
    if after and after[0] in _EVENTS and not is_cut(words, last + 1):
        return True
    if after[1:] == ["her"] and after[0] in _PLACE_NOUNS:
        return True
    if at == 0 or is_cut(words, at):
        return False
    return words[at - 1].folded in _SINCE or (at > 1 and words[at - 2].folded in _OUTINGS)


def _is_writers(words: Sequence[Word], at: int) -> bool:
    """Tell whether a place is only where the writer is or comes from: "jeg bor selv i Kolding"."""
    if at < 2 or words[at - 1].folded not in _PREPOSITIONS or is_cut(words, at):
        return False
    for back in range(at - 2, max(at - 3 - _MAX_BEING, -1), -1):
        if is_cut(words, back + 1):
            return False
        if words[back].folded in _SPEAKERS:
            return back == 0 or words[back - 1].folded not in _TOGETHER
        if words[back].folded not in _BEING:
            return False
    return False


def _is_vague(words: Sequence[Word]) -> bool:
    """Tell whether a message is so short, and says only "han" or "hun", that asking whose place is safer."""
    return len(words) <= _SEARCH_WORDS and any(w.folded in _PRONOUNS for w in words)


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
