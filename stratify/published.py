"""The published code lists and weights this room ships, read once from `stratify/reference/`."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent / "reference"


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of `reference/<name>.csv` as text by column; sources are in `reference/sources.md`."""
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
