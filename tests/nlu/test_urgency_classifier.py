"""The urgency classifier, trained on a handful of messages written for this test."""

from __future__ import annotations

import time
from math import log
from pathlib import Path

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, METADATA, METADATA_INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.knowledge.model import LEVELS
from bot.nlu.judgement import Judgement
from bot.nlu.urgency_classifier import SCORES, UrgencyClassifier

CONTEXT = ExecutionContext(GraphSchema({}))
RESOURCE = Resource("urgency_classifier")
CONFIG = UrgencyClassifier.get_default_config()
NETWORK = {"network_weight": 1.0, "network_urgent_weight": 1.0, "caution": 0.0}
EXAMPLES = {
    ("livsfare_nu", "livsfare"): [
        "hun ligger på gulvet og trækker ikke vejret",
        "han har taget alle sine piller",
        "han står med en kniv i hånden nu",
        "hun er bevidstløs",
        "der er blod over det hele, skynd jer",
        "han hænger i garagen",
    ],
    ("vold_trusler", "akut"): [
        "han truer med at slå mig",
        "min søn slog mig i går",
        "jeg er bange for min mand",
        "hun kaster med ting efter os",
        "han råber at han slår os alle",
        "min bror truer min mor",
    ],
    ("misbrug", "info"): [
        "min far drikker for meget",
        "hvor får man hjælp til misbrug",
        "min mor tager mange piller mod smerter",
        "kan man komme i behandling for hash",
        "er der kurser om alkohol",
        "min søn ryger hash",
    ],
    ("misbrug", "krise"): [
        "jeg kan ikke klare hans druk længere",
        "jeg græder hver nat over hendes misbrug",
        "jeg er helt slidt op",
    ],
    ("tak", "andet"): ["tak", "mange tak", "tusind tak for hjælpen", "tak for svaret", "1000 tak"],
}


def training_data() -> TrainingData:
    labelled = [
        Message({TEXT: text, INTENT: need, METADATA: {METADATA_INTENT: {"level": level}}})
        for (need, level), texts in EXAMPLES.items()
        for text in texts
    ]
    return TrainingData([*labelled, Message({TEXT: "min mor", INTENT: "oplys_relation"})])  # without a level


def train(
    folder: Path, data: TrainingData | None = None, config: dict[str, float] = CONFIG
) -> UrgencyClassifier:
    """Train a component, and return one that is read back from the storage."""
    storage = LocalModelStorage.create(folder)
    resource = UrgencyClassifier.create(config, storage, RESOURCE, CONTEXT).train(data or training_data())
    return UrgencyClassifier.load(config, storage, resource, CONTEXT)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> UrgencyClassifier:
    return train(tmp_path_factory.mktemp("urgency"))


def test_a_sure_need_moves_the_level(classifier: UrgencyClassifier) -> None:
    sure = classifier.predict("tak for hjælpen med min mor", needs={"tak": 0.99, "misbrug": 0.01})
    unsure = classifier.predict("tak for hjælpen med min mor")
    assert sure.levels["andet"] > unsure.levels["andet"]


def test_needs_alike_say_nothing(classifier: UrgencyClassifier) -> None:
    alike = dict.fromkeys(("livsfare_nu", "vold_trusler", "misbrug", "tak"), 0.25)
    without = classifier.predict("han truer mig")
    assert classifier.predict("han truer mig", needs=alike).levels == pytest.approx(without.levels)


def judgement(likely: str, urgent: float) -> Judgement:
    return Judgement({}, {level: -0.1 if level == likely else -4.0 for level in LEVELS}, urgent)


@pytest.mark.parametrize("text", ["han truer mig", "er der hjælp til alkohol", "tak", ""])
def test_what_the_network_says_counts(classifier: UrgencyClassifier, tmp_path: Path, text: str) -> None:
    both = train(tmp_path, config=NETWORK)
    alone = both.predict(text)
    assert alone.levels == pytest.approx(
        classifier.predict(text).levels
    )  # without a judgement nothing counts
    alarmed = both.predict(text, judgement=judgement("akut", 3.0))
    calmed = both.predict(text, judgement=judgement("info", -3.0))
    assert calmed.urgent < alone.urgent < alarmed.urgent
    assert calmed.levels["akut"] < alone.levels["akut"] < alarmed.levels["akut"]


def test_a_weight_of_nothing_leaves_the_network_out(classifier: UrgencyClassifier) -> None:
    alone = classifier.predict("han truer mig")
    assert classifier.predict("han truer mig", judgement=judgement("tak", -9.0)).levels == pytest.approx(
        alone.levels
    )
    assert classifier.predict("han truer mig", judgement=judgement("tak", -9.0)).urgent == pytest.approx(
        alone.urgent
    )


