"""Cards: every entry of the knowledge base as a chat window draws it, held to the plain text."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from bot.knowledge import load_knowledge
from bot.knowledge.model import Answer, Knowledge, Offer, Service, Source
from bot.phrases import load_phrases
from bot.replies import (
    Card,
    Reply,
    acute_reply,
    answer_reply,
    contract,
    differ,
    known_phones,
    make_cards,
    offer_reply,
    phones_in,
    place_question,
    services_shown,
    steps_reply,
    which_reply,
    why_reply,
)  # fmt: skip
from bot.replies.facts import day_text
from bot.triage.recommend import MOST_STEPS, Reason, Step, recommend
from bot.triage.situation import Situation

KB = load_knowledge()
PHRASES = load_phrases()
TODAY = date(2026, 11, 22)
KEYS = [
    "id", "name", "summary", "why", "how", "hours", "price", "consent", "effect", "not_for", "phones",
    "url", "sources", "checked",
]  # fmt: skip
MAY_BE_NONE = {"why", "hours", "effect", "not_for", "url"}
PHRASE_KEYS = ("name", "summary", "why", "how", "hours", "price", "consent", "effect", "not_for")
SHOWN = [key for key, entry in KB.entries.items() if isinstance(entry, (Offer, Service))]
NOT_SHOWN = [key for key in KB.entries if key not in SHOWN]
REASONS = (Reason("need", "tal_med_nogen"), Reason("area", "psykisk"), Reason("young"))
PHONE_LIKE = re.compile(r"(?<![\d.,-])(?:\d{2} \d{2} \d{2} \d{2}|\d{2} \d{3} \d{3}|\d{3} \d{3})(?![\d-])")
MOST_BYTES = 9000  # of one `custom`; Region Hovedstaden names seven services
BROKEN = "bot.replies.cards.make_card"


def strings(value: Any) -> Iterator[str]:
    """Give every string in a card."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def phrases_of(card: Card) -> list[str]:
    """Give the phrases that a person reads in a card."""
    values: dict[str, Any] = {**card}
    return [values[key] for key in PHRASE_KEYS if values[key] is not None]


def cards_of(reply: Reply) -> list[Card]:
    """Make the cards of a reply and hold each to what holds for any card."""
    made = make_cards(reply.offered, KB, PHRASES)
    assert [card["id"] for card in made] == [step.entry_id for step in reply.offered]
    assert len({card["id"] for card in made}) == len(made)
    for card in made:
        check(card)
    custom = contract(reply.kind, "info", None, reply.items, reply.text, KB, made)
    assert custom["cards"] == made
    assert json.loads(json.dumps(custom)) == custom
    assert len(json.dumps(custom, ensure_ascii=False).encode()) <= MOST_BYTES
    return made


def check(card: Card) -> None:
    """Hold one card to its form."""
    assert [*card] == KEYS
    assert {key for key, value in card.items() if value is None} <= MAY_BE_NONE
    for text in strings(card):
        assert text == text.strip() != ""
        assert not re.search(r"\{\w*\}|\bNone\b", text), text
        assert set(PHONE_LIKE.findall(text)) <= known_phones(KB), text
    assert set(card["phones"]) <= known_phones(KB)
    assert card["phones"] == [*phones_in(card["how"], KB)]
    assert 1 <= len(card["sources"]) <= 2
    for source in card["sources"]:
        assert [*source] == ["title", "publisher", "url"]
        assert source["title"] and source["publisher"]
    for address in (card["url"], *(source["url"] for source in card["sources"])):
        assert address is None or address.startswith("https://")
    assert date.fromisoformat(card["checked"]) == KB.entries[card["id"]].checked


# ---------------------------------------------------------------- every entry


@pytest.mark.parametrize("reasons", [(), REASONS], ids=["no reason", "reasons"])
@pytest.mark.parametrize("key", SHOWN)
def test_a_step_and_its_card_say_the_same(key: str, reasons: tuple[Reason, ...]) -> None:
    reply = steps_reply((Step(key, reasons),), "Her er noget.", KB, PHRASES)
    (card,) = cards_of(reply)
    lines = reply.text.split("\n")
    assert f"1. {card['name']}" in lines
    assert set(phrases_of(card)) - {card["name"]} <= set(lines)
    assert bool(card["why"]) == bool(reasons)
    assert set(card["phones"]) <= set(phones_in(reply.text, KB))
    assert all(source["publisher"] in lines[-1] for source in card["sources"])
    assert day_text(date.fromisoformat(card["checked"])) in lines[-1]
    # and nothing but the number, the place of origin and the opening stands in the text only
    assert set(lines[2:-1]) - {""} <= {*phrases_of(card), f"1. {card['name']}"}


@pytest.mark.parametrize("key", SHOWN)
def test_an_offer_that_is_told_about_and_its_card_say_the_same(key: str) -> None:
    reply = offer_reply(key, None, KB, PHRASES)
    (card,) = cards_of(reply)
    assert card["why"] is None
    for phrase in phrases_of(card):
        assert phrase in reply.text
    assert all(source["publisher"] in reply.text for source in card["sources"])


