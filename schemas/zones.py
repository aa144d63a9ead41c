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
        "address", "alias", "date_of_birth", "date_of_death", "email", "event_reference", "family_name", "full_name",
        "given_name", "local_patient_id", "name", "nhs_number", "other_given_name", "person_id", "postcode",
        "previous_family_name", "previous_postcode", "superseded_nhs_number", "telephone", "uprn",
    }
)  # fmt: skip

# Suffixes under which an identifier hides: `linked_local_patient_id`, `gp_nhs_number`.
IDENTIFIER_SUFFIXES = ("_nhs_number", "_patient_id", "_person_id", "_family_name", "_given_name", "_postcode", "_uprn")


def is_identifier(column: str) -> bool:
    """Whether a column of this name may stand only in the identifiable zone."""
    name = column.lower()
    return name in IDENTIFIER_COLUMNS or name.endswith(IDENTIFIER_SUFFIXES)
