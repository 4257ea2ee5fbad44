"""Relations, areas, substances and names of offers in messages."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.knowledge import load_knowledge
from bot.knowledge.model import Term
from bot.triage.phrase_index import PhraseIndex
from bot.triage.terms import find_names, find_relations, find_terms, ill_person, make_names, make_terms

KB = load_knowledge()
NAMES = make_names(KB.names)


def relation(text: str) -> str | None:
    person = ill_person(find_relations(text, KB.relations))
    return person.term_id if person else None


def areas(text: str) -> list[str]:
    return [hit.term_id for hit in find_terms(text, KB.areas)]


def names(text: str) -> list[str]:
    return [hit.term_id for hit in find_names(text, NAMES)]


def test_empty_text_has_no_terms() -> None:
    assert find_relations("", KB.relations) == ()
    assert find_terms("", KB.areas) == ()
    assert find_names("", NAMES) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("min mor", "mor"),
        ("Min mors depression", "mor"),
        ("fatter er indlagt", None),  # also a verb
        ("min fatter er indlagt", "far"),
        ("muttern vil ikke op", "mor"),
        ("min kærste hører stemmer", "kaereste"),
        ("min kærsten hører stemmer", "kaereste"),
        ("lillebror er væk", "bror"),
        ("min storesøster", "soester"),
        ("min soester", "soester"),
        ("min soen paa 22", "soen"),
        ("min gamle syge mand", "mand"),
        ("der står en mand i gården", None),
        ("en kone i butikken", None),
        ("konen er dårlig", "kone"),
        ("mannen min er syk", "mand"),
        ("my brother", "bror"),
        ("meine Mutter trinkt", "mor"),
        ("dtr 19, anoreksi", "datter"),
        ("min ældste søster", "soester"),
        ("min ældste har det skidt", "barn"),
        ("min mors mor", "bedsteforaelder"),
        ("min søns kæreste", "svigerfamilie"),
        ("min mands datter", "stedbarn"),
        ("børnenes far drikker", "boernenes-foraelder"),
        ("fars sagsbehandler", "far"),
        ("hendes mor ringede", None),
        ("naboens søn", "nabo"),
        ("hvor mange penge, f.eks.", None),
        ("min eks drikker", "eks"),
        ("how far is it", None),
        ("mors dag", None),
        ("hej, jeg hedder Karen", None),
    ],
)
def test_relation(text: str, expected: str | None) -> None:
    assert relation(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mor til 19-årig med angst", "barn"),
        ("jeg er mor til en søn", "soen"),
        ("far til skizofren, bryder sammen", "barn"),
        ("bror til indlagt", "soeskende"),
        ("hustru til en alkoholiker", "partner"),
        ("datter af en, der drikker", "datter"),
        ("jeg er hans mor", "barn"),
        ("jeg er hendes kone og kan ikke mere", "partner"),
        ("som mor er jeg bekymret for min søn", "soen"),
        ("Mor i tlf. Dtr 19 vil ikke spise", "datter"),
        ("Farmor her. Drengen vil ikke op", None),
        ("mor drikker igen, datter 38", "datter"),
    ],
)
def test_the_writers_own_role_is_not_the_ill_person(text: str, expected: str | None) -> None:
    assert relation(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("det er min bror, ikke min far", "bror"),
        ("ikke min far, min bror", "bror"),
        ("nej det er ikke min mor men min søster", "soester"),
        ("jeg forstår ikke min far", "far"),
        ("må min far få noget at vide om min bror", "bror"),
    ],
)
def test_negated_relation(text: str, expected: str) -> None:
    assert relation(text) == expected


def test_negated_relation_is_kept_as_a_mention() -> None:
    hits = find_relations("min bror, ikke min far", KB.relations)
    assert [(hit.term_id, hit.negated) for hit in hits] == [("bror", False), ("far", True)]


def test_group_is_that_of_the_vocabulary() -> None:
    (hit,) = find_relations("min kusine", KB.relations)
    assert (hit.term_id, hit.group) == ("kusine", "anden")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hun har skizofreni", ["psykisk"]),
        ("skitzofreni", ["psykisk"]),
        ("depresion", ["psykisk"]),
        ("han ryger hash hver dag", ["misbrug"]),
        ("sidemisbrug", ["misbrug"]),
        ("han drikker og er deprimeret", ["misbrug", "psykisk"]),
        ("hun spiser og drikker ikke", []),
        ("vi drikker kaffe", []),
        ("han drikker ikke længere", []),
        ("det er ikke alkohol", []),
        ("hun druknede næsten", []),
        ("blodprop i hjernen i maj", ["hjerneskade"]),
        ("senhjerneskadet mand", ["hjerneskade"]),
        ("de tog en blodprøve", []),
        ("udviklingshæmmet søster", ["handicap"]),
        ("han sover på gaden", ["hjemloeshed"]),
        ("han sover godt", []),
        ("mor har demens", ["aeldre"]),
        ("hej med jer", []),
    ],
)
def test_areas(text: str, expected: list[str]) -> None:
    assert areas(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("han drikker", ["alkohol"]),
        ("hun sniffer kokain", ["stoffer", "stoffer"]),
        ("min mand er ludoman", ["spil"]),
        ("pillemisbrug", ["medicin"]),
        ("han har det skidt", []),
    ],
)
def test_substances(text: str, expected: list[str]) -> None:
    assert [hit.term_id for hit in find_terms(text, KB.substances)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Koster det noget?", "cost"),
        ("skal han sige ja til det", "consent"),
        ("virker det", "evidence"),
        ("hvordan melder man sig til", "signup"),
        ("er det anonymt", "anonymity"),
        ("hvem er det for", "who"),
    ],
)
def test_aspects(text: str, expected: str) -> None:
    assert find_terms(text, KB.aspects)[0].term_id == expected


def test_denied_terms_can_be_had() -> None:
    (hit,) = find_terms("det er ikke alkohol", KB.substances, with_negated=True)
    assert hit.negated


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hvad er Åben Dialog", ["interventions/aaben-dialog"]),
        ("aaben dialog?", ["interventions/aaben-dialog"]),
        ("lær at takle", ["interventions/laer-at-tackle"]),
        ("craft til min mand", ["interventions/craft"]),
        ("en akutsamtalle", ["interventions/akutsamtalen"]),
        ("afløsning efter § 84", ["interventions/aflastning-afloesning"] * 2),
        ("jeg er 84 år", []),
        ("har I hørt om det", []),
        ("hun danner par med ham", []),
        ("han er i besiddelse", []),
        ("hovedskaden", []),
        ("besidder", []),
    ],
)
def test_names_of_offers(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_every_name_of_the_knowledge_base_is_found() -> None:
    everyday = {"hørt", "danner", "er du okay?", "er-du-okay", "peer", "peers"}
    twice = {"center for pårørende, region nordjylland"}  # an offer has the same name, with a bracket
    missed = [n for n, key in KB.names.items() if key not in names(f"jeg har læst om {n}")]
    assert set(missed) <= everyday | twice


@pytest.mark.parametrize("terms", [KB.areas, KB.substances, KB.aspects], ids=["area", "substance", "aspect"])
def test_every_word_of_a_term_finds_a_term(terms: tuple[Term, ...]) -> None:
    words = [(t.id, w.strip("*")) for t in terms for w in t.words if not w.startswith("!")]
    found = {(i, w): [hit.term_id for hit in find_terms(w, terms, with_negated=True)] for i, w in words}
    assert [key for key, ids in found.items() if key[0] not in ids] == []


def test_every_word_of_a_relation_finds_it() -> None:
    words = [(t.id, w) for t in KB.relations for w in t.words if not w.startswith("!")]
    missed = [(i, w) for i, w in words if i not in [h.term_id for h in find_relations(w, KB.relations)]]
    assert missed == []


def test_relation_words_are_unique() -> None:
    words = [w.casefold() for t in KB.relations for w in t.words]
    assert sorted({w for w in words if words.count(w) > 1}) == []


def test_index_is_made_once() -> None:
    assert make_terms(KB.areas) is make_terms(KB.areas)


@pytest.mark.parametrize("phrase", ["", "?", "sover i opgang*"])
def test_index_refuses_phrases_that_cannot_be_matched(phrase: str) -> None:
    with pytest.raises(ValueError):
        PhraseIndex([(phrase, 1)])


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_survived(text: str) -> None:
    hits = (*find_relations(text, KB.relations), *find_terms(text, KB.areas), *find_names(text, NAMES))
    assert all(text[hit.start : hit.end] == hit.surface for hit in hits)
