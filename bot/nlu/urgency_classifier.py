"""Rasa component: how urgent is it? The statistical half of the danger detector.

The classes are pairs of need and level, such as `misbrug/info` or `vold_trusler/akut`, not the levels alone.
"Urgent" is many different things, a missing grandmother and a cut arm, and one plane cannot part them all
from the rest. One more plane parts all urgent messages from all others: where it and the sum over the pairs
disagree, each knows something. On the development messages both together find 95 % of the urgent ones at 3 %
false alarms, the pairs alone 93 %, the one plane alone 91 %. A logistic regression joins the two.

What the need classifier found counts as well, at half weight: who asks whether the chat is anonymous asks
nothing urgent. That is worth half a point to one point of the levels on every set of messages.

All this is the linear model. What the sentence network says of the message is joined with it at the end.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix
from scipy.special import expit, log_softmax, logsumexp
from sklearn.linear_model import LogisticRegression

from bot.knowledge.model import LEVELS, URGENT_LEVELS
from bot.nlu import need_classifier
from bot.nlu.example import Example, held_out, read_examples, vectorize
from bot.nlu.judgement import SEPARATOR, Judgement, joined, pair_name
from bot.nlu.margins import (
    SEED,
    USUAL_TEMPERATURE,
    MarginModel,
    Planes,
    fit_planes,
    fit_temperature,
    softmax,
)
from bot.nlu.sentence_encoder import NO_VECTOR, judgement_of, sentence_vector
from bot.nlu.word_splitter import readable_text

SCORES = "urgency_scores"
LEVEL_SCORES = "levels"
URGENT_SCORE = "urgent"

NEED_WEIGHT = 0.5  # of the need classifier's scores beside the pairs; 0.25 to 1 do about as well

_PLANE = "urgent"
_URGENT = [place for place, level in enumerate(LEVELS) if level in URGENT_LEVELS]
_CALM = [place for place, level in enumerate(LEVELS) if level not in URGENT_LEVELS]
_LEAST_SHARE = 1e-9  # of a need, before its logarithm is taken
_LEAST = -30.0  # logarithm of the probability of a level that no example has
_CALIBRATION_FILE = "calibration.json"


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns margins into probabilities (the second half after Platt 1999).

    Attributes:
        temperature: of the softmax over the pairs of need and level.
        slope: how much the odds that the pairs give count in the logistic curve of the urgent score.
        plane_slope: how much the margin of the one plane counts in it.
        offset: of the same curve.
    """

    temperature: float = USUAL_TEMPERATURE
    slope: float = 1.0
    plane_slope: float = 0.0
    offset: float = 0.0


