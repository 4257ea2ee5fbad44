"""From a situation to at most three next steps, each with the reasons why it fits.

A pure function: the same situation always gives the same steps. What does not fit is left out
before anything is ranked, so that no score can bring it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from bot.knowledge.model import Knowledge, Offer, Service
from bot.triage.situation import Situation, fits, regions_of

MOST_STEPS = 3
MOST_OF_A_KIND = 2  # three telephone lines in a row are one piece of advice, not three
DEFAULT_NEED = "find_tilbud"

ReasonKind = Literal["need", "area", "place", "relation", "young", "no_consent", "crisis"]


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a step fits: the kind of reason, and the need, area or place that it names."""

    kind: ReasonKind
    value: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """A next step: the id of an offer or service, and why it fits, strongest reason first."""

    entry_id: str
    reasons: tuple[Reason, ...]


def recommend(situation: Situation, knowledge: Knowledge, most: int = MOST_STEPS) -> tuple[Step, ...]:
    """Choose the next steps for a situation.

    Args:
        situation: what the person has told.
        knowledge: the knowledge base.
        most: how many steps at the most, never more than `MOST_STEPS`.

    Returns:
        The steps, best first; fewer where fewer fit.
    """
    ranked = sorted(
        (
            (-score, entry_id)
            for entry_id, entry in knowledge.entries.items()
            if isinstance(entry, (Offer, Service))
            and entry.recommend
            and _serves_relatives(entry)
            and fits(entry, situation)
            and (score := _score(entry_id, entry, situation, knowledge)) > 0
        )
    )
    chosen: list[str] = []
    kinds: dict[str, int] = {}
    for _, entry_id in ranked:
        kind = _kind(knowledge.entries[entry_id])
        if kinds.get(kind, 0) < MOST_OF_A_KIND:
            kinds[kind] = kinds.get(kind, 0) + 1
            chosen.append(entry_id)
    return tuple(_step(entry_id, situation, knowledge) for entry_id in chosen[: min(most, MOST_STEPS)])


def _step(entry_id: str, situation: Situation, knowledge: Knowledge) -> Step:
    entry = knowledge.entries[entry_id]
    assert isinstance(entry, (Offer, Service))  # recommend() ranks no others
    return Step(entry_id, tuple(_reasons(entry, situation)))


def _serves_relatives(entry: Offer | Service) -> bool:
    return isinstance(entry, Service) or entry.audience != "fagperson"


def _kind(entry: object) -> str:
    return entry.kind if isinstance(entry, Service) else getattr(entry, "category", "")


def _score(entry_id: str, entry: Offer | Service, situation: Situation, knowledge: Knowledge) -> int:
    """Points for the need first, then for how closely the entry is made for this situation.

    The weights order, they do not measure: an editor's list for the need outweighs an entry's own
    list of needs, and that outweighs area, place and age.
    """
    need_id = situation.need or DEFAULT_NEED
    need = knowledge.needs.get(need_id)
    listed = need.steps if need else ()
    score = 0
    if entry_id in listed:
        score += 40 - 2 * listed.index(entry_id)
    if need_id in entry.needs:
        score += 20 - 2 * min(entry.needs.index(need_id), 5)
    if need_id == DEFAULT_NEED and entry.needs:  # a wide request: whatever helps a relative will do
        score += 5
    if situation.area in entry.needs:  # `misbrug` and `hjerneskade` are needs as well as areas
        score += 15
    if not score:
        return 0
    if situation.area and situation.area in entry.areas:
        score += 12
    if (
        situation.municipality
        and isinstance(entry, Service)
        and situation.municipality in entry.municipalities
    ):
        score += 10
    if situation.region and situation.region in regions_of(entry):
        score += 45
    if entry.fit.relations or entry.fit.substances:
        score += 24
    if entry.fit.relative_age_to is not None:
        score += 50
    return score


def _reasons(entry: Offer | Service, situation: Situation) -> Iterator[Reason]:
    need = situation.need or DEFAULT_NEED
    if situation.level == "krise":
        yield Reason("crisis")
    elif need != DEFAULT_NEED:
        yield Reason("need", need)
    if entry.fit.relative_age_to is not None:
        yield Reason("young")
    if situation.area and situation.area in entry.areas:
        yield Reason("area", situation.area)
    if situation.relation and situation.relation in entry.fit.relations:
        yield Reason("relation", situation.relation)
    if situation.region and situation.region in regions_of(entry):
        yield Reason("place", situation.municipality or situation.region)
    if isinstance(entry, Offer) and entry.consent.value == "nej":
        yield Reason("no_consent")
    if need == DEFAULT_NEED:  # says least, so it comes last
        yield Reason("need", need)
