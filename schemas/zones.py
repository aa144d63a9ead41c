"""The three zones, and the names that may never stand as a column outside the identifiable one."""

from __future__ import annotations

import enum


class Zone(enum.StrEnum):
    """Where a table may live. Identity and need never meet in the same zone."""

    IDENTIFIABLE = "identifiable"
    PSEUDONYMISED = "pseudonymised"
    AGGREGATE = "aggregate"


# Caldicott principle 2: use identifiable information only when necessary. Direct identifiers, and the local keys
# from which a source could re-identify its own people, stay in the identifiable zone.
IDENTIFIER_COLUMNS = frozenset(
    {
        "address", "alias", "birth_date", "date_of_birth", "date_of_death", "dob", "email", "event_reference", "family_name",
        "first_name", "forename", "full_name", "given_name", "last_name", "local_patient_id", "mobile", "name", "next_of_kin",
        "nhs_number", "nhs_number_given", "other_given_name", "person_id", "phone", "postcode", "previous_family_name",
        "previous_postcode", "register_id", "superseded_nhs_number", "surname", "telephone", "uprn", "visiting_warnings",
    }
)  # fmt: skip

# Endings under which an identifier hides: `linked_local_patient_id`, `gp_nhs_number`.
IDENTIFIER_SUFFIXES = (
    "_nhs_number", "_patient_id", "_person_id", "_register_id", "_family_name", "_given_name", "_surname", "_forename",
    "_date_of_birth", "_birth_date", "_date_of_death", "_postcode", "_uprn", "_telephone", "_email",
)  # fmt: skip


def is_identifier(column: str) -> bool:
    """Whether a column of this name may stand only in the identifiable zone, however it is capitalised or joined."""
    name = _fold(column)
    return name in _FOLDED_COLUMNS or name.endswith(_FOLDED_SUFFIXES)


def _fold(name: str) -> str:
    return "".join(mark for mark in name.casefold() if mark.isalnum())


_FOLDED_COLUMNS = frozenset(_fold(name) for name in IDENTIFIER_COLUMNS)
_FOLDED_SUFFIXES = tuple(_fold(suffix) for suffix in IDENTIFIER_SUFFIXES)
