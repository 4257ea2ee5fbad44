"""One message to the person, and how its parts are put together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.phrases import Phrases
from bot.triage.recommend import Step

KINDS = ("urgent", "steps", "answer", "question", "smalltalk", "fallback")
OWN_SAFETY = "egen_sikkerhed"


@dataclass(frozen=True, slots=True)
class Button:
    """A choice: what it says, and the intent that it sends."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the person.

    Attributes:
        text: the whole answer as plain text.
        kind: one of `KINDS`.
        items: ids of the entries that the text is built on.
        buttons: choices, in order.
        asks: name of the question that the text ends with: an entry id with a follow-up question,
            `OWN_SAFETY`, or None.
        offered: the offers and services that a chat window draws as cards, each with the reasons
            why it fits.
    """

    text: str
    kind: str
    items: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    asks: str | None = None
    offered: tuple[Step, ...] = ()


def paragraphs(*parts: str) -> str:
    """Put the parts that are not empty below each other, with a blank line between them."""
    return "\n\n".join(part.strip() for part in parts if part and part.strip())


def differ(reply: Reply, previous: Iterable[str], phrases: Phrases) -> Reply:
    """Give a reply that does not repeat the last message word for word.

    Args:
        reply: the reply as it would be sent.
        previous: texts of the assistant's last turn.
        phrases: the assistant's words.

    Returns:
        The reply itself, or the reply with an opening that says it comes again.
    """
    said = set(previous)
    variation = 0
    text = reply.text
    while text in said and variation < len(phrases.variations["igen"]):
        text = paragraphs(phrases.text("igen", variation), reply.text)
        variation += 1
    return reply if text == reply.text else replace(reply, text=text)
