"""Aggregates that features are made of, over a person's rows."""

from __future__ import annotations

import narwhals as nw

from schemas.activity_types import SERVICES


def of_type(*types: str) -> nw.Expr:
    """Rows of these activity types."""
    return nw.col("activity_type").is_in(types)


def of_service(service: str) -> nw.Expr:
    """Rows that belong to a service."""
    return of_type(*SERVICES[service])


def total(column: str, rows: nw.Expr) -> nw.Expr:
    """Sum of a column over some of a person's rows; null where there are none."""
    return nw.when(rows).then(nw.col(column)).sum().cast(nw.Int64)


def count(rows: nw.Expr) -> nw.Expr:
    """How many of a person's rows; a row of which the condition is not known does not count. Never null."""
    return nw.when(rows).then(nw.lit(1)).otherwise(nw.lit(0)).sum().cast(nw.Int64)


def amount(value: nw.Expr, rows: nw.Expr) -> nw.Expr:
    """Sum of whole numbers over some of a person's rows, 0 where there are none."""
    return nw.when(rows).then(value).otherwise(nw.lit(0)).sum().cast(nw.Int64)


def some(rows: nw.Expr) -> nw.Expr:
    """Whether any of a person's rows; a row of which the condition is not known is none. Never null."""
    return nw.when(rows).then(nw.lit(1)).otherwise(nw.lit(0)).max() == 1
