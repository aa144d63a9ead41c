"""The retention schedule as a paper: what is kept how long, on whose word, and how it goes."""

from __future__ import annotations

from governance.papers.facts import Facts, head, table

HOW = """`caselink governance purge --dry-run` says what has outlived its line; `--apply` deletes it and leaves a line in the
audit log for each
class. The night that is served now never goes. The audit chain itself is not purged: it names people by pseudonym only.

Not in the schedule, because they are the service's memory of who is who: the vault's ids, the judgements of clerks, the
publication rows."""

NOTHING = "Nothing is configured, so nothing may be purged. Write a `[[retention]]` line for every class, with its reference."


def retention_schedule(facts: Facts) -> str:
    """The paper."""
    rows = ((each.artefact, f"{each.days} days", each.reference) for each in facts.retention)
    listed = table(["what", "kept for", "where that is agreed"], rows) if facts.retention else NOTHING
    return "\n\n".join([head("Retention schedule", facts, "Made from `caselink.toml`."), listed, HOW]) + "\n"
