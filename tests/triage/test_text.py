from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.text import SPELLINGS, fold, languages, sentences, split_sentences

ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates too


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("", ""),
        (" \t\n\u00a0 ", ""),
        ("Hjælp! Det HASTER", "hjaelp! det haster"),
        ("Både ø, æ og å", "baade oe, ae og aa"),
        ("Även Österlen", "aeven oesterlen"),
        ("Tschüß", "tschuess"),
        ("hjæææælp", "hjaelp"),  # a stretched vowel
        ("slåååår", "slaar"),
        ("kniiiiv", "kniv"),
        ("stoppppp", "stop"),  # at the edge of a word one letter
        ("hallllo", "hallo"),  # inside a word two
        ("piller", "piller"),  # two stay two
        ("1111 kr.", "1111 kr."),  # digits are not stretched
        ("ka' ik'", "ka ik"),
        ("don’t", "dont"),
        ("sov\u00adepiller", "sovepiller"),  # soft hyphen
        ("kni\u200bv", "kniv"),  # zero-width space
        ("\u202ekniv", "kniv"),  # right-to-left override
        ("ﬁre 𝐩𝐢𝐥𝐥𝐞𝐫", "fire piller"),  # ligature, mathematical letters
        ("Z̷a̸lgo", "zalgo"),
        ("a\x00b\x07c", "a b c"),
        ("a\ud800b", "ab"),
        ("han har en 🔪", "han har en kniv"),
        ("💀 haha", "💀 haha"),  # laughter in young people's chat: not a word of danger
        ("café Łódź", "cafe lodz"),
        ("İstanbul", "istanbul"),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("... !?", ()),
        ("Han sover. Hun er vågen!", ("han sover", "hun er vaagen")),
        ("det er kl. 13.45, ca. 2 timer siden", ("det er klokken 13 ca 2 timer siden",)),
        ("jej ka ik få ham vågen", ("jeg kan ikke faa ham vaagen",)),
        ("mor (71) - alene/hjemme", ("mor 71 alene hjemme",)),
        ("nej…ikke nu", ("nej", "ikke nu")),
        ("1.000 kr, 2,5 time og 12.11.2026", ("1000 kr 2 time og 12",)),
        ("سؤال؟ نعم", ("سؤال", "نعم")),
    ],
)
def test_sentences(text: str, expected: tuple[str, ...]) -> None:
    assert sentences(text) == expected


def test_spellings_lead_to_words_that_are_no_misspellings_themselves() -> None:
    for form, word in SPELLINGS.items():
        assert fold(form) == form
        assert fold(word) == word
        assert word not in SPELLINGS, form


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hvad siger lægen nu", "da"),
        ("my son has a knife and he is angry", "en"),
        ("min bror andas inte och jag är rädd", "sv"),
        ("broren min puster ikke nå, hva gjør jeg", "no"),
        ("mein Kind atmet nicht", "de"),
    ],
)
def test_languages_puts_the_likeliest_first(text: str, language: str) -> None:
    assert languages(fold(text))[0] == language


def test_languages_of_wordless_text() -> None:
    assert languages("") == ()


@given(ANY_TEXT)
def test_fold_never_raises_and_is_stable(text: str) -> None:
    once = fold(text)
    assert fold(once) == once
    assert once == once.strip()
    assert "  " not in once


@given(ANY_TEXT)
def test_sentences_hold_plain_words_only(text: str) -> None:
    found = sentences(text)
    assert found == split_sentences(fold(text))
    for sentence in found:
        assert sentence == " ".join(sentence.split())
        assert not set(sentence) & set("!?;\n")


@pytest.mark.parametrize(
    "piece", ["a", "ab ", "aaab", "\u0301", "\ufdfa", "Æøå", "han har taget piller. ", " \u200b"]
)
def test_ten_thousand_characters_fold_within_20_ms(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    assert _fastest(lambda: sentences(text)) < 0.020


def _fastest(call) -> float:  # type: ignore[no-untyped-def]
    def once() -> float:
        start = time.process_time()
        call()
        return time.process_time() - start

    return min(once() for _ in range(5))