@dataclass(frozen=True, slots=True)
class UrgencyScores:
    """How urgent a message is.

    Attributes:
        levels: probability of each level; they add up to 1.
        urgent: probability that the level is `livsfare` or `akut`, calibrated by itself.
    """

    levels: dict[str, float]
    urgent: float


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class UrgencyClassifier(IntentClassifier, GraphComponent):
    """Scores the level of a message; it decides nothing, the danger detector does."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """How much the network counts beside the linear model.

        `network_weight`: of its levels. `network_urgent_weight`: of its odds that a message is urgent.
        `caution`: added to the odds, whether the network has judged or not.
        """
        return {"network_weight": 0.0, "network_urgent_weight": 0.0, "caution": 0.0}

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be there before Rasa builds the pipeline."""
        return ["sklearn"]

    def __init__(
        self,
        config: Mapping[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: MarginModel | None = None,
        calibration: Calibration = Calibration(),
    ) -> None:
        """Keep the trained model, or none before the training."""
        self._network_weight = float(config["network_weight"])
        self._network_urgent_weight = float(config["network_urgent_weight"])
        self._caution = float(config["caution"])
        self._storage = model_storage
        self._resource = resource
        self._model = model
        self._calibration = calibration

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> UrgencyClassifier:
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
    ) -> UrgencyClassifier:
        """Read the trained component from the model archive.

        Raises:
            OSError, ValueError: the archive does not hold it. A model that cannot tell danger must not start.
        """
        with model_storage.read_from(resource) as folder:
            calibration = Calibration(**json.loads((folder / _CALIBRATION_FILE).read_text(encoding="utf-8")))
            return cls(config, model_storage, resource, MarginModel.load(folder), calibration)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn the levels of `bot/data/nlu/` and store the model; messages without a level are left out.

        Raises:
            ValueError: fewer than two pairs of need and level.
        """
        examples = read_examples(training_data)
        vectorizer, rows = vectorize(examples)
        self._model = MarginModel(vectorizer, _fit(examples, rows))
        self._calibration = _calibrate(examples)
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
            numbers = {name: getattr(self._calibration, name) for name in Calibration.__slots__}
            (folder / _CALIBRATION_FILE).write_text(json.dumps(numbers), encoding="utf-8")
        return self._resource

    def process(self, messages: list[Message]) -> list[Message]:
        """Write `urgency_scores` to each message, for the danger detector and not for the parse result."""
        for message in messages:
            needs = message.get(need_classifier.SCORES) or {}
            text, vector, judgement = readable_text(message), sentence_vector(message), judgement_of(message)
            scores = self.predict(text, vector, needs, judgement)
            message.set(SCORES, {LEVEL_SCORES: scores.levels, URGENT_SCORE: scores.urgent})
        return messages

    def predict(
        self,
        text: str,
        vector: np.ndarray = NO_VECTOR,
        needs: Mapping[str, float] | None = None,
        judgement: Judgement | None = None,
    ) -> UrgencyScores:
        """Score a text.

        Args:
            text: any text.
            vector: its sentence vector; without one, the other features decide.
            needs: the probability of each need, from the need classifier; None says nothing about them.
            judgement: what the network says of the text; None where the pipeline has none.

        Raises:
            RuntimeError: the component is not trained.
        """
        if self._model is None:
            raise RuntimeError("UrgencyClassifier is used before it is trained")
        curve = self._calibration
        margins = self._model.margins([text], vector[None])
        shares = np.array([[needs.get(need, 0.0) if needs else 1.0 for need in _needs(self._model.classes)]])
        log_levels = _log_levels(self._model.classes, margins, curve.temperature, shares)
        odds = curve.slope * _log_odds(log_levels)[0] + curve.plane_slope * margins[0, -1] + curve.offset
        odds += self._caution
        levels: dict[str, float] = {
            level: float(share) for level, share in zip(LEVELS, np.exp(log_levels[0]), strict=True)
        }
        if judgement is not None:
            levels = joined(levels, judgement.levels, self._network_weight)
            odds += self._network_urgent_weight * judgement.urgent
        return UrgencyScores(levels, float(expit(odds)))


def _fit(examples: Sequence[Example], rows: csr_matrix) -> Planes:
    """Train on pairs of need and level, and on urgent or not: that plane is the last.

    A message counts neither for nor against a need that would be right as well, at its own level; that need
    at another level is wrong for it. One without a level takes no part.
    """
    return fit_planes(
        rows,
        [pair_name(e.need, e.level) if e.level else None for e in examples],
        [frozenset(pair_name(need, e.level) for need in e.also if e.level) for e in examples],
        {_PLANE: np.array([e.level in URGENT_LEVELS for e in examples])},
    )


@lru_cache(maxsize=8)  # the pairs of a trained model are split once, not at every message
def _needs(classes: tuple[str, ...]) -> tuple[str, ...]:
    """Return the need of each pair."""
    return tuple(name.split(SEPARATOR)[0] for name in classes[:-1])


@lru_cache(maxsize=8)
def _levels(classes: tuple[str, ...]) -> tuple[np.ndarray, ...]:
    """Return for each level which pairs have it."""
    levels = np.array([name.split(SEPARATOR)[1] for name in classes[:-1]])
    return tuple(np.flatnonzero(levels == level) for level in LEVELS)


def _log_levels(
    classes: tuple[str, ...], margins: np.ndarray, temperature: float, shares: np.ndarray
) -> np.ndarray:
    """Return the logarithm of the probability of each level, the sum over its pairs, one row a text.

    Args:
        classes: names of the columns of the margins.
        margins: one row a text, one column a class.
        temperature: of the softmax over the pairs.
        shares: the probability of the need of each pair, one row a text, one column a pair.
    """
    pairs = margins[:, :-1] * temperature + NEED_WEIGHT * np.log(shares.clip(_LEAST_SHARE))
    pairs = log_softmax(pairs, axis=1)
    sums = [
        logsumexp(pairs[:, own], axis=1) if len(own) else np.full(len(pairs), _LEAST)
        for own in _levels(classes)
    ]
    return np.stack(sums, axis=1)


def _log_odds(log_levels: np.ndarray) -> np.ndarray:
    """Return the logarithm of the odds that a message is urgent, one number a text."""
    return np.asarray(logsumexp(log_levels[:, _URGENT], axis=1) - logsumexp(log_levels[:, _CALM], axis=1))


def _calibrate(examples: tuple[Example, ...]) -> Calibration:
    """Fit temperature and curve on every third message, with models that have not seen them."""
    unseen, (_, rows) = held_out(examples), vectorize(examples)
    tests = [e for e, out in zip(examples, unseen, strict=True) if out]
    with_level = np.array([e.level is not None for e in tests], dtype=bool)
    tests = [e for e in tests if e.level]
    urgent = np.array([e.level in URGENT_LEVELS for e in tests])
    if not urgent.any() or urgent.all():
        return Calibration()
    probe = _fit([e for e, out in zip(examples, unseen, strict=True) if not out], rows[~unseen])
    margins = probe.margins(rows[unseen][with_level])
    needs, need_margins = need_classifier.fit_probe(examples)
    shares = softmax(need_margins[with_level], need_classifier.calibrate(examples))
    shares = shares[:, [needs.index(need) for need in _needs(probe.classes)]]
    true_level = [LEVELS.index(e.level) for e in tests if e.level]

    def loss(temperature: float) -> float:
        log_levels = _log_levels(probe.classes, margins, temperature, shares)
        return float(-log_levels[np.arange(len(tests)), true_level].mean())

    temperature = fit_temperature(loss)
    odds = _log_odds(_log_levels(probe.classes, margins, temperature, shares))
    scores = np.stack([odds, margins[:, -1]], axis=1)
    curve = LogisticRegression(solver="liblinear", C=1.0, random_state=SEED).fit(scores, urgent)
    slope, plane_slope = curve.coef_[0]
    return Calibration(temperature, float(slope), float(plane_slope), float(curve.intercept_[0]))
