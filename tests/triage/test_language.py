"""Which language a message is written in."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.knowledge import load_knowledge
from bot.knowledge.model import Language
from bot.triage.language import foreign_script, language_of
from bot.triage.text import LANGUAGE_MARKERS

KB = load_knowledge()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "da"),
        ("?!", "da"),
        ("112", "da"),
        ("min mor er væk", "da"),
        ("jeg er bange for min søn", "da"),
        ("my son is hearing voices and he will not sleep", "en"),
        ("MY MOTHER IS NOT BREATHING", "en"),
        ("she's gone and we can’t find her", "en"),
        ("min bror säger att han inte vill leva och jag är rädd", "sv"),
        ("moren min vil ikke leve, hun låser seg inne nå", "no"),
        ("ich weiß nicht weiter, mein Bruder ist weg", "de"),
        # too little to tell
        ("my", "da"),
        ("Hans", "da"),
        ("ok thanks", "da"),
        ("CRAFT", "da"),
        # Danish with a borrowed sentence stays Danish
        ("jeg kan ikke mere og hun siger bare it is what it is", "da"),
        ("min søn skriver is this the end, jeg er bange og ved ikke hvad jeg skal", "da"),
        ("der er en, der hedder Ina, og hun er min søster", "da"),
        # written without Danish letters
        ("jeg er bange for hvad han goer, han har ikke sovet", "da"),
    ],
)
def test_language_of(text: str, language: str) -> None:
    assert language_of(text) == language


def test_languages_are_those_of_the_danger_signs() -> None:
    assert set(LANGUAGE_MARKERS) == set(get_args(Language))


@given(st.text(max_size=200))
def test_any_text_has_a_language(text: str) -> None:
    assert language_of(text) in get_args(Language)


@given(st.lists(st.sampled_from(sorted(LANGUAGE_MARKERS["da"])), min_size=2, max_size=8))
def test_danish_words_alone_are_danish(words: list[str]) -> None:
    assert language_of(" ".join(words)) == "da"


def test_examples_of_danish_signs_are_danish() -> None:
    """Whoever is in danger and writes Danish is answered in Danish."""
    wrong = {
        text: language_of(text)
        for sign in KB.danger_signs
        if sign.language == "da"
        for text in sign.fires
        if language_of(text) != "da"
    }
    assert wrong == {}


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("السلام عليكم، أحتاج إلى مساعدة", True),
        ("Допоможіть, будь ласка", True),
        ("救命", True),
        ("min mand siger اللہ hele tiden", False),
        ("ＨＥＪ", False),
        ("hej 😢", False),
        ("112!!", False),
        ("", False),
    ],
)
def test_letters_that_are_not_ours(text: str, foreign: bool) -> None:
    assert foreign_script(text) is foreign
