"""Adapts the sentence network to the training messages: `make adapt`. It takes an hour on two cores.

What it finds goes to `adapter.npz`, which is part of the repository. It need not be run for each new message:
the classifiers learn those at every training. After a few thousand new messages it pays: `make adapt
FURTHER=1` goes on from the adapter that is there and reads all messages once more, in a third of the time.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
import tensorflow as tf
from rasa.shared.nlu.training_data.loading import load_data

from bot.knowledge.model import URGENT_LEVELS
from bot.nlu.adapter import MATRICES, VECTORS, Adapter, Changes, Head
from bot.nlu.example import Example, read_examples
from bot.nlu.judgement import pair_name
from bot.nlu.pretrained import EPSILON, HEADS, WIDTH, Layer, Pretrained, load_pretrained, shortened

DATA = "bot/data/nlu"
TRUNK = 4  # lower layers that stay; the vector of the last of them serves the linear classifiers
RANK = 16  # of a change; 8 to 64 are usual
SCALE = 2.0  # of a change
RATE = 1e-3  # of Adam at its highest
WARM_UP = 200  # steps until then; after it the rate falls evenly to nothing
EPOCHS = 3
FURTHER_RATE = RATE / 2  # going on from an adapter
FURTHER_EPOCHS = 1
BATCH = 48
CHUNK = 50 * BATCH  # messages that are put into batches of about one length together
DROPOUT = 0.1
URGENT_WEIGHT = 0.5  # of "urgent or not" in the loss, beside need and level
LONGEST = 160  # pieces of a message; of a longer one the beginning and the end
SEED = 1
TELL_EVERY = 100

_FORBIDDEN = 1e4  # taken from the score of a class that would be right as well
_FAST = tf.bfloat16  # for products of matrices: twice as fast where the processor knows it


@dataclass(frozen=True, slots=True)
class _Lesson:
    """A message as the network reads it: its pieces, the right class, others as right, and whether urgent."""

    pieces: tuple[int, ...]
    label: int
    also: tuple[int, ...]
    urgent: bool


class _Changed:
    """One layer with its changes, as TensorFlow sees it; None where it stays as it is."""

    def __init__(self, layer: Layer, changes: Changes | None) -> None:
        self.trained = changes is not None
        self._matrices = {name: tf.constant(getattr(layer, name)) for name in MATRICES}
        self._changes: dict[str, tuple[tf.Variable, tf.Variable]] = {}
        self._vectors = {name: tf.constant(getattr(layer, name)) for name in VECTORS}
        if changes:
            self._vectors = {name: tf.Variable(changes[name][0]) for name in VECTORS}
            for name in MATRICES:
                down, up = changes[name]
                self._changes[name] = (tf.Variable(down / SCALE), tf.Variable(up))

    def variables(self) -> list[tf.Variable]:
        """Return what is learned."""
        thin = [part for parts in self._changes.values() for part in parts]
        return [*thin, *self._vectors.values()] if self.trained else []

    def changes(self) -> Changes:
        """Return what was learned, as an adapter keeps it."""
        thin = {name: (down.numpy() * SCALE, up.numpy()) for name, (down, up) in self._changes.items()}
        return {**thin, **{name: (vector.numpy(),) for name, vector in self._vectors.items()}}

    def __call__(self, rows: tf.Tensor, unread: tf.Tensor, dropout: float) -> tf.Tensor:
        """Return the rows of all pieces of a batch after this layer; `unread` is far below 0 at padding."""
        shape, rate = tf.shape(rows), dropout if self.trained else 0.0
        count, length = shape[0], shape[1]
        flat, vectors = tf.reshape(rows, [-1, WIDTH]), self._vectors
        heads = tf.reshape(self._times("attention", flat), [count, length, 3, HEADS, WIDTH // HEADS])
        query, key, value = tf.unstack(tf.transpose(heads, [2, 0, 3, 1, 4]))
        shares = tf.nn.softmax(tf.matmul(query, key, transpose_b=True) + unread)
        seen = tf.reshape(tf.transpose(tf.matmul(shares, value), [0, 2, 1, 3]), [-1, WIDTH])
        flat = _norm(flat + _drop(self._times("joined", seen), rate), vectors["first_norm"])
        middle = tf.nn.gelu(self._times("inner", flat), approximate=True)  # faster, and the same to 0.001
        flat = _norm(flat + _drop(self._times("outer", middle), rate), vectors["second_norm"])
        return tf.reshape(flat, shape)

    def _times(self, name: str, rows: tf.Tensor) -> tf.Tensor:
        fast = tf.cast(rows, _FAST)
        product = tf.cast(tf.matmul(fast, tf.cast(self._matrices[name], _FAST)), tf.float32)
        if name in self._changes:
            down, up = (tf.cast(part, _FAST) for part in self._changes[name])
            product += SCALE * tf.cast(tf.matmul(tf.matmul(fast, down), up), tf.float32)
        return product + self._vectors[f"{name}_bias"]


class _Student:
    """The network with its changes and its head."""

    def __init__(self, pretrained: Pretrained, pieces: np.ndarray, start: Adapter) -> None:
        changes = [*[None] * start.trunk, *start.layers]
        self.layers = [_Changed(*pair) for pair in zip(pretrained.layers(), changes, strict=True)]
        self.weights, self.bias = tf.Variable(start.head.weights), tf.Variable(start.head.bias)
        words, places, norm = pretrained.embeddings(pieces)
        self._words, self._places, self._norm = map(tf.constant, (words, places, norm))

    def variables(self) -> list[tf.Variable]:
        """Return what is learned."""
        return [*(part for layer in self.layers for part in layer.variables()), self.weights, self.bias]

    def __call__(self, pieces: tf.Tensor, read: tf.Tensor, dropout: float) -> tf.Tensor:
        """Return the scores of each text: one column a class, the last for urgent.

        Args:
            pieces: one row a text; places in the table of pieces.
            read: 1 where a text has a piece, 0 at padding.
            dropout: share of numbers that are left out, in training.
        """
        rows = tf.gather(self._words, pieces) + self._places[None, : tf.shape(pieces)[1]]
        rows, unread = _norm(rows, self._norm), (read[:, None, None, :] - 1) * 1e9
        for layer in self.layers:
            rows = layer(rows, unread, dropout)
        mean = tf.reduce_sum(rows * read[:, :, None], 1) / tf.reduce_sum(read, 1, keepdims=True)
        return tf.matmul(_drop(mean, dropout), self.weights) + self.bias


def main() -> None:
    """Train on all messages that have a level, and write the adapter; `--further` goes on from it."""
    arguments = ArgumentParser(description="Adapts the sentence network to the training messages.")
    arguments.add_argument("--further", action="store_true", help="go on from the adapter that is there")
    further: bool = arguments.parse_args().further
    examples = [example for example in read_examples(load_data(DATA)) if example.level]
    if further:
        adapter = train(examples, FURTHER_EPOCHS, FURTHER_RATE, Adapter.load())
    else:
        adapter = train(examples, EPOCHS)
    adapter.save()


def train(
    examples: Sequence[Example], epochs: int, rate: float = RATE, start: Adapter | None = None
) -> Adapter:
    """Adapt the network.

    Args:
        examples: messages with their levels.
        epochs: how often all of them are read.
        rate: of Adam at its highest.
        start: an adapter to go on from; its classes are kept, new ones join them.
    """
    tf.random.set_seed(SEED)
    pretrained = load_pretrained()
    names = {pair_name(example.need, example.level or "") for example in examples}
    start = _widened(start, names) if start else _untrained(pretrained, names)
    classes = start.head.classes
    lessons, pieces = _lessons(examples, classes, pretrained)
    student = _Student(pretrained, pieces, start)
    steps = epochs * -(-len(lessons) // BATCH)
    step = _stepper(student, len(classes), steps, rate)
    begun, losses, random = monotonic(), [], np.random.default_rng(SEED)
    for _ in range(epochs):
        for batch in _batches(lessons, random):
            losses.append(float(step(*_padded(batch, len(classes)))))
            if len(losses) % TELL_EVERY == 0:
                done = f"{len(losses)} of {steps} steps"
                loss = np.mean(losses[-TELL_EVERY:])
                print(f"{done}, loss {loss:.3f}, {monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
    changes = tuple(layer.changes() for layer in student.layers if layer.trained)
    return Adapter(start.trunk, changes, Head(classes, student.weights.numpy(), student.bias.numpy()))


def _untrained(pretrained: Pretrained, names: Collection[str]) -> Adapter:
    """Return an adapter that changes nothing yet, and a head that knows nothing."""
    random = np.random.default_rng(SEED)
    layers = []
    for layer in list(pretrained.layers())[TRUNK:]:
        changes: Changes = {name: (getattr(layer, name),) for name in VECTORS}
        for name in MATRICES:
            inputs, outputs = getattr(layer, name).shape
            down = SCALE * random.standard_normal((inputs, RANK)) / np.sqrt(inputs)
            changes[name] = (down.astype(np.float32), np.zeros((RANK, outputs), dtype=np.float32))
        layers.append(changes)
    return _widened(Adapter(TRUNK, tuple(layers), Head((), *_columns(1))), names)


def _widened(adapter: Adapter, names: Collection[str]) -> Adapter:
    """Return an adapter whose head knows further classes; what tells urgent stays last."""
    head = adapter.head
    new = sorted(set(names) - set(head.classes))
    weights, bias = _columns(len(new))
    weights = np.concatenate([head.weights[:, :-1], weights, head.weights[:, -1:]], axis=1)
    bias = np.concatenate([head.bias[:-1], bias, head.bias[-1:]])
    return replace(adapter, head=Head((*head.classes, *new), weights, bias))


def _columns(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and bias of classes that nothing is known of yet."""
    weights = 0.02 * np.random.default_rng(SEED).standard_normal((WIDTH, count))
    return weights.astype(np.float32), np.zeros(count, dtype=np.float32)


