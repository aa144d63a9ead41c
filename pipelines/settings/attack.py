"""`[attack]`: what an intruder is taken to know, and how much of it a release may give away."""

from __future__ import annotations

from pydantic import Field, model_validator

from pipelines.settings.section import Section, Share

# What somebody may know of a person from elsewhere. Area and practice say council and locality, so those are not listed.
KNOWN = ("age_band", "age", "gender", "ethnic_category", "lsoa_code", "gp_practice_code")


class Attack(Section):
    """Limits of the intruder test, by kind of recipient. None: the figure is reported and stops nothing."""

    quasi_identifiers: tuple[str, ...] = Field(
        default=KNOWN, min_length=1, description="columns that an intruder may know of somebody from elsewhere"
    )
    small_class: int = Field(default=5, ge=2, description="a class of fewer people than this, alike in all of that, is small")
    analysts_unique_share: Share | None = Field(
        default=None, description="largest share of rows of one analysts' table that may be alone with what is known"
    )
    teams_unique_share: Share | None = Field(default=None, description="the same of a team's list")
    joined_share: Share | None = Field(
        default=None, description="largest share of one recipient's rows that may fit one row of another's, by what is known"
    )
    shared_share: Share | None = Field(
        default=None, description="the same by every column that both have; without it a night warns where it is above a half"
    )
    evidence: str = Field(default="", description="where it is written why these limits are right; needed where there is a limit")

    @model_validator(mode="after")
    def _limits_have_a_reason(self) -> Attack:
        limits = (self.analysts_unique_share, self.teams_unique_share, self.joined_share, self.shared_share)
        if any(limit is not None for limit in limits) and not self.evidence:
            raise ValueError("a limit needs evidence: where it is written why it is right")
        return self
