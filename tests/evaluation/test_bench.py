"""What the comparison with `rasa init` does around the two trainings."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.evaluation.bench import OURS, ROWS, STARTER, Run, _starter_config, _thin, levels_of_needs, table
from bot.evaluation.figures import figures
from bot.evaluation.messages import LabelledMessage
from bot.evaluation.understanding import Understanding

NLU = {
    "version": "3.1",
    "nlu": [
        {
            "intent": "tak",
            "metadata": {"level": "andet"},
            "examples": "- tak\n- mange tak\n- tak skal du have\n",
        },
        {"intent": "klage", "metadata": {"level": "info"}, "examples": "- hvor klager man\n- klage\n"},
        {"intent": "klage", "metadata": {"level": "akut"}, "examples": "- jeg klager, og han er væk nu\n"},
    ],
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "nlu"
    folder.mkdir()
    (folder / "a.yml").write_text(yaml.safe_dump(NLU, allow_unicode=True), encoding="utf-8")
    return folder


def test_a_need_has_the_level_of_most_of_its_messages(data: Path) -> None:
    assert levels_of_needs(data) == {"tak": "andet", "klage": "info"}


@pytest.mark.parametrize(("share", "count"), [(1, 6), (2, 3), (3, 2), (6, 1)])
def test_every_nth_message_is_kept(data: Path, tmp_path: Path, share: int, count: int) -> None:
    kept = yaml.safe_load((_thin(data, tmp_path / "thin", share) / "a.yml").read_text(encoding="utf-8"))[
        "nlu"
    ]
    lines = [line for block in kept for line in block["examples"].splitlines()]
    assert len(lines) == count
    assert all(block["metadata"]["level"] for block in kept)


def test_the_starter_is_what_rasa_gives(tmp_path: Path) -> None:
    config = yaml.safe_load(_starter_config(tmp_path).read_text(encoding="utf-8"))
    names = [component["name"] for component in config["pipeline"]]
    assert names[0] == "WhitespaceTokenizer" and names.count("CountVectorsFeaturizer") == 2
    assert {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True} in config["pipeline"]


def test_the_table_divides_ours_by_the_starters() -> None:
    ours, starter = (Run(*[float(number)] * len(ROWS)) for number in (3, 4))
    lines = table(ours, starter).splitlines()
    assert OURS in lines[0] and STARTER in lines[0]
    assert len(lines) == len(ROWS) + 1
    assert all(line.split()[-3:] == ["3", "4", "0.75"] for line in lines[1:])


def test_an_intent_without_a_level_is_no_alarm() -> None:
    message = LabelledMessage("hej", "andet", ("hilsen",))
    fallback = Understanding("nlu_fallback", 0.0, "info", 0.0, None, frozenset(), 0.0)
    assert figures([(message, fallback)]).false_alarms.hits == 0
