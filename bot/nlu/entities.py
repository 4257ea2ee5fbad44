"""Entities as Rasa writes them: how the extractors make them and add them to a message."""

from __future__ import annotations

from typing import Any

from rasa.nlu.constants import ENTITY_ATTRIBUTE_CONFIDENCE_TYPE
from rasa.shared.nlu.constants import (
    ENTITIES,
    ENTITY_ATTRIBUTE_END,
    ENTITY_ATTRIBUTE_START,
    ENTITY_ATTRIBUTE_TYPE,
    ENTITY_ATTRIBUTE_VALUE,
    EXTRACTOR,
)
from rasa.shared.nlu.training_data.message import Message


def entity(kind: str, value: str | None, start: int, end: int) -> dict[str, Any]:
    """Make an entity. The vocabulary is certain of its words, so the confidence is 1."""
    return {
        ENTITY_ATTRIBUTE_TYPE: kind,
        ENTITY_ATTRIBUTE_VALUE: value,
        ENTITY_ATTRIBUTE_START: start,
        ENTITY_ATTRIBUTE_END: end,
        ENTITY_ATTRIBUTE_CONFIDENCE_TYPE: 1.0,
    }


def add_entities(message: Message, entities: list[dict[str, Any]], extractor: str) -> None:
    """Add entities to those that a message has already, under the name of their extractor."""
    found = [{**item, EXTRACTOR: extractor} for item in entities]
    message.set(ENTITIES, [*(message.get(ENTITIES) or []), *found], add_to_output=True)
