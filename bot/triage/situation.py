"""The situation that a person has described, as plain data, and whether an offer fits it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from bot.knowledge.model import Fit, Level, Offer, Service

ADULT_AGE = 18
OLDEST = 110
YOUNG_AGE = 15  # taken for a young relative who has not said an age
_PERSON = (
    r"\b(?:søn|soen|datter|dreng|pige|barn|bror|søster|soester|mor|far|mand|kone"
    r"|kæreste|kaereste|ven|han|hun)"
)  # "syg i 3 år", "for 2 år siden": a number of years that is no age.
_NO_SPAN = r"(?<!\bi )(?<!\bfor )(?<!\befter )(?<!\bgennem )(?<!\bom )"
_ILL_AGES = (
    re.compile(
        rf"(?<!jeg er )(?<!jeg er en )\b(\d{{1,3}})\s*-?\s*(?:årig|aarig)\w*\s+(?:\w+\s+)?{_PERSON}",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_PERSON}\w*[^.!?\d]{{0,25}}?\b{_NO_SPAN}(\d{{1,3}})\s*-?\s*(?:årig|aarig|(?:år|aar)\b(?!\s+siden))",
        re.IGNORECASE,
    ),
    re.compile(
        rf"{_PERSON}\w*,?(?:\s+(?:er|på|paa|bliver|nu))*\s+(\d{{1,3}})(?=\s*(?:[.,;!?)]|$|(?:og|er|har)\b))",
        re.IGNORECASE,
    ),
)
_OWN_AGE = re.compile(
    r"\b(?:jeg er|er selv|jeg'r)\s+(?:kun\s+|selv\s+)?(\d{1,3})\b"
    r"(?!\s*(?:%|procent|gange|dage|uger|timer|måneder))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known about a person's situation. `None` means: not known.

    Attributes:
        level: how urgent it is.
        need: what the person needs most, an id of needs.yml.
        relation: who the ill person is to the writer.
        area: what is the matter, one of the areas but `alle`.
        substance: what is drunk or taken, where the area is `misbrug`.
        ill_age: age of the ill person in years.
        own_age: age of the writer in years.
        region: name of the region.
        municipality: name of the municipality.
        today: the day on which the recommendation is given; dated entries follow it.
    """

    level: Level = "info"
    need: str | None = None
    relation: str | None = None
    area: str | None = None
    substance: str | None = None
    ill_age: int | None = None
    own_age: int | None = None
    region: str | None = None
    municipality: str | None = None
    today: date = date.min


def find_ages(text: str) -> tuple[int | None, int | None]:
    """Find the age of the ill person and of the writer in a message.

    Args:
        text: any message.

    Returns:
        (age of the ill person, age of the writer), each in years or None.
    """
    ill = next((found for pattern in _ILL_AGES if (found := pattern.search(text))), None)
    own = _OWN_AGE.search(text)
    return _age(ill), _age(own)


def _age(match: re.Match[str] | None) -> int | None:
    return int(match[1]) if match and int(match[1]) <= OLDEST else None


def is_valid(entry: Offer | Service, today: date) -> bool:
    """Tell whether a dated entry holds on a day."""
    return not (entry.valid_from and today < entry.valid_from) and not (
        entry.valid_to and today > entry.valid_to
    )


def fits(entry: Offer | Service, situation: Situation) -> bool:
    """Tell whether an offer or a service fits a situation.

    A limit that is not known to hold does not hold: an offer for one region, for one substance, for
    the young or for the old is left out until the person has said so. The one exception: a writer
    of unknown age counts as an adult, unless the need is that of a young relative.

    Args:
        entry: the offer or service with its limits.
        situation: what is known.

    Returns:
        True when every limit of the entry holds.
    """
    return (
        situation.level in entry.levels
        and is_valid(entry, situation.today)
        and _fits_area(entry.areas, situation.area)
        and _fits_place(regions_of(entry), _municipalities(entry), situation)
        and _fits_person(entry.fit, situation)
    )


def regions_of(entry: Offer | Service) -> frozenset[str]:
    """Give the names of the regions that an entry is limited to; none where it is for the whole country."""
    return frozenset(entry.fit.regions) | frozenset(entry.regions if isinstance(entry, Service) else ())


def _municipalities(entry: Offer | Service) -> frozenset[str]:
    return frozenset(entry.fit.municipalities) | frozenset(
        entry.municipalities if isinstance(entry, Service) else ()
    )


def _fits_area(areas: Iterable[str], area: str | None) -> bool:
    return "alle" in areas or (area in areas if area else "psykisk" in areas)


def _fits_place(regions: frozenset[str], municipalities: frozenset[str], situation: Situation) -> bool:
    if municipalities and situation.municipality not in municipalities:
        return False
    return not regions or situation.region in regions


def _fits_person(fit: Fit, situation: Situation) -> bool:
    own_age = situation.own_age
    if own_age is None and situation.need == "ung_paaroerende":
        own_age = YOUNG_AGE
    return (
        (not fit.relations or situation.relation in fit.relations)
        and (not fit.substances or situation.substance in fit.substances)
        and _within(situation.ill_age, fit.ill_age_from, fit.ill_age_to)
        and _within(own_age, fit.relative_age_from, fit.relative_age_to)
    )


def _within(age: int | None, lowest: int | None, highest: int | None) -> bool:
    if lowest is None and highest is None:
        return True
    if age is None:
        return highest is None and (lowest or 0) <= ADULT_AGE
    return (lowest or 0) <= age <= (highest if highest is not None else OLDEST)
