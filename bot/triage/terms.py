"""Finds the words of the vocabulary in a message: who the ill person is, what is the matter, named offers.

The vocabulary is `knowledge/vocabulary.yml`; its header explains the marks `*`, `!` and "min". What is found
is a mention, not a conclusion: `negated` and `speaker` say how the message uses it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from bot.knowledge.model import Term
from bot.triage.phrase_index import MAX_WORD_LENGTH, PhraseIndex, Word, is_cut, split_words

MIN_FUZZY_TERM = 7  # letters; shorter words must be exact or stand misspelt in the vocabulary
TWO_ERRORS_TERM = 13
_OWN_MARKS = ("min ", "mit ", "mine ")
_NOT_COUNTED = "!"

# Folded words, Danish and the neighbours' languages. They are grammar, not knowledge.
_OWN = frozenset(
    "min mit mine mi mn vores vor vors my our mein meine meiner meinem meinen mitt mina vaar vaart".split()
)
_OWN_AFTER = frozenset("min mi mit mine".split())
_OTHERS = frozenset(
    "hans hendes deres sin sit sine dens din dit dine jeres his her their your barnets boernenes patientens "
    "borgerens beboerens elevens naboens vennens venindens kollegaens".split()
)
_NOT = frozenset("ikke ik ikk ej ingen intet uden aldrig hverken not no nicht kein keine inte".split())
_GENITIVE = re.compile(r"\w{3,}(ens|ets)$")  # "naboens", "barnets"
_NOT_AFTER = frozenset("ikke ik ikk aldrig".split())
_TO_BE = frozenset("er var det hun han men og eller".split())
_NO_ADJECTIVES = _TO_BE | _NOT
_FILLS_NOT = frozenset("en et er har noget nogen ligefrem decideret heller selv".split())
_CALLING = frozenset("opkalder spoer oplyser beretter refererer efterspoerger efterlyser".split())
_ON_THE_PHONE = frozenset("roeret telefonen tlf tlfen linjen linien".split())
_BEING = frozenset("er som".split())
_BEFORE_ROLE = frozenset("hans hendes deres selv kun jo da ogsaa enlig stolt en".split())
_AFTER_ROLE = frozenset("er har kan maa skal til bliver foeler faar vil goer ved".split())
_WRITER = frozenset("jeg jej jai her a ae".split())
_MAX_ADJECTIVES = 2
_NAMED_SOON = 4  # words after "til" in which the other side is named
# What the other one is, when the writer says what he is himself ("mor til en voksen alkoholiker").
_OTHER_SIDE = {
    "foraelder": "barn", "barn": "foraelder", "partner": "partner", "soeskende": "soeskende",
    "bedsteforaelder": "barnebarn", "ven": "ven",
}  # fmt: skip
# "min mors mor", "min datters mand": what the second is to the writer, by the groups of the two.
_CHAIN = {
    ("foraelder", "foraelder"): "bedsteforaelder", ("foraelder", "partner"): "stedforaelder",
    ("foraelder", "barn"): "soeskende", ("barn", "barn"): "barnebarn", ("barn", "partner"): "svigerfamilie",
    ("partner", "foraelder"): "svigerfamilie", ("partner", "barn"): "stedbarn",
    ("partner", "soeskende"): "svigerfamilie", ("soeskende", "partner"): "svigerfamilie",
}  # fmt: skip
_CHAIN_OTHERWISE = "familie"
# Names of services that are words of everyday speech; they count with a capital letter inside a sentence.
_EVERYDAY_NAMES = frozenset({"hoert", "danner", "er du okay", "dit rum", "peer", "peers"})
_NO_MISSPELLINGS = frozenset(
    "besidder aflysning kraft gruppe grupper moede moeder raad drukner druknet druknede".split()
)


@dataclass(frozen=True, slots=True)
class TermHit:
    """A word of the vocabulary in a message, at `start` to `end`.

    Attributes:
        term_id: id of the term, or of the entry that is named.
        group: group of the term; for a named entry its file.
        surface: the words as written.
        start: position of the first character.
        end: position after the last one.
        negated: the message says that it is not so ("ikke min far").
        speaker: the word says who the writer is ("jeg er hans mor"), not who is ill.
        own: the writer calls the person his own ("min bror").
        topic: "om" stands before it ("noget at vide om min bror").
    """

    term_id: str
    group: str
    surface: str
    start: int
    end: int
    negated: bool = False
    speaker: bool = False
    own: bool = False
    topic: bool = False


@dataclass(frozen=True, slots=True)
class _Reading:
    """What a phrase stands for; no term: its words do not count."""

    term: Term | None
    own_only: bool = False


@dataclass(frozen=True, slots=True)
class _Mention:
    """A phrase of the vocabulary at words `at` to `end`."""

    at: int
    end: int
    term: Term
    own_only: bool = False
    genitive: bool = False


@dataclass(frozen=True, slots=True)
class TermIndex:
    """Terms ready for `find_terms` and `find_relations`."""

    phrases: PhraseIndex[_Reading]
    terms: Mapping[str, Term]


@lru_cache(maxsize=16)
def make_terms(terms: tuple[Term, ...]) -> TermIndex:
    """Index terms; a second call with the same terms gives the same index."""
    plain: list[tuple[str, _Reading]] = []
    own: list[tuple[str, _Reading]] = []
    for term in terms:
        for word in term.words:
            if word.startswith(_NOT_COUNTED):
                plain.insert(0, (word.removeprefix(_NOT_COUNTED), _Reading(None)))
            elif word.startswith(_OWN_MARKS):
                own.append((word.split(" ", 1)[1], _Reading(term, own_only=True)))
            else:
                plain.append((word, _Reading(term)))
    # the first counts: words that are ruled out, then words that need no "min"
    phrases = PhraseIndex(
        plain + own, min_fuzzy=MIN_FUZZY_TERM, two_errors=TWO_ERRORS_TERM, exact=_NO_MISSPELLINGS
    )
    return TermIndex(phrases, {term.id: term for term in terms})


def find_terms(
    text: str,
    terms: TermIndex | tuple[Term, ...],
    *,
    with_negated: bool = False,
    words: Sequence[Word] | None = None,
) -> tuple[TermHit, ...]:
    """Find areas, substances or aspects in a message.

    Args:
        text: any message.
        terms: the terms to look for.
        with_negated: also give what the message denies.
        words: the words of the text, where they are known already.

    Returns:
        All mentions in the order of the text.
    """
    index = terms if isinstance(terms, TermIndex) else make_terms(terms)
    words = split_words(text) if words is None else words
    hits = (
        _hit(text, words, mention, negated=_is_denied(words, mention)) for mention in _mentions(words, index)
    )
    return tuple(hit for hit in hits if with_negated or not hit.negated)


def find_relations(
    text: str, relations: TermIndex | tuple[Term, ...], *, words: Sequence[Word] | None = None
) -> tuple[TermHit, ...]:
    """Find the people close to the writer in a message.

    Args:
        text: any message.
        relations: the relations of the vocabulary.
        words: the words of the text, where they are known already.

    Returns:
        All mentions in the order of the text. People of others ("hendes mor") are left out. Where the
        writer says only what he is himself ("mor til 19-årig"), a mention of the other side follows.
    """
    index = relations if isinstance(relations, TermIndex) else make_terms(relations)
    words = split_words(text) if words is None else words
    mentions = _joined(list(_mentions(words, index)), words, index)
    hits = [hit for mention in mentions if (hit := _relation(text, words, mention))]
    return tuple(_with_other_side(hits, words, index))


def ill_person(hits: Iterable[TermHit]) -> TermHit | None:
    """Choose the mention that most likely is the ill person.

    Args:
        hits: what `find_relations` found.

    Returns:
        A mention that is neither negated nor the writer: rather one that the writer calls his own, rather
        one that something is asked about ("noget at vide om min bror"), rather a child than its parent
        (case notes), else the first; None without any.
    """
    about = [hit for hit in hits if not hit.negated and not hit.speaker]
    has_child = any(hit.group == "barn" and not hit.own for hit in about)

    def rank(hit: TermHit) -> tuple[bool, bool, bool, int]:
        is_parent = has_child and hit.group == "foraelder"
        return not hit.own, not hit.topic, is_parent, hit.start

    return min(about, key=rank, default=None)


def make_names(names: Mapping[str, str]) -> PhraseIndex[str]:
    """Index the names of offers, methods and services (`Knowledge.names`: name -> id of the entry)."""
    return PhraseIndex(
        names.items(),
        min_fuzzy=MIN_FUZZY_TERM,
        two_errors=MAX_WORD_LENGTH,
        exact=_NO_MISSPELLINGS,
        across_signs=True,
    )


def find_names(text: str, names: PhraseIndex[str]) -> tuple[TermHit, ...]:
    """Find offers, methods and services that a message names.

    Args:
        text: any message.
        names: the index of `make_names`.

    Returns:
        All mentions in the order of the text; `term_id` is the id of the entry.
    """
    words = split_words(text)
    hits = []
    at = 0
    while at < len(words):
        match = names.match(words, at)
        if match is None or not _is_name(words, at, match.length):
            at += 1
            continue
        start, end = words[at].start, words[at + match.length - 1].end
        hits.append(TermHit(match.value, match.value.partition("/")[0], text[start:end], start, end))
        at += match.length
    return tuple(hits)


def _is_name(words: Sequence[Word], at: int, length: int) -> bool:
    if " ".join(w.folded for w in words[at : at + length]) not in _EVERYDAY_NAMES:
        return True
    first = words[at].text
    begins_sentence = at == 0 or any(c in ".!?\n" for c in words[at].gap)
    return first.isupper() or (first[0].isupper() and not begins_sentence)


def _hit(text: str, words: Sequence[Word], mention: _Mention, *, negated: bool) -> TermHit:
    start, end = words[mention.at].start, words[mention.end - 1].end
    return TermHit(mention.term.id, mention.term.group, text[start:end], start, end, negated)


def _mentions(words: Sequence[Word], index: TermIndex) -> Iterator[_Mention]:
    at = 0
    while at < len(words):
        match = index.phrases.match(words, at)
        if match is None:
            at += 1
            continue
        end, reading = at + match.length, match.value
        if reading.term and (not reading.own_only or _is_own(words, at, end) or _says_role(words, at)):
            yield _Mention(at, end, reading.term, reading.own_only, match.genitive)
        at = at + 1 if reading.term and reading.own_only else end


def _joined(mentions: Sequence[_Mention], words: Sequence[Word], index: TermIndex) -> Iterator[_Mention]:
    """Join two mentions that are one person: "min mors kæreste", "min ældste søster"."""
    at = 0
    while at < len(mentions):
        first = mentions[at]
        second = mentions[at + 1] if at + 1 < len(mentions) else None
        at += 1
        if second is None or second.at != first.end or is_cut(words, second.at):
            yield first
        elif first.genitive:
            yield replace(second, at=first.at, term=_chained(first.term, second.term, index))
            at += 1
        elif not first.own_only:
            yield first


def _chained(first: Term, second: Term, index: TermIndex) -> Term:
    """Give what "min mors kæreste" is to the writer; of "naboens søn" the neighbour is what counts."""
    if first.group in ("ven", "anden"):
        return first
    return index.terms.get(_CHAIN.get((first.group, second.group), _CHAIN_OTHERWISE), first)


def _is_own(words: Sequence[Word], at: int, end: int) -> bool:
    """Tell whether "min" or the like stands before a mention, with few words between, or right after it."""
    for back in range(at - 1, max(at - 2 - _MAX_ADJECTIVES, -1), -1):
        if is_cut(words, back + 1) or words[back].folded in _NO_ADJECTIVES:
            break
        if words[back].folded in _OWN:
            return True
    return end < len(words) and words[end].folded in _OWN_AFTER and not is_cut(words, end)


def _relation(text: str, words: Sequence[Word], mention: _Mention) -> TermHit | None:
    at, end = mention.at, mention.end
    own = _is_own(words, at, end)
    speaker = not own and _is_speaker(words, at, end)
    before = [words[i].folded for i in range(max(at - 2, 0), at) if not is_cut(words, i + 1)]
    owner = before[-1] if before else ""
    if not own and not speaker and (owner in _OTHERS or _GENITIVE.search(owner)):
        return None
    hit = _hit(text, words, mention, negated=_is_excluded(words, at))
    return replace(hit, speaker=speaker, own=own, topic=own and before[:1] == ["om"])


def _is_excluded(words: Sequence[Word], at: int) -> bool:
    """Tell whether a person is ruled out: "det er ikke min far", but not "jeg forstår ikke min far"."""
    back = at - 1
    if back >= 0 and words[back].folded in _OWN and not is_cut(words, at):
        back -= 1
    if back < 0 or words[back].folded not in _NOT or is_cut(words, back + 1):
        return False
    return back == 0 or is_cut(words, back) or words[back - 1].folded in _TO_BE


def _is_speaker(words: Sequence[Word], at: int, end: int) -> bool:
    after: list[str] = []
    for i in range(end, min(end + 3, len(words))):
        if is_cut(words, i):
            break
        after.append(words[i].folded)
    starts = at == 0 or is_cut(words, at)
    if after[:1] == ["til"] and (len(after) > 1 and not after[1].startswith("at")):
        return True
    on_the_phone = after[:1] in (["i"], ["paa"]) and after[1:] and after[1] in _ON_THE_PHONE
    if starts and (after[:1] == ["her"] or on_the_phone or any(w in _CALLING for w in after)):
        return True
    return _says_role(words, at, after)


def _says_role(words: Sequence[Word], at: int, after: Sequence[str] = ()) -> bool:
    """Tell whether a word says what the writer is: "jeg er hans mor", "som mor er jeg"."""
    back = at - 1
    while back >= 0 and words[back].folded in _BEFORE_ROLE and not is_cut(words, back + 1):
        back -= 1
    if back < 0 or is_cut(words, back + 1) or words[back].folded not in _BEING:
        return False
    if words[back].folded == "som":
        return back == at - 1 and (not after or after[0] in _AFTER_ROLE)
    return back > 0 and words[back - 1].folded in _WRITER


def _with_other_side(hits: Sequence[TermHit], words: Sequence[Word], index: TermIndex) -> Iterator[TermHit]:
    """Add the other side of the writer's own role where the text does not name it ("mor til 19-årig")."""
    for number, hit in enumerate(hits):
        yield hit
        other = index.terms.get(_OTHER_SIDE.get(hit.group, ""))
        if not hit.speaker or other is None:
            continue
        at = next(i for i, word in enumerate(words) if word.end == hit.end)
        says_role = at > 0 and words[at - 1].folded in _BEING | _BEFORE_ROLE
        to_whom = at + 1 < len(words) and words[at + 1].folded == "til"
        soon = words[min(at + 1 + _NAMED_SOON, len(words) - 1)].start
        is_named = any(not h.speaker and (not to_whom or h.start <= soon) for h in hits[number + 1 :])
        if (to_whom or says_role) and not is_named:
            yield replace(hit, term_id=other.id, group=other.group, speaker=False)


def _is_denied(words: Sequence[Word], mention: _Mention) -> bool:
    """Tell whether "ikke" or the like stands right before a mention, or right after a verb."""
    back, end = mention.at - 1, mention.end
    if back >= 0 and words[back].folded in _FILLS_NOT and not is_cut(words, back + 1):
        back -= 1
    if back >= 0 and words[back].folded in _NOT and not is_cut(words, back + 1):
        return True
    return end < len(words) and words[end].folded in _NOT_AFTER and not is_cut(words, end)
