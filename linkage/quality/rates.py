"""Linkage quality as counts: how each group's records were linked, so that an under-linked group does not read as a low user."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.quality.shares import Share, share_rows
from linkage.quality.subgroups import BREAKDOWNS, WITH_NAMES, WITHOUT_NAMES, subgroups
from schemas.aggregate import Measure
from schemas.identifiable import Match, PersonRecord
from schemas.table import Rows

# Which steps each measure counts.
MEASURES: dict[str, tuple[str, ...]] = {
    "records_linked": (
        "judged", "cross_check", "confirmed_number", "alphanumeric", "unique_demographic", "probabilistic", "same_local_id",
        "token_number", "token_demographic", "supplier_pseudonym",
    ),
    "records_linked_by_judgement": ("judged",),
    "records_linked_by_number": ("cross_check", "confirmed_number", "token_number", "supplier_pseudonym"),
    "records_linked_by_demographics": ("alphanumeric", "unique_demographic", "token_demographic"),
    "records_linked_by_weight": ("probabilistic",),
    "records_linked_by_local_id": ("same_local_id",),
    "records_in_review": ("review",),
    "records_unlinked": ("unlinked",),
}  # fmt: skip
# Linked by number where no given name could gainsay it: a twin holding her sister's number is not seen here.
NAMELESS_MEASURE = "records_linked_by_number_unseen_name"

Counts = dict[str, int]


class Group(NamedTuple):
    """One group of records: a breakdown and a value of it."""

    breakdown: str
    category: str


def link_quality(
    records: Rows[PersonRecord], matches: Rows[Match], as_at: datetime.date, areas: pa.Table | None = None
) -> Rows[Measure]:
    """Measure rows for the sources' records, by each breakdown of `linkage.quality.subgroups` (which explains `areas`).

    `records` counts them; each name in `MEASURES` counts those that its steps decided, over all records of the group, with the
    share's 95 % Wilson interval. Every breakdown is given three times: over all records, and, named `<breakdown>, with names` and
    `<breakdown>, without names`, over those that carry a name and those that do not: a nameless source cannot see a twin, and
    is not to be compared with one that can. The register's own records are left out.

    Raw counts: `governance.disclosure` suppresses small numbers.
    """
    return quality_of(subgroups(records, as_at, areas), matches, as_at)


def quality_of(groups: pa.Table, matches: Rows[Match], as_at: datetime.date) -> Rows[Measure]:
    """`link_quality` where the `subgroups` of the records are known already."""
    groups = groups.filter(pc.not_equal(groups["source"], "register"))
    flags = _flags(_in_order_of(groups, matches))
    table = pa.table({**{name: groups[name] for name in BREAKDOWNS}, **flags})
    counted: dict[Group, Counts] = {}
    for breakdown in BREAKDOWNS:
        counted |= _counted(table, breakdown, list(flags))
    return share_rows(_shares(counted), as_at)


def _flags(decided: pa.Table) -> dict[str, Any]:
    """Per measure, whether it counts each record."""
    nameless = pc.and_(
        _decided_by(decided["step"], MEASURES["records_linked_by_number"]),
        pc.fill_null(pc.match_substring(decided["evidence"], " given=missing"), False),
    )
    return {name: _decided_by(decided["step"], steps) for name, steps in MEASURES.items()} | {NAMELESS_MEASURE: nameless}


def _in_order_of(groups: pa.Table, matches: pa.Table) -> pa.Table:
    """Step and evidence of each record. Sorted tables lie alike already; only others are joined, which takes most of the time."""
    matches = matches.filter(pc.not_equal(matches["source"], "register"))
    if groups.select(Match.key).equals(matches.select(Match.key)):
        return matches
    keys = groups.select(Match.key).append_column("row", pa.array(np.arange(groups.num_rows)))
    return keys.join(matches.select([*Match.key, "step", "evidence"]), list(Match.key), join_type="left outer").sort_by("row")


def _decided_by(steps: Any, wanted: tuple[str, ...]) -> Any:
    return pc.is_in(steps, value_set=pa.array(wanted, pa.string()))


def _counted(table: pa.Table, breakdown: str, flags: list[str]) -> dict[Group, Counts]:
    """Records of each group, and how many of them each measure counts: all, with names, without."""
    table = table.append_column("is_named", pc.equal(table["names"], WITH_NAMES))
    rows = table.group_by([breakdown, "is_named"]).aggregate([(name, "sum") for name in flags] + [([], "count_all")])
    found: dict[Group, Counts] = {}
    for row in rows.to_pylist():
        counts = {"records": row["count_all"], **{name: row[f"{name}_sum"] for name in flags}}
        apart = WITH_NAMES if row["is_named"] else WITHOUT_NAMES
        for name in (breakdown,) if breakdown == "names" else (breakdown, f"{breakdown}, {apart}"):
            sums = found.setdefault(Group(name, row[breakdown]), dict.fromkeys(counts, 0))
            sums.update({key: sums[key] + count for key, count in counts.items()})
    return found


def _shares(counted: dict[Group, Counts]) -> Iterator[Share]:
    for group, counts in counted.items():
        for name, count in counts.items():
            yield Share(name, *group, count, None if name == "records" else counts["records"])
