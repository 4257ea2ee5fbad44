"""The linear model by itself: a message without a sentence vector, and files that do not fit together."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bot.nlu.features import fit_vectorizer
from bot.nlu.margins import MarginModel, fit_planes

TEXTS = ["min far drikker", "hun drikker vin", "tak for hjælpen", "mange tak"]
LABELS = ["misbrug", "misbrug", "tak", "tak"]


@pytest.fixture
def model() -> MarginModel:
    vectors = np.random.default_rng(1).standard_normal((len(TEXTS), 6))
    vectorizer, rows = fit_vectorizer(TEXTS, vectors)
    return MarginModel(vectorizer, fit_planes(rows, LABELS, [frozenset()] * len(TEXTS)))


def test_a_message_without_a_vector_is_judged_by_the_rest(model: MarginModel) -> None:
    """The network may fail; its vector then counts as the mean of all."""
    none = np.empty((1, 0), dtype=np.float32)
    assert np.array_equal(
        model.margins(["han drikker"], none), model.margins(["han drikker"], model.vectorizer.centre[None])
    )
    assert model.classes[int(model.margins(["han drikker"], none).argmax())] == "misbrug"
    several = model.margins(TEXTS, np.empty((len(TEXTS), 0), dtype=np.float32))
    assert [model.classes[place] for place in several.argmax(axis=1)] == LABELS


def test_files_that_do_not_fit_together_are_refused(model: MarginModel, tmp_path: Path) -> None:
    model.save(tmp_path)
    assert MarginModel.load(tmp_path).classes == model.classes
    (tmp_path / "classes.json").write_text(json.dumps([*model.classes, "en til"]), encoding="utf-8")
    with pytest.raises(ValueError, match="classes"):
        MarginModel.load(tmp_path)
