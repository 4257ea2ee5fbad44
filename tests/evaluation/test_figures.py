"""The arithmetic of the evaluation: shares, intervals, curves, what counts as worst."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from bot.evaluation.figures import (
    Share,
    calibration,
    figures,
    figures_by_kind,
    need_gap,
    percentile,
    recall_at,
    recall_curve,
    worst,
)
from bot.evaluation.messages import LabelledMessage, read_messages
from bot.evaluation.report import measure, percent, write_report
from bot.evaluation.understanding import Understanding, read_parse


def pair(true: str, found: str, score: float, **more: object) -> tuple[LabelledMessage, Understanding]:
    """Return a message of a level, and what was found."""
    needs = tuple(more.get("needs", ("misbrug",)))  # type: ignore[arg-type]
    region = more.get("region")
    message = LabelledMessage("tekst", true, needs, region, str(more.get("kind", "")))  # type: ignore[arg-type]
    regions = frozenset(more.get("regions", ()))  # type: ignore[arg-type]
    return message, Understanding(
        str(more.get("need", "misbrug")), 0.9, found, score, None, regions, 0.01  # type: ignore[arg-type]
    )  # fmt: skip


@given(st.integers(1, 2000), st.data())
def test_the_interval_is_wilsons(total: int, data: st.DataObject) -> None:
    hits = data.draw(st.integers(0, total))
    low, high = Share(hits, total).interval
    peer = binomtest(hits, total).proportion_ci(method="wilson")
    assert (low, high) == pytest.approx((peer.low, peer.high), abs=1e-6)
    assert 0 <= low <= hits / total <= high <= 1


def test_a_share_of_nothing_says_so() -> None:
    assert math.isnan(Share(0, 0).value)
    assert Share(0, 0).interval == (0.0, 1.0)
    assert percent(Share(0, 0)) == "none"
    assert percent(Share(93, 100)) == "93.0 % (86.3 to 96.6)"


def test_every_figure_counts_its_own_messages() -> None:
    pairs = [
        pair("livsfare", "akut", 0.9),  # too low a level, but urgent: found, and not missed
        pair("livsfare", "info", 0.1),  # missed
        pair("akut", "akut", 0.8),
        pair("info", "akut", 0.7),  # a false alarm
        pair("info", "info", 0.2, need="hjerneskade"),
        pair("krise", "krise", 0.1, needs=("graenser", "misbrug"), region="R", regions=["R"]),
        pair("andet", "andet", 0.0, region="R", regions=["R", "S"]),
        pair("andet", "andet", 0.0, regions=["S"]),
    ]
    found = figures(pairs)
    assert found.urgent_found == Share(2, 3)
    assert found.life_danger_missed == Share(1, 2)
    assert found.false_alarms == Share(1, 5)
    assert found.right_alarms == Share(2, 3)
    assert found.level == Share(5, 8)
    assert found.need == Share(7, 8)
    assert found.region == Share(1, 2)
    assert found.wrong_region == Share(2, 8)


def test_kinds_are_counted_apart() -> None:
    pairs = [pair("info", "info", 0, kind="a"), pair("info", "info", 0, kind="b", need="tak")]
    found = figures_by_kind(pairs)
    assert list(found) == ["a", "b"]
    assert need_gap(found.values()) == 1.0
    assert need_gap([]) == 0.0


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=40))
def test_the_curve_only_rises(rows: list[tuple[bool, float]]) -> None:
    curve = recall_curve([pair("akut" if urgent else "info", "info", score) for urgent, score in rows])
    for (t0, a0, f0), (t1, a1, f1) in zip(curve, curve[1:], strict=False):
        assert t0 > t1 and a0 <= a1 and f0 <= f1
    assert recall_at(curve, 1.0) == (1.0 if any(urgent for urgent, _ in rows) else 0.0)


def test_recall_at_a_rate_of_false_alarms() -> None:
    rows = [("akut", 0.9), ("info", 0.8), ("akut", 0.7), ("info", 0.1), ("akut", 0.05)]
    curve = recall_curve([pair(level, "info", score) for level, score in rows])
    assert [round(recall_at(curve, rate), 2) for rate in (0, 0.5, 1)] == [0.33, 0.67, 1.0]


def test_calibration_groups_by_tenths() -> None:
    groups = calibration([0.05, 0.95, 1.0], [False, True, False])
    assert groups == [(0.05, Share(0, 1)), (pytest.approx(0.975), Share(1, 2))]


def test_the_worst_are_missed_lives_then_missed_danger_then_alarms() -> None:
    pairs = [
        pair("info", "info", 0, need="tak"),
        pair("info", "akut", 0.6),
        pair("info", "akut", 0.9),
        pair("akut", "info", 0.1),
        pair("livsfare", "info", 0.3),
        pair("akut", "akut", 0.9),  # nothing is wrong with it
    ]
    assert worst(pairs) == [pairs[4], pairs[3], pairs[2], pairs[1], pairs[0]]


def test_percentiles() -> None:
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile(list(range(1, 101)), 0.99) == 99
    assert math.isnan(percentile([], 0.5))


def test_a_parse_result_is_read() -> None:
    found = read_parse(
        {
            "intent": {"name": "tak", "confidence": 0.5},
            "entities": [{"entity": "region", "value": "R"}, {"entity": "kommune", "value": "K"}],
            "urgency": {"level": "andet", "score": 0.1, "sign": None},
        }
    )
    assert (found.need, found.urgent, found.regions) == ("tak", False, {"R"})


def test_a_fault_in_a_file_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "m.jsonl"
    file.write_text(
        '{"text": "hej", "level": "andet", "needs": ["hilsen"]}\n\n{"text": "x"}\n', encoding="utf-8"
    )
    with pytest.raises(ValueError, match="m.jsonl:3"):
        read_messages(file)
    file.write_text('{"text": "hej", "level": "rød", "needs": ["hilsen"]}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="rød"):
        read_messages(file)
    for entry in (
        '{"text": 5, "level": "info", "needs": ["tak"]}',
        '{"text": "hej", "level": "info", "needs": "tak"}',
    ):
        file.write_text(entry, encoding="utf-8")
        with pytest.raises(ValueError, match=r"m\.jsonl:1"):
            read_messages(file)
    file.write_text("\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no messages"):
        read_messages(file)
    file.write_text('{"text": "hej\u2028hjælp", "level": "info", "needs": ["tak"]}', encoding="utf-8")
    assert read_messages(file)[0].text == "hej\u2028hjælp"


def test_the_report_holds_figures_pictures_and_no_html_from_messages(tmp_path: Path) -> None:
    nasty = LabelledMessage("<script>alert(1)</script>", "akut", ("misbrug",), None, "kind & kin")
    missed = Understanding("tak", 0.9, "info", 0.1, None, frozenset(), 0.02)
    page, data = write_report({"a<b": [(nasty, missed), pair("info", "info", 0.2)]}, tmp_path / "r", "T")
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html and "&lt;script&gt;" in html
    assert html.count("<svg") == 5
    stored = json.loads(data.read_text(encoding="utf-8"))["a<b"]
    assert stored == measure([(nasty, missed), pair("info", "info", 0.2)])
    assert stored["overall"]["urgent_found"]["hits"] == 0
    assert stored["milliseconds"] == {"median": 10.0, "p99": 20.0}
