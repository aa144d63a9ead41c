"""The DPIA's annex: every source, every field, every purpose, its bases, and the hazards with their controls (G09)."""

from __future__ import annotations

from collections.abc import Sequence

from governance.hazards import Hazard
from governance.papers.facts import Facts, FieldFact, gap, head, table


def dpia_annex(facts: Facts, hazards: Sequence[Hazard]) -> str:
    """A table for each source with its bases and columns, one for each output, and the hazards."""
    parts = [
        head("DPIA annex", facts, "Every source, field and purpose of this project. Made from `caselink.toml` and `fields.csv`.")
    ]
    parts.append("## Purposes")
    parts.append(
        table(
            ["purpose", "what for", "ground", "stopped by opt-outs", "review by"],
            (
                (each.id, each.description, each.flow, ", ".join(each.stopped_by), each.review_by.isoformat())
                for each in facts.purposes
            ),
        )
    )
    parts += [_source(facts, source) for source in facts.sources]
    parts += ["## What leaves a night", _columns([each for each in facts.fields if each.source == "out"])]
    parts += [
        "## Records that are kept out or protected",
        "\n".join(f"- {line}" for line in facts.flags) or "No flag is configured.",
    ]
    parts += ["## Hazards", _hazards(hazards)]
    return "\n\n".join(parts) + "\n"


def _source(facts: Facts, source: str) -> str:
    bases = [each for each in facts.bases if each.source == source]
    rows = (
        (
            each.purpose,
            each.controller,
            each.reference,
            each.article_6 or gap("article_6"),
            each.article_9 or gap("article_9"),
            f"{each.valid_from.isoformat()} to {each.valid_to.isoformat()}",
        )
        for each in bases
    )
    listed = (
        table(["purpose", "controller", "legal basis", "Article 6", "Article 9", "holds"], rows)
        if bases
        else "No legal basis: this source is not read."
    )
    return f"## {facts.sources[source]} (`{source}`)\n\n{listed}\n\n" + _columns(
        [each for each in facts.fields if each.source == source]
    )


def _columns(fields: Sequence[FieldFact]) -> str:
    rows = ((each.table, each.column, each.description, ", ".join(each.purposes) or "none: not used") for each in fields)
    return table(["table", "field", "what it is", "purposes"], rows)


def _hazards(hazards: Sequence[Hazard]) -> str:
    rows = ((each.id, each.hazard, each.risk_before, "; ".join(each.controls), each.risk_after) for each in hazards)
    return table(["id", "hazard", "risk before", "controls", "risk after"], rows)
