"""Which admissions are emergency admissions: said once, for features, indices and outcomes."""

from __future__ import annotations

import narwhals as nw

# ADMISSION METHOD CODE, emergency group: OpenSAFELY's documentation of APC and the CCG outcomes specification.
# 28 was used before April 2013 and then split into 25 and 2A to 2D.
EMERGENCY_METHODS = frozenset({"21", "22", "23", "24", "25", "28", "2A", "2B", "2C", "2D"})

# Not counted as an admission of a person in need: 2B is the transfer of somebody who is already in hospital (the same
# emergency would count twice), 2C a baby born at home as intended.
NOT_COUNTED = frozenset({"2B", "2C"})

COUNTED_METHODS = tuple(sorted(EMERGENCY_METHODS - NOT_COUNTED))

INPATIENT_TYPES = ("inpatient_emergency", "inpatient_elective", "inpatient_other")


def attribute(name: str) -> nw.Expr:
    """A field of an event's attributes; null where the event does not have it."""
    return nw.col("attributes").struct.field(name)


def is_emergency_admission() -> nw.Expr:
    """A spell of type `inpatient_emergency` whose method is one that counts, or is not given. Never null."""
    method = attribute("admission_method")
    counted = method.is_null() | method.is_in(COUNTED_METHODS)
    return (nw.col("activity_type") == "inpatient_emergency") & counted
