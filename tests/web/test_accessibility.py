"""What can be measured of WCAG 2.2 AA in a real browser. Screen readers have to be tried by people."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from web.conftest import STATES, Chat
from web.mock import BASE, Mock

Visit = Callable[..., Chat]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIZES = {"narrow": {"width": 320, "height": 640}, "desktop": {"width": 1280, "height": 900}}
SMALLEST_TARGET = 24  # CSS pixels


def violations(page: Page) -> list[str]:
    """Let axe look at the whole page."""
    found = Axe().run(
        page, options={"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
    )
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


def small_targets(chat: Chat) -> list[Any]:
    """Give the controls of the chat that are too small to hit; links inside a sentence may be."""
    return chat.host.evaluate(
        """(host, least) => [...host.shadowRoot.querySelectorAll('a, button, summary, textarea')]
            .filter(node => node.checkVisibility())
            .filter(node => node.tagName !== 'A' || getComputedStyle(node).display !== 'inline')
            .map(node => [node.textContent, node.getBoundingClientRect()])
            .filter(([, box]) => box.width < least || box.height < least)
            .map(([text]) => text)""",
        SMALLEST_TARGET,
    )


def sideways(page: Page) -> list[Any]:
    """Give what reaches beyond the width of the window, or can be scrolled sideways."""
    return page.evaluate(
        """() => {
            const host = document.querySelector('paaroerende-chat');
            const all = [document.scrollingElement, ...host.shadowRoot.querySelectorAll('*')];
            return all.filter(node => node.checkVisibility() && !node.closest?.('.sr, svg'))
                .filter(node => node.getBoundingClientRect().right > innerWidth + 1
                    || (node.scrollWidth > node.clientWidth + 1 && node.clientWidth
                        && getComputedStyle(node).display !== 'inline'))
                .map(node => `${node.tagName}.${node.className} ${node.scrollWidth}>${node.clientWidth}`);
        }"""
    )


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing_in_any_state_and_112_can_be_rung(
    visit: Visit, mock: Mock, state: str, size: str
) -> None:
    chat = visit(mock.url + BASE + "demo", viewport=SIZES[size]).bring_to(state, mock)
    chat.host.locator("summary").evaluate_all("all => all.forEach(node => node.parentNode.open = true)")
    for scheme in ("light", "dark"):
        chat.page.emulate_media(color_scheme=scheme)
        assert violations(chat.page) == [], scheme
    assert small_targets(chat) == []
    assert chat.host.locator('a.danger[href="tel:112"]').locator("visible=true").count() >= 1
    if size == "narrow":
        assert sideways(chat.page) == []


@pytest.mark.parametrize("options", [{"forced_colors": "active"}, {"reduced_motion": "reduce"}], ids=str)
def test_axe_finds_nothing_inline_and_with_other_settings(
    visit: Visit, mock: Mock, options: dict[str, str]
) -> None:
    chat = visit(attributes={"position": "inline"}, **options).bring_to("urgent", mock).say("skridt")
    assert violations(chat.page) == []


@pytest.mark.parametrize("state", ["start", "down"])
def test_axe_finds_nothing_in_the_dark_on_a_light_page(visit: Visit, mock: Mock, state: str) -> None:
    chat = visit(color_scheme="dark")
    chat.page.add_style_tag(content="body { background: #fff } p { color: #333 } a { color: #003d73 }")
    assert violations(chat.page) == []
    chat.bring_to(state, mock)
    assert violations(chat.page) == []
    colour = "p => getComputedStyle(p).color"
    assert chat.page.get_by_text("Livslinien").evaluate(colour) == "rgb(237, 242, 245)"
    chat.button("Luk").click()
    assert chat.page.get_by_text("Livslinien").evaluate(colour) == "rgb(51, 51, 51)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ["tilgaengelighed", "demo"])
def test_axe_finds_nothing_on_the_pages(visit: Visit, mock: Mock, page: str, scheme: str) -> None:
    chat = visit(mock.url + BASE + page, color_scheme=scheme, viewport=SIZES["narrow"])
    assert violations(chat.page) == []
    assert chat.page.evaluate("document.scrollingElement.scrollWidth") <= 320


@pytest.mark.parametrize(
    "viewport", [{"width": 640, "height": 360}, {"width": 320, "height": 256}], ids=["zoom 200", "zoom 400"]
)
def test_zoom(visit: Visit, mock: Mock, viewport: dict[str, int]) -> None:
    chat = visit(mock.url + BASE + "demo", viewport=viewport).bring_to("steps", mock)
    assert sideways(chat.page) == []
    expect(chat.host.get_by_role("article").first).to_be_in_viewport()
    expect(chat.button("Forlad siden hurtigt")).to_be_in_viewport()  # it sticks while the talk scrolls
    chat.button("Menu").focus()
    chat.field.focus()
    expect(chat.field).to_be_in_viewport()


def test_text_that_grows_to_twice_its_size_stays_readable(visit: Visit, mock: Mock) -> None:
    chat = visit(viewport={"width": 640, "height": 900})
    chat.page.add_style_tag(content="html { font-size: 200% }")
    chat.bring_to("steps", mock)
    assert sideways(chat.page) == []


def test_a_whole_talk_with_the_keyboard_alone(visit: Visit, mock: Mock) -> None:
    chat = visit()
    keys = chat.page.keyboard
    tab_to(chat, "Chat for pårørende")
    keys.press("Enter")
    chat.in_state("start")
    expect(chat.field).to_be_focused()
    keys.type("skridt")
    keys.press("Enter")
    chat.in_state("talk")
    expect(chat.field).to_be_focused()
    tab_to(chat, "Find det, der passer til mig", "Shift+Tab")
    keys.press("Enter")
    expect(chat.button("Min partner")).to_be_visible()
    expect(chat.field).to_be_focused()
    tab_to(chat, "Menu", "Shift+Tab")
    keys.press("Enter")
    expect(chat.button("Slet samtalen")).to_be_visible()
    keys.press("Escape")
    expect(chat.button("Slet samtalen")).to_have_count(0)
    expect(chat.button("Menu")).to_be_focused()
    keys.press("Enter")
    tab_to(chat, "Slet samtalen")
    keys.press("Enter")
    expect(chat.button("Ja, slet den")).to_be_focused()
    keys.press("Enter")
    expect(chat.button("Begynd en ny samtale")).to_be_focused()
    keys.press("Escape")
    chat.in_state("closed")
    expect(chat.button("Chat for pårørende")).to_be_focused()


def tab_to(chat: Chat, name: str, key: str = "Tab") -> None:
    """Press Tab until a button has the focus; each stop on the way shows its focus and can be seen."""
    for _ in range(25):
        chat.page.keyboard.press(key)
        stop = chat.host.evaluate(
            """host => { const node = host.shadowRoot.activeElement; if (!node) return null;
                const box = node.getBoundingClientRect();
                const x = box.x + box.width / 2, y = box.y + Math.min(box.height / 2, 20);
                const top = host.shadowRoot.elementFromPoint(x, y);
                return {text: node.textContent, outline: parseFloat(getComputedStyle(node).outlineWidth),
                        seen: Boolean(top && (node.contains(top) || top.contains(node)))}; }"""
        )
        if stop:
            assert stop["outline"] >= 2 and stop["seen"], stop
        if stop and stop["text"] == name:
            return
    raise AssertionError(f"{name} cannot be reached with {key}")


def test_on_a_narrow_screen_the_focus_stays_in_the_chat(visit: Visit, mock: Mock) -> None:
    chat = visit(mock.url + BASE + "demo", viewport=SIZES["narrow"]).open()
    for _ in range(15):
        chat.page.keyboard.press("Tab")
        assert chat.page.evaluate(
            "['PAAROERENDE-CHAT', 'BODY', 'A'].includes(document.activeElement.tagName)"
        )
        on_page = chat.page.evaluate("!!document.activeElement.closest('footer, header')")
        assert not on_page


def test_after_a_choice_the_phone_does_not_call_up_its_keyboard(visit: Visit, mock: Mock) -> None:
    chat = visit(mock.url + BASE + "demo", viewport=SIZES["narrow"], has_touch=True, is_mobile=True)
    chat.button("Chat for pårørende").tap()
    chat.in_state("start")
    expect(chat.field).not_to_be_focused()
    chat.button("Find det, der passer til mig").tap()
    expect(chat.button("Min partner")).to_be_visible()
    expect(chat.field).not_to_be_focused()


def test_crossing_the_narrow_width_keeps_the_chat_open(visit: Visit, mock: Mock) -> None:
    chat = visit(viewport=SIZES["desktop"]).open().say("hej")
    chat.page.set_viewport_size({"width": 320, "height": 640})
    expect(chat.field).to_be_focused()
    chat.page.set_viewport_size({"width": 1280, "height": 900})
    expect(chat.field).to_be_focused()
    chat.say("skridt")


def test_forced_colours_keep_the_frames(visit: Visit, mock: Mock) -> None:
    chat = visit(forced_colors="active").bring_to("urgent", mock)
    widths = chat.host.locator(".urgent").evaluate("node => getComputedStyle(node).borderLeftWidth")
    assert float(widths.removesuffix("px")) > 5
    assert chat.button("Send").evaluate("node => getComputedStyle(node).borderTopStyle") == "solid"


def test_reduced_motion_stops_all_motion(visit: Visit, mock: Mock) -> None:
    chat = visit(reduced_motion="reduce").bring_to("waiting", mock)
    assert chat.host.evaluate("host => host.shadowRoot.getAnimations().length") == 0


def test_language_is_danish(visit: Visit, mock: Mock) -> None:
    mock.pages["/en"] = (
        f'<html lang="en"><title>x</title><p>Text</p><script src="{BASE}widget.js"></script>',
        None,
    )
    chat = visit(mock.url + "/en").open()
    assert chat.field.evaluate("node => node.closest('[lang]').lang") == "da"
    assert chat.button("Luk").evaluate("node => node.closest('[lang]').lang") == "da"
