"""The user agreement that the pages show: its version, and its paragraphs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class AgreementText:
    """Version in force (empty: none is, and nobody is shown) and what it says."""

    version: str
    paragraphs: tuple[str, ...]


# What is shown where the area gives no text of its own. After the Caldicott principles (2020), in our words.
SHIPPED = (
    "I open a person's record only to give or to arrange her care, or where my role asks me to.",
    "I look only at people with whom I or my team have a relationship of care, and only at what I need.",
    "Where I open somebody outside it in an emergency, I say why, and I know that it is reviewed.",
    "I know that every name I see is written down with my account, the time and the purpose; the person may ask who saw it.",
    "I do not copy, photograph or pass on what I see outside the care of that person, and I keep files that I take away safe.",
    "I leave no page open where others can see it, I sign out, and I tell nobody how I sign in.",
    "I report what I should not have seen, or have lost, to the Caldicott Guardian's office the same day.",
    "A score is a prompt, not a decision: I decide with the person and her team, and I write down why.",
)
