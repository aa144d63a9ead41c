"""`python -m benchmarks.thirty_nights --people 20000 --nights 30 --json`: how much the teams' lists change from night to night.

A made-up area lives on: scores drift a little every night, some people are admitted (their scores jump), some die or move, and
professionals accept, decline, defer and close; one of them is away for two weeks. Each night selects by capacity and proposes as
the real one does, with the last night before it.

Churn of a night: people of the last list who are on none tonight, or with another professional, without anything new about them
(an admission, a death, a move, a decision, an absence that began or ended), as a share of the last list. `entered` is the share
of tonight's list that is new on it without anything new. `without_reason` counts rows without words: always 0.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import math
import random
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from caseload.allocate import Beside, propose
from caseload.departures import departures
from caseload.lists import NightTables, build_list
from caseload.needs import Need
from caseload.professionals import ACCOUNTABLE, COORDINATOR, Absence, Professional
from schemas.pseudonymised import OpenEntry, Proposal, PseudonymisedPerson, Score, Selection
from stratify.features import FEATURES
from stratify.select import RANKED_BY, TIES_BY, capacity_by_share, select
from stratify.select import Beside as BesideSelection

FIRST = dt.date(2026, 9, 1)
LOCALITIES = ("East", "North", "South", "West")
PRACTICES = 5
SHARES = {"case_management": 0.02, "care_navigation": 0.05, "supported_self_management": 0.15}
DRIFT = 0.02  # of the log-odds in a night
ADMITTED, DIED, MOVED = 0.0003, 0.00003, 0.00003  # of people in a night
DECIDED = 0.05  # of the people proposed and undecided in a night
AWAY = (10, 24)  # nights of the absence

Row = dict[str, Any]


@dataclass
class Life:
    """The area as it stands, and what happened tonight."""

    order: random.Random
    people: dict[str, Row]
    odds: dict[str, float]
    entries: dict[str, Row] = field(default_factory=dict)
    events: dict[str, dt.date] = field(default_factory=dict)
    tonight: set[str] = field(default_factory=set)  # about whom there is something new

    @classmethod
    def begin(cls, people: int, seed: int) -> Life:
        """An area of so many people."""
        order = random.Random(seed)  # noqa: S311
        rows, odds = dict[str, Row](), dict[str, float]()
        for number in range(people):
            place = order.choice(LOCALITIES)
            name = f"p{number:06d}"
            rows[name] = {"pseudonym": name, "locality": place, "gp_practice_code": f"{place}-{order.randrange(PRACTICES)}"}
            odds[name] = order.gauss(-3, 1)
        return cls(order, rows, odds)

    def pass_a_night(self, as_at: dt.date, proposals: pa.Table | None) -> None:
        """Drift, admissions, deaths, moves, and what professionals decided on the last list."""
        self.tonight = {name for name, entry in self.entries.items() if entry["until"] == as_at}  # put off until today
        for name in list(self.people):
            self.odds[name] += self.order.gauss(0, DRIFT)
            chance = self.order.random()
            if chance < ADMITTED:
                self.odds[name] += 1
                self.events[name] = as_at
            elif chance < ADMITTED + DIED:
                self.people[name]["month_of_death"] = as_at.replace(day=1)
            elif chance < ADMITTED + DIED + MOVED:
                place = self.order.choice(LOCALITIES)
                self.people[name] |= {"locality": place, "gp_practice_code": f"{place}-0"}
            if chance < ADMITTED + DIED + MOVED:
                self.tonight.add(name)
        for row in proposals.to_pylist() if proposals is not None else ():
            self._decide(row, as_at)

    def _decide(self, row: Row, as_at: dt.date) -> None:
        name, entry = row["pseudonym"], self.entries.get(row["pseudonym"])
        if row["accountable_professional_id"] is None or self.order.random() > (DECIDED if entry is None else DECIDED / 5):
            return
        state = self.order.choice(("accepted", "accepted", "accepted", "declined", "deferred") if entry is None else ("closed",))
        self.tonight.add(name)
        self.entries[name] = {
            "pseudonym": name,
            "state": state,
            "accountable_professional_id": row["usual_professional_id"] or row["accountable_professional_id"],
            "coordinator_id": row["usual_coordinator_id"] or row["coordinator_id"],
            "since": as_at,
            "until": as_at + dt.timedelta(days=20) if state == "deferred" else None,
            "exit": None,
            "left": None,
        }

    def tables(self) -> tuple[pa.Table, pa.Table]:
        """People and scores."""
        people = pa.Table.from_pylist(list(self.people.values()), schema=PseudonymisedPerson.arrow_schema())
        here = [name for name, row in self.people.items() if row.get("month_of_death") is None]
        rows = [
            {"pseudonym": name, "score": score, "value": 1 / (1 + math.exp(-self.odds[name])), "version": "1"}
            for name in here
            for score in (RANKED_BY, TIES_BY)
        ]
        return people, pa.Table.from_pylist(rows, schema=Score.arrow_schema())


def staff_of(people: int) -> pa.Table:
    """Five professionals and a coordinator for each locality; together a little longer than its case management."""
    each = math.ceil(people * SHARES["case_management"] / len(LOCALITIES) / 5 * 1.25)
    rows = [
        {
            "professional_id": f"{place}-{number}", "role": ACCOUNTABLE if number else COORDINATOR, "team": place,
            "locality": place, "practices": [f"{place}-{number - 1}"] if number else [],
            "skills": ["dementia"] if number % 2 else [], "capacity": each if number else each * 6,
        }
        for place in LOCALITIES
        for number in range(6)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=Professional.arrow_schema())


def needs_of(people: int) -> pa.Table:
    """Every tenth person needs a skill, every seventh counts as one and a half."""
    rows = [
        {
            "pseudonym": f"p{number:06d}",
            "weight_tenths": 15 if number % 7 == 0 else 10,
            "skills": ["dementia"] if number % 10 == 0 else [],
        }
        for number in range(people)
    ]
    return pa.Table.from_pylist(rows, schema=Need.arrow_schema())


@dataclass
class Figures:
    """What the nights came to."""

    churn: list[float] = field(default_factory=list)
    entered: list[float] = field(default_factory=list)
    without_reason: int = 0
    departures: int = 0


def simulate(people: int, nights: int, seed: int = 30) -> dict[str, Any]:
    """The figures of so many nights after the first."""
    life, staff, needs = Life.begin(people, seed), staff_of(people), needs_of(people)
    away = {"professional_id": "North-1", "from_date": FIRST + dt.timedelta(days=AWAY[0])}
    away["to_date"] = FIRST + dt.timedelta(days=AWAY[1] - 1)
    absences = pa.Table.from_pylist([away], schema=Absence.arrow_schema())
    selection: pa.Table | None = None
    proposals: pa.Table | None = None
    lists: dict[str, pa.Table] = {}
    found = Figures()
    for night in range(nights + 1):
        as_at = FIRST + dt.timedelta(days=night)
        life.pass_a_night(as_at, proposals)
        persons, scores = life.tables()
        room = capacity_by_share(persons, scores, **SHARES)
        selection = _select(persons, scores, room, as_at, selection)
        beside = Beside(_table(OpenEntry, life.entries), _events(life), needs, absences)
        tonight = propose(selection, persons, staff, proposals, as_at, beside=beside)
        _count(found, proposals, tonight, life, absence_changes=night in AWAY)
        lists = _lists(found, lists, NightTables(tonight, selection, scores, persons, _no_features()), as_at, beside)
        proposals = tonight
    return {
        "people": people,
        "nights": nights,
        "listed": len(placed(proposals)),
        "mean_churn": round(sum(found.churn) / max(1, len(found.churn)), 5),
        "highest_churn": round(max(found.churn, default=0.0), 5),
        "mean_entered": round(sum(found.entered) / max(1, len(found.entered)), 5),
        "highest_entered": round(max(found.entered, default=0.0), 5),
        "departures": found.departures,
        "without_reason": found.without_reason,
        "decided": len(life.entries),
    }


def _select(persons: pa.Table, scores: pa.Table, room: Any, as_at: dt.date, previous: pa.Table | None) -> pa.Table:
    return Selection.validate(select(persons, scores, room, as_at=as_at, beside=BesideSelection(previous=previous)))


def _table(kind: Any, rows: dict[str, Row]) -> pa.Table:
    return pa.Table.from_pylist(list(rows.values()), schema=kind.arrow_schema())


def _events(life: Life) -> pa.Table:
    rows = [{"pseudonym": name, "event_date": day} for name, day in life.events.items()]
    return pa.Table.from_pylist(rows, schema=pa.schema([("pseudonym", pa.string()), ("event_date", pa.date32())]))


def _no_features() -> pa.Table:
    return pa.table({name: pa.array([], pa.string()) for name in ("pseudonym", *(each.name for each in FEATURES))})


def placed(proposals: pa.Table | None) -> dict[str, Row]:
    """Pseudonym to row, of everybody with a professional."""
    rows = Proposal.validate(proposals).to_pylist() if proposals is not None else []
    return {row["pseudonym"]: row for row in rows if row["accountable_professional_id"] is not None}


def _count(found: Figures, last: pa.Table | None, tonight: pa.Table, life: Life, *, absence_changes: bool) -> None:
    found.without_reason += sum(not row["why"] or not row["reason"] for row in tonight.to_pylist())
    before, now = placed(last), placed(tonight)
    if not before:
        return
    with_whom = "accountable_professional_id"
    moved = [name for name, row in before.items() if now.get(name, {}).get(with_whom) != row[with_whom]]
    known = life.tonight | {name for name in moved if absence_changes and _is_covered(before[name], now.get(name, {}))}
    found.churn.append(len(set(moved) - known) / len(before))
    found.entered.append(len(now.keys() - before.keys() - life.tonight) / len(now))


def _is_covered(before: Row, now: Row) -> bool:
    return before["usual_professional_id"] is not None or now.get("usual_professional_id") is not None


def _lists(found: Figures, last: dict[str, pa.Table], night: NightTables, as_at: dt.date, beside: Beside) -> dict[str, pa.Table]:
    """Each team's list, and who left it, each with a reason."""
    night = NightTables(night.proposals, night.selection, night.scores, night.people, night.features, entries=beside.entries)
    for team, before in last.items():
        found.departures += departures(night, team, as_at, before).num_rows  # each has a reason: the column is required
    return {team: build_list(night, team, as_at, last.get(team)) for team in LOCALITIES}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--nights", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = simulate(asked.people, asked.nights)
    print(json.dumps(found) if asked.json else "\n".join(f"{name}: {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
