"""How Rasa reads `bot/data/`: its own importer, which keeps what it has read."""

from __future__ import annotations

from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.shared.utils.common import cached_method


class CachedFileImporter(RasaFileImporter):
    """Reads the messages once. Rasa asks for them three times a training, 20 seconds each."""

    @cached_method
    def get_nlu_data(self, language: str | None = "en") -> TrainingData:
        """Return the labelled messages."""
        return super().get_nlu_data(language)
