"""What an entry of the knowledge base is: frozen dataclasses, one for each kind of entry.

The field names are the YAML keys that editors write. A field without a default must be written; a
field with a default may be left out. `Literal` fields are closed vocabularies. `Ref` fields name
another entry as `<file>/<slug>`; the loader checks that it exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, NewType

Slug = NewType("Slug", str)  # ASCII, lower case, hyphens; unique in its file
Ref = NewType("Ref", str)  # "<file>/<slug>" of another entry
SourceId = NewType("SourceId", str)  # slug of an entry of sources.yml
NeedId = NewType("NeedId", str)  # id of an entry of needs.yml
Phone = NewType("Phone", str)  # three or four digits, or eight digits in groups
Url = NewType("Url", str)
Pattern = NewType("Pattern", str)  # a regular expression
RegionName = NewType("RegionName", str)  # name of an entry under `regions:` in places.yml
MunicipalityName = NewType("MunicipalityName", str)  # name of an entry under `municipalities:`

Level = Literal["livsfare", "akut", "krise", "info", "andet"]
LEVELS: tuple[Level, ...] = ("livsfare", "akut", "krise", "info", "andet")  # most urgent first
URGENT_LEVELS: frozenset[str] = frozenset({"livsfare", "akut"})
Area = Literal["psykisk", "misbrug", "hjerneskade", "handicap", "hjemloeshed", "aeldre", "alle"]
RelationGroup = Literal["barn", "foraelder", "partner", "soeskende", "bedsteforaelder", "ven", "anden"]
Substance = Literal["alkohol", "stoffer", "spil", "medicin"]
Audience = Literal["paaroerende", "fagperson", "begge"]
Confidence = Literal["high", "medium"]
Element = Literal[
    "individuelt", "gruppe", "undervisning", "peer", "familie_netvaerk", "vejledning", "organisation"
]
ServiceKind = Literal[
    "alarm",
    "akuttelefon",
    "laegevagt",
    "skadestue",
    "livslinje",
    "vold",
    "socialt_akuttilbud",
    "raadgivning",
    "boern_unge",
    "misbrug",
    "selvmordsforebyggelse",
    "patientvejledning",
    "organisation",
]
NeedGroup = Literal["acute", "crisis", "confidentiality", "involvement_and_rights", "support", "meta"]
Language = Literal["da", "en", "sv", "no", "de"]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact comes from."""

    id: Slug
    title: str
    publisher: str
    dated: str
    seen: date
    address: Url | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """Must the ill person agree before a relative can use the offer?"""

    value: Literal["ja", "nej", "ukendt"]
    text: str


@dataclass(frozen=True, slots=True)
class Fit:
    """Limits of an offer; all that are given must hold for a situation."""

    relations: tuple[RelationGroup, ...] = ()
    ill_age_from: int | None = None
    ill_age_to: int | None = None
    relative_age_from: int | None = None
    relative_age_to: int | None = None
    regions: tuple[RegionName, ...] = ()
    municipalities: tuple[MunicipalityName, ...] = ()
    substances: tuple[Substance, ...] = ()


