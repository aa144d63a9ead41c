"""What the feeds show of a condition: signs of a person, and which condition of a published index each sign shows.

A sign is a text `kind:code`. Kinds: `register` (a register of the practice's latest snapshot), `diagnosis` (ICD-10, of hospital
spells of two years), `recent` (ICD-10 of pregnancy, birth and newborns, of one year), `medicines`, `care`. Which signs show which
condition is in `reference/*_evidence.csv`, our own reading: the indices were published over code sets of practice systems.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import narwhals as nw

from stratify.diagnoses import starts_with_any
from stratify.published import rows

Beginnings = Mapping[str, tuple[str, ...]]

# Kinds whose codes are a list of beginnings of ICD-10 codes; a register's code is whole.
ICD10 = ("diagnosis", "recent")
DIAGNOSIS, RECENT = "diagnosis:", "recent:"
REGISTER = "register"

MANY_MEDICINES = "medicines:5 or more"
LONG_TERM_SUPPORT = "care:long-term support"
CARE_HOME = "care:care home"

# Kind: its bit in the kinds that show a condition.
BITS: dict[str, int] = {"register": 1, "diagnosis": 2, "recent": 2, "medicines": 4, "care": 4}
WORDS_OF_KINDS = {
    1: "on the practice's register",
    2: "diagnosed in hospital",
    3: "on the practice's register and diagnosed in hospital",
}


def register_sign(code: str) -> str:
    """The sign of being on a register; it ends so that no code begins another."""
    return f"{REGISTER}:{code};"


def beginnings(table: str) -> dict[str, tuple[str, ...]]:
    """Condition to the beginnings of the signs that show it, from `reference/<table>.csv`."""
    found: dict[str, tuple[str, ...]] = {}
    for row in rows(table):
        found[row["condition"]] = found.get(row["condition"], ()) + signs_of(row["kind"], row["codes"])
    return found


def signs_of(kind: str, codes: str) -> tuple[str, ...]:
    """The beginnings of signs that a row of a table of evidence stands for."""
    if kind == REGISTER:
        return tuple(register_sign(code) for code in codes.split())
    return tuple(f"{kind}:{code}" for code in (codes.split() if kind in ICD10 else [codes]))


def shown_by(conditions: Beginnings) -> Callable[[str], tuple[tuple[int, int], ...]]:
    """Sign to the (place of the condition, bit of its kind) that it shows."""

    def shown(sign: str) -> tuple[tuple[int, int], ...]:
        bit = BITS[sign.split(":", 1)[0]]
        return tuple((place, bit) for place, start in enumerate(conditions.values()) if sign.startswith(start))

    return shown


def points_by_person(signs: nw.LazyFrame[Any], indices: Mapping[str, tuple[Beginnings, Mapping[str, int]]]) -> nw.LazyFrame[Any]:
    """(pseudonym, a column per index): whole points of the conditions shown, each once, of everybody with a sign.

    `indices` has for each column the beginnings of its conditions' signs and the conditions' points. What each different sign
    shows is found once, then joined: people's signs are millions, different ones thousands.
    """
    flags = {
        f"{index}_{place}": starts_with_any(nw.col("sign"), start).fill_null(False)
        for index, (conditions, _) in indices.items()
        for place, start in enumerate(conditions.values())
    }
    shown = signs.select("sign").unique().with_columns(**flags)
    people = signs.join(shown, on="sign").group_by("pseudonym").agg(**{flag: nw.col(flag).any() for flag in flags})
    return people.select("pseudonym", **{index: _points(index, *parts) for index, parts in indices.items()})


def _points(index: str, conditions: Beginnings, points: Mapping[str, int]) -> nw.Expr:
    terms = [nw.col(f"{index}_{place}").cast(nw.Int64) * points[name] for place, name in enumerate(conditions)]
    return nw.sum_horizontal(*terms)
