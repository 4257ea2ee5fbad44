"""Rasa component: parts words that a message joins and ends repetition, for all that read its meaning.

What the person wrote stays as it is: names and places are looked for in that, and it is what is stored.
"""

from __future__ import annotations

import json
import re
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.joined_words import JoinedWords, count_words

_PARTED = "parted_text"
_AGAIN = re.compile(r"(?<!\S)((?:\S+\s+){1,4}?)\1{3,}")  # one to four words, four times or more in a row
_FILE = "counts.json"


def readable_text(message: Message) -> str:
    """Return the text of a message as the component left it: joined words parted, no word on and on."""
    parted: str | None = message.get(_PARTED)
    return parted or message.get(TEXT) or ""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=True)
class WordSplitter(GraphComponent):
    """Counts the words of the training messages, and parts joined ones with them."""

    def __init__(
        self, model_storage: ModelStorage, resource: Resource, splitter: JoinedWords | None = None
    ) -> None:
        """Keep the trained splitter, or none before the training."""
        self._storage = model_storage
        self._resource = resource
        self._splitter = splitter

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> WordSplitter:
        """Make an untrained component."""
        return cls(model_storage, resource)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> WordSplitter:
        """Read the trained component from the model archive.

        Raises:
            ValueError: the archive does not hold it.
        """
        with model_storage.read_from(resource) as folder:
            counts = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        return cls(model_storage, resource, JoinedWords(counts))

    def train(self, training_data: TrainingData) -> Resource:
        """Count the words and store the counts."""
        counts = count_words(message.get(TEXT) or "" for message in training_data.training_examples)
        self._splitter = JoinedWords(counts)
        with self._storage.write_to(self._resource) as folder:
            (folder / _FILE).write_text(json.dumps(counts, sort_keys=True), encoding="utf-8")
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Part the joined words of all training messages."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Part the joined words of each message; what it says again and again it says twice.

        Sixty times the same word is no alarm, but what learns from messages that people write holds it for
        one.

        Raises:
            RuntimeError: the component is not trained.
        """
        if self._splitter is None:
            raise RuntimeError("WordSplitter is used before it is trained")
        for message in messages:
            text = message.get(TEXT) or ""
            parted = self._splitter.split(_AGAIN.sub(r"\1\1", text))
            if parted != text:
                message.set(_PARTED, parted)
        return messages