def _lessons(
    examples: Sequence[Example], classes: Sequence[str], pretrained: Pretrained
) -> tuple[list[_Lesson], np.ndarray]:
    """Return the messages as the network reads them, and the table of the pieces that occur."""
    read = [shortened(pretrained.read(example.text), LONGEST) for example in examples]
    table = np.unique(np.concatenate(read))
    places = {piece: place for place, piece in enumerate(table)}
    columns = {name: column for column, name in enumerate(classes)}
    lessons = []
    for example, pieces in zip(examples, read, strict=True):
        label = columns[pair_name(example.need, example.level or "")]
        also = {columns.get(pair_name(need, example.level or ""), label) for need in example.also} - {label}
        numbers = tuple(places[piece] for piece in pieces)
        lessons.append(_Lesson(numbers, label, tuple(also), example.level in URGENT_LEVELS))
    return lessons, table


def _batches(lessons: Sequence[_Lesson], random: np.random.Generator) -> Iterator[list[_Lesson]]:
    """Yield all messages in a new order, those of a batch about equally long."""
    order, batches = random.permutation(len(lessons)), []
    for start in range(0, len(order), CHUNK):
        chosen = (lessons[place] for place in order[start : start + CHUNK])
        chunk = sorted(chosen, key=lambda lesson: len(lesson.pieces))
        batches += [chunk[first : first + BATCH] for first in range(0, len(chunk), BATCH)]
    yield from (batches[place] for place in random.permutation(len(batches)))


