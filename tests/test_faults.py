"""What happens when a server is gone, and when many write at once: no silence, no loss, danger first."""

from __future__ import annotations

import json
import os
import signal
import time
import urllib.request
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import yaml
from conftest import Assistant, free_ports

from bot import serve
from bot.dialogue.patience import ACTION_LIMIT

pytestmark = pytest.mark.slow

RESPONSES = yaml.safe_load((serve.ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
URGENT = (
    ("min mor trækker ikke vejret", "utter_livsfare_nu"),
    ("han står med en kniv og siger han dræber os", "utter_livsfare_nu"),
    ("jeg har taget alle mine piller", "utter_livsfare_nu"),
)
CALM = "hvad må de fortælle mig om min søn?"


class Breakable:
    """The two servers, of which the action server can be killed, frozen and started again."""

    def __init__(self) -> None:
        self.ports = free_ports()
        self.actions = serve.start_actions(self.ports)
        self.rasa = serve.start_rasa(serve.train(), self.ports)
        self.assistant = Assistant(f"http://{serve.HOST}:{self.ports['PORT']}")

    def wait(self) -> None:
        serve.wait_for(self.actions, serve.health_url(self.ports), self._check)
        serve.wait_for(self.rasa, f"{self.assistant.url}/status", self._check)

    def _check(self) -> None:
        assert self.actions.alive and self.rasa.alive

    def kill_actions(self) -> None:
        os.killpg(self.actions.process.pid, signal.SIGKILL)
        assert self.actions.wait(serve.STOP_LIMIT) is not None

    def start_actions(self) -> None:
        self.actions = serve.start_actions(self.ports)
        self.wait()

    def stop(self) -> None:
        self.rasa.stop()
        self.actions.stop()


@pytest.fixture(scope="module")
def servers() -> Iterator[Breakable]:
    both = Breakable()
    try:
        both.wait()
        yield both
    finally:
        both.stop()


@pytest.fixture
def without_actions(servers: Breakable) -> Iterator[Assistant]:
    servers.kill_actions()
    yield servers.assistant
    servers.start_actions()


@pytest.fixture
def frozen_actions(servers: Breakable) -> Iterator[Assistant]:
    """The action server takes requests and never answers."""
    os.killpg(servers.actions.process.pid, signal.SIGSTOP)
    yield servers.assistant
    os.killpg(servers.actions.process.pid, signal.SIGCONT)
    servers.wait()


def sender() -> str:
    return uuid.uuid4().hex


def customs(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [message["custom"] for message in messages if message.get("custom")]


def text_of(messages: list[dict[str, Any]]) -> str:
    return "\n\n".join(message["text"] for message in messages if message.get("text"))


def assert_whole(messages: list[dict[str, Any]]) -> None:
    assert text_of(messages).strip(), messages
    assert len(customs(messages)) == 1, messages


# ---------------------------------------------------------------- the action server is gone


@pytest.mark.parametrize(("text", "name"), URGENT)
def test_an_urgent_answer_needs_no_action_server(text: str, name: str, without_actions: Assistant) -> None:
    reply = without_actions.talk(sender(), text)
    assert_whole(reply)
    assert text_of(reply) == RESPONSES[name][0]["text"]  # all of it
    custom = customs(reply)[0]
    assert (custom["kind"], custom["level"], custom["need"]) == ("urgent", "livsfare", "livsfare_nu")
    assert custom["phones"][0] == "112"


def test_without_the_action_server_the_person_reads_the_fixed_safe_message(
    without_actions: Assistant,
) -> None:
    who = sender()
    wordings = [variation["text"] for variation in RESPONSES["utter_teknisk_fejl"]]
    for number, text in enumerate([CALM, "jeg kan ikke mere", "/hvorfor", "Odense"]):
        reply = without_actions.talk(who, text)
        assert_whole(reply)
        assert text_of(reply) == wordings[number % len(wordings)]
        assert "112" in customs(reply)[0]["phones"]
    # and danger is still seen, in the same talk
    assert customs(without_actions.talk(who, "nu trækker han ikke vejret"))[0]["kind"] == "urgent"


def test_without_the_action_server_the_guide_still_asks_and_stops_for_danger(
    without_actions: Assistant,
) -> None:
    who = sender()
    assert customs(without_actions.talk(who, "/oplys_start_guide"))[0]["kind"] == "question"
    assert customs(without_actions.talk(who, "/nej"))[0]["kind"] == "question"
    urgent = without_actions.talk(who, "min mor trækker ikke vejret")
    assert_whole(urgent)
    assert customs(urgent)[0]["kind"] == "urgent"


def test_when_the_action_server_is_back_answers_come_again(servers: Breakable) -> None:
    who = sender()
    servers.kill_actions()
    assert customs(servers.assistant.talk(who, CALM))[0]["kind"] == "fallback"
    servers.start_actions()
    reply = servers.assistant.talk(who, CALM)
    assert_whole(reply)
    assert customs(reply)[0]["kind"] == "answer"
    assert customs(reply)[0]["items"]


# ---------------------------------------------------------------- many at once

SAID = (
    CALM,
    "min mor trækker ikke vejret",
    "hej",
    "jeg kan ikke mere",
    "asdf qwer",
    "kan man klage?",
    "/oplys_start_guide",
    "nej",
    "Odense",
    "hvad koster CRAFT?",
)


def test_a_burst_from_one_sender_is_answered_in_order_without_loss(servers: Breakable) -> None:
    who = sender()
    sent = [SAID[number % len(SAID)] for number in range(50)]

    def say(place: int) -> list[dict[str, Any]]:
        time.sleep(place * 0.02)  # so that they arrive in the order of the list
        return servers.assistant.talk(who, sent[place])

    with ThreadPoolExecutor(len(sent)) as pool:
        replies = list(pool.map(say, range(len(sent))))
    for text, reply in zip(sent, replies, strict=True):
        assert_whole(reply)
        if text == "min mor trækker ikke vejret":
            assert customs(reply)[0]["kind"] == "urgent"
    assert turns_of(servers.assistant, who) == list(zip(sent, map(text_of, replies), strict=True))


def turns_of(assistant: Assistant, who: str) -> list[tuple[str, str]]:
    """Give what was said and answered, in the order in which the tracker has it."""
    url = f"{assistant.url}/conversations/{who}/tracker?include_events=ALL"
    without_proxy = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with without_proxy.open(url, timeout=30) as answer:
        events = json.load(answer)["events"]
    turns: list[tuple[str, list[str]]] = []
    for event in events:
        if event["event"] == "user":
            turns.append((event["text"], []))
        elif event["event"] == "bot" and event["text"]:
            turns[-1][1].append(event["text"])
    return [(said, "\n\n".join(answered)) for said, answered in turns]


def test_twenty_senders_at_once_get_each_their_own_answers(servers: Breakable) -> None:
    def hold(number: int) -> list[list[dict[str, Any]]]:
        who = sender()
        return [servers.assistant.talk(who, text) for text in SAID[number % 3 :]]

    with ThreadPoolExecutor(20) as pool:
        talks = list(pool.map(hold, range(20)))
    for number, talk in enumerate(talks):
        for reply in talk:
            assert_whole(reply)
        same = talks[number % 3]  # the same talk reads the same, whoever else writes
        assert [(text_of(r), customs(r)) for r in talk] == [(text_of(r), customs(r)) for r in same]


# ---------------------------------------------------------------- the action server hangs


def test_a_hanging_action_server_does_not_hold_up_danger(frozen_actions: Assistant) -> None:
    who = sender()
    begin = time.monotonic()
    with ThreadPoolExecutor() as pool:
        calm = pool.submit(frozen_actions.talk, who, CALM)
        time.sleep(0.5)
        urgent = pool.submit(frozen_actions.talk, who, URGENT[0][0])
        assert customs(calm.result())[0]["kind"] == "fallback"
        assert customs(urgent.result())[0]["kind"] == "urgent"
    assert time.monotonic() - begin < 2 * ACTION_LIMIT  # Rasa alone waits 300 seconds
