"""Rasa component: the last word on danger. It outranks the classifiers before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge import load_knowledge
from bot.knowledge.model import LEVELS
from bot.nlu.urgency_classifier import LEVEL_SCORES, SCORES, URGENT_SCORE
from bot.nlu.word_splitter import readable_text
from bot.triage.danger import SignHit, Urgency, compile_signs, decide_urgency
from bot.triage.urgent_need import urgent_need

URGENCY = "urgency"
ANSWER_PREFIX = "oplys_"  # intents of messages that only answer a question of the guide


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class DangerDetector(GraphComponent):
    """Joins danger signs and urgency scores, writes `urgency`, and puts the need in line with it."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`threshold`: from this urgent score on a message is urgent without a sign."""
        return {"threshold": 0.5}

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Compile the signs of the knowledge base; it refuses to start on a fault."""
        knowledge = load_knowledge()
        self._matcher = compile_signs(knowledge.danger_signs, knowledge.danger_exceptions)
        self._threshold = float(config["threshold"])

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> DangerDetector:
        """Make the component; it has no trained state."""
        return cls(config)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as it is."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Write `urgency` to each message, and the need where danger decides it."""
        for message in messages:
            hits, urgency = self.predict(
                message.get(TEXT) or "", message.get(SCORES) or {}, readable_text(message)
            )
            if not hits and _is_answer(message):  # "min bror": two words say nothing about danger
                urgency = Urgency("info", 0.0, None)
            _write(message, hits, urgency)
        return messages

    def predict(
        self, text: str, scores: Mapping[str, Any], parted: str = ""
    ) -> tuple[Sequence[SignHit], Urgency]:
        """Decide how urgent a text is.

        Args:
            text: the message.
            scores: what the urgency classifier wrote.
            parted: the message with its joined words parted; signs are looked for there as well.

        Returns:
            The danger signs found, most urgent first, and the decision.
        """
        hits: Sequence[SignHit] = self._matcher.find(text)
        if parted not in ("", text):
            hits = _together(hits, self._matcher.find(parted))
        return hits, decide_urgency(
            hits, scores.get(LEVEL_SCORES, {}), float(scores.get(URGENT_SCORE, 0.0)), self._threshold
        )


def _together(hits: Sequence[SignHit], others: Sequence[SignHit]) -> list[SignHit]:
    """Return each sign once, most urgent first; of one level those of `hits` first."""
    found = {hit.sign for hit in hits}
    new = (hit for hit in others if hit.sign not in found)
    return sorted([*hits, *new], key=lambda hit: LEVELS.index(hit.level))


def _is_answer(message: Message) -> bool:
    return str((message.get(INTENT) or {}).get(INTENT_NAME_KEY)).startswith(ANSWER_PREFIX)


def _write(message: Message, hits: Sequence[SignHit], urgency: Urgency) -> None:
    intent = message.get(INTENT) or {}
    ranking = message.get(INTENT_RANKING_KEY) or []
    need = urgent_need(
        urgency.level, hits, [intent.get(INTENT_NAME_KEY) or "", *(i[INTENT_NAME_KEY] for i in ranking)]
    )
    if need and need != intent.get(INTENT_NAME_KEY):
        message.set(
            INTENT, {INTENT_NAME_KEY: need, PREDICTED_CONFIDENCE_KEY: urgency.score}, add_to_output=True
        )
    message.set(
        URGENCY,
        {"level": urgency.level, "score": round(urgency.score, 4), "sign": urgency.sign},
        add_to_output=True,
    )
