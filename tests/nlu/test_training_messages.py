"""The messages of `bot/data/nlu/`: labels, doubles, near doubles, what Rasa's reader could misread.

None of them may stand in, or lie close to, the messages that the assistant is measured on.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pytest
import yaml
from rapidfuzz import fuzz, process
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.evaluation.messages import read_messages
from bot.knowledge.model import LEVELS
from bot.nlu.example import REGISTERS, Example, read_examples
from bot.triage.text import fold

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "bot" / "data" / "nlu"
SETS = {name: ROOT / "tests" / "messages" / f"{name}.jsonl" for name in ("test", "dev")}
LEAST = 15_000
LEAST_IN_A_REGISTER = 3
# Of 100: how alike two folded messages may be. Minimal pairs are alike on purpose and differ in their label:
# the first counts within one need and level, the second between training and measuring, whatever the label.
ALIKE = 92
ALIKE_TO_MEASURED = 88
SHORT = 20  # characters: "tak for det" and "tak for det hele" are both what people write


def plain(text: str) -> str:
    """Return the words of a text, folded, without signs; the text itself where it has none."""
    return re.sub(r"[\W_]+", " ", fold(text)).strip() or text


def alike(some: list[str], others: list[str], least: float) -> list[tuple[str, str]]:
    """Return the pairs of long enough texts that are at least so alike, of 100."""
    some, others = [t for t in some if len(t) >= SHORT], [t for t in others if len(t) >= SHORT]
    scores = process.cdist(some, others, scorer=fuzz.ratio, score_cutoff=least, workers=-1, dtype=np.uint8)
    return [(some[row], others[column]) for row, column in np.argwhere(scores)]


def test_every_need_has_messages(examples: tuple[Example, ...]) -> None:
    needs = yaml.safe_load((ROOT / "knowledge" / "needs.yml").read_text(encoding="utf-8"))["needs"]
    names = {need["id"] for need in needs}
    counts = Counter(example.need for example in examples)
    assert [name for name in sorted(names) if counts[name] < 40] == []


def test_labels(examples: tuple[Example, ...]) -> None:
    needs = {example.need for example in examples}
    for example in examples:
        assert example.level in LEVELS or example.need.startswith("oplys_"), example
        assert example.register in REGISTERS, example
        assert example.also <= needs - {example.need}, example


def test_the_order_of_files_does_not_matter(
    training_data: TrainingData, examples: tuple[Example, ...]
) -> None:
    """Rasa keeps the paths in a set; the training would differ from run to run."""
    assert read_examples(TrainingData(training_data.training_examples[::-1])) == examples


def test_no_message_stands_twice(examples: tuple[Example, ...]) -> None:
    """Nor in two needs: the second one would be a double of the first."""
    counts = Counter(plain(e.text) for e in examples)
    assert [text for text, count in counts.items() if count > 1] == []


def test_no_message_is_nearly_another_of_the_same_label(examples: tuple[Example, ...]) -> None:
    groups: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for example in examples:
        groups[example.need, example.level].append(plain(example.text))
    found = [
        pair for texts in groups.values() for pair in alike(texts, texts, ALIKE) if pair[0] < pair[1]
    ]  # fmt: skip
    assert found == []


@pytest.mark.parametrize("name", SETS)
def test_what_is_measured_was_never_learnt(examples: tuple[Example, ...], name: str) -> None:
    learnt = [plain(example.text) for example in examples]
    measured = [plain(message.text) for message in read_messages(SETS[name])]
    assert set(learnt) & {text for text in measured if len(text.split()) > 1} == set()
    assert alike(learnt, measured, ALIKE_TO_MEASURED) == []


def test_the_sets_that_measure_do_not_overlap() -> None:
    texts = {name: [plain(message.text) for message in read_messages(path)] for name, path in SETS.items()}
    for one, other in combinations(texts.values(), 2):
        assert {t for t in one if len(t.split()) > 2} & set(other) == set()
        assert alike(one, other, ALIKE_TO_MEASURED) == []


def test_there_are_enough_messages(examples: tuple[Example, ...]) -> None:
    assert len(examples) >= LEAST


def test_every_need_is_there_in_every_register(examples: tuple[Example, ...]) -> None:
    counts = Counter((example.need, example.register) for example in examples)
    cells = product(sorted({example.need for example in examples}), REGISTERS)
    assert [cell for cell in cells if counts[cell] < LEAST_IN_A_REGISTER] == []


def test_rasa_reads_what_is_written(examples: tuple[Example, ...]) -> None:
    """No message holds brackets that Rasa takes for an entity, nor is lost in a block."""
    written = Counter(
        line[2:]
        for file in sorted(FOLDER.glob("*.yml"))
        for block in yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader)["nlu"]
        if "intent" in block
        for line in block["examples"].splitlines()
    )
    assert Counter(example.text for example in examples) == written
