"""People as columns of whole numbers: equal values have equal codes, -1 is missing, and every comparison is arithmetic."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import NONE, Truth, Whole
from linkage.dates import birth_dates

# Columns of names share one list of values, so that a given name can be found in the place of a family name.
NAME_COLUMNS = {
    "given": "given_name", "given_first": "given_first", "other_given": "other_given_name", "alias": "alias",
    "family": "family_name", "family_first": "family_first", "family_last": "family_last",
    "previous_family": "previous_family_name",
}  # fmt: skip
POSTCODE_COLUMNS = {"postcode": "postcode", "previous_postcode": "previous_postcode"}
OTHER_COLUMNS = {
    "outward": "outward", "sector": "sector", "practice": "gp_practice_code", "gender": "gender", "number": "nhs_number"
}  # fmt: skip


@dataclass(frozen=True)
class People:
    """One entry per record in every column.

    `birth` is the date of birth where at least the year is known, `full_birth` where all of it is; `year_day` its year and day
    of the month. `practice` is the general practice; `verified` says that the number's status is 01.
    """

    number: Whole
    given: Whole
    given_first: Whole
    other_given: Whole
    alias: Whole
    family: Whole
    family_first: Whole
    family_last: Whole
    previous_family: Whole
    birth: Whole
    full_birth: Whole
    year: Whole
    month: Whole
    day: Whole
    year_day: Whole
    gender: Whole
    postcode: Whole
    previous_postcode: Whole
    outward: Whole
    sector: Whole
    practice: Whole
    verified: Truth
    protected: Truth

    def __len__(self) -> int:
        """How many records."""
        return len(self.number)

    def take(self, rows: Whole | Truth) -> People:
        """The records in `rows`, in that order."""
        return replace(self, **{field.name: getattr(self, field.name)[rows] for field in fields(self)})


def encode(standardised: pa.Table) -> tuple[People, list[str]]:
    """People in the order of the standardised records, and the names by code."""
    names, name_codes = _codes(standardised, NAME_COLUMNS)
    columns = {**name_codes, **_codes(standardised, POSTCODE_COLUMNS)[1]}
    for field, name in OTHER_COLUMNS.items():
        columns.update(_codes(standardised, {field: name})[1])
    dates = birth_dates(standardised["date_of_birth"])
    people = People(
        **columns,
        birth=dates.code,
        full_birth=np.where(dates.is_full, dates.code, NONE),
        year=dates.year,
        month=dates.month,
        day=dates.day,
        year_day=np.where(dates.is_full, dates.year * 32 + dates.day, NONE),
        verified=standardised["number_verified"].to_numpy(),
        protected=standardised["protected"].to_numpy(),
    )
    return people, names


def _codes(table: pa.Table, columns: dict[str, str]) -> tuple[list[str], dict[str, Whole]]:
    """Codes of several columns over one sorted list of their values."""
    chunks = [chunk for name in columns.values() for chunk in table[name].chunks]
    values = pa.chunked_array(chunks, pa.string()).unique().drop_null()
    values = values.take(pc.sort_indices(values))
    return values.to_pylist(), {field: _positions(table[name], values) for field, name in columns.items()}


def _positions(column: Any, values: Any) -> Whole:
    found = pc.fill_null(pc.index_in(column, value_set=values, skip_nulls=True), NONE)
    return np.asarray(found.to_numpy(), dtype=np.int64)
