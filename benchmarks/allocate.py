"""`python -m benchmarks.allocate --people 20000 --professionals 450 --json`: a night's proposals for a made-up area.

Localities of about twenty professionals; a third of the people weigh more than one, a fifth need a skill; lists are as long as
nine tenths of the need, so that not everybody finds a place. Measured are seconds of the first night. Then rows of people,
selection and professionals are shuffled, and so is the second night's input: `moves_on_permutation` counts people who are with
somebody else for it.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import time
from collections import Counter
from typing import Any, NamedTuple

import pyarrow as pa

from caseload.allocate import Beside, propose
from caseload.needs import TENTHS, Need
from caseload.professionals import ACCOUNTABLE, COORDINATOR, Professional
from schemas.pseudonymised import Proposal, PseudonymisedPerson, Selection

TONIGHT = dt.date(2026, 9, 30)
PER_LOCALITY = 20
PRACTICES = 6  # of a locality
SKILLS = ("dementia", "end-of-life", "substance-misuse")
WEIGHTS = (10, 10, 10, 10, 15, 20)
LENGTH = 0.9  # of all lists together, as a share of everybody's weight


class Area(NamedTuple):
    """The tables of a night."""

    selection: pa.Table
    people: pa.Table
    professionals: pa.Table
    needs: pa.Table


def made_up_area(people: int, professionals: int, seed: int = 6) -> Area:
    """The same area for the same numbers."""
    order = random.Random(seed)  # noqa: S311
    localities = [f"L{number:02d}" for number in range(max(1, round(professionals / PER_LOCALITY)))]
    persons = [_person(number, localities, order) for number in range(people)]
    length = LENGTH * sum(each["weight_tenths"] for each in persons) / TENTHS / max(1, professionals)
    staff = [_professional(number, localities, length, order) for number in range(professionals)]
    staff += [_coordinator(place, round(2 * length * PER_LOCALITY)) for place in localities]
    return Area(
        pa.Table.from_pylist(persons, schema=Selection.arrow_schema()),
        pa.Table.from_pylist(persons, schema=PseudonymisedPerson.arrow_schema()),
        pa.Table.from_pylist(staff, schema=Professional.arrow_schema()),
        pa.Table.from_pylist(persons, schema=Need.arrow_schema()),
    )


def _person(number: int, localities: list[str], order: random.Random) -> dict[str, Any]:
    place = order.choice(localities)
    return {
        "pseudonym": f"p{number:06d}",
        "locality": place,
        "gp_practice_code": f"{place}-{order.randrange(PRACTICES)}",
        "tier": "case management",
        "rank": order.randint(1, 1_000_000),
        "why": "made up",
        "weight_tenths": order.choice(WEIGHTS),
        "skills": [order.choice(SKILLS)] if order.random() < 0.2 else [],
    }


def _professional(number: int, localities: list[str], length: float, order: random.Random) -> dict[str, Any]:
    place = localities[number % len(localities)]
    return {
        "professional_id": f"n{number:04d}",
        "role": ACCOUNTABLE,
        "team": place,
        "locality": place,
        "practices": sorted(f"{place}-{each}" for each in order.sample(range(PRACTICES), 2)),
        "skills": [skill for skill in SKILLS if order.random() < 0.5],
        "capacity": max(1, round(length * order.uniform(0.7, 1.3))),
    }


def _coordinator(place: str, capacity: int) -> dict[str, Any]:
    return {
        "professional_id": f"c-{place}", "role": COORDINATOR, "team": place, "locality": place, "practices": [],
        "skills": [], "capacity": capacity,
    }  # fmt: skip


def shuffled(area: Area, seed: int) -> Area:
    """The same rows in another order."""
    order = random.Random(seed)  # noqa: S311
    return Area(*(_shuffled(table, order) for table in area))


def _shuffled(table: pa.Table, order: random.Random) -> pa.Table:
    rows = list(range(table.num_rows))
    order.shuffle(rows)
    return table.take(pa.array(rows, pa.int64()))


def night(area: Area, previous: pa.Table | None = None, as_at: dt.date = TONIGHT) -> pa.Table:
    """The proposals."""
    return propose(area.selection, area.people, area.professionals, previous, as_at, beside=Beside(needs=area.needs))


def over_capacity(area: Area, proposals: pa.Table) -> int:
    """Professionals and coordinators whose people weigh more than their lists are long."""
    weight = dict(zip(area.needs["pseudonym"].to_pylist(), area.needs["weight_tenths"].to_pylist(), strict=True))
    held = Counter[str]()
    for row in proposals.to_pylist():
        for who in (row["accountable_professional_id"], row["coordinator_id"]):
            held[who] += weight[row["pseudonym"]] if who else 0
    return sum(held[one["professional_id"]] > one["capacity"] * TENTHS for one in area.professionals.to_pylist())


def moves(one: pa.Table, other: pa.Table) -> int:
    """People who are with another professional or coordinator in one than in the other, or in one of the two only."""
    found = [
        {row["pseudonym"]: (row["accountable_professional_id"], row["coordinator_id"]) for row in table.to_pylist()}
        for table in (one, other)
    ]
    return sum(found[0].get(who) != found[1].get(who) for who in found[0].keys() | found[1].keys())


def measure(people: int, professionals: int) -> dict[str, Any]:
    """The benchmark's figures."""
    area = made_up_area(people, professionals)
    start, busy = time.perf_counter(), time.process_time()
    first = night(area)
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    other = shuffled(area, seed=1)
    moved = moves(first, night(other))
    tomorrow = TONIGHT + dt.timedelta(days=1)
    again = _shuffled(first, random.Random(2))  # noqa: S311
    moved += moves(first, night(other, again, tomorrow))
    return {
        "people": people,
        "professionals": professionals,
        "seconds": round(seconds, 2),
        "over_capacity": over_capacity(area, first),
        "moves_on_permutation": moved,
        "unplaced": Proposal.validate(first)["accountable_professional_id"].null_count,
        "cpu_seconds": round(busy, 2),
        "with_own_practice": _with_practice(area, first),
    }


def _with_practice(area: Area, proposals: pa.Table) -> int:
    works = {one["professional_id"]: set(one["practices"]) for one in area.professionals.to_pylist()}
    practice = dict(zip(area.people["pseudonym"].to_pylist(), area.people["gp_practice_code"].to_pylist(), strict=True))
    return sum(practice[row["pseudonym"]] in works.get(row["accountable_professional_id"], ()) for row in proposals.to_pylist())


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--professionals", type=int, default=450)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measure(asked.people, asked.professionals)
    print(json.dumps(found) if asked.json else "\n".join(f"{name}: {value}" for name, value in found.items()))


if __name__ == "__main__":
    main()
