"""The night's statement in words: one page of Markdown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MOST_UNREAD = 5  # files that are named one by one: the page stays one page

# What became of a source of which nothing was read, by its state.
STATES = {
    "barred": "no legal basis",
    "missing": "no file came",
    "refused": "its files were refused",
    "held": "its files wait for a person",
}


def statement_page(said: Mapping[str, Any]) -> str:
    """The statement for people."""
    facts, scanned = said["statement"], said["statement"]["scanned"]
    age = facts["national_opt_out_list_age_days"]
    lines = [
        f"# Statement of the night of {facts['as_at']}",
        "",
        f"Run {facts['run_id']}, published {facts['published_at']}. Manifest {facts['manifest_sha256']}.",
        *([] if said.get("files_there", True) else ["", FILES_GONE]),
        "",
        f"- Read for identifiers: {scanned['files'] - scanned['not_read']:,} of {scanned['files']:,} files; "
        f"{scanned['tables_scanned_at_commit']} tables "
        f"with {scanned['table_rows']:,} rows when they were committed, {scanned['texts_read']} texts as they lie. "
        f"Found: {scanned['findings']}.",
        *(_unread(scanned)),
        f"- Audit log: {facts['audit']['lines']:,} lines, the last with the hash {facts['audit']['head']}.",
        *_since_this_release(facts),
        f"- National opt-out list: {'none with a date' if age is None else f'{age} days old'}.",
        f"- Key: epoch {facts['key']['epoch']}, check value {facts['key']['check_value']}.",
        *(f"- Purpose {name}: to be reviewed by {day}." for name, day in facts["purposes"].items()),
        "",
        "Legal bases that end within 30 days:",
        "",
        *(_ending(facts["bases_ending_within_30_days"]) or ["- none"]),
        "",
        f"Signed with key {said['key_id']}.",
    ]
    return "\n".join(lines) + "\n"


FILES_GONE = (
    "**The files of this night are no longer there** (retention, or somebody took them): nothing here can be held against them."
)


def _unread(scanned: Mapping[str, Any]) -> list[str]:
    """One line on the files that nobody read; none where every file was."""
    named = scanned.get("unread", [])
    if not scanned["not_read"]:
        return []
    parts = [f"{each['file']} ({each['why']})" for each in named[:MOST_UNREAD]]
    rest = scanned["not_read"] - len(parts)
    more = [f"{rest} more" if parts else f"{rest} files"] if rest else []
    return [f"- Not read: {'; '.join([*parts, *more])}."]


def _since_this_release(facts: Mapping[str, Any]) -> list[str]:
    """What statements that were signed before it was said do not say."""
    if "sources_not_read" not in facts:
        return []
    return [
        f"- Sources not read: {_sources(facts['sources_not_read'])}.",
        f"- Opt-outs honoured: {_opt_outs(facts['opt_outs_honoured'])}.",
        f"- Withheld from analysts: {_withheld(facts['withheld_from_analysts'])}.",
        *([f"- Published counts: {_counts(facts['counts'])}."] if facts["counts"] else []),
    ]


def _sources(unread: list[dict[str, str]]) -> str:
    return "; ".join(f"{each['source']} ({_why(each)})" for each in unread) or "none"


def _why(source: Mapping[str, str]) -> str:
    words = STATES.get(source["state"], source["state"])
    return f"{words}, {source['code']}" if source["code"] else words


def _opt_outs(honoured: Mapping[str, Any]) -> str:
    people, everybody = (_shown(honoured[name]) for name in ("people", "of"))
    return f"{people} of {everybody} people are left out of risk stratification (as published under {honoured['policy']})"


def _withheld(withheld: Mapping[str, Any]) -> str:
    return f"{', '.join(withheld['tables'])}: {withheld['why']}" if withheld["tables"] else "nothing"


def _counts(counts: Mapping[str, int]) -> str:
    rounded = f", the others rounded to the nearest {counts['rounded_to']}" if counts["rounded_to"] > 1 else ""
    return (
        f"{counts['withheld']:,} of {counts['all']:,} withheld, because they are small (1 to {counts['withheld_to']}) or a "
        f"small one could be worked out from them{rounded}"
    )


def _shown(count: int | None) -> str:
    return "* (withheld)" if count is None else f"{count:,}"


def _ending(bases: list[dict[str, str]]) -> list[str]:
    """One line for each reference, purpose and day, with its sources: an approval covers many of them at once."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for each in bases:
        found.setdefault((each["purpose"], each["reference"], each["valid_to"]), []).append(each["source"])
    return [
        f"- {', '.join(sources)} for {purpose}: {reference} ends {day}" for (purpose, reference, day), sources in found.items()
    ]
