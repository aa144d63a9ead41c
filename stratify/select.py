"""Tiers, cut by what each locality has room for: the highest scores first, and one row for everybody scored or referred.

Order within a locality: the model's score, highest first; where two are equal, whole-system use, highest first; where
these are equal too, their order on the last night, then the pseudonym. So the same scores after the same night always give the
same list, however the rows lay, and also where the pseudonyms have changed since (`caselink governance rekey`).

Who has a place keeps it as `stratify/select_places.py` says; a second list is of rising risk (`stratify/select_rising.py`).
An excluded person has no rank and no place, and a row that says why; a clinician's referral outranks an exclusion by rule.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import CaselinkError
from schemas.pseudonymised import TIERS, Score, Selection
from schemas.table import Rows
from stratify.select_exclusions import excluded_people
from stratify.select_places import Claim, Reach, give_places
from stratify.select_rising import Risen, rise_in_words, rising_places
from stratify.select_rules import DEFAULT_RULES, SelectionRules
from stratify.select_words import Candidate, Chosen, row_of

RANKED_BY = "emergency_admission_12_months"
TIES_BY = "whole_system_use"


@dataclass(frozen=True)
class TierCapacity:
    """How many people of a locality each tier has room for. A person is in one tier: the first with room."""

    case_management: int
    care_navigation: int
    supported_self_management: int

    def __post_init__(self) -> None:
        """Refuse a number below zero."""
        if min(self.places) < 0:
            raise CaselinkError("E-SELECT-CAPACITY", "a tier's capacity is below zero.", cure="give zero or more")

    @property
    def places(self) -> tuple[int, int, int]:
        """Places in the order of the tiers."""
        return self.case_management, self.care_navigation, self.supported_self_management

    def tiers(self) -> Iterator[Reach]:
        """Each tier with its places and the last rank that they reach to, highest need first."""
        last = 0
        for tier, places in zip(TIERS, self.places, strict=False):
            last += places
            yield Reach(tier, places, last)


def capacity_by_share(
    people: pa.Table, scored: pa.Table, *, case_management: float, care_navigation: float, supported_self_management: float
) -> dict[str, TierCapacity]:
    """Capacity of each locality as shares (0 to 1) of its scored people, rounded down.

    `people` are PseudonymisedPerson rows, `scored` any table with a `pseudonym` column.
    """
    here = people.filter(pc.is_in(people["pseudonym"], value_set=scored["pseudonym"]))
    counts = here.filter(here["locality"].is_valid()).group_by("locality").aggregate([([], "count_all")])
    shares = (case_management, care_navigation, supported_self_management)
    return {row["locality"]: TierCapacity(*(int(row["count_all"] * share) for share in shares)) for row in counts.to_pylist()}


# What selection looks at of people, and of the last night.
OF_PEOPLE = ["pseudonym", "locality", "registered_to", "month_of_death"]
OF_LAST_NIGHT = ["pseudonym", "locality", "tier", "rank", "since"]


@dataclass(frozen=True)
class Beside:
    """What selection goes by beside tonight's scores; whatever is absent has no say.

    `previous` is the last night's selection under the same pseudonyms, `referrals` are Referral rows, `features` feature rows
    (for the exclusions that look at them), `earlier` the chances (`pseudonym`, `p`) that tonight's model gives at the earlier
    snapshot of `earlier_at`.
    """

    previous: pa.Table | None = None
    referrals: pa.Table | None = None
    features: pa.Table | None = None
    earlier: pa.Table | None = None
    earlier_at: dt.date | None = None


NOTHING_BESIDE = Beside()


def select(
    people: pa.Table,
    scores: Rows[Score],
    capacity: Mapping[str, TierCapacity],
    *,
    as_at: dt.date,
    rules: SelectionRules = DEFAULT_RULES,
    beside: Beside = NOTHING_BESIDE,
    ranked_by: str = RANKED_BY,
    ties_by: str = TIES_BY,
) -> Rows[Selection]:
    """One row per person with a `ranked_by` score or a referral: tier, rank in the locality, and why, sorted by pseudonym.

    Somebody whose score is null, whose practice is in no locality, or whose locality has no capacity is in tier `none`, and
    `why` says which. Raises `E-SELECT-SCORE` where nobody has the score, `E-SELECT-PEOPLE` where somebody scored is not in
    `people`, `E-SELECT-EXCLUSION` where an exclusion has nothing to look at.
    """
    excluded = excluded_people(people, beside.features, rules.exclude)
    candidates = _candidates(people, scores, (ranked_by, ties_by), beside, _in_force(beside.referrals, rules, as_at), excluded)
    by_locality: dict[str | None, list[Candidate]] = {}
    for candidate in candidates:
        by_locality.setdefault(candidate.locality, []).append(candidate)
    rows = list[dict[str, Any]]()
    for locality, here in by_locality.items():
        room = capacity.get(locality or "")
        tiers = list(room.tiers()) if room else []
        rows += _rows(here, tiers, rules, as_at, beside.earlier_at)
    return Selection.sort(pa.Table.from_pylist(rows, schema=Selection.arrow_schema()))


def _in_force(referrals: pa.Table | None, rules: SelectionRules, as_at: dt.date) -> dict[str, dict[str, Any]]:
    """Pseudonym to the referral that holds at `as_at`."""
    rows = referrals.to_pylist() if referrals is not None else []
    return {row["pseudonym"]: row for row in rows if 0 <= (as_at - row["referral_date"]).days <= rules.referral_days}


def _candidates(
    people: pa.Table,
    scores: pa.Table,
    names: tuple[str, str],
    beside: Beside,
    referred: dict[str, dict[str, Any]],
    excluded: dict[str, str],
) -> list[Candidate]:
    main, ties = _scores_of(scores, names)
    known = {row["pseudonym"]: row for row in people.select(OF_PEOPLE).to_pylist()}
    unknown = sum(pseudonym not in known for pseudonym in main)
    if unknown:
        raise CaselinkError("E-SELECT-PEOPLE", f"{unknown} people have a score and no row in the people table.")
    last = {
        row["pseudonym"]: row
        for row in (beside.previous.select(OF_LAST_NIGHT).to_pylist() if beside.previous is not None else ())
    }
    earlier = [] if beside.earlier is None else [beside.earlier[name].to_pylist() for name in ("pseudonym", "p")]
    before = dict(zip(*earlier, strict=True)) if earlier else {}
    return [
        Candidate(
            pseudonym=pseudonym,
            locality=known[pseudonym]["locality"],
            value=main[pseudonym]["value"] if pseudonym in main else None,
            tie=ties.get(pseudonym) or 0.0,
            last=last.get(pseudonym, {}),
            before=before.get(pseudonym),
            reasons=tuple((main[pseudonym]["reasons"] if pseudonym in main else None) or ()),
            referral=referred.get(pseudonym),
            exclusion=excluded.get(pseudonym),
        )
        for pseudonym in [*main, *sorted(referred.keys() - main.keys())]
        if pseudonym in main or (pseudonym in known and is_here(known[pseudonym]))
    ]


def is_here(person: Mapping[str, Any]) -> bool:
    """Whether somebody without a score may be referred: alive, and registered with a practice of the area."""
    return person["month_of_death"] is None and person["registered_to"] is None and person["locality"] is not None


def _scores_of(scores: pa.Table, names: tuple[str, str]) -> tuple[dict[str, dict[str, Any]], dict[str, float]]:
    """The ranking score's rows by pseudonym, and the values that break ties."""
    main, second = (scores.filter(pc.equal(scores["score"], name)) for name in names)
    if main.num_rows == 0:
        raise CaselinkError("E-SELECT-SCORE", f"nobody has the score {names[0]}.", cure="score people before selecting them")
    rows = {row["pseudonym"]: row for row in main.select(["pseudonym", "value", "reasons"]).to_pylist()}
    return rows, dict(zip(second["pseudonym"].to_pylist(), second["value"].to_pylist(), strict=True))


