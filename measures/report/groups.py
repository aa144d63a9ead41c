"""How the report names and orders the groups by which linkage is broken down."""

from __future__ import annotations

from functools import cache
from typing import Any

from measures.report.words import SOURCES, name_of
from schemas.code_lists import reference_rows

Row = dict[str, Any]

# Breakdowns in the order of their panels. The first four are about people, the others about records.
BREAKDOWNS = {
    "age_band": "Age",
    "gender": "Gender",
    "ethnic_category": "Ethnic category",
    "deprivation_decile": "Deprivation of the area",
    "nhs_number": "NHS number",
    "names": "Names",
    "source": "Source",
}
OF_PEOPLE = ("age_band", "gender", "ethnic_category", "deprivation_decile")
EVERYBODY = "all"
NOT_KNOWN, NOT_GIVEN, AREA_NOT_KNOWN = "not known", "Not given", "Area not known"
# Ends of a breakdown's name where it is over the records with a name only, or those without.
WITH_NAMES, WITHOUT_NAMES = ", with names", ", without names"

# Codes that say no more than an empty field.
SAYS_NOTHING = (NOT_KNOWN, "99", "Z", "X", "0")
GENDERS = {"1": "Male", "2": "Female", "9": "Indeterminate", "X": "Not known", "0": "Not known"}
ENDS_OF_DEPRIVATION = {"1": "1, most deprived", "10": "10, least deprived"}
# Breakdowns without an order of their own: the lowest rate first.
BY_RATE = ("ethnic_category", "source")


def group_name(breakdown: str, category: str) -> str:
    """A group in words: `African`, `Female`, `5 to 9`, `1, most deprived`; `Not given` where the record says nothing."""
    if category == NOT_KNOWN:
        return AREA_NOT_KNOWN if breakdown == "deprivation_decile" else NOT_GIVEN
    if breakdown == "age_band":
        return _age(category)
    names = {
        "gender": GENDERS,
        "ethnic_category": _ethnic_categories(),
        "deprivation_decile": ENDS_OF_DEPRIVATION,
        "source": SOURCES,
        "nhs_number": {"present": "Given", "not present": NOT_GIVEN},
        "names": {"with names": "Given", "without names": NOT_GIVEN},
    }
    return name_of(names.get(breakdown, {}), category)


def _age(band: str) -> str:
    """`5 to 9` for `05-09`, `90 and over` for `90+`."""
    low, _, high = band.partition("-")
    return f"{int(low)} to {int(high)}" if high else f"{low.rstrip('+')} and over"


@cache
def _ethnic_categories() -> dict[str, str]:
    """The published names; British and Irish are said to be White."""
    rows = reference_rows("ethnic_category")
    names = {row["code"]: f"White {row['meaning']}" if row["code"] in ("A", "B") else row["meaning"] for row in rows}
    return {code: name[0].upper() + name[1:] for code, name in names.items()}


def in_group_order(breakdown: str, rows: list[Row]) -> list[Row]:
    """Rows of one breakdown as a reader wants them: in their own order or by rate; those that say nothing last."""

    def place(row: Row) -> tuple[Any, ...]:
        category, rate = row["category"], row["rate"]
        number = int(category) if category.isdigit() else 0
        own = (2.0 if rate is None else rate) if breakdown in BY_RATE else number if breakdown == "deprivation_decile" else 0
        return category in SAYS_NOTHING, own, category

    return sorted(rows, key=place)
