"""The reply contract: what every builder gives for every entry of the knowledge base."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
import yaml

from bot.knowledge import load_knowledge
from bot.knowledge.model import Answer, Offer, Recommendation, Service
from bot.phrases import Phrases, load_phrases
from bot.replies import (
    KINDS,
    OWN_SAFETY,
    Reply,
    acute_path,
    acute_reply,
    answer_reply,
    contract,
    differ,
    known_phones,
    make_cards,
    offer_reply,
    phones_in,
    place_question,
    reasons_text,
    steps_reply,
    which_reply,
    why_reply,
)  # fmt: skip
from bot.triage.recommend import Reason, Step

KB = load_knowledge()
PHRASES = load_phrases()
BEFORE_MERGER = date(2026, 12, 31)
DOMAIN = yaml.safe_load((Path(__file__).resolve().parents[1] / "domain.yml").read_text(encoding="utf-8"))
INTENTS = set(DOMAIN["intents"])
OFFERS = [key for key, entry in KB.entries.items() if isinstance(entry, Offer)]
SERVICES = [key for key, entry in KB.entries.items() if isinstance(entry, Service)]
ANSWERS = [key for key, entry in KB.entries.items() if isinstance(entry, (Answer, Recommendation))]
REGIONS = [region.name for region in KB.regions]
ASPECTS = ("consent", "cost", "evidence", "signup", "anonymity", "who")
ALL_REASONS = (
    Reason("need", "tal_med_nogen"), Reason("area", "psykisk"), Reason("place", "Region Sjælland"),
    Reason("relation", "barn"), Reason("young"), Reason("no_consent"), Reason("crisis"),
)  # fmt: skip

GAP = re.compile(r"\{\w*\}")
# Two full stops in a row, a mark after a mark ("B.T.," and "m.v.," are abbreviations), a space before a mark.
BAD_MARKS = re.compile(r"(?<!\.)\.\.(?!\.)|[?!:;,]\.|(?<!\b\w)\.[:;,?!]| [.,;:?!](?!\.)|\(\)|\"\"| {2,}")
ADDRESS = re.compile(r"https?://\S+")
PAYLOAD = re.compile(r"/(\w+)(\{.*\})?")


def check(reply: Reply, level: str = "info", need: str | None = None) -> dict[str, Any]:
    """Hold a reply to what holds for any reply, and give its `custom`."""
    assert reply.text.strip() == reply.text != ""
    assert not GAP.search(reply.text), reply.text
    assert not re.search(r"\bNone\b|\bTrue\b|\bFalse\b|\[\]|\(\)|Reason\(", reply.text), reply.text
    assert not BAD_MARKS.search(ADDRESS.sub("", reply.text)), BAD_MARKS.search(ADDRESS.sub("", reply.text))
    assert "\n\n\n" not in reply.text
    assert reply.kind in KINDS
    assert set(reply.items) <= set(KB.entries)
    for button in reply.buttons:
        assert button.title.strip()
        found = PAYLOAD.fullmatch(button.payload)
        assert found and found[1] in INTENTS, button
        assert set(json.loads(found[2] or "{}")) <= set(DOMAIN["entities"]), button
    assert len({button.payload for button in reply.buttons}) == len(reply.buttons)
    if reply.asks not in (None, OWN_SAFETY):
        asked = KB.entries[reply.asks]
        assert isinstance(asked, Answer) and asked.follow_up
        assert reply.text.endswith(asked.follow_up.question)
    cards = make_cards(reply.offered, KB, PHRASES)
    custom = contract(reply.kind, level, need, reply.items, reply.text, KB, cards)
    assert [card["id"] for card in cards] == [step.entry_id for step in reply.offered]
    check_contract(custom, reply.text)
    return custom


def check_contract(custom: dict[str, Any], text: str) -> None:
    assert [*custom] == ["kind", "level", "need", "items", "phones", "sources", "cards"]
    assert json.loads(json.dumps(custom)) == custom
    assert len(set(custom["items"])) == len(custom["items"])
    assert set(custom["items"]) <= set(KB.entries)
    assert set(custom["sources"]) == {
        source for item in custom["items"] for source in KB.entries[item].sources
    }
    shown = {
        number for number in known_phones(KB) if re.search(rf"(?<![\d-]){re.escape(number)}(?![\d-])", text)
    }
    inside = {short for short in shown for longer in shown if short != longer and short in longer}
    assert set(custom["phones"]) - inside == shown - inside


def repeats_differ(reply: Reply) -> None:
    """Send a reply four times; no turn may read as the one before."""
    said = [reply.text]
    for _ in range(3):
        again = differ(reply, [said[-1]], PHRASES)
        assert again.text != said[-1]
        assert again.text.endswith(reply.text)
        assert again == replace(reply, text=again.text)
        said.append(again.text)
    everything = [reply.text]
    for _ in range(3):
        again = differ(reply, everything, PHRASES)
        assert again.text not in everything
        everything.append(again.text)


# ---------------------------------------------------------------- every builder for every entry


@pytest.mark.parametrize("key", ANSWERS)
@pytest.mark.parametrize("opening", ["", "Det er hårdt."])
def test_answer_reply(key: str, opening: str) -> None:
    entry = KB.entries[key]
    reply = answer_reply(key, opening, KB, PHRASES)
    custom = check(reply)
    repeats_differ(reply)
    assert custom["kind"] == "answer"
    assert custom["items"] == [key]
    assert reply.text.startswith(opening)
    if isinstance(entry, Answer):
        assert entry.answer in reply.text and entry.next_step in reply.text
        assert reply.asks == (key if entry.follow_up else None)
        payloads = [button.payload for button in reply.buttons]
        assert payloads == (["/ja", "/nej", "/hvorfor"] if entry.follow_up else ["/hvorfor"])
    else:
        assert isinstance(entry, Recommendation)
        assert entry.meaning in reply.text and entry.ask[0] in reply.text


@pytest.mark.parametrize("key", ANSWERS)
def test_answer_reply_with_steps(key: str) -> None:
    steps = (
        Step("contacts/psykiatrifonden", (Reason("need", "tal_med_nogen"),)),
        Step("interventions/akutsamtalen", ()),
    )
    reply = answer_reply(key, "", KB, PHRASES, steps)
    assert check(reply)["items"] == [key, "contacts/psykiatrifonden", "interventions/akutsamtalen"]
    assert reply.kind == "steps"


@pytest.mark.parametrize("key", [*OFFERS, *SERVICES])
@pytest.mark.parametrize("reasons", [(), *((reason,) for reason in ALL_REASONS), ALL_REASONS])
def test_steps_reply(key: str, reasons: tuple[Reason, ...]) -> None:
    entry = KB.entries[key]
    assert isinstance(entry, (Offer, Service))
    reply = steps_reply((Step(key, reasons),), "Her er noget.", KB, PHRASES)
    custom = check(reply)
    repeats_differ(reply)
    assert custom["kind"] == "steps" and custom["items"] == [key]
    assert reply.text.startswith("Her er noget.\n\n1. " + entry.name)
    assert entry.summary in reply.text
    assert any(
        KB.sources[source].publisher in reply.text for source in entry.sources
    )  # each step names a source
    if isinstance(entry, Offer):
        assert entry.consent.text in reply.text
    else:
        assert not entry.phone or entry.phone in custom["phones"]


def test_three_steps_are_numbered() -> None:
    steps = [
        Step(key, ()) for key in ("contacts/sind", "interventions/akutsamtalen", "contacts/psykiatrifonden")
    ]
    reply = steps_reply(steps, "Her.", KB, PHRASES)
    assert re.findall(r"^(\d)\. ", reply.text, re.MULTILINE) == ["1", "2", "3"]
    assert check(reply)["items"] == [step.entry_id for step in steps]


@pytest.mark.parametrize("opening", ["", "Her er noget."])
def test_no_steps_say_where_to_ask(opening: str) -> None:
    reply = steps_reply((), opening, KB, PHRASES)
    assert check(reply)["items"]
    repeats_differ(reply)
    assert PHRASES.text("ingen_skridt") in reply.text


@pytest.mark.parametrize("key", [*KB.entries])
def test_offer_reply(key: str) -> None:
    reply = offer_reply(key, None, KB, PHRASES)
    custom = check(reply)
    repeats_differ(reply)
    assert custom["kind"] == "answer" and custom["items"] == [key]


def way_to(entry: Offer | Service) -> str | None:
    """Give the first thing that must be told about how to get an offer."""
    if isinstance(entry, Offer):
        return entry.how_to_get or entry.offered_by or entry.referral
    return entry.phone or entry.sms or entry.url or entry.chat or PHRASES.text("vej_ukendt")


@pytest.mark.parametrize("aspect", ASPECTS)
@pytest.mark.parametrize("key", [*OFFERS, *SERVICES])
def test_offer_reply_for_one_side(key: str, aspect: str) -> None:
    entry = KB.entries[key]
    assert isinstance(entry, (Offer, Service))
    reply = offer_reply(key, aspect, KB, PHRASES)
    check(reply)
    assert reply.text.startswith(entry.name)
    told = {
        "consent": entry.consent.text if isinstance(entry, Offer) else PHRASES.text("samtykke_service"),
        "cost": entry.cost,
        "evidence": entry.evidence if isinstance(entry, Offer) else None,
        "anonymity": entry.anonymity,
        "who": entry.for_relative if isinstance(entry, Offer) else entry.for_whom,
        "signup": way_to(entry),
    }[aspect]
    silent = PHRASES.text(f"tavs_{aspect}")
    assert (told.rstrip(".") if told else silent) in reply.text
    if told:
        assert silent not in reply.text
    # the whole is one button away, and does not stand for the side that was asked for
    assert any("om_indsats" in button.payload for button in reply.buttons)


@pytest.mark.parametrize("aspect", ASPECTS)
def test_sides_read_differently(aspect: str) -> None:
    texts = {side: offer_reply("interventions/craft", side, KB, PHRASES).text for side in (None, *ASPECTS)}
    assert [side for side, text in texts.items() if text == texts[aspect]] == [aspect]


def test_the_sides_are_those_of_the_vocabulary() -> None:
    assert {term.id for term in KB.aspects} == set(ASPECTS)


@pytest.mark.parametrize("key", [*KB.entries])
def test_why_reply(key: str) -> None:
    entry = KB.entries[key]
    reply = why_reply([key], KB, PHRASES)
    assert check(reply)["items"] == [key]
    repeats_differ(reply)
    assert any(KB.sources[source].title in reply.text for source in entry.sources)
    assert str(entry.checked.year) in reply.text
    if isinstance(entry, Answer):
        assert entry.legal_basis.rstrip(".") in reply.text
        assert not entry.uncertainty or entry.uncertainty in reply.text


@pytest.mark.parametrize("items", [(), ("findes/ikke",)])
def test_why_without_an_answer(items: Iterable[str]) -> None:
    reply = why_reply([*items], KB, PHRASES)
    assert check(reply)["items"] == []
    assert reply.text == PHRASES.text("hvorfor_intet")


def test_why_names_three_at_most() -> None:
    assert len(check(why_reply([*KB.entries], KB, PHRASES))["items"]) == 3


@pytest.mark.parametrize("need", [*KB.needs])
def test_which_reply(need: str) -> None:
    reply = which_reply(
        [need, "findes_ikke", *(other for other in ("klage", "tvang", "samtykke") if other != need)],
        KB,
        PHRASES,
    )
    check(reply, "info", need)
    repeats_differ(reply)
    assert KB.needs[need].label in reply.text
    assert "112" in reply.text
    assert f"/{need}" in [button.payload for button in reply.buttons]


def test_which_reply_without_a_guess() -> None:
    reply = which_reply(["findes_ikke"], KB, PHRASES)
    check(reply)
    assert [button.payload for button in reply.buttons] == ["/oplys_start_guide"]


@pytest.mark.parametrize("region", [None, "Region Østdanmark", *REGIONS])
def test_acute_reply(region: str | None) -> None:
    reply = acute_reply(region, KB, PHRASES, BEFORE_MERGER)
    custom = check(reply)
    repeats_differ(reply)
    assert "112" in reply.text.split("\n\n")[0]
    if region in REGIONS:
        found = next(r for r in KB.regions if r.name == region)
        assert set(found.acute) <= set(custom["items"])
        first = KB.entries[found.acute[0]]
        assert isinstance(first, Service) and first.phone in custom["phones"]
        assert region in reply.text


@pytest.mark.parametrize("region", [None, "Region Østdanmark", *REGIONS])
def test_acute_path(region: str | None) -> None:
    text = acute_path(region, KB, PHRASES, BEFORE_MERGER)
    assert text and not GAP.search(text)
    assert bool(phones_in(text, KB)) == (region in REGIONS)  # the number of the region, or the way to it


def test_acute_path_of_a_region_without_one() -> None:
    bare = replace(KB, regions=(replace(KB.regions[0], acute_path=None),))
    assert acute_path(KB.regions[0].name, bare, PHRASES, BEFORE_MERGER) == acute_path(
        None, KB, PHRASES, BEFORE_MERGER
    )


@pytest.mark.parametrize("place", KB.ambiguous_places, ids=lambda place: place.name)
def test_place_question(place: Any) -> None:
    reply = place_question(place.name, place.municipalities, KB, PHRASES)
    check(reply)
    repeats_differ(reply)
    assert reply.kind == "question"
    assert [button.title for button in reply.buttons] == [*place.municipalities]
    assert place.name in reply.text and all(name in reply.text for name in place.municipalities)


# ---------------------------------------------------------------- parts


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        ((), ""),
        ((Reason("crisis"),), "du har brug for en at tale med snart"),
        (
            (Reason("area", "misbrug"), Reason("young"), Reason("no_consent")),
            "det handler om misbrug og det er for unge",
        ),
        (
            (Reason("need", "livsfare_nu"), Reason("young")),
            "det er for unge",
        ),  # a need without words is passed over
    ],
)
def test_reasons_text(reasons: tuple[Reason, ...], words: str) -> None:
    assert reasons_text(reasons, KB, PHRASES) == words


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("", ()),
        ("Ring 112. Ring så 1813, og 112 igen.", ("112", "1813")),
        ("Ring 70 201 201.", ("70 201 201",)),
        ("Ring 70 11 07 07 eller 116 111", ("70 11 07 07", "116 111")),
        ("§ 112-5, 1120 kr., 70 11 07 071", ()),
        ("Kl. 16-112", ()),
    ],
)
def test_phones_in(text: str, phones: tuple[str, ...]) -> None:
    assert phones_in(text, KB) == phones


def test_contract_leaves_out_what_is_unknown_and_double() -> None:
    custom = contract("answer", "info", None, ["findes/ikke", "contacts/sind", "contacts/sind"], "", KB)
    assert custom["items"] == ["contacts/sind"]
    assert custom["phones"] == []
    check_contract(custom, "")


def test_phones_without_knowledge() -> None:
    assert phones_in("Ring 112", replace(KB, entries=MappingProxyType({}))) == ()


@pytest.mark.parametrize("previous", [[], [""], ["Noget andet"], ["Svar "]])
def test_differ_leaves_a_new_text_alone(previous: list[str]) -> None:
    reply = Reply("Svar", "answer")
    assert differ(reply, previous, PHRASES) is reply


def test_differ_without_end() -> None:
    reply = Reply("Svar", "answer")
    said = ["Svar"]
    for _ in range(20):
        said.append(differ(reply, [said[-1]], PHRASES).text)
    assert all(one != other for one, other in zip(said, said[1:]))  # noqa: B905


def test_phrases_fill_their_gaps() -> None:
    phrases = Phrases(MappingProxyType({"hej": ("Hej {navn}. ", "Dav {navn}")}))
    assert phrases.text("hej", navn="x") == "Hej x."
    assert phrases.text("hej", 1, navn="x") == "Dav x"
    assert phrases.text("hej", 2, navn="x") == "Hej x."
    assert phrases.has("hej") and not phrases.has("farvel")
    with pytest.raises(KeyError):
        phrases.text("hej")
    with pytest.raises(KeyError):
        phrases.text("farvel")


def test_and_keeps_its_spaces() -> None:
    assert (
        reasons_text((Reason("young"), Reason("crisis")), KB, PHRASES)
        == "det er for unge og du har brug for en at tale med snart"
    )


@pytest.mark.parametrize(
    "build",
    [
        lambda r: acute_reply(r, KB, PHRASES, BEFORE_MERGER).text,
        lambda r: acute_path(r, KB, PHRASES, BEFORE_MERGER),
    ],
)
def test_regions_read_differently(build: Callable[[str], str]) -> None:
    assert len({build(region) for region in REGIONS}) == len(REGIONS)


def test_acute_path_follows_the_merger_of_regions() -> None:
    merged = next(region for region in KB.regions if region.merged_on)
    assert merged.merged_on is not None and merged.merged_into is not None
    before, after = (
        acute_reply(merged.name, KB, PHRASES, day).text for day in (BEFORE_MERGER, merged.merged_on)
    )
    assert merged.merged_into not in before and merged.name in before
    assert merged.merged_into in after
    stays = next(region for region in KB.regions if not region.merged_on)
    assert (
        acute_reply(stays.name, KB, PHRASES, merged.merged_on).text
        == acute_reply(stays.name, KB, PHRASES, BEFORE_MERGER).text
    )
