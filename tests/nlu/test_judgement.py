"""What a head says, and how two opinions become one."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.judgement import SUREST, joined, judge

CLASSES = ("misbrug/info", "misbrug/krise", "tak/andet", "vold_trusler/akut", "livsfare_nu/livsfare")
SHARES = st.lists(st.floats(0, 1), min_size=3, max_size=3).filter(lambda n: sum(n) > 0.01)


def scores(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype=np.float32)


def test_needs_and_levels_are_sums_over_their_pairs() -> None:
    judgement = judge(scores(0, 0, 0, 0, 0, 0), CLASSES)
    assert judgement.needs["misbrug"] == pytest.approx(log(2 / 5))
    assert judgement.levels == {
        level: pytest.approx(log(1 / 5)) for level in ("livsfare", "akut", "krise", "info", "andet")
    }
    assert judgement.urgent == pytest.approx(log(2 / 3) / 2)


def test_the_last_score_counts_for_urgent_alone() -> None:
    calm, urgent = judge(scores(0, 0, 0, 0, 0, 0), CLASSES), judge(scores(0, 0, 0, 0, 0, 8), CLASSES)
    assert calm.urgent == pytest.approx(log(2 / 3) / 2)
    assert urgent.urgent == SUREST  # held; unheld it would be 4 more
    assert (urgent.needs, urgent.levels) == (calm.needs, calm.levels)


def test_a_sure_head_has_no_infinite_opinion() -> None:
    judgement = judge(scores(1000, 0, 0, 0, 0, 0), CLASSES)
    assert all(np.isfinite([*judgement.needs.values(), *judgement.levels.values(), judgement.urgent]))


@pytest.mark.parametrize(("sure", "odds"), [(0, -SUREST), (3, SUREST)])
def test_a_sure_head_does_not_silence_another_opinion(sure: int, odds: float) -> None:
    numbers = [0.0] * 6
    numbers[sure] = 15
    judgement = judge(scores(*numbers), CLASSES)
    urgent = np.logaddexp(judgement.levels["livsfare"], judgement.levels["akut"])
    calm = np.logaddexp.reduce([judgement.levels[level] for level in ("krise", "info", "andet")])
    assert urgent - calm == pytest.approx(odds)
    assert judgement.urgent == odds


def test_a_level_that_no_class_has_is_all_but_impossible() -> None:
    assert judge(scores(1, 2, 0), ("misbrug/info", "tak/andet")).levels["krise"] < -20


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        (0, [0.5, 0.3, 0.2]),  # the shares alone
        (1, [0.5 * 0.2, 0.3 * 0.6, 0.2 * 0.2]),
        (2, [0.5 * 0.2**2, 0.3 * 0.6**2, 0.2 * 0.2**2]),
    ],
)
def test_two_opinions_become_one(weight: float, expected: list[float]) -> None:
    shares = {"a": 0.5, "b": 0.3, "c": 0.2}
    opinion = {"a": log(0.2), "b": log(0.6), "c": log(0.2)}
    found = joined(shares, opinion, weight)
    assert list(found.values()) == pytest.approx([share / sum(expected) for share in expected])


def test_an_opinion_agrees_on_what_it_does_not_know() -> None:
    found = joined({"a": 0.5, "b": 0.5}, {"a": log(0.5)}, 1)
    assert found == pytest.approx({"a": 0.5, "b": 0.5})


@given(SHARES, st.lists(st.floats(-20, 0), min_size=3, max_size=3), st.floats(0, 2))
def test_joined_opinions_are_probabilities(numbers: list[float], logs: list[float], weight: float) -> None:
    shares = {name: number / sum(numbers) for name, number in zip("abc", numbers, strict=True)}
    found = joined(shares, dict(zip("abc", logs, strict=True)), weight)
    assert list(found) == list(shares)
    assert sum(found.values()) == pytest.approx(1) and min(found.values()) >= 0
