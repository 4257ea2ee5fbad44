"""Answers about confidentiality and rights, and the question which need is meant."""

from __future__ import annotations

from collections.abc import Sequence

from bot.knowledge.model import Answer, Entry, Knowledge, Offer, Recommendation, Service
from bot.phrases import Phrases
from bot.replies.facts import hours, ring
from bot.replies.reply import Button, Reply, paragraphs
from bot.triage.recommend import Step


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
        paragraphs(*parts),
        "steps" if steps else "answer",
        (entry_id, *(step.entry_id for step in steps)),
        buttons,
        asks=entry_id if follow_up else None,
        offered=tuple(steps),
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
        way = ring(entry, phrases)
        parts = [f"{number}. {entry.name}: {entry.summary}", way, hours(entry, phrases) if way else ""]
        lines.append(" ".join(filter(None, parts)))
    return "\n".join(lines)


def which_reply(needs: Sequence[str], knowledge: Knowledge, phrases: Phrases) -> Reply:
    """Ask which of a few needs is meant, in human words."""
    options = [need for need in needs if need in knowledge.needs][:3]
    labels = "\n".join(f"- {knowledge.needs[need].label}" for need in options)
    buttons = [Button(knowledge.needs[need].label, f"/{need}") for need in options]
    return Reply(
        paragraphs(phrases.text("mener_du"), labels, phrases.text("mener_du_slut")),
        "fallback",
        ("acute_services/112",),
        (*buttons, Button(phrases.text("knap_guide"), "/oplys_start_guide")),
    )
