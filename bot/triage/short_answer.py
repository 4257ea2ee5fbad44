"""Decides whether a message is nothing but an answer: a place, or the person it is about."""

from __future__ import annotations

from typing import Literal

from bot.triage.phrase_index import split_words
from bot.triage.places import Places, find_places
from bot.triage.terms import TermIndex, find_relations
from bot.triage.text import fold

ShortAnswer = Literal["oplys_sted", "oplys_relation"]

MAX_WORDS = 12
MAX_LETTERS = 200
_POSTCODE_DIGITS = 4
# Folded words that add nothing to an answer. "hjælp", "væk" or a number would: they are not here.
_FILLERS = frozenset(
    "ja jo jep jeps jeg jej nej naeh nix nope yes no ok okay oh aah hmm hm oeh oehm uhm ups altsaa naa "
    "naah hov bor boede bo bosat fra i paa my mein meine ved naer taet omkring af til om en et er det "
    "den der her ude "
    "nede oppe ovre lige min mit mine vores vor vi os hos han hun mig ham hende egen selv bare kun nok "
    "vist faktisk saa men og eller ikke ik kommune kommunen region regionen by byen omegn naerheden "
    "undskyld sorry mente mener rettere for altid svar svaret gaelder drejer sig vedroerer angaar"
    " handler".split()
)
_DENIALS = frozenset({"ikke", "ik"})
_BRIDGE = "broen"
_PUNCTUATION = frozenset(" \t\n\r\u00a0.,;:!?()\"'’‘“”«»-–—/…")


def short_answer(text: str, places: Places, relations: TermIndex) -> ShortAnswer | None:
    """Tell whether a message is only a place, or only a relation, apart from words that add nothing.

    Args:
        text: the message.
        places: the index of places.
        relations: the index of relations.

    Returns:
        `oplys_sted`, `oplys_relation` (also where both are named and nothing is denied), or None where
        the message says anything more.
    """
    words = split_words(text) if len(text) <= MAX_LETTERS else ()
    if not words or len(words) > MAX_WORDS:
        return None
    found_places = find_places(text, places)
    if any(fold(hit.surface).endswith(_BRIDGE) for hit in found_places):
        return None  # "han er på Storstrømsbroen" is no address
    people = find_relations(text, relations)
    spans = [(hit.start, hit.end) for hit in found_places] + [(hit.start, hit.end) for hit in people]
    for word in words:
        is_covered = any(start <= word.start < end for start, end in spans)
        is_postcode = word.text.isdigit() and len(word.text) == _POSTCODE_DIGITS and bool(found_places)
        if not (is_covered or is_postcode or word.folded in _FILLERS):
            return None
    outside = "".join(word.gap for word in words) + text[words[-1].end :]
    if not _PUNCTUATION.issuperset(outside):
        return None  # an emoji says something
    has_place = any(not hit.negated for hit in found_places)
    has_person = any(not hit.negated and not hit.speaker for hit in people)
    if found_places and people and any(word.folded in _DENIALS for word in words):
        return None  # "min mor er ikke i Odense": somebody may be missing
    return "oplys_relation" if has_person else "oplys_sted" if has_place else None
