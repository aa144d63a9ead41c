"""What a table means, said once: zone, key, and a type, a description and a rule beside each column.

A table is a class; its columns are class attributes:

    class Link(Table):
        "One row per (source, local_patient_id)."
        zone = Zone.IDENTIFIABLE
        key = ("source", "local_patient_id")
        source = text("which extract", required=True)

Declaring an identifier in a pseudonymised or aggregate table raises `ZoneError` when the class is created: lock 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import CaselinkError, ZoneError
from schemas.zones import Zone, is_identifier

T = TypeVar("T", bound="Table")

if TYPE_CHECKING:

    class Rows(pa.Table, Generic[T]):
        """A `pyarrow.Table` that has passed `T.validate` or `T.filter`."""

else:

    class Rows:
        """At run time only the name of a type: `Rows[PersonRecord]` is a `pyarrow.Table`."""

        def __class_getitem__(cls, table: type) -> type:
            """Return `pyarrow.Table`, whatever the table type."""
            return pa.Table


@dataclass(frozen=True)
class Column:
    """One column: Arrow type, meaning, and the rules a value must keep."""

    type: pa.DataType
    description: str
    required: bool = False
    codes: frozenset[str] | None = None
    minimum: int | None = None
    digits: int | None = None

    def broken(self, values: pa.ChunkedArray) -> list[tuple[str, Any]]:
        """Rules that `values` break: pairs of rule name and a boolean mask of the rows that break it."""
        rules: list[tuple[str, Any]] = []
        if self.required:
            rules.append(("required", pc.is_null(values)))
        if self.codes is not None:
            known = pc.is_in(values, value_set=pa.array(sorted(self.codes), pa.string()), skip_nulls=True)
            rules.append(("code not in list", pc.and_(pc.invert(known), pc.is_valid(values))))
        if self.digits is not None:
            written = pc.and_(pc.ascii_is_decimal(values), pc.equal(pc.binary_length(values), self.digits))
            rules.append((f"not {self.digits} digits", pc.fill_null(pc.invert(written), False)))
        if self.minimum is not None:
            rules.append(("below minimum", pc.fill_null(pc.less(values, self.minimum), False)))
        return rules


def text(description: str, *, required: bool = False, codes: frozenset[str] | None = None, digits: int | None = None) -> Column:
    """A text column; identifiers and codes are always text. `digits`: so many and nothing else."""
    return Column(pa.string(), description, required, codes, digits=digits)


def date(description: str, *, required: bool = False) -> Column:
    """A calendar date without a time."""
    return Column(pa.date32(), description, required)


def whole(description: str, *, required: bool = False, minimum: int | None = None) -> Column:
    """A whole number (64 bits); money is whole pence."""
    return Column(pa.int64(), description, required, None, minimum)


def number(description: str, *, required: bool = False) -> Column:
    """A real number."""
    return Column(pa.float64(), description, required)


def flag(description: str, *, required: bool = False) -> Column:
    """True, false, or null where the source does not say."""
    return Column(pa.bool_(), description, required)


def texts(description: str) -> Column:
    """A list of texts; an empty list where there are none."""
    return Column(pa.list_(pa.string()), description)


class Filtered(NamedTuple):
    """What `Table.filter` answers: rows that keep every rule, and (row number, column, rule) of those that do not."""

    good: pa.Table
    rejects: pa.Table


REJECTED_ROW = pa.schema([("row", pa.int64()), ("column", pa.string()), ("rule", pa.string())])


class Table:
    """Base of every typed table. Subclasses give `zone`, `key` and their columns."""

    zone: ClassVar[Zone]
    key: ClassVar[tuple[str, ...]]
    order: ClassVar[tuple[str, ...]] = ()  # how rows lie where there is no unique key
    _columns: ClassVar[dict[str, Column]]

    def __init_subclass__(cls) -> None:
        """Lock 1: collect the columns and refuse an identifier outside the identifiable zone."""
        super().__init_subclass__()
        cls._columns = {name: value for name, value in vars(cls).items() if isinstance(value, Column)}
        if cls.zone is not Zone.IDENTIFIABLE:
            for name in cls._columns:
                if is_identifier(name):
                    raise ZoneError("E-ZONE-COLUMN", f"{cls.__name__}.{name} is an identifier in a {cls.zone} table.")
        missing = [name for name in cls.key if name not in cls._columns]
        if missing:
            raise TypeError(f"{cls.__name__}: key column {missing[0]} is not declared")

    @classmethod
    def columns(cls) -> dict[str, Column]:
        """Column name to `Column`, in declared order."""
        return dict(cls._columns)

    @classmethod
    def arrow_schema(cls) -> pa.Schema:
        """The Arrow schema a Parquet file of this table has."""
        return pa.schema([(name, column.type) for name, column in cls._columns.items()])

    @classmethod
    def empty(cls: type[T]) -> Rows[T]:
        """No rows, the right columns."""
        return cls.arrow_schema().empty_table()  # type: ignore[no-any-return]

    @classmethod
    def conform(cls, table: pa.Table) -> pa.Table:
        """Columns in declared order and type; absent optional columns become null, undeclared ones are dropped.

        Raises `CaselinkError` `E-TABLE-COLUMN` where a required column is absent or a type cannot be cast.
        """
        arrays = []
        for name, column in cls._columns.items():
            if name in table.column_names:
                arrays.append(cls._cast(table[name], name, column))
            elif column.required:
                raise CaselinkError("E-TABLE-COLUMN", f"{cls.__name__} lacks the required column {name}.")
            else:
                arrays.append(pa.chunked_array([pa.nulls(table.num_rows, column.type)]))
        return pa.table(arrays, schema=cls.arrow_schema())

    @classmethod
    def _cast(cls, values: pa.ChunkedArray, name: str, column: Column) -> pa.ChunkedArray:
        if values.type == column.type:
            return values
        failed = False
        try:
            values = values.cast(column.type)
        except pa.ArrowException:
            failed = True  # raised below, outside the except block: Arrow's message holds the value
        if failed:
            raise CaselinkError("E-TABLE-TYPE", f"{cls.__name__}.{name} is {values.type}, not {column.type}.")
        return values

    @classmethod
    def filter(cls, table: pa.Table) -> Filtered:
        """Split into rows that keep every rule and named rejects (one per row: the first rule it breaks)."""
        table = cls.conform(table)
        rejects = []
        bad = pa.chunked_array([pa.repeat(pa.scalar(False), table.num_rows)])
        for name, column in cls._columns.items():
            for rule, mask in column.broken(table[name]):
                rows = pc.indices_nonzero(pc.and_(mask, pc.invert(bad)))
                rejects.append(_rejected(rows, name, rule))
                bad = pc.or_(bad, mask)
        rejected = pa.concat_tables([REJECTED_ROW.empty_table(), *rejects])
        return Filtered(table.filter(pc.invert(bad)) if rejected.num_rows else table, rejected)

    @classmethod
    def validate(cls: type[T], table: pa.Table) -> Rows[T]:
        """The same rows with this table's schema, or `CaselinkError` naming column, rule and count; keys are unique."""
        good, rejects = cls.filter(table)
        if rejects.num_rows:
            first = rejects.slice(0, 1).to_pylist()[0]
            raise CaselinkError(
                "E-TABLE-RULE",
                f"{cls.__name__}: {rejects.num_rows} rows break a rule, the first at row {first['row']}, "
                f"column {first['column']} ({first['rule']}).",
            )
        if cls.key and not cls.is_in_key_order(good):  # where it is, no key is repeated
            distinct = good.group_by(list(cls.key)).aggregate([]).num_rows
            if distinct != good.num_rows:
                raise CaselinkError("E-TABLE-KEY", f"{cls.__name__}: {good.num_rows - distinct} rows repeat a key.")
        return good  # type: ignore[no-any-return]

    @classmethod
    def is_in_key_order(cls, table: pa.Table) -> bool:
        """Whether each row's key is greater than that of the row before it."""
        one, other = table.slice(0, max(0, table.num_rows - 1)), table.slice(1)
        is_later, is_level = pa.scalar(False), pa.scalar(True)
        for name in cls.key:
            is_later = pc.or_(is_later, pc.and_(is_level, pc.less(one[name], other[name])))
            is_level = pc.and_(is_level, pc.equal(one[name], other[name]))
        answer: bool = pc.all(pc.fill_null(is_later, False), min_count=0).as_py()
        return answer

    @classmethod
    def sort(cls: type[T], table: pa.Table) -> Rows[T]:
        """Rows in key order: how every written table lies, so that the same night gives the same bytes.

        What lies so already is seen more quickly than it is sorted. Without a unique key the other columns break ties, lists and
        structs apart, which Arrow cannot order.
        """
        if cls.key and cls.is_in_key_order(table):
            return table  # type: ignore[no-any-return]
        names = list(cls.key or cls.order)
        if not cls.key:
            names += [name for name, column in cls._columns.items() if name not in names and not pa.types.is_nested(column.type)]
        return table.sort_by([(name, "ascending") for name in names])  # type: ignore[no-any-return]


def _rejected(rows: pa.Array, column: str, rule: str) -> pa.Table:
    count = len(rows)
    return pa.table(
        [rows.cast(pa.int64()), pa.repeat(pa.scalar(column), count), pa.repeat(pa.scalar(rule), count)],
        schema=REJECTED_ROW,
    )


@dataclass(frozen=True)
class TableRef:
    """All that an orchestrator may know of a table: where it lies by name, and a digest; never a value."""

    zone: str
    name: str
    run_id: str
    rows: int
    sha256: str
