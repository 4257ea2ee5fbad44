"""The messages of `bot/data/nlu/`: labels, doubles, and what Rasa's reader could misread."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml
from rasa.shared.nlu.training_data.loading import load_data
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge.model import LEVELS
from bot.nlu.example import Example, read_examples

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "bot" / "data" / "nlu"


@pytest.fixture(scope="module")
def examples() -> tuple[Example, ...]:
    return read_examples(load_data(str(FOLDER)))


def test_every_need_has_messages(examples: tuple[Example, ...]) -> None:
    needs = yaml.safe_load((ROOT / "knowledge" / "needs.yml").read_text(encoding="utf-8"))["needs"]
    names = {need["id"] for need in needs}
    counts = Counter(example.need for example in examples)
    assert [name for name in sorted(names) if counts[name] < 40] == []


def test_labels(examples: tuple[Example, ...]) -> None:
    needs = {example.need for example in examples}
    for example in examples:
        assert example.level in LEVELS or example.need.startswith("oplys_"), example
        assert example.also <= needs - {example.need}, example


def test_the_order_of_files_does_not_matter(examples: tuple[Example, ...]) -> None:
    """Rasa keeps the paths in a set; the training would differ from run to run."""
    messages = load_data(str(FOLDER)).training_examples
    assert read_examples(TrainingData(messages[::-1])) == examples


def test_no_message_stands_twice(examples: tuple[Example, ...]) -> None:
    counts = Counter(re.sub(r"[\W_]+", " ", e.text.lower()).strip() or e.text for e in examples)
    assert [text for text, count in counts.items() if count > 1] == []


def test_rasa_reads_what_is_written(examples: tuple[Example, ...]) -> None:
    """No message holds brackets that Rasa takes for an entity, nor is lost in a block."""
    written = Counter(
        line[2:]
        for file in sorted(FOLDER.glob("*.yml"))
        for block in yaml.safe_load(file.read_text(encoding="utf-8"))["nlu"]
        if "intent" in block
        for line in block["examples"].splitlines()
    )
    assert Counter(example.text for example in examples) == written
