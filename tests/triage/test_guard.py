"""What comes before everything else in a turn: danger, the guide, never silence."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge import load_knowledge
from bot.knowledge.model import LEVELS, URGENT_LEVELS
from bot.triage.danger import compile_signs
from bot.triage.guard import (
    ABOUT_OFFER,
    ANSWER,
    FEW_WORDS,
    GOODBYE,
    GREETING,
    GUIDE,
    LISTEN,
    MOST_ACTIONS,
    NOT_UNDERSTOOD,
    RECOMMEND,
    SAFE_NOW,
    SAFETY_QUESTION,
    SPOKEN_NEEDS,
    STOP_GUIDE,
    TECHNICAL_FAULT,
    URGENT_PLACE,
    URGENT_UTTERANCES,
    WHICH_PLACE,
    YES_OR_NO,
    Turn,
    answer_action,
    next_action,
    plan_turn,
    urgent_utterance,
)  # fmt: skip

KB = load_knowledge()
SILENT = (
    "action_besvar",
    "action_anbefal",
    "action_ja_nej",
    "action_hvorfor",
    "action_om_indsats",
    "action_sted",
    GUIDE,
)
ACUTE_NEEDS = sorted(need.id for need in KB.needs.values() if need.group == "acute")
GUIDE_SLOTS = ("fare", "relation", "omraade", "behov", "region")


def guide(intent: str, requested: str, **more: object) -> Turn:
    """A turn while the guide asks for a slot."""
    return Turn(intent=intent, guide_active=True, requested=requested, **more)  # type: ignore[arg-type]


# ---------------------------------------------------------------- danger


@pytest.mark.parametrize(
    ("intent", "level", "language", "name"),
    [
        ("livsfare_nu", "livsfare", "da", "utter_livsfare_nu"),
        (
            "selvmordstanker_selv",
            "livsfare",
            "da",
            "utter_livsfare_nu",
        ),  # the level is more urgent than the need
        ("tak", "livsfare", "da", "utter_livsfare_nu"),
        ("selvmordstanker_selv", "akut", "da", "utter_selvmordstanker_selv"),
        ("selvmordstanker_anden", "akut", "da", "utter_selvmordstanker_anden"),
        ("vold_trusler", "akut", "da", "utter_vold_trusler"),
        ("akut_forvaerring", "akut", "da", "utter_akut_forvaerring"),
        ("forsvundet", "akut", "da", "utter_forsvundet"),
        ("barn_i_fare", "akut", "da", "utter_barn_i_fare"),
        ("afvist", "akut", "da", "utter_akut_hjaelp"),  # acute, but the need has no urgent answer of its own
        ("livsfare_nu", "akut", "da", "utter_akut_hjaelp"),
        ("hilsen", "akut", "da", "utter_akut_hjaelp"),  # "utter_hilsen" exists and is no urgent answer
        ("akut_sted", "akut", "da", "utter_akut_sted"),
        ("livsfare_nu", "livsfare", "en", "utter_fare_en"),
        ("selvmordstanker_selv", "akut", "sv", "utter_fare_sv"),
        ("andet_sprog", "akut", "no", "utter_fare_no"),
        ("andet_sprog", "livsfare", "de", "utter_fare_de"),
    ],
)
def test_urgent_utterance(intent: str, level: str, language: str, name: str) -> None:
    assert urgent_utterance(intent, level, language) == name


@pytest.mark.parametrize("intent", ACUTE_NEEDS)
@pytest.mark.parametrize("level", sorted(URGENT_LEVELS))
def test_danger_stops_the_guide(intent: str, level: str) -> None:
    plan = plan_turn(guide(intent, "behov", level=level))
    assert plan == (urgent_utterance(intent, level), STOP_GUIDE, LISTEN)


@pytest.mark.parametrize(
    ("turn", "plan"),
    [
        # the question whether all are safe
        (Turn("ja", asked="sikkerhed", danger_open=True), (SAFE_NOW, LISTEN)),
        (Turn("nej", asked="sikkerhed", danger_open=True), ("utter_livsfare_nu", LISTEN)),
        (Turn("nej", danger_open=True), (SAFETY_QUESTION, LISTEN)),  # "no, it was a joke"
        (Turn("oplys_sted", danger_open=True), (URGENT_PLACE, LISTEN)),
        (Turn("oplys_sted", danger_open=True, ambiguous_place=True), (WHICH_PLACE, LISTEN)),
        (Turn("oplys_sted"), None),
        (Turn("nej"), None),
        (Turn("tak", danger_open=True), None),
        (Turn("tavshedspligt_generelt", asked="sikkerhed", danger_open=True), None),
        # the question whether the writer has such thoughts
        (Turn("ja", asked="egen_sikkerhed"), ("utter_selvmordstanker_selv", LISTEN)),
        (Turn("nej", asked="egen_sikkerhed"), None),
        (Turn("ja", asked="confidentiality/uden-samtykke"), None),
        (
            Turn("klage", asked="egen_sikkerhed", opens_with="ja", words=30),
            ("utter_selvmordstanker_selv", LISTEN),
        ),
        # a message that begins with yes or no
        (Turn("klage", asked="sikkerhed", opens_with="nej", words=30), ("utter_livsfare_nu", LISTEN)),
        (Turn("klage", asked="sikkerhed", opens_with="ja"), (SAFE_NOW, LISTEN)),
        (
            Turn("ja", asked="sikkerhed", opens_with="nej"),
            ("utter_livsfare_nu", LISTEN),
        ),  # in doubt: not safe
        (Turn("klage", danger_open=True, opens_with="nej"), (SAFETY_QUESTION, LISTEN)),
        (
            Turn("klage", asked="rights/bisidder-til-moede", opens_with="ja", words=FEW_WORDS),
            (YES_OR_NO, LISTEN),
        ),
        (Turn("klage", asked="rights/bisidder-til-moede", opens_with="ja", words=FEW_WORDS + 1), None),
        (Turn("klage", opens_with="ja"), None),
        # a question that leans on the last answer
        (Turn("klage", about_offer=True), (ABOUT_OFFER, LISTEN)),
        (guide("klage", "region", about_offer=True), (ABOUT_OFFER, GUIDE, LISTEN)),
        (Turn("tavshedspligt_generelt", confidence=0.9, about_offer=True), None),  # what may staff say?
        (Turn("tavshedspligt_generelt", confidence=0.3, about_offer=True), (ABOUT_OFFER, LISTEN)),
        (
            guide("tavshedspligt_generelt", "region", confidence=0.9, about_offer=True),
            (ANSWER, GUIDE, LISTEN),
        ),
        # an offer is named in a message that is not understood otherwise
        (Turn("uden_for_emne", names_offer=True), (ABOUT_OFFER, LISTEN)),
        (Turn("klage", names_offer=True), None),
        # right after an urgent answer, what is less clear gets it again
        (Turn("klage", confidence=0.2, urgent_before="utter_forsvundet"), ("utter_forsvundet", LISTEN)),
        (Turn("klage", confidence=0.9, urgent_before="utter_forsvundet"), None),
        (guide("klage", "region", confidence=0.2, urgent_before="utter_forsvundet"), (ANSWER, GUIDE, LISTEN)),
        # the guide's first question
        (guide("ja", "fare"), ("utter_akut_hjaelp", STOP_GUIDE, LISTEN)),
        (guide("nej", "fare"), None),
        (guide("ja", "behov"), None),
        # the guide
        (Turn("find_tilbud"), None),
        (Turn("find_tilbud", knows=True), (RECOMMEND, LISTEN)),
        (guide("find_tilbud", "behov", knows=True), None),
        (guide("oplys_faerdig", "relation", finish=True), (STOP_GUIDE, RECOMMEND, LISTEN)),
        (guide("oplys_spring_over", "relation", skip=True), None),
        (guide("uden_for_emne", "behov", skip=True), None),
        (guide("oplys_relation", "relation", filled=True), None),
        (guide("misbrug", "omraade"), None),
        (guide("misbrug", "relation"), (ANSWER, GUIDE, LISTEN)),  # a need of its own
        (guide("tavshedspligt_generelt", "region"), (ANSWER, GUIDE, LISTEN)),
        (guide("tavshedspligt_generelt", "behov"), None),  # here it is an answer
        (guide("hvorfor", "region"), ("action_hvorfor", GUIDE, LISTEN)),
        (guide("om_indsats", "region"), ("action_om_indsats", GUIDE, LISTEN)),
        (guide("er_du_menneske", "region"), ("utter_er_du_menneske", GUIDE, LISTEN)),
        (guide("tak", "region"), None),
        (guide("hilsen", "fare"), None),
        (guide("start_forfra", "fare"), None),
        (guide("klage", "relation", filled=True), None),  # "det er min bror": the slot is filled
        (guide("klage", "relation", filled=True, question=True), (ANSWER, GUIDE, LISTEN)),
        (guide("farvel", "relation"), (GOODBYE, STOP_GUIDE, LISTEN)),
        (Turn("farvel"), None),
        (guide("oplys_sted", "region", ambiguous_place=True), (WHICH_PLACE, LISTEN)),
        (guide("oplys_sted", "region", ambiguous_place=True, filled=True), None),
        (guide("oplys_sted", "relation", ambiguous_place=True), None),
        # what the frame itself brings
        (Turn("session_start"), (GREETING, LISTEN)),
        (Turn("back"), (NOT_UNDERSTOOD, LISTEN)),
        (Turn("klage", unknown_command=True), (NOT_UNDERSTOOD, LISTEN)),
        (guide("klage", "region", unknown_command=True), (NOT_UNDERSTOOD, LISTEN)),
        (Turn("restart"), None),
        (guide("restart", "fare"), None),
        # danger outranks all of it
        (Turn("ja", level="akut", asked="sikkerhed"), ("utter_akut_hjaelp", LISTEN)),
        (Turn("nej", level="livsfare", asked="sikkerhed", danger_open=True), ("utter_livsfare_nu", LISTEN)),
        (Turn("klage", level="livsfare", unknown_command=True), ("utter_livsfare_nu", LISTEN)),
        (Turn("session_start", level="akut"), ("utter_akut_hjaelp", LISTEN)),
        # but for the fixed words that skip a question: test_words_of_the_guide_hold_no_danger
        (guide("oplys_faerdig", "relation", finish=True, level="akut"), (STOP_GUIDE, RECOMMEND, LISTEN)),
        (guide("akut_forvaerring", "relation", skip=True, level="akut"), None),
        (Turn("akut_forvaerring", skip=True, finish=True, level="akut"), ("utter_akut_forvaerring", LISTEN)),
        (Turn("start_forfra", level="akut"), ("utter_akut_hjaelp", LISTEN)),
    ],
)
def test_plan(turn: Turn, plan: tuple[str, ...] | None) -> None:
    assert plan_turn(turn) == plan


@pytest.mark.parametrize("intent", ["ja", "nej"])
def test_the_own_safety_question_is_answered_in_the_guide_too(intent: str) -> None:
    turn = guide(intent, "behov", asked="egen_sikkerhed")
    assert plan_turn(turn) == (("utter_selvmordstanker_selv", STOP_GUIDE, LISTEN) if intent == "ja" else None)


def test_a_safety_question_is_answered_in_the_guide_too() -> None:
    assert plan_turn(guide("nej", "fare", asked="sikkerhed", danger_open=True)) == (
        "utter_livsfare_nu",
        STOP_GUIDE,
        LISTEN,
    )


def test_answers_of_spoken_needs_come_from_the_domain() -> None:
    for need in KB.needs:
        name = answer_action(need)
        assert name == (f"utter_{need}" if need in SPOKEN_NEEDS else name)
        assert name in {ANSWER, "action_hvorfor", "action_om_indsats", f"utter_{need}"}


# ---------------------------------------------------------------- the next action


@pytest.mark.parametrize(
    ("turn", "action"),
    [
        (Turn("vold_trusler", level="akut"), "utter_vold_trusler"),
        (Turn("vold_trusler", level="akut", actions=("utter_vold_trusler",), spoke=True), LISTEN),
        (Turn("vold_trusler", level="akut", actions=("utter_vold_trusler", LISTEN), spoke=True), None),
        (guide("klage", "region", actions=(ANSWER,), spoke=True), GUIDE),
        (guide("klage", "region", actions=(ANSWER, GUIDE), spoke=True), LISTEN),
        # the rules have begun something else: they go on
        (Turn("vold_trusler", level="akut", actions=("action_ja_nej",), spoke=True), None),
        # an action that should have spoken has not
        (Turn("klage", actions=(ANSWER,)), TECHNICAL_FAULT),
        (guide("klage", "region", actions=(ANSWER,)), TECHNICAL_FAULT),
        (Turn("klage", actions=(ANSWER, TECHNICAL_FAULT), spoke=True), LISTEN),
        (Turn("klage", actions=(ANSWER, TECHNICAL_FAULT)), LISTEN),  # even the fault was silent: no loop
        (Turn("klage", actions=(ANSWER,), spoke=True), None),
        (Turn("klage", actions=(ANSWER, LISTEN)), None),
        (
            Turn("klage", actions=(ANSWER,) * MOST_ACTIONS, spoke=True),
            LISTEN,
        ),  # Rasa stops at ten, without listening
        (Turn("klage", actions=(NOT_UNDERSTOOD,), spoke=True), LISTEN),
        # the guide that ends says nothing itself; what follows does
        (Turn("oplys_sted", actions=(GUIDE,), guide_closed=True), None),
        (Turn("oplys_sted", actions=(GUIDE,)), TECHNICAL_FAULT),
        (Turn("oplys_sted", actions=(GUIDE, RECOMMEND), guide_closed=True), TECHNICAL_FAULT),
    ],
)
def test_next_action(turn: Turn, action: str | None) -> None:
    assert next_action(turn, silent_actions=SILENT) == action


texts = st.one_of(
    st.sampled_from(
        [
            *KB.needs,
            "oplys_sted",
            "oplys_relation",
            "oplys_faerdig",
            "oplys_spring_over",
            "session_start",
            "back",
            "restart",
        ]
    ),
    st.text(max_size=8),
)
DRAWN: dict[str, st.SearchStrategy[object]] = {
    "intent": texts,
    "confidence": st.floats(0, 1),
    "level": st.sampled_from(LEVELS),
    "language": st.sampled_from(["da", "en", "sv", "no", "de"]),
    "foreign_script": st.booleans(),
    "guide_active": st.booleans(),
    "requested": st.sampled_from([None, *GUIDE_SLOTS]),
    "filled": st.booleans(),
    "ambiguous_place": st.booleans(),
    "knows": st.booleans(),
    "danger_open": st.booleans(),
    "asked": st.sampled_from([None, "sikkerhed", "egen_sikkerhed", "rights/klage-over-behandling"]),
    "words": st.integers(0, 500),
    "question": st.booleans(),
    "unknown_command": st.booleans(),
    "opens_with": st.sampled_from([None, "ja", "nej"]),
    "names_offer": st.booleans(),
    "urgent_before": st.sampled_from([None, *URGENT_UTTERANCES]),
    "about_offer": st.booleans(),
    "skip": st.booleans(),
    "finish": st.booleans(),
}
turns = st.builds(Turn, **DRAWN)  # type: ignore[arg-type]


def test_every_field_of_a_turn_is_drawn() -> None:
    done_so_far = {"actions", "spoke", "guide_closed"}  # each test sets these itself
    assert set(DRAWN) == {field.name for field in fields(Turn)} - done_so_far


def test_words_of_the_guide_hold_no_danger() -> None:
    """What skips a question or ends the guide outranks the classifier, so it may be no danger sign."""
    matcher = compile_signs(KB.danger_signs, KB.danger_exceptions)
    assert {word: hits for term in KB.phrases for word in term.words if (hits := matcher.find(word))} == {}


def is_word_of_the_guide(turn: Turn) -> bool:
    return turn.guide_active and (turn.skip or turn.finish)


@settings(deadline=None)
@given(turns.filter(lambda turn: turn.level in URGENT_LEVELS and not is_word_of_the_guide(turn)))
def test_danger_is_always_answered_first(turn: Turn) -> None:
    first = next_action(turn, silent_actions=SILENT)
    assert first in URGENT_UTTERANCES
    assert plan_turn(turn) == (first, *((STOP_GUIDE,) if turn.guide_active else ()), LISTEN)


@settings(deadline=None)
@given(turns)
def test_a_plan_is_short_and_ends_by_listening(turn: Turn) -> None:
    plan = plan_turn(turn)
    assert plan_turn(turn) == plan
    if plan is not None:
        assert len(plan) <= MOST_ACTIONS
        assert plan[-1] == LISTEN
        assert plan.count(LISTEN) == 1
        assert len(set(plan)) == len(plan)
        assert any(
            name.startswith(("utter_", "action_")) and name not in (LISTEN, STOP_GUIDE) for name in plan
        )


@settings(deadline=None)
@given(turns, st.booleans())
def test_a_turn_comes_to_an_end_and_never_in_silence(turn: Turn, server_up: bool) -> None:
    """Walk through a turn as the guard steers it; with the action server down, actions say nothing."""
    said = False
    actions: list[str] = []
    for _ in range(MOST_ACTIONS + 1):
        now = replace(turn, actions=tuple(actions), spoke=said, guide_closed=STOP_GUIDE in actions)
        action = next_action(now, silent_actions=SILENT)
        if action is None:
            return  # the rules go on
        actions.append(action)
        if action == LISTEN:
            assert said, actions
            return
        said = said or action.startswith("utter_") or (server_up and action in SILENT)
    raise AssertionError(f"no end: {actions}")


@settings(deadline=None)
@given(
    turns,
    st.lists(st.sampled_from([*SILENT, LISTEN, TECHNICAL_FAULT, "utter_tak", STOP_GUIDE]), max_size=6),
    st.booleans(),
)
def test_a_silent_action_is_followed_by_the_fault(turn: Turn, before: list[str], closed: bool) -> None:
    for silent in SILENT:
        # the guide that has just ended is the only one that may be silent: what follows it speaks
        done = replace(turn, actions=(*before, silent), spoke=False, guide_closed=closed and silent != GUIDE)
        assert next_action(done, silent_actions=SILENT) == TECHNICAL_FAULT
    after_fault = replace(turn, actions=(*before, TECHNICAL_FAULT), spoke=True)
    assert next_action(after_fault, silent_actions=SILENT) == LISTEN


def test_a_word_of_goodbye_in_an_answer_ends_no_guide() -> None:
    answer = Turn("farvel", guide_active=True, requested="omraade", filled=True)
    assert plan_turn(answer) is None or "utter_farvel" not in plan_turn(answer)  # type: ignore[operator]
    assert "utter_farvel" in (plan_turn(Turn("farvel", guide_active=True, requested="omraade")) or ())


def test_who_writes_in_other_letters_is_told_so_unless_it_is_urgent() -> None:
    assert plan_turn(Turn("find_tilbud", foreign_script=True)) == ("utter_andet_sprog", "action_listen")
    urgent = plan_turn(Turn("livsfare_nu", level="livsfare", foreign_script=True))
    assert urgent == ("utter_livsfare_nu", "action_listen")
