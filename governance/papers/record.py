"""The record of processing activities (UK GDPR article 30), from the project's configuration; what that does not say is a gap."""

from __future__ import annotations

from governance.papers.facts import BasisFact, Facts, OrganisationFact, gap, head, table

SECURITY = """- Identity and use of services are kept apart: the vault holds who people are, everything else pseudonyms made
with a key.
- Keys, vault and databases are readable by their owner only; the analytic steps run without key and vault.
- Every text is scanned for identifiers before it leaves the vault; counts are withheld or rounded.
- Whoever sees a name leaves a line in an append-only, hash-chained log first; signed checkpoints of it are kept elsewhere."""


def record_of_processing(facts: Facts) -> str:
    """Who answers for it, one section for each purpose, then recipients, transfers, retention and security measures."""
    parts = [head("Record of processing", facts, "Made from `caselink.toml` and `fields.csv`.")]
    parts += ["## Controllers", _controllers(facts), "## Processors", _processors(facts)]
    parts += [_purpose(facts, number) for number in range(len(facts.purposes))]
    parts += [
        f"## {name}\n\n{gap(f'the purpose {name}, its owner and its sign-off, as a [[purpose]]')}"
        for name in facts.missing_purposes
    ]
    parts.append("## Who receives what")
    parts.append(
        table(
            ["recipient", "category", "what", "purpose"],
            ((each.id, each.category, each.what, each.purpose) for each in facts.recipients),
        )
    )
    parts += ["## Transfers abroad", _transfers(facts), "## How long it is kept", _retention(facts)]
    parts += ["## Technical and organisational measures", SECURITY]
    return "\n\n".join(parts) + "\n"


def _controllers(facts: Facts) -> str:
    if not facts.controllers():
        return gap("the controllers, with a [[basis]] and an [[organisation]] each")
    heads = ["controller", "role", "contact", "data protection officer", "joint controllers' arrangement"]
    return table(heads, (_controller(each) for each in facts.controllers()))


def _controller(one: OrganisationFact) -> list[str]:
    arrangement = one.agreement or ("none: controls its data alone" if one.role == "controller" else gap("the arrangement"))
    return [
        one.name,
        one.role or gap("its role, as an [[organisation]]"),
        one.contact or gap("its contact"),
        one.data_protection_officer or gap("how the officer is reached"),
        arrangement,
    ]


def _processors(facts: Facts) -> str:
    """Whether there is none cannot be known from here."""
    rows = (
        (
            each.name,
            each.does or gap("what it does"),
            each.contact,
            each.data_protection_officer or gap("how the officer is reached"),
            each.agreement or gap("the contract"),
        )
        for each in facts.processors()
    )
    heads = ["processor", "what it does", "contact", "data protection officer", "contract"]
    return table(heads, rows) if facts.processors() else gap("the processors, as an [[organisation]] each, or that there is none")


def _transfers(facts: Facts) -> str:
    statement, reference = facts.transfers
    return (
        f"{statement.rstrip('.')} ({reference})."
        if statement
        else gap("whether data leave the United Kingdom, in [transfers_abroad]")
    )


def _retention(facts: Facts) -> str:
    rows = [(each.artefact, f"{each.days} days", each.reference) for each in facts.retention]
    missing = [(name, gap("how long, as a [[retention]]"), gap("where that is agreed")) for name in facts.missing_retention]
    return table(["what", "kept for", "where that is agreed"], [*rows, *missing])


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
    listed = _bases(facts, bases) if bases else gap("its legal bases, as a [[basis]] each")
    return "\n".join([lines[0], "", lines[1], "", *lines[2:], "", listed])


def _bases(facts: Facts, bases: list[BasisFact]) -> str:
    rows = (
        (
            facts.sources.get(each.source, each.source),
            each.controller,
            each.reference,
            each.article_6 or gap("article_6"),
            each.article_9 or gap("article_9"),
            each.evidence,
            each.valid_to.isoformat(),
        )
        for each in bases
    )
    return table(["source", "controller", "legal basis", "Article 6", "Article 9", "evidence", "ends"], rows)
