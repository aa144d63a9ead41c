"""Who is away, and whether somebody has to cover: days of January 2026 counted by hand; more than nine are covered."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from caseload.needs import Need, needed_by
from caseload.professionals import Absence, away_at
from caseload.seats import ORDINARY
from schemas.errors import CaselinkError


def day(number):
    return dt.date(2026, 1, number) if number is not None else None


def absences(*spans):
    rows = [
        {"professional_id": "ann", "from_date": day(first), "to_date": day(last), "cover": cover} for first, last, cover in spans
    ]
    return pa.Table.from_pylist(rows, schema=Absence.arrow_schema())


@pytest.mark.parametrize(
    ("spans", "as_at", "covered"),
    [
        ([(5, 14, None)], 5, {"ann": None}),              # ten days: covered from the first
        ([(5, 14, "bob")], 14, {"ann": "bob"}),           # to the last
        ([(5, 14, None)], 15, {}),
        ([(5, 14, None)], 4, {}),
        ([(5, 13, None)], 8, {}),                         # nine days: nobody needs to cover
        ([(5, None, None)], 13, {}),                      # the ninth day of one whose end is not known
        ([(5, None, "bob")], 14, {"ann": "bob"}),         # the tenth
        ([(5, 9, "bob"), (10, 14, "cat")], 5, {"ann": "bob"}),   # two that touch are one of ten days
        ([(5, 9, "bob"), (10, 14, "cat")], 12, {"ann": "cat"}),  # the one in force names the cover
        ([(5, 9, None), (11, 14, None)], 12, {}),         # a day between: four days
        ([(1, 3, None), (5, 14, None), (20, 31, None)], 6, {"ann": None}),
        ([(1, 20, None), (5, 6, None)], 10, {"ann": None}),      # one within the other
        ([(1, None, None), (5, 6, None)], 20, {"ann": None}),
    ],
)  # fmt: skip
def test_an_absence_longer_than_the_days_that_are_set_is_covered(spans, as_at, covered):
    assert away_at(absences(*spans), day(as_at), 9) == covered
    assert away_at(absences(*reversed(spans)), day(as_at), 9) == covered


def test_without_absences_nobody_is_away():
    assert away_at(None, day(1)) == {}
    assert away_at(absences((5, 9, None)), day(5), 0) == {"ann": None}


def test_two_absences_that_begin_on_one_day_are_refused():
    with pytest.raises(CaselinkError, match="repeat a key"):
        away_at(absences((5, 9, None), (5, 7, None)), day(5))


def test_a_need_is_weight_skills_and_exit():
    rows = [
        {"pseudonym": "p1", "weight_tenths": 15, "skills": ["dementia"], "exit": "lives in a care home"},
        {"pseudonym": "p2"},
    ]
    found = needed_by(pa.Table.from_pylist(rows, schema=Need.arrow_schema()))
    assert found["p1"] == (ORDINARY * 3 // 2, {"dementia"}, "lives in a care home")
    assert found["p2"] == (ORDINARY, frozenset(), None)
    assert needed_by(None) == {}
    with pytest.raises(CaselinkError, match="below minimum"):
        needed_by(pa.Table.from_pylist([{"pseudonym": "p1", "weight_tenths": 5}], schema=Need.arrow_schema()))
