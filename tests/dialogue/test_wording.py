"""The wording of responses: no chance, no repetition, the region's numbers, the contract."""

from __future__ import annotations

import asyncio
import json
from datetime import date
from typing import Any

import pytest
from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig, read_endpoint_config

from bot import replies
from bot.dialogue.wording import ACUTE_PATH, FOREIGN, Wording
from bot.knowledge import load_knowledge
from bot.knowledge.model import LEVELS
from bot.phrases import PREFIX, load_phrases
from bot.triage.guard import SAFETY_QUESTION, URGENT_UTTERANCES

KB = load_knowledge()
DOMAIN = Domain.load("domain.yml")
WORDING = Wording(EndpointConfig(), DOMAIN)
SPOKEN = sorted(name for name in DOMAIN.responses if not name.startswith(PREFIX))
KEYS = {"kind", "level", "need", "items", "phones", "sources", "cards"}


def message(intent: str = "hilsen", level: str | None = None, text: str = "hej") -> UserUttered:
    urgency = {"urgency": {"level": level, "score": 0.9, "sign": None}} if level else {}
    return UserUttered(text, {"name": intent, "confidence": 1.0}, parse_data=urgency)


def generate(name: str, events: list[Event], wording: Wording = WORDING) -> dict[str, Any]:
    """Generate a response; the events then tell of it, as in Rasa."""
    tracker = DialogueStateTracker.from_events("sender", events, DOMAIN.slots)
    response = asyncio.run(wording.generate(name, tracker, "rest"))
    assert response is not None
    data = {"custom": response.get("custom")}
    events.append(BotUttered(response["text"], data=data, metadata={"utter_action": name}))
    return response


def test_rasa_makes_it_from_endpoints_yml() -> None:
    made = NaturalLanguageGenerator.create(read_endpoint_config("endpoints.yml", "nlg"), DOMAIN)
    assert isinstance(made, Wording)


def test_an_unknown_name_gives_nothing() -> None:
    tracker = DialogueStateTracker.from_events("sender", [], DOMAIN.slots)
    assert asyncio.run(WORDING.generate("utter_findes_ikke", tracker, "rest")) is None


# ---------------------------------------------------------------- variations


@pytest.mark.parametrize("name", SPOKEN)
def test_variations_are_counted_round(name: str) -> None:
    """Each wording comes in its turn, and never one twice in a row where there are two."""
    number = len(DOMAIN.responses[name])
    events: list[Event] = []
    texts = []
    for _ in range(2 * number + 1):
        events.append(message())
        texts.append(generate(name, events)["text"])
    assert len(set(texts)) == number
    assert texts == [texts[place % number] for place in range(len(texts))]
    if number > 1:
        assert all(one != next_one for one, next_one in zip(texts, texts[1:], strict=False))


def test_every_response_has_two_wordings() -> None:
    """Otherwise it comes twice in a row when it is said twice."""
    assert [name for name in SPOKEN if len(DOMAIN.responses[name]) < 2] == []


def test_the_count_of_one_response_is_not_that_of_another() -> None:
    events: list[Event] = [message()]
    first = generate("utter_tak", events)["text"]
    events.append(message())
    generate("utter_farvel", events)
    events.append(message())
    assert generate("utter_tak", events)["text"] != first


def test_the_domain_is_left_as_it_is() -> None:
    before = json.dumps(DOMAIN.responses, sort_keys=True)
    for name in SPOKEN:
        response = generate(name, [message(), SlotSet("region", "Region Nordjylland")])
        response["text"] = "changed"
        for button in response.get("buttons") or ():
            button["title"] = "changed"
        response["custom"]["items"].append("changed")
    assert json.dumps(DOMAIN.responses, sort_keys=True) == before


# ---------------------------------------------------------------- the contract


@pytest.mark.parametrize("name", SPOKEN)
def test_custom_is_completed(name: str) -> None:
    response = generate(name, [message("klage", "info")])
    custom = response["custom"]
    assert set(custom) == KEYS
    assert custom["kind"] == DOMAIN.responses[name][0]["custom"]["kind"]
    assert custom["need"] == "klage"
    assert custom["level"] == ("akut" if custom["kind"] == "urgent" else "info")
    assert set(custom["items"]) <= set(KB.entries)
    assert set(DOMAIN.responses[name][0]["custom"].get("items", ())) <= set(custom["items"])
    assert custom["phones"] == list(replies.phones_in(response["text"], KB))
    wanted = {source for item in custom["items"] for source in KB.entries[item].sources}
    assert set(custom["sources"]) == wanted


@pytest.mark.parametrize("name", URGENT_UTTERANCES)
def test_numbers_of_an_urgent_response_are_shown(name: str) -> None:
    custom = generate(name, [message("livsfare_nu", "livsfare")])["custom"]
    assert custom["phones"][0] == "112"
    assert custom["level"] == "livsfare"
    owners = {getattr(KB.entries[item], "phone", None) for item in custom["items"]}
    assert set(custom["phones"]) <= owners  # each number has an entry that names its sources


@pytest.mark.parametrize(
    ("intent", "level", "expected"),
    [
        ("klage", "krise", ("krise", "klage")),
        ("klage", None, (KB.needs["klage"].level, "klage")),  # a button: the usual level of its need
        ("oplys_sted", None, ("andet", None)),  # no need
        ("", None, ("andet", None)),
    ],
)
def test_level_and_need_of_the_message(
    intent: str, level: str | None, expected: tuple[str, str | None]
) -> None:
    custom = generate("utter_tak", [message(intent, level)])["custom"]
    assert (custom["level"], custom["need"]) == expected
    assert custom["level"] in LEVELS


