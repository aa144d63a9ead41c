"""Suppliers' column names to ours: the shipped presets, and the project's own on top of them.

[sus_apc.sus_apc]                         # [source.table]
"Patient NHS No" = "NEWNHSNO"             # a header, compared folded
"*.admission.date" = "ADMIDATE"           # any header whose dotted path ends so
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from pipelines.extracts.layout import Extract, TableLayout, fold
from schemas.errors import ConfigurationError

PRESETS = Path(__file__).parent.parent / "mappings"
ANY_PATH = "*."


@dataclass(frozen=True)
class ColumnNames:
    """Headers of one table that are known under other names: exact (folded) ones and ends of dotted paths."""

    exact: Mapping[str, str] = field(default_factory=dict)
    ends: Mapping[str, str] = field(default_factory=dict)

    def find(self, header: str) -> str | None:
        """Our name for a supplier's header; the longest end of a path wins."""
        if fold(header) in self.exact:
            return self.exact[fold(header)]
        path = "." + header.strip().lower()
        matching = [end for end in self.ends if path.endswith("." + end)]
        return self.ends[max(matching, key=len)] if matching else None

    def parts(self) -> list[tuple[str, str]]:
        """What it says, in a fixed order: part of the key of a converted file."""
        return sorted([*self.exact.items(), *((ANY_PATH + end, name) for end, name in self.ends.items())])


@dataclass(frozen=True)
class Mappings:
    """Every table's mapping, by (source, table)."""

    tables: Mapping[tuple[str, str], ColumnNames]

    def of(self, source: str, table: str) -> ColumnNames:
        """The mapping of one table; an empty one where nothing is mapped."""
        return self.tables.get((source, table), ColumnNames())


def load_mappings(folder: Path | None = None) -> Mappings:
    """The shipped presets, and then `folder`'s `*.toml`, whose lines win over them.

    Raises `ConfigurationError` where a file cannot be read, or names a source, table or column that no layout has.
    """
    exact: dict[tuple[str, str], dict[str, str]] = {}
    ends: dict[tuple[str, str], dict[str, str]] = {}
    files = [*sorted(PRESETS.glob("*.toml")), *(sorted(folder.glob("*.toml")) if folder is not None else [])]
    for path in files:
        for table, header, column in _lines(path):
            if header.startswith(ANY_PATH):
                ends.setdefault(table, {})[header.removeprefix(ANY_PATH).lower()] = column
            else:
                exact.setdefault(table, {})[fold(header)] = column
    tables = {table: ColumnNames(exact.get(table, {}), ends.get(table, {})) for table in {*exact, *ends}}
    return Mappings(MappingProxyType(tables))


def _lines(path: Path) -> Iterator[tuple[tuple[str, str], str, str]]:
    for source, tables in _read(path).items():
        extract = _known_extract(path, source)
        for table, columns in _section(path, source, tables).items():
            layout = _known_table(path, extract, table)
            for header, column in _section(path, f"{source}.{table}", columns).items():
                yield (extract.source, layout.name), header, _known_column(path, layout, column)


def _read(path: Path) -> dict[str, Any]:
    broken = ""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        broken = type(error).__name__
    except tomllib.TOMLDecodeError as error:
        broken = str(error)
    message = f"mappings/{path.name} cannot be read: {broken}."
    raise ConfigurationError("E-MAPPING-FILE", message, cure="write it as TOML, in UTF-8")


def _section(path: Path, name: str, value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(
            "E-MAPPING-SECTION",
            f"mappings/{path.name}: {name} is not a section.",
            cure='write [source.table] and below it "supplier column" = "OUR_COLUMN"',
        )
    return value


def _known_extract(path: Path, source: str) -> Extract:
    from pipelines.extracts import EXTRACTS

    known = {extract.source: extract for extract in EXTRACTS}
    return known[_nearest_or_raise(path, "source", (source, source), {name: name for name in known})]


def _known_table(path: Path, extract: Extract, table: str) -> TableLayout:
    known = {layout.name.lower(): layout for layout in extract.tables}
    published = {name: layout.name for name, layout in known.items()}
    return known[_nearest_or_raise(path, f"table of {extract.source}", (table, table.lower()), published)]


def _known_column(path: Path, layout: TableLayout, column: object) -> str:
    known = {fold(item.name): item.name for item in layout.fields}
    return known[_nearest_or_raise(path, f"column of {layout.name}", (str(column), fold(str(column))), known)]


def _nearest_or_raise(path: Path, what: str, name: tuple[str, str], known: Mapping[str, str]) -> str:
    """`name` as written and as compared; `known`: published names by the form in which they are compared."""
    written, compared = name
    if compared in known:
        return compared
    near = difflib.get_close_matches(compared, list(known), 1, 0.5)
    cure = f"did you mean {known[near[0]]}?" if near else f"one of: {', '.join(known.values())}"
    raise ConfigurationError("E-MAPPING-NAME", f"mappings/{path.name}: {written} is no {what}.", cure=cure)
