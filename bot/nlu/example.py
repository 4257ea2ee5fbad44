"""A message that the classifiers learn from, as `bot/data/nlu/` tells it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

import numpy as np
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from bot.knowledge.model import LEVELS
from bot.nlu.features import Vectorizer, fit_vectorizer
from bot.nlu.sentence_encoder import NO_VECTOR, sentence_vector
from bot.nlu.word_splitter import readable_text

LEVEL = "level"
ALSO = "also"
HELD_OUT = 3  # every third message of a need and level is held out while scores are calibrated
REGISTER = "register"
REGISTERS = (
    "kort", "historie", "chat", "stavefejl", "uden_aeoeaa", "dialekt", "fagnotat", "andetsprog", "almindelig"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled message.

    Attributes:
        text: the message.
        need: the intent.
        level: how urgent it is, one of `LEVELS`; None where the data does not say.
        also: other needs that would be right for it.
        register: how it is written, one of `REGISTERS`; the data hold every need in every one.
        vector: what the sentence encoder made of it; no numbers where the pipeline has none.
    """

    text: str
    need: str
    level: str | None = None
    also: frozenset[str] = frozenset()
    register: str | None = None
    vector: np.ndarray = field(default=NO_VECTOR, compare=False, repr=False)


def read_examples(training_data: TrainingData) -> tuple[Example, ...]:
    """Return the labelled messages of Rasa's training data.

    Rasa reads the files in an order that changes from run to run. Here the messages come in a shuffled order
    that depends on them alone, so that two trainings agree and every third message is a fair sample.

    Raises:
        ValueError: a level that is none of `LEVELS`, a register that is none of `REGISTERS`.
    """
    examples = (_read(message) for message in training_data.intent_examples if message.get(TEXT))
    return tuple(sorted(examples, key=_shuffled))


@lru_cache(maxsize=1)  # both classifiers learn from the same rows
def vectorize(examples: tuple[Example, ...]) -> tuple[Vectorizer, csr_matrix]:
    """Learn the vocabulary of some messages; return what turns texts into rows, and their rows.

    Raises:
        ValueError: the messages hold no word.
    """
    vectors = np.array([example.vector for example in examples], ndmin=2)
    return fit_vectorizer([example.text for example in examples], vectors)


def held_out(examples: Sequence[Example]) -> np.ndarray:
    """Return which examples to hold out: every third of a need and level, so none of two or fewer."""
    seen: Counter[tuple[str, str | None]] = Counter()
    chosen = np.zeros(len(examples), dtype=bool)
    for place, example in enumerate(examples):
        seen[example.need, example.level] += 1
        chosen[place] = seen[example.need, example.level] % HELD_OUT == 0
    return chosen


def _shuffled(example: Example) -> tuple[bytes, str]:
    """Return what to sort by: a fingerprint of the text."""
    return sha256(example.text.encode("utf-8", "surrogatepass")).digest(), example.need


def _read(message: Message) -> Example:
    """Return one message; its block says `metadata: {level: akut, register: chat, also: [vold_trusler]}`."""
    labels = (message.get(METADATA) or {}).get(METADATA_INTENT) or {}
    level = labels.get(LEVEL)
    if level is not None and level not in LEVELS:
        raise ValueError(f"bot/data/nlu: intent {message.get(INTENT)} has the unknown level {level!r}")
    register = labels.get(REGISTER)
    if register is not None and register not in REGISTERS:
        raise ValueError(f"bot/data/nlu: intent {message.get(INTENT)} has the unknown register {register!r}")
    return Example(
        readable_text(message),
        message.get(INTENT),
        level,
        frozenset(labels.get(ALSO) or ()),
        register,
        sentence_vector(message),
    )
