"""Does a message begin with yes or no?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.triage.text import fold
from bot.triage.yes_no import opening


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        (" ", None),
        ("ja", "ja"),
        ("Ja.", "ja"),
        ("JAAAA", "ja"),
        ("jaja", None),  # a sigh, no answer
        ("jo", "ja"),
        ("jep", "ja"),
        ("ja tak", "ja"),
        ("ja, men hun vil ikke", "ja"),
        ("nej", "nej"),
        ("Nej!", "nej"),
        ("nejjjj", "nej"),
        ("næh", "nej"),
        ("næ", "nej"),
        ("nope", "nej"),
        ("niks", "nej"),
        ("nej tak", "nej"),
        ("nej, ja, jeg ved ikke", "nej"),  # the first word counts
        ("... nej", "nej"),
        ("- ja", "ja"),
        ("«ja»", "ja"),
        ("nej\nhun er i seng", "nej"),
        # words that only begin the same way
        ("jakken er væk", None),
        ("januar", None),
        ("jobbet", None),
        ("jonas er syg", None),
        ("nejlikke", None),
        ("nejtak", None),
        ("jeg siger ja", None),
        ("hun siger nej", None),
        ("måske", None),
        ("ikke", None),
        ("\u200bja", "ja"),  # a character that nobody sees
    ],
)
def test_opening(text: str, expected: str | None) -> None:
    assert opening(fold(text)) == expected


@given(st.text(max_size=40))
def test_any_text_is_survived(text: str) -> None:
    assert opening(fold(text)) in ("ja", "nej", None)
    assert opening(text) in ("ja", "nej", None)


@given(st.sampled_from(["ja", "nej"]), st.text(max_size=40))
def test_what_follows_changes_nothing(answer: str, rest: str) -> None:
    assert opening(fold(f"{answer}, {rest}")) == answer
