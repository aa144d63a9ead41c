"""The page of the caseload's states and codes."""

from __future__ import annotations

import re
from pathlib import Path

from caseload.entries.reference_page import REFUSALS, reference_page
from caseload.entries.states import EVENTS, STATES
from caseload.entries.strands import STEPS, STRANDS, states_of

FOLDER = Path(__file__).resolve().parents[3] / "caseload" / "entries"


def test_every_refusal_has_words_and_none_is_made_up() -> None:
    sources = [path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py") if path.name != "reference_page.py"]
    raised = {code for source in sources for code in re.findall(r'"(E-ENTRY-[A-Z]+)"', source)}
    assert raised == set(REFUSALS)


def test_the_page_draws_every_state_and_names_every_step() -> None:
    page = reference_page()
    drawn = page.split("```mermaid")
    assert len(drawn) == 2 + len(STRANDS)
    assert all(f'state "{state}" as' in drawn[1] for state in STATES)
    assert drawn[1].count(" --> ") == 1 + sum(len(steps) for steps in STATES.values())
    for strand, text in zip(STRANDS, drawn[2:], strict=True):
        assert all(f'state "{state}" as' in text for state in states_of(strand))
    assert all(f"`{step}`" in page for step in (*EVENTS, *STEPS))
