"""One named offer, one side of it, and where an answer comes from."""

from __future__ import annotations

from collections.abc import Sequence

from bot.knowledge.model import Answer, Entry, Knowledge, Offer, Recommendation, Service
from bot.phrases import Phrases
from bot.replies.answers import answer_reply
from bot.replies.facts import all_facts, bare, consent, day_text, effect, origin
from bot.replies.reply import Button, Reply, paragraphs
from bot.triage.recommend import Step


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
            "\n".join(all_facts(entry, phrases)),
            " ".join([phrases.text("ikke_vist", ikke=entry.not_documented), *entry.caveats[:1]]),
        ]
    else:
        parts += [
            entry.summary,
            phrases.text("for_hvem", hvem=entry.for_whom),
            "\n".join(all_facts(entry, phrases)),
        ]
    parts.append(origin(entry, knowledge, phrases))
    whole = Button(phrases.text("knap_hele"), f'/om_indsats{{"indsats": "{entry_id}"}}')
    guide = Button(phrases.text("knap_guide"), "/oplys_start_guide")
    buttons = (Button(phrases.text("knap_hvorfor"), "/hvorfor"), whole if aspect else guide)
    # one side is asked for and told; the card would tell the whole
    offered = () if aspect else (Step(entry_id, ()),)
    return Reply(paragraphs(*parts), "answer", (entry_id,), buttons, offered=offered)


def _aspect(entry: Offer | Service, aspect: str, phrases: Phrases) -> str:
    """Answer one question about an offer from the entry; silence of the sources is said."""
    found: str | None
    if aspect == "consent":
        found = entry.consent.text if isinstance(entry, Offer) else consent(entry, phrases)
    elif aspect == "cost":
        found = phrases.text("pris", pris=bare(entry.cost)) if entry.cost else None
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
        found = "\n".join(all_facts(entry, phrases))
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
        paragraphs(phrases.text("hvorfor"), *(_why(knowledge.entries[i], knowledge, phrases) for i in known)),
        "answer",
        tuple(known),
    )


def _why(entry: Entry, knowledge: Knowledge, phrases: Phrases) -> str:
    lines = [entry.question if isinstance(entry, Answer) else getattr(entry, "name", None) or entry.title]  # type: ignore[union-attr]
    if isinstance(entry, Answer):
        lines.append(phrases.text("lov", lov=bare(entry.legal_basis)))
        lines += [entry.uncertainty] if entry.uncertainty else []
    elif known_effect := effect(entry, phrases):
        lines.append(known_effect)
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
    lines.append(phrases.text("set", dato=day_text(entry.checked)))
    return "\n".join(lines)
