"""Lock 2: every text of a table is read before the table may stand outside the identifiable zone.

Columns are known by their names. A column of codes may hold SNOMED CT identifiers, ten digits of which some pass for NHS
numbers; a dated column may speak of dates. Everything else may hold no NHS number, postcode, e-mail address, telephone or
national insurance number, person id, or full date: dates belong in date columns, and a date in a text is a birthday until
the column is declared here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from governance.detectors import CANDIDATE, PSEUDONYM, plain, rules_found
from governance.keys import Domain
from schemas.activity_types import ACTIVITY_ATTRIBUTES
from schemas.errors import ZoneError
from schemas.table import Rows, T
from schemas.zones import Zone, is_identifier

CODED = frozenset({"codes", "provider_code", "gp_practice_code", "lsoa_code"}) | {
    field.name for field in ACTIVITY_ATTRIBUTES if pa.types.is_string(field.type)
}
# Versions carry their day; `category` and `message` are words of the aggregate zone about periods and feeds.
DATED = frozenset({"version", "model_version", "category", "message"})
RUN_NAMES = frozenset({"run_id", "parent"})  # hex digits: they may look like a person's id, or hold ten digits in a row

SAMPLE_ROWS = 10_000  # from so many rows it is judged whether a column repeats itself
NUMBERS = (1_000_000_000, 10_000_000_000)
FEW_NUMBERS = 3


@dataclass(frozen=True, order=True)
class Finding:
    """A column, the rule it breaks, and how many distinct values break it. Never a value."""

    column: str
    rule: str
    values: int


def scan_strings(table: pa.Table, *, name: str = "table", coded: Collection[str] = (), dated: Collection[str] = ()) -> None:
    """Refuse a table that holds an identifier: `ZoneError` `E-ZONE-VALUE` naming table, column, rule and count.

    `coded` and `dated` name further columns (the last part of a nested column's name) of codes and of texts with dates.
    """
    findings = find_identifiers(table, coded=coded, dated=dated)
    if findings:
        first, more = findings[0], len(findings) - 1
        raise ZoneError(
            "E-ZONE-VALUE",
            f"{name}: column {first.column} breaks the rule `{first.rule}` with {first.values} distinct values"
            + (f"; {more} more findings." if more else "."),
            cure="remove the identifier where the column is made; a column of codes or dates is declared in governance/wall.py",
        )


def find_identifiers(table: pa.Table, *, coded: Collection[str] = (), dated: Collection[str] = ()) -> list[Finding]:
    """Everything lock 2 has against a table: texts at any depth of lists and structs, ten-digit numbers, columns' names."""
    findings: set[Finding] = set()
    for column in table.column_names:
        for path, values in _leaves(column, table[column]):
            last = path.rsplit(".", 1)[-1]
            if is_identifier(last):
                findings.add(Finding(path, "identifier column", 1))
            allowed = _allowed(last, dated)
            for rule, count in _rules(values, coded=last in CODED or last in coded).items():
                if rule not in allowed:
                    findings.add(Finding(path, rule, count))
    return sorted(findings)


def check_crossing(kind: type[T], rows: pa.Table) -> Rows[T]:
    """Rows as they may be committed outside the identifiable zone: validated, scanned, without schema metadata.

    Raises `ZoneError` `E-ZONE-SHELF` for a table of the identifiable zone, and what `validate` and `scan_strings` raise.
    """
    if kind.zone is Zone.IDENTIFIABLE:
        raise ZoneError("E-ZONE-SHELF", f"{kind.__name__} belongs in the vault.")
    checked = kind.validate(rows).replace_schema_metadata(None)
    scan_strings(checked, name=kind.__name__)
    return checked  # type: ignore[no-any-return]


def check_domain(table: pa.Table, domain: Domain, *, name: str = "table", column: str = "pseudonym") -> None:
    """Refuse a recipient's table that holds a pseudonym of another domain: `ZoneError` `E-ZONE-DOMAIN`."""
    theirs = pc.match_substring_regex(table[column], f"^{domain.tag}-[0-7][0-9A-HJKMNP-TV-Z]{{26}}$")
    strange = pc.sum(pc.invert(theirs)).as_py() or 0
    if strange:
        raise ZoneError("E-ZONE-DOMAIN", f"{name}: {strange} rows hold a pseudonym that is not of {domain.tag}.")


def _allowed(column: str, dated: Collection[str]) -> set[str]:
    allowed = {"date"} if column in DATED or column in dated else set()
    return allowed | ({"person id", "NHS number"} if column in RUN_NAMES else set())


def _leaves(path: str, values: Any) -> Iterator[tuple[str, Any]]:
    """Every simple column inside a column, with its dotted name."""
    kind = values.type
    if pa.types.is_struct(kind):
        for place, field in enumerate(kind):
            yield from _leaves(f"{path}.{field.name}", pc.struct_field(values, [place]))
    elif pa.types.is_map(kind):
        for chunk in values.chunks:
            yield from _leaves(f"{path}.key", pa.chunked_array([chunk.keys]))
            yield from _leaves(f"{path}.value", pa.chunked_array([chunk.items]))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        yield from _leaves(path, pc.list_flatten(values))
    elif pa.types.is_dictionary(kind):
        yield from _leaves(path, pa.chunked_array([chunk.dictionary for chunk in values.chunks], kind.value_type))
    else:
        yield path, values


def _rules(values: Any, *, coded: bool) -> dict[str, int]:
    """Rules broken by a simple column, with the number of distinct values that break each."""
    kind = values.type
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return {"bytes": len(values)} if values.null_count < len(values) else {}
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _numbers(values)
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)):
        return {}
    counts: dict[str, int] = {}
    for text in _suspects(values.cast(pa.string())):
        for rule in rules_found(text, coded=coded):
            counts[rule] = counts.get(rule, 0) + 1
    return counts


def _suspects(values: Any) -> list[str]:
    """Distinct values that could hold an identifier."""
    sample = values.slice(0, SAMPLE_ROWS)
    if pc.count_distinct(sample).as_py() < len(sample) / 2:
        values = pc.unique(values)
    strange = pc.fill_null(pc.match_substring_regex(values, "[^\\x00-\\x7f]"), False)
    values = pa.chunked_array([*_chunks(values.filter(pc.invert(strange))), *_chunks(plain(values.filter(strange)))], pa.string())
    values = values.filter(pc.match_substring_regex(values, CANDIDATE))
    ours = pc.match_substring_regex(values, f"^{PSEUDONYM}$")
    return [str(text) for text in pc.unique(values.filter(pc.invert(ours))).to_pylist()]


def _chunks(values: Any) -> list[Any]:
    return list(values.chunks) if isinstance(values, pa.ChunkedArray) else [values]


def _numbers(values: Any) -> dict[str, int]:
    """NHS numbers stored as numbers: most of a column's ten-digit values pass modulus 11, of others one in eleven does."""
    least, most = pc.min_max(values).as_py().values()
    if most is None or not most >= NUMBERS[0] or not least < NUMBERS[1]:
        return {}
    numbers = pc.unique(values).drop_null().to_numpy(zero_copy_only=False).astype(np.float64)
    whole = numbers[(numbers >= NUMBERS[0]) & (numbers < NUMBERS[1]) & (numbers == np.floor(numbers))].astype(np.int64)
    digits = whole[:, None] // 10 ** np.arange(9, -1, -1) % 10
    passing = int((digits @ np.array([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]) % 11 == 0).sum())
    return {"NHS number": passing} if passing >= FEW_NUMBERS and passing * 2 > len(whole) else {}
