"""Code lists and reference tables of the floor, read once from `schemas/reference/`.

Codes compare case-folded and trimmed, because sources differ in both (Client Level Data changed its capitals between Release 1
and Release 2). A value that is in no list is for a data-quality table; it is never turned into another.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from schemas.distinct import map_distinct
from schemas.errors import CaselinkError

REFERENCE = Path(__file__).parent / "reference"
MEANING_COLUMNS = ("meaning", "short_meaning")
ANYTHING_AFTER = "%"  # a code ending so stands for every value that begins with what goes before it


def fold(text: str) -> str:
    """How codes are compared: trimmed, runs of blanks as one, without regard to case."""
    return " ".join(text.split()).casefold()


@dataclass(frozen=True)
class CodeList:
    """A list of codes with their meanings, in the list's own order and spelling.

    `source` is the line of `reference/SOURCES.md`; `partial` says that the list is known to lack values, so that an unknown
    one is worth counting but not worth refusing.
    """

    name: str
    codes: Mapping[str, str]
    source: str
    partial: bool = False
    _folded: Mapping[str, str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep the folded spellings beside the codes; of two that fold alike the first counts."""
        object.__setattr__(self, "_folded", MappingProxyType({fold(code): code for code in reversed(list(self.codes))}))

    def find(self, value: str) -> str | None:
        """The list's spelling of `value`, or None where it is not in the list."""
        folded = fold(value)
        if folded in self._folded:
            return self._folded[folded]
        prefixes = (code for code in self.codes if code.endswith(ANYTHING_AFTER))
        return next((code for code in prefixes if folded.startswith(fold(code[:-1]))), None)

    def known(self, values: Any) -> Any:
        """Whether each value of an Arrow column is in the list; null stays null."""
        return map_distinct(values, lambda value: self.find(value) is not None, pa.bool_())

    def spelled(self, values: Any) -> Any:
        """Each value of an Arrow column in the list's spelling; null where it is not in the list, or is null."""
        return map_distinct(values, self.find)


@functools.cache
def reference_rows(name: str) -> tuple[Mapping[str, str], ...]:
    """Rows of `reference/<name>.csv`, every value as text. Raises `CaselinkError` `E-REFERENCE-NAME` for another name."""
    path = REFERENCE / f"{name}.csv"
    if not path.is_file():
        raise CaselinkError("E-REFERENCE-NAME", f"there is no reference table {name}.", cure=f"one of: {', '.join(names())}")
    with path.open(encoding="utf-8", newline="") as lines:
        return tuple(MappingProxyType(row) for row in csv.DictReader(lines))


def names() -> list[str]:
    """Names of the reference tables."""
    return sorted(path.stem for path in REFERENCE.glob("*.csv"))


@functools.cache
def source_of(name: str) -> str:
    """Where a reference table comes from: its line in `reference/SOURCES.md`."""
    sources = (REFERENCE / "SOURCES.md").read_text(encoding="utf-8")
    found = re.search(rf"^\| {re.escape(name)}\.csv \| (.+?) \|", sources, re.MULTILINE)
    if found is None:
        raise CaselinkError("E-REFERENCE-SOURCE", f"reference table {name} has no line in SOURCES.md.")
    return found.group(1)


@functools.cache
def load(name: str) -> CodeList:
    """The list `reference/<name>.csv`: its first column is the code, `meaning` or `short_meaning` what it says.

    Raises `CaselinkError` where there is no such list, or the table is not a list of codes.
    """
    rows = reference_rows(name)
    code = next(iter(rows[0]))
    meaning = next((column for column in MEANING_COLUMNS if column in rows[0]), None)
    if meaning is None:
        raise CaselinkError("E-REFERENCE-LIST", f"reference table {name} is not a list of codes.", cure="read its rows instead")
    return CodeList(name, MappingProxyType({row[code]: row[meaning] for row in rows}), source_of(name))


@functools.cache
def load_client_level(field_name: str) -> CodeList:
    """Values of one Client Level Data field in both releases; the meaning is the Release 2 value where it is known.

    Raises `CaselinkError` `E-REFERENCE-FIELD` for a field of which no values are held.
    """
    rows = [row for row in reference_rows("cld_codes") if fold(row["field"]) == fold(field_name)]
    if not rows:
        fields = sorted({row["field"] for row in reference_rows("cld_codes")})
        raise CaselinkError(
            "E-REFERENCE-FIELD", f"no values are held of the field {field_name}.", cure=f"one of: {', '.join(fields)}"
        )
    codes = {row["value"]: row["release_2_value"] or row["value"] for row in rows}
    partial = any("partial" in row["status"] for row in rows)
    return CodeList(f"cld_codes:{rows[0]['field']}", MappingProxyType(codes), source_of("cld_codes"), partial)


def to_release_2(field_name: str, values: Any) -> Any:
    """Client Level Data values in Release 2 wording and capitals, whichever release they came in.

    A value whose Release 2 wording is not known keeps the list's own spelling; one that is in no list is trimmed and otherwise
    left as it is, to be counted. Null stays null, blank becomes null.
    """
    listed = load_client_level(field_name)

    def reworded(value: str) -> str | None:
        code = listed.find(value)
        if code is None or code.endswith(ANYTHING_AFTER):
            return value.strip() or None
        return listed.codes[code]

    return map_distinct(values, reworded)
