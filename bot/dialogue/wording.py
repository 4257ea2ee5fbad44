"""Words the responses of the domain: no chance in the choice, the regional numbers, the contract.

Rasa's own generator picks a variation at random. This one counts them round, so that the same talk
always reads the same and no wording comes twice in a row. It runs inside the Rasa server: an urgent
answer needs no action server to name the right number.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Sequence
from datetime import date
from itertools import takewhile
from typing import Any

from rasa.core.nlg import interpolator
from rasa.core.nlg.generator import ResponseVariationFilter
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from bot import replies
from bot.knowledge import load_knowledge
from bot.knowledge.model import URGENT_LEVELS
from bot.phrases import load_phrases
from bot.triage.recommend import Step

logger = logging.getLogger(__name__)

ACUTE_PATH = "{akut_vej}"
FOREIGN = "utter_fare_"  # answers in other languages than Danish; a card would be Danish


class Wording(TemplatedNaturalLanguageGenerator):
    """Generates the assistant's responses from the domain and the knowledge base."""

    def __init__(self, endpoint_config: EndpointConfig, domain: Domain) -> None:
        """Load what the responses need; Rasa calls this with the `nlg` part of endpoints.yml."""
        super().__init__(domain.responses)
        self._knowledge = load_knowledge()
        self._phrases = load_phrases()

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **kwargs: Any
    ) -> dict[str, Any] | None:
        """Generate a response.

        Args:
            utter_action: name of the response in the domain.
            tracker: the conversation.
            output_channel: name of the channel.
            kwargs: further values for the gaps of the response.

        Returns:
            The message with text, buttons and the contract's `custom`; None for an unknown name.
        """
        slots = tracker.current_slot_values()
        fitting = (
            ResponseVariationFilter(self.responses).responses_for_utter_action(
                utter_action, output_channel, slots
            )
            if utter_action in self.responses
            else []
        )
        if not fitting:
            return None
        response = copy.deepcopy(fitting[_times_said(utter_action, tracker) % len(fitting)])
        draft = response.pop("custom", None) or {}
        try:
            # only the text has gaps; the braces of a button's payload are no gaps
            values = {**slots, **self._gaps(response, slots), **kwargs}
            response["text"] = interpolator.interpolate_text(str(response.get("text") or ""), values)
            cards_fit = draft.get("kind") == "urgent" and not utter_action.startswith(FOREIGN)
            custom = self._custom(draft, response["text"], tracker, cards_fit)
        except Exception:  # whatever is wrong with the knowledge, the person gets the words of the domain
            logger.exception("response %s could not be completed", utter_action)
            response["text"] = str(response.get("text", "")).replace(ACUTE_PATH, "").strip()
            custom = _bare_custom(draft)
        # one `custom` a turn, none after the first message
        return response if _spoke_custom(tracker) else {**response, "custom": custom}

    def _gaps(self, response: dict[str, Any], slots: dict[str, Any]) -> dict[str, str]:
        if ACUTE_PATH not in str(response.get("text")):
            return {}
        path = replies.acute_path(slots.get("region"), self._knowledge, self._phrases, date.today())
        return {"akut_vej": path}

    def _custom(
        self, draft: dict[str, Any], text: str, tracker: DialogueStateTracker, with_cards: bool
    ) -> dict[str, Any]:
        """Complete the `custom` of the domain to that of the contract."""
        message = tracker.latest_message
        parse = (message.parse_data or {}) if message else {}
        intent = ((message.intent or {}).get("name") if message else None) or ""
        need = self._knowledge.needs.get(intent)
        kind = draft.get("kind", "smalltalk")
        level = (parse.get("urgency") or {}).get("level") or (need.level if need else "andet")
        if kind == "urgent" and level not in URGENT_LEVELS:
            level = "akut"
        # the services whose numbers are shown, so that their sources are named
        owners = replies.owners(replies.phones_in(text, self._knowledge), self._knowledge)
        shown, own = [*owners.values()], draft.get("items", ())
        offered = [Step(service, ()) for service in _most_urgent(own, shown)] if with_cards else ()
        cards = replies.make_cards(offered, self._knowledge, self._phrases)
        return replies.contract(
            kind, level, need.id if need else None, [*own, *shown], text, self._knowledge, cards
        )


def _most_urgent(own: Sequence[str], shown: Sequence[str]) -> list[str]:
    """Choose the services that get a card: the response's own, and the first of the region, which is best.

    An urgent answer must not grow long: the other numbers stand in its text.
    """
    return [*(item for item in own if item in shown), *[item for item in shown if item not in own][:1]]


def _bare_custom(draft: dict[str, Any]) -> dict[str, Any]:
    """The contract with what the domain alone can tell."""
    kind = draft.get("kind", "smalltalk")
    level = "akut" if kind == "urgent" else "andet"
    return {
        "kind": kind,
        "level": level,
        "need": None,
        "items": list(draft.get("items", ())),
        "phones": [],
        "sources": [],
        "cards": [],
    }


def _times_said(utter_action: str, tracker: DialogueStateTracker) -> int:
    return sum(
        isinstance(event, BotUttered) and event.metadata.get("utter_action") == utter_action
        for event in tracker.events
    )


def _spoke_custom(tracker: DialogueStateTracker) -> bool:
    """Has this turn sent its `custom` already?"""
    turn = takewhile(lambda event: not isinstance(event, UserUttered), reversed(tracker.events))
    return any(isinstance(event, BotUttered) and (event.data or {}).get("custom") for event in turn)
