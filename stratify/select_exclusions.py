"""Who is kept out of every tier by a rule, and why. Nobody is hidden: the selection has a row that says so.

A rule looks at what the zone knows of a person: her row and her features. Where that is silent nobody is excluded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from schemas.errors import CaselinkError


@dataclass(frozen=True)
class Exclusion:
    """`words` end the sentence "left out of every tier: ..."; `column` is what `applies` looks at, of `table`."""

    words: str
    table: str
    column: str
    applies: Callable[[Any], bool]


def _is_true(value: Any) -> bool:
    return value is True


def _is_child(band: Any) -> bool:
    return band is not None and int(band[:2]) < 15


# Name, as it is configured: the rule. The band 15-19 holds adults too, and is not excluded.
EXCLUSIONS: dict[str, Exclusion] = {
    "child": Exclusion("under 15, whose care is planned elsewhere", "people", "age_band", _is_child),
    "palliative_care": Exclusion("on the practice's palliative care register", "features", "palliative_care", _is_true),
    "care_home": Exclusion("lives in a care home, with a plan of its own", "features", "care_home", _is_true),
}
DEFAULT_EXCLUSIONS = ("child",)


def excluded_people(people: pa.Table, features: pa.Table | None, names: Iterable[str]) -> dict[str, str]:
    """Pseudonym to the first of the named rules that keeps her out.

    `people` are PseudonymisedPerson rows, `features` feature rows. Raises `E-SELECT-EXCLUSION` where a rule's column is not
    there.
    """
    tables: Mapping[str, pa.Table | None] = {"people": people, "features": features}
    found: dict[str, str] = {}
    for name in names:
        rule, table = EXCLUSIONS[name], tables[EXCLUSIONS[name].table]
        if table is None or rule.column not in table.column_names:
            raise CaselinkError("E-SELECT-EXCLUSION", f"the exclusion {name} needs the column {rule.column} of the {rule.table}.")
        for pseudonym, value in zip(table["pseudonym"].to_pylist(), table[rule.column].to_pylist(), strict=True):
            if pseudonym not in found and rule.applies(value):
                found[pseudonym] = name
    return found
