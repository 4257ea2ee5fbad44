"""Facts of an offer or a service as lines of text: how to get it, price, consent, effect, source."""

from __future__ import annotations

from datetime import date

from bot.knowledge.model import Entry, Knowledge, Offer, Service
from bot.phrases import Phrases


def offer_facts(offer: Offer, phrases: Phrases) -> list[str]:
    """Tell how to get an offer, its price, whether the ill person must agree, what is known of its effect."""
    ask = phrases.text("spoerg_saadan", spoerg=offer.ask[0]) if offer.ask else ""
    how = " ".join(filter(None, [offer.how_to_get, ask])) or phrases.text("vej_ukendt")
    return [
        phrases.text("saadan", saadan=how),
        phrases.text("pris", pris=bare(offer.cost)) if offer.cost else phrases.text("pris_ukendt"),
        phrases.text("samtykke", samtykke=offer.consent.text),
        phrases.text("effekt", effekt=offer.evidence),
    ]


def contact_facts(service: Service, phrases: Phrases) -> list[str]:
    """Tell how to reach a service, when, at what price, and what it is not for."""
    ways = [
        phrases.text("ring", nummer=service.phone) if service.phone else "",
        phrases.text("sms", nummer=service.sms) if service.sms and service.sms != service.phone else "",
        service.url or service.chat or "" if not service.phone else "",
    ]
    lines = [phrases.text("saadan", saadan=" ".join(filter(None, ways)) or phrases.text("vej_ukendt"))]
    if service.hours:
        lines.append(phrases.text("aabent", aabent=bare(service.hours)))
    facts = [
        phrases.text("pris", pris=bare(service.cost)) if service.cost else phrases.text("pris_ukendt"),
        service.anonymity or "",
    ]
    lines.append(" ".join(filter(None, facts)))
    lines.append(phrases.text("samtykke_service"))
    if service.not_for:
        lines.append(service.not_for)
    return lines


def origin(entry: Entry, knowledge: Knowledge, phrases: Phrases) -> str:
    """Tell who published the sources of an entry, and when they were read."""
    sources = [knowledge.sources[source] for source in entry.sources]
    # a source that can be looked up says more than one that cannot
    publishers = dict.fromkeys(
        s.publisher for s in sorted(sources, key=lambda source: source.address is None)
    )
    return phrases.text("kilde", kilde=", ".join(list(publishers)[:2]), dato=day_text(entry.checked))


def day_text(day: date) -> str:
    """Write a day as Danes do: 21.11.2026."""
    return f"{day.day}.{day.month}.{day.year}"


def bare(text: str) -> str:
    """A text without its full stop, for a phrase that brings its own."""
    return text.rstrip(".")
