"""A message that the classifiers learn from, as `bot/data/nlu/` tells it."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge.model import LEVELS

LEVEL = "level"
ALSO = "also"


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled message.

    Attributes:
        text: the message.
        need: the intent.
        level: how urgent it is, one of `LEVELS`; None where the data does not say.
        also: other needs that would be right for it.
    """

    text: str
    need: str
    level: str | None = None
    also: frozenset[str] = frozenset()


def read_examples(training_data: TrainingData) -> tuple[Example, ...]:
    """Return the labelled messages of Rasa's training data.

    Rasa reads the files in an order that changes from run to run. Here the messages come in a shuffled order
    that depends on them alone, so that two trainings agree and every fifth message is a fair sample.

    Raises:
        ValueError: a level that is none of `LEVELS`.
    """
    examples = (_read(message) for message in training_data.intent_examples if message.get(TEXT))
    return tuple(sorted(examples, key=_shuffled))


def _shuffled(example: Example) -> tuple[bytes, str]:
    """Return what to sort by: a fingerprint of the text."""
    return sha256(example.text.encode("utf-8", "surrogatepass")).digest(), example.need


def _read(message: Message) -> Example:
    """Return one message; its intent block says `metadata: {level: akut, also: [vold_trusler]}`."""
    labels = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    level = labels.get(LEVEL)
    if level is not None and level not in LEVELS:
        raise ValueError(f"bot/data/nlu: intent {message.get(INTENT)} has the unknown level {level!r}")
    return Example(message.get(TEXT), message.get(INTENT), level, frozenset(labels.get(ALSO) or ()))
