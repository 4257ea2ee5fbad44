"""The adapted network ready for use: from a text to a vector and a judgement. No Rasa.

The lower layers are those of the package; the vector is read from the last of them. Above them stand the
layers that `bot.nlu.adapter` changes, and a head that judges need and level. Matrices are held in eight bits
(dynamic quantization: Jacob et al., CVPR 2018): a message takes a third of the time, and its vector still
points where the exact one points (cosine above 0.995).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

import numpy as np
import onnx
from joblib import Parallel, delayed
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession, SessionOptions

from bot.nlu.adapter import Adapter, Head
from bot.nlu.pretrained import EPSILON, HEADS, WIDTH, Layer, load_pretrained

BATCH = 512  # texts that a process is given at a time

_OPSET = 17  # the first with a norm of its own
_FORMAT = 8  # of the file, as old as the operators
_LARGEST = 64  # whole number: two of them times 255 fit the sixteen bits in which older processors add them
_INPUT, _ROWS, _MEAN = "rows", "read", "mean"
_PIECES = "pieces"  # how many pieces the text has
_LEAST_LENGTH = 1e-12  # of a vector, before it is divided by it

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network makes of a text.

    Attributes:
        vector: 384 numbers, of length 1, from the trunk.
        scores: from the head, one number a class; the last tells urgent from not urgent.
    """

    vector: np.ndarray
    scores: np.ndarray


class Trunk:
    """The lower layers, as the package has them."""

    def __init__(self, depth: int) -> None:
        """Build it.

        Args:
            depth: how many layers.

        Raises:
            ValueError: the package holds another network, or one of no more layers than that.
        """
        self._pretrained = load_pretrained()
        if not 0 < depth < self._pretrained.depth:
            raise ValueError(f"the network has no trunk of {depth} layers")
        self._session = _session(list(self._pretrained.layers())[:depth])

    def rise(self, text: str) -> tuple[np.ndarray, np.ndarray]:
        """Return one row of 384 numbers for each piece of a text, and the mean of the rows."""
        rows = self._pretrained.embed(self._pretrained.read(text))
        rows, mean = self._session.run([_ROWS, _MEAN], {_INPUT: rows})
        return rows, mean


class SentenceNetwork:
    """The network."""

    def __init__(self, adapter: Adapter) -> None:
        """Build it from the package's weights and what was learned.

        Raises:
            ValueError: the package holds another network, or one of no more layers than the trunk.
        """
        self._trunk = Trunk(adapter.trunk)
        layers = enumerate(load_pretrained().layers())
        self._top = _session([adapter.adapt(*layer) for layer in layers if layer[0] >= adapter.trunk])
        self.head: Head = adapter.head

    def read(self, text: str) -> Reading:
        """Return vector and scores of a text; any text has some."""
        rows, mean = self._trunk.rise(text)
        (top,) = self._top.run([_MEAN], {_INPUT: rows})
        return Reading(_unit(mean), top @ self.head.weights + self.head.bias)

    def encode(self, text: str) -> np.ndarray:
        """Return the vector alone, in a third of the time."""
        return _unit(self._trunk.rise(text)[1])


@lru_cache(maxsize=1)  # some seconds to build; tests and evaluation make several pipelines
def load_network() -> SentenceNetwork:
    """Return the network, built once a process."""
    return SentenceNetwork(Adapter.load())


def encode_many(texts: Sequence[str]) -> Iterator[np.ndarray]:
    """Encode many texts, one process a core.

    Yields:
        The vectors of `BATCH` texts at a time, one row a text, in the order of the texts.
    """
    yield from _in_processes(_encode, texts)


def rise_many(texts: Sequence[str], depth: int) -> Iterator[list[np.ndarray]]:
    """Read many texts as far as the trunk goes, one process a core.

    Args:
        texts: any texts.
        depth: of the trunk.

    Yields:
        For `BATCH` texts at a time, in the order of the texts, one row a piece of each.
    """
    yield from _in_processes(partial(_rise, depth), texts)


def _encode(texts: Sequence[str]) -> np.ndarray:
    network = load_network()
    return np.stack([network.encode(text) for text in texts])


def _rise(depth: int, texts: Sequence[str]) -> list[np.ndarray]:
    trunk = _load_trunk(depth)
    return [trunk.rise(text)[0] for text in texts]


@lru_cache(maxsize=1)  # built once a process
def _load_trunk(depth: int) -> Trunk:
    return Trunk(depth)


def _in_processes(read: Callable[[Sequence[str]], _Read], texts: Sequence[str]) -> Iterator[_Read]:
    batches = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
    processes = min(os.cpu_count() or 1, len(batches))
    yield from Parallel(n_jobs=processes or 1, return_as="generator")(
        delayed(read)(batch) for batch in batches
    )


