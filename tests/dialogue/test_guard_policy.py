"""The guard policy over real trackers: what it predicts step by step, with the events fed back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from rasa.core.actions.action import action_for_name_or_text
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.policies.policy import PolicyPrediction
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot.dialogue.guard_policy import PRIORITY, GuardPolicy, read_turn
from bot.dialogue.wording import Wording
from bot.knowledge import load_knowledge
from bot.triage.guard import (
    ABOUT_OFFER,
    ANSWER,
    GREETING,
    GUIDE,
    LISTEN,
    MOST_ACTIONS,
    NOT_UNDERSTOOD,
    RECOMMEND,
    SAFE_NOW,
    SAFETY_QUESTION,
    STOP_GUIDE,
    TECHNICAL_FAULT,
    URGENT_PLACE,
    URGENT_UTTERANCES,
    WHICH_PLACE,
)

KB = load_knowledge()
DOMAIN = Domain.load("domain.yml")
WORDING = Wording(EndpointConfig(), DOMAIN)


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> GuardPolicy:
    """The policy after training, storing and loading, as in a trained model."""
    storage = LocalModelStorage.create(tmp_path_factory.mktemp("model"))
    context = ExecutionContext(GraphSchema({}), "test")
    config = GuardPolicy.get_default_config()
    resource = GuardPolicy(config, storage, Resource("guard"), context).train([], DOMAIN)
    return GuardPolicy.load(config, storage, resource, context)


class Talk:
    """A conversation as events; the tracker is made anew from them at each step."""

    def __init__(self, policy: GuardPolicy) -> None:
        self.policy = policy
        self.events: list[Event] = []

    @property
    def tracker(self) -> DialogueStateTracker:
        return DialogueStateTracker.from_events("sender", self.events, DOMAIN.slots)

    def say(self, text: str, intent: str, level: str | None = None, **parse: Any) -> Talk:
        """A message as the pipeline understands it; a button has no level."""
        sign = parse.pop("sign", None)
        urgency = {"urgency": {"level": level, "score": 0.5, "sign": sign}} if level else {}
        name = {"name": intent, "confidence": parse.pop("confidence", 1.0)}
        parse = {"intent": name, "entities": parse.pop("entities", []), **urgency}
        self.events.append(UserUttered(text, name, parse["entities"], parse))
        return self

    def then(self, *events: Event) -> Talk:
        """Something has happened."""
        self.events += events
        return self

    def guide_asks(self, slot: str) -> Talk:
        """The guide has begun and asks for a slot."""
        self.say("find hjælp", "find_tilbud", "info")
        return self.then(
            ActionExecuted(GUIDE),
            ActiveLoop(GUIDE),
            SlotSet(REQUESTED_SLOT, slot),
            BotUttered("?", metadata={"utter_action": f"utter_ask_{GUIDE}_{slot}"}),
            ActionExecuted(LISTEN),
        )

    def predict(self) -> PolicyPrediction:
        return self.policy.predict_action_probabilities(self.tracker, DOMAIN)

    def next(self) -> str | None:
        """Name of the predicted action, None where the policy abstains."""
        probabilities = self.predict().probabilities
        best = max(probabilities)
        assert best in (0.0, 1.0)
        return DOMAIN.action_names_or_texts[probabilities.index(best)] if best else None

    def run(self) -> list[str]:
        """Let Rasa run what is predicted, until the policy listens or abstains; give the names."""
        names: list[str] = []
        while (name := self.next()) and len(names) <= MOST_ACTIONS:
            names.append(name)
            self.events += self.predict().optional_events
            action = action_for_name_or_text(name, DOMAIN, None)
            done = asyncio.run(action.run(CollectingOutputChannel(), WORDING, self.tracker, DOMAIN))
            self.events += [ActionExecuted(name), *done]
            if name == LISTEN:
                break
        return names

    @property
    def said(self) -> list[str]:
        return [e.metadata.get("utter_action") for e in self.events if isinstance(e, BotUttered)]


@pytest.fixture
def talk(policy: GuardPolicy) -> Talk:
    return Talk(policy)


# ---------------------------------------------------------------- the policy in Rasa


def test_it_outranks_the_rules(policy: GuardPolicy) -> None:
    from rasa.core.policies.rule_policy import RulePolicy

    assert policy.priority == PRIORITY > RulePolicy.get_default_config()["priority"]


def test_its_predictions_outrank_those_of_a_running_form(talk: Talk) -> None:
    prediction = talk.guide_asks("behov").say("min mor ånder ikke", "livsfare_nu", "livsfare").predict()
    assert prediction.is_no_user_prediction
    assert prediction.max_confidence == 1.0


def test_every_name_it_predicts_is_known_to_the_domain() -> None:
    names = {
        LISTEN, STOP_GUIDE, RECOMMEND, ANSWER, WHICH_PLACE, ABOUT_OFFER, TECHNICAL_FAULT, NOT_UNDERSTOOD,
        GREETING, SAFETY_QUESTION, SAFE_NOW, GUIDE, *URGENT_UTTERANCES,
    }  # fmt: skip
    assert names <= set(DOMAIN.action_names_or_texts)


def test_an_empty_tracker_is_survived(talk: Talk) -> None:
    assert talk.next() is None
    assert read_turn(talk.tracker, KB).level == "andet"


def test_a_message_without_any_parse_is_survived(talk: Talk) -> None:
    talk.events.append(UserUttered(None))
    assert talk.next() is None


def test_it_abstains_from_what_the_rules_answer(talk: Talk) -> None:
    assert talk.say("hvad må de fortælle mig?", "tavshedspligt_generelt", "info").next() is None


# ---------------------------------------------------------------- danger


@pytest.mark.parametrize("slot", ["fare", "relation", "omraade", "behov", "region"])
def test_danger_inside_the_guide_step_by_step(talk: Talk, slot: str) -> None:
    talk.guide_asks(slot).say("min mor trækker ikke vejret", "livsfare_nu", "livsfare")
    assert talk.next() == "utter_livsfare_nu"
    talk.then(ActionExecuted("utter_livsfare_nu"), said("utter_livsfare_nu"))
    assert talk.next() == STOP_GUIDE
    talk.then(ActionExecuted(STOP_GUIDE), ActiveLoop(None), SlotSet(REQUESTED_SLOT, None))
    assert talk.next() == LISTEN
    talk.then(ActionExecuted(LISTEN))
    assert talk.next() is None


def said(name: str) -> BotUttered:
    return BotUttered("x", metadata={"utter_action": name})


def test_danger_inside_the_guide_with_the_actions_of_rasa(talk: Talk) -> None:
    talk.guide_asks("behov").then(SlotSet("fare", "nej"))
    assert talk.say("han har taget piller", "selvmordstanker_anden", "akut").run() == [
        "utter_selvmordstanker_anden", STOP_GUIDE, LISTEN,
    ]  # fmt: skip
    assert talk.tracker.active_loop is None
    assert talk.tracker.get_slot(REQUESTED_SLOT) is None
    assert talk.tracker.get_slot("fare") is None  # the next guide asks about danger again


def test_danger_counts_also_when_a_slot_is_set_by_the_same_message(talk: Talk) -> None:
    talk.guide_asks("relation").say("min bror dør", "livsfare_nu", "livsfare")
    talk.then(SlotSet("relation", "bror"))
    assert talk.run() == ["utter_livsfare_nu", STOP_GUIDE, LISTEN]


@pytest.mark.parametrize(
    ("text", "sign_language", "name"),
    [
        ("my brother is dying and he is not breathing", "en", "utter_fare_en"),
        ("hej", "da", "utter_livsfare_nu"),
        ("xx", "de", "utter_fare_de"),  # the sign knows the language, the text does not
    ],
)
def test_the_language_of_the_sign_decides(talk: Talk, text: str, sign_language: str, name: str) -> None:
    sign = next(s.id for s in KB.danger_signs if s.language == sign_language)
    assert talk.say(text, "livsfare_nu", "livsfare", sign=sign).next() == name


def test_a_button_with_an_acute_need_has_the_level_of_the_need(talk: Talk) -> None:
    assert talk.say("/vold_trusler", "vold_trusler").next() == "utter_vold_trusler"


def test_a_denial_after_danger_asks_about_safety(talk: Talk) -> None:
    talk.say("min mor trækker ikke vejret", "livsfare_nu", "livsfare").run()
    assert talk.say("nej det var bare for sjov", "uden_for_emne", "andet").run() == [SAFETY_QUESTION, LISTEN]
    assert read_turn(talk.tracker, KB).danger_open


@pytest.mark.parametrize(
    ("text", "intent", "names", "still_open"),
    [
        ("/ja", "ja", [SAFE_NOW, LISTEN], False),
        ("ja det er vi", "tak", [SAFE_NOW, LISTEN], False),
        ("/nej", "nej", ["utter_livsfare_nu", LISTEN], True),
        ("nej vi er bange", "graenser", ["utter_livsfare_nu", LISTEN], True),
    ],
)
def test_the_answer_about_safety(
    talk: Talk, text: str, intent: str, names: list[str], still_open: bool
) -> None:
    talk.say("min mor trækker ikke vejret", "livsfare_nu", "livsfare").run()
    talk.say("nej", "nej", "andet").run()
    assert talk.say(text, intent).run() == names
    assert read_turn(talk.tracker, KB).danger_open is still_open


def test_after_all_are_safe_a_no_is_a_no(talk: Talk) -> None:
    talk.say("min mor trækker ikke vejret", "livsfare_nu", "livsfare").run()
    talk.say("nej", "nej", "andet").run()
    talk.say("ja", "ja", "andet").run()
    assert talk.say("nej", "nej", "andet").next() is None


def test_a_place_after_danger_gets_the_acute_path(talk: Talk) -> None:
    talk.say("han er psykotisk", "akut_forvaerring", "akut").run()
    assert talk.say("Odense", "oplys_sted", "info").then(SlotSet("region", "Region Syddanmark")).run() == [
        URGENT_PLACE, LISTEN,
    ]  # fmt: skip
    path = next(region.acute_path for region in KB.regions if region.name == "Region Syddanmark")
    assert path in next(e.text for e in reversed(talk.events) if isinstance(e, BotUttered))


def test_an_unclear_message_right_after_danger_gets_the_urgent_answer_again(talk: Talk) -> None:
    talk.say("min mor trækker ikke vejret", "livsfare_nu", "livsfare").run()
    assert talk.say("hun er så kold", "aflastning", "info", confidence=0.2).run() == [
        "utter_livsfare_nu", LISTEN,
    ]  # fmt: skip
    texts = [e.text for e in talk.events if isinstance(e, BotUttered)]
    assert len(set(texts)) == len(texts) == 2


@pytest.mark.parametrize("end", [Restarted(), SessionStarted()])
def test_a_new_talk_forgets_danger(talk: Talk, end: Event) -> None:
    talk.say("min mor trækker ikke vejret", "livsfare_nu", "livsfare").run()
    talk.then(ActionExecuted("action_restart"), end, ActionExecuted(LISTEN))
    assert talk.say("nej", "nej", "andet").next() is None
    turn = read_turn(talk.tracker, KB)
    assert (turn.danger_open, turn.urgent_before, turn.asked) == (False, None, None)


# ---------------------------------------------------------------- never silence


@pytest.mark.parametrize("action", ["action_besvar", "action_anbefal", "action_ja_nej", "action_sted"])
def test_a_failed_remote_action_is_followed_by_the_fault(talk: Talk, action: str) -> None:
    talk.say("hvad må de fortælle mig?", "tavshedspligt_generelt", "info").then(ActionExecuted(action))
    assert talk.run() == [TECHNICAL_FAULT, LISTEN]


def test_a_failed_action_in_the_guide_is_followed_by_the_fault(talk: Talk) -> None:
    talk.guide_asks("region").say("må de nægte at høre på mig?", "inddragelse", "info")
    assert talk.next() == ANSWER
    assert talk.then(ActionExecuted(ANSWER)).run() == [TECHNICAL_FAULT, LISTEN]


def test_an_action_that_has_spoken_is_not_followed_by_the_fault(talk: Talk) -> None:
    talk.say("hvad må de fortælle mig?", "tavshedspligt_generelt", "info")
    assert talk.then(ActionExecuted("action_besvar"), BotUttered("svar")).next() is None


def test_an_unknown_command_is_answered(talk: Talk) -> None:
    assert talk.say("/slet_alt", "uden_for_emne").run() == [NOT_UNDERSTOOD, LISTEN]


# ---------------------------------------------------------------- the guide


@pytest.mark.parametrize("slot", ["fare", "relation", "omraade", "behov", "region"])
@pytest.mark.parametrize("text", ["spring over", "Ved ikke.", "SKIP", "/oplys_spring_over"])
def test_a_skip_phrase_fills_the_slot_that_is_asked_for(talk: Talk, slot: str, text: str) -> None:
    talk.guide_asks(slot).say(text, "oplys_spring_over" if text[0] == "/" else "uden_for_emne")
    assert talk.next() == GUIDE
    assert talk.predict().optional_events == [SlotSet(slot, "ved_ikke")]


def test_a_skip_phrase_outside_the_guide_fills_nothing(talk: Talk) -> None:
    prediction = talk.say("ved ikke", "uden_for_emne", "andet").predict()
    assert prediction.optional_events == []
    assert prediction.max_confidence == 0.0


def test_an_answer_to_a_later_question_passes_over_the_first(talk: Talk) -> None:
    talk.guide_asks("fare").say("det er min bror", "oplys_relation", "info").then(SlotSet("relation", "bror"))
    assert talk.predict().optional_events == [SlotSet("fare", "ved_ikke")]


def test_who_wants_no_more_questions_gets_steps(talk: Talk) -> None:
    talk.guide_asks("omraade").say("vis forslag nu", "find_tilbud", "info")
    assert talk.next() == STOP_GUIDE
    talk.then(ActionExecuted(STOP_GUIDE), ActiveLoop(None), SlotSet(REQUESTED_SLOT, None))
    assert talk.next() == RECOMMEND
    assert talk.then(ActionExecuted(RECOMMEND), BotUttered("forslag")).next() == LISTEN


def test_a_question_inside_the_guide_is_answered_and_the_guide_goes_on(talk: Talk) -> None:
    talk.guide_asks("region").say("må de nægte at høre på mig?", "inddragelse", "info")
    assert talk.next() == ANSWER
    assert talk.then(ActionExecuted(ANSWER), BotUttered("svar")).next() == GUIDE
    talk.then(ActionExecuted(GUIDE), said(f"utter_ask_{GUIDE}_region"))
    assert talk.next() == LISTEN


def test_the_guide_that_ends_may_be_silent(talk: Talk) -> None:
    talk.guide_asks("region").say("Odense", "oplys_sted", "info").then(SlotSet("region", "Region Syddanmark"))
    talk.then(ActionExecuted(GUIDE), ActiveLoop(None), SlotSet(REQUESTED_SLOT, None))
    assert talk.next() is None  # the rule goes on with the steps


def test_yes_to_danger_in_the_guide_is_urgent(talk: Talk) -> None:
    talk.guide_asks("fare").say("/ja", "ja").then(SlotSet("fare", "ja"))
    assert talk.run() == ["utter_akut_hjaelp", STOP_GUIDE, LISTEN]
    assert talk.tracker.get_slot("fare") is None


# ---------------------------------------------------------------- what it reads


def answered(talk: Talk, kind: str, *items: str) -> Talk:
    """An answer has been given before the message that comes."""
    talk.say("hvad er det?", "om_indsats", "info")
    custom = {"custom": {"kind": kind, "items": list(items)}}
    return talk.then(ActionExecuted(ABOUT_OFFER), BotUttered("x", data=custom), ActionExecuted(LISTEN))


@pytest.mark.parametrize(
    ("text", "item", "about_offer"),
    [
        ("hvad koster det?", "interventions/craft", True),
        ("hvad koster det?", "confidentiality/uden-samtykke", False),  # no offer
        ("min søn har det skidt i dag", "interventions/craft", False),  # no side of an offer
        ("hvad koster det at få en plads på et bosted når man er under tyve", "interventions/craft", False),
        ("", "interventions/craft", False),
    ],
)
def test_a_short_question_leans_on_the_last_offer(
    talk: Talk, text: str, item: str, about_offer: bool
) -> None:
    answered(talk, "answer", item).say(text, "klage", "info")
    assert read_turn(talk.tracker, KB).about_offer is about_offer


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("Nej, ikke nu", "opens_with", "nej"),
        ("jo da", "opens_with", "ja"),
        ("nejtak", "opens_with", None),
        ("hvad må de?", "question", True),
        ("er det min ret?", "question", True),
        ("det er min bror", "question", False),
        ("et to tre", "words", 3),
        ("", "words", 0),
        ("/abc", "unknown_command", True),
        ("/", "unknown_command", True),
        ("/klage", "unknown_command", False),
        ('/klage{"behov": "x"}', "unknown_command", False),  # a button with an entity
        ("det er 1/2", "unknown_command", False),
        ("stop", "finish", True),
        ("stop ham", "finish", False),
        ("næste!", "skip", True),
    ],
)
def test_what_is_read_from_the_text(talk: Talk, text: str, field: str, value: object) -> None:
    talk.say(text, "klage", "info")
    assert getattr(read_turn(talk.tracker, KB), field) == value


@pytest.mark.parametrize(("entity", "field"), [("indsats", "names_offer"), ("sted", "ambiguous_place")])
def test_what_is_read_from_the_entities(talk: Talk, entity: str, field: str) -> None:
    talk.say("x", "klage", "info", entities=[{"entity": entity, "value": "y"}])
    assert getattr(read_turn(talk.tracker, KB), field) is True


def test_the_question_of_the_turn_before_is_read_and_no_older_one(talk: Talk) -> None:
    talk.say("jeg kan ikke mere", "paaroerende_i_krise", "krise")
    talk.then(ActionExecuted("action_besvar"), BotUttered("x"), SlotSet("spurgt", "egen_sikkerhed"))
    talk.then(ActionExecuted(LISTEN)).say("ja", "ja", "andet")
    assert read_turn(talk.tracker, KB).asked == "egen_sikkerhed"
    assert talk.run() == ["utter_selvmordstanker_selv", LISTEN]
    talk.say("ja", "ja", "andet")
    assert read_turn(talk.tracker, KB).asked is None


def test_all_slots_of_the_guide_count_as_known(talk: Talk) -> None:
    slots = Path("domain.yml").read_text(encoding="utf-8").split("required_slots: [")[1].split("]")[0]
    for slot in slots.replace("fare, ", "").split(", "):
        talk.events = [SlotSet(slot, "x")]
        assert read_turn(talk.say("hej", "hilsen", "andet").tracker, KB).knows, slot
