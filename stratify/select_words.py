"""A person's row of the selection, and why she is where she is, in words."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from schemas.pseudonymised import TIERS
from stratify.select_exclusions import EXCLUSIONS
from stratify.select_places import Place, Reach
from stratify.select_rules import SelectionRules

# Reasons of the score that a selection repeats.
MOST_REASONS = 3

# Name of an exclusion that no rule made but a clinician.
BY_CLINICIAN = "clinician"

LEFT_IN_WORDS = {
    "moved up": "in {tier} on the last night",
    "beyond its reach": "no longer in {tier}: the rank is beyond what it takes to stay",
    "no place left": "no longer in {tier}: it has no place left",
    "excluded": "no longer in {tier}: excluded",
    "no score": "no longer in {tier}: not scored",
    "moved locality": "no longer in {tier}: that was in another locality",
}


@dataclass(frozen=True)
class Candidate:
    """Somebody scored or referred. `last` is her row of the last night, `before` her chance at the earlier snapshot."""

    pseudonym: str
    locality: str | None
    value: float | None
    tie: float
    last: Mapping[str, Any]
    before: float | None
    reasons: tuple[str, ...]
    referral: Mapping[str, Any] | None
    exclusion: str | None

    @property
    def order(self) -> tuple[float, float, float, str]:
        """Highest need first."""
        return -(self.value or 0.0), -self.tie, self.last.get("rank") or math.inf, self.pseudonym

    @property
    def is_referred(self) -> bool:
        """Whether a clinician asks for her."""
        return self.referral is not None and self.referral["decision"] == "refer"

    @property
    def left_out(self) -> str | None:
        """Name of what keeps her out of every tier; a clinician's word outranks a rule, both ways."""
        if self.referral is not None:
            return None if self.is_referred else BY_CLINICIAN
        return self.exclusion


class Chosen(NamedTuple):
    """What was decided of somebody: `rank` of `ranked` people, and her place (None where she is left out)."""

    rank: int | None
    ranked: int
    place: Place | None
    tiers: Sequence[Reach]
    rules: SelectionRules
    as_at: dt.date


def row_of(each: Candidate, chosen: Chosen) -> dict[str, Any]:
    """The Selection row, without the columns of rising risk."""
    place = chosen.place or _left_out(each, chosen.as_at)
    if each.locality is None and chosen.place is not None and chosen.rank is not None:
        place = place._replace(reason="no locality")
    if place.left is None and _moved(each):
        place = place._replace(left="moved locality")
    return {
        "pseudonym": each.pseudonym,
        "locality": each.locality,
        "tier": place.tier,
        "rank": chosen.rank if each.locality else None,
        "why": "; ".join(_why(each, chosen, place)),
        "reason": place.reason,
        "since": place.since,
        "left": place.left,
        "exclusion": each.left_out,
    }


def _left_out(each: Candidate, as_at: dt.date) -> Place:
    was_in = each.last.get("tier") or TIERS[-1]
    same = was_in == TIERS[-1]
    return Place(TIERS[-1], "excluded", each.last.get("since") or as_at if same else as_at, None if same else "excluded")


def _moved(each: Candidate) -> bool:
    return (each.last.get("tier") or TIERS[-1]) != TIERS[-1] and each.last.get("locality") != each.locality


def _why(each: Candidate, chosen: Chosen, place: Place) -> Iterator[str]:
    if place.reason == "excluded":
        yield f"left out of every tier: {_exclusion(each, chosen)}"
    elif chosen.rank is None:
        yield "no score could be given"
    else:
        yield f"rank {chosen.rank} of {chosen.ranked} in {each.locality}" if each.locality else "practice in no locality"
    if place.reason != "excluded" and (chosen.rank is not None or place.tier != TIERS[-1]):
        yield from _room(each, chosen, place)
    if each.is_referred and each.referral:
        yield f"referred {_ago(each, chosen)}: {each.referral['reason']}"
    if place.left is not None:
        yield LEFT_IN_WORDS[place.left].format(tier=each.last["tier"])
    if chosen.rank is not None or each.left_out:
        yield from each.reasons[:MOST_REASONS]


def _exclusion(each: Candidate, chosen: Chosen) -> str:
    if each.left_out == BY_CLINICIAN and each.referral:
        return f"a clinician asked for it {_ago(each, chosen)} ({each.referral['reason']})"
    return EXCLUSIONS[each.left_out or ""].words


def _ago(each: Candidate, chosen: Chosen) -> str:
    """How long ago the referral was made. In days: a date in a text would not pass the wall."""
    days = (chosen.as_at - each.referral["referral_date"]).days if each.referral else 0
    return "today" if days == 0 else "yesterday" if days == 1 else f"{days} days ago"


def _room(candidate: Candidate, chosen: Chosen, place: Place) -> Iterator[str]:
    """What of the tier, and of a higher one, decided."""
    reach = next((each for each in chosen.tiers if each.tier == place.tier), None)
    if reach is None:
        yield "beyond the places of every tier" if chosen.tiers and place.reason != "no locality" else "no places are set for it"
    elif place.reason == "referral":
        yield f"{reach.tier} by referral"
    else:
        yield f"{reach.tier} reaches to rank {reach.last}"
    if reach is not None and place.reason == "stays":
        yield f"stays in it down to rank {math.floor(chosen.rules.leave_below * reach.last)}"
    if place.reason == "leaves soon":
        yield "leaves it on one of the next nights"
    if place.reason == "minimum stay" and place.since is not None:
        left = chosen.rules.minimum_stay_days - (chosen.as_at - place.since).days
        yield f"stays in it for {left} more {'day' if left == 1 else 'days'} at least"
    if place.reason == "waits":
        claimed = (each for each in chosen.tiers if each.places and (candidate.is_referred or (chosen.rank or 0) <= each.last))
        higher = next(claimed).tier
        yield f"within reach of {higher}, where no place is free"
