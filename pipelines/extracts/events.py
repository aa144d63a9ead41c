"""Activity rows from a source's own columns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import narwhals as nw
import pyarrow as pa

from pipelines.extracts.layout import AS_AT, LOCAL_ID, TableLayout
from schemas.activity_types import ACTIVITY_ATTRIBUTES

SEEN = ("5", "6")  # ATTENDED OR DID NOT ATTEND CODE, ATTENDANCE STATUS: attended on time; late, but was seen

NARWHALS_TYPES: dict[pa.DataType, Any] = {
    pa.string(): nw.String,
    pa.date32(): nw.Date,
    pa.int64(): nw.Int64,
    pa.float64(): nw.Float64,
    pa.bool_(): nw.Boolean,
}
NO_TEXT = nw.lit(None).cast(nw.String)
NO_DATE = nw.lit(None).cast(nw.Date)
NO_PENCE = nw.lit(None).cast(nw.Int64)


def activity(
    frame: nw.LazyFrame[Any],
    kind: str | nw.Expr,
    start: str | nw.Expr,
    end: str | nw.Expr = NO_DATE,
    *,
    provider: str | nw.Expr = NO_TEXT,
    codes: str | nw.Expr = NO_TEXT,
    cost: str | nw.Expr = NO_PENCE,
    cost_source: str | None = None,
    attributes: Mapping[str, str | nw.Expr] | None = None,
) -> nw.LazyFrame[Any]:
    """Activity columns (all but `source`). `kind` as text is an activity type; every other text names a column.

    `codes` is a text of codes joined by `|`. `cost_source` is what a cost, where there is one, came from.
    """
    pence = _expression(cost)
    source = nw.when(~pence.is_null()).then(nw.lit(cost_source)) if cost_source is not None else NO_TEXT
    return frame.select(
        local_patient_id=nw.col(LOCAL_ID),
        activity_type=nw.lit(kind) if isinstance(kind, str) else kind,
        start_date=_expression(start),
        end_date=_expression(end),
        provider_code=_expression(provider),
        codes=split_codes(_expression(codes)),
        cost_pence=pence,
        cost_source=source,
        attributes=_attributes(attributes or {}),
        _as_at=nw.col(AS_AT),
    )


def split_codes(codes: nw.Expr) -> nw.Expr:
    """Codes joined by `|` as a list; an empty list where there are none."""
    return nw.when(codes.is_null()).then(nw.lit([], dtype=nw.List(nw.String))).otherwise(codes.str.split("|"))


def _attributes(given: Mapping[str, str | nw.Expr]) -> nw.Expr:
    known = {item.name for item in ACTIVITY_ATTRIBUTES}
    for name in given:
        if name not in known:
            raise TypeError(f"ACTIVITY_ATTRIBUTES has no key {name}")
    filled = [(item, _expression(given.get(item.name, nw.lit(None)))) for item in ACTIVITY_ATTRIBUTES]
    return nw.struct([value.cast(NARWHALS_TYPES[item.type]).alias(item.name) for item, value in filled])


def _expression(value: str | nw.Expr) -> nw.Expr:
    return nw.col(value) if isinstance(value, str) else value


def was_seen(layout: TableLayout, column: str) -> nw.Expr:
    """Whether a contact took place: code 5 or 6; no code only where the layout's column says that it counts as seen."""
    seen = nw.col(column).is_in(SEEN)
    return nw.col(column).is_null() | seen if layout.field(column).empty_is_seen else seen


def days_between(start: str | nw.Expr, end: str | nw.Expr) -> nw.Expr:
    """Whole days from one date column to another."""
    return (_expression(end) - _expression(start)).cast(nw.Int64)


def earlier(one: nw.Expr, other: nw.Expr) -> nw.Expr:
    """The earlier of two dates; null only where both are."""
    return nw.when(one.is_null() | (other < one)).then(other).otherwise(one)
