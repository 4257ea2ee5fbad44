"""Which need an urgent message has: level and need must tell the same story."""

from __future__ import annotations

from collections.abc import Sequence

from bot.knowledge.model import Level
from bot.triage.danger import SignHit

LIFE_IN_DANGER = "livsfare_nu"
# Needs that a message of level `akut` can have; these six are about danger itself.
ACUTE_NEEDS = (
    "selvmordstanker_anden",
    "selvmordstanker_selv",
    "vold_trusler",
    "akut_forvaerring",
    "forsvundet",
    "barn_i_fare",
)
URGENT_NEEDS = frozenset({*ACUTE_NEEDS, "afvist", "akutte_tilbud", "tvang", "ung_paaroerende"})


def urgent_need(level: Level, hits: Sequence[SignHit], ranked: Sequence[str]) -> str | None:
    """Choose the need of a message that is urgent, or that looked like danger to life and is not.

    Args:
        level: the level that was decided.
        hits: the danger signs found, most urgent first.
        ranked: needs from the classifier, likeliest first.

    Returns:
        The need, or None where the classifier's need stands.
    """
    likeliest = ranked[0] if ranked else ""
    if level == "livsfare":
        return LIFE_IN_DANGER
    if level == "akut":
        if likeliest in URGENT_NEEDS:
            return None
        if hits and hits[0].need != LIFE_IN_DANGER:
            return hits[0].need
        return next((need for need in ranked if need in ACUTE_NEEDS), "akut_forvaerring")
    if likeliest == LIFE_IN_DANGER:
        return next((need for need in ranked[1:] if need != LIFE_IN_DANGER), None)
    return None
