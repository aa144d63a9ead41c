"""Who can be responsible for people, who is away, what people need of them, and the beds of virtual wards."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from caseload.needs import TENTHS
from caseload.professionals import COVER_AFTER_DAYS
from pipelines.settings.section import Name, Section
from schemas.activity_types import SERVICES

# What a rule of need may look at beside the features.
OTHER_COLUMNS = ("segment", "tier", "age_band")


class Absence(Section):
    """One absence of a professional."""

    from_date: dt.date = Field(description="first day away")
    to_date: dt.date | None = Field(default=None, description="last day away; none: not known")
    cover: Name | None = Field(default=None, description="id of who covers, of the same team and role; none: whoever has room")

    @model_validator(mode="after")
    def _check(self) -> Absence:
        if self.to_date is not None and self.to_date < self.from_date:
            raise ValueError("an absence ends before it begins")
        return self


class Professional(Section):
    """An accountable professional or a coordinator."""

    id: Name = Field(description="names the professional in lists; no personal data")
    team: Name = Field(description="id of her team")
    role: Literal["accountable professional", "coordinator"] = Field(
        default="accountable professional", description="the accountable professional leads, the coordinator arranges"
    )
    capacity: int = Field(ge=0, description="length of her list: ordinary people that she can be responsible for at once")
    practices: tuple[str, ...] = Field(default=(), description="practices she is attached to; none: all of the locality")
    skills: tuple[Name, ...] = Field(default=(), description="what she can do that not everybody can, as [[need]] names it")
    absence: tuple[Absence, ...] = Field(
        default=(), description="[[professional.absence]]: `from_date`, `to_date` (none: not known), `cover` (id; none: anybody)"
    )

    @model_validator(mode="after")
    def _check(self) -> Professional:
        if len({each.from_date for each in self.absence}) < len(self.absence):
            raise ValueError("two absences begin on one day")
        if any(each.cover == self.id for each in self.absence):
            raise ValueError("a professional cannot cover for herself")
        return self


class AllocationSettings(Section):
    """How people are proposed to professionals, beside who these are."""

    cover_after_days: int = Field(
        default=COVER_AFTER_DAYS, ge=0, description="days; during an absence that is longer somebody else covers"
    )
    new_event: tuple[Literal[tuple(SERVICES)], ...] = Field(  # type: ignore[valid-type]
        default=("emergency_inpatient", "accident_and_emergency"),
        description="services whose use after the day of a decision lets somebody declined, deferred or closed be proposed "
        "again; a clinician's referral always does",
    )


class NeedRule(Section):
    """What people of whom something is true need of an accountable professional. All rules count; of weights the highest."""

    id: Name = Field(description="names the rule")
    column: str = Field(description="what it looks at: a feature (docs/reference/features.md), `segment`, `tier` or `age_band`")
    values: tuple[str, ...] = Field(default=(), description="one of these words, of a column that holds words")
    at_least: float | None = Field(default=None, description="this much or more, of a column that holds numbers")
    skill: Name | None = Field(default=None, description="skill that her accountable professional must have")
    weight: Annotated[float, Field(ge=1, le=10)] | None = Field(
        default=None, description="how many ordinary people she counts as, in tenths; no rule: 1"
    )
    exit: str = Field(default="", description="why it ends her time on any list, in words; empty: it does not")

    @model_validator(mode="after")
    def _check(self) -> NeedRule:
        if self.values and self.at_least is not None:
            raise ValueError("give values or at_least, not both; neither: where a column that says yes or no says yes")
        if self.column in OTHER_COLUMNS and not self.values:
            raise ValueError("segment, tier and age_band need values")
        if self.skill is None and self.weight is None and not self.exit:
            raise ValueError("a rule gives a skill, a weight or an exit")
        if self.weight is not None and abs(self.weight * TENTHS - round(self.weight * TENTHS)) > 1e-6:
            raise ValueError("a weight is in tenths")
        if self.column not in OTHER_COLUMNS:
            _check_feature(self.column)
        return self


def _check_feature(name: str) -> None:
    from stratify.features import FEATURES

    if name not in {feature.name for feature in FEATURES}:
        raise ValueError("column names no feature, nor segment, tier or age_band")


class Ward(Section):
    """A virtual ward: beds at home, proposed to people in case management."""

    id: Name = Field(description="names the ward in lists")
    team: Name = Field(description="id of the team that runs it; it serves the team's locality")
    beds: int = Field(ge=0, description="people it can look after at once")
    length_of_stay_days: int = Field(default=14, ge=1, description="days after which somebody leaves it")
    step_up: bool = Field(default=True, description="instead of a hospital bed: after an attendance at A&E without a stay")
    step_up_days: int = Field(default=3, ge=0, description="days since that attendance, at most")
    step_down: bool = Field(default=True, description="home from hospital sooner: after a discharge")
    step_down_days: int = Field(default=2, ge=0, description="days since that discharge, at most")


def check_allocation(
    teams: tuple[Any, ...], staff: tuple[Professional, ...], wards: tuple[Ward, ...], rules: tuple[NeedRule, ...]
) -> None:
    """Raise ValueError where a professional, a ward or a rule names what is not declared, or an id stands twice."""
    known = {team.id for team in teams}
    if any(person.team not in known for person in staff):
        raise ValueError("a professional names a team that is not declared")
    if any(ward.team not in known for ward in wards):
        raise ValueError("a [[ward]] names a team that is not declared")
    for entries in (wards, rules):
        if len({each.id for each in entries}) < len(entries):
            raise ValueError("the ids of wards and of needs must each be different")
    by_id = {person.id: person for person in staff}
    for person in staff:
        for cover in (by_id.get(each.cover) for each in person.absence if each.cover is not None):
            if cover is None or (cover.team, cover.role) != (person.team, person.role):
                raise ValueError("who covers an absence must be a professional of the same team and role")
