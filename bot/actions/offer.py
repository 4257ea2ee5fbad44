"""Tells about one named offer, or one side of it: consent, cost, evidence, sign-up."""

from __future__ import annotations

from rasa_sdk import Tracker

from bot.actions.base import Answering, lookup
from bot.actions.conversation import Message, last_items
from bot.knowledge.model import Knowledge, Offer, Service
from bot.replies import Reply, offer_reply
from bot.triage.guard import FEW_WORDS
from bot.triage.terms import find_terms

LIKE_A_DESCRIPTION = 0.37  # similarity from which a description names an entry
LIKE_A_NAME = 0.5  # the same for a question of price and the like, whose own words are like many entries


def offer_in(message: Message, knowledge: Knowledge) -> str | None:
    """Give the id of the offer that a message names, or None; an offer before a service that has it."""
    named = [
        value for entity, value in message.entities if entity == "indsats" and value in knowledge.entries
    ]
    return next((n for n in named if isinstance(knowledge.entries[n], Offer)), named[0] if named else None)


def aspect_in(message: Message, knowledge: Knowledge) -> str | None:
    """Give the side of an offer that a message asks about, or None."""
    hits = find_terms(message.text, knowledge.aspects)
    return hits[0].term_id if hits else None


class ActionOmIndsats(Answering):
    """Answers questions about a named offer or method."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_om_indsats"

    def reply(self, message: Message, tracker: Tracker) -> Reply:
        """Find the offer by name, as the one that was spoken of last, or by description."""
        aspect = aspect_in(message, self.knowledge)
        entry_id = (
            self._named(message)
            or (self._spoken_of(tracker) if aspect and self._leans(message) else None)
            or lookup().best(
                message.text, self.knowledge.entries, LIKE_A_NAME if aspect else LIKE_A_DESCRIPTION
            )
        )
        if entry_id is None:
            return Reply(self.phrases.text("hvilken_indsats"), "question")
        return offer_reply(entry_id, aspect, self.knowledge, self.phrases)

    def _named(self, message: Message) -> str | None:
        """The named offer; where only a service is named, the offer of it that the message describes."""
        named = offer_in(message, self.knowledge)
        if named and isinstance(self.knowledge.entries[named], Service):
            offers = [key for key, entry in self.knowledge.entries.items() if isinstance(entry, Offer)]
            return lookup().best(message.text, offers, LIKE_A_NAME) or named
        return named

    def _leans(self, message: Message) -> bool:
        """A message too short to describe an offer leans on the last answer; GuardPolicy sends those here."""
        return len(message.text.split()) <= FEW_WORDS

    def _spoken_of(self, tracker: Tracker) -> str | None:
        items = last_items(tracker, kinds=("answer", "steps"))
        return next((i for i in items if isinstance(self.knowledge.entries.get(i), (Offer, Service))), None)
