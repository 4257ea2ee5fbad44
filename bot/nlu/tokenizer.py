"""Rasa component: splits Danish text into words and punctuation with spaCy's rules for Danish."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import spacy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.tokenizers.tokenizer import Token, Tokenizer
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

LANGUAGE = "da"
HEAD = 2000
TAIL = 1000
# spaCy peels punctuation off a run without spaces one sign at a time and looks at the whole run again each
# time: 10,000 exclamation marks take eight seconds. No Danish word or address is this long.
MAX_RUN = 60
# spaCy keeps every word that it has seen. A server that runs for months would grow, and remember what people
# wrote after they have deleted it; the blank language starts with about 3,000 strings.
MAX_STRINGS = 50_000

_RUN = re.compile(rf"\S{{{MAX_RUN + 1},}}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_TOKENIZER, is_trainable=False)
class DanishTokenizer(Tokenizer):
    """Writes the tokens of a message; needs no model and no word vectors."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Rasa's settings for tokenizers, at their defaults: intents are not split."""
        return {
            "intent_tokenization_flag": False,
            "intent_split_symbol": "_",
            "token_pattern": None,
            "prefix_separator_symbol": None,
        }

    @staticmethod
    def required_packages() -> list[str]:
        """Packages that must be there before Rasa builds the pipeline."""
        return ["spacy"]

    def __init__(self, config: dict[str, Any]) -> None:
        """Start the blank Danish language."""
        super().__init__(config)
        self._language = spacy.blank(LANGUAGE)

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Leave the training data as they are: nothing learns from tokens, and Rasa's checksum is slow."""
        return training_data

    def tokenize(self, message: Message, attribute: str) -> list[Token]:
        """Return the tokens of one attribute of a message, as Rasa asks for them."""
        return self._apply_token_pattern(self.predict(message.get(attribute) or ""))

    def predict(self, text: str) -> list[Token]:
        """Split a text into tokens.

        Args:
            text: any text; of more than `HEAD + TAIL` characters only the beginning and the end are read.

        Returns:
            The tokens with their places in `text`, without white space. A lone surrogate, which spaCy cannot
            store, stands in them as U+FFFD. A text without words gives an empty list.
        """
        if len(self._language.vocab.strings) > MAX_STRINGS:
            self._language = spacy.blank(LANGUAGE)
        safe = _SURROGATE.sub(_REPLACEMENT, text)
        return [
            Token(safe[start:end], start, end)
            for first, last in _considered(len(safe))
            for piece_start, piece_end in _pieces(safe, first, last)
            for start, end in self._split(safe[piece_start:piece_end], piece_start)
        ]

    def _split(self, piece: str, offset: int) -> Iterator[tuple[int, int]]:
        """Yield the spans of spaCy's tokens in a piece that begins at `offset`."""
        for token in self._language.tokenizer(piece):
            if token.text.strip():
                yield offset + token.idx, offset + token.idx + len(token.text)


def _considered(length: int) -> tuple[tuple[int, int], ...]:
    """Return the parts of a text that are read: all of it, or its beginning and its end."""
    return ((0, length),) if length <= HEAD + TAIL else ((0, HEAD), (length - TAIL, length))


def _pieces(text: str, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Yield the spans to hand to spaCy: a run of characters that is too long for it is cut."""
    done = first
    for run in _RUN.finditer(text, first, last):
        yield done, run.start()
        for start in range(run.start(), run.end(), MAX_RUN):
            yield start, min(start + MAX_RUN, run.end())
        done = run.end()
    yield done, last
