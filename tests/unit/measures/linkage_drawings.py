"""Linkage's own figures, drawn: shares by group, estimates from judgements, best candidates by weight; as published."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import pyarrow as pa

from linkage.quality.shares import Share, share_rows
from schemas.aggregate import WeightBin

AS_AT = dt.date(2026, 10, 31)

# breakdown, category, records, linked: whole tens, which disclosure control leaves as they are.
NAMED = (
    ("all", "all", 1000, 950),
    ("age_band", "05-09", 500, 480),
    ("age_band", "90+", 500, 470),
    ("gender", "1", 990, 940),
    ("ethnic_category", "A", 800, 790),
    ("ethnic_category", "N", 150, 120),
    ("ethnic_category", "Z", 50, 40),
    ("deprivation_decile", "1", 600, 570),
    ("deprivation_decile", "10", 390, 370),
    ("deprivation_decile", "not known", 10, 10),
    ("nhs_number", "not present", 100, 50),
    ("source", "gp", 1000, 950),
)
NAMELESS = (("all", "all", 200, 180), ("age_band", "05-09", 200, 180), ("source", "ecds", 200, 180))


def link_shares(named: Iterable[tuple[str, str, int, int]] = NAMED, nameless=NAMELESS) -> pa.Table:
    """Linked, waiting and unlinked; of those not linked half wait."""
    shares = []
    for rows, apart in ((named, "with names"), (nameless, "without names")):
        for breakdown, category, records, linked in rows:
            open_ones = records - linked
            counts = {
                "records_linked": linked, "records_in_review": open_ones // 2, "records_unlinked": open_ones - open_ones // 2,
            }  # fmt: skip
            shares += [Share(name, f"{breakdown}, {apart}", category, count, records) for name, count in counts.items()]
    return share_rows(shares, AS_AT)


def estimates() -> pa.Table:
    """Precision and recall of the area and of two groups."""
    shares = [
        Share("estimated_from_judgements", "all", "all", 300),
        Share("estimated_precision", "all", "all", 190, 200),
        Share("estimated_recall", "all", "all", 180, 190),
        Share("estimated_from_judgements", "ethnic_category", "N", 100),
        Share("estimated_precision", "ethnic_category", "N", 40, 100),
        Share("estimated_precision", "gender", "2", 10, 10),
        Share("estimated_recall", "names", "with names", 100, 100),
    ]
    return share_rows(shares, AS_AT)


def weight_bins(*rows: tuple[float, int | None, int | None, int | None], review=0.0, accept=8.0) -> pa.Table:
    """Rows of bin_from, linked, review, unlinked; the bins are a bit wide."""
    rows = rows or ((-1.0, 0, 0, 40), (0.0, 0, 30, 0), (7.0, 0, None, 0), (8.0, 20, 10, 0), (9.0, 300, 0, 0))
    told = [
        {
            "bin_from": start, "bin_to": start + 1, "linked": linked, "review": waiting, "unlinked": unlinked,
            "review_weight": review, "accept_weight": accept,
        }
        for start, linked, waiting, unlinked in rows
    ]  # fmt: skip
    return pa.Table.from_pylist(told, schema=WeightBin.arrow_schema())
