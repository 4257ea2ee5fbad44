"""Rasa component: who the ill person is, and what is the matter."""

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
from bot.triage.phrase_index import split_words
from bot.triage.terms import find_relations, find_terms, ill_person, make_terms

RELATION, AREA = "relation", "omraade"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class TermExtractor(GraphComponent, EntityExtractorMixin):
    """Adds `relation` for the one who most likely is ill, and `omraade` once for each area."""

    def __init__(self) -> None:
        """Index the vocabulary of the knowledge base."""
        knowledge = load_knowledge()
        self._relations = make_terms(knowledge.relations)
        self._areas = make_terms(knowledge.areas)

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> TermExtractor:
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
            At most one `relation`, then the areas. The area that is named first comes last: a slot
            takes the last value, and people begin with what weighs most.
        """
        words = split_words(text)
        person = ill_person(find_relations(text, self._relations, words=words))
        # the first mention of each area
        areas = {hit.term_id: hit for hit in reversed(find_terms(text, self._areas, words=words))}
        found = [entity(RELATION, person.term_id, person.start, person.end)] if person else []
        ordered = sorted(areas.values(), key=lambda hit: -hit.start)
        return found + [entity(AREA, hit.term_id, hit.start, hit.end) for hit in ordered]
