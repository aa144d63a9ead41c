"""How the records of each source were linked."""

from __future__ import annotations

from collections import defaultdict

import pyarrow as pa

from measures.report.charts.stacks import Part, stacks
from measures.report.charts.waterfall import REGISTER
from measures.report.figure import Figure, Panel
from measures.report.theme import AMBER, BLUE, DARK_BLUE, GREY, LIGHT_BLUE, PALE_BLUE, WARM
from measures.report.words import SOURCES, STEPS, WITHHELD, in_order, name_of, percent, whole

# Steps in groups that a reader can tell apart, surest first.
GROUPS: dict[str, tuple[str, tuple[str, ...]]] = {
    "by a clerk": (GREY, ("judged",)),
    "by NHS number": (DARK_BLUE, ("cross_check", "confirmed_number", "token_number", "supplier_pseudonym")),
    "by the council's client index": (BLUE, ("same_local_id",)),
    "by name, birth date and address": (LIGHT_BLUE, ("alphanumeric", "unique_demographic", "token_demographic")),
    "by likelihood": (PALE_BLUE, ("probabilistic",)),
    "waiting for a clerk": (AMBER, ("review",)),
    "not linked": (WARM, ("unlinked",)),
}
WITHOUT_A_LINK = ("waiting for a clerk", "not linked")


def figure(waterfall: pa.Table) -> Figure:
    """Share of each source's records by group of steps. Withheld counts are left out of the bars."""
    by_source = _by_source(waterfall)
    shares = {source: _shares(counts) for source, counts in by_source.items()}
    without = {source: sum(shares[source][group] for group in WITHOUT_A_LINK) for source in shares}
    order = sorted(shares, key=lambda source: (-without[source], source))
    parts = [
        Part(name_of(SOURCES, source), shares[source][group], colour) for source in order for group, (colour, _) in GROUPS.items()
    ]
    most = [f"{name_of(SOURCES, s)} has the largest share without a link ({percent(without[s])})." for s in order[:1]]
    linked = [f"{name_of(SOURCES, s)}: {percent(1 - without[s])} linked" for s in order]
    return Figure(
        key="linkage-by-source",
        title="How each source's records were linked",
        reading=" ".join([*most, "Where records stay without a link, use of that service is missing from the person's list."]),
        panels=[Panel(lambda width: stacks(parts, width, full=1), "Stacked bar chart. " + "; ".join(linked))],
        legend=[(colour, group) for group, (colour, _) in GROUPS.items()],
        columns=("Source", "Step", "Records", "Share of the source"),
        rows=[row for source in order for row in _cells(source, by_source[source])],
        numeric=range(2, 4),
    )


def _by_source(waterfall: pa.Table) -> dict[str, dict[str, int | None]]:
    found: dict[str, dict[str, int | None]] = defaultdict(dict)
    for row in waterfall.to_pylist():
        if row["source"] != REGISTER:
            found[row["source"]][row["step"]] = row["records"]
    return found


def _shares(counts: dict[str, int | None]) -> dict[str, float]:
    total = sum(count or 0 for count in counts.values()) or 1
    return {group: sum(counts.get(step) or 0 for step in steps) / total for group, (_, steps) in GROUPS.items()}


def _cells(source: str, counts: dict[str, int | None]) -> list[list[str]]:
    total = sum(count or 0 for count in counts.values())
    return [
        [
            name_of(SOURCES, source),
            name_of(STEPS, step),
            whole(counts[step]),
            WITHHELD if counts[step] is None else percent((counts[step] or 0) / total if total else None),
        ]
        for step in in_order(STEPS, counts)
    ]
