"""What a person needs of a professional: skills, how much of a list she is, and whether a rule ends her time on it."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from caseload.seats import ORDINARY
from schemas.table import Table, text, texts, whole
from schemas.zones import Zone

# Weights are given in tenths of an ordinary person; nobody counts as less than one, so that a list never holds more people than
# it is long.
TENTHS = 10


class Need(Table):
    """One row per person who is no ordinary one; who has no row weighs one and needs no particular skill."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("whose", required=True)
    weight_tenths = whole("how many ordinary people she counts as, in tenths; null: one", minimum=TENTHS)
    skills = texts("skills that her accountable professional must have; empty or null where none")
    exit = text("why a rule ends her time on any list, in words; null where none does")


class Needed(NamedTuple):
    """The same, as the allocation takes it."""

    load: int = ORDINARY
    skills: frozenset[str] = frozenset()
    exit: str | None = None


ORDINARILY = Needed()


def needed_by(needs: pa.Table | None) -> dict[str, Needed]:
    """Pseudonym to what she needs, for everybody with a row. Raises `E-TABLE-RULE` where a weight is less than one."""
    if needs is None:
        return {}
    return {
        row["pseudonym"]: Needed(
            (row["weight_tenths"] or TENTHS) * ORDINARY // TENTHS, frozenset(row["skills"] or ()), row["exit"]
        )
        for row in Need.validate(needs).to_pylist()
    }
