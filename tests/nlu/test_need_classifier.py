"""The need classifier, trained on a handful of messages written for this test."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.judgement import Judgement
from bot.nlu.need_classifier import SCORES, NeedClassifier

CONTEXT = ExecutionContext(GraphSchema({}))
RESOURCE = Resource("need_classifier")
EXAMPLES = {
    "klage": [
        "hvordan klager jeg over afdelingen",
        "jeg vil klage over lægen",
        "hvor sender man en klage hen",
        "kan man klage over en afgørelse",
        "fristen for at klage",
        "vi er utilfredse og vil klage",
    ],
    "misbrug": [
        "min far drikker hver dag",
        "han tager kokain i weekenden",
        "hun gemmer flasker i skabet",
        "min søn ryger hash",
        "alkohol fylder alt hjemme hos os",
        "min bror drikker sig fuld",
    ],
    "tak": ["tak for hjælpen", "mange tak", "tusind tak skal du have", "tak!", "1000 tak", "tak for svaret"],
}
YAML = "\n".join(
    ['version: "3.1"', "nlu:"]
    + [
        f"- intent: {need}\n  metadata: {{level: info}}\n  examples: |\n"
        + "".join(f"    - {t}\n" for t in texts)
        for need, texts in EXAMPLES.items()
    ]
)


def training_data(also: dict[str, list[str]] | None = None) -> TrainingData:
    """Return the examples; `also` names other needs for the messages of a need."""
    return TrainingData(
        [
            Message(
                {TEXT: t, INTENT: need, METADATA: {METADATA_INTENT: {"also": (also or {}).get(need, [])}}}
            )
            for need, texts in EXAMPLES.items()
            for t in texts
        ]
    )


def train(folder: Path, data: TrainingData | None = None, **config: float) -> NeedClassifier:
    """Train a component, and return one that is read back from the storage."""
    folder.mkdir(exist_ok=True)
    settings = {**NeedClassifier.get_default_config(), **config}
    storage = LocalModelStorage.create(folder)
    resource = NeedClassifier.create(settings, storage, RESOURCE, CONTEXT).train(data or training_data())
    return NeedClassifier.load(settings, storage, resource, CONTEXT)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> NeedClassifier:
    return train(tmp_path_factory.mktemp("need"))


def parse(classifier: NeedClassifier, text: str | None) -> Message:
    return classifier.process([Message({TEXT: text} if text is not None else {})])[0]


@pytest.mark.parametrize("text", ["", None, "   "])
def test_empty_text_has_a_need_of_low_confidence(classifier: NeedClassifier, text: str | None) -> None:
    message = parse(classifier, text)
    assert message.get(INTENT)["name"] in EXAMPLES
    assert message.get(INTENT)["confidence"] < parse(classifier, "min far drikker").get(INTENT)["confidence"]


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("jeg vil gerne klage", "klage"),
        ("KLAGE", "klage"),  # capitals
        ("klaage!!!", "klage"),  # misspelt
        ("klagefristen", "klage"),  # a compound that no example has
        ("min far driiikker", "misbrug"),  # stretched
        ("tak 🙏", "tak"),
        ("\x00tak\x1f", "tak"),  # control characters
        ("tak \ud83d", "tak"),  # half an emoji
        ("tak\u200b", "tak"),  # a space that nobody sees
        ("hash " + "x" * 10_000, "misbrug"),  # the beginning of a long text counts
        ("x " * 5_000 + "jeg vil klage", "klage"),  # so does its end
    ],
)
def test_odd_texts(classifier: NeedClassifier, text: str, need: str) -> None:
    assert parse(classifier, text).get(INTENT)["name"] == need


@pytest.mark.parametrize(
    "text", ["!", "12345", "🦄🦄", "مرحبا", "\ud800", "\x00", "'; DROP TABLE", "/restart"]
)
def test_texts_without_a_known_word_are_survived(classifier: NeedClassifier, text: str) -> None:
    assert parse(classifier, text).get(INTENT)["name"] in EXAMPLES


def test_what_is_written(classifier: NeedClassifier) -> None:
    message = parse(classifier, "min far drikker")
    ranking = message.get(INTENT_RANKING_KEY)
    assert message.get(INTENT) == ranking[0]
    assert [entry["name"] for entry in ranking][0] == "misbrug"
    assert {entry["name"] for entry in ranking} == set(EXAMPLES)
    assert sum(entry["confidence"] for entry in ranking) == pytest.approx(1)
    confidences = [entry["confidence"] for entry in ranking]
    assert confidences == sorted(confidences, reverse=True)
    assert {INTENT, INTENT_RANKING_KEY} <= message.output_properties
    json.dumps(message.as_dict(only_output_properties=True))  # plain numbers, no numpy


def test_ranking_length(tmp_path: Path) -> None:
    assert len(parse(train(tmp_path, ranking_length=2), "tak").get(INTENT_RANKING_KEY)) == 2


def test_two_trainings_agree(classifier: NeedClassifier, tmp_path: Path) -> None:
    again = train(tmp_path)
    for text in ("jeg vil klage", "noget helt andet", ""):
        assert again.predict(text) == classifier.predict(text)


def test_another_right_need_is_no_proof_against_it(classifier: NeedClassifier, tmp_path: Path) -> None:
    lenient = train(tmp_path, training_data({"misbrug": ["klage"]}))
    strict_odds, lenient_odds = (
        np.log(shares["klage"] / shares["tak"]) / component._temperature
        for component in (classifier, lenient)
        for shares in [dict(component.predict("min far drikker hver dag"))]
    )
    assert lenient_odds > strict_odds


def test_one_need_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="two classes"):
        texts = ("tak", "mange tak", "tak igen")
        train(tmp_path, TrainingData([Message({TEXT: text, INTENT: "tak"}) for text in texts]))


def test_untrained_is_refused(tmp_path: Path) -> None:
    storage = LocalModelStorage.create(tmp_path)
    config = NeedClassifier.get_default_config()
    with pytest.raises(RuntimeError, match="before it is trained"):
        NeedClassifier.create(config, storage, RESOURCE, CONTEXT).predict("tak")
    with pytest.raises(ValueError):
        NeedClassifier.load(config, storage, RESOURCE, CONTEXT)


def test_ten_thousand_characters(classifier: NeedClassifier) -> None:
    start = time.perf_counter()
    classifier.predict("min far drikker hver dag " * 400)
    assert time.perf_counter() - start < 0.15


def test_in_a_pipeline_of_rasa(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The names of the components in config.yml, Rasa's YAML reader, its archive and its agent."""
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    monkeypatch.setattr(sys, "path", [str(Path(__file__).resolve().parents[2]), *sys.path])
    monkeypatch.chdir(tmp_path)  # Rasa keeps a cache in the folder where it runs
    (tmp_path / "nlu.yml").write_text(YAML, encoding="utf-8")
    (tmp_path / "config.yml").write_text(
        "recipe: default.v1\nassistant_id: test\nlanguage: da\npipeline:\n"
        "- name: bot.nlu.tokenizer.DanishTokenizer\n"
        "- name: bot.nlu.need_classifier.NeedClassifier\n"
        "- name: bot.nlu.urgency_classifier.UrgencyClassifier\n",
        encoding="utf-8",
    )
    archive = train_nlu(config="config.yml", nlu_data="nlu.yml", output=str(tmp_path / "models"))
    assert archive
    parsed = asyncio.run(Agent.load(archive).parse_message("min bror drikker"))
    assert parsed["intent"]["name"] == "misbrug"
    assert "urgency_scores" not in parsed
    assert asyncio.run(Agent.load(archive).parse_message(""))["intent_ranking"]


def test_what_the_network_says_counts(classifier: NeedClassifier, tmp_path: Path) -> None:
    both = train(tmp_path, network_weight=1.0)
    text, judgement = "vi er utilfredse og vil klage", Judgement({"tak": -0.1, "klage": -6.0}, {}, 0.0)
    alone, joined = dict(both.predict(text)), dict(both.predict(text, judgement=judgement))
    assert joined["tak"] > alone["tak"] and joined["klage"] < alone["klage"]
    assert sum(joined.values()) == pytest.approx(1)
    of_no_weight = dict(classifier.predict(text, judgement=judgement))
    assert of_no_weight == pytest.approx(alone, abs=1e-6)


def test_the_urgency_classifier_hears_the_network_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = train(tmp_path, network_weight=1.0)
    opinion = Judgement({"tak": -0.1, "klage": -6.0}, {}, 0.0)
    monkeypatch.setattr("bot.nlu.need_classifier.judgement_of", lambda message: opinion)
    message = parse(both, "vi er utilfredse og vil klage")
    assert message.get(SCORES) == both.shares("vi er utilfredse og vil klage")
    assert message.get(INTENT)["confidence"] != message.get(SCORES)[message.get(INTENT)["name"]]
