"""Rasa component: municipality and region that a message names."""

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
from bot.triage.places import find_places, places_of, settle

MUNICIPALITY, REGION, PLACE = "kommune", "region", "sted"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PlaceExtractor(GraphComponent, EntityExtractorMixin):
    """Adds `kommune` and `region`; `sted` for a place that leaves one of them open."""

    def __init__(self) -> None:
        """Index the places of the knowledge base."""
        self._places = places_of(load_knowledge())

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> PlaceExtractor:
        """Make the component; it has no trained state."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Add the entities of each message."""
        for message in messages:
            add_entities(message, self.predict(message.get(TEXT) or ""), self.name)
        return messages

    def predict(self, text: str) -> list[dict[str, Any]]:
        """Find the entities of a text.

        Args:
            text: the message.

        Returns:
            Entities in the order of the text. A place that is negated gives none. Where the places
            disagree on the region, nothing is settled and each of them is a `sted`: asking is safer
            than a telephone number of the wrong region.
        """
        hits = find_places(text, self._places)
        municipality, region = settle(hits)
        found = []
        for hit in hits:
            if hit.negated:
                continue
            names_region = bool(region) and hit.region == region
            names_municipality = bool(municipality) and hit.municipality == municipality
            if names_municipality:
                found.append(entity(MUNICIPALITY, municipality, hit.start, hit.end))
            if names_region:
                found.append(entity(REGION, region, hit.start, hit.end))
            if not names_region or (hit.candidates and not names_municipality):
                found.append(entity(PLACE, hit.surface, hit.start, hit.end))
        return found
