"""The report: a page that a person can read, and the same figures as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import fields
from html import escape
from pathlib import Path
from typing import Any

from bot.evaluation import plots
from bot.evaluation.figures import (
    Figures,
    Pair,
    Share,
    as_json,
    calibration,
    confusion,
    figures,
    figures_by_kind,
    need_gap,
    percentile,
    recall_at,
    recall_curve,
    worst,
)

RATES = (0.03, 0.05, 0.06, 0.10)  # of false alarms, at which the recall is told
NAMES = {
    "urgent_found": "Urgent messages found",
    "life_danger_missed": "Life in danger, answered below akut",
    "false_alarms": "False alarms among not urgent messages",
    "right_alarms": "Alarms that are right",
    "level": "Level exact",
    "need": "Need is one of the acceptable",
    "region": "Region found, and no other",
    "wrong_region": "Wrong region found",
}
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 2.5rem } figure { margin: 1rem 0 }
svg { max-width: 100%; height: auto } .pair { display: flex; flex-wrap: wrap; gap: 2rem }
.pair figure { width: min(28rem, 100%) }
table { border-collapse: collapse; width: 100%; font-size: .9rem } .scroll { overflow-x: auto }
td, th { padding: .3rem .5rem; text-align: left; border-bottom: 1px solid #ddd; vertical-align: top }
.missed { color: #b3423a; font-weight: 600 } small { color: #555 }
"""


def measure(pairs: Sequence[Pair]) -> dict[str, Any]:
    """Return all figures of some messages as plain data, ready for JSON."""
    overall, by_kind = figures(pairs), figures_by_kind(pairs)
    curve = recall_curve(pairs)
    seconds = [found.seconds for _, found in pairs]
    levels, needs = confusion(pairs)
    return {
        "messages": len(pairs),
        "overall": as_json(overall),
        "by_kind": {kind: as_json(found) for kind, found in by_kind.items()},
        "need_gap": round(need_gap(by_kind.values()), 4),
        "recall_at_false_alarms": {f"{rate:.2f}": round(recall_at(curve, rate), 4) for rate in RATES},
        "milliseconds": {
            "median": round(1000 * percentile(seconds, 0.5), 2),
            "p99": round(1000 * percentile(seconds, 0.99), 2),
        },
        "levels": {f"{true} > {found}": count for (true, found), count in sorted(levels.items())},
        "confused_needs": {f"{true} > {found}": count for (true, found), count in needs.most_common()},
    }


def write_report(sets: Mapping[str, Sequence[Pair]], folder: Path, title: str) -> tuple[Path, Path]:
    """Write `understanding.html` and `understanding.json`.

    Args:
        sets: for each set of messages its name, and each message with what was understood of it.
        folder: where to; made if it is not there.
        title: tells what was measured, for the head of the page.

    Returns:
        The paths of the page and of the JSON.
    """
    folder.mkdir(parents=True, exist_ok=True)
    data = {name: measure(pairs) for name, pairs in sets.items()}
    parts = [_section(name, pairs, data[name]) for name, pairs in sets.items()]
    page = (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>{escape(title)}</h1><p>Shares with their 95 % intervals (Wilson).</p>{''.join(parts)}</html>\n"
    )
    html, figures_file = folder / "understanding.html", folder / "understanding.json"
    html.write_text(page, encoding="utf-8")
    figures_file.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return html, figures_file


def percent(share: Share) -> str:
    """Return a share with its interval, as in `93.1 % (90.2 to 95.2)`."""
    if math.isnan(share.value):
        return "none"
    low, high = share.interval
    return f"{100 * share.value:.1f} % ({100 * low:.1f} to {100 * high:.1f})"


def _section(name: str, pairs: Sequence[Pair], data: Mapping[str, Any]) -> str:
    overall, by_kind = figures(pairs), figures_by_kind(pairs)
    levels, needs = confusion(pairs)
    gap = kinds = ""
    if by_kind:
        gap = f"Need, best kind against worst: {100 * data['need_gap']:.1f} points."
        kinds = f"<figure><figcaption>By kind of writing.</figcaption>{plots.kinds_plot(by_kind)}</figure>"
    grouped = {
        "need": calibration([u.confidence for _, u in pairs], [u.need in m.needs for m, u in pairs]),
        "urgent": calibration([u.score for _, u in pairs], [m.urgent for m, _ in pairs]),
    }
    scores = plots.calibration_plot(grouped)
    curve = plots.recall_plot(recall_curve(pairs), overall.false_alarms.value, overall.urgent_found.value)
    times, rates = data["milliseconds"], data["recall_at_false_alarms"].items()
    recall = ", ".join(f"{100 * found:.1f} % at {100 * float(rate):.0f} %" for rate, found in rates)
    return f"""
<h2>{escape(name)}: {len(pairs)} messages</h2>
{_table(overall, by_kind)}
<p>{gap}
Urgent messages found at so many false alarms: {recall}.
Time a message: median {times["median"]:.1f} ms, 99 % within {times["p99"]:.1f} ms.</p>
<div class="pair">
<figure><figcaption>Urgent messages found against false alarms, by the score alone;
the dot is what the assistant does.</figcaption>
{curve}</figure>
<figure><figcaption>Is a score right as often as it says?</figcaption>{scores}</figure>
<figure><figcaption>Levels.</figcaption>{plots.level_confusion(levels)}</figure>
{kinds}
<figure><figcaption>Needs taken for another.</figcaption>{plots.confused_needs(needs)}</figure>
</div>
<h3>The worst 50</h3>
{_worst(worst(pairs))}
"""


def _table(overall: Figures, by_kind: Mapping[str, Figures]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in ("", "all", *by_kind))
    rows = []
    for field in fields(Figures):
        cells = "".join(
            f"<td>{escape(percent(getattr(found, field.name)))}</td>"
            for found in (overall, *by_kind.values())
        )
        rows.append(f"<tr><th>{escape(NAMES[field.name])}</th>{cells}</tr>")
    return f'<div class="scroll"><table><tr>{head}</tr>{"".join(rows)}</table></div>'


def _worst(pairs: Sequence[Pair]) -> str:
    rows = "".join(
        f"<tr><td>{escape(m.text)}</td><td>{m.level}<br><small>{escape(', '.join(m.needs))}</small></td>"
        f'<td class="{"missed" if m.urgent and not u.urgent else ""}">{u.level}<br>'
        f"<small>{escape(u.need)}{f', sign {escape(u.sign)}' if u.sign else ''}</small></td>"
        f"<td>{u.score:.2f}</td></tr>"
        for m, u in pairs
    )
    return f"<table><tr><th>message</th><th>true</th><th>found</th><th>urgent score</th></tr>{rows}</table>"
