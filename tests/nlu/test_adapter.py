"""The adapter: what is kept of it, what it does to a layer, and that the training finds one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.nlu import adapt
from bot.nlu.adapter import MATRICES, VECTORS, Adapter
from bot.nlu.example import Example
from bot.nlu.judgement import pair_name
from bot.nlu.pretrained import load_pretrained
from bot.nlu.sentence_network import SentenceNetwork

LAYERS = list(load_pretrained().layers())
MESSAGES = [
    Example("han står på broen og siger farvel", "livsfare_nu", "livsfare", frozenset({"forsvundet"})),
    Example("min far er ude i sneen uden tøj", "forsvundet", "livsfare"),
    Example("min søn siger han ikke vil leve", "selvmordstanker_anden", "akut", frozenset({"tak"})),
    Example("tak for hjælpen", "tak", "andet"),
    Example("mange tak skal du have", "tak", "andet"),
    Example("hvad koster en bisidder", "bisidder", "info"),
]


def test_the_trunk_stays_as_it_is() -> None:
    adapter = Adapter.load()
    for place in range(adapter.trunk):
        assert adapter.adapt(place, LAYERS[place]) is LAYERS[place]


def test_layers_above_are_changed() -> None:
    adapter = Adapter.load()
    assert len(adapter.layers) == len(LAYERS) - adapter.trunk
    for place in range(adapter.trunk, len(LAYERS)):
        changed = adapter.adapt(place, LAYERS[place])
        for name in (*MATRICES, *VECTORS):
            before, after = getattr(LAYERS[place], name), getattr(changed, name)
            assert before.shape == after.shape and np.isfinite(after).all()
        moved = np.linalg.norm(changed.inner - LAYERS[place].inner) / np.linalg.norm(LAYERS[place].inner)
        assert 0.001 < moved < 1


def test_the_head_knows_every_need_and_level_of_the_data(examples: tuple[Example, ...]) -> None:
    head = Adapter.load().head
    assert head.weights.shape == (384, len(head.classes) + 1) and head.bias.shape == (len(head.classes) + 1,)
    assert len({name.split("/")[0] for name in head.classes}) == 45
    assert {pair_name(example.need, example.level) for example in examples if example.level} <= {
        *head.classes
    }


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    adapter = Adapter.load()
    adapter.save(tmp_path / "again.npz")
    again = Adapter.load(tmp_path / "again.npz")
    assert (again.trunk, again.head.classes) == (adapter.trunk, adapter.head.classes)
    assert np.array_equal(again.head.weights, adapter.head.weights)
    assert np.array_equal(again.head.bias, adapter.head.bias)
    for one, other in zip(adapter.layers, again.layers, strict=True):
        assert one.keys() == other.keys()
        assert all(np.array_equal(a, b) for name in one for a, b in zip(one[name], other[name], strict=True))


def test_another_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "other.npz"
    np.savez(file, numbers=np.zeros(3))
    with pytest.raises(KeyError):
        Adapter.load(file)
    with pytest.raises(OSError, match=r"none\.npz"):
        Adapter.load(tmp_path / "none.npz")


def test_a_class_that_would_be_right_as_well_is_not_held_against_a_message() -> None:
    classes = ("forsvundet/livsfare", "livsfare_nu/livsfare", "selvmordstanker_anden/akut", "tak/andet")
    head = replace(Adapter.load().head, classes=classes)
    lessons = adapt._lessons(MESSAGES[:3], replace(Adapter.load(), head=head))
    assert [lesson.label for lesson in lessons] == [1, 0, 2]
    read, forbidden = (tensor.numpy() for tensor in adapt._padded(lessons, len(classes))[1:4:2])
    assert [list(np.flatnonzero(row)) for row in forbidden] == [[0], [], []]  # "tak" at no such level
    pieces = [len(load_pretrained().read(message.text)) for message in MESSAGES[:3]]
    assert [len(lesson.rows) for lesson in lessons] == [int(row.sum()) for row in read] == pieces


def test_training_learns_its_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few messages by heart, through TensorFlow; the network for use then says the same of them."""
    monkeypatch.setattr(adapt, "WARM_UP", 2)
    monkeypatch.setattr(adapt, "DROPOUT", 0.0)
    adapter = adapt.train(MESSAGES, epochs=30)
    network = SentenceNetwork(adapter)
    for message in MESSAGES:
        scores = network.read(message.text).scores
        assert adapter.head.classes[scores[:-1].argmax()] == f"{message.need}/{message.level}"
        assert (scores[-1] > 0) == (message.level in ("livsfare", "akut"))


def test_going_on_keeps_what_is_known_and_learns_a_new_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapt, "WARM_UP", 2)
    monkeypatch.setattr(adapt, "DROPOUT", 0.0)
    start = Adapter.load()
    new = Example("min nabo vander blomster", "uden_for_emne", "livsfare")  # no message is of this class
    adapter = adapt.train([new, *MESSAGES], epochs=40, start=start)
    classes = start.head.classes
    assert adapter.head.classes == (*classes, "forsvundet/livsfare", "uden_for_emne/livsfare")
    network = SentenceNetwork(adapter)
    assert adapter.head.classes[network.read(new.text).scores[:-1].argmax()] == "uden_for_emne/livsfare"
    before, after = (np.matmul(*other.layers[0]["inner"]) for other in (start, adapter))
    assert 0 < np.linalg.norm(after - before) < 0.5 * np.linalg.norm(before)
