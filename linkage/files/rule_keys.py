"""What a blocking rule may ask to be equal: a field as a whole, or a part of it that outlives a slip, and how likely it is to.

The chances are assumptions about people's records, not facts of a file: a name has an error about once in eight records, and its
first letters survive half of those. They only rank rules against one another; no score depends on them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from linkage.files.fields import ADDRESS, DATE, EXACT, GENDER, NAME, NHS_NUMBER, POSTCODE, TEXT, FileField


@dataclass(frozen=True)
class RuleKey:
    """A column that a rule may use. `survival`: the chance that it is still equal where two records' `field` differ."""

    column: str
    field: FileField
    survival: float


# Chance that one person's two records differ in a field of this kind, in a record kept with care.
ERROR = {NAME: 0.12, DATE: 0.05, GENDER: 0.02, POSTCODE: 0.15, ADDRESS: 0.30, NHS_NUMBER: 0.02, EXACT: 0.10, TEXT: 0.15}

# Part of the field, and its survival; "" is the field as a whole, which by definition has none.
KEY_PARTS: dict[str, tuple[tuple[str, float], ...]] = {
    NAME: (("", 0.0), ("beginning", 0.5)),
    DATE: (("", 0.0), ("year", 0.6), ("month", 0.6), ("day", 0.5)),
    GENDER: (("", 0.0),),
    POSTCODE: (("", 0.0), ("sector", 0.3), ("outward", 0.5)),
    ADDRESS: (("", 0.0), ("number", 0.6), ("beginning", 0.5)),
    NHS_NUMBER: (("", 0.0),),
    EXACT: (("", 0.0), ("beginning", 0.4), ("end", 0.4)),
    TEXT: (("", 0.0), ("beginning", 0.5)),
}


def rule_keys(fields: Sequence[FileField]) -> tuple[RuleKey, ...]:
    """Every key that the fields offer, in their order."""
    return tuple(
        RuleKey(f"{field.name}.{part}" if part else field.name, field, survival)
        for field in fields
        for part, survival in KEY_PARTS[field.kind]
    )


def whole_keys(fields: Sequence[FileField]) -> tuple[RuleKey, ...]:
    """The fields as a whole."""
    return tuple(RuleKey(field.name, field, 0.0) for field in fields)
