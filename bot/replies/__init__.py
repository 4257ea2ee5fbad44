"""Turns answers and recommendations into replies, once, for all channels.

A reply is one message: plain text that reads well in a terminal, buttons, and the `custom` object from
which a chat window draws cards. The words are phrases of `domain.yml` and texts of `knowledge/`.
"""

from bot.replies.acute import acute_path, acute_reply, place_question, region_name
from bot.replies.answers import answer_reply, which_reply
from bot.replies.cards import Card, make_cards, services_shown
from bot.replies.contract import contract, known_phones, owners, phones_in
from bot.replies.offers import offer_reply, why_reply
from bot.replies.reply import KINDS, OWN_SAFETY, Button, Reply, differ
from bot.replies.steps import reasons_text, steps_reply

__all__ = [
    "KINDS",
    "OWN_SAFETY",
    "Button",
    "Card",
    "Reply",
    "acute_path",
    "acute_reply",
    "answer_reply",
    "contract",
    "differ",
    "known_phones",
    "make_cards",
    "offer_reply",
    "owners",
    "phones_in",
    "place_question",
    "reasons_text",
    "region_name",
    "services_shown",
    "steps_reply",
    "which_reply",
    "why_reply",
]
