"""The chat on a slow telephone line: the numbers are there before the chat is, and nothing is lost."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from web.conftest import Chat
from web.mock import BASE, Mock

# As Chrome's developer tools have it: "Slow 3G".
LATENCY = 2000  # ms a call
BYTES = 50_000  # a second


@pytest.fixture
def slow(visit: Callable[..., Chat], mock: Mock) -> Chat:
    """A page that is loaded over a slow line."""
    chat = visit(mock.url + "/neutral")
    line = chat.page.context.new_cdp_session(chat.page)
    line.send("Network.enable")
    conditions = {
        "offline": False,
        "latency": LATENCY,
        "downloadThroughput": BYTES,
        "uploadThroughput": BYTES,
    }
    line.send("Network.emulateNetworkConditions", conditions)
    return chat


def test_the_numbers_do_not_wait_for_the_script(slow: Chat, mock: Mock) -> None:
    slow.page.goto(f"{mock.url}{BASE}demo", wait_until="commit")
    expect(slow.page.get_by_role("link", name="112").first).to_be_visible()


def test_a_talk_takes_its_time_and_loses_nothing(slow: Chat, mock: Mock) -> None:
    slow.page.goto(f"{mock.url}{BASE}demo", wait_until="commit")
    slow.button("Chat for pårørende").click(timeout=20_000)
    began = time.monotonic()
    slow.field.fill("kniv")
    slow.field.press("Enter")  # before the greeting has come
    slow.page.locator('paaroerende-chat[data-state="talk"]').wait_for(state="attached", timeout=20_000)
    assert time.monotonic() - began < 12
    expect(slow.log.get_by_role("link", name="Ring 112").first).to_be_visible()
    assert mock.said().count({"text": "kniv"}) == 1
