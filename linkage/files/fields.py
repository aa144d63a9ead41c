"""Which columns of two files are compared, and as what: some are known by name, any other is `name:exact` or `name:text`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import ConfigurationError

RECORD_ID = "record_id"
NAME, DATE, GENDER, POSTCODE, ADDRESS, NHS_NUMBER, EXACT, TEXT = (
    "name", "date", "gender", "postcode", "address", "nhs_number", "exact", "text",
)  # fmt: skip

# Columns known by name, in the order in which they are compared.
CANONICAL = {
    "given_name": NAME,
    "family_name": NAME,
    "date_of_birth": DATE,
    "gender": GENDER,
    "postcode": POSTCODE,
    "address": ADDRESS,
    "nhs_number": NHS_NUMBER,
}
DECLARED = (EXACT, TEXT)
IN_WORDS = {
    NAME: "a name", DATE: "a date", GENDER: "a gender", POSTCODE: "a postcode", ADDRESS: "an address",
    NHS_NUMBER: "an NHS number", EXACT: "a code", TEXT: "a text",
}  # fmt: skip
# Of fewer records one value throughout may be chance.
FEWEST_TO_JUDGE = 20


@dataclass(frozen=True)
class FileField:
    """One column to compare, and what kind of value it holds."""

    name: str
    kind: str


def parse_fields(text: str) -> tuple[FileField, ...]:
    """Fields from `given_name,postcode,ward:exact`.

    Raises `ConfigurationError` `E-LINK-FIELD` for a name that is not known and has no kind, an unknown kind, a name given twice.
    """
    fields = tuple(_field(part.strip()) for part in text.split(",") if part.strip())
    if not fields:
        raise refused_fields("no field is named")
    if len({field.name for field in fields}) < len(fields):
        raise refused_fields("a field is named twice")
    return fields


def fields_of(tables: Sequence[pa.Table]) -> tuple[FileField, ...]:
    """Every canonical column that all the tables have."""
    return tuple(FileField(name, kind) for name, kind in CANONICAL.items() if all(name in table.column_names for table in tables))


def check_fields(fields: Sequence[FileField], tables: Sequence[pa.Table]) -> None:
    """Refuse (`ConfigurationError` `E-LINK-FIELD`) a field that a table has no column for, and having no field at all."""
    if not fields:
        raise refused_fields("the files share no column that is known by name")
    for side, table in zip(("left", "right"), tables, strict=False):
        for field in fields:
            if field.name not in table.column_names:
                raise refused_fields(f"the {side} file has no column {field.name}")


def useful_fields(fields: Sequence[FileField], tables: Sequence[pa.Table]) -> tuple[tuple[FileField, ...], tuple[str, ...]]:
    """The fields that can tell one person from another, and a note on each of the others: empty, or one value throughout.

    Raises `ConfigurationError` `E-LINK-FIELD` where none is left although there are records on both sides.
    """
    if not all(len(table) for table in tables):
        return tuple(fields), ()
    faults = {field: _fault(field, tables) for field in fields}
    useful = tuple(field for field in fields if not faults[field])
    if not useful:
        raise refused_fields("every field is empty on one side or holds one value throughout")
    return useful, tuple(f"{field.name} is not used: {fault}" for field, fault in faults.items() if fault)


def _fault(field: FileField, tables: Sequence[pa.Table]) -> str:
    columns = [table[field.name] for table in tables]
    if any(column.null_count == len(column) for column in columns):
        return "it is empty in one of the files" if len(tables) > 1 else "it is empty"
    whole = pa.chunked_array([chunk for column in columns for chunk in column.chunks], pa.string())
    if len(whole) >= FEWEST_TO_JUDGE and pc.count_distinct(whole).as_py() == 1:
        return "it holds one value throughout"
    return ""


def _field(text: str) -> FileField:
    name, _, kind = (part.strip() for part in text.partition(":"))
    if not kind and name in CANONICAL:
        return FileField(name, CANONICAL[name])
    if kind in DECLARED and name and name != RECORD_ID:
        return FileField(name, kind)
    raise refused_fields(f"{name or 'a field'} is not known by name" + (f", and {kind} is no kind" if kind else ""))


def refused_fields(fault: str) -> ConfigurationError:
    """The error that says what is wrong with the fields."""
    return ConfigurationError(
        "E-LINK-FIELD",
        f"fields to link by: {fault}.",
        cure=f"name columns out of {', '.join(CANONICAL)}, and any other as name:exact or name:text",
    )
