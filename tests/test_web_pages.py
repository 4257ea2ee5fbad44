"""The pages and the chat in a real browser, with the trained assistant behind them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator

import pytest
from conftest import Assistant
from playwright.sync_api import BrowserContext, expect, sync_playwright
from web.conftest import ARGUMENTS, CHROMIUM, Chat
from web.mock import BASE

from bot.knowledge import Knowledge
from bot.replies import known_phones

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def context(assistant: Assistant) -> Iterator[BrowserContext]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser.new_context(locale="da-DK")
        browser.close()


@pytest.fixture
def chat(context: BrowserContext, assistant: Assistant) -> Iterator[Chat]:
    faults: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: "Content Security Policy" in line.text and faults.append(line.text))
    page.goto(assistant.url + BASE + "demo")
    yield Chat(page)
    page.close()
    assert faults == []


def answer_to(chat: Chat, text: str) -> str:
    """Say something; give what stands in the log from there on."""
    before = chat.log.inner_text()
    chat.field.fill(text)
    chat.field.press("Enter")
    chat.page.locator('paaroerende-chat[data-state="talk"]').wait_for(state="attached", timeout=20_000)
    return chat.log.inner_text().removeprefix(before)


def test_guided_talk(chat: Chat) -> None:
    chat.open()
    chat.host.get_by_role("group", name="Du kan vælge").get_by_role("button").first.click()
    for _ in range(8):
        chat.in_state("talk")
        if chat.host.get_by_role("article").count():
            break
        group = chat.host.get_by_role("group", name="Du kan vælge")
        if group.count():
            group.get_by_role("button").last.click()
        else:
            answer_to(chat, "min søn på 24 er psykisk syg, og vi bor i Randers")
    cards = chat.host.get_by_role("article")
    assert 1 <= cards.count() <= 3
    expect(cards.first).to_contain_text("Sådan gør du:")
    expect(cards.first.get_by_text("kilder")).to_be_visible()


def test_urgent_talk_and_every_number_is_known(chat: Chat, knowledge: Knowledge) -> None:
    chat.open()
    assert "112" in answer_to(chat, "min mor har taget en overdosis og trækker ikke vejret")
    expect(chat.host.locator(".urgent").get_by_role("link", name="Ring 112", exact=True)).to_be_visible()
    answer_to(chat, "jeg er så træt, jeg har brug for at tale med nogen")
    expect(chat.host.get_by_role("article").last).to_be_visible()
    known = {phone.replace(" ", "") for phone in known_phones(knowledge)}
    links = chat.host.locator('a[href^="tel:"], a[href^="sms:"]').evaluate_all(
        "all => all.map(a => a.pathname)"
    )
    assert links and set(links) <= known


def test_reasons_votes_reload_and_deletion(chat: Chat, assistant: Assistant) -> None:
    chat.open()
    answer_to(chat, "hvad må de fortælle mig, når han ikke har sagt ja?")
    chat.button("Ja, det hjalp").click()
    expect(chat.host.locator(".vote")).to_contain_text("Tak.")
    chat.button("Hvorfor?").click()
    expect(chat.log).to_contain_text("Kilde")
    chat.page.reload()
    chat.in_state("talk")
    answer_to(chat, "tak")
    token = json.loads(chat.page.evaluate("sessionStorage['paaroerende-chat']"))["token"]
    chat.button("Menu").click()
    chat.button("Slet samtalen").click()
    chat.button("Ja, slet den").click()
    expect(chat.log).to_contain_text("slettet, både her og på serveren")
    request = urllib.request.Request(
        assistant.url + BASE + "messages",
        json.dumps({"text": "hej"}).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(request)


def test_the_statement_is_served(chat: Chat) -> None:
    chat.page.get_by_role("link", name="Tilgængelighedserklæring").click()
    expect(chat.page.get_by_role("heading", name="Tilgængelighedserklæring")).to_be_visible()
    assert chat.page.evaluate("getComputedStyle(document.body).margin") == "0px"  # the style came with it
