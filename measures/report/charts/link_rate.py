"""Share of records linked, by group, so that an under-linked group is seen before its need is read as small."""

from __future__ import annotations

import pyarrow as pa

from measures.report.charts.group_panels import (
    LEGEND,
    Groups,
    Row,
    against_rate,
    groups_of,
    interval,
    lower_still,
    lowest_group,
    of_all,
    panels,
    said,
)
from measures.report.figure import Figure
from measures.report.groups import BREAKDOWNS, EVERYBODY, WITH_NAMES, WITHOUT_NAMES, group_name
from measures.report.words import percent, whole

LINKED, REVIEW, UNLINKED = "records_linked", "records_in_review", "records_unlinked"
MEASURES = {LINKED: "linked", REVIEW: "waiting for a clerk", UNLINKED: "not linked"}

NAMED = "A group's dot is its share of records linked, the whisker its 95% interval, the dashed line the share of all records."
NAMELESS = (
    "A record without a name, mostly a hospital's, links by number and birth date and cannot show that the number belongs to "
    "somebody else; so these are counted apart."
)


def figures(link_quality: pa.Table) -> list[Figure]:
    """Records with names, then records without; none where there are no such records."""
    kinds = (
        ("link-rate", "Share of records with names that were linked, by group", WITH_NAMES, NAMED),
        ("link-rate-nameless", "Share of records without names that were linked, by group", WITHOUT_NAMES, NAMELESS),
    )
    drawn = [_figure(link_quality, *kind) for kind in kinds]
    return [figure for figure in drawn if figure.rows]


def _figure(link_quality: pa.Table, key: str, title: str, apart: str, how: str) -> Figure:
    groups = groups_of(link_quality, LINKED, apart)
    rows = {measure: groups_of(link_quality, measure, apart) for measure in MEASURES}
    return Figure(
        key=key,
        title=title,
        reading=f"{_reading(groups)} {how}",
        panels=panels(groups, "Linked", against_rate(groups)),
        legend=LEGEND,
        columns=("Group", "Records", "Linked", "95% interval", "Waiting for a clerk", "Not linked"),
        rows=[cells for name in (EVERYBODY, *BREAKDOWNS) for cells in _cells(name, rows)],
    )


def _reading(groups: Groups) -> str:
    everybody, found = of_all(groups), lowest_group(groups, against_rate(groups))
    if found is None:
        return (
            f"Of these records {said(everybody)} were linked, and clearly fewer of no age, gender, ethnic category or "
            "deprivation (where it is given)."
        )
    lower = lower_still(groups, found[1])
    uncertain = f" Lower still, but of too few records to be sure: {_named(lower)}." if lower else ""
    return (
        f"Of the groups of people clearly below the rate of all these records, {said(everybody)}, the lowest is {_named(found)}."
        f"{uncertain}"
    )


def _named(found: tuple[str, Row]) -> str:
    breakdown, row = found
    return f"{group_name(breakdown, row['category'])} ({BREAKDOWNS[breakdown].lower()}), {said(row)}"


def _cells(breakdown: str, rows: dict[str, Groups]) -> list[list[str]]:
    """One line a group: its records, then the three shares, the first with its interval."""
    beside = {measure: {row["category"]: row for row in groups.get(breakdown, [])} for measure, groups in rows.items()}
    title = BREAKDOWNS.get(breakdown)
    return [
        [
            f"{title}: {group_name(breakdown, row['category'])}" if title else "All records",
            whole(row["denominator"]),
            percent(row["rate"], withheld=row["suppressed"]),
            interval(row),
            *(_share(beside[measure].get(row["category"], {})) for measure in (REVIEW, UNLINKED)),
        ]
        for row in rows[LINKED].get(breakdown, [])
    ]


def _share(row: dict[str, object]) -> str:
    return percent(row.get("rate"), withheld=bool(row.get("suppressed")))  # type: ignore[arg-type]
