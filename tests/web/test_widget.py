"""The chat in a real browser, against a server that obeys the test."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from web.conftest import NEUTRAL, Chat, host_page
from web.mock import BASE, STAY, Mock
from web.samples import CARDS, URGENT, message

Visit = Callable[..., Chat]


# ---------------------------------------------------------------- before the first word


def test_before_a_word_is_written_it_says_what_it_is(visit: Visit) -> None:
    chat = visit().in_state("closed").open()
    for words in ("For dig", "maskine", "anonym", "slettet", "Forlad siden hurtigt", "historik"):
        expect(chat.host.get_by_text(words).locator("visible=true").first).to_be_visible()
    expect(chat.host.get_by_role("link", name="70 201 201")).to_be_visible()
    expect(chat.field).to_be_focused()


def test_nothing_is_sent_before_the_chat_is_opened(visit: Visit, mock: Mock) -> None:
    visit().in_state("closed")
    assert mock.calls == []


def test_without_an_element_the_script_makes_one(visit: Visit, mock: Mock) -> None:
    mock.pages["/tom"] = (f'<title>x</title><p>Tekst</p><script src="{BASE}widget.js"></script>', None)
    chat = visit(mock.url + "/tom").open()
    expect(chat.host.get_by_text("lægevagten").locator("visible=true").first).to_be_visible()


# ---------------------------------------------------------------- talking


def test_guided_talk_by_its_buttons(visit: Visit, mock: Mock) -> None:
    chat = visit().open()
    chat.button("Find det, der passer til mig").click()
    chat.button("Min søn eller datter").click()
    cards = chat.host.get_by_role("article")
    expect(cards).to_have_count(2)
    first, second = cards.nth(0), cards.nth(1)
    expect(first).to_contain_text("1. Akutsamtalen")
    for words in ("Det passer til dig", "Sådan gør du", "Pris: gratis", "Skal din kære sige ja?"):
        expect(first).to_contain_text(words)
    expect(second.get_by_role("link", name="Ring 70 23 27 50")).to_have_attribute("href", "tel:70232750")
    expect(second).to_contain_text("Er der fare for liv, så ring 112")
    second.locator("summary").click()
    expect(second.locator("details")).to_contain_text("SIND Rådgivning, SIND")
    expect(second.locator("summary")).to_contain_text("set 18.8.2026")
    expect(chat.log.get_by_text("En samtale med en rådgiver.", exact=True)).to_have_count(
        0
    )  # the card says it
    assert mock.said() == [{"choice": "/oplys_start_guide"}, {"choice": "/barn"}]


def test_choices_go_away_with_their_turn(visit: Visit) -> None:
    chat = visit().open()
    chat.button("Find det, der passer til mig").click()
    expect(chat.button("Min partner")).to_be_visible()
    chat.say("tavshedspligt")
    expect(chat.button("Min partner")).to_have_count(0)
    expect(chat.button("Ja")).to_be_visible()


def test_urgent_answer_stands_out_and_can_be_rung(visit: Visit) -> None:
    chat = visit().open().say("han har en kniv")
    urgent = chat.host.locator(".urgent")
    expect(urgent).to_contain_text("Det haster")
    expect(urgent.get_by_role("link", name="Ring 112")).to_be_in_viewport()
    expect(urgent.get_by_role("link", name="Ring 70 11 31 31")).to_have_attribute("href", "tel:70113131")
    expect(chat.host.get_by_text("Hjalp svaret?")).to_have_count(0)


def test_text_is_laid_out_and_only_known_numbers_are_links(visit: Visit, mock: Mock) -> None:
    lines = "Linje\nLinje to. Ring ikke 12 34 56 78. Sms 54 54 12 45. Ikke 112-3."
    text = "Ring 70 11 31 31.\n\n- et\n- to\n\n" + lines
    mock.script = [[message(text, phones=["70 11 31 31", "54 54 12 45", "112"])]]
    chat = visit().open().say("hej")
    said = chat.log.locator(".said").last
    assert said.locator("a").evaluate_all("all => all.map((a) => a.getAttribute('href'))") == [
        "tel:70113131",
        "sms:54541245",
    ]
    expect(said.locator("li")).to_have_text(["et", "to"])
    expect(said.locator("br")).to_have_count(1)


def test_why_and_vote(visit: Visit, mock: Mock) -> None:
    chat = visit().open().say("skridt")
    chat.button("Ja, det hjalp").click()
    expect(chat.host.locator(".vote")).to_contain_text("Tak.")
    assert mock.calls[-1] == ("POST", "votes", {"vote": "up", "kind": "steps", "need": "paaroerende_i_krise"})
    chat.button("Hvorfor?").click()
    expect(chat.log).to_contain_text("Her er det, jeg bygger på")
    assert mock.said()[-1] == {"choice": "/hvorfor"}
    expect(chat.button("Hvorfor?")).to_have_count(0)
    mock.refusal = (500, {})
    chat.button("Nej, det hjalp ikke").click()
    expect(chat.host.get_by_text("Det kom ikke frem.").first).to_be_visible()


def test_enter_sends_and_shift_enter_makes_a_line(visit: Visit, mock: Mock) -> None:
    chat = visit().open()
    chat.field.press_sequentially("et")
    chat.field.press("Shift+Enter")
    chat.field.press_sequentially("to")
    chat.field.press("Enter")
    chat.in_state("talk")
    expect(chat.field).to_have_value("")
    expect(chat.field).to_be_focused()
    assert mock.said() == [{"text": "et\nto"}]
    chat.say("   ", state=None)
    assert len(mock.said()) == 1


def test_long_text_is_counted_and_still_sent(visit: Visit, mock: Mock) -> None:
    chat = visit().open()
    chat.field.fill("a" * 800)
    expect(chat.host.locator("#count")).to_be_hidden()
    chat.field.fill("a" * 1201)
    expect(chat.host.locator("#count")).to_contain_text("1201 tegn")
    chat.field.press("Enter")
    chat.in_state("talk")
    assert len(mock.said()[0]["text"]) == 1201


def test_what_is_sent_while_waiting_goes_out_after_the_answer(visit: Visit, mock: Mock) -> None:
    mock.delay = 0.5
    chat = visit().open().say("hej", "waiting").say("han har en kniv", "waiting")
    expect(chat.host.locator(".urgent")).to_be_visible()
    assert mock.said() == [{"text": "hej"}, {"text": "han har en kniv"}]


def test_only_new_text_is_announced(visit: Visit, mock: Mock) -> None:
    chat = visit().open().say("hej")
    expect(chat.log).to_have_attribute("aria-live", "polite")
    chat.log.evaluate(
        """log => { window.added = []; window.other = 0;
            new MutationObserver(all => all.forEach(change => {
                window.other += change.removedNodes.length + (change.type !== 'childList');
                change.addedNodes.forEach(node => window.added.push(node.textContent));
            })).observe(log, {childList: true, subtree: true, characterData: true, attributes: true}); }"""
    )
    chat.host.get_by_role("status").evaluate(
        """status => { window.announced = []; new MutationObserver(
            () => status.textContent && window.announced.push(status.textContent)
        ).observe(status, {childList: true}); }"""
    )
    mock.delay = 0.3
    chat.say("skridt")
    added = chat.page.evaluate("window.added")
    assert len(added) == 2 and "skridt" in added[0] and "Akutsamtalen" in added[1]
    assert chat.page.evaluate("window.other") == 0
    assert chat.page.evaluate("window.announced") == ["Jeg finder et svar. Vent lidt."]


def test_slow_answer_says_so_and_shows_112(visit: Visit, mock: Mock) -> None:
    mock.pages["/side"] = (host_page(mock), None)
    chat = visit(mock.url + NEUTRAL)
    chat.page.clock.install()
    chat.page.goto(mock.url + "/side")
    chat.open()
    mock.delay = 8
    chat.say("hej", "waiting")
    chat.page.clock.fast_forward(6500)
    expect(chat.host.get_by_role("status")).to_contain_text("ring 112")
    chat.page.clock.fast_forward(9000)  # 15 seconds in all
    chat.in_state("failed")
    expect(chat.field).to_have_value("hej")


# ---------------------------------------------------------------- failures


def test_server_killed_and_back(visit: Visit, mock: Mock) -> None:
    chat = visit().open().say("hej")
    mock.stop()
    chat.say("min søn er væk", "failed")
    expect(chat.field).to_have_value("min søn er væk")
    expect(chat.trouble).to_contain_text("ring 112")
    expect(chat.trouble.get_by_role("link", name="112")).to_be_visible()
    expect(chat.host.get_by_role("link", name="70 201 201")).to_be_in_viewport()
    mock.start()
    chat.button("Send igen").click()
    chat.in_state("talk")
    expect(chat.log).to_contain_text("min søn er væk")
    expect(chat.trouble).to_be_hidden()
    assert mock.said()[-1] == {"text": "min søn er væk"}


def test_server_down_from_the_beginning(visit: Visit, mock: Mock) -> None:
    mock.refusal = (503, {})
    chat = visit()
    chat.button("Chat for pårørende").click()
    chat.in_state("down")
    expect(chat.host.get_by_role("link", name="70 201 201")).to_be_in_viewport()
    chat.say("hjælp", "down")
    expect(chat.field).to_have_value("hjælp")
    mock.refusal = None
    chat.button("Send igen").click()
    chat.in_state("talk")
    assert mock.said() == [{"text": "hjælp"}]


def test_choice_that_fails_can_be_sent_again(visit: Visit, mock: Mock) -> None:
    chat = visit().open()
    mock.refusal = (500, {})
    chat.button("Find det, der passer til mig").click()
    chat.in_state("failed")
    mock.refusal = None
    chat.button("Send igen").click()
    expect(chat.button("Min partner")).to_be_visible()


def test_what_is_typed_meanwhile_is_not_lost(visit: Visit, mock: Mock) -> None:
    chat = visit().open()
    mock.delay, mock.refusal, mock.refused_paths = 0.3, (500, {}), ()
    chat.field.fill("først")
    chat.field.press("Enter")
    chat.field.press_sequentially("så", delay=1)
    chat.in_state("failed")
    assert set(chat.field.input_value().split("\n")) == {"først", "så"}


def test_worthless_token_begins_anew_and_sends_again(visit: Visit, mock: Mock) -> None:
    chat = visit().open().say("hej")
    mock.tokens.clear()
    chat.say("han har en kniv")
    expect(chat.host.locator(".urgent")).to_be_visible()
    expect(chat.log).to_contain_text("udløbet")
    assert mock.said()[-2:] == [{"text": "han har en kniv"}] * 2
    assert mock.paths().count("conversations") == 2
    assert mock.paths("DELETE") == ["conversation"]  # what is left of the old one


def test_a_new_talk_is_told_only_once_it_has_begun(visit: Visit, mock: Mock) -> None:
    chat = visit().open().say("hej")
    mock.tokens.clear()
    mock.refusal, mock.refused_paths = (503, {}), ("conversations",)
    chat.field.fill("hej igen")
    chat.field.press("Enter")
    chat.button("Send igen").wait_for()
    expect(chat.log).not_to_contain_text("udløbet")
    mock.refusal = None
    chat.button("Send igen").click()
    chat.in_state("talk")
    expect(chat.field).to_have_value("")


@pytest.mark.parametrize(
    ("status", "again"), [(400, False), (413, False), (408, True), (429, True), (500, True), (502, True)]
)
def test_refusals_show_the_sentence_of_the_server(visit: Visit, mock: Mock, status: int, again: bool) -> None:
    chat = visit().open()
    mock.refusal = (status, {"error": "Skriv lidt kortere.", "phones": ["112", "70 201 201"]})
    chat.say("hej", "failed")
    expect(chat.trouble).to_contain_text("Skriv lidt kortere.")
    expect(chat.trouble.get_by_role("link", name="Ring 70 201 201")).to_be_visible()
    expect(chat.button("Send igen")).to_have_count(int(again))
    expect(chat.field).to_have_value("hej")


ODD = [{}, {"messages": "x"}, {"messages": [None, 3, {}]}, {"messages": [{"text": 7}]}]


@pytest.mark.parametrize("body", ODD)
def test_odd_answers_lose_nothing(visit: Visit, mock: Mock, body: dict[str, Any]) -> None:
    chat = visit().open()
    mock.refusal, mock.refused_paths = (200, body), ("messages",)
    chat.say("hej", "failed")
    expect(chat.field).to_have_value("hej")
    expect(chat.host.get_by_role("link", name="70 201 201")).to_be_in_viewport()
    mock.refusal = None
    chat.button("Send igen").click()
    chat.in_state("talk")


def test_choice_whose_answer_was_lost_goes_out_as_text(visit: Visit, mock: Mock) -> None:
    chat = visit().open()
    mock.refusal, mock.refused_paths = (500, {}), ("messages",)
    chat.button("Find det, der passer til mig").click()
    chat.in_state("failed")
    mock.refusal, mock.over = None, {"/oplys_start_guide"}
    chat.button("Send igen").click()
    chat.in_state("talk")
    assert mock.said()[-2:] == [{"choice": "/oplys_start_guide"}, {"text": "Find det, der passer til mig"}]


def test_what_was_sent_can_be_deleted_though_its_answer_was_lost(visit: Visit, mock: Mock) -> None:
    chat = visit().open()
    mock.refusal, mock.refused_paths = (500, {}), ("messages",)
    chat.say("hej", "failed")
    delete(chat)
    expect(chat.log).to_contain_text("både her og på serveren")
    assert mock.tokens == set()


def test_refused_beginning_shows_the_sentence_of_the_server(visit: Visit, mock: Mock) -> None:
    mock.refusal = (429, {"error": "Vent et minut.", "phones": ["112", "70 201 201"]})
    chat = visit()
    chat.button("Chat for pårørende").click()
    chat.in_state("down")
    expect(chat.trouble).to_contain_text("Vent et minut.")
    expect(chat.trouble.get_by_role("link", name="Ring 70 201 201")).to_be_visible()
    mock.refusal = None
    chat.button("Prøv igen").click()
    chat.in_state("start")


def test_double_click_is_one_vote(visit: Visit, mock: Mock) -> None:
    chat = visit().open().say("skridt")
    chat.button("Ja, det hjalp").dblclick()
    expect(chat.host.locator(".vote")).to_contain_text("Tak.")
    assert mock.paths().count("votes") == 1


# ---------------------------------------------------------------- deleting and leaving


def delete(chat: Chat) -> None:
    chat.button("Menu").click()
    chat.button("Slet samtalen").click()
    chat.button("Ja, slet den").click()
    chat.in_state("deleted")


def test_deletion_wipes_both_ends(visit: Visit, mock: Mock) -> None:
    chat = visit().open().say("min hemmelighed")
    chat.button("Menu").click()
    chat.button("Slet samtalen").click()
    chat.button("Nej, behold den").click()
    expect(chat.log).to_contain_text("min hemmelighed")
    delete(chat)
    expect(chat.log).to_contain_text("slettet")
    assert "hemmelighed" not in chat.log.inner_text() and "hemmelighed" not in chat.stored()
    assert mock.tokens == set() and "token" not in chat.stored()
    chat.button("Begynd en ny samtale").click()
    chat.in_state("start").say("hej")


def test_deletion_without_a_server_says_what_is_true(visit: Visit, mock: Mock) -> None:
    chat = visit().open().say("min hemmelighed")
    mock.stop()
    delete(chat)
    expect(chat.log).to_contain_text("serveren svarede ikke")
    assert "hemmelighed" not in chat.stored() and mock.tokens
    mock.start()
    chat.button("Prøv igen").click()
    expect(chat.log).to_contain_text("både her og på serveren")
    assert mock.tokens == set()


def test_after_deletion_no_talk_begins_by_itself(visit: Visit, mock: Mock) -> None:
    chat = visit().open().say("hej")
    delete(chat)
    expect(chat.button("Begynd en ny samtale")).to_be_visible()
    chat.button("Luk").click()
    chat.button("Chat for pårørende").click()
    chat.in_state("deleted")
    expect(chat.button("Begynd en ny samtale")).to_be_visible()
    assert mock.paths().count("conversations") == 1


def test_deletion_that_the_server_does_not_know_of_says_what_is_true(visit: Visit, mock: Mock) -> None:
    chat = visit().open().say("hej")
    mock.tokens.clear()
    delete(chat)
    expect(chat.log).to_contain_text("Serveren kender den ikke")


def test_deletion_that_takes_time_says_so_and_yields_to_the_exit(visit: Visit, mock: Mock) -> None:
    chat = visit(attributes={"exit": mock.url + STAY}).open().say("hej")
    mock.delay, mock.slow_methods = 0.5, ("DELETE",)
    delete(chat)
    expect(chat.host.get_by_role("status")).to_have_text("Sletter samtalen. Vent lidt.")
    assert chat.host.evaluate("host => host.shadowRoot.activeElement.className") == "talk"
    for _ in range(3):
        chat.page.keyboard.press("Shift")
    chat.page.wait_for_timeout(900)
    assert chat.log.text_content() == ""


def test_failed_deletion_is_tried_again_at_restart(visit: Visit, mock: Mock) -> None:
    chat = visit().open().say("hej")
    mock.refusal, mock.refused_paths = (500, {}), ("conversation",)
    delete(chat)
    chat.button("Prøv igen").wait_for()
    mock.refusal = None
    chat.button("Begynd en ny samtale").click()
    wait_for(chat, lambda: mock.tokens == {"token-2"})


@pytest.mark.parametrize("how", ["button", "shift"])
def test_quick_exit(visit: Visit, mock: Mock, how: str) -> None:
    mock.pages["/foer"] = ("<title>Før</title><p>Før</p>", None)
    chat = visit(mock.url + "/foer")
    mock.pages["/side"] = (host_page(mock), None)
    chat.page.goto(mock.url + "/side")
    chat.open().say("min hemmelighed")
    if how == "button":
        chat.button("Forlad siden hurtigt").click()
    else:
        for _ in range(3):
            chat.page.keyboard.press("Shift")
    chat.page.wait_for_url("**" + NEUTRAL)
    assert "hemmelighed" not in chat.stored() and "token" not in chat.stored()
    wait_for(chat, lambda: mock.tokens == set())
    chat.page.go_back()
    assert chat.page.url.endswith("/foer")
    chat.page.goto(mock.url + "/side")
    chat.in_state("closed")
    assert "hemmelighed" not in chat.log.text_content()


def wait_for(chat: Chat, holds: Callable[[], bool]) -> None:
    for _ in range(50):
        if holds():
            return
        chat.page.wait_for_timeout(40)
    raise AssertionError("it did not happen")


def test_quick_exit_hides_all_before_the_other_page_comes(visit: Visit, mock: Mock) -> None:
    chat = visit(attributes={"exit": mock.url + STAY}).open().say("min hemmelighed")
    chat.button("Forlad siden hurtigt").click(no_wait_after=True)
    wait_for(chat, lambda: chat.page.locator("main").is_hidden())
    assert chat.page.title() == "…"
    assert "hemmelighed" not in chat.log.text_content() and "hemmelighed" not in chat.stored()
    # a page from the browser's memory is shown as it was left
    chat.page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    expect(chat.page.locator("main")).to_be_visible()
    chat.in_state("closed")


def test_an_answer_that_comes_after_the_exit_is_not_kept(visit: Visit, mock: Mock) -> None:
    mock.delay = 0.4
    chat = visit(attributes={"exit": mock.url + STAY}).open()
    chat.say("skridt", "waiting")
    chat.button("Forlad siden hurtigt").click(no_wait_after=True)
    chat.page.wait_for_timeout(700)
    assert chat.log.text_content() == "" and "skridt" not in chat.stored()


def test_shift_that_writes_a_capital_or_comes_late_does_not_leave(visit: Visit, mock: Mock) -> None:
    mock.pages["/side"] = (host_page(mock), None)
    chat = visit(mock.url + NEUTRAL)
    chat.page.clock.install()
    chat.page.goto(mock.url + "/side")
    chat.open()
    for _ in range(4):
        chat.page.keyboard.press("Shift+A")
    chat.page.keyboard.press("Shift")
    chat.page.keyboard.press("Shift")
    expect(chat.host.get_by_role("status")).to_contain_text("én gang mere")
    chat.page.clock.fast_forward(5500)
    chat.page.keyboard.press("Shift")
    chat.page.keyboard.press("b")
    chat.page.keyboard.press("Shift")
    chat.page.keyboard.press("Shift")
    chat.in_state("start")
    assert chat.page.url.endswith("/side")


def test_shift_does_nothing_while_the_chat_is_not_used(visit: Visit) -> None:
    chat = visit()
    for _ in range(3):
        chat.page.keyboard.press("Shift")
    chat.page.wait_for_timeout(200)
    assert chat.page.url.endswith("/side")


# ---------------------------------------------------------------- reload and tabs


def test_reload_resumes_with_choices_and_draft(visit: Visit, mock: Mock) -> None:
    chat = visit().open().say("skridt")
    chat.field.fill("ikke sendt endnu")
    chat.page.reload()
    chat.in_state("talk")
    expect(chat.host.get_by_role("article")).to_have_count(2)
    expect(chat.field).to_have_value("ikke sendt endnu")
    chat.button("Find det, der passer til mig").click()
    expect(chat.button("Min partner")).to_be_visible()
    assert mock.paths().count("conversations") == 1


def test_reload_while_waiting_keeps_the_text(visit: Visit, mock: Mock) -> None:
    mock.delay = 2
    chat = visit().open().say("vigtig tekst", "waiting")
    mock.delay = 0
    chat.page.reload()
    expect(chat.field).to_have_value("vigtig tekst")
    chat.field.press("Enter")
    expect(chat.log).to_contain_text("vigtig tekst")


def test_two_tabs_are_apart(visit: Visit, mock: Mock) -> None:
    first = visit().open().say("hej fra den første")
    second = Chat(first.page.context.new_page())
    second.page.goto(first.page.url)
    second.open().say("hej fra den anden")
    assert "første" not in second.log.inner_text() and "anden" not in first.log.inner_text()
    delete(second)
    first.say("hej igen")
    assert len(mock.tokens) == 1


def test_duplicated_tab_begins_anew_and_leaves_the_first_alone(visit: Visit, mock: Mock) -> None:
    first = visit().open().say("min hemmelighed")
    with first.page.expect_popup() as popup:
        first.page.evaluate("window.open(location.href)")  # copies sessionStorage, as duplicating does
    second = Chat(popup.value)
    wait_for(second, lambda: "hemmelighed" not in second.stored())
    second.in_state("closed")
    assert "hemmelighed" not in second.log.text_content()
    second.open().say("noget andet")
    first.say("hej")
    assert len(mock.tokens) == 2
    first.page.reload()
    first.in_state("talk")
    expect(first.log).to_contain_text("min hemmelighed")


def test_nothing_outlives_the_tab(visit: Visit) -> None:
    chat = visit().open().say("hej")
    assert chat.page.evaluate("localStorage.length") == 0
    assert chat.page.context.cookies() == []


def test_browser_that_forbids_storage(visit: Visit, mock: Mock) -> None:
    mock.pages["/side"] = (host_page(mock), None)
    chat = visit(mock.url + NEUTRAL)
    chat.page.add_init_script(
        "Object.defineProperty(window, 'sessionStorage', {get() { throw new DOMException('no') }})"
    )
    chat.page.goto(mock.url + "/side")
    chat.open().say("hej").say("skridt")


# ---------------------------------------------------------------- embedding


def test_embedding_from_another_origin_under_a_strict_policy(visit: Visit, mock: Mock) -> None:
    other = Mock()
    other.start()
    try:
        policy = f"default-src 'none'; script-src {mock.url}; connect-src {mock.url}"
        other.pages["/fremmed"] = (host_page(mock), policy)
        chat = visit(other.url + "/fremmed").open().say("skridt")
        assert (
            chat.button("Send").evaluate("b => getComputedStyle(b).borderRadius") == "8px"
        )  # style came through
        chat.button("Menu").click()
        chat.button("Gem mine næste skridt").click()
        with chat.page.expect_download():
            chat.button("Hent som tekst").click()
        chat.button("Forlad siden hurtigt").click()
        chat.page.wait_for_url("**" + NEUTRAL)
        wait_for(chat, lambda: mock.tokens == set())
    finally:
        other.stop()


def test_without_javascript_the_numbers_are_there(visit: Visit, mock: Mock) -> None:
    chat = visit(mock.url + BASE + "demo", java_script_enabled=False)
    for number in ("112", "70 201 201", "1888", "116 111"):
        expect(chat.page.get_by_role("link", name=number, exact=True)).to_be_visible()
    assert "Chatten kræver JavaScript" in (chat.page.locator("noscript").text_content() or "")


def test_demo_page_holds_a_talk_and_links_to_the_statement(visit: Visit, mock: Mock) -> None:
    chat = visit(mock.url + BASE + "demo").open()
    expect(chat.host.get_by_role("link", name="Læs om dine oplysninger")).to_have_attribute(
        "href", mock.url + BASE + "tilgaengelighed#oplysninger"
    )
    chat.say("skridt")
    expect(chat.host.get_by_role("link", name="112").last).to_be_visible()
    chat.button("Luk").click()
    chat.page.get_by_role("link", name="Tilgængelighedserklæring").click()
    expect(chat.page.get_by_role("heading", name="Tilgængelighedserklæring")).to_be_visible()


def test_numbers_without_markup_are_seen_on_the_page(visit: Visit) -> None:
    chat = visit(inside="Ring til os på 12 34 56 78.")
    expect(chat.host.get_by_text("12 34 56 78")).to_be_visible()


def test_blanks_in_the_element_are_no_numbers(visit: Visit) -> None:
    chat = visit(inside="\n  <!-- none -->\n").open()
    expect(chat.host.get_by_text("lægevagten").locator("visible=true").first).to_be_visible()


@pytest.mark.parametrize("position", ["left", "inline", "right"])
def test_attributes(visit: Visit, mock: Mock, position: str) -> None:
    given = {"title": "Skriv med os", "privacy": "https://eksempel.dk/data", "position": position}
    given["kept"] = "Vi sletter alt efter en uge."
    chat = visit(attributes=given)
    chat.button("Skriv med os").click()
    chat.in_state("start")
    expect(chat.host.get_by_role("heading", name="Skriv med os")).to_be_visible()
    expect(chat.host.get_by_text(given["kept"])).to_be_visible()
    expect(chat.host.get_by_role("link", name="Læs om dine oplysninger")).to_have_attribute(
        "href", given["privacy"]
    )
    chat.say("hej")
    box = chat.host.locator(".panel").bounding_box()
    assert box and (box["x"] > 500) == (position == "right")
    chat.button("Luk").click()
    chat.in_state("closed")
    expect(chat.button("Skriv med os")).to_be_focused()


def test_colours_can_be_set(visit: Visit) -> None:
    chat = visit()
    chat.page.add_style_tag(content="paaroerende-chat { --pv-accent: rgb(80, 0, 120) }")
    colour = chat.button("Chat for pårørende").evaluate("b => getComputedStyle(b).backgroundColor")
    assert colour == "rgb(80, 0, 120)"


# ---------------------------------------------------------------- hostile words

EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>"\'>&lt;b&gt;${1}'
EVIL_LINK = "javascript:window.hacked=1"


def evil_card() -> dict[str, Any]:
    card: dict[str, Any] = {name: f"{name} {EVIL}" for name in CARDS[0]}
    return card | {
        "phones": ["112", EVIL, "1; window.hacked=1", "javascript:1"],
        "url": EVIL_LINK,
        "sources": [
            {"title": EVIL, "publisher": EVIL, "url": EVIL_LINK},
            {"title": "", "url": "data:text/html,x"},
            None,
            3,
        ],
    }


def evil_message(kind: str) -> dict[str, Any]:
    return message(
        f"{EVIL}\n\n- {EVIL}\n1. {EVIL}",
        kind,
        need=EVIL,
        phones=[EVIL, "112", ".*", "(", EVIL_LINK],
        cards=[evil_card(), None, "x", {}],
        buttons=[
            {"title": EVIL, "payload": EVIL},
            {"title": "x"},
            None,
            {"title": EVIL_LINK, "payload": "/hvorfor"},
        ],
    )


@pytest.mark.parametrize("kind", ["urgent", "steps", "answer", EVIL])
def test_answers_reach_the_page_as_text_only(visit: Visit, mock: Mock, kind: str) -> None:
    mock.greeting = evil_message("smalltalk")
    mock.script = [[evil_message(kind)]]
    chat = visit().open().say(EVIL)
    expect(chat.log.locator(".own")).to_contain_text(EVIL)
    expect(chat.log.locator(".said").last).to_contain_text(EVIL)
    assert_harmless(chat)
    chat.page.reload()
    chat.in_state("talk")
    assert_harmless(chat)
    chat.button(EVIL).click()
    chat.in_state("talk")
    assert mock.said()[-1] == {"choice": EVIL}
    assert_harmless(chat)


def test_steps_that_are_printed_are_text_only(visit: Visit, mock: Mock) -> None:
    mock.script = [[evil_message("steps")]]
    chat = visit().open()
    chat.page.evaluate("window.print = () => {}")
    chat.say("hej")
    save(chat, "Udskriv")
    assert_harmless(chat)


def test_error_sentences_are_text_only(visit: Visit, mock: Mock) -> None:
    chat = visit().open()
    mock.refusal = (429, {"error": EVIL, "phones": [EVIL, EVIL_LINK, "112"]})
    chat.say("hej", "failed")
    expect(chat.trouble).to_contain_text(EVIL)
    assert_harmless(chat)


def test_attributes_are_text_and_http_addresses_only(visit: Visit) -> None:
    chat = visit(attributes={"title": EVIL, "privacy": EVIL_LINK, "exit": EVIL_LINK, "position": EVIL})
    chat.button(EVIL).click()
    chat.in_state("start")
    expect(chat.host.get_by_role("link", name="Læs om dine oplysninger")).to_have_count(0)
    assert chat.host.evaluate("host => host.exitAddress") == "https://www.dmi.dk/"
    assert_harmless(chat)


def test_stored_talk_is_not_trusted(visit: Visit, mock: Mock) -> None:
    mock.pages["/side"] = (host_page(mock), None)
    chat = visit(mock.url + NEUTRAL)
    talk = {
        "lines": [{"own": EVIL}, {"note": EVIL}, {"message": evil_message("steps")}],
        "draft": EVIL,
        "begun": True,
    }
    chat.page.evaluate("talk => sessionStorage.setItem('paaroerende-chat', talk)", json.dumps(talk))
    chat.page.goto(mock.url + "/side")
    chat.button("Chat for pårørende").click()
    chat.in_state("talk")
    assert_harmless(chat)


def assert_harmless(chat: Chat) -> None:
    """Nothing from outside became markup, script or a link that is no number or https page."""
    assert chat.page.evaluate("window.hacked") is None
    assert chat.host.locator("img, script, iframe, style, b:has-text('<b>')").count() == 0
    hrefs = chat.host.locator("a").evaluate_all("all => all.map((a) => a.getAttribute('href'))")
    assert [href for href in hrefs if not re.fullmatch(r"tel:\d+|sms:\d+|https://.*", href)] == []
    inline = chat.host.evaluate(
        """host => [...host.shadowRoot.querySelectorAll('*')].flatMap(node => [...node.attributes])
            .filter(a => a.name.startsWith('on') || (a.name === 'style' && !a.value.startsWith('--height')))
            .map(a => a.name)"""
    )
    assert inline == []


# ---------------------------------------------------------------- saving


def save(chat: Chat, how: str) -> None:
    chat.button("Menu").click()
    chat.button("Gem mine næste skridt").click()
    chat.button(how).click()


def test_saving_is_offered_once_there_are_steps(visit: Visit) -> None:
    chat = visit().open().say("hej")
    chat.button("Menu").click()
    expect(chat.button("Gem mine næste skridt")).to_have_count(0)
    chat.say("skridt")
    expect(chat.button("Gem mine næste skridt")).to_be_visible()


def test_download_holds_the_steps_and_nothing_of_the_talk(visit: Visit, tmp_path: Path) -> None:
    chat = visit().open().say("min hemmelighed").say("skridt").say("skridt igen")
    with chat.page.expect_download() as download:
        save(chat, "Hent som tekst")
    download.value.save_as(tmp_path / "steps.txt")
    text = (tmp_path / "steps.txt").read_text(encoding="utf-8-sig")
    assert text.count("AKUTSAMTALEN") == 1
    for words in (
        "70 23 27 50",
        "Pris: gratis.",
        "Skal din kære sige ja?",
        "set 21.11.2026",
        "112",
        "SIND Rådgivning, SIND",
    ):
        assert words in text
    assert "hemmelighed" not in text


def test_print_view_holds_the_steps_alone(visit: Visit) -> None:
    chat = visit().open().say("min hemmelighed").say("skridt")
    chat.page.evaluate("window.print = () => { window.printed = true }")
    save(chat, "Udskriv")
    assert chat.page.evaluate("window.printed")
    chat.page.emulate_media(media="print")
    shown = chat.page.locator("body").inner_text()
    assert "Mine næste skridt" in shown and "Akutsamtalen" in shown and "Socialstyrelsen" in shown
    assert "hemmelighed" not in shown and "En side" not in shown
    expect(chat.host).to_be_hidden()
    save_style = "document.adoptedStyleSheets.length"
    sheets = chat.page.evaluate(save_style)
    chat.page.emulate_media(media="screen")
    save(chat, "Udskriv")  # afterprint did not come
    assert chat.page.locator("[data-pv-print]").count() == 1 and chat.page.evaluate(save_style) == sheets
    chat.page.evaluate("dispatchEvent(new Event('afterprint'))")
    chat.page.emulate_media(media="screen")
    assert chat.page.locator("[data-pv-print]").count() == 0
    expect(chat.log).to_contain_text("min hemmelighed")


# ---------------------------------------------------------------- the messages that count most


def test_urgent_text_is_never_cut(visit: Visit, mock: Mock) -> None:
    text = "1. Akutsamtalen\nRing 112.\n\n" + URGENT["text"]
    mock.script = [[message(text, "urgent", phones=["112"], cards=CARDS)]]
    chat = visit().open().say("hej")
    expect(chat.host.locator(".urgent")).to_contain_text("1. Akutsamtalen")
    expect(chat.host.locator(".urgent")).to_contain_text("Tal stille")


def test_cards_of_an_urgent_answer_are_folded_and_name_the_numbers(visit: Visit, mock: Mock) -> None:
    card = {
        "id": "acute_services/giftlinjen",
        "name": "Giftlinjen",
        "phones": ["82 12 12 12"],
        "how": "Ring 82 12 12 12.",
    }
    mock.script = [
        [message("Ring 112 nu. Eller 82 12 12 12.", "urgent", phones=["112", "82 12 12 12"], cards=[card])]
    ]
    chat = visit().open().say("hej")
    urgent = chat.host.locator(".urgent")
    expect(urgent.get_by_role("link", name="Ring 82 12 12 12, Giftlinjen")).to_be_visible()
    expect(urgent.get_by_role("article")).to_have_count(0)
    urgent.get_by_text("Mere om numrene").click()
    expect(urgent.get_by_role("article")).to_be_visible()


def test_what_a_card_says_is_not_said_twice(visit: Visit, mock: Mock) -> None:
    card = CARDS[1]
    text = f"{card['name']}.\n\nNoget mere om det.\n\n{card['how']}\n{card['price']}\nKun i teksten."
    mock.script = [[message(text, "answer", phones=card["phones"], cards=[card])]]
    chat = visit().open().say("hej")
    shown = chat.log.inner_text()
    for line in (card["name"], card["how"], card["price"], "Noget mere om det.", "Kun i teksten."):
        assert shown.count(line) == 1, line
