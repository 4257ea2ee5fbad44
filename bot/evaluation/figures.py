"""The figures that the goals are set in, each with its 95 % interval. Pure functions."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bot.evaluation.messages import LabelledMessage
from bot.evaluation.understanding import Understanding

Z95 = 1.959964  # two-sided 95 % point of the normal distribution
Pair = tuple[LabelledMessage, Understanding]
Confusion = Counter[tuple[str, str]]  # how often (true, found) occurs


@dataclass(frozen=True, slots=True)
class Share:
    """A share of messages: `hits` of `total`."""

    hits: int
    total: int

    @property
    def value(self) -> float:
        """The share; NaN of nothing."""
        return self.hits / self.total if self.total else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % score interval (Wilson, J. Am. Stat. Assoc. 22, 1927); 0 to 1 of nothing."""
        if not self.total:
            return 0.0, 1.0
        n, p = self.total, self.value
        middle = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
        half = Z95 / (1 + Z95**2 / n) * math.sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n))
        # rounding must not push the ends past what they enclose: 0 of n begins at 0, n of n ends at 1
        return max(0.0, min(p, middle - half)), min(1.0, max(p, middle + half))


@dataclass(frozen=True, slots=True)
class Figures:
    """What is known of the understanding of some messages.

    Attributes:
        urgent_found: of the urgent messages (`livsfare` or `akut`), those answered as urgent.
        life_danger_missed: of the `livsfare` messages, those answered below `akut`.
        false_alarms: of the messages that are not urgent, those answered as urgent.
        right_alarms: of the messages answered as urgent, those that are.
        level: messages whose level is exact.
        need: messages whose need is one of the acceptable.
        region: of the messages with a region, those where it and no other was found.
        wrong_region: of all messages, those where another region than the true one was found.
    """

    urgent_found: Share
    life_danger_missed: Share
    false_alarms: Share
    right_alarms: Share
    level: Share
    need: Share
    region: Share
    wrong_region: Share


def figures(pairs: Sequence[Pair]) -> Figures:
    """Count all figures of some messages."""
    urgent = [(m, u) for m, u in pairs if m.urgent]
    calm = [(m, u) for m, u in pairs if not m.urgent]
    life = [u for m, u in pairs if m.level == "livsfare"]
    placed = [(m, u) for m, u in pairs if m.region]
    return Figures(
        urgent_found=_share(u.urgent for _, u in urgent),
        life_danger_missed=_share(not u.urgent for u in life),
        false_alarms=_share(u.urgent for _, u in calm),
        right_alarms=_share(m.urgent for m, u in pairs if u.urgent),
        level=_share(m.level == u.level for m, u in pairs),
        need=_share(u.need in m.needs for m, u in pairs),
        region=_share(u.regions == {m.region} for m, u in placed),
        wrong_region=_share(bool(u.regions - {m.region}) for m, u in pairs),
    )


def figures_by_kind(pairs: Sequence[Pair]) -> dict[str, Figures]:
    """Count the figures of each kind of message, in the order of their names."""
    kinds = sorted({m.kind for m, _ in pairs if m.kind})
    return {kind: figures([pair for pair in pairs if pair[0].kind == kind]) for kind in kinds}


def need_gap(by_kind: Iterable[Figures]) -> float:
    """Return how many points (0 to 1) of need lie between the best and the worst kind; 0 of none."""
    shares = [kind.need.value for kind in by_kind]
    return max(shares) - min(shares) if shares else 0.0


def recall_curve(pairs: Sequence[Pair]) -> list[tuple[float, float, float]]:
    """Return what each threshold on the urgency score alone would give.

    The assistant also asks which level is the likeliest (`decide_urgency`), so it may lie beside the curve.

    Returns:
        Threshold, share of false alarms, share of urgent messages found; thresholds fall, shares rise.
    """
    urgent = sorted(u.score for m, u in pairs if m.urgent)
    calm = sorted(u.score for m, u in pairs if not m.urgent)
    thresholds = sorted({u.score for _, u in pairs}, reverse=True)
    return [(t, _reach(calm, t), _reach(urgent, t)) for t in thresholds]


def recall_at(curve: Sequence[tuple[float, float, float]], false_alarms: float) -> float:
    """Return the share of urgent messages found at no more than this share of false alarms."""
    return max((found for _, alarms, found in curve if alarms <= false_alarms), default=0.0)


def calibration(scores: Sequence[float], right: Sequence[bool], bins: int = 10) -> list[tuple[float, Share]]:
    """Return, for each tenth of the scores that occurs, the mean score and the share that was right."""
    groups: dict[int, list[tuple[float, bool]]] = {}
    for score, hit in zip(scores, right, strict=True):
        groups.setdefault(min(int(score * bins), bins - 1), []).append((score, hit))
    return [
        (sum(score for score, _ in group) / len(group), _share(hit for _, hit in group))
        for _, group in sorted(groups.items())
    ]


def confusion(pairs: Sequence[Pair]) -> tuple[Confusion, Confusion]:
    """Count (true, found) levels, and (best true, found) needs where the found one is not acceptable."""
    levels: Confusion = Counter((m.level, u.level) for m, u in pairs)
    needs: Confusion = Counter((m.needs[0], u.need) for m, u in pairs if u.need not in m.needs)
    return levels, needs


def worst(pairs: Sequence[Pair], count: int = 50) -> list[Pair]:
    """Return the messages that are understood worst.

    Missed danger comes first, `livsfare` before `akut`, then false alarms, then wrong needs; in each the
    surest mistake first.
    """

    def badness(pair: Pair) -> tuple[int, float]:
        message, found = pair
        if message.urgent and not found.urgent:
            return (0 if message.level == "livsfare" else 1), found.score
        if found.urgent and not message.urgent:
            return 2, -found.score
        return 3, -found.confidence

    wrong = [(m, u) for m, u in pairs if m.urgent != u.urgent or u.need not in m.needs]
    return sorted(wrong, key=badness)[:count]


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that this share (0 to 1) of the values does not exceed; NaN of nothing."""
    if not values:
        return math.nan
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def as_json(found: Figures) -> dict[str, Any]:
    """Return the figures as plain data: for each share its value, its interval, hits and total."""
    data = {}
    for name, counts in asdict(found).items():
        share = Share(**counts)
        low, high = share.interval
        value = None if math.isnan(share.value) else round(share.value, 4)
        data[name] = {"value": value, "low": round(low, 4), "high": round(high, 4), **counts}
    return data


def _share(hits: Iterable[bool]) -> Share:
    counted = list(hits)
    return Share(sum(counted), len(counted))


def _reach(scores: Sequence[float], threshold: float) -> float:
    return sum(score >= threshold for score in scores) / len(scores) if scores else 0.0
