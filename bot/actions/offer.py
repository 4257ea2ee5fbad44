"""Tells about one named offer, or one side of it: consent, cost, evidence, sign-up."""

from __future__ import annotations

from rasa_sdk import Tracker

from bot.actions.base import Answering, lookup
from bot.actions.conversation import Message, last_items
from bot.knowledge.model import Knowledge, Offer, Recommendation, Service
from bot.replies import Reply, offer_reply
from bot.triage.terms import find_terms

LIKE_A_DESCRIPTION = 0.2  # similarity from which a description names an offer
FEW_WORDS = 8  # a longer message stands for itself; a shorter one may lean on the last answer


def offer_in(message: Message, knowledge: Knowledge) -> str | None:
    """Give the id of the offer that a message names, or None."""
    named = message.entity("indsats")
    return named if named in knowledge.entries else None


def aspect_in(message: Message, knowledge: Knowledge) -> str | None:
    """Give the side of an offer that a message asks about, or None."""
    hits = find_terms(message.text, knowledge.aspects)
    return hits[0].term_id if hits else None


def offer_spoken_of(tracker: Tracker, knowledge: Knowledge) -> str | None:
    """Give the offer that the last answer was about first, or None."""
    items = last_items(tracker, kinds=("answer", "steps"))
    return next((i for i in items if isinstance(knowledge.entries.get(i), (Offer, Service))), None)


def offer_meant(message: Message, tracker: Tracker, knowledge: Knowledge) -> str | None:
    """Give the offer that a short question ("hvad koster det?") leans on, or None."""
    if len(message.text.split()) > FEW_WORDS or offer_in(message, knowledge) or not aspect_in(message, knowledge):
        return None
    return offer_spoken_of(tracker, knowledge)


class ActionOmIndsats(Answering):
    """Answers questions about a named offer or method."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_om_indsats"

    def reply(self, message: Message, tracker: Tracker) -> Reply:
        """Find the offer by name, as the one that was spoken of last, or by description."""
        aspect = aspect_in(message, self.knowledge)
        entry_id = (
            offer_in(message, self.knowledge)
            or offer_meant(message, tracker, self.knowledge)
            or self._described(message.text)
        )
        if entry_id is None:
            return Reply(self.phrases.text("hvilken_indsats"), "question")
        return offer_reply(entry_id, aspect, self.knowledge, self.phrases)

    def _described(self, text: str) -> str | None:
        offers = [k for k, e in self.knowledge.entries.items() if isinstance(e, (Offer, Recommendation))]
        return lookup().best(text, offers, LIKE_A_DESCRIPTION)
