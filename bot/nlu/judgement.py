"""What the network's head says of a text, and how two opinions become one. Pure functions, no Rasa."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from scipy.special import log_softmax, softmax

from bot.knowledge.model import LEVELS, URGENT_LEVELS

SEPARATOR = "/"  # Rasa keeps it out of the names of intents
LEAST = 1e-9  # of a probability, before its logarithm is taken
# The network has seen its messages often and is surer than it is right: it may lean towards calm or danger,
# but not silence a linear model that is sure. 2, chosen on the development messages, is 88 %.
SUREST = 2.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """An opinion on a text.

    Attributes:
        needs: logarithm of the probability of each need that it knows.
        levels: the same of each level, up to what makes them add up to 1.
        urgent: logarithm of the odds that the text is urgent, between -`SUREST` and `SUREST`.
    """

    needs: Mapping[str, float]
    levels: Mapping[str, float]
    urgent: float


def pair_name(need: str, level: str) -> str:
    """Return the name of the class of messages with a need and a level."""
    return f"{need}{SEPARATOR}{level}"


def judge(scores: np.ndarray, classes: Sequence[str]) -> Judgement:
    """Read the scores of a head.

    Args:
        scores: one number a class, and one for urgent or not.
        classes: names of the pairs of need and level.

    Returns:
        The opinion: a need or level has the probability of its pairs together; all urgent levels are held
        within `SUREST` of all calm ones. Whether the text is urgent is the mean of what the pairs and the
        last score say, held there too.
    """
    shares = softmax(scores[:-1]).tolist()
    needs, levels = zip(*(name.split(SEPARATOR) for name in classes), strict=True)
    by_level: dict[str, float] = {level: _together(shares, levels, {level}) for level in LEVELS}
    urgent, calm = set(URGENT_LEVELS), set(LEVELS) - set(URGENT_LEVELS)
    odds = _together(shares, levels, urgent) - _together(shares, levels, calm)
    held = _held(odds) - odds
    by_level |= {level: by_level[level] + held for level in URGENT_LEVELS}
    by_need = {need: _together(shares, needs, {need}) for need in dict.fromkeys(needs)}
    return Judgement(by_need, by_level, _held((odds + float(scores[-1])) / 2))


def joined(shares: Mapping[str, float], opinion: Mapping[str, float], weight: float) -> dict[str, float]:
    """Return the probabilities that two opinions give together: the product of both, one with a weight.

    Args:
        shares: probability of each class; they add up to 1.
        opinion: logarithm of the probability of some classes; on those that it does not know it agrees.
        weight: of the opinion beside the shares; 0 leaves it out.
    """
    logs = {name: log(max(share, LEAST)) for name, share in shares.items()}
    sums = np.array([own + weight * opinion.get(name, own) for name, own in logs.items()])
    return dict(zip(logs, np.exp(log_softmax(sums)).tolist(), strict=True))


def _held(odds: float) -> float:
    return min(max(odds, -SUREST), SUREST)


def _together(shares: Sequence[float], names: Sequence[str], wanted: Collection[str]) -> float:
    """Return the logarithm of the sum of the shares whose names are wanted."""
    return log(max(sum(share for share, name in zip(shares, names, strict=True) if name in wanted), LEAST))
