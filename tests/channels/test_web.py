"""The channel as a browser and as an enemy sees it, with a made-up assistant behind it."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from channels.stage import BUTTON, Client, MadeUpAgent, custom, on_stage, seconds
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.shared.core.domain import Domain

from bot.channels import web
from bot.channels.settings import ROOT
from bot.knowledge import load_knowledge
from bot.replies import known_phones

FALLBACK = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"][
    "utter_teknisk_fejl"
][0]
SECRET = "hemmelig" * 8
SITE = "https://example.org"
DANGER = "hun trækker ikke vejret"
PROMISE = 5.0  # seconds


@pytest.fixture(scope="module")
def agent() -> MadeUpAgent:
    return MadeUpAgent()


@pytest.fixture(scope="module")
def client(agent: MadeUpAgent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    votes = tmp_path_factory.mktemp("votes") / "votes.sqlite3"
    environ = {"WEB_SECRET": SECRET, "WEB_ORIGINS": SITE, "WEB_VOTES": str(votes)}
    with on_stage(agent, environ) as client:
        yield client


@pytest.fixture
def token(client: Client) -> str:
    return client.begin()


def assert_fallback(answer: Any) -> None:
    assert answer.status == 200
    assert answer.custom["kind"] == "fallback"
    assert answer.text == FALLBACK["text"].strip()
    assert answer.custom["phones"][0] == "112"


# ---------------------------------------------------------------- what a browser sees


def test_a_conversation_begins_with_the_greeting_of_the_assistant(client: Client, agent: MadeUpAgent) -> None:
    answer = client.call("POST", "/conversations", {})
    assert answer.status == 201 and set(answer.json) == {"token", "messages"}
    assert agent.processor and agent.processor.handled[-1] == "/hilsen"
    assert client.call("POST", "/conversations").json["token"] != answer.json["token"]


def test_a_reply_is_one_message(client: Client, token: str) -> None:
    messages = client.say(token, "hej").json["messages"]
    assert messages == [{"text": "du skrev: hej\n\nog mere", "buttons": [BUTTON], "custom": custom()}]


def test_commands_are_words(client: Client, token: str, agent: MadeUpAgent) -> None:
    assert agent.processor
    for text in ("/restart", '/nej{"a": 1}', " \u200b//tak", "／stop"):
        assert client.say(token, text).status == 200
        assert not agent.processor.handled[-1].startswith("/")


def test_a_choice_is_one_of_the_last_turn(client: Client, token: str, agent: MadeUpAgent) -> None:
    assert agent.processor
    for wrong in ("/restart", "/nej", "tal_med_nogen", "/tal_med_nogen ", "/TAL_MED_NOGEN", ""):
        assert client.choose(token, wrong).status == 400
    assert client.choose(token, BUTTON["payload"]).status == 200
    assert agent.processor.handled[-1] == BUTTON["payload"]
    before, agent.processor.answer = (
        agent.processor.answer,
        lambda text: [{"text": "nej", "custom": custom()}],
    )
    try:
        assert client.say(token, "hej").status == 200
    finally:
        agent.processor.answer = before
    assert client.choose(token, BUTTON["payload"]).status == 400  # that was a turn before


def test_two_conversations_know_nothing_of_each_other(client: Client, agent: MadeUpAgent) -> None:
    one, two = client.begin(), client.begin()
    client.say(one, "det er mig")
    assert client.call("DELETE", "/conversation", token=one).status == 204
    assert client.say(one, "hej").status == 401
    assert client.say(two, "hej").status == 200


def test_what_points_to_one_person_is_not_handed_on(client: Client, token: str, agent: MadeUpAgent) -> None:
    assert agent.processor
    client.say(token, "cpr 010203-1234, ring 28 12 34 56 eller 112, a@b.dk, Nørregade 12, 8000 Aarhus C")
    assert agent.processor.handled[-1] == (
        "cpr [cpr], ring [telefon] eller 112, [mail], [adresse], 8000 Aarhus C"
    )


def test_a_long_text_is_asked_to_be_shorter_but_danger_is_answered(
    client: Client, token: str, agent: MadeUpAgent
) -> None:
    assert agent.processor
    long = client.say(token, "x" * 1001)
    assert long.status == 200
    assert (long.custom["kind"], long.custom["phones"]) == ("question", ["112"])
    assert "112" in long.text
    assert agent.processor.handled[-1] == "/hilsen"  # nothing is kept of it
    assert client.say(token, "x" * 1000).custom["kind"] == "answer"
    for text in ("x " * 600 + DANGER, DANGER + " y" * 600):
        assert client.say(token, text).custom["kind"] == "answer"
        assert DANGER in agent.processor.handled[-1]


def test_votes(client: Client, token: str) -> None:
    vote = {"vote": "up", "kind": "answer", "need": "tak"}
    assert client.call("POST", "/votes", vote, token).status == 204
    assert client.call("POST", "/votes", {**vote, "need": None}, token).status == 204
    assert client.call("POST", "/votes", {**vote, "kind": "x"}, token).status == 400
    assert client.call("POST", "/votes", vote).status == 401


# ---------------------------------------------------------------- who may


def tampered(token: str) -> str:
    head, body, sign = token.split(".")
    return f"{head}.{body}.{'A' * len(sign)}"


def test_whoever_has_no_conversation_learns_nothing(client: Client, token: str) -> None:
    deleted = client.begin()
    client.call("DELETE", "/conversation", token=deleted)
    other = web.Tokens("x" * 32).issue("0" * 32)
    expired = web.Tokens(SECRET, lambda: time.time() - 25 * 3600).issue("0" * 32)
    unknown = web.Tokens(SECRET).issue("0" * 32)
    answers = [
        client.call(method, path, body, headers={"Authorization": header} if header else None)
        for header in (
            "",
            "Bearer",
            "Bearer x",
            f"Basic {token}",
            f"Bearer {tampered(token)}",
            f"Bearer {other}",
            f"Bearer {expired}",
            f"Bearer {unknown}",
            f"Bearer {deleted}",
        )  # fmt: skip
        for method, path, body in (
            ("POST", "/messages", {"text": "hej"}),
            ("POST", "/messages", {"choice": "/nej"}),
            ("DELETE", "/conversation", None),
            ("POST", "/votes", {"vote": "up", "kind": "answer"}),
        )
    ]
    assert {answer.status for answer in answers} == {401}
    assert len({(answer.body, tuple(sorted(answer.headers.items()))) for answer in answers}) == 1


@pytest.mark.parametrize("cors", ["", "*"])
def test_only_allowed_sites_may_call(cors: str) -> None:
    with on_stage(MadeUpAgent(), {"WEB_ORIGINS": SITE}, cors) as client:
        own = f"http://127.0.0.1:{client.port}"
        for origin, status in (
            (SITE, 201),
            (own, 201),
            ("https://evil.example", 403),
            ("null", 403),
            ("*", 403),
        ):
            for method in ("OPTIONS", "POST", "DELETE"):
                path = "/conversation" if method == "DELETE" else "/conversations"
                answer = client.call(method, path, headers={"Origin": origin})
                expected = {"OPTIONS": 204, "POST": status, "DELETE": 403 if status == 403 else 401}[method]
                assert answer.status == expected, (origin, method)
                allowed = answer.headers.get("access-control-allow-origin")
                assert allowed == (SITE if origin == SITE else None)
                assert "access-control-allow-credentials" not in answer.headers
                assert "Origin" in answer.headers["vary"]
        preflight = client.call("OPTIONS", "/messages", headers={"Origin": SITE})
        assert "Authorization" in preflight.headers["access-control-allow-headers"]
        assert "DELETE" in preflight.headers["access-control-allow-methods"]
        refused = client.call("POST", "/messages", {"text": "hej"}, headers={"Origin": SITE})
        assert refused.headers["access-control-allow-origin"] == SITE  # so that the page can read the 401


def test_every_answer_carries_the_guarding_headers(client: Client, token: str) -> None:
    for method, path in (
        ("POST", "/conversations"),
        ("GET", "/health"),
        ("GET", "/nothing"),
        ("GET", "/messages"),
        ("DELETE", "/conversation"),
        ("GET", "/openapi.json"),
        ("GET", "/"),
    ):
        headers = client.call(method, path).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == ("public, max-age=300" if path.endswith(".json") else "no-store")


def test_pages_and_the_widget(client: Client) -> None:
    widget = client.call("GET", "/widget.js", headers={"Origin": "https://evil.example"})
    assert widget.status == 200
    assert widget.headers["cross-origin-resource-policy"] == "cross-origin"
    for page in ("/demo", "/tilgaengelighed"):
        answer = client.call("GET", page)
        assert answer.status == 200
        assert "script-src 'self'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
    packed = client.call("GET", "/widget.js", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip" and len(packed.body) < len(widget.body) / 2
    assert client.call("HEAD", "/demo").body == b""


# ---------------------------------------------------------------- too much


def test_whoever_writes_too_much_waits_and_reads_the_numbers() -> None:
    limits = {"WEB_LIMIT_CONVERSATION": "3/minute", "WEB_LIMIT_NEW": "2/minute"}
    with on_stage(MadeUpAgent(), limits) as client:
        tokens = [client.begin(), client.begin()]
        answers = [client.call("POST", "/conversations")]
        assert [client.say(tokens[0], "hej").status for _ in range(3)] == [200] * 3
        answers.append(client.say(tokens[0], "hej"))
        assert client.say(tokens[1], "hej").status == 200  # another conversation from the same address
        for answer in answers:
            assert answer.status == 429
            assert 1 <= int(answer.headers["retry-after"]) <= 60
            assert set(answer.json) == {"error", "phones"}
            assert answer.json["phones"][0] == "112" and "112" in answer.json["error"]
            assert set(answer.json["phones"]) <= known_phones(load_knowledge())


def test_an_address_behind_a_trusted_proxy_is_counted_by_itself() -> None:
    with on_stage(MadeUpAgent(), {"WEB_LIMIT_ADDRESS": "2/minute", "WEB_PROXIES": "1"}) as client:

        def begin(forwarded: str) -> int:
            return client.call("POST", "/conversations", headers={"X-Forwarded-For": forwarded}).status

        assert [begin("1.1.1.1") for _ in range(3)] == [201, 201, 429]
        assert begin("9.9.9.9, 1.1.1.1") == 429  # made up by the caller
        assert begin("2.2.2.2") == 201


# ---------------------------------------------------------------- hostile requests

HEAD = b"POST /webhooks/web/messages HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %b\r\n"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/messages", b"", 400),
        ("POST", "/messages", b"hej", 400),
        ("POST", "/messages", b"{", 400),
        ("POST", "/messages", b"null", 400),
        ("POST", "/messages", b"[" * 4000, 400),
        ("POST", "/messages", b'{"text": 1}', 400),
        ("POST", "/messages", b'{"text": "\\u0000"}', 400),
        ("POST", "/messages", b'{"text": "\\ud800"}', 400),
        ("POST", "/messages", b'{"text": "\xff\xfe"}', 400),
        ("POST", "/messages", '{"text": "hej"}'.encode("utf-16"), 400),
        ("POST", "/messages", b'{"text": ""}', 400),
        ("POST", "/messages", b'{"text": "/"}', 400),
        ("POST", "/messages", b'{"text": "hej", "sender": "default"}', 400),
        ("POST", "/messages", b'{"text": "hej", "metadata": {}}', 400),
        ("POST", "/messages", b'{"sender": "x", "message": "hej"}', 400),
        ("POST", "/messages", b'{"choice": "/restart"}', 400),
        ("POST", "/messages", b'{"choice": "/session_start"}', 400),
        ("POST", "/messages", b'{"choice": "/tal_med_nogen\\u0000"}', 400),
        ("POST", "/messages", b'{"text": "/restart"}', 200),
        ("POST", "/messages", b'{"text": "/intent{...}"}', 200),
        ("POST", "/messages", b'{"text": "/oplys_sted{\\"kommune\\": \\"Odense\\"}"}', 200),
        ("POST", "/messages", b'{"text": "EXTERNAL: restart"}', 200),
        ("POST", "/messages", b'{"text": "<script>alert(1)</script>"}', 200),
        ("POST", "/messages", b'{"text": "\'; DROP TABLE events; --"}', 200),
        ("POST", "/messages", b'{"text": "{akut_vej} {0} %s ${HOME} {{7*7}}"}', 200),
        ("POST", "/messages", b'{"text": "' + b"x" * 4080 + b'"}', 200),
        ("POST", "/messages", b'{"text": "' + b"x" * 4090 + b'"}', 413),
        ("POST", "/messages", b"x" * 100_000, 413),
        ("POST", "/conversations", b'{"sender": "default"}', 400),
        ("POST", "/conversations", b"[]", 400),
        ("POST", "/conversations", b"x" * 5000, 413),
        ("POST", "/votes", b'{"vote": "up"}', 400),
        ("POST", "/votes", b'{"vote": "up", "kind": "answer", "need": "<b>"}', 400),
        ("POST", "/votes", b"x" * 5000, 413),
        ("GET", "/messages", None, 405),
        ("PUT", "/messages", b"{}", 405),
        ("PATCH", "/conversation", None, 405),
        ("GET", "/conversation", None, 405),
        ("DELETE", "/conversations", None, 405),
        ("POST", "/widget.js", None, 405),
        ("POST", "/health", b"", 405),
        ("TRACE", "/messages", None, 405),
        ("GET", "", None, 404),
        ("GET", "/", None, 404),
        ("POST", "/", b"{}", 404),
        ("GET", "/conversations/default/tracker", None, 404),
        ("POST", "/messages/", b'{"text": "hej"}', 404),
        ("POST", "/webhook", b'{"sender": "x", "message": "hej"}', 404),
        ("GET", "/../rest/", None, 404),
        ("GET", "/..%2f..%2fdomain.yml", None, 404),
        ("GET", "/%2e%2e/web.py", None, 404),
        ("GET", "/widget.js%00", None, 404),
        ("GET", "/demo.html", None, 404),
        ("GET", "/x" * 2000, None, 404),
    ],
)
def test_hostile_requests(client: Client, token: str, method: str, path: str, body: Any, status: int) -> None:
    took, answer = seconds(lambda: client.call(method, path, body, token))
    assert answer.status == status
    assert took < 2
    if status == 200:
        assert answer.text
    elif method != "TRACE":
        assert set(answer.json) == {"error"} and answer.json["error"].endswith(".")
    assert client.say(token, "hej").status == 200  # and everything is as before


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        (b"Content-Length: 16\r\n\r\n" + b'{"text": "hej"}\n', b"200"),
        (b"Transfer-Encoding: chunked\r\n\r\nf\r\n" + b'{"text": "hej"}' + b"\r\n0\r\n\r\n", b"200"),
        (b"Content-Length: 10000000000\r\n\r\nx", b"413"),
        (b"Content-Length: -5\r\n\r\nx", b"400"),
        (b"Content-Length: x\r\n\r\nx", b"400"),
        (b"Content-Length: +5\r\n\r\nxxxxx", b"400"),
        (b"Content-Length:\r\n\r\n", b"400"),
        (b"Content-Length: " + b"1" * 5000 + b"\r\n\r\nx", b"400"),
        (b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nxxxxxx", b"400"),
        (b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        (b"Transfer-Encoding: gzip\r\n\r\nxx", b"400"),
        (b"Transfer-Encoding: chunked\r\n\r\nzz\r\nxx", b"400"),
        (b"Transfer-Encoding: chunked\r\n\r\n-5\r\nxx\r\n", b"400"),
        (b"Transfer-Encoding: chunked\r\n\r\n" + (b"400\r\n" + b"x" * 1024 + b"\r\n") * 100, b"413"),
        (b"\r\n", b"400"),  # no body
        (b"Broken\r\n\r\n", b"400"),
        (b"X: " + b"x" * 20000 + b"\r\n\r\n", b"413"),
        (b"Expect: 200-maybe\r\nContent-Length: 2\r\n\r\n{}", b"417"),
        (b"Origin: https://evil.example\r\nContent-Length: 2\r\n\r\n{}", b"403"),
    ],
)
def test_hostile_bytes(client: Client, token: str, rest: bytes, status: bytes) -> None:
    took, answer = seconds(lambda: client.raw(HEAD % token.encode() + rest))
    assert answer.split(b" ")[1] == status, answer
    assert b"Traceback" not in answer
    assert took < 2
    assert client.say(token, "hej").status == 200


def test_a_body_that_drips_is_not_waited_for(
    client: Client, token: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web, "BODY_LIMIT", 0.3)
    answer = client.raw(HEAD % token.encode() + b"Content-Length: 100\r\n\r\n{")
    assert answer.split(b" ")[1] == b"408"


# ---------------------------------------------------------------- what may fail behind it


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    assert web.PATIENCE < PROMISE
    monkeypatch.setattr(web, "PATIENCE", 0.5)


def hang(message: Any) -> Any:
    return asyncio.sleep(60)


def block(message: Any) -> None:
    time.sleep(1.5)


def explode(message: Any) -> None:
    raise RuntimeError(message.text)


@pytest.mark.parametrize("fault", [hang, block, explode])
def test_a_model_that_fails_gets_the_fallback_and_the_next_message_an_answer(
    impatient: None, fault: Any
) -> None:
    agent = MadeUpAgent()
    assert agent.processor
    with on_stage(agent) as client:
        token = client.begin()
        agent.processor.before = fault
        took, answer = seconds(lambda: client.say(token, "hej"))
        assert_fallback(answer)
        assert took < 1.2
        assert client.call("GET", "/health").status == 200
        agent.processor.before = lambda message: None
        if fault is block:
            time.sleep(1.2)  # until the thread is free again
        assert client.say(token, "hej igen").custom["kind"] == "answer"  # the conversation is not locked
        agent.processor.before = explode
        begun = client.call("POST", "/conversations")
        assert begun.status == 201 and begun.custom["kind"] == "fallback"


def test_while_one_hangs_the_others_talk() -> None:
    agent = MadeUpAgent()
    assert agent.processor
    with on_stage(agent) as client:
        one, two = client.begin(), client.begin()
        agent.processor.before = lambda message: asyncio.sleep(60) if message.text == "hæng" else None
        with ThreadPoolExecutor() as pool:
            hanging = pool.submit(lambda: seconds(lambda: client.say(one, "hæng")))
            behind = pool.submit(lambda: seconds(lambda: client.say(one, "bagved")))
            assert client.say(two, "hej").custom["kind"] == "answer"
            for took, answer in (hanging.result(), behind.result()):
                assert took < PROMISE
                assert answer.status == 200 and answer.text


@pytest.mark.parametrize("answers", [[], [{"text": ""}], [{"custom": custom()}], [{"text": None}]])
def test_no_reply_is_empty(agent: MadeUpAgent, client: Client, token: str, answers: list[Any]) -> None:
    assert agent.processor
    before, agent.processor.answer = agent.processor.answer, lambda text: answers
    try:
        assert_fallback(client.say(token, "hej"))
    finally:
        agent.processor.answer = before


@pytest.mark.parametrize("ready", [True, False])
def test_without_a_model_there_is_the_fallback(ready: bool) -> None:
    agent = MadeUpAgent()
    agent.processor = None
    with on_stage(agent if ready else None) as client:
        begun = client.call("POST", "/conversations")
        assert begun.status == 201 and begun.custom["kind"] == "fallback"
        assert_fallback(client.say(begun.json["token"], DANGER))
        assert client.call("GET", "/health").status == 200
        assert client.call("GET", "/ready").json["checks"] == {
            "model": False, "actions": False, "store": ready, "danger": False
        }  # fmt: skip


def test_danger_is_answered_without_a_conversation_and_nothing_of_it_is_kept() -> None:
    agent = MadeUpAgent()
    assert agent.processor

    def explode(message: Any) -> None:
        raise RuntimeError("the greeting fails")

    with on_stage(agent) as client:
        agent.processor.before = explode
        begun = client.call("POST", "/conversations")
        assert begun.status == 201 and begun.custom["kind"] == "fallback"
        agent.processor.before = lambda message: None
        agent.processor.answer = lambda text: [{"text": "ring 112", "custom": custom("urgent")}]
        assert client.say(begun.json["token"], DANGER).custom["kind"] == "urgent"
        assert client.say(begun.json["token"], "hej").status == 401
        assert not agent.tracker_store._tracker_store.store


def test_danger_does_not_wait_for_a_turn_that_hangs() -> None:
    agent = MadeUpAgent()
    assert agent.processor
    with on_stage(agent) as client:
        token = client.begin()
        agent.processor.before = lambda message: asyncio.sleep(0 if DANGER in message.text else 3)
        agent.processor.answer = lambda text: [{"text": "ring 112", "custom": custom("urgent")}]
        with ThreadPoolExecutor() as pool:
            calm = pool.submit(client.say, token, "hej")
            time.sleep(0.05)
            took, answer = seconds(lambda: client.say(token, DANGER))
            assert answer.custom["kind"] == "urgent"
            assert took < 2
            assert calm.result().status == 200


class Store(InMemoryTrackerStore):
    """A store that can be told to fail."""

    def __init__(self) -> None:
        super().__init__(Domain.empty())
        self.fault: Any = None

    async def retrieve(self, sender_id: str) -> Any:
        if self.fault:
            self.fault("retrieve")
        return await super().retrieve(sender_id)

    async def save(self, tracker: Any) -> None:
        if self.fault:
            self.fault("save")
        await super().save(tracker)


def test_a_store_that_raises_takes_no_answer_from_danger_and_no_conversation_for_gone() -> None:
    store = Store()
    agent = MadeUpAgent(store)
    assert agent.processor
    with on_stage(agent) as client:
        token = client.begin()

        def broken(call: str) -> None:
            raise OSError("the store is gone")

        store.fault = broken
        assert_fallback(client.say(token, "hej"))
        assert_fallback(client.choose(token, BUTTON["payload"]))
        agent.processor.answer = lambda text: [{"text": "ring 112", "custom": custom("urgent")}]
        assert client.say(token, DANGER).custom["kind"] == "urgent"
        assert not agent.tracker_store.fallback_tracker_store.store  # type: ignore[attr-defined]
        answer = client.call("DELETE", "/conversation", token=token)
        assert answer.status == 503 and answer.json["error"]  # never says that it is gone when it is not
        store.fault = None
        assert client.say(token, "hej").status == 200
        assert client.call("DELETE", "/conversation", token=token).status == 204


def test_a_store_that_hangs_keeps_nobody_waiting_and_an_urgent_answer_is_not_lost(impatient: None) -> None:
    store = Store()
    agent = MadeUpAgent(store)
    assert agent.processor
    with on_stage(agent) as client:
        token = client.begin()
        store.fault = lambda call: time.sleep(1.2)
        took, answer = seconds(lambda: client.say(token, "hej"))
        assert took < 1
        assert_fallback(answer)
        store.fault = None
        time.sleep(1.3)
        store.fault = lambda call: time.sleep(1.2) if call == "save" else None
        agent.processor.answer = lambda text: [{"text": "ring 112", "custom": custom("urgent")}]
        took, answer = seconds(lambda: client.say(token, DANGER))
        assert took < 1
        assert answer.custom["kind"] == "urgent"


def test_deleting_waits_for_the_turn_that_runs_and_no_later_one_brings_it_back() -> None:
    store = Store()
    agent = MadeUpAgent(store)
    assert agent.processor
    with on_stage(agent) as client:
        token = client.begin()
        agent.processor.before = lambda message: asyncio.sleep(0.5)
        with ThreadPoolExecutor() as pool:
            talking = pool.submit(client.say, token, "hej")
            time.sleep(0.1)
            deleting = pool.submit(client.call, "DELETE", "/conversation", None, token)
            time.sleep(0.1)
            late = pool.submit(client.say, token, "hej igen")
            assert talking.result().status == 200
            assert deleting.result().status == 204
            assert late.result().status == 401
        assert store.store == {}


def test_deletion_goes_on_when_the_page_is_left() -> None:
    store = Store()
    agent = MadeUpAgent(store)
    assert agent.processor
    with on_stage(agent) as client:
        token = client.begin()
        agent.processor.before = lambda message: asyncio.sleep(0.5)
        talking = threading.Thread(target=client.say, args=(token, "hej"))
        talking.start()
        time.sleep(0.1)
        with pytest.raises(TimeoutError):
            client.call("DELETE", "/conversation", token=token, timeout=0.05)
        talking.join()
        time.sleep(0.5)
        assert store.store == {}


def test_no_log_record_holds_what_was_written(caplog: pytest.LogCaptureFixture, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG)
    store = Store()
    agent = MadeUpAgent(store)
    assert agent.processor
    with on_stage(agent) as client:
        token = client.begin()

        def shout(what: Any) -> None:
            logging.getLogger("rasa.core").error("hemmeligord in %s", what)
            raise RuntimeError("hemmeligord")

        client.say(token, "hemmeligord")
        agent.processor.before = shout
        assert_fallback(client.say(token, "hemmeligord"))
        agent.processor.before = lambda message: None
        store.fault = shout
        assert_fallback(client.say(token, "hemmeligord"))
        client.call("POST", "/messages", '{"text": "hemmeligord', token)
        client.call("POST", "/messages", {"text": "hemmeligord" * 500}, token)
        client.choose(token, "hemmeligord")
    out, err = capfd.readouterr()
    records = " ".join(
        f"{record.msg} {record.args} {record.exc_text} {record.exc_info}" for record in caplog.records
    )
    assert "a turn failed: RuntimeError" in caplog.text
    assert "hemmeligord" not in caplog.text + records + out + err


def test_ready_is_asked_anew_after_ten_seconds_only(
    agent: MadeUpAgent, monkeypatch: pytest.MonkeyPatch
) -> None:
    with on_stage(agent) as client:
        first = client.call("GET", "/ready")
        assert first.status == 503 and first.json["checks"]["model"] is True
        assert agent.processor
        handled = len(agent.processor.handled)
        client.call("GET", "/ready")
        assert len(agent.processor.handled) == handled
        monkeypatch.setattr(web, "READY_FOR", 0)
        client.call("GET", "/ready")
        assert len(agent.processor.handled) > handled


def test_the_phrases_that_the_channel_says_are_sentences() -> None:
    responses = yaml.safe_load((Path(web.__file__).parents[2] / "domain.yml").read_text(encoding="utf-8"))[
        "responses"
    ]
    for name, variations in responses.items():
        if name.startswith("utter_frase_web_"):
            assert variations[0]["text"].strip().endswith("."), name