@pytest.mark.parametrize("key", SHOWN)
def test_a_step_after_an_answer_has_its_card(key: str) -> None:
    """The text names it in one line; the card tells the whole, in the words of the whole."""
    reply = answer_reply("confidentiality/tavshedspligt-kort", "", KB, PHRASES, (Step(key, REASONS),))
    (card,) = cards_of(reply)
    assert f"{card['name']}: {card['summary']}" in reply.text
    entry = KB.entries[key]
    if isinstance(entry, Service) and entry.phone:
        assert set(card["phones"][:1]) <= set(phones_in(reply.text, KB))
        assert not card["hours"] or card["hours"] in reply.text
    whole = offer_reply(key, None, KB, PHRASES).text
    assert all(phrase in whole for phrase in phrases_of({**card, "why": None}))


@pytest.mark.parametrize("key", NOT_SHOWN)
def test_an_answer_has_no_card(key: str) -> None:
    assert answer_reply(key, "", KB, PHRASES).offered == ()
    assert offer_reply(key, None, KB, PHRASES).offered == ()


@pytest.mark.parametrize("aspect", [term.id for term in KB.aspects])
def test_one_side_has_no_card_of_the_whole(aspect: str) -> None:
    assert offer_reply("interventions/craft", aspect, KB, PHRASES).offered == ()


@pytest.mark.parametrize("need", [*KB.needs])
@pytest.mark.parametrize("region", [None, *(region.name for region in KB.regions)])
def test_the_steps_of_every_need(need: str, region: str | None) -> None:
    level = "krise" if KB.needs[need].level == "krise" else "info"
    steps = recommend(Situation(level=level, need=need, region=region, today=TODAY), KB)  # type: ignore[arg-type]
    reply = steps_reply(steps, "", KB, PHRASES)
    made = cards_of(reply)
    assert len(made) == len(steps) <= MOST_STEPS
    assert all(card["why"] is None or card["why"] in reply.text for card in made)
    if KB.needs[need].reason:
        assert all(card["why"] for card in made)


# ---------------------------------------------------------------- services by their numbers


@pytest.mark.parametrize("region", [None, "Region Atlantis", *(region.name for region in KB.regions)])
def test_urgent_services_of_a_region(region: str | None) -> None:
    reply = acute_reply(region, KB, PHRASES, TODAY)
    made = cards_of(reply)
    assert made[0]["id"] == "acute_services/112"
    assert [card["phones"][0] for card in made] == [*phones_in(reply.text, KB)]
    assert all(card["why"] is None for card in made)
    for card in made[1:]:
        assert card["id"] in reply.items
        assert f"- {card['name']}: {card['hours']}" in reply.text or not card["hours"]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", []),
        ("Ring ikke.", []),
        ("Ring 112. Ring 112.", ["acute_services/112"]),
        ("Ring 70 201 201 eller 112", ["acute_services/livslinien", "acute_services/112"]),
        ("Ring 1813.", ["acute_services/1813"]),  # the ambulance for psychiatry has the same number
        ("Ring 12 34 56 78.", []),
    ],
)
def test_services_shown(text: str, ids: list[str]) -> None:
    assert [step.entry_id for step in services_shown(text, KB)] == ids


# ---------------------------------------------------------------- replies without cards


@pytest.mark.parametrize(
    "reply",
    [
        steps_reply((), "Her.", KB, PHRASES),
        why_reply(["contacts/sind"], KB, PHRASES),
        why_reply([], KB, PHRASES),
        which_reply(["klage"], KB, PHRASES),
        place_question("Nykøbing", KB.ambiguous_places[0].municipalities, KB, PHRASES),
        Reply("Hej", "smalltalk"),
    ],
    ids=["no step", "why", "why not", "which", "place", "talk"],
)
def test_a_reply_that_offers_nothing_has_an_empty_list(reply: Reply) -> None:
    assert cards_of(reply) == []
    assert contract(reply.kind, "info", None, reply.items, reply.text, KB)["cards"] == []


def test_a_reply_that_comes_again_keeps_its_cards() -> None:
    reply = steps_reply((Step("contacts/sind", ()),), "Her.", KB, PHRASES)
    again = differ(reply, [reply.text], PHRASES)
    assert again.text != reply.text and again.offered == reply.offered


# ---------------------------------------------------------------- one fact at a time


def with_entry(key: str, **changes: Any) -> Knowledge:
    entries = {**KB.entries, key: replace(KB.entries[key], **changes)}
    return replace(KB, entries=MappingProxyType(entries))


