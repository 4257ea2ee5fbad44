"""The danger detector has the last word: signs outrank the classifier, level and need agree."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge import load_knowledge
from bot.knowledge.model import LEVELS, URGENT_LEVELS
from bot.nlu.danger_detector import URGENCY, DangerDetector
from bot.nlu.urgency_classifier import LEVEL_SCORES, SCORES, URGENT_SCORE
from bot.triage.urgent_need import LIFE_IN_DANGER, URGENT_NEEDS

KB = load_knowledge()
DETECTOR = DangerDetector(DangerDetector.get_default_config())
LIFE_SIGN = next(sign for sign in KB.danger_signs if sign.level == "livsfare" and sign.language == "da")
ACUTE_SIGN = next(sign for sign in KB.danger_signs if sign.level == "akut" and sign.language == "da")
CALM = "hvad koster det"


def scores(urgent: float = 0.0, **levels: float) -> dict[str, Any]:
    return {URGENT_SCORE: urgent, LEVEL_SCORES: levels}


def message(text: str, intent: str = "tak", ranking: tuple[str, ...] = (), **scored: Any) -> Message:
    ranked = [{"name": name, "confidence": 0.5} for name in (intent, *ranking)]
    return Message(
        data={
            TEXT: text,
            INTENT: dict(ranked[0]),
            INTENT_RANKING_KEY: ranked,
            SCORES: scores(**scored),
        }
    )


def process(text: str, intent: str = "tak", ranking: tuple[str, ...] = (), **scored: Any) -> Message:
    return DETECTOR.process([message(text, intent, ranking, **scored)])[0]


def decided(found: Message) -> tuple[str, str, str | None]:
    """Level, need and sign."""
    urgency = found.get(URGENCY)
    return urgency["level"], found.get(INTENT)["name"], urgency["sign"]


# ---------------------------------------------------------------- odd messages


def test_empty_text() -> None:
    assert decided(process("")) == ("andet", "tak", None)


def test_message_without_anything() -> None:
    found = DETECTOR.process([Message(data={})])[0]
    assert found.get(URGENCY) == {"level": "andet", "score": 0.0, "sign": None}
    assert found.get(INTENT) is None


def test_message_with_empty_intent_and_scores() -> None:
    found = DETECTOR.process([Message(data={TEXT: CALM, INTENT: {}, INTENT_RANKING_KEY: [], SCORES: {}})])[0]
    assert found.get(URGENCY)["level"] == "andet"


def test_danger_without_intent_gets_one() -> None:
    found = DETECTOR.process([Message(data={TEXT: LIFE_SIGN.fires[0]})])[0]
    assert decided(found) == ("livsfare", LIFE_IN_DANGER, LIFE_SIGN.id)


def test_all_messages_of_a_batch_are_written() -> None:
    found = DETECTOR.process([message(CALM), message(LIFE_SIGN.fires[0])])
    assert [m.get(URGENCY)["level"] for m in found] == ["andet", "livsfare"]


# ---------------------------------------------------------------- predict apart from writing


def test_predict_writes_nothing_and_process_writes_what_it_says() -> None:
    text = ACUTE_SIGN.fires[0]
    untouched = message(text, urgent=0.3)
    before = dict(untouched.data)
    hits, urgency = DETECTOR.predict(text, untouched.get(SCORES))
    assert untouched.data == before
    assert DETECTOR.predict(text, untouched.get(SCORES)) == (hits, urgency)
    written = DETECTOR.process([untouched])[0].get(URGENCY)
    assert written == {"level": urgency.level, "score": round(urgency.score, 4), "sign": urgency.sign}


def test_what_it_writes_reaches_the_parse_result() -> None:
    found = process(LIFE_SIGN.fires[0])
    assert {URGENCY, INTENT} <= found.output_properties


def test_the_ranking_of_the_classifier_is_kept() -> None:
    found = process(LIFE_SIGN.fires[0], "klage", ("tak",))
    assert [i["name"] for i in found.get(INTENT_RANKING_KEY)] == ["klage", "tak"]


def test_training_data_is_left_alone() -> None:
    data = TrainingData([Message(data={TEXT: LIFE_SIGN.fires[0], INTENT: "tak"})])
    assert DETECTOR.process_training_data(data) is data
    assert data.training_examples[0].get(URGENCY) is None


# ---------------------------------------------------------------- signs and classifier


def test_signs_of_the_written_and_of_the_parted_text_count_the_most_urgent_first() -> None:
    plain, joined = ACUTE_SIGN.fires[0], LIFE_SIGN.fires[0]
    text = f"{plain} {joined.replace(' ', '')}"
    assert DETECTOR.predict(text, {})[1].sign == ACUTE_SIGN.id
    hits, urgency = DETECTOR.predict(text, {}, f"{plain} {joined}")
    signs = [hit.sign for hit in hits]
    assert ACUTE_SIGN.id in signs and len(signs) == len(set(signs))
    assert (urgency.level, urgency.sign) == ("livsfare", LIFE_SIGN.id)


@pytest.mark.parametrize("text", LIFE_SIGN.fires)
@pytest.mark.parametrize("intent", ["tak", "hilsen", "oplys_relation", "misbrug"])
def test_a_sign_of_danger_to_life_outranks_the_classifier(text: str, intent: str) -> None:
    found = process(text, intent, info=1.0, urgent=0.0)
    assert decided(found) == ("livsfare", LIFE_IN_DANGER, LIFE_SIGN.id)
    assert found.get(URGENCY)["score"] >= 0.99
    assert found.get(INTENT)["confidence"] == pytest.approx(found.get(URGENCY)["score"], abs=1e-4)


@pytest.mark.parametrize("sign", KB.danger_signs, ids=[sign.id for sign in KB.danger_signs])
def test_every_sign_outranks_a_calm_classifier(sign: Any) -> None:
    for text in sign.fires:
        level, need, named = decided(process(text, "tak", ("hilsen",), info=1.0))
        assert named is not None
        assert level == "livsfare" if sign.level == "livsfare" else level in URGENT_LEVELS
        assert need == LIFE_IN_DANGER if level == "livsfare" else need in URGENT_NEEDS


@pytest.mark.parametrize(
    ("scored", "intent", "expected"),
    [
        # the classifier alone
        ({"info": 0.9, "urgent": 0.1}, "klage", ("info", "klage")),
        ({"krise": 0.9, "urgent": 0.4}, "paaroerende_i_krise", ("krise", "paaroerende_i_krise")),
        ({"akut": 0.9, "urgent": 0.9}, "forsvundet", ("akut", "forsvundet")),
        ({"akut": 0.9, "urgent": 0.9}, "klage", ("akut", "akut_forvaerring")),
        ({"livsfare": 0.9, "urgent": 0.9}, "klage", ("livsfare", LIFE_IN_DANGER)),
        # tuned for recall: the likeliest level is calm, the sum of the urgent ones is not
        ({"info": 0.4, "akut": 0.3, "livsfare": 0.2, "urgent": 0.5}, "forsvundet", ("akut", "forsvundet")),
        ({"info": 0.4, "akut": 0.2, "livsfare": 0.3, "urgent": 0.5}, "klage", ("livsfare", LIFE_IN_DANGER)),
        ({"info": 0.4, "akut": 0.3, "urgent": 0.4999}, "forsvundet", ("info", "forsvundet")),
        # a need of danger to life never stands with a calm level
        ({"info": 0.9}, LIFE_IN_DANGER, ("info", "tak")),
    ],
)
def test_the_classifier_alone(scored: dict[str, float], intent: str, expected: tuple[str, str]) -> None:
    found = process(CALM, intent, ("tak",), **scored)
    assert decided(found) == (*expected, None)


def test_the_threshold_is_a_setting() -> None:
    strict = DangerDetector({"threshold": 0.9})
    scored = {"info": 0.4, "akut": 0.3, "urgent": 0.8}
    assert strict.process([message(CALM, **scored)])[0].get(URGENCY)["level"] == "info"
    assert process(CALM, **scored).get(URGENCY)["level"] == "akut"


# ---------------------------------------------------------------- answers in the guide


@pytest.mark.parametrize("intent", ["oplys_relation", "oplys_sted"])
def test_an_answer_without_a_sign_is_info(intent: str) -> None:
    found = process("min bror", intent, ("livsfare_nu",), livsfare=0.9, urgent=0.9)
    assert found.get(URGENCY) == {"level": "info", "score": 0.0, "sign": None}
    assert found.get(INTENT)["name"] == intent


@pytest.mark.parametrize("intent", ["oplys_relation", "oplys_sted"])
def test_an_answer_with_a_sign_is_danger(intent: str) -> None:
    level, need, sign = decided(process(ACUTE_SIGN.fires[0], intent))
    assert level in URGENT_LEVELS
    assert need in {*URGENT_NEEDS, LIFE_IN_DANGER}
    assert sign


# ---------------------------------------------------------------- level and need, always

parts = [text for sign in KB.danger_signs for text in (*sign.fires[:1], *sign.silent[:1])]
chance = st.floats(0, 1)


@settings(deadline=None, max_examples=60)
@given(
    st.sampled_from(["", CALM, *parts]),
    st.sampled_from([*KB.needs, "oplys_sted", "oplys_relation"]),
    st.lists(st.sampled_from(sorted(KB.needs)), max_size=4),
    st.dictionaries(st.sampled_from(LEVELS), chance),
    chance,
)
def test_level_and_need_agree(
    text: str, intent: str, ranking: list[str], levels: dict[str, float], urgent: float
) -> None:
    found = process(text, intent, tuple(ranking), urgent=urgent, **levels)
    level, need, sign = decided(found)
    assert level in LEVELS
    assert 0.0 <= found.get(URGENCY)["score"] <= 1.0
    if level == "livsfare":
        assert need == LIFE_IN_DANGER
    elif level == "akut":
        assert need in URGENT_NEEDS
    else:
        assert sign is None
        assert need != LIFE_IN_DANGER or not {*ranking} - {LIFE_IN_DANGER}
