"""Turns answers and recommendations into replies, once, for all channels.

A reply is one message: plain text that reads well in a terminal, buttons, and the `custom` object from
which a chat window draws cards. The words are phrases of `domain.yml` and texts of `knowledge/`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from bot.knowledge.model import Answer, Entry, Knowledge, Offer, Recommendation, Region, Service
from bot.phrases import Phrases
from bot.triage.recommend import Reason, Step

KINDS = ("urgent", "steps", "answer", "question", "smalltalk", "fallback")
OWN_SAFETY = "egen_sikkerhed"


@dataclass(frozen=True, slots=True)
class Button:
    """A choice: what it says, and the intent that it sends."""

    title: str
    payload: str


@dataclass(frozen=True, slots=True)
class Reply:
    """One message to the person.

    Attributes:
        text: the whole answer as plain text.
        kind: one of `KINDS`.
        items: ids of the entries that the text is built on.
        buttons: choices, in order.
        asks: name of the question that the text ends with: an entry id with a follow-up question,
            `OWN_SAFETY`, or None.
    """

    text: str
    kind: str
    items: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    asks: str | None = None


def contract(
    kind: str, level: str, need: str | None, items: Sequence[str], text: str, knowledge: Knowledge
) -> dict[str, Any]:
    """Make the `custom` object of a reply.

    Args:
        kind: one of `KINDS`.
        level: urgency of the message that is answered.
        need: need of the message that is answered.
        items: ids of the entries behind the text.
        text: what the person reads; the telephone numbers in it are listed.
        knowledge: the knowledge base.

    Returns:
        The object that channels read: kind, level, need, items, phones, sources.
    """
    known = [item for item in dict.fromkeys(items) if item in knowledge.entries]
    sources = dict.fromkeys(source for item in known for source in knowledge.entries[item].sources)
    return {
        "kind": kind,
        "level": level,
        "need": need,
        "items": known,
        "phones": list(phones_in(text, knowledge)),
        "sources": list(sources),
    }


@lru_cache(maxsize=2)
def _phone_pattern(phones: frozenset[str]) -> re.Pattern[str]:
    longest_first = sorted(phones, key=lambda phone: (-len(phone), phone))
    return re.compile(r"(?<![\d-])(?:" + ("|".join(map(re.escape, longest_first)) or r"(?!)") + r")(?![\d-])")


def phones_in(text: str, knowledge: Knowledge) -> tuple[str, ...]:
    """Find the telephone numbers of the knowledge base that stand in a text, in order, each once."""
    return tuple(dict.fromkeys(_phone_pattern(known_phones(knowledge)).findall(text)))


def known_phones(knowledge: Knowledge) -> frozenset[str]:
    """Give all telephone and text-message numbers of the knowledge base."""
    return frozenset(
        number
        for entry in knowledge.entries.values()
        if isinstance(entry, Service)
        for number in (entry.phone, entry.sms)
        if number
    )


# ---------------------------------------------------------------- steps


def steps_reply(steps: Sequence[Step], opening: str, knowledge: Knowledge, phrases: Phrases) -> Reply:
    """Show next steps with all that a person needs in order to choose.

    Args:
        steps: at most three steps.
        opening: what is said before them.
        knowledge: the knowledge base.
        phrases: the assistant's words.

    Returns:
        A reply of kind `steps`; without any step it says where to ask instead.
    """
    if not steps:
        return Reply(
            _paragraphs(opening, phrases.text("ingen_skridt")),
            "steps",
            ("contacts/kommunal-paaroerendevejleder",),
        )
    cards = [_step_text(number, step, knowledge, phrases) for number, step in enumerate(steps, 1)]
    return Reply(
        _paragraphs(opening, *cards), "steps", tuple(step.entry_id for step in steps), _after_steps(phrases)
    )


def _after_steps(phrases: Phrases) -> tuple[Button, ...]:
    return (
        Button(phrases.text("knap_hvorfor"), "/hvorfor"),
        Button(phrases.text("knap_guide"), "/oplys_start_guide"),
    )


def _step_text(number: int, step: Step, knowledge: Knowledge, phrases: Phrases) -> str:
    entry = knowledge.entries[step.entry_id]
    assert isinstance(entry, (Offer, Service))  # recommend() chooses among these only
    lines = [f"{number}. {entry.name}", entry.summary]
    if reasons := reasons_text(step.reasons, knowledge, phrases):
        lines.append(phrases.text("passer_fordi", reasons=reasons))
    lines += _contact(entry, phrases) if isinstance(entry, Service) else _offer_facts(entry, phrases)
    lines.append(_origin(entry, knowledge, phrases))
    return "\n".join(lines)


def reasons_text(reasons: Iterable[Reason], knowledge: Knowledge, phrases: Phrases, most: int = 2) -> str:
    """Put the strongest reasons of a step into words."""
    words = [_reason_words(reason, knowledge, phrases) for reason in reasons]
    return f" {phrases.text('og')} ".join(list(filter(None, words))[:most])


def _reason_words(reason: Reason, knowledge: Knowledge, phrases: Phrases) -> str:
    if reason.kind == "need":
        return knowledge.needs[reason.value].reason or ""
    if reason.kind == "area":
        return phrases.text("grund_area", value=_label(knowledge.areas, reason.value))
    return phrases.text(f"grund_{reason.kind}", value=reason.value)


def _label(terms: Iterable[Any], term_id: str) -> str:
    return next((term.label for term in terms if term.id == term_id), term_id)


def _offer_facts(offer: Offer, phrases: Phrases) -> list[str]:
    ask = phrases.text("spoerg_saadan", spoerg=offer.ask[0]) if offer.ask else ""
    how = " ".join(filter(None, [offer.how_to_get, ask])) or phrases.text("vej_ukendt")
    return [
        phrases.text("saadan", saadan=how),
        phrases.text("pris", pris=_bare(offer.cost)) if offer.cost else phrases.text("pris_ukendt"),
        phrases.text("samtykke", samtykke=offer.consent.text),
        phrases.text("effekt", effekt=_first_sentences(offer.evidence)),
    ]


def _contact(service: Service, phrases: Phrases) -> list[str]:
    ways = [
        phrases.text("ring", nummer=service.phone) if service.phone else "",
        phrases.text("sms", nummer=service.sms) if service.sms and service.sms != service.phone else "",
        service.url or service.chat or "" if not service.phone else "",
    ]
    lines = [phrases.text("saadan", saadan=" ".join(filter(None, ways)) or phrases.text("vej_ukendt"))]
    if service.hours:
        lines.append(phrases.text("aabent", aabent=_bare(service.hours)))
    facts = [
        phrases.text("pris", pris=_bare(service.cost)) if service.cost else phrases.text("pris_ukendt"),
        service.anonymity or "",
    ]
    lines.append(" ".join(filter(None, facts)))
    lines.append(phrases.text("samtykke_service"))
    if service.not_for:
        lines.append(service.not_for)
    return lines


def _origin(entry: Entry, knowledge: Knowledge, phrases: Phrases) -> str:
    sources = [knowledge.sources[source] for source in entry.sources]
    # a source that can be looked up says more than one that cannot
    publishers = dict.fromkeys(
        s.publisher for s in sorted(sources, key=lambda source: source.address is None)
    )
    return phrases.text("kilde", kilde=", ".join(list(publishers)[:2]), dato=_day(entry.checked))


def _day(day: Any) -> str:
    return f"{day.day}.{day.month}.{day.year}"


def _bare(text: str) -> str:
    """A text without its full stop, for a phrase that brings its own."""
    return text.rstrip(".")


def _first_sentences(text: str, most: int = 2) -> str:
    return " ".join(re.split(r"(?<=[.!?])\s+(?=[A-ZÆØÅ])", text)[:most])


# ---------------------------------------------------------------- answers


def answer_reply(
    entry_id: str, opening: str, knowledge: Knowledge, phrases: Phrases, steps: Sequence[Step] = ()
) -> Reply:
    """Answer a question about confidentiality or rights: the answer, what to do, what to say.

    Args:
        entry_id: id of an `Answer` or a `Recommendation`.
        opening: what is said first; may be empty.
        knowledge: the knowledge base.
        phrases: the assistant's words.
        steps: next steps to name after the answer, each in one line.

    Returns:
        A reply of kind `answer`, or `steps` where steps are named. It asks the follow-up question
        of the entry, where there is one.
    """
    entry = knowledge.entries[entry_id]
    parts = [opening, *_answer_parts(entry, phrases)]
    if steps:
        parts.append(_short_steps(steps, knowledge, phrases))
    follow_up = entry.follow_up if isinstance(entry, Answer) else None
    buttons: tuple[Button, ...] = (Button(phrases.text("knap_hvorfor"), "/hvorfor"),)
    if follow_up:
        parts.append(follow_up.question)
        buttons = (Button(phrases.text("knap_ja"), "/ja"), Button(phrases.text("knap_nej"), "/nej"), *buttons)
    return Reply(
        _paragraphs(*parts),
        "steps" if steps else "answer",
        (entry_id, *(step.entry_id for step in steps)),
        buttons,
        asks=entry_id if follow_up else None,
    )


def _answer_parts(entry: Entry, phrases: Phrases) -> list[str]:
    if isinstance(entry, Recommendation):
        return [entry.title + ".", entry.meaning, _quoted(entry.ask, phrases)]
    if isinstance(entry, Answer):
        # the question first: a person sees at once whether it is the one that was meant
        return [
            entry.question,
            entry.answer,
            phrases.text("goer_nu", skridt=entry.next_step),
            _quoted(entry.say, phrases),
        ]
    return [entry.summary]


def _quoted(sentences: Sequence[str], phrases: Phrases) -> str:
    if not sentences:
        return ""
    return phrases.text("sig") + "\n" + "\n".join(f"- {sentence}" for sentence in sentences[:3])


def _short_steps(steps: Sequence[Step], knowledge: Knowledge, phrases: Phrases) -> str:
    lines = [phrases.text("ogsaa")]
    for number, step in enumerate(steps, 1):
        entry = knowledge.entries[step.entry_id]
        assert isinstance(entry, (Offer, Service))  # recommend() chooses among these only
        phone = getattr(entry, "phone", None)
        way = phrases.text("ring", nummer=phone) if phone else ""
        hours = getattr(entry, "hours", None)
        lines.append(
            " ".join(
                filter(
                    None,
                    [
                        f"{number}. {entry.name}: {entry.summary}",
                        way,
                        phrases.text("aabent", aabent=_bare(hours)) if phone and hours else "",
                    ],
                )
            )
        )
    return "\n".join(lines)


def offer_reply(entry_id: str, aspect: str | None, knowledge: Knowledge, phrases: Phrases) -> Reply:
    """Tell about one named offer, method, service or recommendation, or one side of it.

    Args:
        entry_id: id of the entry.
        aspect: `consent`, `cost`, `evidence`, `signup`, `anonymity`, `who`, or None for the whole.
        knowledge: the knowledge base.
        phrases: the assistant's words.

    Returns:
        A reply of kind `answer`; where the sources are silent it says so.
    """
    entry = knowledge.entries[entry_id]
    if isinstance(entry, Answer | Recommendation):
        return answer_reply(entry_id, "", knowledge, phrases)
    parts = [entry.name + "."]
    if aspect:
        parts.append(_aspect(entry, aspect, phrases))
    elif isinstance(entry, Offer):
        parts += [
            " ".join([entry.summary, entry.what_happens]),
            phrases.text("for_hvem", hvem=entry.for_relative),
            "\n".join(_offer_facts(entry, phrases)),
            " ".join([phrases.text("ikke_vist", ikke=entry.not_documented), *entry.caveats[:1]]),
        ]
    else:
        parts += [
            entry.summary,
            phrases.text("for_hvem", hvem=entry.for_whom),
            "\n".join(_contact(entry, phrases)),
        ]
    parts.append(_origin(entry, knowledge, phrases))
    whole = Button(phrases.text("knap_hele"), f'/om_indsats{{"indsats": "{entry_id}"}}')
    guide = Button(phrases.text("knap_guide"), "/oplys_start_guide")
    buttons = (Button(phrases.text("knap_hvorfor"), "/hvorfor"), whole if aspect else guide)
    return Reply(_paragraphs(*parts), "answer", (entry_id,), buttons)


def _aspect(entry: Offer | Service, aspect: str, phrases: Phrases) -> str:
    """Answer one question about an offer from the entry; silence of the sources is said."""
    found: str | None
    if aspect == "consent":
        found = entry.consent.text if isinstance(entry, Offer) else phrases.text("samtykke_service")
    elif aspect == "cost":
        found = phrases.text("pris", pris=_bare(entry.cost)) if entry.cost else None
    elif aspect == "evidence":
        found = (
            " ".join([entry.evidence, phrases.text("ikke_vist", ikke=entry.not_documented), *entry.caveats])
            if isinstance(entry, Offer)
            else None
        )
    elif aspect == "anonymity":
        found = entry.anonymity
    elif aspect == "who":
        found = entry.for_relative if isinstance(entry, Offer) else entry.for_whom
    elif isinstance(entry, Service):
        found = "\n".join(_contact(entry, phrases))
    else:
        facts = [
            entry.how_to_get,
            entry.offered_by and phrases.text("hos", hos=entry.offered_by),
            entry.referral,
        ]
        ask = phrases.text("spoerg_saadan", spoerg=entry.ask[0]) if entry.ask else ""
        found = " ".join(filter(None, facts))
        found = " ".join(filter(None, [found or phrases.text(f"tavs_{aspect}"), ask]))
    return found or phrases.text(f"tavs_{aspect}")


def why_reply(items: Sequence[str], knowledge: Knowledge, phrases: Phrases) -> Reply:
    """Say where the last answer comes from: law, what is uncertain, sources with date and address.

    Args:
        items: ids of the entries of the last answer.
        knowledge: the knowledge base.
        phrases: the assistant's words.

    Returns:
        A reply of kind `answer`; without entries it says that nothing has been suggested yet.
    """
    known = [item for item in items if item in knowledge.entries][:3]
    if not known:
        return Reply(phrases.text("hvorfor_intet"), "answer")
    return Reply(
        _paragraphs(
            phrases.text("hvorfor"), *(_why(knowledge.entries[i], knowledge, phrases) for i in known)
        ),
        "answer",
        tuple(known),
    )


def _why(entry: Entry, knowledge: Knowledge, phrases: Phrases) -> str:
    lines = [entry.question if isinstance(entry, Answer) else getattr(entry, "name", None) or entry.title]  # type: ignore[union-attr]
    if isinstance(entry, Answer):
        lines.append(phrases.text("lov", lov=_bare(entry.legal_basis)))
        lines += [entry.uncertainty] if entry.uncertainty else []
    elif isinstance(entry, Offer):
        lines.append(phrases.text("effekt", effekt=entry.evidence))
    for source in (knowledge.sources[s] for s in entry.sources[:2]):
        lines.append(
            phrases.text(
                "kilde_fuld",
                titel=source.title,
                udgiver=source.publisher,
                dato=source.dated,
                adresse=source.address or "",
            ).strip()
        )
    lines.append(phrases.text("set", dato=_day(entry.checked)))
    return "\n".join(lines)


def which_reply(needs: Sequence[str], knowledge: Knowledge, phrases: Phrases) -> Reply:
    """Ask which of a few needs is meant, in human words."""
    options = [need for need in needs if need in knowledge.needs][:3]
    labels = "\n".join(f"- {knowledge.needs[need].label}" for need in options)
    buttons = [Button(knowledge.needs[need].label, f"/{need}") for need in options]
    return Reply(
        _paragraphs(phrases.text("mener_du"), labels, phrases.text("mener_du_slut")),
        "fallback",
        ("acute_services/112",),
        (*buttons, Button(phrases.text("knap_guide"), "/oplys_start_guide")),
    )


def acute_reply(region: str | None, knowledge: Knowledge, phrases: Phrases, today: date) -> Reply:
    """Tell where to turn in an emergency, by region where it is known.

    Args:
        region: name of the region, or None.
        knowledge: the knowledge base.
        phrases: the assistant's words.
        today: the day; the name of the region follows it.

    Returns:
        A reply of kind `answer` that begins with 112.
    """
    found = next((r for r in knowledge.regions if r.name == region), None)
    first = phrases.text("akut_112")
    if found is None:
        return Reply(
            _paragraphs(first, phrases.text("akut_uden_sted"), phrases.text("spoerg_sted")),
            "answer",
            ("acute_services/112", "acute_services/egen-laege"),
        )
    services = [knowledge.entries[ref] for ref in found.acute]
    hours = [
        f"- {s.name}: {phrases.text('aabent', aabent=_bare(s.hours))}"
        for s in services
        if isinstance(s, Service) and s.hours
    ]
    return Reply(
        _paragraphs(
            first,
            phrases.text("akut_i_region", region=region_name(found, today)),
            acute_path(region, knowledge, phrases, today),
            "\n".join(hours),
        ),
        "answer",
        ("acute_services/112", *found.acute),
        (Button(phrases.text("knap_hvorfor"), "/hvorfor"),),
    )


def region_name(region: Region, today: date) -> str:
    """Give the name that a region has on a day."""
    return region.merged_into if region.merged_into and _is_merged(region, today) else region.name


def _is_merged(region: Region, today: date) -> bool:
    return region.merged_on is not None and today >= region.merged_on


def acute_path(region: str | None, knowledge: Knowledge, phrases: Phrases, today: date) -> str:
    """Give the regional part of an urgent answer as one paragraph.

    Args:
        region: name of the region, or None.
        knowledge: the knowledge base.
        phrases: the assistant's words.
        today: the day; once a region has been merged, the text says that numbers may have changed.

    Returns:
        The path, or the question where they live.
    """
    found = next((r for r in knowledge.regions if r.name == region), None)
    if found is None or not found.acute_path:
        return phrases.text("akut_sted_ukendt")
    if _is_merged(found, today):
        return f"{found.acute_path} {phrases.text('region_skiftet', region=found.merged_into)}"
    return found.acute_path


def place_question(
    surface: str, municipalities: Sequence[str], knowledge: Knowledge, phrases: Phrases
) -> Reply:
    """Ask which of several places with one name is meant."""
    region_of = {m.name: m.region for m in knowledge.municipalities}
    buttons = tuple(
        Button(name, f'/oplys_sted{{"kommune": "{name}", "region": "{region_of[name]}"}}')
        for name in municipalities
    )
    options = "\n".join(f"- {name}" for name in municipalities)
    return Reply(
        _paragraphs(phrases.text("flere_steder", sted=surface), options),
        "question",
        ("acute_services/112",),
        buttons,
    )


def _paragraphs(*parts: str) -> str:
    return "\n\n".join(part.strip() for part in parts if part and part.strip())


def differ(reply: Reply, previous: Iterable[str], phrases: Phrases) -> Reply:
    """Give a reply that does not repeat the last message word for word.

    Args:
        reply: the reply as it would be sent.
        previous: texts of the assistant's last turn.
        phrases: the assistant's words.

    Returns:
        The reply itself, or the reply with an opening that says it comes again.
    """
    said = set(previous)
    variation = 0
    text = reply.text
    while text in said and variation < len(phrases.variations["igen"]):
        text = _paragraphs(phrases.text("igen", variation), reply.text)
        variation += 1
    return reply if text == reply.text else Reply(text, reply.kind, reply.items, reply.buttons, reply.asks)
