"""Facts of an offer or a service, each one phrase: how to get it, hours, price, consent, effect, source.

Plain text and cards are both put together from these, so that they never say two things.
"""

from __future__ import annotations

from datetime import date

from bot.knowledge.model import Entry, Knowledge, Offer, Service, Source
from bot.phrases import Phrases

MOST_SOURCES = 2


def all_facts(entry: Offer | Service, phrases: Phrases) -> list[str]:
    """Tell what a person needs in order to choose, one line a fact; what does not apply is left out."""
    facts = [
        how(entry, phrases),
        hours(entry, phrases),
        price(entry, phrases),
        consent(entry, phrases),
        effect(entry, phrases),
        not_for(entry),
    ]
    return [fact for fact in facts if fact]


def how(entry: Offer | Service, phrases: Phrases) -> str:
    """Tell how to get an offer or to reach a service; silence of the sources is said."""
    if isinstance(entry, Offer):
        ask = phrases.text("spoerg_saadan", spoerg=entry.ask[0]) if entry.ask else ""
        ways = [entry.how_to_get, ask]
    else:
        ways = [
            ring(entry, phrases),
            phrases.text("sms", nummer=entry.sms) if entry.sms and entry.sms != entry.phone else "",
            page(entry) if not entry.phone else "",
        ]
    return phrases.text("saadan", saadan=" ".join(filter(None, ways)) or phrases.text("vej_ukendt"))


def ring(entry: Offer | Service, phrases: Phrases) -> str:
    """Tell which number to ring; empty where none is known."""
    return phrases.text("ring", nummer=entry.phone) if isinstance(entry, Service) and entry.phone else ""


def page(entry: Offer | Service) -> str:
    """Give the address of a service's own page or chat; empty where none is known."""
    return entry.url or entry.chat or "" if isinstance(entry, Service) else ""


def hours(entry: Offer | Service, phrases: Phrases) -> str:
    """Tell when a service is open; empty where that is not known."""
    if isinstance(entry, Service) and entry.hours:
        return phrases.text("aabent", aabent=bare(entry.hours))
    return ""


def price(entry: Offer | Service, phrases: Phrases) -> str:
    """Tell the price, and for a service whether it is anonymous; silence of the sources is said."""
    cost = phrases.text("pris", pris=bare(entry.cost)) if entry.cost else phrases.text("pris_ukendt")
    return f"{cost} {entry.anonymity}" if isinstance(entry, Service) and entry.anonymity else cost


def consent(entry: Offer | Service, phrases: Phrases) -> str:
    """Tell whether the ill person must agree."""
    if isinstance(entry, Offer):
        return phrases.text("samtykke", samtykke=entry.consent.text)
    return phrases.text("samtykke_service")


def effect(entry: Entry, phrases: Phrases) -> str:
    """Tell what is known of the effect of an offer; a service has none."""
    return phrases.text("effekt", effekt=entry.evidence) if isinstance(entry, Offer) else ""


def not_for(entry: Offer | Service) -> str:
    """Tell what a service is not for, and where to turn then; an offer has no such limit."""
    return entry.not_for or "" if isinstance(entry, Service) else ""


def origin(entry: Entry, knowledge: Knowledge, phrases: Phrases) -> str:
    """Tell who published the sources of an entry, and when they were read."""
    publishers = [source.publisher for source in named_sources(entry, knowledge)]
    return phrases.text("kilde", kilde=", ".join(publishers), dato=day_text(entry.checked))


def named_sources(entry: Entry, knowledge: Knowledge) -> list[Source]:
    """Choose the sources that are named: one of each publisher, those with an address first."""
    sources = [knowledge.sources[source] for source in entry.sources]
    one_each: dict[str, Source] = {}
    # a source that can be looked up says more than one that cannot
    for source in sorted(sources, key=lambda source: source.address is None):
        one_each.setdefault(source.publisher, source)
    return list(one_each.values())[:MOST_SOURCES]


def day_text(day: date) -> str:
    """Write a day as Danes do: 21.11.2026."""
    return f"{day.day}.{day.month}.{day.year}"


def bare(text: str) -> str:
    """A text without its full stop, for a phrase that brings its own."""
    return text.rstrip(".")