@dataclass(frozen=True, slots=True)
class Offer:
    """An intervention or a method: something that a relative or a professional can use."""

    id: Slug
    name: str
    category: str
    summary: str
    purpose: str
    what_happens: str
    for_relative: str
    consent: Consent
    evidence: str
    not_documented: str
    areas: tuple[Area, ...]
    needs: tuple[NeedId, ...]
    recommend: bool
    levels: tuple[Level, ...]
    audience: Audience
    ask: tuple[str, ...]
    sources: tuple[SourceId, ...]
    checked: date
    number: int | None = None
    short_names: tuple[str, ...] = ()
    described_as: tuple[str, ...] = ()
    for_ill_person: str | None = None
    elements: tuple[Element, ...] = ()
    elements_partly: tuple[Element, ...] = ()
    offered_by: str | None = None
    how_to_get: str | None = None
    cost: str | None = None
    anonymity: str | None = None
    referral: str | None = None
    caveats: tuple[str, ...] = ()
    fit: Fit = Fit()
    valid_from: date | None = None
    valid_to: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One of the eight national recommendations on involving relatives."""

    id: Slug
    number: int
    title: str
    meaning: str
    ask: tuple[str, ...]
    for_staff: str
    needs: tuple[NeedId, ...]
    sources: tuple[SourceId, ...]
    checked: date
    note: str | None = None


@dataclass(frozen=True, slots=True)
class FollowUp:
    """A yes/no question that narrows an answer down, and the entries that answer yes and no."""

    question: str
    yes: Ref
    no: Ref


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer about confidentiality or rights."""

    id: Slug
    fact: str
    topic: Slug
    audience: Audience
    question: str
    answer: str
    next_step: str
    legal_basis: str
    needs: tuple[NeedId, ...]
    keywords: tuple[str, ...]
    sources: tuple[SourceId, ...]
    confidence: Confidence
    checked: date
    say: tuple[str, ...] = ()
    uncertainty: str | None = None
    follow_up: FollowUp | None = None
    related: tuple[Ref, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Service:
    """Somebody to ring, write to or visit."""

    id: Slug
    name: str
    kind: ServiceKind
    summary: str
    for_whom: str
    needs: tuple[NeedId, ...]
    levels: tuple[Level, ...]
    recommend: bool
    confidence: Confidence
    checked: date
    sources: tuple[SourceId, ...]
    areas: tuple[Area, ...] = ("alle",)
    not_for: str | None = None
    short_names: tuple[str, ...] = ()
    phone: Phone | None = None
    sms: Phone | None = None
    chat: Url | None = None
    url: Url | None = None
    address: str | None = None
    hours: str | None = None
    cost: str | None = None
    anonymity: str | None = None
    regions: tuple[RegionName, ...] = ()
    municipalities: tuple[MunicipalityName, ...] = ()
    fit: Fit = Fit()
    valid_from: date | None = None
    valid_to: date | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Need:
    """One of the 45 needs: what a person asks for, and where its answer is found."""

    id: NeedId
    group: NeedGroup
    level: Level
    label: str
    answers: tuple[Ref, ...] = ()
    steps: tuple[Ref, ...] = ()
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class DangerException:
    """A reason why a danger sign that matches does not count, shared by several signs."""

    id: Slug
    reason: str
    patterns: tuple[Pattern, ...]


@dataclass(frozen=True, slots=True)
class DangerSign:
    """Words that mean danger, as a clinician can read them."""

    id: Slug
    level: Literal["livsfare", "akut"]
    need: NeedId
    reason: str
    language: Language
    patterns: tuple[Pattern, ...]
    fires: tuple[str, ...]
    silent: tuple[str, ...]
    unless: tuple[Slug, ...] = ()
    unless_patterns: tuple[Pattern, ...] = ()
    sources: tuple[SourceId, ...] = ()


@dataclass(frozen=True, slots=True)
class Region:
    """A region, and the services that a person there turns to in an acute crisis, best first."""

    name: str
    aliases: tuple[str, ...] = ()
    acute: tuple[Ref, ...] = ()
    acute_path: str | None = None
    merged_into: str | None = None
    merged_on: date | None = None
    sources: tuple[SourceId, ...] = ()


@dataclass(frozen=True, slots=True)
class Municipality:
    """A municipality with its towns and other names."""

    name: str
    region: RegionName
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AmbiguousPlace:
    """A place name that several municipalities have: the assistant asks which."""

    name: str
    municipalities: tuple[MunicipalityName, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the vocabulary: who the ill person is, or what is the matter."""

    id: Slug
    group: str
    label: str
    words: tuple[str, ...]


Entry = Offer | Recommendation | Answer | Service


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The whole knowledge base, checked. Entries are reached by their id `<file>/<slug>`."""

    entries: Mapping[str, Entry]
    sources: Mapping[str, Source]
    needs: Mapping[str, Need]
    danger_signs: tuple[DangerSign, ...]
    danger_exceptions: tuple[DangerException, ...]
    regions: tuple[Region, ...]
    municipalities: tuple[Municipality, ...]
    ambiguous_places: tuple[AmbiguousPlace, ...]
    place_words: frozenset[str]
    relations: tuple[Term, ...]
    areas: tuple[Term, ...]
    substances: tuple[Term, ...]
    aspects: tuple[Term, ...]
    phrases: tuple[Term, ...]
    names: Mapping[str, str]  # name or short name, lower case -> entry id
