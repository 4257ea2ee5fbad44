"""The web channel on the two real servers: whole talks, what breaks, what is kept, what is logged."""

from __future__ import annotations

import base64
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from channels.stage import FREE, Answer, Client, seconds
from conftest import free_ports

from bot import serve
from bot.knowledge import load_knowledge
from bot.replies import known_phones, phones_in

pytestmark = pytest.mark.slow

RESPONSES = yaml.safe_load((serve.ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
KB = load_knowledge()
SECRET_WORD = "kvistgardinet"  # stands in many messages, and in no log
CALM = f"hvad må de fortælle mig om min søn, {SECRET_WORD}?"
DANGER = "min mor trækker ikke vejret"
PROMISE = 5.0  # seconds
KEYS = ("kind", "level", "need", "items", "phones", "sources")


class Site:
    """The two servers, with a tracker store that can be told to fail."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.fault = folder / "fault"
        self.fault.write_text("")
        self.talks, self.votes = folder / "talks.db", folder / "votes.sqlite3"
        self.ports = free_ports()
        self.client = Client(self.ports["PORT"])
        endpoints = yaml.safe_load((serve.ROOT / "endpoints.yml").read_text(encoding="utf-8"))
        endpoints["action_endpoint"]["url"] = f"http://{serve.HOST}:{self.ports['ACTION_PORT']}/webhook"
        endpoints["tracker_store"] = {
            "type": "faulty_store.FaultyStore", "db": str(self.talks), "fault": str(self.fault)
        }  # fmt: skip
        (folder / "endpoints.yml").write_text(yaml.safe_dump(endpoints), encoding="utf-8")
        self.actions = serve.start_actions(self.ports)
        rasa = [
            "rasa", "run", "--quiet", "--enable-api", "-i", serve.HOST, "--port", str(self.ports["PORT"]),
            "--model", str(serve.train()), "--endpoints", str(folder / "endpoints.yml"),
            "--credentials", "credentials.yml",
        ]  # fmt: skip
        self.rasa = serve.Child("The Rasa server", rasa, folder / "rasa.log", ports=self.ports)

    def wait(self) -> None:
        def check() -> None:
            assert self.actions.alive and self.rasa.alive, self.rasa.reason()

        serve.wait_for(self.actions, serve.health_url(self.ports), check)
        # Child says where its log is, from the root of the repository; this one lies elsewhere
        limit = time.monotonic() + serve.START_LIMIT
        while time.monotonic() < limit:
            check()
            try:
                if self.client.call("GET", "/health", timeout=1).status == 200:
                    return
            except OSError:
                time.sleep(0.2)
        raise AssertionError("the Rasa server does not answer")

    def stop(self) -> None:
        self.rasa.stop()
        self.actions.stop()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("PYTHONPATH", str(serve.ROOT / "tests" / "channels"))
        for name, value in {**FREE, "WEB_VOTES": str(folder / "votes.sqlite3")}.items():
            environ.setenv(name, value)
        both = Site(folder)
    try:
        both.wait()
        yield both
    finally:
        both.fault.write_text("")
        both.stop()


@pytest.fixture
def client(site: Site) -> Client:
    return site.client


@pytest.fixture
def token(client: Client) -> str:
    return client.begin()


def check(answer: Answer, status: int = 200) -> Answer:
    """Hold a reply to what holds for every reply."""
    assert answer.status == status
    assert answer.text.strip()
    assert set(KEYS) <= set(answer.custom)
    assert set(answer.custom["phones"]) <= known_phones(KB)
    assert set(phones_in(answer.text, KB)) <= set(answer.custom["phones"])
    assert len(answer.json["messages"]) <= 2
    return answer


def conversation_of(token: str) -> str:
    body = token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["sub"])


def events_of(client: Client, token: str) -> list[dict[str, Any]]:
    path = f"/conversations/{conversation_of(token)}/tracker?include_events=ALL"
    with serve._without_proxy.open(f"http://{serve.HOST}:{client.port}{path}", timeout=30) as answer:
        return list(json.load(answer)["events"])


# ---------------------------------------------------------------- a talk


def test_a_whole_talk(client: Client, site: Site) -> None:
    ready = client.call("GET", "/ready")
    assert (ready.status, ready.json["status"]) == (200, "ok")
    assert set(ready.json["checks"]) == {"model", "actions", "store", "danger"}
    with sqlite3.connect(site.talks) as talks:
        assert talks.execute("SELECT count(*) FROM events").fetchone() == (0,)  # the try has left nothing

    begun = check(client.call("POST", "/conversations", {}), 201)
    token = begun.json["token"]
    assert begun.text == RESPONSES["utter_hilsen"][0]["text"].strip()  # the blank line included
    assert "maskine" in begun.text and "112" in begun.text

    answer = check(client.choose(token, "/oplys_start_guide"))
    for _ in range(8):
        if answer.custom["kind"] != "question":
            break
        payloads = [b["payload"] for m in answer.json["messages"] for b in m.get("buttons", ())]
        assert payloads
        answer = check(client.choose(token, payloads[-1] if "/ja" in payloads[0] else payloads[0]))
    assert answer.custom["kind"] == "steps", answer.text
    assert 1 <= len(answer.custom["items"]) <= 3

    urgent = check(client.say(token, DANGER))
    assert (urgent.custom["kind"], urgent.custom["level"]) == ("urgent", "livsfare")
    assert urgent.custom["phones"][0] == "112"
    check(client.say(token, "vi bor i Randers"))

    vote = {"vote": "up", "kind": urgent.custom["kind"], "need": urgent.custom["need"]}
    assert client.call("POST", "/votes", vote, token).status == 204
    with sqlite3.connect(site.votes) as votes:
        rows = votes.execute("SELECT kind, need, vote, number FROM votes").fetchall()
    assert rows == [("urgent", "livsfare_nu", "up", 1)]
    assert conversation_of(token).encode() not in site.votes.read_bytes()

    assert client.call("DELETE", "/conversation", token=token).status == 204
    assert client.say(token, "hej").status == 401
    assert client.call("DELETE", "/conversation", token=token).status == 401


def test_commands_are_words(client: Client, token: str) -> None:
    for text in (
        "/restart",
        "/session_start",
        '/oplys_relation{"relation": "barn"}',
        "\u200b/stop",
        "/livsfare_nu",
    ):
        check(client.say(token, text))
    events = events_of(client, token)
    said = [event for event in events if event["event"] == "user"][1:]  # after the greeting
    assert not any(event["text"].startswith("/") for event in said)
    assert not {event["parse_data"]["intent"]["name"] for event in said} & {"restart", "session_start"}
    entities = [entity for event in said for entity in event["parse_data"]["entities"]]
    assert not [entity for entity in entities if entity.get("extractor") == "RegexMessageHandler"]


def test_only_what_is_offered_can_be_chosen(client: Client, token: str) -> None:
    for payload in ("/restart", "/oplys_faerdig", "/tavshedspligt_uden_samtykke ", '/nej{"x": 1}'):
        assert client.choose(token, payload).status == 400
    check(client.choose(token, "/tavshedspligt_uden_samtykke"))
    assert client.choose(token, "/tavshedspligt_uden_samtykke").status == 400  # offered by the greeting only


def test_nothing_that_points_to_one_person_is_kept(client: Client, token: str, site: Site) -> None:
    private = ("010203-1234", "28 12 34 56", "mor.hansen@mail.dk", "Nørregade 12")
    text = f"{SECRET_WORD} cpr 010203-1234, ring 28 12 34 56, mor.hansen@mail.dk, Nørregade 12, 8000 Aarhus C"
    check(client.say(token, text))
    check(client.say(token, "min søn trækker ikke vejret, Nørregade 12, 28 12 34 56"))
    stored = json.dumps(events_of(client, token), ensure_ascii=False)
    assert not [part for part in private if part in stored]
    assert "[cpr]" in stored and "8000 Aarhus C" in stored
    assert '"Region Midtjylland"' in stored  # still read from the town
    assert not [part for part in private if part.encode() in site.talks.read_bytes()]


def test_of_a_deleted_conversation_nothing_is_left(client: Client, token: str, site: Site) -> None:
    check(client.say(token, f"{SECRET_WORD} sletmigord"))
    assert b"sletmigord" in site.talks.read_bytes()
    assert client.call("DELETE", "/conversation", token=token).status == 204
    everything = [path.read_bytes() for path in site.folder.rglob("*") if path.is_file()]
    assert not [content for content in everything if b"sletmigord" in content]
    assert not [content for content in everything if conversation_of(token).encode() in content]


@pytest.mark.parametrize(
    "filling",
    [
        "Jeg vil gerne høre om kurser for pårørende. ",
        "Jeg er så træt, og vi har ventet længe på svar. ",
        "øæå 😀. ",
    ],
)
def test_danger_is_seen_in_a_long_text(client: Client, token: str, filling: str) -> None:
    text = filling * (1500 // len(filling))
    took, calm = seconds(lambda: check(client.say(token, text)))
    assert (calm.custom["kind"], took < PROMISE) == ("question", True)
    took, urgent = seconds(lambda: check(client.say(token, f"{text}{DANGER}. {filling}")))
    assert (urgent.custom["kind"], took < PROMISE) == ("urgent", True)


def test_danger_at_the_end_of_many_different_words_is_seen_in_time(client: Client, token: str) -> None:
    words = list(dict.fromkeys(word for text in read_words() for word in text.split() if len(word) < 5))
    text = " ".join(words).encode()[:3900].decode(errors="ignore").rpartition(" ")[0]
    assert len(text.split()) > 500
    took, urgent = seconds(lambda: check(client.say(token, f"{text}. {DANGER}")))
    assert (urgent.custom["kind"], took < PROMISE) == ("urgent", True)


def read_words() -> list[str]:
    """Give the texts of the test messages: many different words, written by people."""
    lines = (serve.ROOT / "tests" / "messages" / "test.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines if json.loads(line)["level"] == "info"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"text": "hej"', 400),
        (b'{"text": 1}', 400),
        (b'{"text": "a\\u0000b"}', 400),
        (b'{"text": "\\ud83d"}', 400),
        (b'{"text": "' + "æ".encode() * 2100 + b'"}', 413),
        (b"[" * 4000, 400),
        (b'{"text": "{akut_vej} {0} {{7*7}} %(x)s"}', 200),
        (b'{"text": "<img src=x onerror=alert(1)>"}', 200),
        (('{"text": "' + "🇩🇰" * 400 + '"}').encode(), 200),
    ],
)  # fmt: skip
def test_hostile_bodies(client: Client, token: str, body: bytes, status: int) -> None:
    assert client.call("POST", "/messages", body, token).status == status


def test_a_length_that_is_none_is_no_fault_of_the_server(client: Client) -> None:
    for length in (b"x", b"-1", b"1e3"):
        answer = client.raw(
            b"POST /webhooks/web/messages HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + b"\r\n\r\nx"
        )
        assert answer.split(b" ")[1] == b"400"


def test_twenty_people_at_once(client: Client) -> None:
    def hold(number: int) -> list[str]:
        token = client.begin()
        return [check(client.say(token, text)).text for text in ("hej", CALM, DANGER, "Odense", "tak")]

    with ThreadPoolExecutor(20) as pool:
        talks = list(pool.map(hold, range(20)))
    assert all(talk == talks[0] for talk in talks)


def test_what_the_description_allows_and_what_it_does_not(client: Client, site: Site) -> None:
    found = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli", "run",
            f"http://{serve.HOST}:{client.port}/webhooks/web/openapi.json", "--seed", "4",
            "--generation-deterministic", "--max-examples", "10", "--continue-on-failure", "--no-color",
            "--phases", "coverage,fuzzing",
            "--exclude-checks", "positive_data_acceptance",  # a choice of the right form need not be offered
        ],
        cwd=site.folder,
        env={**os.environ, "PYTHONPATH": str(serve.ROOT / "tests" / "channels"),
             "SCHEMATHESIS_HOOKS": "schemathesis_hooks", "NO_PROXY": "*"},
        capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout[-6000:] + found.stderr[-2000:]
    assert "No issues found" in found.stdout


# ---------------------------------------------------------------- what breaks


@pytest.fixture
def frozen_actions(site: Site) -> Iterator[None]:
    os.killpg(site.actions.process.pid, signal.SIGSTOP)
    yield
    os.killpg(site.actions.process.pid, signal.SIGCONT)
    site.wait()


@pytest.fixture
def no_actions(site: Site) -> Iterator[None]:
    os.killpg(site.actions.process.pid, signal.SIGKILL)
    assert site.actions.wait(serve.STOP_LIMIT) is not None
    yield
    site.actions = serve.start_actions(site.ports)
    site.wait()


@pytest.fixture
def fault(site: Site) -> Iterator[Path]:
    yield site.fault
    site.fault.write_text("")


def assert_fallback(answer: Answer) -> None:
    check(answer)
    assert answer.custom["kind"] == "fallback"
    assert answer.custom["phones"][0] == "112"
    assert answer.text in [variation["text"].strip() for variation in RESPONSES["utter_teknisk_fejl"]]


def test_without_the_action_server(client: Client, token: str, no_actions: None) -> None:
    took, answer = seconds(lambda: client.say(token, CALM))
    assert_fallback(answer)
    assert took < PROMISE
    assert check(client.say(token, DANGER)).custom["kind"] == "urgent"
    assert check(client.call("POST", "/conversations"), 201).custom["kind"] == "smalltalk"
    assert client.call("GET", "/health").status == 200
    limit = time.monotonic() + 12  # a result is given again for ten seconds
    while (ready := client.call("GET", "/ready")).status == 200 and time.monotonic() < limit:
        time.sleep(0.5)
    assert ready.status == 503
    assert ready.json["checks"] == {"model": True, "actions": False, "store": True, "danger": True}


def test_while_the_action_server_hangs(client: Client, token: str, frozen_actions: None) -> None:
    with ThreadPoolExecutor() as pool:
        calm = pool.submit(lambda: seconds(lambda: client.say(token, CALM)))
        time.sleep(0.02)
        urgent = pool.submit(lambda: seconds(lambda: client.say(token, DANGER)))
        took, answer = calm.result()
        assert_fallback(answer)
        assert took < PROMISE
        took, answer = urgent.result()
        assert check(answer).custom["kind"] == "urgent"
        assert took < PROMISE / 2  # it does not wait for the turn that hangs


def test_when_it_is_back_answers_come_again(client: Client, token: str) -> None:
    assert check(client.say(token, CALM)).custom["kind"] == "answer"


def test_while_the_store_hangs(client: Client, token: str, fault: Path) -> None:
    fault.write_text("hang")
    for call in (
        lambda: client.say(token, CALM),
        lambda: client.say(token, DANGER),
        lambda: client.choose(token, "/oplys_start_guide"),
    ):
        took, answer = seconds(call)
        assert_fallback(answer)
        assert took < PROMISE
    took, answer = seconds(lambda: client.call("POST", "/conversations"))
    assert answer.status == 201 and answer.custom["kind"] == "fallback" and took < PROMISE
    took, answer = seconds(lambda: client.call("GET", "/health"))
    assert answer.status == 200 and took < 0.5
    took, answer = seconds(lambda: client.call("DELETE", "/conversation", token=token))
    assert answer.status == 503 and took < PROMISE
    fault.write_text("")
    limit = time.monotonic() + 10
    while client.say(token, "hej").status != 401 and time.monotonic() < limit:  # the deletion is made up for
        time.sleep(0.2)
    assert client.say(token, "hej").status == 401
    assert check(client.say(client.begin(), CALM)).custom["kind"] == "answer"


@pytest.mark.parametrize("what", ["raise", "raise-save"])
def test_while_the_store_raises(client: Client, token: str, fault: Path, what: str) -> None:
    fault.write_text(what)
    answer = check(client.say(token, CALM))
    assert what == "raise-save" or answer.custom["kind"] == "fallback"
    assert check(client.say(token, f"{DANGER} {SECRET_WORD}")).custom["kind"] == "urgent"
    fault.write_text("")
    assert check(client.say(token, CALM)).custom["kind"] == "answer"  # the conversation is still there


def test_no_log_holds_what_was_written(client: Client, site: Site) -> None:
    client.call("POST", "/messages", f'{{"text": "{SECRET_WORD}', client.begin())
    logs = [site.folder / "rasa.log", serve.WORK / "log" / f"actions-{site.ports['ACTION_PORT']}.log"]
    texts = [log.read_text(encoding="utf-8").lower() for log in logs]
    assert "a turn failed" in texts[0] and "oserror" in texts[0]  # what went wrong is there
    for private in (SECRET_WORD, "trækker ikke vejret", "28 12 34 56", "kvist", "insert ["):
        assert not [text for text in texts if private in text]
