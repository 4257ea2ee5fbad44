"""A message that is nothing but a place or a relation."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge import load_knowledge
from bot.triage.places import places_of
from bot.triage.short_answer import short_answer
from bot.triage.terms import make_terms

KB = load_knowledge()
PLACES = places_of(KB)
RELATIONS = make_terms(KB.relations)


def answer(text: str) -> str | None:
    return short_answer(text, PLACES, RELATIONS)


@pytest.mark.parametrize(
    "text",
    [
        "Odense", "i Odense", "Vi bor i Aalborg kommune.", "nej, ikke Aarhus, Odense", "ups, Vejle",
        "5000 Odense", "region syd", "ude på Fyn", "Nykøbing", "skive", "det er i Køge",
    ],
)  # fmt: skip
def test_places(text: str) -> None:
    assert answer(text) == "oplys_sted"


@pytest.mark.parametrize(
    "text",
    [
        "min bror", "Det er min mor", "nej det er min far", "min datter.", "ikke min mor, min søster",
        "kæresten", "det gælder min kone", "mor til en søn", "min bror i Odense",
    ],
)  # fmt: skip
def test_relations(text: str) -> None:
    assert answer(text) == "oplys_relation"


@pytest.mark.parametrize(
    "text",
    [
        "", "...", "ja", "nej", "hjælp min mor", "min mor er væk", "min mor er ikke i Odense", "ikke Odense",
        "min far slår", "han står på Vejlefjordbroen", "psyk skadestue odense", "min søn 😭", "min mor 112",
        "jeg er bange for min bror", "min bror har taget piller i Odense", "min mor trækker ikke vejret",
        "ring til min mor", "Odense " * 13,
    ],
)  # fmt: skip
def test_everything_else(text: str) -> None:
    assert answer(text) is None


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_survived(text: str) -> None:
    assert answer(text) in {None, "oplys_sted", "oplys_relation"}
