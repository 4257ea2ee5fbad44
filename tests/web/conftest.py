"""A real browser, a server that obeys the test, and the chat as a person uses it."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from web.mock import BASE, Mock

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
NEUTRAL = "/neutral"
SAYING = {"talk": "hej", "menu": "skridt", "asked": "hej", "deleted": "hej"}  # what brings a chat to a state
SAYING |= {"urgent": "kniv", "steps": "skridt", "answer": "tavshedspligt"}
STATES = ("closed", "start", "waiting", "failed", "down", *SAYING)
FALLBACK = (
    '<p>Er der fare for liv, så ring <a href="tel:112">112</a>.</p>'
    '<p>Livslinien: <a href="tel:70201201">70 201 201</a></p>'
)
expect.set_options(timeout=5000)


@dataclass
class Chat:
    """The chat on a page."""

    page: Page

    @property
    def host(self) -> Locator:
        return self.page.locator("paaroerende-chat")

    @property
    def log(self) -> Locator:
        return self.host.locator("[role=log]")

    @property
    def field(self) -> Locator:
        return self.host.get_by_label("Skriv her")

    @property
    def trouble(self) -> Locator:
        return self.host.get_by_role("alert")

    def button(self, name: str) -> Locator:
        return self.host.get_by_role("button", name=name, exact=True).locator("visible=true")

    def open(self) -> Chat:
        self.button("Chat for pårørende").click()
        self.in_state("start")
        self.log.get_by_text("112").first.wait_for(state="attached", timeout=5000)
        return self

    def say(self, text: str, state: str | None = "talk") -> Chat:
        self.field.fill(text)
        self.field.press("Enter")
        return self.in_state(state) if state else self

    def in_state(self, state: str) -> Chat:
        # this waits for the next frame, where expect() would look again after 100, 250, 500 ms
        self.page.locator(f'paaroerende-chat[data-state="{state}"]').wait_for(state="attached", timeout=5000)
        return self

    def bring_to(self, state: str, mock: Mock) -> Chat:
        """Bring a closed chat to a state."""
        if state == "closed":
            return self
        if state == "down":
            mock.refusal = (503, {})
            self.button("Chat for pårørende").click()
            return self.in_state("down")
        self.open()
        if state in SAYING:
            self.say(SAYING[state])
        if state == "waiting":
            mock.delay = 3
            self.say("hej", "waiting")
        if state == "failed":
            mock.refusal = (500, {})
            self.say("hej", "failed")
        if state in ("menu", "asked", "deleted"):
            self.button("Menu").click()
        if state in ("asked", "deleted"):
            self.button("Slet samtalen").click()
        if state == "deleted":
            self.button("Ja, slet den").click()
            self.in_state("deleted")
            self.button("Begynd en ny samtale").wait_for()
        return self

    def stored(self) -> str:
        return self.page.evaluate(
            "JSON.stringify(sessionStorage) + JSON.stringify(localStorage) + document.cookie"
        )


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def mock() -> Iterator[Mock]:
    server = Mock()
    server.start()
    server.pages[NEUTRAL] = ("<title>Vejret</title><p>Sol</p>", None)
    yield server
    server.stop()


def host_page(server: Mock, attributes: dict[str, str] | None = None, inside: str = FALLBACK) -> str:
    """Write a page that embeds the chat of a server."""
    given = {"exit": server.url + NEUTRAL} | (attributes or {})
    written = " ".join(f'{name}="{html.escape(value)}"' for name, value in given.items())
    return (
        '<!doctype html><html lang="da"><head><meta charset="utf-8"><title>Side</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"></head>'
        f"<body><main><h1>En side</h1><p>Her står noget.</p>"
        f"<paaroerende-chat {written}>{inside}</paaroerende-chat>"
        f'<script src="{server.url}{BASE}widget.js" defer></script></main></body></html>'
    )


@pytest.fixture
def visit(browser: Browser, mock: Mock) -> Iterator[Callable[..., Chat]]:
    """Open a page in a new context: an address, or a page that is written with these attributes."""
    faults: list[str] = []
    contexts = []

    def _visit(
        address: str | None = None,
        attributes: dict[str, str] | None = None,
        inside: str = FALLBACK,
        **options: Any,
    ) -> Chat:
        if address is None:
            mock.pages["/side"] = (host_page(mock, attributes, inside), None)
            address = mock.url + "/side"
        context = browser.new_context(locale="da-DK", **options)
        contexts.append(context)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        page = context.new_page()
        page.on("console", lambda line: "Content Security Policy" in line.text and faults.append(line.text))
        page.goto(address)
        return Chat(page)

    yield _visit
    for context in contexts:
        context.close()
    assert faults == []
