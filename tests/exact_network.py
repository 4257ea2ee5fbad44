"""The sentence network in plain numpy and full precision, to compare the fast one with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.special import erf, softmax

from bot.nlu.pretrained import EPSILON, HEADS, WIDTH, Layer, load_pretrained


def exact(text: str, layers: Sequence[Layer]) -> np.ndarray:
    """Return the mean of the rows of a text after some layers, the first of which reads the embeddings."""
    pretrained = load_pretrained()
    rows = pretrained.embed(pretrained.read(text))
    for layer in layers:
        numbers = rows @ layer.attention + layer.attention_bias
        query, key, value = numbers.reshape(len(rows), 3, HEADS, WIDTH // HEADS).transpose(1, 2, 0, 3)
        seen = softmax(query @ key.transpose(0, 2, 1), axis=2) @ value
        seen = seen.transpose(1, 0, 2).reshape(len(rows), WIDTH)
        rows = _norm(rows + seen @ layer.joined + layer.joined_bias, layer.first_norm)
        middle = rows @ layer.inner + layer.inner_bias
        middle = middle * (1 + erf(middle / 2**0.5)) / 2
        rows = _norm(rows + middle @ layer.outer + layer.outer_bias, layer.second_norm)
    return np.asarray(rows.mean(axis=0))


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Return the cosine of two vectors."""
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def _norm(rows: np.ndarray, norm: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt(centred.var(axis=1, keepdims=True) + EPSILON) * norm[0] + norm[1])
