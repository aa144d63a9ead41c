"""How a group of people is named on a model's card."""

from __future__ import annotations

from functools import cache

from schemas.code_lists import reference_rows

BREAKDOWNS = {
    "all": "Everybody", "age_band": "Age", "gender": "Gender", "ethnic_category": "Ethnic category",
    "deprivation_quintile": "Fifth of deprivation", "practice": "Practice", "link_quality": "Linked by",
}  # fmt: skip
GENDERS = {"1": "male", "2": "female", "9": "indeterminate"}
FIFTHS = {"1": "1, most deprived", "5": "5, least deprived"}


def group_words(breakdown: str, category: str) -> str:
    """`Gender: female`; the category itself where it has no other name."""
    if breakdown == "all":
        return BREAKDOWNS["all"]
    names = {"gender": GENDERS, "deprivation_quintile": FIFTHS, "ethnic_category": _ethnic_categories()}.get(breakdown, {})
    return f"{BREAKDOWNS.get(breakdown, breakdown)}: {names.get(category, category)}"


@cache
def _ethnic_categories() -> dict[str, str]:
    return {row["code"]: row["meaning"] for row in reference_rows("ethnic_category")}
