"""What every action shares: the knowledge base, the assistant's words, and a reply that never fails."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot import replies
from bot.actions.conversation import Message, last_texts, read_message
from bot.knowledge import load_knowledge
from bot.knowledge.model import Knowledge
from bot.phrases import Phrases, load_phrases
from bot.triage.lookup import Lookup, make_lookup

logger = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def lookup() -> Lookup:
    """Give the index over the knowledge base, made at the first call."""
    return make_lookup(load_knowledge())


class Answering(Action, ABC):
    """An action that answers with one reply.

    A subclass says what to reply; this class sends it. An exception becomes the fixed safe message
    with the emergency number, so that no turn stays without an answer.
    """

    today: Callable[[], date] = staticmethod(date.today)

    @abstractmethod
    def reply(self, message: Message, tracker: Tracker) -> replies.Reply:
        """Decide what to say.

        Args:
            message: the latest message.
            tracker: the conversation.
        """

    def events(self, message: Message, tracker: Tracker) -> list[EventType]:
        """Give further events for the tracker; none by default."""
        return []

    @property
    def knowledge(self) -> Knowledge:
        """The knowledge base."""
        return load_knowledge()

    @property
    def phrases(self) -> Phrases:
        """The assistant's words."""
        return load_phrases()

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Send the reply and give the events. Never raises."""
        try:
            message = read_message(tracker, self.knowledge)
            reply = replies.differ(self.reply(message, tracker), last_texts(tracker), self.phrases)
            events = self.events(message, tracker)
            need = message.intent if message.intent in self.knowledge.needs else None
            cards = replies.make_cards(reply.offered, self.knowledge, self.phrases)
            custom = replies.contract(
                reply.kind, message.level, need, reply.items, reply.text, self.knowledge, cards
            )
        except Exception:  # the person must get an answer whatever went wrong; what they wrote is not logged
            logger.exception("%s failed", self.name())
            dispatcher.utter_message(response="utter_teknisk_fejl")
            return []
        buttons = [{"title": b.title, "payload": b.payload} for b in reply.buttons]
        dispatcher.utter_message(text=reply.text, buttons=buttons, json_message=custom)
        return [*events, SlotSet("spurgt", reply.asks)]
