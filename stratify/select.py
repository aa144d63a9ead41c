"""Tiers, cut by what each locality has room for: the highest scores first, and one row for everybody scored.

Order within a locality: the model's score, highest first; where two are equal, whole-system use, highest first; where
these are equal too, their order on the last night, then the pseudonym. So the same scores after the same night always give the
same list, however the rows lay, and also where the pseudonyms have changed since (`caselink governance rekey`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from schemas.errors import CaselinkError
from schemas.pseudonymised import TIERS, Score, Selection
from schemas.table import Rows

RANKED_BY = "emergency_admission_12_months"
TIES_BY = "whole_system_use"
NO_TIER = TIERS[-1]

# Reasons of the score that a selection repeats.
MOST_REASONS = 3


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

    def tiers(self) -> Iterator[tuple[str, int]]:
        """(tier, last rank that has a place in it), highest need first."""
        last = 0
        for tier, places in zip(TIERS, self.places, strict=False):
            last += places
            yield tier, last


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


@dataclass(frozen=True)
class _Candidate:
    pseudonym: str
    locality: str | None
    value: float | None
    tie: float
    last: float
    reasons: tuple[str, ...]

    @property
    def order(self) -> tuple[float, float, float, str]:
        return -(self.value or 0.0), -self.tie, self.last, self.pseudonym


def select(
    people: pa.Table,
    scores: Rows[Score],
    capacity: Mapping[str, TierCapacity],
    *,
    ranked_by: str = RANKED_BY,
    ties_by: str = TIES_BY,
    previous: pa.Table | None = None,
) -> Rows[Selection]:
    """One row per person with a `ranked_by` score: tier, rank in the locality, and why, sorted by pseudonym.

    `previous` is the last night's selection under the same pseudonyms. Somebody whose score is null, whose practice is in no
    locality, or whose locality has no capacity is in tier `none`, and `why` says which. Raises `E-SELECT-SCORE` where nobody has
    the score, `E-SELECT-PEOPLE` where somebody scored is not in `people`.
    """
    by_locality: dict[str | None, list[_Candidate]] = {}
    for candidate in _candidates(people, scores, (ranked_by, ties_by), previous):
        by_locality.setdefault(candidate.locality, []).append(candidate)
    rows = [
        row for locality, candidates in by_locality.items() for row in _rows(locality, candidates, capacity.get(locality or ""))
    ]
    names = Selection.arrow_schema().names
    columns = {name: [row[place] for row in rows] for place, name in enumerate(names)}
    return Selection.sort(pa.table(columns, schema=Selection.arrow_schema()))


def _candidates(people: pa.Table, scores: pa.Table, names: tuple[str, str], previous: pa.Table | None) -> list[_Candidate]:
    ranked_by, ties_by = names
    main = scores.filter(pc.equal(scores["score"], ranked_by))
    if main.num_rows == 0:
        raise CaselinkError("E-SELECT-SCORE", f"nobody has the score {ranked_by}.", cure="score people before selecting them")
    second = scores.filter(pc.equal(scores["score"], ties_by))
    ties = dict(zip(second["pseudonym"].to_pylist(), second["value"].to_pylist(), strict=True))
    places = dict(zip(people["pseudonym"].to_pylist(), people["locality"].to_pylist(), strict=True))
    last = {} if previous is None else dict(zip(previous["pseudonym"].to_pylist(), previous["rank"].to_pylist(), strict=True))
    scored = main.select(["pseudonym", "value", "reasons"]).to_pylist()
    unknown = sum(row["pseudonym"] not in places for row in scored)
    if unknown:
        raise CaselinkError("E-SELECT-PEOPLE", f"{unknown} people have a score and no row in the people table.")
    return [
        _Candidate(
            pseudonym=row["pseudonym"],
            locality=places[row["pseudonym"]],
            value=row["value"],
            tie=ties.get(row["pseudonym"]) or 0.0,
            last=last.get(row["pseudonym"]) or math.inf,
            reasons=tuple(row["reasons"] or ())[:MOST_REASONS],
        )
        for row in scored
    ]


def _rows(
    locality: str | None, candidates: Sequence[_Candidate], capacity: TierCapacity | None
) -> Iterator[tuple[str, str | None, str, int | None, str]]:
    """Selection rows of one locality, in the order of the table's columns."""
    ranked = sorted((each for each in candidates if each.value is not None), key=lambda each: each.order)
    tiers = list(capacity.tiers()) if capacity and locality else []
    for rank, each in enumerate(ranked, start=1):
        tier, last = next(((name, last) for name, last in tiers if rank <= last), (NO_TIER, 0))
        place = f"rank {rank} of {len(ranked)} in {locality}" if locality else "practice in no locality"
        yield each.pseudonym, locality, tier, rank if locality else None, _why(place, tier, last, each.reasons, bool(tiers))
    for each in candidates:
        if each.value is None:
            yield each.pseudonym, locality, NO_TIER, None, "no score could be given"


def _why(place: str, tier: str, last: int, reasons: Sequence[str], has_places: bool) -> str:
    if tier != NO_TIER:
        room = f"{tier} reaches to rank {last}"
    else:
        room = "beyond the places of every tier" if has_places else "no places are set for it"
    return "; ".join([place, room, *reasons])
