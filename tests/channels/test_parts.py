"""The small parts of the channel: settings, origins, files, votes, the worker, forgetting."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import time
from datetime import date
from pathlib import Path

import pytest
from rasa.core.tracker_store import (
    AwaitableTrackerStore,
    FailSafeTrackerStore,
    InMemoryTrackerStore,
    MongoTrackerStore,
    SQLTrackerStore,
    TrackerStore,
)
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import UserUttered

from bot.channels.bodies import Refused, Vote
from bot.channels.files import find_file
from bot.channels.fixed import ask_for_less, emergency_phones, fallback
from bot.channels.forget import CannotForget, check_forgetful, forget
from bot.channels.origins import guarding_headers, is_own, may_call, sharing_headers
from bot.channels.pieces import WORDS, pieces
from bot.channels.settings import SettingError, read_settings
from bot.channels.votes import count_vote
from bot.channels.worker import GaveUp, Worker
from bot.knowledge import load_knowledge
from bot.knowledge.model import LEVELS
from bot.replies import KINDS, Card, contract, known_phones

# ---------------------------------------------------------------- settings


def test_without_settings_the_channel_is_for_this_machine() -> None:
    settings = read_settings({})
    assert len(settings.secret) >= 32
    assert settings.secret != read_settings({}).secret
    assert settings.origins == frozenset()
    assert settings.proxies == 0
    assert settings.votes.parts[-2:] == (".rasa", "votes.sqlite3")


def test_settings_are_read() -> None:
    settings = read_settings(
        {
            "WEB_SECRET": "x" * 32,
            "WEB_ORIGINS": "https://Example.org/, http://localhost:8080 ,",
            "WEB_PROXIES": "2",
            "WEB_VOTES": "/somewhere/votes",
            "WEB_LIMIT_NEW": "5/second; 7/day",
        }
    )
    assert settings.origins == {"https://example.org", "http://localhost:8080"}
    assert (settings.secret, settings.proxies, settings.votes) == ("x" * 32, 2, Path("/somewhere/votes"))
    assert [limit.amount for limit in settings.new_conversations] == [5, 7]


@pytest.mark.parametrize(
    "environ",
    [
        {"WEB_SECRET": "short"},
        {"WEB_ORIGINS": "*"},
        {"WEB_ORIGINS": "example.org"},
        {"WEB_ORIGINS": "https://example.org/chat"},
        {"WEB_ORIGINS": "null"},
        {"WEB_PROXIES": "-1"},
        {"WEB_PROXIES": "one"},
        {"WEB_LIMIT_NEW": "many"},
    ],
)
def test_a_setting_that_cannot_be_used_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(SettingError, match=next(iter(environ))):
        read_settings(environ)


# ---------------------------------------------------------------- origins


@pytest.mark.parametrize(
    ("origin", "host", "own"),
    [
        ("http://127.0.0.1:5005", "127.0.0.1:5005", True),
        ("https://chat.example.org", "chat.example.org", True),  # TLS ends at the proxy
        ("https://chat.example.org", "chat.example.org:443", True),
        ("https://CHAT.example.org", "chat.example.ORG", True),
        ("http://127.0.0.1:5006", "127.0.0.1:5005", False),
        ("https://evil.example", "chat.example.org", False),
        ("https://chat.example.org.evil.example", "chat.example.org", False),
        ("null", "chat.example.org", False),
        ("null", "null", False),
        ("file://", "", False),
        ("", "", False),
        ("https://chat.example.org:x", "chat.example.org", False),
        ("https://chat.example.org", "chat.example.org:x", False),
        ("https://[::1", "chat.example.org", False),
    ],
)
def test_own_pages(origin: str, host: str, own: bool) -> None:
    assert is_own(origin, host) is own


def test_only_allowed_pages_may_call_and_read() -> None:
    allowed = {"https://example.org"}
    assert may_call("", "chat", allowed) and may_call("https://Example.org", "chat", allowed)
    assert not may_call("https://evil.example", "chat", allowed) and not may_call("null", "chat", allowed)
    headers = sharing_headers("https://example.org", allowed)
    assert headers["Access-Control-Allow-Origin"] == "https://example.org"
    assert sharing_headers("https://evil.example", allowed) == {"Vary": "Origin, Accept-Encoding"}
    assert sharing_headers("", allowed) == {"Vary": "Origin, Accept-Encoding"}


def test_a_page_loads_only_its_own() -> None:
    policy = guarding_headers("text/html; charset=utf-8", {"https://example.org"})["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
    assert policy.endswith("frame-ancestors 'self' https://example.org")
    assert "unsafe" not in policy
    assert guarding_headers("application/json", ())["Content-Security-Policy"] == (
        "default-src 'none'; frame-ancestors 'none'"
    )


# ---------------------------------------------------------------- files


def test_files_by_their_names_only(tmp_path: Path) -> None:
    folder = tmp_path / "web"
    folder.mkdir()
    for name in ("widget.js", "demo.html", "demo.css", ".hidden.js", "notes.txt", "widget.js.bak"):
        (folder / name).write_text(name)
    (tmp_path / "secret.js").write_text("secret")
    found = {
        name
        for name in (
            "widget.js",
            "demo",
            "demo.css",
            "demo.html",
            ".hidden.js",
            "notes.txt",
            "widget.js.bak",
            "../secret.js",
            "..%2fsecret.js",
            "web/widget.js",
            "",
            ".",
            "..",
            "WIDGET.JS",
            "widget.js\0",
            "/etc/passwd",
        )  # fmt: skip
        if find_file(name, folder)
    }
    assert found == {"widget.js", "demo", "demo.css"}
    file = find_file("demo", folder)
    assert file and file.content == b"demo.html" and file.content_type.startswith("text/html")


def test_the_description_is_served_and_names_what_there_is() -> None:
    file = find_file("openapi.json")
    assert file
    description = json.loads(file.content)
    assert description["openapi"].startswith("3.1")
    schemas = description["components"]["schemas"]
    assert set(schemas["Card"]["properties"]) == set(schemas["Card"]["required"])
    assert set(schemas["Card"]["properties"]) == set(Card.__annotations__)
    assert set(schemas["Custom"]["properties"]) == set(
        contract("answer", "info", None, [], "", load_knowledge())
    )
    for schema in (schemas["Custom"], schemas["Vote"]):
        assert schema["properties"]["kind"]["enum"] == list(KINDS)
    assert schemas["Custom"]["properties"]["level"]["enum"] == list(LEVELS)


# ---------------------------------------------------------------- fixed answers


def test_fixed_answers_name_the_emergency_number() -> None:
    known = known_phones(load_knowledge())
    for message, kind in ((fallback(), "fallback"), (ask_for_less("krise"), "question")):
        assert "112" in message["text"]
        assert message["custom"]["kind"] == kind
        assert message["custom"]["phones"][0] == "112"
        assert set(message["custom"]["phones"]) <= known
    assert ask_for_less("krise")["custom"]["level"] == "krise"
    assert emergency_phones()[0] == "112" and set(emergency_phones()) <= known


# ---------------------------------------------------------------- pieces


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n ", []),
        ("hej", ["hej"]),
        ("Hej. Hun ånder ikke!\nHvad nu?", ["Hej. Hun ånder ikke! Hvad nu?"]),
        ("en to tre. " * 11, ["en to tre. " * 9 + "en to tre.", "en to tre."]),
        (("ord " * 29 + "slut. Hjælp os."), ["ord " * 29 + "slut.", "Hjælp os."]),
    ],
)
def test_a_long_text_in_pieces(text: str, expected: list[str]) -> None:
    assert list(pieces(text)) == expected


def test_pieces_lose_no_word_and_cut_no_danger_in_two() -> None:
    text = " ".join(f"ord{number}" for number in range(700))
    found = list(pieces(text))
    assert all(len(piece.split()) <= WORDS for piece in found)
    assert len(found) < 40
    for number in range(692):
        danger = " ".join(f"ord{number + place}" for place in range(8))
        assert any(danger in piece for piece in found)


# ---------------------------------------------------------------- votes


def test_votes_are_counted_by_day_need_and_kind(tmp_path: Path) -> None:
    file = tmp_path / "new" / "votes.sqlite3"
    for vote in [Vote("up", "answer", "tak")] * 3 + [
        Vote("down", "answer", "tak"),
        Vote("up", "urgent", None),
    ]:
        count_vote(file, vote, date(2026, 11, 22))
    count_vote(file, Vote("up", "answer", "tak"), date(2026, 11, 23))
    with sqlite3.connect(file) as votes:
        rows = set(votes.execute("SELECT day, need, kind, vote, number FROM votes"))
    assert rows == {
        ("2026-11-22", "tak", "answer", "up", 3),
        ("2026-11-22", "tak", "answer", "down", 1),
        ("2026-11-22", "", "urgent", "up", 1),
        ("2026-11-23", "tak", "answer", "up", 1),
    }


# ---------------------------------------------------------------- the worker


async def give(value: int, seconds: float = 0) -> int:
    await asyncio.sleep(seconds)
    return value


async def block(seconds: float) -> None:
    time.sleep(seconds)


async def fail(text: str) -> None:
    logging.getLogger("rasa.somewhere").error("could not write %s", text)
    try:
        raise ValueError(text)
    except ValueError:
        logging.getLogger("rasa.somewhere").exception("failed with %s", text)
        raise


async def refuse() -> None:
    raise Refused("valg")


def test_the_worker_gives_results_and_refusals() -> None:
    worker = Worker()
    assert asyncio.run(worker.run(give(3), 1)) == 3
    with pytest.raises(Refused) as refused:
        asyncio.run(worker.run(refuse(), 1))
    assert refused.value.reason == "valg"


def test_nobody_waits_for_what_hangs() -> None:
    worker, ran = Worker(), []

    async def note() -> None:
        ran.append(True)

    async def hold() -> None:
        begin = time.monotonic()
        for work in (give(1, 5), block(1), note()):  # slow; blocking; behind the blocking one
            with pytest.raises(GaveUp):
                await worker.run(work, 0.2)
        assert time.monotonic() - begin < 1
        await asyncio.sleep(0.8)
        assert await worker.run(give(3), 1) == 3  # and then it goes on
        assert not ran  # what nobody waits for is not even begun

    asyncio.run(hold())


def test_what_must_be_finished_is_finished() -> None:
    worker, done = Worker(), []

    async def work() -> None:
        await asyncio.sleep(0.2)
        done.append(True)

    async def leave() -> None:
        with pytest.raises(GaveUp):
            await worker.run(work(), 0.05, finish=True)
        task = asyncio.ensure_future(worker.run(work(), 1, finish=True))
        await asyncio.sleep(0.05)
        task.cancel()  # the person has left the page
        await asyncio.sleep(0.4)

    asyncio.run(leave())
    assert done == [True, True]


def test_the_log_says_where_and_never_whose_words(caplog: pytest.LogCaptureFixture) -> None:
    worker = Worker()
    with pytest.raises(GaveUp) as gave_up:
        asyncio.run(worker.run(fail("hemmeligt"), 1))
    assert "ValueError at test_parts.py:" in str(gave_up.value)
    assert "hemmeligt" not in caplog.text + str(gave_up.value)
    assert "test_parts.py" in caplog.text and "ValueError" in caplog.text
    logging.getLogger("rasa.somewhere").error("as ever")
    assert "as ever" in caplog.text  # other threads log as they did


# ---------------------------------------------------------------- forgetting


async def _fill(store: TrackerStore, *conversations: str) -> None:
    for conversation in conversations:
        tracker = await store.get_or_create_tracker(conversation)
        tracker.update(UserUttered(f"hemmeligt {conversation}"))
        await store.save(tracker)


@pytest.mark.parametrize("wrap", [lambda s: s, FailSafeTrackerStore, AwaitableTrackerStore])
@pytest.mark.parametrize("kind", ["memory", "sqlite"])
def test_a_conversation_is_forgotten_and_no_other(kind: str, wrap: type, tmp_path: Path) -> None:
    file = tmp_path / "talks.db"
    inner = (
        InMemoryTrackerStore(Domain.empty())
        if kind == "memory"
        else SQLTrackerStore(Domain.empty(), db=str(file))
    )
    store = wrap(inner)
    check_forgetful(store)
    asyncio.run(_fill(store, "one", "two"))
    forget(store, "one")
    forget(store, "never there")
    assert asyncio.run(store.retrieve("one")) is None
    assert asyncio.run(store.retrieve("two")) is not None
    if kind == "sqlite":
        inner.engine.dispose()
        assert b"hemmeligt one" not in file.read_bytes()  # not even where it stood
        assert b"hemmeligt two" in file.read_bytes()


def test_what_was_kept_while_the_store_failed_is_forgotten_too() -> None:
    store = FailSafeTrackerStore(InMemoryTrackerStore(Domain.empty()))
    spare = store.fallback_tracker_store
    asyncio.run(_fill(spare, "one"))
    forget(store, "one")
    assert asyncio.run(spare.retrieve("one")) is None


def test_a_store_that_cannot_forget_is_refused() -> None:
    strange = MongoTrackerStore.__new__(MongoTrackerStore)
    with pytest.raises(CannotForget, match="MongoTrackerStore"):
        check_forgetful(strange)
    with pytest.raises(CannotForget):
        forget(strange, "one")
