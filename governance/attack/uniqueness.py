"""How many people are alone with what is known of them: k-anonymity of a recipient's row-level table.

Quasi-identifiers are what somebody may know of a person from elsewhere: about how old, where she lives, which practice. Rows that
agree in all of them are a class. `k` is the size of the smallest class (Sweeney 2002); a person in a class of one is unique: who
knows that much of her knows which row is hers, and reads all the rest of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc


@dataclass(frozen=True)
class Uniqueness:
    """Of one table: rows, the columns that were taken for known, the smallest class, and shares of rows, from 0 to 1."""

    recipient: str
    table: str
    rows: int
    columns: tuple[str, ...]
    k: int
    unique_share: float
    below_k_share: float


def uniqueness(table: pa.Table, quasi_identifiers: Sequence[str], *, recipient: str, name: str, below: int) -> Uniqueness:
    """How unique rows are by those quasi-identifiers that the table has; a missing value counts as a value of its own.

    `below`: a class smaller than this is small. An empty table has `k` 0 and no share.
    """
    columns = tuple(each for each in quasi_identifiers if each in table.column_names)
    sizes = class_sizes(table, columns)
    rows = max(table.num_rows, 1)
    return Uniqueness(
        recipient=recipient,
        table=name,
        rows=table.num_rows,
        columns=columns,
        k=min(sizes, default=0),
        unique_share=sum(size for size in sizes if size == 1) / rows,
        below_k_share=sum(size for size in sizes if size < below) / rows,
    )


def class_sizes(table: pa.Table, columns: Sequence[str]) -> list[int]:
    """The size of every class; without a column to tell rows apart they are one class."""
    if not columns:
        return [table.num_rows] if table.num_rows else []
    sizes: list[int] = table.group_by(list(columns)).aggregate([([], "count_all")])["count_all"].to_pylist()
    return sizes


def uniquely_joined(one: pa.Table, other: pa.Table, quasi_identifiers: Sequence[str]) -> tuple[tuple[str, ...], float]:
    """The columns that both tables have, and the share of `one`'s rows that fit exactly one row of `other`, and it them alone.

    It is what an intruder with both files would join by, right or wrong; 0 where `one` has no rows or no column is shared.
    """
    columns = tuple(each for each in quasi_identifiers if each in one.column_names and each in other.column_names)
    if not columns or not one.num_rows:
        return columns, 0.0
    alone = [_alone(table, columns) for table in (one, other)]
    return columns, len(alone[0] & alone[1]) / one.num_rows


def _alone(table: pa.Table, columns: Sequence[str]) -> set[tuple[object, ...]]:
    """The values of rows that are alone with them, as words; 3 and 3.0 are one value."""
    numbers = {name for name in columns if pa.types.is_integer(table.schema.field(name).type)}
    table = pa.table({name: pc.cast(table[name], pa.float64()) if name in numbers else table[name] for name in columns})
    counted = table.group_by(list(columns)).aggregate([([], "count_all")])
    rows = counted.filter(pc.equal(counted["count_all"], 1)).select(list(columns)).to_pylist()
    return {tuple(map(str, row.values())) for row in rows}