def _rows(
    candidates: list[Candidate], tiers: list[Reach], rules: SelectionRules, as_at: dt.date, earlier_at: dt.date | None
) -> Iterator[dict[str, Any]]:
    """Selection rows of one locality."""
    eligible = [each for each in candidates if not each.left_out]
    order = sorted((each for each in eligible if each.value is not None), key=lambda each: each.order)
    ranks = {each.pseudonym: rank for rank, each in enumerate(order, start=1)}
    places = give_places([_claim(each, ranks) for each in eligible], tiers if candidates[0].locality else [], rules, as_at)
    top = TIERS[0]
    risen = [
        Risen(each.pseudonym, each.value, each.before, ranks.get(each.pseudonym, 0))
        for each in eligible
        if places[each.pseudonym].tier != top
    ]
    rising = rising_places(risen, math.ceil(len(order) * rules.rising_share) if candidates[0].locality else 0, rules)
    days = (as_at - earlier_at).days if earlier_at else 0
    words = {each.pseudonym: rise_in_words(each, days) for each in risen if each.pseudonym in rising}
    for each in candidates:
        name = each.pseudonym
        chosen = Chosen(ranks.get(name), len(order), places.get(name), tiers, rules, as_at)
        yield row_of(each, chosen) | {"rising_place": rising.get(name), "rising_why": words.get(name)}


def _claim(each: Candidate, ranks: Mapping[str, int]) -> Claim:
    """What somebody brings; a tier of another locality is no claim to a place in this one."""
    stayed = each.last.get("locality") == each.locality
    tier, since = (each.last.get("tier"), each.last.get("since")) if stayed else (None, None)
    return Claim(each.pseudonym, ranks.get(each.pseudonym), tier or TIERS[-1], since, each.is_referred)
