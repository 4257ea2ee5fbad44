"""The Danish tokenizer: nothing in, odd things in, and how long it takes."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.nlu.constants import TOKENS_NAMES
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu import tokenizer as module
from bot.nlu.tokenizer import HEAD, MAX_RUN, TAIL, DanishTokenizer

TOKENIZER = DanishTokenizer(DanishTokenizer.get_default_config())


def words(text: str) -> list[str]:
    return [token.text for token in TOKENIZER.predict(text)]


def test_empty_text_has_no_tokens() -> None:
    assert words("") == []
    message = Message({TEXT: ""})
    assert TOKENIZER.process([message]) == [message]
    assert message.get(TOKENS_NAMES[TEXT]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Min mor er syg.", ["Min", "mor", "er", "syg", "."]),
        ("Hun bor f.eks. i Århus", ["Hun", "bor", "f.eks.", "i", "Århus"]),  # an abbreviation stays whole
        ("hvad gør jeg?!", ["hvad", "gør", "jeg", "?", "!"]),
        (" \t\n ", []),  # white space alone
        ("hej\n\nhjælp", ["hej", "hjælp"]),  # lines
        ("hej\u00a0du", ["hej", "du"]),  # a space that does not break
        ("jeg vil ikke mere 😢", ["jeg", "vil", "ikke", "mere", "😢"]),
        ("\x00hej\x07", ["\x00hej\x07"]),  # control characters are kept: places must stay right
        ("\ud83d hej", ["\ufffd", "hej"]),  # half an emoji, which spaCy cannot store
        ("/restart", ["/restart"]),  # looks like a command
        ("مرحبا", ["مرحبا"]),  # another script
    ],
)
def test_odd_texts(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(st.text(st.characters(blacklist_categories=()), max_size=300))
def test_tokens_stand_where_they_say(text: str) -> None:
    safe = "".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in text)
    end = 0
    for token in TOKENIZER.predict(text):
        assert token.start >= end
        assert token.text == safe[token.start : token.end]
        assert token.text.strip()
        end = token.end


def test_long_text_is_read_at_both_ends() -> None:
    tokens = TOKENIZER.predict("hej " + "og " * 5000 + "farvel")
    assert (tokens[0].text, tokens[-1].text) == ("hej", "farvel")
    assert all(token.end <= HEAD or token.start >= 15010 - TAIL for token in tokens)


@pytest.mark.parametrize("text", ["!" * 10_000, "(" * 10_000, "😀" * 10_000, "a" * 10_000, "ord " * 2_500])
def test_ten_thousand_characters_take_no_time(text: str) -> None:
    seconds = []
    for _ in range(3):  # the best of three: Python may collect its garbage in one of them
        start = time.perf_counter()
        tokens = TOKENIZER.predict(text)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 0.5  # spaCy alone needs eight seconds for the first
    assert max(len(token.text) for token in tokens) <= MAX_RUN


def test_words_of_others_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    tokenizer = DanishTokenizer(DanishTokenizer.get_default_config())
    tokenizer.predict("hemmeligtord")
    assert "hemmeligtord" in tokenizer._language.vocab.strings
    monkeypatch.setattr(module, "MAX_STRINGS", 0)
    tokenizer.predict("hej")
    assert "hemmeligtord" not in tokenizer._language.vocab.strings


def test_training_data_stay_as_they_are() -> None:
    message = Message({TEXT: "min mor drikker", INTENT: "paaroerende_i_krise"})
    assert TOKENIZER.process_training_data(TrainingData([message])).training_examples == [message]
    assert message.get(TOKENS_NAMES[TEXT]) is None
