"""Rasa component: what does the person need? It writes the intent and the ten likeliest."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import (
    INTENT,
    INTENT_NAME_KEY,
    INTENT_RANKING_KEY,
    PREDICTED_CONFIDENCE_KEY,
)
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from bot.nlu.example import Example, held_out, read_examples, vectorize
from bot.nlu.judgement import Judgement, joined
from bot.nlu.margins import USUAL_TEMPERATURE, MarginModel, Planes, fit_planes, fit_temperature, softmax
from bot.nlu.sentence_encoder import NO_VECTOR, judgement_of, sentence_vector
from bot.nlu.word_splitter import readable_text

SCORES = "need_scores"

_RANKING_LENGTH = "ranking_length"
_TEMPERATURE_FILE = "temperature.json"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class NeedClassifier(IntentClassifier, GraphComponent):
    """Ranks the needs of a message by linear margins, with confidences that mean what they say."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`ranking_length`: needs that `intent_ranking` holds; `network_weight`: of the network's opinion."""
        return {_RANKING_LENGTH: 10, "network_weight": 0.0}

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be there before Rasa builds the pipeline."""
        return ["sklearn"]

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: MarginModel | None = None,
        temperature: float = USUAL_TEMPERATURE,
    ) -> None:
        """Keep the trained model, or none before the training."""
        self._length = int(config[_RANKING_LENGTH])
        self._network_weight = float(config["network_weight"])
        self._storage = model_storage
        self._resource = resource
        self._model = model
        self._temperature = temperature

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NeedClassifier:
        """Make an untrained component."""
        return cls(config, model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> NeedClassifier:
        """Read the trained component from the model archive.

        Raises:
            OSError, ValueError: the archive does not hold it. A model that cannot understand must not start.
        """
        with model_storage.read_from(resource) as folder:
            temperature = float(json.loads((folder / _TEMPERATURE_FILE).read_text(encoding="utf-8")))
            return cls(config, model_storage, resource, MarginModel.load(folder), temperature)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the needs of `bot/data/nlu/` and store the model.

        Raises:
            ValueError: fewer than two needs.
        """
        examples = read_examples(training_data)
        vectorizer, rows = vectorize(examples)
        self._model = MarginModel(vectorizer, _fit(examples, rows))
        self._temperature = calibrate(examples)
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
            (folder / _TEMPERATURE_FILE).write_text(json.dumps(self._temperature), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Write `intent` and `intent_ranking` to each message, and its shares for the urgency classifier.

        Those are the shares without the network, whose opinion that classifier hears by itself.
        """
        for message in messages:
            shares = self.shares(readable_text(message), sentence_vector(message))
            ranking = [
                {INTENT_NAME_KEY: need, PREDICTED_CONFIDENCE_KEY: confidence}
                for need, confidence in self._ranked(shares, judgement_of(message))
            ]
            message.set(SCORES, shares)
            message.set(INTENT, dict(ranking[0]), add_to_output=True)
            message.set(INTENT_RANKING_KEY, ranking[: self._length], add_to_output=True)
        return messages

    def predict(
        self, text: str, vector: np.ndarray = NO_VECTOR, judgement: Judgement | None = None
    ) -> list[tuple[str, float]]:
        """Rank all needs for a text.

        Args:
            text: as `shares` takes it.
            vector: the same.
            judgement: what the network says of the text; None where the pipeline has none.

        Returns:
            Needs with confidence, the likeliest first; of two alike the first in the alphabet. Without a
            judgement, the confidence of the first is the share of such messages for which it is right; a
            judgement that agrees makes it somewhat surer than that.

        Raises:
            RuntimeError: the component is not trained.
        """
        return self._ranked(self.shares(text, vector), judgement)

    def shares(self, text: str, vector: np.ndarray = NO_VECTOR) -> dict[str, float]:
        """Return the probability of each need, by the linear model alone.

        Args:
            text: any text. Where nothing in it is known, as in an empty one, the biases of the model decide;
                with our data that is `uden_for_emne` at a low confidence.
            vector: the sentence vector of the text; without one, the other features decide.

        Raises:
            RuntimeError: the component is not trained.
        """
        if self._model is None:
            raise RuntimeError("NeedClassifier is used before it is trained")
        found = softmax(self._model.margins([text], vector[None]), self._temperature)[0]
        return dict(zip(self._model.classes, found.tolist(), strict=True))

    def _ranked(self, shares: Mapping[str, float], judgement: Judgement | None) -> list[tuple[str, float]]:
        if judgement is not None:
            shares = joined(shares, judgement.needs, self._network_weight)
        return sorted(shares.items(), key=lambda need: -need[1])


def _fit(examples: Sequence[Example], rows: csr_matrix) -> Planes:
    """Train on some examples; a need that would be right as well counts neither for nor against."""
    return fit_planes(rows, [e.need for e in examples], [e.also for e in examples])


@lru_cache(maxsize=1)  # the urgency classifier calibrates itself with the same probe
def fit_probe(examples: tuple[Example, ...]) -> tuple[tuple[str, ...], np.ndarray]:
    """Train on the examples that `held_out` leaves.

    Returns:
        The needs, and the margins of those held out: one row an example, one column a need.
    """
    unseen, (_, rows) = held_out(examples), vectorize(examples)
    probe = _fit([e for e, out in zip(examples, unseen, strict=True) if not out], rows[~unseen])
    return probe.classes, probe.margins(rows[unseen])


def calibrate(examples: tuple[Example, ...]) -> float:
    """Return the temperature at which the confidence of the first need best tells how often it is right.

    It is the log loss of that one yes or no, not of the label: several needs can be right for a message, and
    what reads the confidence (the fallback) asks only whether the first can be trusted.
    """
    tests = [e for e, out in zip(examples, held_out(examples), strict=True) if out]
    if not tests:
        return USUAL_TEMPERATURE
    needs, margins = fit_probe(examples)
    firsts = [needs[place] for place in margins.argmax(axis=1)]
    right = np.array([first == e.need or first in e.also for first, e in zip(firsts, tests, strict=True)])

    def loss(temperature: float) -> float:
        confidence = softmax(margins, temperature).max(axis=1).clip(1e-9, 1 - 1e-9)
        return float(-np.log(np.where(right, confidence, 1 - confidence)).mean())

    return fit_temperature(loss)
