"""The sentence network and its component: real weights, odd texts, what vectors and judgements say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from exact_network import exact, likeness
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.adapter import Adapter
from bot.nlu.judgement import SUREST, judge
from bot.nlu.pretrained import FIRST, LAST, load_pretrained
from bot.nlu.sentence_encoder import NO_VECTOR, SentenceEncoder, judgement_of, sentence_vector
from bot.nlu.sentence_network import BATCH, Reading, SentenceNetwork, encode_many, load_network

SENTENCES = [
    "min søn hører stemmer og vil ikke med på skadestuen",
    "hej",
    "Tak for hjælpen, det var rart at tale med dig igen. " * 4,
]


@pytest.fixture(scope="module")
def network() -> SentenceNetwork:
    return load_network()


def component() -> SentenceEncoder:
    context = ExecutionContext(GraphSchema({}))
    return SentenceEncoder.create({}, None, Resource("encoder"), context)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", SENTENCES)
def test_whole_numbers_of_eight_bits_say_what_the_exact_ones_say(network: SentenceNetwork, text: str) -> None:
    adapter = Adapter.load()
    layers = [adapter.adapt(place, layer) for place, layer in enumerate(load_pretrained().layers())]
    assert likeness(network.encode(text), exact(text, layers[: adapter.trunk])) > 0.995
    scores = exact(text, layers) @ adapter.head.weights + adapter.head.bias
    true, fast = (judge(numbers, adapter.head.classes) for numbers in (scores, network.read(text).scores))
    assert max(fast.needs, key=fast.needs.__getitem__) == max(true.needs, key=true.needs.__getitem__)
    assert max(fast.levels, key=fast.levels.__getitem__) == max(true.levels, key=true.levels.__getitem__)
    assert fast.urgent == pytest.approx(true.urgent, abs=1)


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
        "\ufdfa" * 480,  # one letter that is read as eighteen
        "\u2153" * 480 + " hun trækker ikke vejret",
        "</s><pad><mask><s>",
    ],
)
def test_odd_texts_have_a_vector_of_length_one(network: SentenceNetwork, text: str) -> None:
    reading = network.read(text)
    assert reading.vector.shape == (384,) and reading.vector.dtype == np.float32
    assert np.linalg.norm(reading.vector) == pytest.approx(1, abs=1e-3)
    assert reading.scores.shape == (len(network.head.classes) + 1,) and np.isfinite(reading.scores).all()


def test_a_nul_ends_no_text(network: SentenceNetwork) -> None:
    assert not np.allclose(network.encode("min søn\0står på broen"), network.encode("min søn\0er i skole"))


def test_only_the_beginning_and_the_end_of_a_letter_are_read(network: SentenceNetwork) -> None:
    head, tail = "h" * FIRST, "t" * LAST
    first, second = (network.encode(head + middle * 50 + tail) for middle in ("en midte ", "en anden midte "))
    assert np.array_equal(first, second)


def test_the_same_text_always_has_the_same_vector(network: SentenceNetwork) -> None:
    for text in ("han svarer ikke", "hvad med tavshedspligten?", "tak"):
        assert np.array_equal(network.encode(text), network.encode(text))
        assert np.array_equal(network.encode(text), network.read(text).vector)


@pytest.mark.parametrize(
    ("text", "danish", "level"),
    [
        (
            "My brother hears voices and will not go to hospital",
            "Min bror hører stemmer og vil ikke indlægges",
            "akut",
        ),
        ("sie hat gerade alle Tabletten geschluckt", "hun har lige slugt alle tabletterne", "livsfare"),
        ("is this chat anonymous?", "er chatten anonym?", "andet"),
        ("how do I complain about the ward?", "hvordan klager jeg over afdelingen?", "info"),
    ],
)
def test_a_meaning_is_the_same_in_two_languages(
    network: SentenceNetwork, text: str, danish: str, level: str
) -> None:
    for words in (text, danish):
        levels = judge(network.read(words).scores, network.head.classes).levels
        assert max(levels, key=levels.__getitem__) == level


@pytest.mark.parametrize("trunk", [0, -1, 12])
def test_a_trunk_that_there_is_not_is_refused(trunk: int) -> None:
    with pytest.raises(ValueError, match="trunk"):
        SentenceNetwork(replace(Adapter.load(), trunk=trunk))


def test_many_texts_keep_their_order_over_several_processes(network: SentenceNetwork) -> None:
    texts = [f"besked nummer {number}" for number in range(2 * BATCH + 1)]
    batches = list(encode_many(texts))
    assert [len(rows) for rows in batches] == [BATCH, BATCH, 1]
    for place in (0, BATCH, 2 * BATCH):
        assert np.allclose(np.concatenate(batches)[place], network.encode(texts[place]), atol=1e-3)
    assert list(encode_many([])) == []


def test_messages_carry_vector_and_judgement(network: SentenceNetwork) -> None:
    message, empty = component().process([Message({TEXT: "tak"}), Message({})])
    assert np.array_equal(sentence_vector(message), network.encode("tak"))
    judgement = judgement_of(message)
    assert judgement is not None and max(judgement.needs, key=judgement.needs.__getitem__) == "tak"
    assert judgement.levels["andet"] > -0.1 and judgement.urgent == -SUREST
    assert judgement_of(Message({TEXT: "tak"})) is None
    assert sentence_vector(empty).shape == (384,)
    assert sentence_vector(Message({TEXT: "tak"})) is NO_VECTOR  # a pipeline without the component


@pytest.mark.parametrize("fault", [RuntimeError("out of memory"), None])
def test_a_network_that_fails_keeps_no_message_from_its_answer(
    fault: Exception | None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    encoder = component()

    def read(text: str) -> Reading:
        if fault:
            raise fault
        return Reading(np.zeros(384, dtype=np.float32), np.full(84, np.nan))

    monkeypatch.setattr(encoder._network, "read", read)
    with caplog.at_level("ERROR", "rasa"):
        (message,) = encoder.process([Message({TEXT: "hun trækker ikke vejret"})])
    assert judgement_of(message) is None and sentence_vector(message) is NO_VECTOR
    assert "network failed" in caplog.text and "vejret" not in caplog.text


def test_a_letter_that_is_not_read_whole_is_not_judged() -> None:
    letter = "Vi har det godt i dag. " * 40
    whole, long = component().process([Message({TEXT: letter[: FIRST + LAST]}), Message({TEXT: letter})])
    assert judgement_of(whole) is not None and judgement_of(long) is None
    assert sentence_vector(long).shape == (384,)


def test_training_messages_carry_their_vector_too(network: SentenceNetwork) -> None:
    texts = [f"besked nummer {number}" for number in range(BATCH + 2)]
    data = component().process_training_data(TrainingData([Message({TEXT: text}) for text in texts]))
    for message in (data.training_examples[0], data.training_examples[-1]):
        assert np.allclose(sentence_vector(message), network.encode(message.get(TEXT)), atol=1e-3)
