"""Recommends the next steps for all that the person has told."""

from __future__ import annotations

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet

from bot.actions.base import Answering
from bot.actions.conversation import Message, known, read_situation
from bot.replies import Reply, steps_reply
from bot.triage.recommend import DEFAULT_NEED, recommend


class ActionAnbefal(Answering):
    """Ends the guide, or answers a wide request for help, with at most three next steps."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_anbefal"

    def reply(self, message: Message, tracker: Tracker) -> Reply:
        """Say what was understood, then the steps."""
        need = known(tracker.get_slot("behov")) or DEFAULT_NEED
        situation = read_situation(tracker, message, self.knowledge, need, self.today())
        steps = recommend(situation, self.knowledge)
        return steps_reply(steps, self._understood(tracker), self.knowledge, self.phrases)

    def events(self, message: Message, tracker: Tracker) -> list[EventType]:
        """Forget danger and need, so that the guide can be walked again; keep who, what and where."""
        return [SlotSet("fare", None), SlotSet("behov", None)]

    def _understood(self, tracker: Tracker) -> str:
        kb, facts = self.knowledge, []
        relation, area, place = (known(tracker.get_slot(s)) for s in ("relation", "omraade", "region"))
        facts += [t.label for t in kb.relations if t.id == relation]
        facts += [t.label for t in kb.areas if t.id == area]
        facts += [known(tracker.get_slot("kommune")) or place] if place else []
        if not facts:
            return self.phrases.text("skridt_aabning")
        return self.phrases.text("skridt_forstaaet", fakta=", ".join(facts))
