"""Level and need of an urgent message tell the same story."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge import load_knowledge
from bot.knowledge.model import LEVELS, Level
from bot.triage.danger import SignHit
from bot.triage.urgent_need import ACUTE_NEEDS, LIFE_IN_DANGER, URGENT_NEEDS, urgent_need

KB = load_knowledge()


def hit(need: str, level: Level = "akut") -> SignHit:
    return SignHit("a-sign", level, need, "words")


@pytest.mark.parametrize(
    ("level", "hits", "ranked", "need"),
    [
        ("andet", [], [], None),
        ("livsfare", [], [], LIFE_IN_DANGER),
        ("livsfare", [], ["tak"], LIFE_IN_DANGER),
        ("livsfare", [hit("vold_trusler", "livsfare")], ["vold_trusler"], LIFE_IN_DANGER),
        ("livsfare", [], [LIFE_IN_DANGER], LIFE_IN_DANGER),
        # acute: the classifier's need stands where it is one of danger
        ("akut", [], ["forsvundet", "tak"], None),
        ("akut", [hit("vold_trusler")], ["barn_i_fare"], None),
        ("akut", [], ["afvist"], None),
        ("akut", [], ["ung_paaroerende"], None),
        # otherwise that of the sign
        ("akut", [hit("vold_trusler"), hit("forsvundet")], ["tak", "barn_i_fare"], "vold_trusler"),
        ("akut", [hit("selvmordstanker_selv")], [], "selvmordstanker_selv"),
        # otherwise the likeliest one of danger
        ("akut", [], ["tak", "hilsen", "barn_i_fare", "forsvundet"], "barn_i_fare"),
        ("akut", [hit(LIFE_IN_DANGER, "livsfare")], ["tak", "forsvundet"], "forsvundet"),
        ("akut", [], [LIFE_IN_DANGER, "forsvundet"], "forsvundet"),
        ("akut", [], ["tak"], "akut_forvaerring"),
        ("akut", [], [], "akut_forvaerring"),
        ("akut", [], ["oplys_sted"], "akut_forvaerring"),
        # not urgent: only "danger to life" cannot stand
        ("krise", [], ["paaroerende_i_krise"], None),
        ("info", [], ["vold_trusler"], None),  # "where can one go after violence?"
        ("info", [], [LIFE_IN_DANGER, "klage", "tak"], "klage"),
        ("info", [], [LIFE_IN_DANGER, LIFE_IN_DANGER, "klage"], "klage"),  # intent and ranking name it twice
        ("info", [], [LIFE_IN_DANGER], None),  # nothing else to choose
    ],
)
def test_urgent_need(level: Level, hits: list[SignHit], ranked: list[str], need: str | None) -> None:
    assert urgent_need(level, hits, ranked) == need


def test_names_are_needs_of_the_knowledge_base() -> None:
    assert {*URGENT_NEEDS, LIFE_IN_DANGER} <= set(KB.needs)
    assert LIFE_IN_DANGER not in URGENT_NEEDS


def test_needs_of_danger_are_the_acute_group() -> None:
    assert {*ACUTE_NEEDS, LIFE_IN_DANGER} == {need.id for need in KB.needs.values() if need.group == "acute"}


def test_every_sign_has_a_need_that_an_urgent_message_can_have() -> None:
    wrong = {
        sign.id: sign.need for sign in KB.danger_signs if sign.need not in {*URGENT_NEEDS, LIFE_IN_DANGER}
    }
    assert wrong == {}


needs = st.sampled_from([*KB.needs, "oplys_sted", ""])
hits = st.builds(hit, st.sampled_from(sorted({sign.need for sign in KB.danger_signs})))


@given(st.sampled_from(LEVELS), st.lists(hits, max_size=3), st.lists(needs, max_size=5))
def test_level_and_need_agree(level: Level, found: list[SignHit], ranked: list[str]) -> None:
    need = urgent_need(level, found, ranked) or (ranked[0] if ranked else "")
    if level == "livsfare":
        assert need == LIFE_IN_DANGER
    elif level == "akut":
        assert need in URGENT_NEEDS
    elif set(ranked) - {LIFE_IN_DANGER}:
        assert need != LIFE_IN_DANGER
