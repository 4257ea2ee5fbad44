"""Only what was agreed is read, and no text from outside is a command."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from rasa.shared.nlu.training_data.message import Message

from bot.channels.bodies import STATUS, Refused, Said, Vote, plain, read_nothing, read_said, read_vote
from bot.replies import KINDS

NEEDS = {"tak", "tvang"}


def reason_of(call: Any, *arguments: Any) -> str:
    with pytest.raises(Refused) as refused:
        call(*arguments)
    assert refused.value.reason in STATUS
    return refused.value.reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hej", "hej"),
        ("  hej  ", "hej"),
        ("/restart", "restart"),
        ("//restart", "restart"),
        (" / /restart", "restart"),
        ("/intent{...}", "intent{...}"),
        ('/oplys_relation{"relation": "barn"}', 'oplys_relation{"relation": "barn"}'),
        ("\u00a0/restart", "restart"),
        ("\u2003\u3000/restart", "restart"),
        ("\u200b/restart", "restart"),
        ("\ufeff/restart", "restart"),
        ("\u2060\u202e/restart", "restart"),
        ("\x1c\x85/restart", "restart"),
        ("\n\t/restart", "restart"),
        ("／restart", "restart"),  # full width
        ("hej /restart", "hej /restart"),
        ("1/2 pille", "1/2 pille"),
        ("❤️ hej", "❤️ hej"),
        ("¿qué?", "¿qué?"),
        ("...", "..."),
        ("/", ""),
        ("", ""),
        (" \u200b ", ""),
    ],
)
def test_a_text_is_never_a_command(text: str, expected: str) -> None:
    assert plain(text) == expected
    message = Message({"text": plain(text)})
    assert YAMLStoryReader.unpack_regex_message(message) is message


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"text": "hej"}, Said("hej", False)),
        ({"text": "/restart"}, Said("restart", False)),
        ({"choice": "/tal_med_nogen"}, Said("/tal_med_nogen", True)),
        ({"choice": "hej"}, Said("hej", True)),  # whether it was offered is asked later
        ({"text": "x" * 3000}, Said("x" * 3000, False)),
    ],
)
def test_what_is_said(body: dict[str, str], said: Said) -> None:
    assert read_said(json.dumps(body).encode()) == said


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "json"),
        (b"{}", "json"),
        (b"[]", "json"),
        (b"null", "json"),
        (b'"hej"', "json"),
        (b"{'text': 'hej'}", "json"),
        (b'{"text": "hej"', "json"),
        (b'{"text": 1}', "json"),
        (b'{"text": null}', "json"),
        (b'{"text": ["hej"]}', "json"),
        (b'{"text": {"a": 1}}', "json"),
        (b'{"text": true}', "json"),
        (b'{"text": NaN}', "json"),
        (b'{"message": "hej"}', "json"),
        (b'{"text": "hej", "choice": "/nej"}', "json"),
        (b'{"text": "hej", "sender": "x"}', "json"),
        (b'{"text": "\xff"}', "json"),
        (b"\xef\xbb\xbf" + b'{"text": "hej"}', "json"),
        (b"[" * 4000, "json"),
        (b'{"text": ' + b"1" * 4000 + b"}", "json"),
        (b'{"text": "a\\u0000b"}', "tegn"),
        (b'{"text": "\\ud800"}', "tegn"),
        (b'{"text": "\\udc00\\ud800"}', "tegn"),
        (b'{"choice": "\\ud800"}', "tegn"),
        (b'{"text": ""}', "tom"),
        (b'{"text": "  \\n"}', "tom"),
        (b'{"text": "///"}', "tom"),
        (b'{"text": "a\x00b"}', "json"),  # a bare NUL is no JSON
    ],
)
def test_everything_else_is_refused(body: bytes, reason: str) -> None:
    assert reason_of(read_said, body) == reason
    assert STATUS[reason] == 400  # type: ignore[index]


def test_a_pair_of_surrogates_is_one_character() -> None:
    assert read_said(b'{"text": "\\ud83d\\ude00"}').text == "😀"


@pytest.mark.parametrize("body", [b"", b"  ", b"{}"])
def test_nothing(body: bytes) -> None:
    read_nothing(body)


@pytest.mark.parametrize("body", [b"[]", b"x", b'{"a": 1}', b"null", b"0"])
def test_something_is_not_nothing(body: bytes) -> None:
    assert reason_of(read_nothing, body) == "json"


@pytest.mark.parametrize("need", ["tak", None])
def test_a_vote(need: str | None) -> None:
    body = json.dumps({"vote": "up", "kind": "answer", "need": need}).encode()
    assert read_vote(body, KINDS, NEEDS) == Vote("up", "answer", need)


@pytest.mark.parametrize(
    "change",
    [
        {"vote": "sideways"},
        {"vote": 1},
        {"kind": "x"},
        {"kind": None},
        {"kind": ["answer"]},
        {"need": "x"},
        {"need": 1},
        {"need": {}},
        {"text": "hej"},
    ],
)
def test_a_strange_vote_is_refused(change: dict[str, Any]) -> None:
    body = json.dumps({"vote": "up", "kind": "answer", "need": "tak", **change}).encode()
    assert reason_of(read_vote, body, KINDS, NEEDS) == "stemme"
