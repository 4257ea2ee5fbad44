"""Yes, no, why, and a place: messages that only mean something after what was said before."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk import Tracker

from bot.actions.base import Answering
from bot.actions.conversation import Message, last_items, last_question
from bot.knowledge.model import Answer
from bot.replies import (
    OWN_SAFETY,
    Reply,
    acute_reply,
    answer_reply,
    place_question,
    services_shown,
    why_reply,
)
from bot.triage.places import find_places, places_of
from bot.triage.text import fold
from bot.triage.yes_no import opening


class ActionJaNej(Answering):
    """Answers a yes or a no to the question that was asked last."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_ja_nej"

    def reply(self, message: Message, tracker: Tracker) -> Reply:
        """Follow the question's branch; without a question say what can be done."""
        asked = last_question(tracker)
        entry = self.knowledge.entries.get(asked or "")
        if isinstance(entry, Answer) and entry.follow_up:
            says_no = "nej" in (message.intent, opening(fold(message.text)))
            branch = entry.follow_up.no if says_no else entry.follow_up.yes
            return answer_reply(branch, "", self.knowledge, self.phrases)
        if asked == OWN_SAFETY:
            text = self.phrases.text("egen_sikkerhed_nej")
            offered = services_shown(text, self.knowledge)
            return Reply(text, "answer", ("acute_services/livslinien",), offered=offered)
        return Reply(self.phrases.text("ja_loest" if message.intent == "ja" else "nej_loest"), "smalltalk")


class ActionHvorfor(Answering):
    """Says where the last answer comes from."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_hvorfor"

    def reply(self, message: Message, tracker: Tracker) -> Reply:
        """Legal basis, what is uncertain and sources of the last answer."""
        reply = why_reply(last_items(tracker), self.knowledge, self.phrases)
        return replace(reply, asks=last_question(tracker))  # "why?" does not answer what was asked


class ActionSted(Answering):
    """Answers a place that stands alone: the acute path there, or which place of that name."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_sted"

    def reply(self, message: Message, tracker: Tracker) -> Reply:
        """Ask back where several places have the name; else give the acute path of the region."""
        hits = find_places(message.text, places_of(self.knowledge))
        if hits and not message.entity("region"):
            options = [name for hit in hits for name in hit.candidates or (hit.municipality,) if name]
            return place_question(
                hits[0].surface, tuple(dict.fromkeys(options)), self.knowledge, self.phrases
            )
        return acute_reply(tracker.get_slot("region"), self.knowledge, self.phrases, self.today())