def test_without_any_message_it_is_complete_too() -> None:
    assert set(generate("utter_hilsen", [])["custom"]) == KEYS


def test_only_the_first_message_of_a_turn_has_custom() -> None:
    events: list[Event] = [message("klage", "info")]
    assert "custom" in generate("utter_anonymitet", events)
    second = generate("utter_ask_find_hjaelp_region", events)
    assert "custom" not in second
    assert second["text"] and second["buttons"]
    events.append(message("klage", "info"))
    assert "custom" in generate("utter_tak", events)


def test_custom_of_an_action_counts_too() -> None:
    events: list[Event] = [message("klage", "info"), BotUttered("svar", data={"custom": {"kind": "answer"}})]
    assert "custom" not in generate("utter_ask_find_hjaelp_region", events)


def test_a_first_message_without_custom_leaves_it_to_the_next() -> None:
    assert "custom" in generate("utter_tak", [message(), BotUttered("svar", data={"custom": None})])


# ---------------------------------------------------------------- cards

MOST_URGENT_CARDS = 4  # an urgent answer must not grow long
MOST_BYTES = 6000
DANISH = [name for name in URGENT_UTTERANCES if not name.startswith(FOREIGN)]


@pytest.mark.parametrize("region", [None, *(r.name for r in KB.regions)])
@pytest.mark.parametrize("name", DANISH)
def test_services_in_an_urgent_response_have_cards(name: str, region: str | None) -> None:
    events: list[Event] = [message("livsfare_nu", "livsfare"), SlotSet("region", region)]
    best = next((r.acute[0] for r in KB.regions if r.name == region), None)
    for variation in DOMAIN.responses[name]:
        response = generate(name, events)
        custom, cards = response["custom"], response["custom"]["cards"]
        ids = [card["id"] for card in cards]
        assert ids[0] == "acute_services/112" and len(ids) <= MOST_URGENT_CARDS
        assert set(ids) <= set(custom["items"])
        assert {card["phones"][0] for card in cards} <= set(custom["phones"])
        assert (best in ids) == (best is not None and ACUTE_PATH in variation["text"])
        assert json.loads(json.dumps(custom)) == custom
        assert len(json.dumps(custom, ensure_ascii=False).encode()) < MOST_BYTES
        events.append(message("livsfare_nu", "livsfare"))


@pytest.mark.parametrize("name", [name for name in SPOKEN if name not in DANISH])
def test_no_other_response_has_cards(name: str) -> None:
    """Talk has none, nor has an answer in another language: a card would be in Danish."""
    assert generate(name, [message("livsfare_nu", "livsfare")])["custom"]["cards"] == []


@pytest.mark.parametrize("name", URGENT_UTTERANCES)
def test_a_card_that_fails_costs_an_urgent_response_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[Event] = [message("livsfare_nu", "livsfare"), SlotSet("region", KB.regions[0].name)]
    whole = generate(name, [*events])
    monkeypatch.setattr("bot.replies.cards.make_card", lambda *given: 1 / 0)
    assert generate(name, events) == {**whole, "custom": {**whole["custom"], "cards": []}}


# ---------------------------------------------------------------- gaps


@pytest.mark.parametrize("region", [None, "ved_ikke", "Region Atlantis", *(r.name for r in KB.regions)])
@pytest.mark.parametrize("name", URGENT_UTTERANCES)
def test_the_acute_path_follows_the_region(name: str, region: str | None) -> None:
    events: list[Event] = [message("akut_forvaerring", "akut"), SlotSet("region", region)]
    for variation in DOMAIN.responses[name]:
        response = generate(name, events)
        assert "{" not in response["text"]
        if ACUTE_PATH in variation["text"]:
            path = replies.acute_path(region, KB, load_phrases(), date.today())
            assert path and path in response["text"]
        events.append(message("akut_forvaerring", "akut"))


def test_each_region_has_its_own_acute_path() -> None:
    texts = {
        generate("utter_akut_sted", [message(), SlotSet("region", region.name)])["text"]
        for region in KB.regions
    }
    assert len(texts) == len(KB.regions)


def test_braces_of_a_payload_are_no_gaps() -> None:
    for name in SPOKEN:
        response = generate(name, [message(), SlotSet("relation", "mor"), SlotSet("behov", "klage")])
        assert response.get("buttons") == DOMAIN.responses[name][0].get("buttons"), name
    buttons = generate("utter_ask_find_hjaelp_relation", [message()])["buttons"]
    assert buttons[0]["payload"] == '/oplys_relation{"relation": "barn"}'


def test_braces_in_what_a_person_wrote_do_no_harm() -> None:
    events: list[Event] = [message(text="{akut_vej} {0} {x"), SlotSet("kommune", "{akut_vej}")]
    assert "{" not in generate("utter_akut_hjaelp", events)["text"]


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize("broken", ["acute_path", "contract", "phones_in", "owners", "make_cards"])
@pytest.mark.parametrize("name", [*URGENT_UTTERANCES, SAFETY_QUESTION, "utter_teknisk_fejl", "utter_hilsen"])
def test_whatever_fails_the_words_of_the_domain_come(
    name: str, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*given: object) -> None:
        raise KeyError("broken")

    monkeypatch.setattr(replies, broken, fail)
    events: list[Event] = [message("livsfare_nu", "livsfare")]
    response = generate(name, events)
    assert "112" in response["text"]
    assert ACUTE_PATH not in response["text"]
    assert response["text"] == response["text"].strip()
    assert set(response["custom"]) == KEYS
    assert response["custom"]["kind"] == DOMAIN.responses[name][0]["custom"]["kind"]
    events.append(BotUttered("x", data={"custom": {"kind": "answer"}}))
    assert "custom" not in generate(name, events)  # one a turn, here too
