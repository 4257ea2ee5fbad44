"""From a situation to next steps: what is never offered, what always is, and what holds for any situation."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge import load_knowledge
from bot.knowledge.model import LEVELS, Entry, Fit, Knowledge, Offer, RegionName, Service
from bot.triage.recommend import MOST_OF_A_KIND, MOST_STEPS, Reason, Step, recommend
from bot.triage.situation import Situation

KB = load_knowledge()
TODAY = date(2026, 11, 22)
REGIONS = tuple(region.name for region in KB.regions)
AREAS = ("psykisk", "misbrug", "hjerneskade", "handicap", "hjemloeshed", "aeldre")
RELATIONS = ("barn", "foraelder", "partner", "soeskende", "bedsteforaelder", "ven", "anden")
SUBSTANCES = ("alkohol", "stoffer", "spil", "medicin")
REASON_KINDS = {"need", "area", "place", "relation", "young", "no_consent", "crisis"}
WITHOUT_STEPS = {"om_indsats", "akutte_tilbud"}  # told about one offer; told the numbers of the region


def steps(knowledge: Knowledge = KB, **told: Any) -> tuple[Step, ...]:
    return recommend(Situation(**{"today": TODAY, **told}), knowledge)


def ids(**told: Any) -> list[str]:
    return [step.entry_id for step in steps(**told)]


def entry(entry_id: str, **changes: Any) -> Offer | Service:
    """Give an offer or a service, with some fields changed."""
    found = KB.entries[entry_id]
    assert isinstance(found, (Offer, Service))
    return replace(found, **changes)


def limits(found: Offer | Service) -> tuple[set[str], set[str]]:
    """Give the regions and municipalities to which an entry is limited."""
    own = found if isinstance(found, Service) else None
    return {*found.fit.regions, *(own.regions if own else ())}, {
        *found.fit.municipalities,
        *(own.municipalities if own else ()),
    }


def needs_of(*groups: str) -> list[str]:
    return [need.id for need in KB.needs.values() if need.group in groups]


def area_of(need: str) -> str | None:
    """Give the area that a need speaks of by itself."""
    return need if need in ("misbrug", "hjerneskade") else None


# ---------------------------------------------------------------- what is never offered


@pytest.mark.parametrize("level", ["krise", "info"])
@pytest.mark.parametrize("area", [None, *AREAS])
@pytest.mark.parametrize("substance", [None, *SUBSTANCES])
def test_craft_only_with_alcohol(level: str, area: str | None, substance: str | None) -> None:
    for need in KB.needs:
        if "interventions/craft" in ids(level=level, need=need, area=area, substance=substance):
            assert (area, substance) == ("misbrug", "alkohol")


def test_craft_with_alcohol() -> None:
    assert ids(need="misbrug", area="misbrug", substance="alkohol")[0] == "interventions/craft"
    assert "interventions/craft" not in ids(need="misbrug", area="misbrug", substance="alkohol", own_age=16)


@pytest.mark.parametrize("ill_age", [None, 0, 17, 30, 64])
def test_apopleksi_65plus_never_under_65(ill_age: int | None) -> None:
    # recommended at all only once the project exists again; the limit must hold then as well
    opened = dict(KB.entries)
    opened["interventions/apopleksi-65plus"] = replace(
        entry("interventions/apopleksi-65plus"), recommend=True
    )
    kb = replace(KB, entries=MappingProxyType(opened))
    told = {"need": "hjerneskade", "area": "hjerneskade", "region": "Region Midtjylland"}
    assert "interventions/apopleksi-65plus" not in [s.entry_id for s in steps(kb, ill_age=ill_age, **told)]
    assert "interventions/apopleksi-65plus" in [s.entry_id for s in steps(kb, ill_age=70, **told)]


@pytest.mark.parametrize("need", needs_of("support", "crisis", "acute"))
def test_nothing_of_another_region(need: str) -> None:
    for region, area in itertools.product((None, *REGIONS), (None, *AREAS)):
        for entry_id in ids(need=need, area=area, region=region):
            regions, municipalities = limits(entry(entry_id))
            assert not municipalities, (entry_id, region)  # the municipality is not known
            assert not regions or region in regions, (entry_id, region)


def test_nothing_of_another_municipality() -> None:
    for place in KB.municipalities:
        for need in ("akutte_tilbud", "tal_med_nogen", "find_tilbud"):
            for entry_id in ids(need=need, level="krise", region=place.region, municipality=place.name):
                regions, municipalities = limits(entry(entry_id))
                assert not regions or place.region in regions
                assert not municipalities or place.name in municipalities


@pytest.mark.parametrize("level", ["livsfare", "akut"])
def test_no_course_in_an_acute_situation(level: str) -> None:
    for need, area in itertools.product(KB.needs, (None, *AREAS)):
        found = ids(level=level, need=need, area=area, region="Region Hovedstaden", municipality="København")
        assert all(entry_id.startswith(("acute_services/", "contacts/")) for entry_id in found), (need, found)


def test_a_course_is_for_calm_times() -> None:
    for key, found in KB.entries.items():
        if isinstance(found, Offer) and found.category.lower().startswith(("kurser", "undervisning")):
            assert set(found.levels) <= {"info"}, key
        if isinstance(found, Offer):
            assert not {"livsfare", "akut"} & set(found.levels), key


def test_what_may_not_be_recommended_never_is() -> None:
    for need, area, region in itertools.product(KB.needs, (None, *AREAS), (None, *REGIONS)):
        assert all(entry(entry_id).recommend for entry_id in ids(need=need, area=area, region=region))


def test_nothing_for_professionals_only() -> None:
    offer = entry("interventions/akutsamtalen", audience="fagperson", needs=("tal_med_nogen",))
    kb = replace(KB, entries=MappingProxyType({"interventions/akutsamtalen": offer}))
    assert steps(kb, need="tal_med_nogen") == ()


# ---------------------------------------------------------------- what is offered


@pytest.mark.parametrize("need", sorted({*needs_of("support", "crisis", "acute")} - WITHOUT_STEPS))
def test_every_need_for_help_gives_a_step(need: str) -> None:
    levels = ("krise", "info") if KB.needs[need].level == "krise" else ("info",)
    for level, area, region in itertools.product(levels, {area_of(need), *AREAS}, (None, *REGIONS)):
        assert ids(level=level, need=need, area=area, region=region), (level, area, region)


@pytest.mark.parametrize("level", ["krise", "info"])
@pytest.mark.parametrize("area", [None, *AREAS])
def test_a_young_relative_gets_services_for_the_young(level: str, area: str | None) -> None:
    found = ids(level=level, need="ung_paaroerende", area=area)
    young = [entry_id for entry_id in found if entry(entry_id).fit.relative_age_to is not None]
    assert young and found[0] == young[0], found
    assert all((entry(entry_id).fit.relative_age_from or 0) < 18 for entry_id in found), found


def test_a_young_relative_of_an_ill_parent() -> None:
    assert "contacts/er-du-okay" in ids(
        level="krise", need="ung_paaroerende", relation="foraelder", own_age=20
    )


def test_an_adult_gets_no_services_for_the_young() -> None:
    for need in needs_of("support"):
        found = ids(need=need, area=area_of(need), own_age=45)
        assert all(entry(entry_id).fit.relative_age_to is None for entry_id in found), (need, found)


@pytest.mark.parametrize("need", ["find_tilbud", "tal_med_nogen", "paaroerende_i_krise"])
def test_the_editors_list_leads(need: str) -> None:
    listed = [ref for ref in KB.needs[need].steps if entry(ref).recommend]
    assert ids(level=KB.needs[need].level, need=need)[0] in listed[:2]


def test_unknown_need_is_no_crash() -> None:
    assert steps(need="findes_ikke") == ()


def test_fewer_can_be_asked_for_but_never_more() -> None:
    situation = Situation(need="tal_med_nogen", today=TODAY)
    assert len(recommend(situation, KB, most=1)) == 1
    assert recommend(situation, KB, most=0) == ()
    assert len(recommend(situation, KB, most=99)) <= MOST_STEPS


def test_no_steps_without_knowledge() -> None:
    assert steps(replace(KB, entries=MappingProxyType({})), need="tal_med_nogen") == ()


# ---------------------------------------------------------------- reasons


@pytest.mark.parametrize(
    ("told", "entry_id", "reasons"),
    [
        ({"need": "find_tilbud"}, "contacts/psykiatrifonden", (Reason("need", "find_tilbud"),)),
        ({"need": "find_tilbud", "area": "psykisk"}, "contacts/psykiatrifonden",  # a wide question says least
         (Reason("area", "psykisk"), Reason("need", "find_tilbud"))),
        ({"need": "tal_med_nogen"}, "contacts/sind", (Reason("need", "tal_med_nogen"),)),
        ({"need": "tal_med_nogen", "area": "psykisk"}, "contacts/sind",
         (Reason("need", "tal_med_nogen"), Reason("area", "psykisk"))),
        ({"need": "paaroerende_i_krise", "level": "krise"}, "contacts/sind", (Reason("crisis"),)),
        ({"need": "misbrug", "area": "misbrug", "substance": "alkohol"}, "interventions/craft",
         (Reason("need", "misbrug"), Reason("area", "misbrug"), Reason("no_consent"))),
        ({"need": "ung_paaroerende", "level": "krise"}, "acute_services/boernetelefonen",
         (Reason("crisis"), Reason("young"))),
    ],
)  # fmt: skip
def test_reasons(told: dict[str, Any], entry_id: str, reasons: tuple[Reason, ...]) -> None:
    found = {step.entry_id: step.reasons for step in steps(**told)}
    assert found[entry_id] == reasons


def test_the_place_is_a_reason_by_its_nearest_name() -> None:
    service = entry("contacts/sind", regions=("Region Nordjylland",))
    kb = replace(KB, entries=MappingProxyType({"contacts/sind": service}))
    told = {"need": "tal_med_nogen", "region": "Region Nordjylland"}
    assert Reason("place", "Region Nordjylland") in steps(kb, **told)[0].reasons
    assert Reason("place", "Aalborg") in steps(kb, municipality="Aalborg", **told)[0].reasons


# ---------------------------------------------------------------- the clock


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 12, 31), "contacts/old"),
        (date(2027, 1, 1), "contacts/new"),
    ],
)
def test_dated_entries_follow_the_clock(day: date, expected: str) -> None:
    service = entry("contacts/sind")
    dated: dict[str, Entry] = {
        "contacts/old": replace(service, valid_to=date(2026, 12, 31)),
        "contacts/new": replace(service, valid_from=date(2027, 1, 1)),
    }
    found = recommend(
        Situation(need="tal_med_nogen", today=day), replace(KB, entries=MappingProxyType(dated))
    )
    assert [step.entry_id for step in found] == [expected]


# ---------------------------------------------------------------- any situation

ages = st.one_of(st.none(), st.integers(-5, 200))
situations = st.builds(
    Situation,
    level=st.sampled_from(LEVELS),
    need=st.one_of(st.none(), st.sampled_from([*KB.needs]), st.text(max_size=5)),
    relation=st.one_of(st.none(), st.sampled_from(RELATIONS), st.just("nabo")),
    area=st.one_of(st.none(), st.sampled_from(AREAS), st.just("andet")),
    substance=st.one_of(st.none(), st.sampled_from(SUBSTANCES)),
    ill_age=ages,
    own_age=ages,
    region=st.one_of(st.none(), st.sampled_from(REGIONS), st.just("Region Østdanmark")),
    municipality=st.one_of(
        st.none(), st.sampled_from([m.name for m in KB.municipalities]), st.just("Atlantis")
    ),
    today=st.dates(),
)


@settings(max_examples=300, deadline=None)
@given(situations)
def test_any_situation(situation: Situation) -> None:
    found = recommend(situation, KB)
    assert recommend(situation, KB) == found
    assert len(found) <= MOST_STEPS
    assert len({step.entry_id for step in found}) == len(found)
    kinds = [getattr(entry(s.entry_id), "kind", getattr(entry(s.entry_id), "category", "")) for s in found]
    assert all(kinds.count(kind) <= MOST_OF_A_KIND for kind in kinds)
    for step in found:
        chosen = entry(step.entry_id)
        regions, municipalities = limits(chosen)
        assert chosen.recommend
        assert situation.level in chosen.levels
        assert not regions or situation.region in regions
        assert not municipalities or situation.municipality in municipalities
        assert not chosen.fit.substances or situation.substance in chosen.fit.substances
        assert not chosen.fit.relations or situation.relation in chosen.fit.relations
        assert isinstance(step.reasons, tuple)
        assert len(set(step.reasons)) == len(step.reasons)
        assert {reason.kind for reason in step.reasons} <= REASON_KINDS
        assert Reason("young") not in step.reasons or (situation.own_age or 0) <= 35


@settings(max_examples=100, deadline=None)
@given(situations)
def test_telling_less_opens_no_limit(situation: Situation) -> None:
    silent = replace(
        situation, region=None, municipality=None, relation=None, substance=None, ill_age=None, own_age=None
    )
    for step in recommend(silent, KB):
        fit = entry(step.entry_id).fit
        assert not any((fit.regions, fit.municipalities, fit.relations, fit.substances))
        assert fit.ill_age_to is None and (fit.ill_age_from or 0) <= 18
        assert fit.relative_age_to is None or silent.need == "ung_paaroerende"


def test_limits_are_read_from_the_entry() -> None:
    limited = entry(
        "contacts/sind", fit=Fit(regions=(RegionName("Region Sjælland"),)), municipalities=("Greve",)
    )
    assert limits(limited) == ({"Region Sjælland"}, {"Greve"})
