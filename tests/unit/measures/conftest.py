"""Small drawn tables for the measures, as lazy frames over an embedded engine."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import narwhals as nw
import pyarrow as pa
import pytest

from schemas.pseudonymised import PseudonymisedActivity, PseudonymisedPerson


class Drawn:
    """People and events written as tuples."""

    def __init__(self) -> None:
        self.connection = duckdb.connect()

    def people(self, *rows: dict[str, Any]) -> nw.LazyFrame[Any]:
        told = [{"registered_from": dt.date(2015, 1, 1), **row} for row in rows]
        return self._lazy(pa.Table.from_pylist(told, schema=PseudonymisedPerson.arrow_schema()))

    def events(self, *rows: tuple[Any, ...]) -> nw.LazyFrame[Any]:
        """Rows of (pseudonym, activity_type, start, end, cost_pence, attributes, cost_source)."""
        names = ("pseudonym", "activity_type", "start_date", "end_date", "cost_pence", "attributes", "cost_source")
        told = [{**dict(zip(names, row, strict=False)), "codes": []} for row in rows]
        for row in told:
            for name in ("start_date", "end_date"):
                row[name] = dt.date.fromisoformat(row[name]) if row.get(name) else None
        return self._lazy(pa.Table.from_pylist(told, schema=PseudonymisedActivity.arrow_schema()))

    def _lazy(self, table: pa.Table) -> nw.LazyFrame[Any]:
        return nw.from_native(self.connection.from_arrow(table))


@pytest.fixture
def drawn() -> Drawn:
    return Drawn()


def figures(table: pa.Table, measure: str) -> dict[tuple[str, str], tuple[Any, Any]]:
    """{(category, organisation): (numerator, denominator)} of one measure."""
    rows = (row for row in table.to_pylist() if row["measure"] == measure)
    return {(row["category"], row["organisation"]): (row["numerator"], row["denominator"]) for row in rows}


@pytest.fixture(name="figures")
def _figures() -> Any:
    return figures
