"""The record of processing activities (UK GDPR article 30), from the project's configuration."""

from __future__ import annotations

from governance.papers.facts import Facts, head, table

SECURITY = """- Identity and use of services are kept apart: the vault holds who people are, everything else pseudonyms made
with a key.
- Keys, vault and databases are readable by their owner only; the analytic steps run without key and vault.
- Every text is scanned for identifiers before it leaves the vault; counts are withheld or rounded.
- Whoever sees a name leaves a line in an append-only, hash-chained log first; signed checkpoints of it are kept elsewhere."""

NOTHING = "Nothing is declared."


def record_of_processing(facts: Facts) -> str:
    """One section for each purpose, then recipients, retention and security measures."""
    parts = [head("Record of processing", facts, "Made from `caselink.toml` and `fields.csv`.")]
    parts += [_purpose(facts, number) for number in range(len(facts.purposes))] or [NOTHING]
    parts.append("## Who receives what")
    parts.append(table(["recipient", "what", "purpose"], ((each.id, each.what, each.purpose) for each in facts.recipients)))
    parts.append("## How long it is kept")
    rows = ((each.artefact, f"{each.days} days", each.reference) for each in facts.retention)
    parts.append(table(["what", "kept for", "where that is agreed"], rows) if facts.retention else NOTHING)
    parts += ["## Technical and organisational measures", SECURITY]
    return "\n\n".join(parts) + "\n"


def _purpose(facts: Facts, number: int) -> str:
    purpose = facts.purposes[number]
    bases = [each for each in facts.bases if each.purpose == purpose.id]
    used = {each.source for each in facts.fields if purpose.id in each.purposes}
    lines = [
        f"## {purpose.id}",
        f"{purpose.description}.",
        f"- Answers for it: {purpose.owner}. Signed off: {purpose.signed_off}; to be reviewed by "
        f"{purpose.review_by.isoformat()}.",
        f"- Ground on which the data flow: {purpose.flow}.",
        f"- Opt-outs that stop it: {', '.join(purpose.stopped_by) or 'none'}.",
        "- People: everybody registered with a practice of the area, and whoever its services and councils know.",
        f"- Data: {', '.join(facts.sources[name] for name in sorted(used) if name in facts.sources) or 'none'}. Column by "
        f"column in the "
        "DPIA annex.",
    ]
    rows = (
        (facts.sources.get(each.source, each.source), each.controller, each.reference, each.evidence, each.valid_to.isoformat())
        for each in bases
    )
    listed = table(["source", "controller", "legal basis", "evidence", "ends"], rows) if bases else NOTHING
    return "\n".join([lines[0], "", lines[1], "", *lines[2:], "", listed])
