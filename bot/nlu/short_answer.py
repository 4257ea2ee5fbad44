"""Rasa component: a bare place or a bare relation is an answer, not a need."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
    TEXT,
)
from rasa.shared.nlu.training_data.message import Message

from bot.knowledge import load_knowledge
from bot.nlu.urgency_classifier import SCORES, URGENT_SCORE
from bot.triage.places import places_of
from bot.triage.short_answer import ShortAnswer, short_answer
from bot.triage.terms import make_terms


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ShortAnswerClassifier(GraphComponent):
    """Sets the intent `oplys_sted` or `oplys_relation`; every other message is left as it is."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`max_urgent`: from this urgent score on a message is left alone.

        It is high: a classifier that has seen few messages of two words guesses about them.
        """
        return {"max_urgent": 0.95}

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Index places and relations of the knowledge base."""
        knowledge = load_knowledge()
        self._places = places_of(knowledge)
        self._relations = make_terms(knowledge.relations)
        self._max_urgent = float(config["max_urgent"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ShortAnswerClassifier:
        """Make the component; it has no trained state."""
        return cls(config)

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent of messages that are short answers."""
        for message in messages:
            urgent = float((message.get(SCORES) or {}).get(URGENT_SCORE, 0.0))
            answer = self.predict(message.get(TEXT) or "", urgent)
            if answer:
                _write(message, answer)
        return messages

    def predict(self, text: str, urgent: float = 0.0) -> ShortAnswer | None:
        """Decide on one text.

        Args:
            text: the message.
            urgent: how likely it is urgent, 0 to 1.

        Returns:
            The intent, or None for any other message.
        """
        return None if urgent >= self._max_urgent else short_answer(text, self._places, self._relations)


def _write(message: Message, answer: ShortAnswer) -> None:
    """Put the answer first; what the classifier thought stays behind it."""
    intent = {INTENT_NAME_KEY: answer, PREDICTED_CONFIDENCE_KEY: 1.0}
    others = [i for i in message.get(INTENT_RANKING_KEY) or [] if i.get(INTENT_NAME_KEY) != answer]
    message.set(INTENT, intent, add_to_output=True)
    message.set(INTENT_RANKING_KEY, [dict(intent), *others], add_to_output=True)
