"""What a project may decide about selection: how a place is kept, how long a referral holds, what counts as rising risk."""

from __future__ import annotations

from dataclasses import dataclass

from schemas.errors import CaselinkError
from stratify.select_exclusions import DEFAULT_EXCLUSIONS, EXCLUSIONS

# Enter above rank K, leave only below 1.3 K, stay at least 28 days: so that the list does not change with every small
# move of a score. Our own choice, made before any list was cut; a project may choose others.
LEAVE_BELOW = 1.3
MINIMUM_STAY_DAYS = 28

# The first list enters on one night, so its minimum stay ends on one night, too. Of a tier no more than 2 in 100 places (and one)
# are emptied by ranks on any night, the lowest first: our target is a churn below that without new events.
LEAVE_SHARE = 0.02

# A referral is a decision about now. After this it no longer holds a place of itself; the minimum stay still counts.
REFERRAL_DAYS = 90

# Rising risk: the odds have doubled in 90 days, and the chance is now at least 5 in 100 (below that a doubling is noise).
RISING_DAYS = 90
RISING_ODDS = 2.0
RISING_FROM = 0.05
RISING_SHARE = 0.005


@dataclass(frozen=True)
class SelectionRules:
    """`leave_below`: times the last rank of a tier beyond which somebody leaves it; `leave_share`: of its places, the most that
    ranks empty on one night (but one always). `exclude`: names in EXCLUSIONS.

    Raises `E-SELECT-RULES` where a value makes no sense.
    """

    leave_below: float = LEAVE_BELOW
    minimum_stay_days: int = MINIMUM_STAY_DAYS
    leave_share: float = LEAVE_SHARE
    referral_days: int = REFERRAL_DAYS
    exclude: tuple[str, ...] = DEFAULT_EXCLUSIONS
    rising_odds: float = RISING_ODDS
    rising_from: float = RISING_FROM
    rising_share: float = RISING_SHARE

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        unknown = [name for name in self.exclude if name not in EXCLUSIONS]
        if unknown:
            known = ", ".join(EXCLUSIONS)
            raise CaselinkError("E-SELECT-RULES", "an exclusion is none of the declared ones.", cure=f"one of {known}")
        wrong = self.leave_below < 1 or self.minimum_stay_days < 0 or self.referral_days < 0 or self.rising_odds <= 1
        if wrong or not 0 <= self.rising_from <= 1 or not 0 <= self.rising_share <= 1 or not 0 <= self.leave_share <= 1:
            raise CaselinkError(
                "E-SELECT-RULES",
                "a rule of selection is out of its range.",
                cure="leave_below at least 1, days at least 0, rising_odds above 1, shares from 0 to 1",
            )


DEFAULT_RULES = SelectionRules()
