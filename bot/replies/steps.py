"""Next steps, each with what a person needs in order to choose."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from bot.knowledge.model import Knowledge, Offer, Service, Term
from bot.phrases import Phrases
from bot.replies.facts import all_facts, origin
from bot.replies.reply import Button, Reply, paragraphs
from bot.triage.recommend import Reason, Step


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
            paragraphs(opening, phrases.text("ingen_skridt")),
            "steps",
            ("contacts/kommunal-paaroerendevejleder",),
        )
    parts = [_step_text(number, step, knowledge, phrases) for number, step in enumerate(steps, 1)]
    return Reply(
        paragraphs(opening, *parts),
        "steps",
        tuple(step.entry_id for step in steps),
        _after_steps(phrases),
        offered=tuple(steps),
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
    if why := why_it_fits(step.reasons, knowledge, phrases):
        lines.append(why)
    lines += [*all_facts(entry, phrases), origin(entry, knowledge, phrases)]
    return "\n".join(lines)


def why_it_fits(reasons: Iterable[Reason], knowledge: Knowledge, phrases: Phrases) -> str:
    """Tell why a step fits; empty without a reason that has words."""
    words = reasons_text(reasons, knowledge, phrases)
    return phrases.text("passer_fordi", reasons=words) if words else ""


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


def _label(terms: Iterable[Term], term_id: str) -> str:
    return next((term.label for term in terms if term.id == term_id), term_id)
