"""The actions, each run with a tracker made by hand."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

import bot.actions
from bot import replies
from bot.actions import ActionAnbefal, ActionBesvar, ActionHvorfor, ActionJaNej, ActionOmIndsats, ActionSted
from bot.actions.base import Answering
from bot.actions.conversation import (
    UNKNOWN,
    last_items,
    last_question,
    last_texts,
    read_message,
    read_situation,
    user_texts,
)  # fmt: skip
from bot.knowledge import load_knowledge
from bot.knowledge.model import LEVELS, Answer
from bot.phrases import load_phrases
from bot.replies import KINDS, OWN_SAFETY

KB = load_knowledge()
PHRASES = load_phrases()
TODAY = date(2026, 11, 22)
ACTIONS: list[type[Answering]] = [getattr(bot.actions, name) for name in bot.actions.__all__]
WITH_BESVAR = [
    need
    for need in KB.needs.values()
    if need.group != "meta" and need.id not in ("find_tilbud", "om_indsats")
]


class Ran(NamedTuple):
    """What an action has sent and given."""

    messages: list[dict[str, Any]]
    events: list[dict[str, Any]]

    @property
    def text(self) -> str:
        return str(self.messages[0]["text"])

    @property
    def custom(self) -> dict[str, Any]:
        return dict(self.messages[0]["custom"])

    @property
    def slots(self) -> dict[str, Any]:
        return {event["name"]: event["value"] for event in self.events if event["event"] == "slot"}


def said(text: str, intent: str = "uden_for_emne", level: str | None = None, **parts: Any) -> dict[str, Any]:
    """A message as Rasa hands it to an action."""
    entities = [{"entity": name, "value": value} for name, value in parts.pop("entities", {}).items()]
    urgency = {"urgency": {"level": level, "score": 0.5, "sign": None}} if level else {}
    return {
        "text": text,
        "intent": {"name": intent, "confidence": 0.9},
        "entities": entities,
        **urgency,
        **parts,
    }


def user(message: dict[str, Any]) -> dict[str, Any]:
    return {"event": "user", "text": message.get("text"), "parse_data": message}


def answered(ran: Ran) -> list[dict[str, Any]]:
    """The events that an answer leaves in the tracker."""
    sent = [
        {"event": "bot", "text": m["text"], "data": {"custom": m["custom"]}, "metadata": {}}
        for m in ran.messages
    ]
    return [*sent, *ran.events]


def make_tracker(
    message: dict[str, Any], slots: dict[str, Any] | None = None, before: Sequence[dict[str, Any]] = ()
) -> Tracker:
    events = [*before, {"event": "action", "name": "action_listen"}, user(message)]
    return Tracker("test", slots or {}, message, events, False, None, {}, "action_listen")


def run_action(
    action: Answering,
    message: dict[str, Any],
    slots: dict[str, Any] | None = None,
    before: Sequence[dict[str, Any]] = (),
) -> Ran:
    """Run an action and hold its reply to the contract."""
    dispatcher = CollectingDispatcher()
    events = asyncio.run(action.run(dispatcher, make_tracker(message, slots, before), {}))
    ran = Ran(dispatcher.messages, [dict(event) for event in events])
    assert len(ran.messages) == 1
    if ran.messages[0]["response"] is None:
        assert ran.text.strip()
        assert not re.search(r"\{\w*\}|\bNone\b", ran.text), ran.text
        assert [*ran.custom] == ["kind", "level", "need", "items", "phones", "sources", "cards"]
        assert ran.custom["kind"] in KINDS and ran.custom["level"] in LEVELS
        assert "spurgt" in ran.slots
    return ran


def is_fault(ran: Ran) -> bool:
    return (
        ran.messages[0]["response"] == "utter_teknisk_fejl"
        and not ran.messages[0]["text"]
        and ran.events == []
    )


# ---------------------------------------------------------------- what holds for every action


@pytest.mark.parametrize("kind", ACTIONS)
@pytest.mark.parametrize(
    "message",
    [
        {},
        {"text": None, "intent": None, "entities": None},
        {"text": "", "intent": {"name": None}},
        said(""),
        said("/ja", "ja"),
        said("x" * 20_000, "klage"),
        said("\ud800 \u0000 \U0001f622", "klage"),
        said("hej", "findes_ikke"),
        said(
            "hej",
            "klage",
            entities={"kommune": "Atlantis", "region": "Region Østdanmark", "indsats": "findes/ikke"},
        ),
        said("hej", "klage", entities={"relation": "fremmed", "omraade": "andet"}),
    ],
    ids=lambda message: str(message)[:40],
)
def test_any_message_gets_an_answer(kind: type[Answering], message: dict[str, Any]) -> None:
    assert not is_fault(run_action(kind(), message))


@pytest.mark.parametrize("kind", ACTIONS)
def test_any_slots_get_an_answer(kind: type[Answering]) -> None:
    slots = {
        "relation": "fremmed",
        "omraade": "andet",
        "behov": "findes_ikke",
        "region": "Region Vest",
        "kommune": "Atlantis",
    }
    assert not is_fault(run_action(kind(), said("hej", "klage"), slots))
    assert not is_fault(run_action(kind(), said("hej", "klage"), dict.fromkeys(slots, UNKNOWN)))


@pytest.mark.parametrize("kind", ACTIONS)
@pytest.mark.parametrize("broken", ["reply", "events"])
def test_an_exception_becomes_the_safe_message(
    kind: type[Answering], broken: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(kind, broken, fail)
    with caplog.at_level(logging.DEBUG):
        ran = run_action(kind(), said("min bror Jens Hansen har det skidt", "klage"))
    assert is_fault(ran)
    assert kind().name() in caplog.text and "broken on purpose" in caplog.text
    assert "Jens Hansen" not in caplog.text


@pytest.mark.parametrize("broken", ["differ", "contract"])
def test_an_exception_outside_the_reply_becomes_the_safe_message(
    broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replies, broken, lambda *args: 1 / 0)
    assert is_fault(run_action(ActionHvorfor(), said("hvorfor?", "hvorfor")))


def fail(*args: Any) -> Any:
    raise RuntimeError("broken on purpose")


def test_a_card_that_fails_costs_the_answer_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    message = said("jeg kan ikke mere", "paaroerende_i_krise", "krise")
    whole = run_action(ActionBesvar(), message)
    monkeypatch.setattr("bot.replies.cards.make_card", fail)
    ran = run_action(ActionBesvar(), message)
    assert whole.custom["cards"] and ran.custom == {**whole.custom, "cards": []}
    assert (ran.text, ran.events) == (whole.text, whole.events)


def test_a_fault_in_the_knowledge_becomes_the_safe_message(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.actions.base.load_knowledge", lambda: 1 / 0)
    assert is_fault(run_action(ActionBesvar(), said("hej", "klage")))


@pytest.mark.parametrize("kind", ACTIONS)
def test_the_same_question_is_not_answered_in_the_same_words(kind: type[Answering]) -> None:
    message = said("/klage", "klage")
    before: list[dict[str, Any]] = []
    texts: list[str] = []
    for _ in range(4):
        ran = run_action(kind(), message, before=before)
        texts.append(ran.text)
        before += [user(message), *answered(ran)]
    assert all(one != other for one, other in zip(texts, texts[1:])), texts  # noqa: B905


@pytest.mark.parametrize("kind", ACTIONS)
def test_the_same_conversation_gives_the_same_answer(kind: type[Answering]) -> None:
    message = said("vi har brug for hjælp med min bror", "tal_med_nogen")
    assert run_action(kind(), message) == run_action(kind(), message)


def test_the_reply_carries_level_and_need() -> None:
    ran = run_action(ActionBesvar(), said("jeg kan ikke mere", "paaroerende_i_krise", "krise"))
    assert (ran.custom["level"], ran.custom["need"]) == ("krise", "paaroerende_i_krise")
    assert (
        run_action(ActionBesvar(), said("/klage", "klage")).custom["level"] == "info"
    )  # a button has no urgency
    assert run_action(ActionHvorfor(), said("hej", "oplys_sted")).custom["need"] is None


# ---------------------------------------------------------------- action_besvar


@pytest.mark.parametrize("need", WITH_BESVAR, ids=lambda need: need.id)
@pytest.mark.parametrize("text", ["/need", "hvad gør jeg nu?"])
def test_every_need_is_answered_from_the_knowledge_base(need: Any, text: str) -> None:
    level = need.level if need.level in ("krise", "info") else "info"
    ran = run_action(ActionBesvar(), said(text.replace("need", need.id), need.id, level))
    assert ran.custom["items"] and ran.custom["sources"]
    assert ran.custom["kind"] in ("answer", "steps")
    if need.id == "akutte_tilbud":  # numbers by region, whatever else is listed
        assert "112" in ran.text.split("\n\n")[0]
    elif text.startswith("/") and need.answers and level == "info":
        assert ran.custom["items"][0] == need.answers[0]


def test_a_low_confidence_asks_what_is_meant() -> None:
    message = said(
        "øh noget med noget",
        "klage",
        intent_ranking=[{"name": "klage"}, {"name": "tvang"}, {"name": "bosted"}, {"name": "tak"}],
    )
    message["intent"]["confidence"] = 0.1
    ran = run_action(ActionBesvar(), message)
    assert ran.custom["kind"] == "fallback"
    assert [button["payload"] for button in ran.messages[0]["buttons"]][:3] == ["/klage", "/tvang", "/bosted"]


def test_a_button_is_never_in_doubt() -> None:
    message = said("/klage", "klage")
    message["intent"]["confidence"] = 0.0
    assert run_action(ActionBesvar(), message).custom["kind"] == "answer"


@pytest.mark.parametrize("need", ["paaroerende_i_krise", "ung_paaroerende", "graenser"])
def test_a_crisis_gets_steps_and_one_question(need: str) -> None:
    ran = run_action(ActionBesvar(), said("jeg kan ikke holde til det her mere", need, "krise"))
    assert ran.custom["kind"] == "steps"
    assert 1 <= len(ran.custom["items"]) <= 2
    assert ran.text.startswith(PHRASES.text(f"aabning_{need}"))
    assert ran.text.endswith(PHRASES.text("egen_sikkerhed"))
    assert ran.slots["spurgt"] == OWN_SAFETY
    assert [button["payload"] for button in ran.messages[0]["buttons"]] == ["/ja", "/nej"]


@pytest.mark.parametrize("region", [None, UNKNOWN, *(region.name for region in KB.regions)])
def test_acute_services_follow_the_region(region: str | None) -> None:
    ran = run_action(ActionBesvar(), said("/akutte_tilbud", "akutte_tilbud"), {"region": region})
    assert "112" in ran.text.split("\n\n")[0]
    assert (region in ran.text) if region and region != UNKNOWN else (PHRASES.text("spoerg_sted") in ran.text)


@pytest.mark.parametrize(
    ("text", "entry"),
    [
        ("hvad er tavshedspligt", "confidentiality/tavshedspligt-kort"),
        ("hvordan klager jeg over behandlingen", "rights/klage-over-behandling"),
    ],
)
def test_the_nearest_entry_answers(text: str, entry: str) -> None:
    need = KB.entries[entry].needs[0]
    assert run_action(ActionBesvar(), said(text, str(need))).custom["items"][0] == entry


def test_steps_after_an_answer_are_two_at_most() -> None:
    for need in WITH_BESVAR:
        if need.answers:
            ran = run_action(ActionBesvar(), said(f"/{need.id}", need.id, "info"))
            offered = [
                item
                for item in ran.custom["items"]
                if item.split("/")[0] not in ("confidentiality", "rights", "recommendations")
            ]
            assert len(offered) <= 2, need.id


# ---------------------------------------------------------------- action_om_indsats


@pytest.mark.parametrize("slug", [key for key in KB.entries if key.startswith("interventions/")])
def test_each_intervention_is_told_about_by_name(slug: str) -> None:
    ran = run_action(
        ActionOmIndsats(), said("hvad er det for noget?", "om_indsats", entities={"indsats": slug})
    )
    assert ran.custom["items"] == [slug]
    assert KB.entries[slug].name in ran.text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("hvad koster akutsamtalen", "cost"),
        ("kan jeg være anonym til akutsamtalen", "anonymity"),
        ("hvordan tilmelder jeg mig akutsamtalen", "signup"),
        ("virker akutsamtalen", "evidence"),
        ("skal min bror sige ja til akutsamtalen", "consent"),
        ("hvem er det for", "who"),
        ("hvad er akutsamtalen", None),
    ],
)
def test_a_side_of_an_offer(text: str, aspect: str | None) -> None:
    key = "interventions/akutsamtalen"
    ran = run_action(ActionOmIndsats(), said(text, "om_indsats", entities={"indsats": key}))
    assert ran.text == replies.offer_reply(key, aspect, KB, PHRASES).text


def test_a_described_offer_is_found() -> None:
    ran = run_action(
        ActionOmIndsats(), said("en mentor til min mor efter en blodprop i hjernen", "om_indsats")
    )
    assert ran.custom["items"] == ["interventions/apopleksi-65plus"]


def test_it_means_the_offer_that_was_spoken_of() -> None:
    message = said("hvad er CRAFT", "om_indsats", entities={"indsats": "interventions/craft"})
    first = run_action(ActionOmIndsats(), message)
    ran = run_action(
        ActionOmIndsats(), said("hvad koster det?", "om_indsats"), before=[user(message), *answered(first)]
    )
    assert ran.text == replies.offer_reply("interventions/craft", "cost", KB, PHRASES).text


def test_without_an_offer_it_asks_which() -> None:
    ran = run_action(ActionOmIndsats(), said("/om_indsats", "om_indsats"))
    assert (ran.custom["kind"], ran.text) == ("question", PHRASES.text("hvilken_indsats"))


# ---------------------------------------------------------------- cards


def cards(ran: Ran) -> list[str]:
    return [card["id"] for card in ran.custom["cards"]]


@pytest.mark.parametrize("need", WITH_BESVAR, ids=lambda need: need.id)
@pytest.mark.parametrize("level", ["info", "krise"])
def test_what_is_offered_has_a_card(need: Any, level: str) -> None:
    """Next steps of every need, also where they come after an answer."""
    ran = run_action(ActionBesvar(), said(f"/{need.id}", need.id, level))
    if ran.custom["kind"] == "steps" and PHRASES.text("ingen_skridt") not in ran.text:
        offers = ("interventions", "methods", "contacts", "acute_services")
        assert cards(ran) == [item for item in ran.custom["items"] if item.split("/")[0] in offers]
        assert ran.custom["cards"]
    assert len(cards(ran)) <= 3
    assert all(card["name"] in ran.text or card["phones"][0] in ran.text for card in ran.custom["cards"])


@pytest.mark.parametrize("region", [None, *(region.name for region in KB.regions)])
def test_acute_services_have_cards(region: str | None) -> None:
    ran = run_action(ActionBesvar(), said("/akutte_tilbud", "akutte_tilbud"), {"region": region})
    assert [card["phones"][0] for card in ran.custom["cards"]] == ran.custom["phones"]
    place = run_action(ActionSted(), said("x", "oplys_sted"), {"region": region})
    assert cards(place) == cards(ran)


def test_an_offer_that_is_told_about_has_a_card() -> None:
    key = "interventions/craft"
    ran = run_action(ActionOmIndsats(), said("hvad er CRAFT", "om_indsats", entities={"indsats": key}))
    assert cards(ran) == [key]


def test_the_line_that_is_named_after_the_question_of_safety_has_a_card() -> None:
    asked = [user(said("jeg kan ikke mere")), {"event": "slot", "name": "spurgt", "value": OWN_SAFETY}]
    ran = run_action(ActionJaNej(), said("nej", "nej"), before=asked)
    assert cards(ran) == ["acute_services/livslinien"]


def test_talk_has_no_cards() -> None:
    for action in (ActionHvorfor(), ActionJaNej()):
        assert cards(run_action(action, said("ja", "ja"))) == []


# ---------------------------------------------------------------- action_anbefal


def test_steps_say_what_was_understood() -> None:
    slots = {
        "relation": "mor",
        "omraade": "misbrug",
        "behov": "tal_med_nogen",
        "region": "Region Syddanmark",
        "kommune": "Odense",
    }
    ran = run_action(ActionAnbefal(), said("Odense", "oplys_sted"), slots)
    opening = ran.text.split("\n\n")[0]
    assert ran.custom["kind"] == "steps" and 1 <= len(ran.custom["items"]) <= 3
    for fact in ("din mor", "misbrug", "Odense"):
        assert fact in opening
    assert ran.slots["fare"] is None and ran.slots["behov"] is None
    assert not {"relation", "omraade", "region", "kommune"} & set(ran.slots)


def test_skipped_questions_are_not_repeated_back() -> None:
    ran = run_action(
        ActionAnbefal(),
        said("spring over", "oplys_spring_over"),
        dict.fromkeys(("relation", "omraade", "behov", "region"), UNKNOWN),
    )
    assert UNKNOWN not in ran.text
    assert ran.text.startswith(PHRASES.text("skridt_aabning"))


def test_steps_follow_the_need() -> None:
    one = run_action(ActionAnbefal(), said("x", "oplys_behov"), {"behov": "aflastning"})
    other = run_action(ActionAnbefal(), said("x", "oplys_behov"), {"behov": "moede_ligestillede"})
    assert one.custom["items"] != other.custom["items"]


def test_alcohol_that_was_told_earlier_brings_craft() -> None:
    told = said("min kone drikker alt for meget vin hver dag", "misbrug")
    ran = run_action(
        ActionAnbefal(),
        said("Aarhus", "oplys_sted"),
        {"omraade": "misbrug", "behov": "misbrug"},
        before=[user(told)],
    )
    assert "interventions/craft" in ran.custom["items"]
    assert (
        "interventions/craft"
        not in run_action(ActionAnbefal(), said("Aarhus", "oplys_sted"), {"omraade": "misbrug"}).custom[
            "items"
        ]
    )


# ---------------------------------------------------------------- action_ja_nej, action_hvorfor


@pytest.mark.parametrize(
    "key", [key for key, entry in KB.entries.items() if isinstance(entry, Answer) and entry.follow_up]
)
@pytest.mark.parametrize("intent", ["ja", "nej"])
def test_a_follow_up_question_is_followed(key: str, intent: str) -> None:
    entry = KB.entries[key]
    assert isinstance(entry, Answer) and entry.follow_up
    asked = [user(said("?", "klage")), {"event": "slot", "name": "spurgt", "value": key}]
    ran = run_action(ActionJaNej(), said(f"/{intent}", intent), before=asked)
    assert ran.custom["items"] == [entry.follow_up.yes if intent == "ja" else entry.follow_up.no]


def test_no_to_the_question_about_oneself() -> None:
    asked = [user(said("?", "klage")), {"event": "slot", "name": "spurgt", "value": OWN_SAFETY}]
    ran = run_action(ActionJaNej(), said("nej", "nej"), before=asked)
    assert ran.text == PHRASES.text("egen_sikkerhed_nej")
    assert ran.custom["phones"] == ["70 201 201"]


@pytest.mark.parametrize("intent", ["ja", "nej"])
def test_yes_and_no_to_nothing(intent: str) -> None:
    ran = run_action(ActionJaNej(), said(intent, intent))
    assert (ran.text, ran.custom["kind"]) == (PHRASES.text(f"{intent}_loest"), "smalltalk")


def test_an_old_question_is_over() -> None:
    old = [
        user(said("?", "klage")),
        {"event": "slot", "name": "spurgt", "value": "rights/klage-over-behandling"},
        user(said("tak", "tak")),
        {"event": "bot", "text": "Selv tak.", "data": {}},
    ]
    assert run_action(ActionJaNej(), said("ja", "ja"), before=old).custom["items"] == []


def test_why_shows_the_sources_of_the_last_answer() -> None:
    message = said("/tavshedspligt_uden_samtykke", "tavshedspligt_uden_samtykke")
    first = run_action(ActionBesvar(), message)
    ran = run_action(
        ActionHvorfor(), said("hvor har du det fra?", "hvorfor"), before=[user(message), *answered(first)]
    )
    assert ran.custom["items"] == first.custom["items"]
    entry = KB.entries[first.custom["items"][0]]
    assert isinstance(entry, Answer)
    assert entry.legal_basis.rstrip(".") in ran.text


def test_why_before_any_answer() -> None:
    assert run_action(ActionHvorfor(), said("hvorfor", "hvorfor")).text == PHRASES.text("hvorfor_intet")


# ---------------------------------------------------------------- action_sted


def test_a_place_gives_the_acute_path() -> None:
    message = said("Odense", "oplys_sted", entities={"kommune": "Odense", "region": "Region Syddanmark"})
    ran = run_action(ActionSted(), message, {"region": "Region Syddanmark", "kommune": "Odense"})
    assert "Region Syddanmark" in ran.text
    assert ran.custom["kind"] == "answer" and "112" in ran.custom["phones"]


def test_a_shared_name_is_asked_about() -> None:
    place = next(
        place for place in KB.ambiguous_places
        if len({m.region for m in KB.municipalities if m.name in place.municipalities}) > 1
        and place.name not in KB.place_words
    )  # fmt: skip
    ran = run_action(
        ActionSted(), said(f"jeg bor i {place.name}", "oplys_sted", entities={"sted": place.name})
    )
    assert ran.custom["kind"] == "question"
    region_of = {municipality.name: municipality.region for municipality in KB.municipalities}
    for name, button in zip(place.municipalities, ran.messages[0]["buttons"], strict=True):
        chosen = json.loads(button["payload"].removeprefix("/oplys_sted"))
        assert button["title"] == name
        assert chosen == {"kommune": name, "region": region_of[name]}  # Rasa fills both slots from the button


@pytest.mark.parametrize("region", [None, UNKNOWN])
def test_an_unknown_place_asks_for_one(region: str | None) -> None:
    ran = run_action(ActionSted(), said("Langtbortistan", "oplys_sted"), {"region": region})
    assert PHRASES.text("spoerg_sted") in ran.text


# ---------------------------------------------------------------- reading the conversation


def test_reading_an_empty_conversation() -> None:
    tracker = Tracker("test", {}, {}, [], False, None, {}, None)
    assert (last_texts(tracker), last_items(tracker), last_question(tracker), user_texts(tracker)) == (
        (),
        (),
        None,
        (),
    )


def test_reading_the_last_turn() -> None:
    before = [
        user(said("en")),
        {"event": "bot", "text": "b", "data": {"custom": {"kind": "answer", "items": ["contacts/sind"]}}},
        user(said("to")),
        {"event": "bot", "text": "a", "data": None},
        {"event": "bot", "text": None, "data": {}},
        {"event": "slot", "name": "spurgt", "value": "x"},
    ]
    tracker = make_tracker(said("tre"), before=before)
    assert set(last_texts(tracker)) == {"a", ""}
    assert last_items(tracker) == ("contacts/sind",)
    assert last_question(tracker) == "x"
    assert user_texts(tracker) == ("en", "to", "tre")


def test_a_restart_forgets() -> None:
    before = [
        user(said("min kone drikker vin og er 40 år")),
        {"event": "bot", "text": "a", "data": {"custom": {"kind": "answer", "items": ["contacts/sind"]}}},
        {"event": "restart"},
    ]
    tracker = make_tracker(said("hej"), before=before)
    assert user_texts(tracker) == ("hej",)
    assert last_items(tracker) == ()
    situation = read_situation(tracker, read_message(tracker, KB), KB, None, TODAY)
    assert (situation.substance, situation.ill_age, situation.area) == (None, None, None)


def test_buttons_are_no_texts() -> None:
    tracker = make_tracker(said("/ja", "ja"), before=[user(said("hej"))])
    assert user_texts(tracker) == ("hej",)
    assert read_message(tracker, KB).text == ""


def test_the_situation_is_gathered_from_the_whole_conversation() -> None:
    before = [user(said("min søn er 16")), user(said("han drikker alkohol")), user(said("jeg er 45"))]
    slots = {"relation": "soen", "omraade": None, "region": "Region Syddanmark", "kommune": "Odense"}
    message = said("hvad gør jeg", "tal_med_nogen", "krise")
    tracker = make_tracker(message, slots, before)
    situation = read_situation(tracker, read_message(tracker, KB), KB, "tal_med_nogen", TODAY)
    assert situation.level == "krise" and situation.need == "tal_med_nogen"
    assert situation.relation == "barn" and situation.area == "misbrug" and situation.substance == "alkohol"
    assert situation.ill_age == 16 and situation.own_age == 45
    assert (situation.region, situation.municipality, situation.today) == (
        "Region Syddanmark",
        "Odense",
        TODAY,
    )


def test_the_newest_statement_counts() -> None:
    tracker = make_tracker(said("nej, min søn er 19"), before=[user(said("min søn er 16"))])
    assert read_situation(tracker, read_message(tracker, KB), KB, None, TODAY).ill_age == 19


@pytest.mark.parametrize(
    ("region", "municipality"), [("Region Syddanmark", "Odense"), ("Region Sjælland", None)]
)
def test_a_municipality_of_another_region_is_forgotten(region: str | None, municipality: str | None) -> None:
    """Who lived in Odense and now says "Region Sjælland" no longer lives in Odense."""
    tracker = make_tracker(said("hej"), {"region": region, "kommune": "Odense"})
    assert read_situation(tracker, read_message(tracker, KB), KB, None, TODAY).municipality == municipality


@pytest.mark.parametrize("level", LEVELS)
def test_steps_are_for_crisis_and_calm_only(level: str) -> None:
    tracker = make_tracker(said("hej", "klage", level))
    assert read_situation(tracker, read_message(tracker, KB), KB, None, TODAY).level == (
        "krise" if level == "krise" else "info"
    )


@pytest.mark.parametrize(
    ("relation", "group"),
    [
        ("barn", "barn"),
        ("mor", "foraelder"),
        ("ven", "ven"),
        (UNKNOWN, None),
        (None, None),
        ("fremmed", None),
    ],
)
def test_the_relation_is_read_as_its_group(relation: str | None, group: str | None) -> None:
    tracker = make_tracker(said("hej"), {"relation": relation})
    assert read_situation(tracker, read_message(tracker, KB), KB, None, TODAY).relation == group
