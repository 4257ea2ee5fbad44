"""The importer reads what Rasa's own reads, and once."""

from __future__ import annotations

from pathlib import Path

from rasa.shared.importers.importer import TrainingDataImporter
from rasa.shared.importers.rasa import RasaFileImporter

from bot.nlu.importer import CachedFileImporter

NLU = """
version: "3.1"
nlu:
- intent: tak
  metadata: {level: andet}
  examples: |
    - mange tak
    - tak for det
"""


def test_the_messages_are_those_of_rasa_and_read_once(tmp_path: Path) -> None:
    file = tmp_path / "nlu.yml"
    file.write_text(NLU, encoding="utf-8")
    paths = [str(tmp_path)]
    importer = CachedFileImporter(training_data_paths=paths)
    read = importer.get_nlu_data()
    assert read.fingerprint() == RasaFileImporter(training_data_paths=paths).get_nlu_data().fingerprint()
    file.unlink()
    assert importer.get_nlu_data() is read


def test_config_yml_names_it() -> None:
    assert type(_innermost(TrainingDataImporter.load_from_config("config.yml"))) is CachedFileImporter


def _innermost(importer: object) -> object:
    """Give the importer at the bottom of those that Rasa wraps around it."""
    while True:
        inner = getattr(importer, "importer", None) or getattr(importer, "_importer", None)
        if inner is None:
            (bottom,) = importer._importers  # type: ignore[attr-defined]
            return bottom
        importer = inner
