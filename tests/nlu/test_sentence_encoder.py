"""The sentence encoder: real network, odd texts, what its vectors say."""

from __future__ import annotations

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.sentence_encoder import NO_VECTOR, SentenceEncoder, sentence_vector
from bot.nlu.sentence_network import BATCH, HEAD, TAIL, SentenceNetwork, encode_many, load_network

LAYERS = 8


@pytest.fixture(scope="module")
def network() -> SentenceNetwork:
    return load_network(LAYERS)


def component() -> SentenceEncoder:
    context = ExecutionContext(GraphSchema({}))
    return SentenceEncoder.create({"layers": LAYERS}, None, Resource("encoder"), context)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\t ",
        "\0",
        "en\0anden",
        "\ud83d",  # half an emoji
        "\U0001f198" * 3,
        "سلام",
        "a" * 10_000,  # one word
        "hjælp " * 2_000,
    ],
)
def test_odd_texts_have_a_vector_of_length_one(network: SentenceNetwork, text: str) -> None:
    vectors = network.encode([text])
    assert vectors.shape == (1, 384) and vectors.dtype == np.float32
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-3)


def test_a_nul_ends_no_text(network: SentenceNetwork) -> None:
    first, second = network.encode(["min søn\0står på broen", "min søn\0er i skole"])
    assert not np.allclose(first, second)


def test_only_the_beginning_and_the_end_of_a_letter_are_read(network: SentenceNetwork) -> None:
    head, tail = "h" * HEAD, "t" * TAIL
    first, second = network.encode([head + "en midte " * 50 + tail, head + "en anden midte " * 50 + tail])
    assert np.array_equal(first, second)


def test_the_same_text_always_has_the_same_vector(network: SentenceNetwork) -> None:
    texts = ["han svarer ikke", "hvad med tavshedspligten?", "tak"]
    together = network.encode(texts)
    assert np.array_equal(together, network.encode(texts))
    assert np.allclose(together, [network.encode([text])[0] for text in texts], atol=1e-3)


@pytest.mark.parametrize(
    ("text", "near", "far"),
    [
        ("My brother hears voices", "Min bror hører stemmer", "Hvad koster det at parkere?"),
        ("jeg kan ikke mere", "I cannot go on", "Hvornår har I åbent på lørdag?"),
        ("hun har taget alle pillerne", "sie hat alle Tabletten geschluckt", "hvordan bliver man bisidder"),
    ],
)
def test_a_meaning_is_the_same_in_two_languages(
    network: SentenceNetwork, text: str, near: str, far: str
) -> None:
    vector, same, other = network.encode([text, near, far])
    assert vector @ same > vector @ other


@pytest.mark.parametrize("layers", [0, -1, 13])
def test_layers_that_there_are_not_are_refused(layers: int) -> None:
    with pytest.raises(ValueError, match="layers"):
        SentenceNetwork(layers)


def test_another_network_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "weights.bin"
    file.write_bytes(b"other" + bytes(100))
    monkeypatch.setattr("bot.nlu.sentence_network._WEIGHTS", file)
    with pytest.raises(ValueError, match=r"weights\.bin"):
        SentenceNetwork(LAYERS)


def test_many_texts_keep_their_order_over_several_processes(network: SentenceNetwork) -> None:
    texts = [f"besked nummer {number}" for number in range(2 * BATCH + 1)]
    batches = list(encode_many(LAYERS, texts))
    assert [len(rows) for rows in batches] == [BATCH, BATCH, 1]
    for place in (0, BATCH, 2 * BATCH):
        assert np.allclose(np.concatenate(batches)[place], network.encode([texts[place]])[0], atol=1e-3)
    assert list(encode_many(LAYERS, [])) == []


def test_messages_carry_their_vector(network: SentenceNetwork) -> None:
    message, empty = component().process([Message({TEXT: "tak"}), Message({})])
    assert np.array_equal(sentence_vector(message), network.encode(["tak"])[0])
    assert sentence_vector(empty).shape == (384,)
    assert sentence_vector(Message({TEXT: "tak"})) is NO_VECTOR  # a pipeline without the component


def test_training_messages_carry_their_vector_too(network: SentenceNetwork) -> None:
    texts = [f"besked nummer {number}" for number in range(BATCH + 2)]
    data = component().process_training_data(TrainingData([Message({TEXT: text}) for text in texts]))
    for message in (data.training_examples[0], data.training_examples[-1]):
        assert np.allclose(sentence_vector(message), network.encode([message.get(TEXT)])[0], atol=1e-3)
