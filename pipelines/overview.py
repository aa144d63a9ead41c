"""Counts that may be said of a night outside the vault."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def reject_counts(rejects: pa.Table) -> pa.Table:
    """Source, rule and count of what lies in quarantine."""
    counted = rejects.group_by(["source", "rule"]).aggregate([([], "count_all")])
    named = counted.rename_columns({"count_all": "count"}).select(["source", "rule", "count"])
    return named.sort_by([("source", "ascending"), ("rule", "ascending")])


def review_counts(pairs: pa.Table) -> dict[str, int]:
    """Pairs that wait for a clerk, by reason."""
    return _counts(pairs["reason"])


def proposals_per_team(proposals: pa.Table) -> dict[str, int]:
    """People proposed, by team."""
    return _counts(proposals["team"].drop_null())


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    counted = {each["values"]: each["counts"] for each in pc.value_counts(column).to_pylist()}
    return dict(sorted(counted.items()))
