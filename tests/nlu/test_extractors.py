"""The extractors as Rasa components: entities, their form, and short answers as intents."""

from __future__ import annotations

import statistics
import time
from typing import Any

import pytest
from rasa.shared.nlu.constants import ENTITIES, INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.name_extractor import NameExtractor
from bot.nlu.place_extractor import PlaceExtractor
from bot.nlu.short_answer import ShortAnswerClassifier
from bot.nlu.term_extractor import TermExtractor

PLACE, TERM, NAME = PlaceExtractor(), TermExtractor(), NameExtractor()
SHORT = ShortAnswerClassifier(ShortAnswerClassifier.get_default_config())


def process(text: str, **data: Any) -> Message:
    message = Message(data={TEXT: text, **data})
    for component in (NAME, TERM, PLACE, SHORT):
        (message,) = component.process([message])
    return message


def entities(text: str) -> list[tuple[str, str]]:
    return [(item["entity"], item["value"]) for item in process(text).get(ENTITIES)]


def test_empty_message_has_no_entities() -> None:
    assert entities("") == []


def test_message_without_text_is_survived() -> None:
    assert PLACE.process([Message(data={})])[0].get(ENTITIES) == []


def test_form_of_an_entity() -> None:
    text = "Min bror bor i Odense"
    assert process(text).get(ENTITIES)[1] == {
        "entity": "kommune", "value": "Odense", "start": 15, "end": 21, "confidence_entity": 1.0,
        "extractor": "PlaceExtractor",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vi bor i Odense", [("kommune", "Odense"), ("region", "Region Syddanmark")]),
        ("bor på Fyn", [("region", "Region Syddanmark")]),
        ("bor i Viby", [("sted", "Viby")]),
        ("i Klampenborg", [("region", "Region Hovedstaden"), ("sted", "Klampenborg")]),
        ("ikke i Odense", []),
        ("hun bor i Odense, jeg bor i Aalborg", [("sted", "Odense"), ("sted", "Aalborg")]),
        ("min søster drikker", [("relation", "soester"), ("omraade", "misbrug")]),
        ("det er min bror, ikke min far", [("relation", "bror")]),
        # the area that is named first comes last, as a slot keeps the last
        ("hun drikker og har angst", [("omraade", "psykisk"), ("omraade", "misbrug")]),
        ("hvad er Åben Dialog", [("indsats", "interventions/aaben-dialog")]),
    ],
)
def test_entities(text: str, expected: list[tuple[str, str]]) -> None:
    assert entities(text) == expected


def test_entities_of_earlier_components_stay() -> None:
    earlier = {"entity": "x", "value": "y", "start": 0, "end": 1, "extractor": "other"}
    message = PLACE.process([Message(data={TEXT: "i Odense", ENTITIES: [earlier]})])[0]
    assert message.get(ENTITIES)[0] == earlier
    assert len(message.get(ENTITIES)) == 3


def test_short_answer_becomes_the_intent_and_the_ranking_is_kept() -> None:
    ranking = [{"name": "akutte_tilbud", "confidence": 0.7}, {"name": "hilsen", "confidence": 0.2}]
    message = process("i Odense", **{INTENT: ranking[0], INTENT_RANKING_KEY: ranking})
    assert message.get(INTENT) == {"name": "oplys_sted", "confidence": 1.0}
    assert message.get(INTENT_RANKING_KEY) == [{"name": "oplys_sted", "confidence": 1.0}, *ranking]


def test_other_messages_keep_their_intent() -> None:
    intent = {"name": "livsfare_nu", "confidence": 0.9}
    assert process("min mor trækker ikke vejret", **{INTENT: intent}).get(INTENT) == intent


@pytest.mark.parametrize(
    ("urgent", "left_alone"),
    [
        (0.0, False),
        (0.8, False),  # a guess about two words
        (0.94, False),
        (0.95, True),
        (1.0, True),
    ],
)
def test_urgent_messages_are_left_alone(urgent: float, left_alone: bool) -> None:
    intent = {"name": "livsfare_nu", "confidence": 0.9}
    message = process("min mor", **{INTENT: intent, "urgency_scores": {"urgent": urgent, "levels": {}}})
    assert message.get(INTENT)["name"] == ("livsfare_nu" if left_alone else "oplys_relation")
    assert (message.get(INTENT) == intent) is left_alone


def test_extractors_are_quick() -> None:
    text = "Min søn på 24 bor i hosrens, drikker hver dag og har skizofreni. Findes der akutsamtaler? "
    times = []
    for number in range(30):
        begin = time.perf_counter()
        process(text + str(number))
        times.append(time.perf_counter() - begin)
    assert statistics.median(times) < 0.02  # about 0.5 ms; the limit only catches a blow-up
