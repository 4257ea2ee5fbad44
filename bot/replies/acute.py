"""Where to turn when it is urgent, by region and on the day, and which place is meant."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from bot.knowledge.model import Knowledge, Region, Service
from bot.phrases import Phrases
from bot.replies.cards import services_shown
from bot.replies.facts import hours
from bot.replies.reply import Button, Reply, paragraphs


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
        text = paragraphs(first, phrases.text("akut_uden_sted"), phrases.text("spoerg_sted"))
        items = ("acute_services/112", "acute_services/egen-laege")
        return Reply(text, "answer", items, offered=services_shown(text, knowledge))
    services = [entry for ref in found.acute if isinstance(entry := knowledge.entries[ref], Service)]
    text = paragraphs(
        first,
        phrases.text("akut_i_region", region=region_name(found, today)),
        acute_path(region, knowledge, phrases, today),
        "\n".join(f"- {s.name}: {hours(s, phrases)}" for s in services if s.hours),
    )
    return Reply(
        text,
        "answer",
        ("acute_services/112", *found.acute),
        (Button(phrases.text("knap_hvorfor"), "/hvorfor"),),
        offered=services_shown(text, knowledge),
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
        paragraphs(phrases.text("flere_steder", sted=surface), options),
        "question",
        ("acute_services/112",),
        buttons,
    )
