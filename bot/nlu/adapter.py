"""What the sentence network has learned from the training messages: small changes of its layers. No Rasa.

The lower layers stay; to each matrix of an upper one comes a product of two thin ones (LoRA: Hu et al.,
Low-Rank Adaptation of Large Language Models, ICLR 2022). `bot.nlu.adapt` finds them; the file beside this
module keeps them, because that takes an hour.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

import numpy as np

from bot.nlu.pretrained import Layer

FILE = Path(__file__).with_name("adapter.npz")
MATRICES = ("attention", "joined", "inner", "outer")
VECTORS = (
    "attention_bias", "joined_bias", "first_norm", "inner_bias", "outer_bias", "second_norm"
)  # fmt: skip

Changes: TypeAlias = dict[str, tuple[np.ndarray, ...]]  # of one layer, by the name of a part


@dataclass(frozen=True, slots=True)
class Head:
    """What judges a text by its vector from the top of the network.

    Attributes:
        classes: names of the pairs of need and level, one a column of the weights.
        weights: one row a number of the vector; the last column tells urgent from not urgent.
        bias: one number a column.
    """

    classes: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray


@dataclass(frozen=True, slots=True)
class Adapter:
    """The changes.

    Attributes:
        trunk: how many of the lower layers are left as they are.
        layers: for each layer above, by the name of a part of `Layer`: for a matrix the two thin ones whose
            product is added to it, for anything else what takes its place.
        head: what judges the result.
    """

    trunk: int
    layers: tuple[Changes, ...]
    head: Head

    def adapt(self, place: int, layer: Layer) -> Layer:
        """Return a layer as it is after the training; `place` counts all layers from the lowest, 0."""
        if place < self.trunk:
            return layer
        changes = self.layers[place - self.trunk]
        matrices = {name: getattr(layer, name) + np.matmul(*changes[name]) for name in MATRICES}
        return replace(layer, **matrices, **{name: changes[name][0] for name in VECTORS})

    def save(self, file: Path = FILE) -> None:
        """Write plain numbers in half precision, no pickle: nothing in them can run as code."""
        arrays = {
            f"{place}/{name}/{part}": array.astype(np.float16)
            for place, changes in enumerate(self.layers)
            for name, parts in changes.items()
            for part, array in enumerate(parts)
        }
        about = {"trunk": self.trunk, "classes": self.head.classes}
        head = {"weights": self.head.weights.astype(np.float16), "bias": self.head.bias.astype(np.float16)}
        np.savez_compressed(file, about=np.array(json.dumps(about)), **head, **arrays)

    @classmethod
    def load(cls, file: Path = FILE) -> Adapter:
        """Read what `save` wrote.

        Raises:
            OSError: the file is missing.
            ValueError, KeyError, BadZipFile: it holds something else.
        """
        with np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        about = json.loads(str(arrays.pop("about")))
        arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
        head = Head(tuple(about["classes"]), arrays.pop("weights"), arrays.pop("bias"))
        layers: dict[int, dict[str, dict[int, np.ndarray]]] = {}
        for key, array in arrays.items():
            place, name, part = key.split("/")
            layers.setdefault(int(place), {}).setdefault(name, {})[int(part)] = array
        changes = tuple(
            {name: tuple(parts[part] for part in sorted(parts)) for name, parts in layers[place].items()}
            for place in sorted(layers)
        )
        return cls(int(about["trunk"]), changes, head)
