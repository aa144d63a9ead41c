"""Disclosure policies: what a published count may show, as data with its source.

A project names one of them (`[disclosure] policy`); without a name the strictest holds. `least_values` is our own: no source
that we read says how many values a withheld count must still be able to have when everything else is known.
"""

from __future__ import annotations

from dataclasses import dataclass

from schemas.errors import ConfigurationError


@dataclass(frozen=True)
class Policy:
    """A policy: counts from 1 to `withheld_to` are withheld, others rounded to the nearest `rounded_to` (1: not rounded).

    `adds_up`: a total is the sum of its shown parts. `reviews_extremes`: nobody and everybody are shown, but a person looks at
    them. `least_values`: whole numbers that a withheld count must still be able to be.
    """

    name: str
    withheld_to: int
    rounded_to: int
    source: str
    adds_up: bool = False
    reviews_extremes: bool = False
    least_values: int = 3

    def is_small(self, count: int) -> bool:
        """Whether the count is one that the policy withholds."""
        return 1 <= count <= self.withheld_to

    def shown(self, count: int | None) -> int | None:
        """One count as it may be shown; None where it is withheld or was never there."""
        if count is None or self.is_small(count):
            return None
        return (count + self.rounded_to // 2) // self.rounded_to * self.rounded_to

    def behind(self, shown: int) -> tuple[int, int]:
        """The smallest and the largest count that is shown so; zero is always true."""
        if shown == 0:
            return 0, 0
        down = self.rounded_to // 2
        return max(shown - down, self.withheld_to + 1), shown + self.rounded_to - 1 - down


NHSE_HES = Policy(
    "nhse-hes",
    withheld_to=7,
    rounded_to=5,
    source="NHS England, HES and ECDS disclosure control below national level (Sep 2018): 1 to 7 withheld, the rest to the "
    "nearest 5",
)
OPENSAFELY = Policy(
    "opensafely",
    withheld_to=7,
    rounded_to=5,
    adds_up=True,
    reviews_extremes=True,
    source="OpenSAFELY documentation, Statistical disclosure control: 7 or fewer redacted, then to the nearest 5, totals are "
    "the sum of rounded counts, zero and 100 % looked at by a person",
)
ONS10 = Policy(
    "ons10",
    withheld_to=9,
    rounded_to=1,
    source="ONS Longitudinal Study clearance rules (CeLSIUS): counts below 10 are not released",
)
POLICIES = (NHSE_HES, OPENSAFELY, ONS10)


def policy_named(name: str) -> Policy:
    """The policy of this name; `ConfigurationError` `E-DISCLOSURE-POLICY` where there is none."""
    for policy in POLICIES:
        if policy.name == name:
            return policy
    known = ", ".join(policy.name for policy in POLICIES)
    raise ConfigurationError("E-DISCLOSURE-POLICY", "there is no disclosure policy of that name.", cure=f"one of: {known}")
