"""Who may see a name, how often, and for how long: figures that each area agrees and writes down. None has a default."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from pydantic import Field, model_validator

from governance.access.categories import CATEGORIES
from governance.access.limits import BreakGlassRules, BulkRules, Limits
from governance.access.roles import can
from pipelines.settings.section import Section, Share
from schemas.errors import ConfigurationError

Count = Annotated[int, Field(ge=0)]
Least = Annotated[int, Field(ge=1)]


class AccessSettings(Section):
    """Showing a professional who her own people are. While a figure is missing nobody is shown."""

    reference: str = Field(default="", description="where these figures were agreed; needed once one of them is set")
    agreement: str = Field(
        default="", description="version of the user agreement in force; users accept it before they see a name"
    )
    requests_a_day: Count | None = Field(default=None, description="a user's requests on one day; more set off an alarm")
    people_in_24_hours: Least | None = Field(default=None, description="different people in 24 hours that set it off")
    practice_share_in_a_week: Share | None = Field(
        default=None, description="share of a practice's list in 7 days; more sets it off"
    )
    same_person_in_a_month: Least | None = Field(default=None, description="times the same person in 30 days that set it off")
    night_requests: Count | None = Field(default=None, description="requests in one night; more set it off")
    night_from: dt.time | None = Field(default=None, description="when a night begins, by London's clock")
    night_to: dt.time | None = Field(default=None, description="when it ends")
    most_rows: Least | None = Field(default=None, description="people in one request without an approved bulk request")
    register_days: Count | None = Field(
        default=None,
        description="days after the date of the night served on which its register still says whose patient somebody is; later, "
        "registration opens nobody",
    )
    break_glass_minutes: Least | None = Field(default=None, description="minutes that a break-glass opening lasts")
    break_glass_review_days: Count | None = Field(default=None, description="days within which the Guardian reviews it")
    break_glass_in_a_week: Least | None = Field(default=None, description="openings that one user may make in 7 days")
    break_glass_same_person_in_a_month: Least | None = Field(
        default=None, description="openings of one person that one user may make in 30 days"
    )
    bulk_rows: Least | None = Field(default=None, description="people that one bulk request may name")
    bulk_hours: Least | None = Field(default=None, description="hours after its approval in which it can be used, once")

    sees: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="role to the categories of activity it sees, in place of the shipped row of docs/reference/access.md",
    )

    @model_validator(mode="after")
    def _agreed(self) -> AccessSettings:
        if not self.reference and any(getattr(self, name) is not None for name in FIGURES):
            raise ValueError("a figure is set, and reference does not say where it was agreed")
        if self.sees and not self.reference:
            raise ValueError("sees is set, and reference does not say where it was agreed")
        if any(not can(role, "activity") or set(named) - set(CATEGORIES) for role, named in self.sees.items()):
            raise ValueError("sees names a role that sees no activity, or a category that there is not")
        return self

    def limits(self) -> Limits:
        """The bounds of `governance.access.limits`; `ConfigurationError` `E-ACCESS-LIMITS` where one is missing."""
        return Limits(**{name: self.figure(name) for name in Limits.__dataclass_fields__})

    def break_glass(self) -> BreakGlassRules:
        """How long openings last, and how many there may be; `ConfigurationError` `E-ACCESS-LIMITS` where a figure is missing."""
        return BreakGlassRules(**{name: self.figure(f"break_glass_{name}") for name in BreakGlassRules.__dataclass_fields__})

    def bulk(self) -> BulkRules:
        """How many people, and for how long; `ConfigurationError` `E-ACCESS-LIMITS` where that is missing."""
        return BulkRules(self.figure("bulk_rows"), self.figure("bulk_hours"))

    def figure(self, name: str) -> Any:
        """One figure; `ConfigurationError` `E-ACCESS-LIMITS` where it is not set."""
        found = getattr(self, name)
        if found is None:
            raise ConfigurationError("E-ACCESS-LIMITS", f"access.{name} is not set.", cure="have it agreed, and write it down")
        return found


FIGURES = tuple(name for name in AccessSettings.model_fields if name not in ("reference", "agreement", "sees"))
