"""An offer that an editor adds is understood and told about without new training messages."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.knowledge import KNOWLEDGE_FOLDER, Knowledge, load_knowledge
from bot.phrases import load_phrases
from bot.replies import offer_reply
from bot.triage.lookup import make_lookup
from bot.triage.terms import find_names, make_names

NEW_ID = "interventions/familieiglo"
NEW_ENTRY = """
- id: familieiglo
  name: Familieiglo
  short_names: [iglomøde]
  described_as: [et rundt bord med te, hvor ingen må afbryde]
  category: Samtaler
  summary: Et møde i ro og mag, hvor alle får lov at tale ud.
  purpose: At familien igen kan tale sammen.
  what_happens: I mødes tre gange. En leder holder tiden.
  for_relative: Alle i familien.
  consent: {value: nej, text: Nej. Du kan komme alene.}
  evidence: Det er ikke undersøgt.
  not_documented: Ingen har målt det.
  areas: [alle]
  needs: [tal_med_nogen]
  recommend: true
  levels: [info]
  audience: paaroerende
  ask: [Har I familieiglo?]
  sources: [vive-paaroerende]
  checked: 2026-11-21
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Knowledge:
    folder = tmp_path_factory.mktemp("edited") / "knowledge"
    shutil.copytree(KNOWLEDGE_FOLDER, folder)
    file = folder / "interventions.yml"
    file.write_text(file.read_text(encoding="utf-8") + NEW_ENTRY, encoding="utf-8")
    return load_knowledge(Path(folder))


@pytest.mark.parametrize(
    "text",
    [
        "hvad er familieiglo?",
        "Familieigloo, hvad koster det",
        "vi skal til iglomøde på torsdag",
        "FAMILIEIGLO",
    ],
)
def test_its_names_are_found(text: str, extended: Knowledge) -> None:
    assert [hit.term_id for hit in find_names(text, make_names(extended.names))] == [NEW_ID]


def test_its_description_is_found(extended: Knowledge) -> None:
    text = "er der noget med et rundt bord, hvor man får te, og ingen må afbryde?"
    assert make_lookup(extended).best(text, extended.entries) == NEW_ID


@pytest.mark.parametrize(
    ("aspect", "words"),
    [(None, "holder tiden"), ("consent", "komme alene"), ("cost", "siger ikke, hvad det koster")],
)
def test_it_is_told_about(aspect: str | None, words: str, extended: Knowledge) -> None:
    reply = offer_reply(NEW_ID, aspect, extended, load_phrases())
    assert "Familieiglo" in reply.text and words in reply.text
    assert reply.items == (NEW_ID,)


def test_it_is_not_in_the_real_knowledge() -> None:
    assert NEW_ID not in load_knowledge().entries
