"""Aggregates over a person's rows of `use_by_type`."""

from __future__ import annotations

import narwhals as nw

from schemas.activity_types import SERVICES


def of_service(service: str) -> nw.Expr:
    """Rows that belong to a service."""
    return nw.col("activity_type").is_in(SERVICES[service])


def total(column: str, rows: nw.Expr) -> nw.Expr:
    """Sum of a column over some of a person's rows; null where there are none."""
    return nw.when(rows).then(nw.col(column)).sum().cast(nw.Int64)
