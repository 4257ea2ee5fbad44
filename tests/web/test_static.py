"""The files as they are sent: size, numbers, words, and what a strict page forbids."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from lix import lix

from bot.knowledge import Knowledge
from bot.knowledge.model import Service
from bot.replies import known_phones

WEB = Path(__file__).resolve().parents[2] / "bot" / "web"
WIDGET = (WEB / "widget.js").read_text(encoding="utf-8")
PAGES = {path.name: path.read_text(encoding="utf-8") for path in WEB.glob("*.html")}
WORDS = re.findall(
    r'"([^"\n]*)"|`([^`\n]*)`',
    WIDGET[
        WIDGET.index("const WORDS") : WIDGET.index(
            "// ---- style" if "// ---- style" in WIDGET else "const STYLE"
        )
    ],
)
TEXTS = [a or b for a, b in WORDS]
LARGEST = 15_000  # bytes
NUMBER = re.compile(
    r"(?<![\d.,-])(?:\d{2}(?: \d{2}){3}|\d{2} \d{3} \d{3}|\d{3} \d{3}|\d{8}|1\d{2,3})(?![\d.,]?\d)"
)
DATE = re.compile(r"\d+\. \w+ 20\d\d")


def seen(html: str) -> str:
    """Give what a person reads of a page."""
    return re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<!--.*?-->|<head>.*?</head>", " ", html))


def test_widget_is_small() -> None:
    assert len(gzip.compress(WIDGET.encode(), 9)) <= LARGEST


@pytest.mark.parametrize("name", PAGES)
def test_numbers_on_the_pages_are_those_of_the_knowledge_base(name: str, knowledge: Knowledge) -> None:
    known = known_phones(knowledge)
    shown = set(NUMBER.findall(DATE.sub("", seen(PAGES[name])))) - {"1234"}
    assert "112" in shown
    assert {number for number in shown if number not in known and number not in {"301 549"}} == set()
    links = re.findall(r'href="tel:([^"]*)"[^>]*>([^<]*)<', PAGES[name])
    assert links
    assert all(text in known and href == text.replace(" ", "") for href, text in links)


def test_numbers_in_the_widget_are_those_of_the_knowledge_base(knowledge: Knowledge) -> None:
    shown = {number for text in TEXTS for number in NUMBER.findall(text)}
    assert shown == {"112"} and shown <= known_phones(knowledge)


@pytest.mark.parametrize(
    ("entry", "hours", "words"),
    [
        ("acute_services/livslinien", "lukket kl. 5-9", "lukket kl. 5-9"),
        ("acute_services/lev-uden-vold", "hele døgnet", "hele døgnet"),
        ("acute_services/boernetelefonen", "hele døgnet", "hele døgnet"),
    ],
)
def test_hours_on_the_demo_page_are_those_of_the_knowledge_base(
    knowledge: Knowledge, entry: str, hours: str, words: str
) -> None:
    service = knowledge.entries[entry]
    assert isinstance(service, Service) and service.phone and hours in (service.hours or "")
    line = next(line for line in PAGES["demo.html"].splitlines() if service.phone in line)
    assert words in line


def test_words_are_easy_to_read() -> None:
    assert len(TEXTS) > 50
    assert lix("\n".join(text for text in TEXTS if " " in text)) < 35
    assert lix(seen(PAGES["demo.html"])) < 35


@pytest.mark.parametrize("name", PAGES)
def test_pages_obey_a_strict_policy(name: str) -> None:
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]* src=)", PAGES[name])
    assert '<html lang="da">' in PAGES[name]
    for address in re.findall(r'(?:src|href)="([^"]+)"', PAGES[name]):
        assert (
            address.startswith(("tel:", "https://digst.dk/", "#"))
            or (WEB / address.split("#")[0]).exists()
            or (WEB / (address.split("#")[0] + ".html")).exists()
        ), address


def test_widget_makes_no_markup_from_text_and_stores_only_for_the_tab() -> None:
    code = re.sub(r"/\*.*?\*/|^\s*//.*$", "", WIDGET, flags=re.DOTALL | re.MULTILINE)
    for forbidden in (
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "document.write",
        "eval(",
        "new Function",
        "setHTML",
    ):
        assert forbidden not in code
    assert "localStorage" not in code and "cookie" not in code and "import " not in code


def test_widget_is_plain_es2020() -> None:
    later = {
        "class field": r"^    #?\w+ = ",
        "private name": r"this\.#",
        "logical assignment": r"\?\?=|\|\|=|&&=",
        "numeric separator": r"\d_\d",
        "replaceAll": r"\.replaceAll\(",
        "at()": r"\.at\(",
        "hasOwn": r"Object\.hasOwn",
        "static block": r"static \{",
        "lookbehind, which older Safari refuses": r"\(\?<[!=]",
    }
    assert {name for name, pattern in later.items() if re.search(pattern, WIDGET, re.MULTILINE)} == set()


def test_the_statement_marks_what_has_to_be_filled_in_and_says_what_is_not_tested() -> None:
    statement = PAGES["tilgaengelighed.html"]
    assert statement.count('class="fill"') >= 5
    for words in (
        "Overholdelsesstatus",
        "ikke testet",
        "Klage",
        "Digitaliseringsstyrelsen",
        "NVDA",
        "EN 301 549",
    ):
        assert words in statement
