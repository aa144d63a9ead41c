"""Code lists as extracts spell them: every known spelling of a value, and the one we keep.

A list is named `admission_method` (a table in `schemas/reference/`), `cld:Service_Type` (one field of Client Level Data,
either release's wording, kept in Release 2 wording) or `gender` (a list in `pipelines/reference/extract_codes.csv`, which
also adds spellings to the others).
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.code_lists import fold, load, load_client_level, names

EXTRACT_CODES = Path(__file__).parent.parent / "reference" / "extract_codes.csv"
CLIENT_LEVEL = "cld:"


@dataclass(frozen=True)
class Spellings:
    """`kept`: folded spelling to the spelling we keep."""

    name: str
    kept: Mapping[str, str]

    def find(self, value: str) -> str | None:
        """The spelling we keep, or None where the value is in no list."""
        return self.kept.get(fold(value))


@functools.cache
def code_list(name: str) -> Spellings:
    """The list of that name. Raises `KeyError` where there is none."""
    kept: dict[str, str] = {}
    for spelling, value in (*_listed(name), *_own(name.removeprefix(CLIENT_LEVEL))):
        kept.setdefault(fold(spelling), value)
    if not kept:
        raise KeyError(name)
    for value in [value for value in kept.values() if value.isdigit() and value.strip("0")]:
        kept.setdefault(value.lstrip("0"), value)  # a spreadsheet drops the zero in front
    return Spellings(name, kept)


def _listed(name: str) -> Iterator[tuple[str, str]]:
    if name.startswith(CLIENT_LEVEL):
        listed = load_client_level(name.removeprefix(CLIENT_LEVEL))
        yield from listed.codes.items()
        yield from ((value, value) for value in listed.codes.values())
    elif name in names():
        yield from ((code, code) for code in load(name).codes)


def _own(name: str) -> Iterator[tuple[str, str]]:
    for row in _own_rows():
        if row["list"] == name:
            yield row["code"], row["code"]
            yield from ((also, row["code"]) for also in row["also"].split("|") if also)


@functools.cache
def _own_rows() -> tuple[dict[str, str], ...]:
    with EXTRACT_CODES.open(encoding="utf-8", newline="") as lines:
        return tuple(csv.DictReader(lines))
