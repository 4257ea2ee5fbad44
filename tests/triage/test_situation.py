"""What a person has told, and whether an offer fits it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge import load_knowledge
from bot.knowledge.model import Fit, Offer, Service
from bot.triage.situation import OLDEST, Situation, find_ages, fits, is_valid

TODAY = date(2026, 11, 22)
INFO = Situation(today=TODAY)


# ---------------------------------------------------------------- ages


@pytest.mark.parametrize(
    ("text", "ages"),
    [
        ("", (None, None)),
        ("Min søn er 30", (30, None)),
        ("Min søn er 30.", (30, None)),
        ("min søn på 30 år er syg", (30, None)),
        ("min søn på 19 er på et bosted", (19, None)),
        ("Min 16-årige datter skærer i sig selv", (16, None)),
        ("min 16 aarige datter", (16, None)),
        ("min soen 23 aar", (23, None)),
        ("min mor er 82 år gammel", (82, None)),
        ("hun er 70 år", (70, None)),
        ("mit barn på 8 år", (8, None)),
        ("jeg er mor til en søn på 22 år", (22, None)),
        ("jeg er 15 og min mor er syg", (None, 15)),
        ("Jeg er selv 17", (None, 17)),
        ("jeg er kun 12", (None, 12)),
        ("Min datter er 15. Jeg er 45", (15, 45)),
        ("Jeg er 42-årig mor til en dreng på 10 år", (10, 42)),
        # a number of years is not always an age
        ("min søn har været syg i 3 år", (None, None)),
        ("min far har drukket i 20 år", (None, None)),
        ("min mand og jeg har været gift i 40 år", (None, None)),
        ("min søn blev indlagt for 2 år siden", (None, None)),
        ("min bror er født i 1990", (None, None)),
        ("min mand er 199 år", (None, None)),
        ("jeg er 3 gange blevet afvist", (None, None)),
        ("jeg er 100 procent sikker på, at han er syg", (None, None)),
        ("min mor ringer 10 gange om dagen", (None, None)),
        ("han har taget 20 piller", (None, None)),
        ("vi bor på 3. sal", (None, None)),
    ],
)
def test_find_ages(text: str, ages: tuple[int | None, int | None]) -> None:
    assert find_ages(text) == ages


@given(st.one_of(st.text(), st.from_regex(r"(jeg er|min søn er|hun) ?\d{0,5} ?(år|årig)?", fullmatch=True)))
def test_ages_are_possible_in_any_text(text: str) -> None:
    for age in find_ages(text):
        assert age is None or 0 <= age <= OLDEST


# ---------------------------------------------------------------- limits of an offer


@pytest.fixture(scope="module")
def offer() -> Offer:
    """An offer without any limit."""
    entry = load_knowledge().entries["interventions/akutsamtalen"]
    assert isinstance(entry, Offer)
    return replace(
        entry, areas=("alle",), levels=("krise", "info"), fit=Fit(), valid_from=None, valid_to=None
    )


@pytest.fixture(scope="module")
def service() -> Service:
    """A service without any limit."""
    entry = load_knowledge().entries["contacts/sind"]
    assert isinstance(entry, Service)
    return replace(entry, areas=("alle",), levels=("krise", "info"), fit=Fit(), regions=(), municipalities=(),
                   valid_from=None, valid_to=None)  # fmt: skip


def test_no_limit_fits(offer: Offer, service: Service) -> None:
    assert fits(offer, INFO)
    assert fits(service, INFO)


@pytest.mark.parametrize(
    ("level", "fit"),
    [("livsfare", False), ("akut", False), ("krise", True), ("info", True), ("andet", False)],
)
def test_level(offer: Offer, level: str, fit: bool) -> None:
    assert fits(offer, replace(INFO, level=level)) is fit  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("areas", "area", "fit"),
    [
        (("alle",), None, True),
        (("alle",), "handicap", True),
        (("psykisk",), "psykisk", True),
        (("psykisk",), "misbrug", False),
        (("psykisk",), None, True),  # not said: taken for mental illness
        (("misbrug",), None, False),
        (("misbrug", "psykisk"), "misbrug", True),
    ],
)
def test_area(offer: Offer, areas: tuple[str, ...], area: str | None, fit: bool) -> None:
    assert fits(replace(offer, areas=areas), replace(INFO, area=area)) is fit  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("limit", "told", "fit"),
    [
        # the ill person's age: an old and a young limit is never assumed
        ({"ill_age_from": 65}, {}, False),
        ({"ill_age_from": 65}, {"ill_age": 64}, False),
        ({"ill_age_from": 65}, {"ill_age": 65}, True),
        ({"ill_age_from": 18}, {}, True),  # not said: taken for an adult
        ({"ill_age_from": 18}, {"ill_age": 17}, False),
        ({"ill_age_to": 17}, {}, False),
        ({"ill_age_to": 17}, {"ill_age": 17}, True),
        ({"ill_age_to": 17}, {"ill_age": 18}, False),
        ({"ill_age_to": 17}, {"ill_age": 0}, True),
        # the writer's age
        ({"relative_age_from": 18}, {}, True),
        ({"relative_age_from": 18}, {"own_age": 15}, False),
        ({"relative_age_from": 18}, {"need": "ung_paaroerende"}, False),
        ({"relative_age_from": 18}, {"need": "ung_paaroerende", "own_age": 19}, True),
        ({"relative_age_from": 12, "relative_age_to": 25}, {}, False),
        ({"relative_age_from": 12, "relative_age_to": 25}, {"need": "ung_paaroerende"}, True),
        ({"relative_age_from": 12, "relative_age_to": 25}, {"own_age": 26}, False),
        ({"relative_age_to": 18}, {"own_age": 18}, True),
        # who and what
        ({"relations": ("partner",)}, {}, False),
        ({"relations": ("partner",)}, {"relation": "partner"}, True),
        ({"relations": ("partner",)}, {"relation": "barn"}, False),
        ({"substances": ("alkohol",)}, {}, False),
        ({"substances": ("alkohol",)}, {"substance": "stoffer"}, False),
        ({"substances": ("alkohol", "stoffer")}, {"substance": "stoffer"}, True),
        # where
        ({"regions": ("Region Nordjylland",)}, {}, False),
        ({"regions": ("Region Nordjylland",)}, {"region": "Region Sjælland"}, False),
        ({"regions": ("Region Nordjylland",)}, {"region": "Region Nordjylland"}, True),
        ({"municipalities": ("Odense",)}, {"region": "Region Syddanmark"}, False),
        ({"municipalities": ("Odense",)}, {"region": "Region Syddanmark", "municipality": "Odense"}, True),
        ({"municipalities": ("Odense",), "regions": ("Region Sjælland",)},
         {"region": "Region Syddanmark", "municipality": "Odense"}, False),
        # all limits must hold
        ({"relations": ("foraelder",), "relative_age_to": 25}, {"relation": "foraelder"}, False),
        ({"relations": ("foraelder",), "relative_age_to": 25},
         {"relation": "foraelder", "own_age": 20}, True),
    ],
)  # fmt: skip
def test_limits(offer: Offer, limit: dict[str, object], told: dict[str, object], fit: bool) -> None:
    assert fits(replace(offer, fit=Fit(**limit)), replace(INFO, **told)) is fit  # type: ignore[arg-type]


def test_a_service_has_limits_of_its_own(service: Service) -> None:
    here = replace(INFO, region="Region Syddanmark", municipality="Odense")
    assert fits(replace(service, regions=("Region Syddanmark",)), here)  # type: ignore[arg-type]
    assert not fits(replace(service, regions=("Region Sjælland",)), here)  # type: ignore[arg-type]
    assert fits(replace(service, municipalities=("Odense",)), here)  # type: ignore[arg-type]
    assert not fits(replace(service, municipalities=("Assens",)), here)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("begin", "end", "day", "valid"),
    [
        (None, None, date.min, True),
        (date(2027, 1, 1), None, date(2026, 12, 31), False),
        (date(2027, 1, 1), None, date(2027, 1, 1), True),
        (None, date(2026, 12, 31), date(2026, 12, 31), True),
        (None, date(2026, 12, 31), date(2027, 1, 1), False),
        (date(2026, 1, 1), date(2026, 12, 31), date(2026, 6, 1), True),
    ],
)
def test_dated_entries_follow_the_clock(
    offer: Offer, service: Service, begin: date | None, end: date | None, day: date, valid: bool
) -> None:
    for entry in (offer, service):
        dated = replace(entry, valid_from=begin, valid_to=end)
        assert is_valid(dated, day) is valid
        assert fits(dated, replace(INFO, today=day)) is valid
