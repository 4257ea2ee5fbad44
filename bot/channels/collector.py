"""Collects what the assistant says in one turn, one message a reply."""

from __future__ import annotations

from typing import Any

from rasa.core.channels.channel import CollectingOutputChannel

NAME = "web"


class Collector(CollectingOutputChannel):
    """Keeps text, buttons and `custom` of a reply together.

    Rasa's own collector cuts a text at blank lines and makes a message of its own of `custom`.
    """

    @classmethod
    def name(cls) -> str:
        """Name of the channel."""
        return NAME

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Collect a reply; one that says nothing is left out."""
        buttons = [{"title": b["title"], "payload": b["payload"]} for b in message.get("buttons") or ()]
        text, custom = (message.get("text") or "").strip(), message.get("custom")
        if text or buttons or custom:
            optional = {"buttons": buttons, "custom": custom}
            self.messages.append({"text": text, **{key: value for key, value in optional.items() if value}})

    @property
    def says_something(self) -> bool:
        """Is there a text to read?"""
        return any(message["text"] for message in self.messages)

    @property
    def urgent(self) -> bool:
        """Is an urgent answer among the messages?"""
        return any((message.get("custom") or {}).get("kind") == "urgent" for message in self.messages)
