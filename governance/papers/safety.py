"""The clinical safety case: the hazard log as a page, and as the paper of one project and release."""

from __future__ import annotations

from collections.abc import Sequence

from governance.hazards import LIKELIHOODS, SEVERITIES, Hazard
from governance.papers.facts import table

INTRODUCTION = """The hazard log is `governance/hazards.toml`; a test fails where a hazard has no control, or names a test that
there is not. Risk is severity times likelihood: 1 to 4 acceptable, 5 to 9 to be watched, 10 and more not to be accepted without
the safety officer's word.

These are the makers' estimates (DCB0129). Whoever deploys the software judges them anew for her own area (DCB0160) and signs:
this page is no approval."""


def safety_case(hazards: Sequence[Hazard]) -> str:
    """The scale, a summary, and a section for each hazard."""
    scale = table(["grade", "severity", "likelihood"], ((place + 1, SEVERITIES[place], LIKELIHOODS[place]) for place in range(5)))
    rows = (
        (each.id, each.hazard, SEVERITIES[each.severity - 1], each.risk_before, each.risk_after)
        for each in sorted(hazards, key=lambda each: (-each.risk_after, -each.risk_before, each.id))
    )
    summary = table(["id", "hazard", "severity", "risk before", "risk after"], rows)
    parts = ["# Safety case", INTRODUCTION, "## The scale", scale, "## Summary", summary, *(_section(each) for each in hazards)]
    return "\n\n".join(parts) + "\n"


def _section(hazard: Hazard) -> str:
    lines = [
        f"## {hazard.id}: {hazard.hazard}",
        "",
        f"- Cause: {hazard.cause}.",
        f"- Effect: {hazard.effect}.",
        f"- Severity {SEVERITIES[hazard.severity - 1]}; likelihood {LIKELIHOODS[hazard.before - 1]} without the controls, "
        f"{LIKELIHOODS[hazard.after - 1]} with them: risk {hazard.risk_before}, then {hazard.risk_after}.",
        "",
        "Controls:",
        "",
        *(f"- {control}" for control in hazard.controls),
        "",
        "Shown by:",
        "",
        table(["what the test shows", "test"], ((f"{each.sentence}.", f"`{each.test}`") for each in hazard.tests)),
    ]
    return "\n".join(lines)
