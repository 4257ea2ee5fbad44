"""Adapts the sentence network to the training messages: `make adapt`. It takes over an hour on two cores.

What it finds goes to `adapter.npz`, which is part of the repository. It need not be run for each new message:
the classifiers learn those at every training. After a few thousand new messages it pays: `make adapt
FURTHER=1` goes on from the adapter that is there, in less time. The trunk does not change, so each message
goes through it once, in the very form that it has in use; what is learned are the layers above.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np
import tensorflow as tf
from rasa.shared.nlu.training_data.loading import load_data

from bot.knowledge.model import URGENT_LEVELS
from bot.nlu.adapter import MATRICES, VECTORS, Adapter, Changes, Head
from bot.nlu.example import Example, read_examples
from bot.nlu.joined_words import JoinedWords, count_words
from bot.nlu.judgement import pair_name
from bot.nlu.pretrained import EPSILON, HEADS, WIDTH, Layer, load_pretrained
from bot.nlu.sentence_network import rise_many

DATA = "bot/data/nlu"
TRUNK = 4  # lower layers that stay; the vector of the last of them serves the linear classifiers
RANK = 32  # of a change; 8 to 64 are usual
SCALE = 2.0  # of a change
RATE = 5e-4  # of Adam at its highest; at twice that the layers forget what they knew
WARM_UP = 200  # batches until then; the rate falls evenly to nothing
EPOCHS = 8
KNOWN = 0.1  # a loss: the right class has nine parts of ten
KNOWN_SHARE = 1 / 4  # of the messages that are known, in an epoch
FURTHER_EPOCHS = 5  # going on from an adapter
BATCH = 48
CHUNK = 50 * BATCH  # messages that are put into batches of about one length together
DROPOUT = 0.1  # of the numbers that judge a text; the layers see all of theirs
AVERAGED = 5  # last epochs whose mean is kept
URGENT_WEIGHT = 0.5  # of "urgent or not" in the loss, beside need and level
SEED = 1
TELL_EVERY = 100  # batches

_FORBIDDEN = 1e4  # taken from the score of a class that would be right as well
_FAST = tf.bfloat16  # for products of matrices: twice as fast where the processor knows it


@dataclass(frozen=True, slots=True)
class _Lesson:
    """A message as the layers above read it.

    Attributes:
        rows: what the trunk makes of it, one row a piece, in half precision.
        label: the column of the right class.
        also: columns of others that are right as well.
        urgent: is it?
    """

    rows: np.ndarray
    label: int
    also: tuple[int, ...]
    urgent: bool


class _Changed:
    """One layer with its changes, as TensorFlow sees it."""

    def __init__(self, layer: Layer, changes: Changes) -> None:
        self._matrices = {name: tf.constant(getattr(layer, name), _FAST) for name in MATRICES}
        self._vectors = {name: tf.Variable(changes[name][0]) for name in VECTORS}
        self._thin: dict[str, tuple[tf.Variable, tf.Variable]] = {}
        for name in MATRICES:
            down, up = changes[name]
            self._thin[name] = (tf.Variable(down / SCALE), tf.Variable(up))

    def variables(self) -> list[tf.Variable]:
        """Return what is learned."""
        return [*(part for parts in self._thin.values() for part in parts), *self._vectors.values()]

    def changes(self) -> Changes:
        """Return what was learned, as an adapter keeps it."""
        thin = {name: (down.numpy() * SCALE, up.numpy()) for name, (down, up) in self._thin.items()}
        return {**thin, **{name: (vector.numpy(),) for name, vector in self._vectors.items()}}

    def __call__(self, rows: tf.Tensor, unread: tf.Tensor) -> tf.Tensor:
        """Return the rows of all pieces of a batch after this layer; `unread` is far below 0 at padding."""
        shape, vectors = tf.shape(rows), self._vectors
        count, length, flat = shape[0], shape[1], tf.reshape(rows, [-1, WIDTH])
        heads = tf.reshape(self._times("attention", flat), [count, length, 3, HEADS, WIDTH // HEADS])
        query, key, value = tf.unstack(tf.transpose(heads, [2, 0, 3, 1, 4]))
        shares = tf.nn.softmax(tf.matmul(query, key, transpose_b=True) + unread)
        seen = tf.reshape(tf.transpose(tf.matmul(shares, value), [0, 2, 1, 3]), [-1, WIDTH])
        flat = _norm(flat + self._times("joined", seen), vectors["first_norm"])
        middle = tf.nn.gelu(self._times("inner", flat), approximate=True)  # faster, and the same to 0.001
        return tf.reshape(_norm(flat + self._times("outer", middle), vectors["second_norm"]), shape)

    def _times(self, name: str, rows: tf.Tensor) -> tf.Tensor:
        down, up = (tf.cast(part, _FAST) for part in self._thin[name])
        fast = tf.cast(rows, _FAST)
        product = tf.matmul(fast, self._matrices[name]) + tf.matmul(tf.matmul(fast, down), up * SCALE)
        return tf.cast(product, tf.float32) + self._vectors[f"{name}_bias"]


class _Student:
    """The layers above the trunk with their changes, and the head."""

    def __init__(self, start: Adapter) -> None:
        layers = list(load_pretrained().layers())[start.trunk :]
        self._trunk, self._classes = start.trunk, start.head.classes
        self._layers = [_Changed(*pair) for pair in zip(layers, start.layers, strict=True)]
        self._weights, self._bias = tf.Variable(start.head.weights), tf.Variable(start.head.bias)

    def variables(self) -> list[tf.Variable]:
        """Return what is learned."""
        return [*(part for layer in self._layers for part in layer.variables()), self._weights, self._bias]

    def adapter(self) -> Adapter:
        """Return what has been learned."""
        changes = tuple(layer.changes() for layer in self._layers)
        return Adapter(self._trunk, changes, Head(self._classes, self._weights.numpy(), self._bias.numpy()))

    def __call__(self, rows: tf.Tensor, read: tf.Tensor, dropout: float) -> tf.Tensor:
        """Return the scores of each text: one column a class, the last for urgent.

        Args:
            rows: what the trunk makes of the texts: a text, a piece, its numbers.
            read: 1 where a text has a piece, 0 at padding.
            dropout: share of the numbers of a text that its judge does not see, in training.
        """
        unread = (read[:, None, None, :] - 1) * 1e9
        for layer in self._layers:
            rows = layer(rows, unread)
        mean = tf.reduce_sum(rows * read[:, :, None], 1) / tf.reduce_sum(read, 1, keepdims=True)
        return tf.matmul(tf.nn.dropout(mean, dropout), self._weights) + self._bias


def main() -> None:
    """Train on all messages that have a level, and write the adapter; `--further` goes on from it."""
    arguments = ArgumentParser(description="Adapts the sentence network to the training messages.")
    arguments.add_argument("--further", action="store_true", help="go on from the adapter that is there")
    further: bool = arguments.parse_args().further
    examples = [example for example in read_examples(load_data(DATA)) if example.level]
    words = JoinedWords(count_words(example.text for example in examples))
    examples = [replace(example, text=words.split(example.text)) for example in examples]  # as in use
    if further:
        adapter = train(examples, FURTHER_EPOCHS, Adapter.load())
    else:
        adapter = train(examples, EPOCHS)
    adapter.save()


def train(examples: Sequence[Example], epochs: int, start: Adapter | None = None) -> Adapter:
    """Adapt the network.

    Args:
        examples: messages with their levels.
        epochs: how often they are read; what is known by then is passed over most times.
        start: an adapter to go on from; its classes are kept, new ones join them.

    Returns:
        The mean of what was learned by the ends of the last epochs.
    """
    tf.random.set_seed(SEED)
    names = {pair_name(example.need, example.level or "") for example in examples}
    start = _widened(start, names) if start else _untrained(names)
    lessons, student = _lessons(examples, start), _Student(start)
    classes = len(start.head.classes)
    step, random = _stepper(student, classes), np.random.default_rng(SEED)
    losses, begun, done = np.full(len(lessons), np.inf), monotonic(), 0
    ends: list[Adapter] = []
    for epoch in range(epochs):
        batches = _batches([len(lesson.rows) for lesson in lessons], _to_read(losses, random), random)
        for place, batch in enumerate(batches):
            left = 1 - (epoch + place / len(batches)) / epochs
            now = tf.constant(RATE * left * min(1.0, (done + 1) / WARM_UP), tf.float32)
            losses[batch] = step(now, *_padded([lessons[number] for number in batch], classes))
            done += 1
            if done % TELL_EVERY == 0 or place == len(batches) - 1:
                part = f"epoch {epoch + 1} of {epochs}, batch {place + 1} of {len(batches)}"
                loss = losses[np.isfinite(losses)].mean()
                print(f"{part}, loss {loss:.3f}, {monotonic() - begun:.0f} s", file=sys.stderr, flush=True)
        ends = [*ends, student.adapter()][-AVERAGED:]
    return _mean(ends)


def _mean(adapters: Sequence[Adapter]) -> Adapter:
    """Return the adapter in the middle of some of one training, which judges new texts better than the last.

    Izmailov et al., Averaging Weights Leads to Wider Optima and Better Generalization, UAI 2018.
    """

    def middle(parts: Iterable[np.ndarray]) -> np.ndarray:
        return np.mean(list(parts), axis=0)

    heads = [adapter.head for adapter in adapters]
    head = replace(
        heads[0], weights=middle(head.weights for head in heads), bias=middle(head.bias for head in heads)
    )
    layers = tuple(
        {name: tuple(map(middle, zip(*(changes[name] for changes in own), strict=True))) for name in own[0]}
        for own in zip(*(adapter.layers for adapter in adapters), strict=True)
    )
    return replace(adapters[0], layers=layers, head=head)


def _untrained(names: Collection[str]) -> Adapter:
    """Return an adapter that changes nothing yet, and a head that knows nothing."""
    layers = []
    for layer in list(load_pretrained().layers())[TRUNK:]:
        changes: Changes = {name: (getattr(layer, name),) for name in VECTORS}
        for name in MATRICES:
            inputs, outputs = getattr(layer, name).shape
            none = np.empty((inputs, 0), dtype=np.float32), np.empty((0, outputs), dtype=np.float32)
            changes[name] = none
        layers.append(changes)
    return _widened(Adapter(TRUNK, tuple(layers), Head((), *_columns(1))), names)


def _widened(adapter: Adapter, names: Collection[str]) -> Adapter:
    """Return an adapter of full rank that says the same, and whose head knows further classes.

    What tells urgent stays last in the head.
    """
    random = np.random.default_rng(SEED)
    layers = tuple(
        {**changes, **{name: _of_full_rank(changes[name], random) for name in MATRICES}}
        for changes in adapter.layers
    )
    head = adapter.head
    new = sorted(set(names) - set(head.classes))
    weights, bias = _columns(len(new))
    weights = np.concatenate([head.weights[:, :-1], weights, head.weights[:, -1:]], axis=1)
    bias = np.concatenate([head.bias[:-1], bias, head.bias[-1:]])
    return replace(adapter, layers=layers, head=Head((*head.classes, *new), weights, bias))


def _of_full_rank(parts: tuple[np.ndarray, ...], random: np.random.Generator) -> tuple[np.ndarray, ...]:
    """Return two thin matrices of the same product; the new columns of the first lead to nothing yet."""
    down, up = parts
    lacking = max(0, RANK - len(up))
    new = SCALE * random.standard_normal((len(down), lacking)) / np.sqrt(len(down))
    down = np.concatenate([down, new.astype(np.float32)], axis=1)
    return down, np.pad(up, ((0, lacking), (0, 0)))


def _columns(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return weights and bias of classes that nothing is known of yet."""
    weights = 0.02 * np.random.default_rng(SEED).standard_normal((WIDTH, count))
    return weights.astype(np.float32), np.zeros(count, dtype=np.float32)


