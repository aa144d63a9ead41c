"""What the feeds show of a condition: signs of a person, and which condition of a published index each sign shows.

A sign is a short text, the letter of its kind and a code: `D:I509`. Kinds: `register` (a register of the practice's latest
snapshot), `diagnosis` (ICD-10, of hospital spells of two years), `recent` (ICD-10 of pregnancy, birth and newborns, of one year),
`medicines`, `care`. Which signs show which condition is in `reference/*_evidence.csv`, our own reading: the indices were
published over code sets of practice systems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import narwhals as nw

from stratify.diagnoses import starts_with_any
from stratify.published import rows

Beginnings = Mapping[str, tuple[str, ...]]

# Kind: its letter. The last two are seen by the segments only.
LETTERS = {
    "register": "R", "diagnosis": "D", "recent": "N", "medicines": "M", "care": "C", "acute": "A", "frailty": "F",
}  # fmt: skip
DIAGNOSIS, RECENT, REGISTER = "D:", "N:", "R:"

# Kinds whose codes are a list of beginnings of ICD-10 codes.
ICD10 = ("diagnosis", "recent")

MANY_MEDICINES = "M:5 or more"
LONG_TERM_SUPPORT = "C:long-term support"
CARE_HOME = "C:care home"

# Letter of a kind: its bit in what shows a condition.
BITS: dict[str, int] = {"R": 1, "D": 2, "N": 2, "M": 4, "C": 4}
WORDS_OF_KINDS = {
    1: "on the practice's register",
    2: "diagnosed in hospital",
    3: "on the practice's register and diagnosed in hospital",
}


def register_sign(code: str) -> str:
    """The sign of being on a register; it ends so that no code begins another."""
    return f"{REGISTER}{code};"


def beginnings(table: str) -> dict[str, tuple[str, ...]]:
    """Condition to the beginnings of the signs that show it, from `reference/<table>.csv`."""
    found: dict[str, tuple[str, ...]] = {}
    for row in rows(table):
        found[row["condition"]] = found.get(row["condition"], ()) + signs_of(row["kind"], row["codes"])
    return found


def signs_of(kind: str, codes: str) -> tuple[str, ...]:
    """The beginnings of signs that a row of a table of evidence stands for."""
    if kind == "register":
        return tuple(register_sign(code) for code in codes.split())
    return tuple(f"{LETTERS[kind]}:{code}" for code in (codes.split() if kind in ICD10 else [codes]))


def shown_by(conditions: Beginnings) -> Callable[[str], tuple[tuple[int, int], ...]]:
    """Sign to the (place of the condition, bit of its kind) that it shows."""

    def shown(sign: str) -> tuple[tuple[int, int], ...]:
        bit = BITS[sign[0]]
        return tuple((place, bit) for place, start in enumerate(conditions.values()) if sign.startswith(start))

    return shown


def points_by_person(signs: nw.LazyFrame[Any], indices: Mapping[str, tuple[Beginnings, Mapping[str, int]]]) -> nw.LazyFrame[Any]:
    """(pseudonym, a column per index): whole points of the conditions shown, each once, of everybody with a sign.

    `indices` has for each column the beginnings of its conditions' signs and the conditions' points. Conditions that the same
    signs show are looked for once.
    """
    different = sorted({start for conditions, _ in indices.values() for start in conditions.values()})
    names = {start: f"shown_{place}" for place, start in enumerate(different)}
    tests = {name: starts_with_any(nw.col("sign"), start).any() for start, name in names.items()}
    people = signs.group_by("pseudonym").agg(**tests)
    return people.select("pseudonym", **{index: _points(names, *parts) for index, parts in indices.items()})


def _points(names: Mapping[tuple[str, ...], str], conditions: Beginnings, points: Mapping[str, int]) -> nw.Expr:
    terms = [nw.col(names[start]).cast(nw.Int64) * points[name] for name, start in conditions.items()]
    return nw.sum_horizontal(*terms)
