"""Takes out of a text what points to one person, before anything is stored.

CPR numbers, telephone numbers, e-mail addresses and street addresses become a placeholder. Telephone numbers
of the knowledge base stay, since people ask about them. Postcodes and towns stay: the region is read from
them. So do doses, ages, dates, years and hours.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection

CPR = "[cpr]"
PHONE = "[telefon]"
MAIL = "[mail]"
ADDRESS = "[adresse]"

# A number with a unit is an amount; "28 12 34 56 mg" is no telephone number, "vej 3 gange" no address.
_UNIT = (
    r"(?!\s?(?:mg|g|gram|kg|ml|dl|µg|mikrogram|mikro|år|aar|årig\w*|måned\w*|mdr|uge\w*|dag\w*|døgn\w*|nat|nætter|"
    r"time\w*|minut\w*|min|sekund\w*|gange|gang|piller|pille|tabletter|tablet|stk|kr|kroner|procent|pct|børn|barn|"
    r"personer|mennesker|meter|km|enheder|genstande|øl|flasker|point|steder)\b|\s?%)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")

_MAIL = re.compile(
    r"[\w.+%'-]{1,64}(?:@|\s?(?:[(\[]at[)\]]|\bsnabel[- ]?a\b)\s?)"
    r"[\w-]{1,63}(?:(?:\.|\s?\bpunktum\b\s?)[\w-]{1,63})+",
    re.IGNORECASE,
)
_CPR = re.compile(
    r"(?<![\d+])(?:"
    r"\d{6}\s?[-–—]\s?(?:\d{4}|\d[A-Z]{2}\d)"  # any six and four with a dash, replacement numbers too
    r"|\d{9,}"  # ten in a row; no other number of a talk is that long
    r"|[0-3]\d([01]\d)\d\d\s\d{4}"
    r"|[0-3]\d(?P<mark>[ ./-])[01]\d(?P=mark)\d\d\s?[-–—]\s?\d{4}"
    r"|[0-3]\d [01]\d \d\d \d{4}"
    r")(?![\d])",
    re.IGNORECASE,
)
_ABROAD = re.compile(r"(?<![\w+])(?:\+|00)(?:[ ()./-]{0,2}\d){8,14}(?!\d)")
_NAMED_PHONE = re.compile(
    r"(?P<name>\b(?:tlf|telefon\w*|tel|mobil\w*|nummer|nummeret|nr|ring(?:e|er)?(?: til| på)?)\b\W{0,3})"
    r"(?P<number>\d(?:[ ./-]?\d){7})(?![\d])" + _UNIT,
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<![\d,.:/+-])(?:"
    r"[2-9]\d{7}"
    r"|[2-9]\d(?P<mark>[ .-])\d\d(?P=mark)\d\d(?P=mark)\d\d"
    r"|[2-9]\d{3}[ -]\d{4}"
    r"|[2-9]\d \d{3} \d{3}"
    r"|[2-9]\d\d \d\d \d{3}"
    r"|[2-9]\d\d \d{3} \d\d"
    r"|[2-9]\d \d{2} \d{4}"
    r"|[2-9]\d{3} \d\d \d\d"
    r")(?![\d]|[.,:/]\d)" + _UNIT
)
_DATE = re.compile(r"[0-3]?\d[ ./-][01]?\d[ ./-](?:19|20)\d\d")

# "Nørregade 12, 2. tv", "Store Torv 3", "H.C. Andersens Boulevard 10 B"
_HOUSE = (
    r"\s{1,2}(?:nr\.?\s?)?\d{1,3}(?-i:\s?[A-ZÆØÅ]\b|[a-zæøå]\b)?(?![\w]|[.,:]\d)"
    + _UNIT
    + r"(?:,?\s{0,2}(?:\d{1,2}\.?|st\.?|kl\.)"
    r"(?:\s?sal\b)?(?:,?\s?(?:tv|th|mf|dør\s?\d{1,2})\b\.?|(?<=sal)))?"
)
_STRONG = (  # endings that make a street of a word in small letters, too
    "gade|gaden|vej|vejen|stræde|straede|strædet|allé|alléen|alle|boulevard|boulevarden|vænge|vænget|vaenget"
)
_WEAK = (  # endings of streets and of much else
    "torv|torvet|plads|pladsen|park|parken|have|haven|toft|toften|bakke|bakken|sti|stien|kaj|gyde|kvarter|vang|"
    "vangen|ager|gården|engen|marken|skrænten|krogen|svinget|ringen"
)
_ALONE = f"{_STRONG}|{_WEAK}".replace("|alle|", "|")  # "de fik alle 3"
_CAPITALS = r"(?:[A-ZÆØÅ][^\W\d_]{0,30}\.?[ -]?){1,4}"
_STREETS = (
    re.compile(rf"\b(?P<street>[^\W\d_]{{2,40}}(?:{_STRONG})){_HOUSE}", re.IGNORECASE),
    re.compile(rf"\b(?P<street>[A-ZÆØÅ][^\W\d_]{{1,40}}(?:{_WEAK})){_HOUSE}"),
    re.compile(rf"\b(?P<street>{_CAPITALS}(?<= |-)(?:{_ALONE}|{_ALONE.title()}|Alle)){_HOUSE}"),
)
_NO_STREET = frozenset(
    "omvej omvejen udvej udvejen genvej genvejen motorvej motorvejen landevej landevejen hovedvej hovedvejen "
    "afvej alle allesammen".split()
)


def redact(text: str, known_phones: Collection[str] = (), places: Collection[str] = ()) -> str:
    """Replace what points to one person.

    Args:
        text: what a person wrote.
        known_phones: telephone numbers that stay, in any spacing.
        places: names of towns and municipalities in lower case, which are no street names.

    Returns:
        The text with placeholders.
    """
    known = frozenset(_digits(phone) for phone in known_phones)
    text = _MAIL.sub(MAIL, text)
    text = _CPR.sub(lambda found: _cpr(found[0], known), text)
    text = _NAMED_PHONE.sub(lambda found: found["name"] + _phone(found["number"], known), text)
    for pattern in (_ABROAD, _PHONE):
        text = pattern.sub(lambda found: _phone(found[0], known), text)
    street = _street(places)
    for pattern in _STREETS:
        text = pattern.sub(street, text)
    return text


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _cpr(found: str, known: frozenset[str]) -> str:
    last = found.split()[-1]
    if len(found.split()) > 3 and last in known:  # "12 03 24 1813"
        return found
    return found if _digits(found) in known else CPR


def _phone(found: str, known: frozenset[str]) -> str:
    digits = _digits(found)
    if digits in known or digits[-8:] in known or _DATE.fullmatch(found):
        return found
    halves = re.split(r"[ -]", found)
    if len(halves) == 2 and all(map(_YEAR.fullmatch, halves)):  # "2019-2024"
        return found
    return PHONE


def _street(places: Collection[str]) -> Callable[[re.Match[str]], str]:
    def replace(found: re.Match[str]) -> str:
        word = found["street"].lower()
        return found[0] if word in _NO_STREET or word in places else ADDRESS

    return replace
