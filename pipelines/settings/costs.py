"""`[costs]`: in which year's prices costs are told, and the area's own unit costs."""

from __future__ import annotations

from pydantic import Field, field_validator

from pipelines.price_years import DEFAULT_PRICE_YEAR, deflator
from pipelines.settings.section import Section


class CostSettings(Section):
    """What an event without a price of its own costs, and in which year's prices everything is told."""

    file: str = Field(
        default="",
        description="the area's own unit costs, a file in the project (`costs.csv`; see docs/explanation/whole-system-use.md): "
        "before the national averages, after a row's own price; empty: none",
    )
    price_year: str = Field(
        default=DEFAULT_PRICE_YEAR, description="financial year, as `2024-25`, in whose prices every cost is told"
    )

    @field_validator("price_year")
    @classmethod
    def _known(cls, year: str) -> str:
        if year not in deflator():
            raise ValueError(f"is no financial year of the shipped deflator, {min(deflator())} to {max(deflator())}")
        return year
