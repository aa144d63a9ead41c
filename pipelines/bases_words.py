"""The answer of `bases_report` in lines for a terminal: a block for each purpose and each agreement, what is amiss at the end."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from governance.legal_basis import ENDS_SOON, EXPIRED, HOLDS, NOT_YET
from pipelines.outlook import Outlook

Row = dict[str, Any]
Line = tuple[int, str]  # places to stand in, and the text

DATED = {HOLDS: "holds", ENDS_SOON: "ends soon", NOT_YET: "does not hold yet", EXPIRED: "has ended"}


def purpose_lines(purposes: list[Row]) -> Iterator[Line]:
    """Each purpose: what it rests on, who answers for it, who signed it off, until when."""
    yield 0, "Purposes"
    for each in purposes:
        yield 2, f"{each['purpose']}: {'holds' if each['state'] == HOLDS else each['message'].rstrip('.')}"
        if each["flow"] is not None:
            yield 4, f"{each['flow']}; answered for by: {each['owner']}"
            yield 4, f"signed off: {each['signed_off']}, {each['signed_off_on']}; review by {each['review_by']}"


def agreement_lines(bases: list[Row]) -> Iterator[Line]:
    """Each agreement with its dates, and below it, by controller, the sources it covers and for what."""
    yield 0, "Legal bases"
    written = [row for row in bases if row["reference"] is not None]
    if not written:
        yield 2, "none is written down"
    for (reference, first, last), rows in _grouped(written, "reference", "valid_from", "valid_to"):
        left = rows[0]["days_left"]
        days = f", {left:,} days left" if rows[0]["state"] in (HOLDS, ENDS_SOON) else ""
        yield 2, reference
        yield 4, f"{first} to {last}: {DATED[rows[0]['state']]}{days}"
        for (controller, purposes), covered in _grouped(_by_source(rows), "controller", "purposes"):
            yield 4, f"{controller}: {', '.join(each['source'] for each in covered)}"
            yield 6, f"for {purposes}"


def closing_lines(report: Row, ahead: Outlook) -> Iterator[Line]:
    """What stops a night, what one would not read, what else is not covered, and what ends soon."""
    for refusal in ahead.stopped_by:
        yield 0, f"- {refusal}"
    unread = [
        {"source": source, "why": str(refusal).replace(f" {source}:", "", 1)}
        for source, refusal in ahead.not_read.items()
        if refusal not in ahead.stopped_by
    ]
    for (why,), rows in _grouped(unread, "why"):
        yield 0, f"- A night would not read {', '.join(row['source'] for row in rows)}: {why}"
    for warning in ahead.warnings:
        yield 0, f"- A night would warn: {warning}"
    for source, purposes in report["refused"].items():
        if source not in ahead.not_read:
            yield 0, f"- {source} is not covered for {', '.join(purposes)}."
    soon = [row for row in report["bases"] if row["state"] == ENDS_SOON]
    for (last, left, reference), rows in _grouped(soon, "valid_to", "days_left", "reference"):
        covered = _grouped(_by_source(rows), "purposes")
        named = "; ".join(f"{', '.join(row['source'] for row in own)} for {purposes}" for (purposes,), own in covered)
        yield 0, f"- Ends in {left} days, on {last}: {reference} ({named})."


def last_line(report: Row, ahead: Outlook) -> str:
    """In one sentence, whether a night may run on these grounds."""
    if ahead.stopped_by:
        more = f" (and {len(ahead.stopped_by) - 1} more reasons, above)" if len(ahead.stopped_by) > 1 else ""
        return f"No night of {report['as_at']} may run: {ahead.stopped_by[0].message.rstrip('.')}{more}."
    soon = sum(row["state"] == ENDS_SOON for row in report["bases"])
    ending = f"{soon} {'basis ends' if soon == 1 else 'bases end'} within 30 days"
    unread = f"; not read would be: {', '.join(ahead.not_read)}" if ahead.not_read else ""
    return f"A night of {report['as_at']} may run: {len(report['purposes'])} purposes hold; {ending}{unread}."


def _by_source(rows: list[Row]) -> list[Row]:
    """One row for each controller and source, with all its purposes."""
    return [
        {"controller": controller, "source": source, "purposes": ", ".join(each["purpose"] for each in own)}
        for (controller, source), own in _grouped(rows, "controller", "source")
    ]


def _grouped(rows: list[Row], *names: str) -> list[tuple[tuple[Any, ...], list[Row]]]:
    """The rows by what they say under these names, in that order; within a group as they came."""

    def key(row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in names)

    return [(found, list(own)) for found, own in groupby(sorted(rows, key=key), key=key)]
