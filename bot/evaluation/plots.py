"""The pictures of the report, as SVG to be put into a page."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence

import matplotlib

matplotlib.use("svg")  # draws without a screen
from matplotlib import pyplot as plt  # noqa: E402
from matplotlib.figure import Figure  # noqa: E402

from bot.evaluation.figures import Figures, Share  # noqa: E402
from bot.knowledge.model import LEVELS  # noqa: E402

INK, SOFT, ALARM = "#1d4e6b", "#8fb3c7", "#b3423a"
MOST_CONFUSED = 20
plt.rcParams.update({"font.size": 9, "svg.hashsalt": "paaroerendevejviser", "axes.spines.top": False})
plt.rcParams.update({"axes.spines.right": False, "svg.fonttype": "none", "font.family": "sans-serif"})


def level_confusion(counts: Counter[tuple[str, str]]) -> str:
    """Draw true levels against found ones; each cell with its count, shaded by the share of its row."""
    plot, axes = plt.subplots(figsize=(4.6, 3.8))
    rows = [[counts[true, found] for found in LEVELS] for true in LEVELS]
    axes.imshow([[c / max(sum(row), 1) for c in row] for row in rows], cmap="Blues", vmin=0, vmax=1)
    for y, row in enumerate(rows):
        for x, count in enumerate(row):
            dark = count > sum(row) / 2
            axes.text(x, y, str(count or ""), ha="center", va="center", color="white" if dark else "black")
    axes.set_xticks(range(len(LEVELS)), LEVELS)
    axes.set_yticks(range(len(LEVELS)), LEVELS)
    axes.set_xlabel("found")
    axes.set_ylabel("true")
    return _svg(plot)


def confused_needs(counts: Counter[tuple[str, str]]) -> str:
    """Draw the needs that are most often taken for another one."""
    common = counts.most_common(MOST_CONFUSED)[::-1]
    plot, axes = plt.subplots(figsize=(6.4, 0.5 + 0.22 * max(len(common), 1)))
    axes.barh([f"{true} taken for {found}" for (true, found), _ in common], [c for _, c in common], color=INK)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_xlabel("messages")
    return _svg(plot)


def calibration_plot(groups: Mapping[str, Sequence[tuple[float, Share]]]) -> str:
    """Draw how often a score is right against what it says; on the diagonal it keeps its word."""
    plot, axes = plt.subplots(figsize=(4.6, 3.8))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle="--")
    for (name, points), colour in zip(groups.items(), (INK, ALARM), strict=False):
        x, y = [score for score, _ in points], [share.value for _, share in points]
        low = [share.value - share.interval[0] for _, share in points]
        high = [share.interval[1] - share.value for _, share in points]
        axes.errorbar(x, y, yerr=[low, high], marker="o", markersize=4, capsize=2, color=colour, label=name)
    axes.set_xlabel("score")
    axes.set_ylabel("share that is right")
    axes.legend(frameon=False)
    return _svg(plot)


def recall_plot(curve: Sequence[tuple[float, float, float]], alarms: float, found: float) -> str:
    """Draw the urgent messages found against the false alarms; the dot is the threshold of `config.yml`."""
    plot, axes = plt.subplots(figsize=(4.6, 3.8))
    axes.plot(
        [100 * a for _, a, _ in curve], [100 * f for _, _, f in curve], color=INK, drawstyle="steps-post"
    )
    axes.plot(100 * alarms, 100 * found, "o", color=ALARM)
    axes.set_xlim(0, 20)
    axes.set_ylim(50, 100.5)
    axes.grid(alpha=0.3)
    axes.set_xlabel("false alarms, %")
    axes.set_ylabel("urgent messages found, %")
    return _svg(plot)


def kinds_plot(by_kind: Mapping[str, Figures]) -> str:
    """Draw need, level and urgent messages found for each kind, with intervals."""
    plot, axes = plt.subplots(figsize=(6.4, 0.8 + 0.5 * max(len(by_kind), 1)))
    parts = (("need", SOFT), ("level", INK), ("urgent_found", ALARM))
    for place, (name, colour) in enumerate(parts):
        label = name.replace("_", " ")
        shares = [getattr(found, name) for found in by_kind.values()]
        values = [100 * share.value for share in shares]
        low = [100 * (share.value - share.interval[0]) for share in shares]
        high = [100 * (share.interval[1] - share.value) for share in shares]
        heights = [row + 0.25 * (1 - place) for row in range(len(by_kind))]
        axes.errorbar(values, heights, xerr=[low, high], fmt="o", capsize=2, color=colour, label=label)
    axes.set_yticks(range(len(by_kind)), list(by_kind))
    axes.set_xlim(50, 101)
    axes.grid(axis="x", alpha=0.3)
    axes.set_xlabel("%")
    axes.legend(frameon=False, loc="lower left")
    return _svg(plot)


def _svg(plot: Figure) -> str:
    """Return the picture without the head that only a file of its own needs."""
    page = io.StringIO()
    plot.savefig(page, format="svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(plot)
    text = page.getvalue()
    return text[text.index("<svg") :]
