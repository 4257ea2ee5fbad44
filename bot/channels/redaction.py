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

# What a number counts may be a matter of life: "20 30 40 50 panodil" is no telephone number, "Nørregade, 40
# panodil" no house. "min" is mostly "my" in Danish, so it is a unit only where a phrase ends.
_MEDICINE = (
    r"piller|pille|tabletter|tablet|panodil\w*|pamol|pinex|paracetamol|kodimagnyl|ipren|ibuprofen|kodein|morfin|"
    r"tramadol|oxycodon|metadon|fentanyl|stesolid|diazepam|oxazepam|alprazolam|rivotril|zopiclon|imovane|zolpidem|"
    r"melatonin|sertralin|citalopram|quetiapin|seroquel|olanzapin|abilify|truxal|lithium|litium|ritalin|insulin"
)
_NO_DOSE = rf"(?!\s?(?i:mg|g|gram|ml|µg|kr|kroner|{_MEDICINE})\b)"
_UNIT = (
    r"(?!\s?(?i:mg|g|gram|kg|ml|dl|µg|mikrogram|mikro|år|aar|årig\w*|måned\w*|mdr|uge\w*|dage\w*|døgn\w*|nætter|"
    r"time\w*|minut\w*|min(?=\.|,|\s*$)|sekund\w*|gange|gang|stk|kr|kroner|procent|pct|børn|barn|"
    rf"personer|mennesker|meter|km|enheder|genstande|øl|flasker|point|steder|{_MEDICINE})\b|\s?%)"
)
_YEAR = re.compile(r"(?:19|20)\d\d")

_MAIL = re.compile(
    r"[\w.+%'-]{1,64}(?:@|\s?(?:[(\[]at[)\]]|\bsnabel[- ]?a\b)\s?)"
    r"[\w-]{1,63}(?:(?:\.|\s?\bpunktum\b\s?)[\w-]{1,63})+",
    re.IGNORECASE,
)
# At an "@" with a space, the end must be one of a mail address: "panodil @ mor.hun" is none.
_SPACED_MAIL = re.compile(
    r"[\w.+%'-]{1,64}\s?@\s?(?:[\w-]{1,63}\.){1,4}(?:dk|com|net|org|eu|se|info|uk)\b", re.IGNORECASE
)
_DASH = "[-‐‑‒–—−]"
_DAY, _MONTH = r"(?:0[1-9]|[12]\d|3[01])", "(?:0[1-9]|1[0-2])"
_CPR = re.compile(
    r"(?<![\d+])(?:"
    rf"\d{{6}}\s?{_DASH}\s?(?:\d{{4}}|\d[A-Z]{{2}}\d)"  # any six and four, replacement numbers too
    r"|\d{9,}"  # ten in a row; no other number of a talk is that long
    rf"|{_DAY}{_MONTH}\d\d(?:/|\s{{1,2}})\d{{4}}"
    rf"|{_DAY}(?P<mark>[ ./-]){_MONTH}(?P=mark)(?:19|20)?\d\d\s?{_DASH}\s?\d{{4}}"
    rf"|{_DAY} ?{_MONTH} \d\d \d{{4}}{_NO_DOSE}"
    r")(?![\d])",
    re.IGNORECASE,
)
_ABROAD = re.compile(r"(?<![\w+])(?<!\d[:.,])(?:\+|00)(?:[ ()./-]{0,2}\d){8,14}(?!\d)" + _NO_DOSE)
_NAMED_PHONE = re.compile(
    r"(?P<name>\b(?:tlf|telefon\w*|tel|mobil\w*|nummer|nummeret|nr|ring(?:e|er)?(?: til| på)?)\b\W{0,3})"
    r"(?P<number>(?!112\b|1813\b)(?:\d{8}(?!\d)|\d(?:[ ./-]?\d){7}(?!\d)" + _NO_DOSE + "))",
    re.IGNORECASE,
)
_PHONE = re.compile(
    r"(?<!\d)[2-9]\d{7}(?!\d)"  # eight in a row are no dose, whatever stands around them
    r"|(?<![\d+])(?<!\d[,.:/-])(?:"
    r"(?!(?:\d[05][ .-]){3}\d[05])"  # "20 30 40 50", "25 50 75 50" are rather doses
    r"[2-9]\d(?P<mark>[ .-])\d\d(?P=mark)\d\d(?P=mark)\d\d"
    r"|[2-9]\d{3}[ -]\d{4}"
    r"|[2-9]\d \d{3} \d{3}"
    r"|[2-9]\d\d \d\d \d{3}"
    r"|[2-9]\d\d \d{3} \d\d"
    r"|[2-9]\d \d{2} \d{4}"
    r"|[2-9]\d{3} \d\d \d\d"
    r")(?![\d]|[.,:/]\d)" + _NO_DOSE
)
_DATE = re.compile(r"[0-3]?\d[ ./-][01]?\d[ ./-](?:19|20)\d\d")

