"""A linear model of text: how far a message lies on the right side of each class. Pure functions, no Rasa.

One linear support vector machine a class, against all others (Fan et al., LIBLINEAR, JMLR 2008). Margins
are no probabilities. `softmax` of the margins times a temperature is; the temperature is fitted on messages
that a probe model has not seen (Guo et al., On Calibration of Modern Neural Networks, ICML 2017).
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from joblib import Parallel, delayed
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import log_softmax
from sklearn.svm import LinearSVC

from bot.nlu.features import Vectorizer

PENALTY = 0.5  # C of the support vector machine, from five-fold cross-validation
SEED = 42  # liblinear visits the messages in random order: a fixed one, so that two trainings agree
TOLERANCE = 0.01  # of the solver: finer moves margins in the third decimal, in a quarter more time
USUAL_TEMPERATURE = 5.0  # where there is too little data to fit one; about what the whole corpus gives
_TEMPERATURES = (0.5, 20.0)

_CLASSES_FILE = "classes.json"
_WEIGHTS_FILE = "weights.npz"


@dataclass(frozen=True, slots=True)
class Planes:
    """What parts each class from all others.

    Attributes:
        classes: names of the classes, sorted, then those of the wholes.
        weights: one row a column of the features, one column a class.
        bias: one number a class.
    """

    classes: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray

    def margins(self, rows: csr_matrix) -> np.ndarray:
        """Return one row a text, one column a class: positive where the class takes the text for its own."""
        return np.asarray(rows @ self.weights + self.bias, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class MarginModel:
    """A trained model: texts to rows, rows to margins."""

    vectorizer: Vectorizer
    planes: Planes

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return self.planes.classes

    def margins(self, texts: Sequence[str], vectors: np.ndarray) -> np.ndarray:
        """Return one row a text, one column a class.

        Args:
            texts: the messages.
            vectors: the sentence vector of each, as `Vectorizer.transform` takes them.
        """
        return self.planes.margins(self.vectorizer.transform(texts, vectors))

    def save(self, folder: Path) -> None:
        """Write names as JSON and weights as plain numbers, no pickle: nothing in them can run as code."""
        self.vectorizer.save(folder)
        (folder / _CLASSES_FILE).write_text(json.dumps(self.classes), encoding="utf-8")
        # Half precision: margins move in the fourth decimal. Packed here: Rasa takes ten times as long.
        weights = self.planes.weights.astype(np.float16)
        np.savez_compressed(folder / _WEIGHTS_FILE, weights=weights, bias=self.planes.bias)

    @classmethod
    def load(cls, folder: Path) -> MarginModel:
        """Read what `save` wrote.

        Raises:
            OSError: a file is missing.
            ValueError: the files do not fit together.
        """
        classes = tuple(json.loads((folder / _CLASSES_FILE).read_text(encoding="utf-8")))
        with np.load(folder / _WEIGHTS_FILE, allow_pickle=False) as stored:
            planes = Planes(classes, stored["weights"].astype(np.float32), stored["bias"])
        if not planes.weights.shape[1] == len(planes.bias) == len(classes):
            raise ValueError("the planes are not those of the classes")
        return cls(Vectorizer.load(folder), planes)


def fit_planes(
    rows: csr_matrix,
    labels: Sequence[str | None],
    others: Sequence[frozenset[str]],
    wholes: Mapping[str, np.ndarray] | None = None,
) -> Planes:
    """Train a plane a class.

    Args:
        rows: the features of the messages, one row each.
        labels: the class of each; None for a message that is in none.
        others: for each message, classes that would be right as well. The message then takes no part in the
            training of those: it is neither theirs nor proof against them.
        wholes: further classes that cut across the others; for each, which messages are in it.

    Returns:
        The planes; the same messages in the same order give the same planes.

    Raises:
        ValueError: fewer than two classes.
    """
    classes = tuple(sorted({label for label in labels if label is not None}))
    if len(classes) < 2:
        raise ValueError(f"a classifier needs two classes, the training data has {len(classes)}")
    rows = rows.astype(np.float64)  # once: liblinear works in doubles
    target = np.array([label or "" for label in labels])
    nowhere = target == ""
    parts = [(target == name, np.array([name in also for also in others]) | nowhere) for name in classes]
    parts += [(own, nowhere) for own in (wholes or {}).values()]
    # Processes, not threads: the machines of one process share the source of their random order.
    planes = Parallel(
        n_jobs=os.cpu_count(), mmap_mode="c"
    )(  # liblinear refuses rows that it may not write to
        delayed(_plane)(rows, own, aside) for own, aside in parts
    )
    weights = np.stack([plane for plane, _ in planes], axis=1)
    bias = np.array([bias for _, bias in planes], dtype=np.float32)
    return Planes(classes + tuple(wholes or ()), weights, bias)


def _plane(rows: csr_matrix, own: np.ndarray, aside: np.ndarray) -> tuple[np.ndarray, float]:
    """Part the messages of a class from all others but those put aside; return weights and bias."""
    if own.all() or not own.any():  # nothing to part: a whole that all messages are in, or none
        return np.zeros(rows.shape[1], dtype=np.float32), 1.0 if own.all() else -1.0
    counts = (own | ~aside).astype(float)
    machine = LinearSVC(C=PENALTY, tol=TOLERANCE, random_state=SEED).fit(rows, own, sample_weight=counts)
    return machine.coef_[0].astype(np.float32), float(machine.intercept_[0])


def softmax(margins: np.ndarray, temperature: float) -> np.ndarray:
    """Return probabilities: one row a text, each row adds up to 1."""
    return np.exp(log_softmax(margins * temperature, axis=1))


def fit_temperature(loss: Callable[[float], float]) -> float:
    """Return the temperature at which `loss` is least."""
    found = minimize_scalar(lambda log: loss(np.exp(log)), bounds=np.log(_TEMPERATURES), method="bounded")
    return float(np.exp(found.x))
