"""Answers a need from the knowledge base: confidentiality, rights, support, crisis."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk import Tracker

from bot.actions.base import Answering, lookup
from bot.actions.conversation import Message, read_situation
from bot.actions.offer import aspect_in, offer_in
from bot.knowledge.model import Answer, Offer, Recommendation
from bot.replies import (
    OWN_SAFETY,
    Button,
    Reply,
    acute_reply,
    answer_reply,
    offer_reply,
    steps_reply,
    which_reply,
)
from bot.triage.guard import SURE_OF_NEED
from bot.triage.recommend import Step, recommend

SURE = 0.20  # under this confidence the assistant asks what is meant
FEW_WORDS_ABOUT_OFFER = 9  # "de otte anbefalinger, hvad er det"
FEW_WORDS_ABOUT_SERVICE = 4  # "nummer til livslinien"
LIKE_ANOTHER = 0.3  # similarity from which another entry of the need stands in for the editor's first
LIKE_ONLY = 0.5  # the same for a need that is answered with steps
LIKE_ITSELF = 0.62  # from here on the entry stands whatever the need
STEPS_AFTER_ANSWER = 2


class ActionBesvar(Answering):
    """Answers the need of the latest message."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_besvar"

    def reply(self, message: Message, tracker: Tracker) -> Reply:
        """Choose entry and steps for the need; ask back where the need is not clear."""
        need = message.intent
        named = offer_in(message, self.knowledge)
        if named and self._is_about(named, message) and not self._asked_for(message.text):
            return offer_reply(named, aspect_in(message, self.knowledge), self.knowledge, self.phrases)
        if message.text and message.confidence < SURE and not self._asked_for(message.text):
            return which_reply(message.ranking or (need,), self.knowledge, self.phrases)
        if need == "akutte_tilbud" and self._asked_for(message.text) in (
            None,
            *self.knowledge.needs[need].answers,
        ):
            return acute_reply(tracker.get_slot("region"), self.knowledge, self.phrases, self.today())
        return self._answer(need, message, tracker)

    def _is_about(self, named: str, message: Message) -> bool:
        """Is the offer what the message is about, or only mentioned on the way?"""
        entry, need = self.knowledge.entries[named], self.knowledge.needs.get(message.intent)
        words = len(message.text.split())
        if isinstance(entry, Offer):
            unsure = message.confidence < SURE_OF_NEED and message.intent not in entry.needs
            return (unsure or words <= FEW_WORDS_ABOUT_OFFER) and not (need and named in need.steps)
        return words <= FEW_WORDS_ABOUT_SERVICE or message.intent == "akutte_tilbud"

    def _answer(self, need: str, message: Message, tracker: Tracker) -> Reply:
        opening = self._opening(need, message.level)
        steps = self._steps(need, message, tracker)
        entry_id = self._entry(need, message.text)
        if message.level == "krise":
            reply = steps_reply(steps[:STEPS_AFTER_ANSWER], opening, self.knowledge, self.phrases)
            question = self.phrases.text("egen_sikkerhed")
            buttons = (
                Button(self.phrases.text("knap_ja"), "/ja"),
                Button(self.phrases.text("knap_nej"), "/nej"),
            )
            text = f"{reply.text}\n\n{question}"
            return replace(reply, text=text, buttons=buttons, asks=OWN_SAFETY)
        if entry_id and isinstance(self.knowledge.entries[entry_id], Offer):
            return offer_reply(entry_id, None, self.knowledge, self.phrases)
        if entry_id:
            return answer_reply(entry_id, opening, self.knowledge, self.phrases, steps[:STEPS_AFTER_ANSWER])
        return steps_reply(steps, opening, self.knowledge, self.phrases)

    def _opening(self, need: str, level: str) -> str:
        if level == "krise" and not self.phrases.has(f"aabning_{need}"):
            need = "paaroerende_i_krise"
        return self.phrases.text(f"aabning_{need}") if self.phrases.has(f"aabning_{need}") else ""

    def _asked_for(self, text: str) -> str | None:
        """The answer that a message asks for in so many words, whatever its need."""
        answers = [
            k for k, entry in self.knowledge.entries.items() if isinstance(entry, (Answer, Recommendation))
        ]
        return lookup().best(text, answers, least=LIKE_ITSELF)

    def _entry(self, need: str, text: str) -> str | None:
        """Choose the entry asked for in so many words, the nearest of the need, or the editor's first."""
        listed = self.knowledge.needs[need].answers if need in self.knowledge.needs else ()
        serving = [
            key
            for key, entry in self.knowledge.entries.items()
            if isinstance(entry, (Answer, Recommendation, Offer) if listed else (Answer, Recommendation))
            and need in entry.needs[:2]
            and key not in (*listed, *self._listed_steps(need))
        ]
        own = [*listed, *serving]
        return (
            lookup().best(text, own, least=LIKE_ONLY)
            or self._asked_for(text)
            or (lookup().best(text, own, least=LIKE_ANOTHER) or listed[0] if listed else None)
        )

    def _listed_steps(self, need: str) -> tuple[str, ...]:
        return self.knowledge.needs[need].steps if need in self.knowledge.needs else ()

    def _steps(self, need: str, message: Message, tracker: Tracker) -> tuple[Step, ...]:
        found = self.knowledge.needs.get(need)
        if found is None or (found.answers and not found.steps and message.level != "krise"):
            return ()
        return recommend(read_situation(tracker, message, self.knowledge, need, self.today()), self.knowledge)