# "Nørregade 12, 2. tv", "Store Torv 3", "H.C. Andersens Boulevard 10 B"
# After a comma only a number that ends the phrase; 112 is help, no house.
_HOUSE = (
    r"(?:\s{0,2}|,\s?(?=\d{1,3}[A-Za-z]?(?:\s?$|[.,](?:\s|$)|\s\d{4}\b)))"
    r"(?:nr\.?\s?)?(?!112\b)\d{1,3}(?-i:\s?[A-ZÆØÅ]\b|[a-zæøå]\b)?(?![\w]|[.,:]\d)"
    + _UNIT
    + r"(?:,?\s{0,2}(?:\d{1,2}\.?|st\.?|kl\.)"
    r"(?:\s?sal\b)?(?:,?\s?(?:tv|th|mf|dør\s?\d{1,2})\b\.?|(?<=sal)))?"
)
_STRONG = (  # endings that make a street of a word in small letters, too
    "gade|gaden|vej|vejen|stræde|straede|strædet|allé|alléen|alle|boulevard|boulevarden|vænge|vænget|vaenget"
)
_WEAK = (  # endings of streets and of much else
    "torv|torvet|plads|pladsen|park|parken|haven|toft|toften|bakke|bakken|sti|stien|kaj|gyde|lunden|vang|"
    "vangen|gården|engen|marken|skrænten|krogen|svinget|ringen"
)
_ALONE = f"{_STRONG}|{_WEAK}".replace("|alle|", "|").replace("|kaj|", "|")  # "de fik alle 3", "Min Kaj 19"
_CAPITALS = r"(?:[A-ZÆØÅ][^\W\d_]{0,30}(?:\.[ -]?|[ -])){1,4}"  # no part without a mark at its end
_STREETS = (
    re.compile(rf"\b(?P<street>[^\W\d_]{{2,40}}(?:{_STRONG})|[åø](?:vej|gade)){_HOUSE}", re.IGNORECASE),
    re.compile(rf"\b(?P<street>[A-ZÆØÅ][^\W\d_]{{1,40}}(?:{_WEAK})){_HOUSE}"),
    re.compile(rf"\b(?P<street>{_CAPITALS}(?<= |-)(?:{_ALONE}|{_ALONE.title()})){_HOUSE}"),
    re.compile(rf"\b(?P<street>Ved (?:Stranden|Kanalen)){_HOUSE}"),
)
_NO_STREET = frozenset(
    "omvej omvejen udvej udvejen genvej genvejen motorvej motorvejen landevej landevejen hovedvej hovedvejen "
    "afvej overvej luftvej luftvejen tvang alle allesammen".split()
)
_NO_STREET_ENDS = ("drengen", "sengen", "eringen")  # "Drengen 4 har taget gift", "Doseringen 40"
_STREET_WITH_CAPITAL = frozenset({"Hovedvejen", "Landevejen"})


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
    text = _SPACED_MAIL.sub(MAIL, text)
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
    numbers = re.findall(r"\d+", found)
    if all(number in known for number in numbers):  # "116111-1813"
        return found
    if len(numbers) == 4 and numbers[-1] in known:  # "12 03 24 1813", "12.03.2024 - 1813"
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
        if found["street"] in _STREET_WITH_CAPITAL:
            return ADDRESS
        if word in _NO_STREET or word.endswith(_NO_STREET_ENDS) or word in places:
            return found[0]
        return ADDRESS

    return replace
