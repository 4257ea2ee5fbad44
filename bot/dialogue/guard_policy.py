"""The policy that comes before the rules: danger first, the guide can be interrupted, never silence."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import takewhile
from typing import Any

from rasa.core.featurizers.tracker_featurizers import TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
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
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.dialogue.patience import limit_waiting
from bot.knowledge import load_knowledge
from bot.knowledge.model import Knowledge, Offer, Service
from bot.triage.guard import (
    FEW_WORDS,
    GUIDE,
    SAFE_NOW,
    SAFETY_QUESTION,
    STOP_GUIDE,
    UNKNOWN,
    URGENT_UTTERANCES,
    Turn,
    next_action,
)
from bot.triage.language import foreign_script, language_of
from bot.triage.terms import find_terms
from bot.triage.text import fold
from bot.triage.yes_no import opening

_QUESTION = re.compile(r"(?:hv\w+|maa|kan|skal|findes|er der|har i|how|what|can)\b")
_SHORT = 8  # words of a question that may lean on the last answer
_POINTERS = frozenset("det den dem der her".split())
PRIORITY = 10  # RulePolicy has 6; at equal confidence the higher priority decides


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class GuardPolicy(Policy):
    """Predicts what `bot.triage.guard` plans and abstains from everything else.

    It needs no training and runs inside the Rasa server, so that the urgent answer comes even when
    the action server is down.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Priority above the rules."""
        return {"priority": PRIORITY}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: TrackerFeaturizer | None = None,
    ) -> None:
        """Load the knowledge base: it refuses to start on a fault. Limit the waiting for actions."""
        limit_waiting()
        super().__init__(config, model_storage, resource, execution_context, featurizer)
        self._knowledge = load_knowledge()

    def train(
        self, training_trackers: list[TrackerWithCachedStates], domain: Domain, **kwargs: Any
    ) -> Resource:
        """Nothing to learn; only the resource is stored."""
        self.persist()
        return self._resource

    def persist(self) -> None:
        """Write an empty resource, so that loading finds one."""
        with self._model_storage.write_to(self._resource):
            pass

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> GuardPolicy:
        """Make the policy anew; it has no state."""
        return cls(config, model_storage, resource, execution_context)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """Predict the planned action with certainty, or abstain."""
        turn = read_turn(tracker, self._knowledge)
        action = next_action(turn, silent_actions=[*domain.user_actions, *domain.form_names])
        events = self._skipped(turn, tracker)
        if action is None and events:
            action = GUIDE
        if action == STOP_GUIDE:  # the next guide asks about danger again
            events = [SlotSet("fare", None)]
        if action is None:
            return self._prediction(self._default_predictions(domain))
        return self._prediction(
            self._prediction_result(action, tracker, domain),
            # "no user" predictions are those of a running form; only another one can outrank them
            is_no_user_prediction=True,
            optional_events=events,
        )

    def _prediction_result(self, action: str, tracker: DialogueStateTracker, domain: Domain) -> list[float]:
        result = self._default_predictions(domain)
        result[domain.index_for_action(action)] = 1.0
        return result

    @staticmethod
    def _skipped(turn: Turn, tracker: DialogueStateTracker) -> list[Event]:
        """A question that was skipped counts as answered with "not known"."""
        if not turn.guide_active or turn.actions or not turn.requested:
            return []
        passed_over = turn.requested == "fare" and not turn.filled and _tells_something(tracker)
        return [SlotSet(turn.requested, UNKNOWN)] if turn.skip or passed_over else []


def read_turn(tracker: DialogueStateTracker, knowledge: Knowledge) -> Turn:
    """Read a Rasa tracker as the plain data that the guard decides on.

    Args:
        tracker: the conversation.
        knowledge: the knowledge base; it gives the level of a need that came without a text.

    Returns:
        The turn that begins with the latest message.
    """
    message = tracker.latest_message
    intent = (message.intent or {}).get("name") if message else None
    parse = (message.parse_data or {}) if message else {}
    urgency = parse.get("urgency") or {}
    need = knowledge.needs.get(intent or "")
    events = _events(tracker)
    since = _this_turn(events)
    before = events[len(since) + 1 :]
    turn_before = _this_turn(before)
    written = (message.text or "") if message else ""
    text = fold(written)
    guide_active, requested = _guide_at_message(before)
    return Turn(
        intent=intent or "uden_for_emne",
        confidence=float((message.intent or {}).get("confidence") or 0.0) if message else 0.0,
        level=urgency.get("level") or (need.level if need else "andet"),
        language=_language(written, urgency.get("sign"), knowledge),
        foreign_script=foreign_script(written),
        guide_active=guide_active,
        requested=requested,
        filled=any(isinstance(e, SlotSet) and e.key == requested for e in since),
        ambiguous_place=any(e.get("entity") == "sted" for e in parse.get("entities") or ()),
        knows=any(tracker.get_slot(slot) for slot in ("relation", "omraade", "behov", "region")),
        danger_open=_danger_open(events),
        asked=_asked(turn_before),
        words=len(re.findall(r"\w+", text)),
        opens_with=opening(text),
        names_offer=any(e.get("entity") == "indsats" for e in parse.get("entities") or ()),
        urgent_before=next((n for n in map(_utter_action, turn_before) if n in URGENT_UTTERANCES), None),
        about_offer=_is_about_offer(written, events, knowledge),
        question=_is_question(written),
        unknown_command=_is_unknown_command(written, intent or ""),
        skip=_says(text, "spring-over", knowledge) or intent == "oplys_spring_over",
        finish=_says(text, "faerdig", knowledge) or intent == "oplys_faerdig",
        actions=tuple(e.action_name or "" for e in reversed(since) if isinstance(e, ActionExecuted)),
        spoke=any(isinstance(e, BotUttered) for e in since),
        guide_closed=any(isinstance(e, ActiveLoop) and e.name is None for e in since),
    )


def _events(tracker: DialogueStateTracker) -> list[Event]:
    """Events of the present talk: since the last restart or the start of the session, newest first.

    `tracker.applied_events` is not used: it hides what happened while a form was interrupted.
    """
    return list(takewhile(lambda e: not isinstance(e, (Restarted, SessionStarted)), reversed(tracker.events)))


def _this_turn(newest_first: Iterable[Event]) -> list[Event]:
    """Events down to the next older message, which is left out."""
    return list(takewhile(lambda e: not isinstance(e, UserUttered), newest_first))


def _tells_something(tracker: DialogueStateTracker) -> bool:
    """Has the latest message filled a slot of the guide?"""
    slots = ("relation", "omraade", "region")
    return any(isinstance(e, SlotSet) and e.key in slots for e in _this_turn(_events(tracker)))


def _utter_action(event: Event) -> str | None:
    """Name of the response that an event spoke, or None."""
    return event.metadata.get("utter_action") if isinstance(event, BotUttered) else None


def _guide_at_message(before: Iterable[Event]) -> tuple[bool, str | None]:
    """Was the guide asking when the message came, and for which slot? The plan of a turn rests on it."""
    before = list(before)
    loop = next((e.name for e in before if isinstance(e, ActiveLoop)), None)
    slot = next((e.value for e in before if isinstance(e, SlotSet) and e.key == REQUESTED_SLOT), None)
    return loop == GUIDE, slot if loop == GUIDE else None


def _danger_open(newest_first: Iterable[Event]) -> bool:
    names = map(_utter_action, newest_first)
    last = next((n for n in names if n in (SAFE_NOW, SAFETY_QUESTION, *URGENT_UTTERANCES)), SAFE_NOW)
    return last != SAFE_NOW


def _asked(turn_before: Iterable[Event]) -> str | None:
    """Name of the question asked in the turn before the latest message."""
    for event in turn_before:
        if _utter_action(event) == SAFETY_QUESTION:
            return "sikkerhed"
        if isinstance(event, SlotSet) and event.key == "spurgt" and event.value:
            return str(event.value)
    return None


def _language(text: str, sign_id: str | None, knowledge: Knowledge) -> str:
    """Language of the danger sign that fired, or of the message."""
    of_sign = next((sign.language for sign in knowledge.danger_signs if sign.id == sign_id), "da")
    return of_sign if of_sign != "da" else language_of(text)


def _is_unknown_command(text: str, intent: str) -> bool:
    return bool(re.fullmatch(r"/\S*", text)) and not text[1:].startswith(intent)


def _is_about_offer(text: str, newest_first: Iterable[Event], knowledge: Knowledge) -> bool:
    """A short question about price, consent and the like, right after an answer about one offer."""
    words = re.findall(r"\w+", fold(text))
    leans = len(words) <= _SHORT or (len(words) <= FEW_WORDS and words[-1] in _POINTERS)
    if not words or not leans or not find_terms(text, knowledge.aspects):
        return False
    customs = ((e.data or {}).get("custom") for e in newest_first if isinstance(e, BotUttered))
    last = next((c for c in customs if c and c.get("kind") in ("answer", "steps")), None)
    entry = knowledge.entries.get(last["items"][0]) if last and last.get("items") else None
    return isinstance(entry, (Offer, Service))


def _is_question(text: str) -> bool:
    return "?" in text or bool(_QUESTION.match(fold(text)))


def _says(text: str, phrase: str, knowledge: Knowledge) -> bool:
    bare = text.strip(" .!?")
    return any(bare == fold(word) for term in knowledge.phrases if term.id == phrase for word in term.words)
