"""Who gets which place of one locality: places are never exceeded, and whoever has one keeps it while the rules say so.

The tiers are filled one after another, highest need first. Of a tier's K places, which reach to the last rank L:

    first    those whom a clinician has referred (case management only): her decision outranks every rule
    then     those in it on the last night for fewer days than the minimum stay
    then     those in it on the last night whose rank is at most `leave_below` times L; of those beyond, all but the few that may
             leave on one night (`leave_share`), the lowest ranks leaving first
    then     everybody else whose rank is at most L

Within each the order is by rank. So nobody leaves before the minimum stay unless a referral takes the place or there are fewer
places than before; and somebody within reach may have to wait while others stay: the price of a list that does not change
every night.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from schemas.pseudonymised import TIERS
from stratify.select_rules import SelectionRules

NO_TIER = TIERS[-1]


class Claim(NamedTuple):
    """What somebody brings: her rank (None where not scored), where she was on the last night, and whether she is referred."""

    pseudonym: str
    rank: int | None
    last_tier: str = NO_TIER
    since: dt.date | None = None
    referred: bool = False


class Reach(NamedTuple):
    """One tier of a locality: how many places, and the last rank that they reach to."""

    tier: str
    places: int
    last: int


class Place(NamedTuple):
    """A tier with the reason as a code, since when, and why the last night's tier was left (None where it was not)."""

    tier: str
    reason: str
    since: dt.date | None
    left: str | None = None


def give_places(claims: Iterable[Claim], tiers: Sequence[Reach], rules: SelectionRules, as_at: dt.date) -> dict[str, Place]:
    """Pseudonym to place, for every claim; the order of the claims does not matter."""
    waiting = sorted(claims, key=lambda claim: (_rank(claim), claim.pseudonym))
    placed: dict[str, Place] = {}
    for number, reach in enumerate(tiers):
        leaving = _leaving(waiting, reach, rules, as_at)
        keyed = [
            (STAYS if claim in leaving else _turn(claim, reach, rules, as_at, first=number == 0), place)
            for place, claim in enumerate(waiting)
        ]
        turns = sorted((turn, place) for turn, place in keyed if turn is not None)[: reach.places]
        chosen = {place: turn for turn, place in turns}
        for place, turn in chosen.items():
            claim = waiting[place]
            reason = "by rank" if _rank(claim) <= reach.last else REASON_OF_TURN[turn]
            if claim in leaving:
                reason = "leaves soon"
            if _waits(claim, tiers[:number]):
                reason = "waits"
            placed[claim.pseudonym] = _place(claim, reach.tier, reason, tiers, (rules, as_at))
        waiting = [claim for place, claim in enumerate(waiting) if place not in chosen]
    for claim in waiting:
        reason = "waits" if _waits(claim, tiers) else "no score" if claim.rank is None else "beyond" if tiers else "no places"
        placed[claim.pseudonym] = _place(claim, NO_TIER, reason, tiers, (rules, as_at))
    return placed


# The turns of the module's docstring, and why somebody beyond the tier's reach is in it.
REFERRED, MINIMUM_STAY, STAYS, ENTERS = range(4)
REASON_OF_TURN = {MINIMUM_STAY: "minimum stay", REFERRED: "referral", STAYS: "stays"}


def _turn(claim: Claim, reach: Reach, rules: SelectionRules, as_at: dt.date, *, first: bool) -> int | None:
    """When the claim's turn is; None where it has no claim to this tier."""
    was_in = claim.last_tier == reach.tier
    if first and claim.referred:
        return REFERRED
    if was_in and _in_minimum_stay(claim, rules, as_at):
        return MINIMUM_STAY
    if was_in and _rank(claim) <= rules.leave_below * reach.last:
        return STAYS
    return ENTERS if _rank(claim) <= reach.last else None


def _leaving(waiting: Sequence[Claim], reach: Reach, rules: SelectionRules, as_at: dt.date) -> frozenset[Claim]:
    """Those of the last night's tier who are far enough beyond its reach to leave, and may not yet: too many leave tonight."""
    beyond = [
        claim
        for claim in waiting
        if claim.last_tier == reach.tier
        and not claim.referred
        and claim.rank is not None
        and claim.rank > rules.leave_below * reach.last
        and not _in_minimum_stay(claim, rules, as_at)
    ]
    return frozenset(beyond[: max(0, len(beyond) - max(1, int(rules.leave_share * reach.places)))])


def _place(claim: Claim, tier: str, reason: str, tiers: Sequence[Reach], rules: tuple[SelectionRules, dt.date]) -> Place:
    same = claim.last_tier == tier
    since = claim.since if same and claim.since else rules[1]
    return Place(tier, reason, since, None if same else _left(claim, tier, tiers, rules))


def _left(claim: Claim, tier: str, tiers: Sequence[Reach], rules: tuple[SelectionRules, dt.date]) -> str | None:
    """Why somebody is no longer where she was on the last night."""
    if claim.last_tier == NO_TIER:
        return None
    if TIERS.index(tier) < TIERS.index(claim.last_tier):
        return "moved up"
    if claim.rank is None:
        return "no score"
    reach = next((each for each in tiers if each.tier == claim.last_tier), None)
    stays = _in_minimum_stay(claim, *rules)
    return "beyond its reach" if reach and not stays and claim.rank > rules[0].leave_below * reach.last else "no place left"


def _in_minimum_stay(claim: Claim, rules: SelectionRules, as_at: dt.date) -> bool:
    return claim.since is not None and (as_at - claim.since).days < rules.minimum_stay_days


def _waits(claim: Claim, tiers: Sequence[Reach]) -> bool:
    """Whether there was a claim to one of these tiers, in none of which there was a place."""
    return any(reach.places and (_rank(claim) <= reach.last or claim.referred) for reach in tiers)


def _rank(claim: Claim) -> float:
    return math.inf if claim.rank is None else claim.rank
