"""Rasa component: offers, methods and services that a message names."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.knowledge import load_knowledge
from bot.nlu.entities import add_entities, entity
from bot.triage.terms import find_names, make_names

OFFER = "indsats"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class NameExtractor(GraphComponent, EntityExtractorMixin):
    """Adds `indsats`; its value is the id of the knowledge entry."""

    def __init__(self) -> None:
        """Index the names of the knowledge base."""
        self._names = make_names(load_knowledge().names)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> NameExtractor:
        """Make the component; it has no trained state."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message."""
        for message in messages:
            add_entities(message, self.predict(message.get(TEXT) or ""), self.name)
        return messages

    def predict(self, text: str) -> list[dict[str, Any]]:
        """Find the entities of a text, in its order."""
        return [entity(OFFER, hit.term_id, hit.start, hit.end) for hit in find_names(text, self._names)]
