"""One row per person as a source knows them, from rows that repeat her."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pipelines.extracts.layout import GIVEN, KIND, LOCAL_ID, SEQUENCE, FieldType, TableLayout
from schemas.code_lists import load

LATEST_WITH_NUMBER = 1 << 60  # rows that carry a usable NHS number outrank later ones that do not


def latest_rows(frame: nw.LazyFrame[Any], layout: TableLayout) -> nw.LazyFrame[Any]:
    """Of a full list: each person's latest row, whole. What it leaves empty is empty."""
    return latest(_person_columns(frame, layout), LOCAL_ID)


def latest_values(frame: nw.LazyFrame[Any], layout: TableLayout) -> nw.LazyFrame[Any]:
    """Of event rows: for each person the latest value of every column, rows that leave it empty passed over.

    The kind and the status of the NHS number come from the row that gave the number. Digits that fail the check are kept only
    where no row gave one.
    """
    people = _person_columns(frame, layout)
    names = [name for name in people.collect_schema().names() if name not in (LOCAL_ID, SEQUENCE)]
    variants = people.group_by(LOCAL_ID, *names).agg(nw.col(SEQUENCE).max())  # few: people change less often than they come
    ranked = variants.with_columns(_rank(name, names).alias(f"_when_{name}") for name in names)
    found = ranked.group_by(LOCAL_ID).agg(
        nw.col(SEQUENCE).max(), *(nw.col(name).last(order_by=f"_when_{name}").alias(name) for name in names)
    )
    if "nhs_number_given" not in names:
        return found
    return found.with_columns(nhs_number_given=nw.when(nw.col("nhs_number").is_null()).then(nw.col("nhs_number_given")))


def _rank(name: str, names: list[str]) -> nw.Expr:
    order = nw.when(~nw.col(name).is_null()).then(nw.col(SEQUENCE))
    if name not in ("nhs_number_kind", "nhs_number_status") or "nhs_number" not in names:
        return order
    missing = nw.col("nhs_number_kind") == "missing"
    with_number = nw.when(~nw.col("nhs_number").is_null() & ~nw.col(name).is_null()).then(nw.col(SEQUENCE) + LATEST_WITH_NUMBER)
    without = nw.when(missing).then(nw.lit(-1)).otherwise(order) if name == "nhs_number_kind" else order
    return nw.coalesce(with_number, without)


def _person_columns(frame: nw.LazyFrame[Any], layout: TableLayout) -> nw.LazyFrame[Any]:
    columns = [nw.col(item.name).alias(item.person) for item in layout.fields if item.person]
    columns += [
        nw.col(item.name + suffix).alias(name)
        for item in layout.fields
        if item.type is FieldType.NHS_NUMBER and item.person == "nhs_number"
        for suffix, name in ((KIND, "nhs_number_kind"), (GIVEN, "nhs_number_given"))
    ]
    return frame.filter(~nw.col(LOCAL_ID).is_null()).select(LOCAL_ID, SEQUENCE, *columns)


def latest(frame: nw.LazyFrame[Any], *key: str) -> nw.LazyFrame[Any]:
    """Of rows that say the same thing again, the one delivered last. A refresh replaces what it repeats."""
    last = frame.group_by(*key).agg(nw.col(SEQUENCE).max()).select(SEQUENCE)
    return frame.join(last, on=SEQUENCE, how="inner")


def without_default_practice(code: nw.Expr) -> nw.Expr:
    """Null for the codes that stand for no practice: V81997, V81998, V81999."""
    return nw.when(~code.is_in(sorted(load("gp_practice_default_codes").codes))).then(code)
