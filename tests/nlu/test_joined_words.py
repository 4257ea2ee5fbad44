"""Joined words: which runs of letters are parted, which stay, and how the components use it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.danger_detector import DangerDetector
from bot.nlu.joined_words import JoinedWords, count_words
from bot.nlu.word_splitter import WordSplitter, readable_text

MESSAGES = Path(__file__).resolve().parents[2] / "bot" / "data" / "nlu"
TEXTS = [
    line.strip()[2:]
    for file in sorted(MESSAGES.glob("*.yml"))
    for line in file.read_text(encoding="utf-8").splitlines()
    if line.startswith("    - ")
]
SPLITTER = JoinedWords(count_words(TEXTS))


@pytest.mark.parametrize(
    ("text", "parted"),
    [
        ("jegkanikkemere", "jeg kan ikke mere"),
        ("Jegkanikkemere!", "Jeg kan ikke mere!"),
        ("minsønharlåstsigindepåbadeværelset", "min søn har låst sig inde på badeværelset"),
        ("hej, hvormåjeg henvende mig", "hej, hvor må jeg henvende mig"),
        ("hanvilikkespise og drikker kun vand", "han vil ikke spise og drikker kun vand"),
        ("HUNTRÆKKERIKKEVEJRET", "HUN TRÆKKER IKKE VEJRET"),
        ("hunsagdehunvildø", "hun sagde hun vil dø"),
    ],
)
def test_joined_words_are_parted(text: str, parted: str) -> None:
    assert SPLITTER.split(text) == parted


@pytest.mark.parametrize(
    "text",
    [
        "pårørendevejleder", "ungdomspsykiatriskafdeling", "lægevagten", "tavshedspligten",
        "socialrådgiveren", "misbrugsbehandling", "handicaporganisation", "selvmordsforebyggelse",
        "akutmodtagelsen", "jeg kan ikke mere", "", "xxxxxxxxxxxxxxxx", "donaudampfschiff",
    ],
)  # fmt: skip
def test_compounds_and_other_words_stay(text: str) -> None:
    assert SPLITTER.split(text) == text


def test_few_messages_are_touched() -> None:
    changed = [text for text in TEXTS if SPLITTER.split(text) != text]
    assert len(changed) < len(TEXTS) / 250


@given(st.text(max_size=400) | st.lists(st.sampled_from("jeg kan ikke mere han er på".split())).map("".join))
def test_only_spaces_are_added(text: str) -> None:
    assert SPLITTER.split(text).replace(" ", "") == text.replace(" ", "")


def test_without_counts_nothing_is_parted() -> None:
    assert JoinedWords({}).split("jegkanikkemere") == "jegkanikkemere"


@pytest.mark.parametrize("word", ["jegkanikkemere ", "a", "jegkanikkemere", "zzqqxxyyww "])
def test_ten_thousand_characters_take_little_time(word: str) -> None:
    text = (word * 10_000)[:10_000]

    def once() -> float:
        start = time.process_time()
        SPLITTER.split(text)
        return time.process_time() - start

    assert min(once() for _ in range(5)) < 0.06


def test_the_component_keeps_what_was_written(tmp_path: Path) -> None:
    storage, context = LocalModelStorage.create(tmp_path), ExecutionContext(GraphSchema({}))
    untrained = WordSplitter.create({}, storage, Resource("x"), context)
    with pytest.raises(RuntimeError):
        untrained.process([Message({TEXT: "jegkanikkemere"})])
    resource = untrained.train(TrainingData([Message({TEXT: text}) for text in TEXTS]))
    joined, plain = WordSplitter.load({}, storage, resource, context).process(
        [Message({TEXT: "jegkanikkemere"}), Message({TEXT: "jeg kan ikke mere"})]
    )
    assert (joined.get(TEXT), readable_text(joined)) == ("jegkanikkemere", "jeg kan ikke mere")
    assert readable_text(plain) == "jeg kan ikke mere"
    assert readable_text(Message({})) == ""
    with pytest.raises(ValueError):
        WordSplitter.load({}, storage, Resource("missing"), context)


@pytest.mark.parametrize(
    ("text", "readable"),
    [
        ("bla. " * 300, "bla. bla. "),
        ("øæå 😀. " * 60, "øæå 😀. øæå 😀. "),
        ("hjælp hjælp hjælp hjælp hjælp hun slår mig", "hjælp hjælp hun slår mig"),
        ("nej nej nej", "nej nej nej"),
        ("ring 20 20 20 20", "ring 20 20 20 20"),
        ("jeg kan ikke mere, jeg kan ikke mere", "jeg kan ikke mere, jeg kan ikke mere"),
    ],
)
def test_what_is_said_again_and_again_is_said_twice(text: str, readable: str, tmp_path: Path) -> None:
    component = WordSplitter(LocalModelStorage.create(tmp_path), Resource("x"), SPLITTER)
    assert readable_text(component.process([Message({TEXT: text})])[0]) == readable


@pytest.mark.parametrize(
    "text", ["a " * 5000, "a b c d " * 1250, "ab" * 5000, " ".join(map(str, range(2000)))]
)
def test_ten_thousand_characters_are_read_in_little_time(text: str, tmp_path: Path) -> None:
    component = WordSplitter(LocalModelStorage.create(tmp_path), Resource("x"), SPLITTER)
    began = time.perf_counter()
    component.process([Message({TEXT: text})])
    assert time.perf_counter() - began < 0.05


def test_danger_in_joined_words_has_a_sign() -> None:
    detector = DangerDetector(DangerDetector.get_default_config())
    text = "huntrækkerikkevejret"
    assert not detector.predict(text, {})[0]
    hits, urgency = detector.predict(text, {}, SPLITTER.split(text))
    assert hits and urgency.level == "livsfare"
