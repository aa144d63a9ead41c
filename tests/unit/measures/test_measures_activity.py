"""Use by service: what counts, for whom, in which year."""

from __future__ import annotations

import datetime as dt

import narwhals as nw
import pyarrow as pa
import pytest

from measures.activity import use_by_service
from measures.rows import Figure, Period, measure_rows, together, year_before
from schemas.activity_types import SERVICES
from schemas.aggregate import Measure
from schemas.errors import CaselinkError
from schemas.pseudonymised import PseudonymisedActivity

AS_AT = dt.date(2026, 1, 1)
ANN, BEN, CAT = ({"pseudonym": name, "locality": place} for name, place in (("ann", "North"), ("ben", "North"), ("cat", "South")))


def test_the_year_is_the_365_days_before_the_as_at_date():
    assert year_before(AS_AT) == Period(dt.date(2025, 1, 1), dt.date(2025, 12, 31))


@pytest.mark.parametrize(
    ("event", "service", "contacts", "pence"),
    [
        # activity type, start, end, cost, attributes                            service      contacts  pence
        (("outpatient", "2025-01-01", None, 100), "outpatient", 1, 100),  # first day of the year
        (("outpatient", "2025-12-31", None, 100), "outpatient", 1, 100),  # last day
        (("outpatient", "2024-12-31", None, 100), "outpatient", 0, 0),  # the day before
        (("outpatient", "2026-01-01", None, 100), "outpatient", 0, 0),  # not yet known
        (("outpatient", "2025-06-01", None, 100, {"attended": "6"}), "outpatient", 1, 100),  # late, but seen
        (("outpatient", "2025-06-01", None, None, {"attended": "3"}), "outpatient", 0, 0),  # did not come
        (("inpatient_emergency", "2025-06-01", None, 900, {"admission_method": "21"}), "emergency_inpatient", 1, 900),
        (("inpatient_emergency", "2025-06-01", None, 900, {"admission_method": "2B"}), "emergency_inpatient", 0, 900),  # transfer
        (("inpatient_other", "2025-06-01", None, 5), "planned_inpatient", 1, 5),
        (("mental_health_spell", "2025-06-01", None, None), "mental_health", 1, 0),
        (("delayed_discharge", "2025-06-01", None, None), "emergency_inpatient", 0, 0),  # not use of a service
        # a package counts in every year in which it ran, and costs the days on which it ran in this one
        (("social_care_service", "2020-01-01", None, None, {"weekly_cost_pence": 700}), "social_care", 1, 36_500),
        (("social_care_service", "2020-01-01", "2025-01-11", None, {"weekly_cost_pence": 700}), "social_care", 1, 1_000),
        (("social_care_service", "2025-12-30", "2026-03-01", None, {"weekly_cost_pence": 700}), "social_care", 1, 200),
        (("social_care_service", "2020-01-01", "2025-01-01", None, {"weekly_cost_pence": 700}), "social_care", 0, 0),
        (("social_care_service", "2020-01-01", None, 900), "social_care", 1, 0),  # its whole cost belongs to 2020
        (("social_care_service", "2025-05-01", "2025-05-02", 900), "social_care", 1, 900),
    ],
)
def test_what_counts_as_a_contact_and_what_it_costs(drawn, figures, event, service, contacts, pence):
    measured = use_by_service(drawn.people(ANN), drawn.events(("ann", *event)), AS_AT)
    assert figures(measured, "contacts")[service, "North"] == (contacts, min(contacts, 1))
    assert figures(measured, "cost_pence")[service, "area"][0] == pence


def test_people_contacts_and_cost_by_service_and_locality(drawn, figures):
    events = drawn.events(
        ("ann", "outpatient", "2025-02-01", None, 100),
        ("ann", "outpatient", "2025-03-01", None, None),
        ("ben", "outpatient", "2025-03-01", None, 50),
        ("cat", "gp_appointment", "2025-03-01", None, 10),
        ("nobody", "gp_appointment", "2025-03-01", None, 10),
    )
    measured = use_by_service(drawn.people(ANN, BEN, CAT), events, AS_AT)
    people, contacts = figures(measured, "people_using_service"), figures(measured, "contacts")
    assert people["outpatient", "North"] == (2, 2)
    assert people["outpatient", "South"] == (0, 1)
    assert people["outpatient", "area"] == (2, 3)
    assert contacts["outpatient", "area"] == (3, 2)
    assert contacts["primary_care", "South"] == (1, 1)
    assert figures(measured, "cost_pence")["outpatient", "area"] == (150, 2)
    assert figures(measured, "costed_contacts")["outpatient", "area"] == (2, 3)
    assert {category for category, _ in people} == set(SERVICES)
    empty = next(r for r in measured.to_pylist() if r["category"] == "community" and r["measure"] == "contacts")
    assert empty["rate"] is None


@pytest.mark.parametrize(
    ("person", "counted"),
    [
        ({}, True),
        ({"locality": None}, True),
        ({"month_of_death": dt.date(2025, 12, 1)}, False),
        ({"registered_to": dt.date(2025, 12, 1)}, False),
        ({"registered_to": dt.date(2026, 2, 1)}, True),
        ({"registered_from": dt.date(2026, 2, 1)}, False),
        ({"registered_from": None}, True),
    ],
)
def test_the_population_is_alive_and_registered(drawn, figures, person, counted):
    measured = use_by_service(drawn.people(CAT, {**ANN, **person}), drawn.events(), AS_AT)
    assert figures(measured, "people_using_service")["outpatient", "area"] == (0, 2 if counted else 1)


def test_no_locality_is_called_unknown(drawn, figures):
    measured = use_by_service(drawn.people({"pseudonym": "ann"}), drawn.events(), AS_AT)
    assert figures(measured, "people_using_service")["outpatient", "unknown"] == (0, 1)


def test_an_area_without_anybody(drawn):
    nobody = drawn.people(ANN).filter(nw.col("pseudonym") == "x")
    assert use_by_service(nobody, drawn.events(), AS_AT).column("numerator").to_pylist() == [0] * 4 * len(SERVICES)


def test_the_frames_need_only_the_declared_columns(drawn):
    assert set(PseudonymisedActivity.columns()) >= set(drawn.events().collect_schema().names())


def test_a_measure_said_twice_is_refused():
    once = measure_rows("m", "b", [Figure("c", "area", 1, 2)], Period(AS_AT, AS_AT))
    assert once.schema == Measure.arrow_schema()
    with pytest.raises(CaselinkError, match="repeat a key"):
        together(once, once)


def test_nothing_together_is_an_empty_table():
    assert together() == pa.table(Measure.empty())