def _unit(vector: np.ndarray) -> np.ndarray:
    return np.asarray(vector / max(float(np.linalg.norm(vector)), _LEAST_LENGTH), dtype=np.float32)


def _session(layers: Sequence[Layer]) -> InferenceSession:
    """Return what runs some layers on one text: its rows in, its rows and their mean out."""
    options = SessionOptions()
    options.intra_op_num_threads = 1  # two threads wait for each other on one short text
    return InferenceSession(_graph(layers).SerializeToString(), options, providers=["CPUExecutionProvider"])


class _Drawing:
    """A graph while it is drawn."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def constant(self, array: np.ndarray) -> str:
        """Add numbers that stay; return their name."""
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def node(self, kind: str, *inputs: str, output: str = "", **attributes: Any) -> str:
        """Add a node; return the name of its output."""
        output = output or f"node{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def times(self, rows: str, matrix: np.ndarray, bias: np.ndarray) -> str:
        """Add a matrix and its bias; the products are those of whole numbers of eight bits."""
        scale = np.maximum(np.abs(matrix).max(axis=0), _LEAST_LENGTH) / _LARGEST
        whole = self.constant(np.rint(matrix / scale).astype(np.int8))
        place = f"whole{len(self.nodes)}"
        small, step, zero = (f"{place}{part}" for part in ("", "step", "zero"))
        self.nodes.append(helper.make_node("DynamicQuantizeLinear", [rows], [small, step, zero]))
        product = self.node("Cast", self.node("MatMulInteger", small, whole, zero), to=TensorProto.FLOAT)
        scaled = self.node("Mul", product, self.node("Mul", step, self.constant(scale.astype(np.float32))))
        return self.node("Add", scaled, self.constant(bias))

    def norm(self, rows: str, norm: np.ndarray) -> str:
        """Add a norm: scale and offset."""
        scale, offset = (self.constant(part) for part in norm)
        return self.node("LayerNormalization", rows, scale, offset, axis=-1, epsilon=EPSILON)

    def layer(self, rows: str, layer: Layer) -> str:
        """Add a layer."""
        heads = self.constant(np.array([-1, HEADS, WIDTH // HEADS], dtype=np.int64))
        flat = self.constant(np.array([-1, WIDTH], dtype=np.int64))
        together = self.times(rows, layer.attention, layer.attention_bias)
        parts = []
        for part, order in enumerate(([1, 0, 2], [1, 2, 0], [1, 0, 2])):  # query, key, value
            own = self.constant(np.arange(part * WIDTH, (part + 1) * WIDTH, dtype=np.int64))
            numbers = self.node("Gather", together, own, axis=1)
            parts.append(self.node("Transpose", self.node("Reshape", numbers, heads), perm=order))
        shares = self.node("Softmax", self.node("MatMul", parts[0], parts[1]), axis=-1)
        seen = self.node("Transpose", self.node("MatMul", shares, parts[2]), perm=[1, 0, 2])
        joined = self.times(self.node("Reshape", seen, flat), layer.joined, layer.joined_bias)
        rows = self.norm(self.node("Add", rows, joined), layer.first_norm)
        middle = self.bend(self.times(rows, layer.inner, layer.inner_bias))
        outer = self.times(middle, layer.outer, layer.outer_bias)
        return self.norm(self.node("Add", rows, outer), layer.second_norm)

    def bend(self, rows: str) -> str:
        """Add the Gaussian error linear unit, in the form that the runtime knows as one step."""
        root, one, half = (self.constant(np.array(n, dtype=np.float32)) for n in (2**0.5, 1, 0.5))
        share = self.node("Add", self.node("Erf", self.node("Div", rows, root)), one)
        return self.node("Mul", self.node("Mul", rows, share), half)


def _graph(layers: Sequence[Layer]) -> onnx.ModelProto:
    drawing, rows, shape = _Drawing(), _INPUT, (_PIECES, WIDTH)
    for layer in layers:
        rows = drawing.layer(rows, layer)
    drawing.node("Identity", rows, output=_ROWS)
    drawing.node("ReduceMean", rows, output=_MEAN, axes=[0], keepdims=0)
    graph = helper.make_graph(
        drawing.nodes, "sentence_network",
        [helper.make_tensor_value_info(_INPUT, TensorProto.FLOAT, shape)],
        [
            helper.make_tensor_value_info(_ROWS, TensorProto.FLOAT, shape),
            helper.make_tensor_value_info(_MEAN, TensorProto.FLOAT, shape[1:]),
        ],
        drawing.constants,
    )  # fmt: skip
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_FORMAT)
