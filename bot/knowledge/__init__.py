"""What we know: the YAML files of `knowledge/` as frozen dataclasses, checked when they are loaded."""

from bot.knowledge.faults import Fault, KnowledgeError
from bot.knowledge.loader import KNOWLEDGE_FOLDER, load_knowledge
from bot.knowledge.model import Knowledge

__all__ = ["KNOWLEDGE_FOLDER", "Fault", "Knowledge", "KnowledgeError", "load_knowledge"]
