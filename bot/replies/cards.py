"""Cards: an offer or a service as a chat window draws it, in the phrases of the plain text."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from typing import TypedDict

from bot.knowledge.model import Knowledge, Offer, Service
from bot.phrases import Phrases
from bot.replies import facts
from bot.replies.contract import owners, phones_in
from bot.replies.steps import why_it_fits
from bot.triage.recommend import Step

logger = logging.getLogger(__name__)


class CardSource(TypedDict):
    """Where a card's facts come from; `url` is an https address or None."""

    title: str
    publisher: str
    url: str | None


class Card(TypedDict):
    """One offer or service. Each text is a whole phrase that can be shown as it is; None is not known.

    `why` says why it fits, where that is known; `effect` is of offers; `hours`, `not_for` and `url` are
    of services; `phones` are the numbers in `how`, as they are shown; `checked` is an ISO date.
    """

    id: str
    name: str
    summary: str
    why: str | None
    how: str
    hours: str | None
    price: str
    consent: str
    effect: str | None
    not_for: str | None
    phones: list[str]
    url: str | None
    sources: list[CardSource]
    checked: str


def make_cards(offered: Iterable[Step], knowledge: Knowledge, phrases: Phrases) -> list[Card]:
    """Make the cards of a reply.

    Args:
        offered: the offers and services to draw, each with the reasons why it fits.
        knowledge: the knowledge base.
        phrases: the assistant's words.

    Returns:
        The cards in order. One that cannot be made is left out: the plain text says it all, and an
        answer must not wait for its drawing.
    """
    made = (_card_if_it_can(step, knowledge, phrases) for step in offered)
    return [found for found in made if found]


def services_shown(text: str, knowledge: Knowledge) -> tuple[Step, ...]:
    """Give the services whose numbers stand in a text, in its order, to draw as cards."""
    phones = phones_in(text, knowledge)
    owner = owners(phones, knowledge)
    return tuple(Step(owner[phone], ()) for phone in phones if phone in owner)


def _card_if_it_can(step: Step, knowledge: Knowledge, phrases: Phrases) -> Card | None:
    try:
        return make_card(step, knowledge, phrases)
    except Exception:  # the answer comes without this card
        logger.exception("no card for %s", step.entry_id)
        return None


def make_card(step: Step, knowledge: Knowledge, phrases: Phrases) -> Card:
    """Make the card of one offer or service.

    Raises:
        KeyError: no such entry.
        TypeError: the entry is neither an offer nor a service.
    """
    entry = knowledge.entries[step.entry_id]
    if not isinstance(entry, (Offer, Service)):
        raise TypeError(f"{step.entry_id} is neither an offer nor a service")
    way = facts.how(entry, phrases)
    return {
        "id": step.entry_id,
        "name": entry.name,
        "summary": entry.summary,
        "why": why_it_fits(step.reasons, knowledge, phrases) or None,
        "how": way,
        "hours": facts.hours(entry, phrases) or None,
        "price": facts.price(entry, phrases),
        "consent": facts.consent(entry, phrases),
        "effect": facts.effect(entry, phrases) or None,
        "not_for": facts.not_for(entry) or None,
        "phones": list(phones_in(way, knowledge)),
        "url": _https(facts.page(entry)),
        "sources": [
            {"title": source.title, "publisher": source.publisher, "url": _https(source.address)}
            for source in facts.named_sources(entry, knowledge)
        ],
        "checked": entry.checked.isoformat(),
    }


def _https(address: str | None) -> str | None:
    return address if address and address.startswith("https://") else None
