"""Combinations of sectors, concentration of use, and where costs come from."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from measures.activity import use_by_service
from measures.concentration import Highest, highest
from measures.cost_sources import cost_by_source
from measures.sectors import USES, combination_of, use_of_sectors
from schemas.activity_types import SECTORS, SERVICES

AS_AT = dt.date(2026, 1, 1)
ANN, BEN, CAT = ({"pseudonym": name, "locality": "North"} for name in ("ann", "ben", "cat"))
EVENTS = (
    ("ann", "gp_appointment", "2025-02-01", None, 100),
    ("ann", "accident_and_emergency", "2025-02-01", None, 200),
    ("ann", "outpatient", "2025-03-01", None, None),
    ("ben", "gp_appointment", "2025-03-01", None, 10),
    ("ben", "gp_appointment", "2025-03-01", None, 10),
)


def test_every_service_is_of_one_sector():
    assert sorted(service for services in SECTORS.values() for service in services) == sorted(SERVICES)


def test_there_are_32_combinations():
    names = [combination_of(used) for used in USES]
    assert len(set(names)) == 32
    assert (names[0], names[-1]) == ("none", " + ".join(SECTORS))


def test_people_contacts_and_cost_of_each_combination(drawn, figures):
    """A&E and outpatients are one sector. Combinations of nobody are there, too."""
    measured = use_of_sectors(drawn.people(ANN, BEN, CAT), drawn.events(*EVENTS), AS_AT)
    people, contacts, cost = (figures(measured, name) for name in ("people", "contacts", "cost_pence"))
    assert len(people) == len(contacts) == len(cost) == 32
    assert {name: value for (name, _), value in people.items() if value[0]} == {
        "acute + primary_care": (1, 3), "primary_care": (1, 3), "none": (1, 3),
    }  # fmt: skip
    assert contacts["acute + primary_care", "area"] == (3, 1)
    assert cost["acute + primary_care", "area"] == (300, 1)
    assert (contacts["primary_care", "area"], cost["primary_care", "area"]) == ((2, 1), (20, 1))
    assert contacts["none", "area"] == (0, 1)
    assert figures(measured, "people_using_sector") == {
        ("acute", "area"): (1, 3), ("community", "area"): (0, 3), ("mental_health", "area"): (0, 3),
        ("primary_care", "area"): (2, 3), ("social_care", "area"): (0, 3),
    }  # fmt: skip


def test_the_order_of_the_rows_changes_nothing(drawn):
    one = use_of_sectors(drawn.people(ANN, BEN, CAT), drawn.events(*EVENTS), AS_AT)
    other = use_of_sectors(drawn.people(CAT, BEN, ANN), drawn.events(*reversed(EVENTS)), AS_AT)
    assert one.equals(other)


def test_an_area_without_anybody(drawn):
    nobody = drawn.people(ANN, CAT, {**BEN, "month_of_death": dt.date(2025, 1, 1)}).filter(pseudonym="ben")
    measured = use_of_sectors(nobody, drawn.events(), AS_AT)
    assert set(measured.column("numerator").to_pylist()) == {0}
    assert measured.num_rows == 3 * 32 + 5


@pytest.mark.parametrize(
    ("amounts", "people", "expected"),
    [
        # 2,000 people: one in a hundred has 100, a further one in a hundred 50, the rest 1 each
        (
            [1, 50, 100],
            [1960, 20, 20],
            [(1, 20, 2000), (2, 40, 3000), (5, 100, 3060), (10, 200, 3160), (20, 400, 3360), (50, 1000, 3960), (100, 2000, 4960)],
        ),
        # 300 people: groups below 20 people, or 20 more, are left out; everybody is the last
        ([7], [300], [(10, 30, 210), (20, 60, 420), (50, 150, 1050), (100, 300, 2100)]),
        # half of nobody's use
        ([0, 3], [99, 1], [(20, 20, 3), (50, 50, 3), (100, 100, 3)]),
        ([5], [19], []),
        ([], [], []),
    ],
)  # fmt: skip
def test_the_highest_by_hand(amounts, people, expected):
    found = highest(np.array(amounts, np.int64), np.array(people, np.int64))
    assert found == [Highest(*each) for each in expected]


def test_the_highest_do_not_depend_on_the_order_of_the_rows():
    rng = np.random.default_rng(3)
    amounts, people = rng.integers(0, 10**12, 400), rng.integers(1, 9, 400)
    mixed = rng.permutation(400)
    one = highest(amounts, people)
    assert highest(amounts[mixed], people[mixed]) == one
    each = np.sort(np.repeat(amounts, people))[::-1]
    assert [h.together for h in one] == [int(each[: h.people].sum()) for h in one]


def test_contacts_and_cost_by_source(drawn, figures):
    """What is without a price for the year is no_price; a person of several sources counts in each."""
    events = drawn.events(
        ("ann", "outpatient", "2025-02-01", None, 100, {}, "sus_final_price"),
        ("ann", "outpatient", "2025-03-01", None, 50, {}, "reference_cost"),
        ("ben", "outpatient", "2025-03-01", None, 50, {}, "reference_cost"),
        ("ben", "outpatient", "2025-04-01", None, None),
        ("cat", "gp_appointment", "2025-04-01", None, None),
        ("cat", "social_care_service", "2020-04-01", None, None, {"weekly_cost_pence": 700}, "client_level_unit_cost"),
        ("cat", "delayed_discharge", "2025-04-01", None, None),
        ("nobody", "outpatient", "2025-04-01", None, 900, {}, "reference_cost"),
    )
    people = drawn.people(ANN, BEN, CAT)
    measured = cost_by_source(people, events, AS_AT)
    assert figures(measured, "contacts_by_cost_source") == {
        ("outpatient from sus_final_price", "area"): (1, 1),
        ("outpatient from reference_cost", "area"): (2, 2),
        ("outpatient from no_price", "area"): (1, 1),
        ("primary_care from no_price", "area"): (1, 1),
        ("social_care from client_level_unit_cost", "area"): (1, 1),
    }
    assert figures(measured, "cost_by_source") == {
        ("outpatient from sus_final_price", "area"): (100, 1),
        ("outpatient from reference_cost", "area"): (100, 2),
        ("social_care from client_level_unit_cost", "area"): (36_500, 1),
    }
    by_service = figures(use_by_service(people, events, AS_AT), "costed_contacts")
    assert by_service["outpatient", "area"] == (3, 4)
