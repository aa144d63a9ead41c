"""Short forms and spellings of one given name: BILL and WILLIAM, MOHAMMED and MUHAMMAD."""

from __future__ import annotations

import csv
import functools
from pathlib import Path

TABLE = Path(__file__).parent / "reference" / "nicknames.csv"


@functools.cache
def nickname_groups() -> tuple[frozenset[str], ...]:
    """The shipped groups. A name may stand in several: ALEX is short for ALEXANDER and for ALEXANDRA, who are two people."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(frozenset((row["name"], *row["variants"].split())) for row in csv.DictReader(lines))
