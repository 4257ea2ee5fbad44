"""The training data, which take twenty seconds to read: once for all tests of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from rasa.shared.nlu.training_data.training_data import TrainingData

    from bot.nlu.example import Example

FOLDER = Path(__file__).resolve().parents[2] / "bot" / "data" / "nlu"


@pytest.fixture(scope="session")
def training_data() -> TrainingData:
    from rasa.shared.nlu.training_data.loading import load_data  # warns when imported: not before the filters

    return load_data(str(FOLDER))


@pytest.fixture(scope="session")
def examples(training_data: TrainingData) -> tuple[Example, ...]:
    from bot.nlu.example import read_examples

    return read_examples(training_data)
