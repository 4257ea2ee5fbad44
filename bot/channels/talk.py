"""What the channel asks of Rasa. Everything here runs on the worker's thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import takewhile
from typing import Any
from urllib.parse import urljoin

import aiohttp
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.channels.bodies import LONGEST, Refused, Said, plain
from bot.channels.collector import NAME, Collector
from bot.channels.fixed import ask_for_less
from bot.channels.forget import forget, stores_in
from bot.channels.pieces import pieces
from bot.channels.tokens import new_conversation
from bot.knowledge.model import URGENT_LEVELS

GREETING = "/hilsen"
HANGING = 1.0  # seconds from which the turn before counts as hanging
POLL = 0.1  # seconds between two looks whether the turn before is over; Rasa's own is a second
DANGER = "min søn har taget en overdosis og trækker ikke vejret"
ALARM = "112"


class Talk:
    """One conversation on the web."""

    def __init__(self, agent: Agent, conversation: str) -> None:
        """Keep what is needed; nothing is asked yet."""
        self._agent = agent
        self._id = conversation

    async def begin(self, collector: Collector) -> None:
        """Make the conversation, with the assistant's own greeting as its first turn."""
        async with self._turn():
            await self._handle(GREETING, collector)

    async def say(self, said: Said, collector: Collector) -> None:
        """Hand over what a person says.

        Args:
            said: the text, redacted, or the choice.
            collector: gets the messages of the answer as they come.

        Raises:
            Refused: the conversation is not there, or the choice is none of the last turn.
        """
        if self._agent.processor is None:  # nothing is refused then: the person reads the fixed answer
            raise RuntimeError("there is no model")
        async with AsyncExitStack() as turn:
            try:
                await asyncio.wait_for(turn.enter_async_context(self._turn()), HANGING)
            except asyncio.TimeoutError:  # the turn before hangs; danger does not wait for it
                await self._say_without_memory(said, collector)
                if collector.urgent:
                    return
                await turn.enter_async_context(self._turn())
            await self._say_in_turn(said, collector)

    async def _say_in_turn(self, said: Said, collector: Collector) -> None:
        try:
            tracker = await self._tracker()
        except Exception:
            await self._say_without_memory(said, collector)
            if not collector.urgent:
                raise
            return
        if tracker is None:  # deleted, or never begun because something failed
            await self._say_without_memory(said, collector)
            forget(self._agent.tracker_store, self._id)
            if not collector.urgent:
                raise Refused("adgang")
            return
        if said.chosen:
            if said.text not in offered(tracker):
                raise Refused("valg")
        elif len(said.text) > LONGEST:
            parsed = await self._most_urgent(said.text)
            if _level(parsed) not in URGENT_LEVELS:
                collector.messages.append(ask_for_less(_level(parsed)))
                return
            await self._handle(said.text, collector, parsed)
            return
        await self._handle(said.text, collector)

    async def forget(self) -> None:
        """Delete the conversation, after the turn that runs.

        Raises:
            Refused: the conversation is not there.
        """
        async with self._turn():
            known = await self._tracker() is not None
            forget(self._agent.tracker_store, self._id)
            if not known:
                raise Refused("adgang")

    async def check(self) -> None:
        """Check that the conversation is there.

        Raises:
            Refused: it is not.
        """
        if await self._tracker() is None:
            raise Refused("adgang")

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """One turn of a conversation at a time. A turn that is given up lets the next one in."""
        async with self._agent.lock_store.lock(self._id, wait_time_in_seconds=POLL):
            yield

    async def _tracker(self) -> DialogueStateTracker | None:
        """Ask the store itself: Rasa's wrapper takes a store that fails for one that is empty."""
        return await next(stores_in(self._agent.tracker_store)).retrieve(self._id)

    async def _say_without_memory(self, said: Said, collector: Collector) -> None:
        """Danger is answered when nothing is known of before: the store fails, or the turn before hangs."""
        if said.chosen:
            return
        parsed = await self._most_urgent(said.text)
        if _level(parsed) in URGENT_LEVELS:
            await self._handle(said.text, collector, parsed)

    @property
    def _processor(self) -> MessageProcessor:
        if self._agent.processor is None:
            raise RuntimeError("there is no model")
        return self._agent.processor

    async def _parse(self, text: str) -> dict[str, Any]:
        return await self._processor.parse_message(UserMessage(text, Collector(), self._id))

    async def _most_urgent(self, text: str) -> dict[str, Any]:
        """Understand a text; of a long one also each piece, until one is urgent."""
        whole = await self._parse(text)
        if _level(whole) in URGENT_LEVELS or len(text) <= LONGEST:
            return whole
        for piece in reversed(dict.fromkeys(pieces(text))):  # what a letter is written for often ends it
            await asyncio.sleep(0)  # others may have their turn, and a turn that is given up ends
            parsed = await self._parse(plain(piece) or piece)
            if _level(parsed) in URGENT_LEVELS:
                return parsed
        return whole

    async def _handle(self, text: str, collector: Collector, parsed: dict[str, Any] | None = None) -> None:
        message = UserMessage(text, collector, self._id, input_channel=NAME, parse_data=parsed)
        try:
            await self._processor.handle_message(message)
        finally:
            for spare in [*stores_in(self._agent.tracker_store)][1:]:  # where Rasa keeps it if saving fails
                forget(spare, self._id)


def _level(parsed: dict[str, Any]) -> str:
    return str((parsed.get("urgency") or {}).get("level") or "andet")


def offered(tracker: DialogueStateTracker) -> set[str]:
    """Give the payloads of the buttons of the last turn."""
    turn = takewhile(lambda event: not isinstance(event, UserUttered), reversed(tracker.events))
    return {
        button["payload"]
        for event in turn
        if isinstance(event, BotUttered)
        for button in (event.data or {}).get("buttons") or ()
    }


async def is_loaded(agent: Agent) -> bool:
    """Tell whether there is a model."""
    return bool(agent.is_ready())


async def actions_answer(agent: Agent) -> bool:
    """Tell whether the action server is well."""
    url = urljoin(agent.action_endpoint.url, "/health")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session:
        async with session.get(url) as answer:
            return bool(answer.status == 200)


async def store_answers(agent: Agent) -> bool:
    """Tell whether the tracker store answers."""
    return await next(stores_in(agent.tracker_store)).retrieve(new_conversation()) is None


async def sees_danger(agent: Agent) -> bool:
    """Tell whether a message about danger gets its urgent answer; nothing of the try is kept."""
    conversation, collector = new_conversation(), Collector()
    talk = Talk(agent, conversation)
    try:
        await talk.begin(Collector())
        await talk.say(Said(DANGER, False), collector)
    finally:
        forget(agent.tracker_store, conversation)
    return collector.urgent and any(
        ALARM in (message.get("custom") or {}).get("phones", ()) for message in collector.messages
    )