def _lessons(examples: Sequence[Example], start: Adapter) -> list[_Lesson]:
    """Return the messages as the layers above the trunk read them, and say how far it is."""
    columns = {name: column for column, name in enumerate(start.head.classes)}
    lessons: list[_Lesson] = []
    for rows in rise_many([example.text for example in examples], start.trunk):
        for example, own in zip(examples[len(lessons) :], rows, strict=False):
            label = columns[pair_name(example.need, example.level or "")]
            also = {columns.get(pair_name(need, example.level or ""), label) for need in example.also}
            urgent = example.level in URGENT_LEVELS
            lessons.append(_Lesson(own.astype(np.float16), label, tuple(also - {label}), urgent))
        print(f"Read {len(lessons)} of {len(examples)} messages.", file=sys.stderr, flush=True)
    return lessons


def _to_read(losses: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Return which messages are read in an epoch: all that are not known, and some that are.

    What is known teaches little and takes as long (Jiang et al., Accelerating Deep Learning by Focusing on
    the Biggest Losers, 2019).
    """
    return np.flatnonzero((losses >= KNOWN) | (random.random(len(losses)) < KNOWN_SHARE))


def _batches(lengths: Sequence[int], places: np.ndarray, random: np.random.Generator) -> list[np.ndarray]:
    """Return the places of messages in a new order, those of a batch about equally long."""
    order, batches = random.permutation(places), []
    for start in range(0, len(order), CHUNK):
        chunk = np.array(sorted(order[start : start + CHUNK], key=lambda place: lengths[place]))
        batches += [chunk[first : first + BATCH] for first in range(0, len(chunk), BATCH)]
    return [batches[place] for place in random.permutation(len(batches))]


def _padded(batch: Sequence[_Lesson], classes: int) -> tuple[tf.Tensor, ...]:
    """Return the rows, where a text has some, right classes, forbidden classes, and which are urgent."""
    length = max(len(lesson.rows) for lesson in batch)
    rows = np.zeros((len(batch), length, WIDTH), dtype=np.float32)
    read = np.zeros((len(batch), length), dtype=np.float32)
    forbidden = np.zeros((len(batch), classes), dtype=np.float32)
    for place, lesson in enumerate(batch):
        rows[place, : len(lesson.rows)], read[place, : len(lesson.rows)] = lesson.rows, 1
        forbidden[place, list(lesson.also)] = _FORBIDDEN
    labels = np.array([lesson.label for lesson in batch], dtype=np.int32)
    urgent = np.array([lesson.urgent for lesson in batch], dtype=np.float32)
    return tuple(map(tf.constant, (rows, read, labels, forbidden, urgent)))


def _stepper(student: _Student, classes: int) -> tf.types.experimental.GenericFunction:
    """Return what learns from one batch at a rate, and tells the loss of each message before."""
    variables, rate = student.variables(), tf.Variable(0.0)
    adam = tf.keras.optimizers.legacy.Adam(rate)
    signature = [
        tf.TensorSpec([]), tf.TensorSpec([None, None, WIDTH]), tf.TensorSpec([None, None]),
        tf.TensorSpec([None], tf.int32), tf.TensorSpec([None, classes]), tf.TensorSpec([None])
    ]  # fmt: skip

    @tf.function(input_signature=signature)
    def step(
        now: tf.Tensor,
        rows: tf.Tensor,
        read: tf.Tensor,
        labels: tf.Tensor,
        forbidden: tf.Tensor,
        urgent: tf.Tensor,
    ) -> tf.Tensor:
        rate.assign(now)
        with tf.GradientTape() as tape:
            scores = student(rows, read, DROPOUT)
            pairs = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores[:, :-1] - forbidden)
            plane = tf.nn.sigmoid_cross_entropy_with_logits(urgent, scores[:, -1])
            losses = pairs + URGENT_WEIGHT * plane
            loss = tf.reduce_mean(losses)
        slopes, _ = tf.clip_by_global_norm(tape.gradient(loss, variables), 1.0)
        adam.apply_gradients([*map(tuple, zip(slopes, variables))])  # noqa: B905 - TensorFlow's zip knows no `strict`
        return losses

    return step


def _norm(rows: tf.Tensor, norm: tf.Tensor) -> tf.Tensor:
    centred = rows - tf.reduce_mean(rows, -1, keepdims=True)
    spread = tf.reduce_mean(centred * centred, -1, keepdims=True)
    return centred * tf.math.rsqrt(spread + EPSILON) * norm[0] + norm[1]


if __name__ == "__main__":
    main()
