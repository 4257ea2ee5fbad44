"""What the assistant understands of messages, and how long it takes."""

from __future__ import annotations

import asyncio
import logging
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.knowledge.model import URGENT_LEVELS, Level

WARM_UP = 5  # messages read before the clock counts: the first ones fill caches


@dataclass(frozen=True, slots=True)
class Understanding:
    """The parse result of one message.

    Attributes:
        need: name of the intent.
        confidence: of the need, 0 to 1.
        level: how urgent the assistant holds it.
        score: how sure it is that the message is urgent, 0 to 1.
        sign: the danger sign that decided, if one did.
        regions: the regions found.
        seconds: time from text to result.
    """

    need: str
    confidence: float
    level: Level
    score: float
    sign: str | None
    regions: frozenset[str]
    seconds: float

    @property
    def urgent(self) -> bool:
        """Tell whether the assistant answers it as urgent."""
        return self.level in URGENT_LEVELS


def understand(model: Path, texts: Sequence[str]) -> list[Understanding]:
    """Parse texts with a trained model, one at a time, in this process.

    Args:
        model: the model archive.
        texts: the messages.

    Returns:
        One result a text, in their order.

    Raises:
        ValueError: the archive cannot be loaded.
    """
    parse = load_parser(model)
    for text in texts[:WARM_UP]:
        parse(text)
    results = []
    for text in texts:
        began = time.perf_counter()
        parsed = parse(text)
        results.append(read_parse(parsed, time.perf_counter() - began))
    return results


def load_parser(model: Path) -> Callable[[str], Mapping[str, Any]]:
    """Load a model; return the function that gives Rasa's parse result of a text.

    Raises:
        ValueError: the archive cannot be loaded.
    """
    import sanic.app  # noqa: F401  sets a warning filter when first imported: ours outranks it

    warnings.simplefilter("ignore")  # other people's packages announce what they like
    from rasa.core.agent import Agent  # ten seconds; who only counts figures does not wait for them
    from rasa.utils.log_utils import configure_structlog

    configure_structlog(logging.ERROR)  # else every message is printed
    agent = Agent.load(str(model))
    if not agent.is_ready():
        raise ValueError(f"{model} holds no model that can be loaded")
    loop = asyncio.new_event_loop()
    return lambda text: loop.run_until_complete(agent.parse_message(text))


def read_parse(parsed: Mapping[str, Any], seconds: float = 0.0) -> Understanding:
    """Read Rasa's parse result, as `Agent.parse_message` and `POST /model/parse` give it.

    Raises:
        KeyError: it lacks what the contract promises.
    """
    urgency = parsed["urgency"]
    return Understanding(
        need=parsed["intent"]["name"] or "",
        confidence=float(parsed["intent"]["confidence"]),
        level=urgency["level"],
        score=float(urgency["score"]),
        sign=urgency["sign"],
        regions=frozenset(e["value"] for e in parsed["entities"] if e["entity"] == "region"),
        seconds=seconds,
    )
