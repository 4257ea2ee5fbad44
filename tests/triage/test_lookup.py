"""Finds the entry that a question is about."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge import load_knowledge
from bot.knowledge.model import Answer, Offer
from bot.triage.lookup import MIN_SIMILARITY, Lookup, make_lookup

KB = load_knowledge()
LOOKUP = make_lookup(KB)
ANSWERS = [key for key, entry in KB.entries.items() if isinstance(entry, Answer)]
OFFERS = [key for key, entry in KB.entries.items() if isinstance(entry, Offer)]
ALL = [*KB.entries]


@pytest.mark.parametrize(
    ("text", "candidates"),
    [
        ("", ALL),
        ("   ", ALL),
        ("112", []),
        ("?!", ALL),
        ("\U0001f622\U0001f622", ALL),
        ("qqqqqqqq", ALL),  # no such letters together in the knowledge base
        ("\ud800", ALL),  # a lone surrogate, as broken clients send it
    ],
)
def test_nothing_is_found(text: str, candidates: list[str]) -> None:
    assert LOOKUP.best(text, candidates) is None


@pytest.mark.parametrize("key", ANSWERS)
def test_a_question_in_the_editors_words_finds_its_entry(key: str) -> None:
    entry = KB.entries[key]
    assert isinstance(entry, Answer)
    best = LOOKUP.best(entry.question, ANSWERS)
    same = [other for other in ANSWERS if KB.entries[other].question == entry.question]  # type: ignore[union-attr]
    assert best in same


@pytest.mark.parametrize("key", OFFERS)
def test_an_offers_name_finds_it(key: str) -> None:
    entry = KB.entries[key]
    assert isinstance(entry, Offer)
    assert LOOKUP.best(entry.name, OFFERS) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("hva er taushedspligt egenlig", "confidentiality/tavshedspligt-kort"),
        ("aabn dialog", "interventions/aaben-dialog"),
        ("FORVENTNINGSAMTALE", "interventions/forventningssamtalen"),
        ("laer at takle kursus", "interventions/laer-at-tackle"),
        ("akut samtalen for parørende", "interventions/akutsamtalen"),
    ],
)
def test_misspellings_are_forgiven(text: str, key: str) -> None:
    assert LOOKUP.best(text, ALL) == key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("hvad må de fortælle mig?", "confidentiality/uden-samtykke"),
        ("hvad må de fortælle mig om min søn", "confidentiality/uden-samtykke"),
        ("hvad må personalet fortælle mig", "confidentiality/uden-samtykke"),
        ("min datter bliver 18, hvad må de så fortælle mig?", "confidentiality/barn-fylder-18"),
        ("hvad må de fortælle mig når hun fylder 18", "confidentiality/barn-fylder-18"),
    ],
)
def test_a_plain_question_does_not_find_a_special_case(text: str, key: str) -> None:
    assert LOOKUP.best(text, ANSWERS) == key


def test_letters_of_a_foreign_keyboard_are_the_same() -> None:
    danish, plain = (
        LOOKUP.similarities("pårørende på bosted ønsker støtte"),
        LOOKUP.similarities("paaroerende paa bosted oensker stoette"),
    )
    assert danish == plain


def test_only_candidates_are_found() -> None:
    assert LOOKUP.best("akutsamtalen", ["interventions/craft"], least=0.9) is None
    assert (
        LOOKUP.best("akutsamtalen", ["interventions/craft", "findes/ikke"], least=0.0)
        == "interventions/craft"
    )


def test_a_tie_goes_to_the_earlier_candidate() -> None:
    tied = Lookup(lambda text: {"a": 0.5, "b": 0.5})
    assert tied.best("x", ["b", "a"]) == "b"
    assert tied.best("x", ["a", "b"]) == "a"


@pytest.mark.parametrize(
    ("score", "found"), [(MIN_SIMILARITY - 0.01, None), (MIN_SIMILARITY, "a"), (1.0, "a")]
)
def test_the_least_similarity(score: float, found: str | None) -> None:
    assert Lookup(lambda text: {"a": score}).best("x", ["a"]) == found


def test_a_small_knowledge_base_is_enough() -> None:
    entries = {"interventions/craft": replace(KB.entries["interventions/craft"])}
    assert (
        make_lookup(replace(KB, entries=MappingProxyType(entries))).best("craft", ["interventions/craft"])
        == "interventions/craft"
    )


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300))
def test_any_text(text: str) -> None:
    scores = LOOKUP.similarities(text)
    assert all(0 <= score <= 1.0001 for score in scores.values())
    assert LOOKUP.best(text, ALL) == LOOKUP.best(text, ALL)
    assert set(scores) <= set(ALL)