def test_caution_raises_the_odds_by_itself(tmp_path: Path) -> None:
    careful, careless = (train(tmp_path, config={**CONFIG, "caution": c}) for c in (2.0, 0.0))
    for opinion in (None, judgement("andet", -9.0)):  # letters are not judged: they are read as carefully
        more, less = (model.predict("tak", judgement=opinion).urgent for model in (careful, careless))
        assert log(more / (1 - more)) - log(less / (1 - less)) == pytest.approx(2.0)


@pytest.mark.parametrize("message", [Message({TEXT: ""}), Message({}), Message({TEXT: " \n"})])
def test_empty_text_is_no_alarm(classifier: UrgencyClassifier, message: Message) -> None:
    urgent = classifier.process([message])[0].get(SCORES)["urgent"]
    assert classifier.predict("tak").urgent < urgent < classifier.predict("han truer mig").urgent


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("hun trækker ikke vejret", "livsfare"),
        ("HUN TRÆKKER IKKE VEJRET", "livsfare"),
        ("hun traekker ikk vejret", "livsfare"),  # a phone without Danish letters
        ("han truer mig", "akut"),
        ("er der hjælp til alkohol", "info"),
        ("jeg er slidt op", "krise"),  # same need as the line before, other level
        ("tak 🙏", "andet"),
        ("\x00tak\ud83d\u200b", "andet"),  # control character, half an emoji, a space that nobody sees
        ("x " * 5_000 + "hun trækker ikke vejret", "livsfare"),  # danger at the end of a very long text
    ],
)
def test_odd_texts(classifier: UrgencyClassifier, text: str, level: str) -> None:
    scores = classifier.predict(text)
    assert max(scores.levels, key=lambda name: scores.levels[name]) == level
    assert (scores.urgent >= 0.5) == (level in {"livsfare", "akut"})


@pytest.mark.parametrize(
    "text", ["", "!", "🦄", "مرحبا", "\ud800", "\x00", "'; DROP TABLE", "/restart", "a" * 9_999]
)
def test_scores_are_probabilities(classifier: UrgencyClassifier, text: str) -> None:
    scores = classifier.predict(text)
    assert tuple(scores.levels) == LEVELS
    assert sum(scores.levels.values()) == pytest.approx(1)
    assert 0 <= scores.urgent <= 1


def test_what_is_written(classifier: UrgencyClassifier) -> None:
    message = classifier.process([Message({TEXT: "han truer mig"})])[0]
    scores = message.get(SCORES)
    assert set(scores) == {"levels", "urgent"}
    assert all(type(value) is float for value in (*scores["levels"].values(), scores["urgent"]))
    assert SCORES not in message.output_properties  # material for the danger detector, not an answer


def test_two_trainings_agree(classifier: UrgencyClassifier, tmp_path: Path) -> None:
    again = train(tmp_path)
    for text in ("han truer mig", "noget helt andet", ""):
        assert again.predict(text) == classifier.predict(text)


def test_a_level_without_examples_gets_no_share(tmp_path: Path) -> None:
    data = training_data()
    data.training_examples = [m for m in data.training_examples if m.get(INTENT) in {"tak", "vold_trusler"}]
    scores = train(tmp_path, data).predict("tak")
    assert scores.levels["livsfare"] < 1e-6
    assert scores.levels["andet"] > 0.5


def test_data_without_levels_is_refused(tmp_path: Path) -> None:
    data = TrainingData([Message({TEXT: text, INTENT: text}) for text in ("ja tak", "nej tak", "tak")])
    with pytest.raises(ValueError, match="two classes"):
        train(tmp_path, data)


def test_unknown_level_is_refused(tmp_path: Path) -> None:
    bad = Message({TEXT: "hej", INTENT: "hilsen", METADATA: {METADATA_INTENT: {"level": "haster"}}})
    with pytest.raises(ValueError, match="haster"):
        train(tmp_path, TrainingData([bad]))


def test_untrained_is_refused(tmp_path: Path) -> None:
    storage = LocalModelStorage.create(tmp_path)
    with pytest.raises(RuntimeError, match="before it is trained"):
        UrgencyClassifier.create(CONFIG, storage, RESOURCE, CONTEXT).predict("tak")
    with pytest.raises(ValueError):
        UrgencyClassifier.load(CONFIG, storage, RESOURCE, CONTEXT)


def test_ten_thousand_characters(classifier: UrgencyClassifier) -> None:
    start = time.perf_counter()
    classifier.predict("min far drikker hver dag " * 400)
    assert time.perf_counter() - start < 0.15