def _padded(batch: Sequence[_Lesson], classes: int) -> tuple[tf.Tensor, ...]:
    """Return pieces, which of them are read, right classes, forbidden classes, and which are urgent."""
    length = max(len(lesson.pieces) for lesson in batch)
    pieces = np.zeros((len(batch), length), dtype=np.int32)
    read = np.zeros((len(batch), length), dtype=np.float32)
    forbidden = np.zeros((len(batch), classes), dtype=np.float32)
    for row, lesson in enumerate(batch):
        pieces[row, : len(lesson.pieces)], read[row, : len(lesson.pieces)] = lesson.pieces, 1
        forbidden[row, list(lesson.also)] = _FORBIDDEN
    labels = np.array([lesson.label for lesson in batch], dtype=np.int32)
    urgent = np.array([lesson.urgent for lesson in batch], dtype=np.float32)
    return tuple(map(tf.constant, (pieces, read, labels, forbidden, urgent)))


def _stepper(
    student: _Student, classes: int, steps: int, highest: float
) -> tf.types.experimental.GenericFunction:
    """Return what learns from one batch and tells the loss before."""
    variables, rate = student.variables(), tf.Variable(0.0)
    adam = tf.keras.optimizers.legacy.Adam(rate)
    done = tf.Variable(0.0)
    signature = [
        tf.TensorSpec([None, None], tf.int32), tf.TensorSpec([None, None]), tf.TensorSpec([None], tf.int32),
        tf.TensorSpec([None, classes]), tf.TensorSpec([None])
    ]  # fmt: skip

    @tf.function(input_signature=signature)
    def step(
        pieces: tf.Tensor, read: tf.Tensor, labels: tf.Tensor, forbidden: tf.Tensor, urgent: tf.Tensor
    ) -> tf.Tensor:
        done.assign_add(1.0)
        rate.assign(highest * tf.minimum(1.0, done / WARM_UP) * (1.0 - done / (steps + 1)))
        with tf.GradientTape() as tape:
            scores = student(pieces, read, DROPOUT)
            pairs = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores[:, :-1] - forbidden)
            plane = tf.nn.sigmoid_cross_entropy_with_logits(urgent, scores[:, -1])
            loss = tf.reduce_mean(pairs) + URGENT_WEIGHT * tf.reduce_mean(plane)
        slopes, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), 1.0)
        adam.apply_gradients([*map(tuple, zip(slopes, variables))])  # noqa: B905 - TensorFlow's zip knows no `strict`
        return loss

    return step


def _norm(rows: tf.Tensor, norm: tf.Tensor) -> tf.Tensor:
    centred = rows - tf.reduce_mean(rows, -1, keepdims=True)
    spread = tf.reduce_mean(centred * centred, -1, keepdims=True)
    return centred * tf.math.rsqrt(spread + EPSILON) * norm[0] + norm[1]


def _drop(rows: tf.Tensor, rate: float) -> tf.Tensor:
    return tf.nn.dropout(rows, rate) if rate else rows


if __name__ == "__main__":
    main()