@pytest.mark.parametrize(
    ("key", "changes", "field", "expected"),
    [
        # how, and the numbers in it
        ("contacts/sind", {"phone": "112", "sms": None}, "how", "Sådan gør du: Ring 112."),
        ("contacts/sind", {"phone": "112", "sms": "112"}, "how", "Sådan gør du: Ring 112."),
        ("contacts/sind", {"phone": "112", "sms": "1813"}, "how", "Sådan gør du: Ring 112. Sms 1813."),
        ("contacts/sind", {"phone": "112", "sms": "1813"}, "phones", ["112", "1813"]),
        ("contacts/sind", {"phone": None, "sms": None}, "phones", []),
        ("contacts/sind", {"phone": None, "sms": None, "url": "https://x.dk"}, "how", "Sådan gør du: https://x.dk"),
        ("contacts/sind", {"phone": None, "sms": None, "url": None, "chat": None}, "how",
         "Sådan gør du: Mine kilder siger ikke, hvordan man får det. Spørg kommunen eller afdelingen."),
        ("interventions/craft", {"how_to_get": "Skriv.", "ask": ()}, "how", "Sådan gør du: Skriv."),
        ("interventions/craft", {"how_to_get": "Ring 112.", "ask": ()}, "phones", ["112"]),
        ("interventions/craft", {"how_to_get": "Skriv.", "ask": ("Må jeg?", "Nu?")}, "how",
         'Sådan gør du: Skriv. Du kan spørge: "Må jeg?"'),
        # an address
        ("contacts/sind", {"url": "https://x.dk", "chat": "https://y.dk"}, "url", "https://x.dk"),
        ("contacts/sind", {"url": None, "chat": "https://y.dk"}, "url", "https://y.dk"),
        ("contacts/sind", {"url": None, "chat": None}, "url", None),
        ("contacts/sind", {"url": "http://x.dk"}, "url", None),
        ("contacts/sind", {"url": "javascript:alert(1)"}, "url", None),
        ("interventions/craft", {}, "url", None),
        # hours
        ("contacts/sind", {"hours": "hele døgnet"}, "hours", "Åbent: hele døgnet."),
        ("contacts/sind", {"hours": "til kl. 17."}, "hours", "Åbent: til kl. 17."),
        ("contacts/sind", {"hours": None}, "hours", None),
        ("interventions/craft", {}, "hours", None),
        # price
        ("contacts/sind", {"cost": "gratis", "anonymity": None}, "price", "Pris: gratis."),
        ("contacts/sind", {"cost": "1 kr.", "anonymity": "Hemmeligt."}, "price", "Pris: 1 kr. Hemmeligt."),
        ("contacts/sind", {"cost": None, "anonymity": None}, "price", "Pris: det siger mine kilder ikke."),
        ("interventions/craft", {"cost": "gratis"}, "price", "Pris: gratis."),
        ("interventions/craft", {"cost": None}, "price", "Pris: det siger mine kilder ikke."),
        # consent, effect, limits
        ("contacts/sind", {}, "consent", "Du kan selv tage kontakt. Din kære skal ikke sige ja først."),
        ("contacts/sind", {}, "effect", None),
        ("interventions/craft", {"evidence": "Måske."}, "effect", "Hjælper det? Måske."),
        ("contacts/sind", {"not_for": "Ikke til akut hjælp."}, "not_for", "Ikke til akut hjælp."),
        ("contacts/sind", {"not_for": None}, "not_for", None),
        ("interventions/craft", {}, "not_for", None),
        ("contacts/sind", {"checked": date(2026, 1, 2)}, "checked", "2026-01-02"),
    ],
)  # fmt: skip
def test_a_fact(key: str, changes: dict[str, Any], field: str, expected: Any) -> None:
    (card,) = make_cards([Step(key, ())], with_entry(key, **changes), PHRASES)
    assert {**card}[field] == expected


def source(slug: str, publisher: str, address: str | None = None) -> Source:
    return Source(slug, slug.upper(), publisher, "2026", TODAY, address)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("sources", "named"),
    [
        ([source("a", "A")], [("A", None)]),
        ([source("a", "A", "http://a.dk")], [("A", None)]),  # a window that is held to https cannot link it
        ([source("a", "A"), source("b", "B", "https://b.dk")], [("B", "https://b.dk"), ("A", None)]),
        ([source("a", "A", "https://1"), source("b", "A", "https://2")], [("A", "https://1")]),
        ([source(s, s.upper()) for s in "abcd"], [("A", None), ("B", None)]),
    ],
)
def test_sources(sources: list[Source], named: list[tuple[str, str | None]]) -> None:
    changed = with_entry("contacts/sind", sources=tuple(one.id for one in sources))
    knowledge = replace(changed, sources=MappingProxyType({one.id: one for one in sources}))
    (card,) = make_cards([Step("contacts/sind", ())], knowledge, PHRASES)
    assert [(one["publisher"], one["url"]) for one in card["sources"]] == named


# ---------------------------------------------------------------- faults


@pytest.mark.parametrize(
    "key", ["findes/ikke", next(k for k, e in KB.entries.items() if isinstance(e, Answer))]
)
def test_a_card_that_cannot_be_made_is_left_out(key: str, caplog: pytest.LogCaptureFixture) -> None:
    steps = [Step("contacts/sind", ()), Step(key, ()), Step("interventions/craft", ())]
    with caplog.at_level(logging.ERROR):
        made = make_cards(steps, KB, PHRASES)
    assert [card["id"] for card in made] == ["contacts/sind", "interventions/craft"]
    assert key in caplog.text
