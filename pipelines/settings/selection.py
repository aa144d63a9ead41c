"""How people are put on a list, kept on it, and kept out of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from pipelines.settings.section import Section, Share
from schemas.identifiable import REFERRALS
from stratify.select_exclusions import DEFAULT_EXCLUSIONS, EXCLUSIONS
from stratify.select_rules import (
    LEAVE_BELOW,
    LEAVE_SHARE,
    MINIMUM_STAY_DAYS,
    REFERRAL_DAYS,
    RISING_DAYS,
    RISING_FROM,
    RISING_ODDS,
    RISING_SHARE,
    SelectionRules,
)

Days = Annotated[int, Field(ge=0)]


class SelectionSettings(Section):
    """When somebody enters a tier, when she leaves it, and who is on the list of rising risk."""

    leave_below: float = Field(
        default=LEAVE_BELOW, ge=1, le=10, description="times the last rank of a tier beyond which somebody leaves it; 1: at once"
    )
    minimum_stay_days: Days = Field(
        default=MINIMUM_STAY_DAYS,
        description="days in a tier before a rank can end them; an exclusion, a move or a death does at once",
    )
    leave_share: Share = Field(
        default=LEAVE_SHARE, description="share of a tier's places that ranks may empty on one night (one always); 1: all at once"
    )
    referral_days: Days = Field(default=REFERRAL_DAYS, description="days for which a clinician's referral holds")
    exclude: tuple[Literal[tuple(EXCLUSIONS)], ...] = Field(  # type: ignore[valid-type]
        default=DEFAULT_EXCLUSIONS, description="rules that keep people out of every tier; their rows say so"
    )
    rising_days: int = Field(
        default=RISING_DAYS, ge=1, le=730, description="days back to the snapshot that risk is compared with"
    )
    rising_odds: float = Field(
        default=RISING_ODDS, gt=1, description="times by which the odds must have risen for the list of rising risk"
    )
    rising_from: Share = Field(default=RISING_FROM, description="risk below which nobody is on it")
    rising_share: Share = Field(
        default=RISING_SHARE, description="share of each locality's ranked people that it has room for; 0: no such list"
    )

    @model_validator(mode="before")
    @classmethod
    def _moved(cls, said: Any) -> Any:
        if isinstance(said, dict) and REFERRALS in said:
            raise ValueError(
                "the agreement under which referrals come is no longer named here: write a [[basis]] of the source referrals"
            )
        return said

    @model_validator(mode="after")
    def _check(self) -> SelectionSettings:
        if len(set(self.exclude)) < len(self.exclude):
            raise ValueError("an exclusion is named twice")
        return self

    def rules(self) -> SelectionRules:
        """The same as selection takes them."""
        return SelectionRules(**self.model_dump(exclude={"rising_days"}))
