"""Virtual wards, drawn: who is offered a bed, who waits, who leaves, night by night."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from caseload.wards import (
    ADMITTED,
    IN_WARD,
    KEEPS_BED,
    NO_BED_LEFT,
    NOT_OURS,
    REACHED,
    STEP_DOWN,
    STEP_UP,
    WAITS,
    Ward,
    WardSign,
    ward_places,
)
from schemas.pseudonymised import WardPlace

TONIGHT = dt.date(2026, 1, 31)


def day(number):
    return TONIGHT + dt.timedelta(days=number)


def wards(*rows):
    told = [
        {
            "ward_id": "w",
            "team": "north-team",
            "beds": 1,
            "length_of_stay_days": 14,
            "step_up_days": 3,
            "step_down_days": 2,
            **row,
        }
        for row in rows
    ]
    return pa.Table.from_pylist(told, schema=Ward.arrow_schema())


def night(area, as_at, previous=None, staff=None, gone=(), **signs):
    """The ward of one night; `p1=-1` attended yesterday, `p2=("discharged", -1)`, `p3=("in hospital", 0)`."""
    rows = []
    for who, sign in signs.items():
        what, when = ("attended", sign) if isinstance(sign, int) else sign
        row = {"pseudonym": who, "in_hospital": what == "in hospital"}
        rows.append(row | ({what: as_at + dt.timedelta(days=when)} if what in ("attended", "discharged") else {}))
    listed = [{"pseudonym": who, "accountable_professional_id": "n"} for who in signs if who not in gone]
    found = ward_places(
        area.proposals(*listed), pa.Table.from_pylist(rows, schema=WardSign.arrow_schema()), staff or wards({}), previous, as_at,
        order=sorted(signs),
    )  # fmt: skip
    return found, {
        row["pseudonym"]: (row["ward_id"] if row["left_on"] is None else "left", row["why"]) for row in found.to_pylist()
    }


@pytest.mark.parametrize(
    ("sign", "route"),
    [
        (0, STEP_UP), (-3, STEP_UP), (-4, None), (1, None),
        (("discharged", -2), STEP_DOWN), (("discharged", -3), None), (("in hospital", 0), None), (("nothing", 0), None),
    ],
)  # fmt: skip
def test_an_attendance_or_a_discharge_a_short_while_ago_speaks_for_a_bed(area, sign, route):
    found, said = night(area, TONIGHT, p1=sign)
    assert said == ({"p1": ("w", IN_WARD[route])} if route else {})
    if route:
        row = found.to_pylist()[0]
        assert (row["route"], row["since"], row["due"]) == (route, TONIGHT, day(14))
        assert found.schema == WardPlace.arrow_schema()


def test_a_ward_may_take_nobody_so(area):
    assert night(area, TONIGHT, staff=wards({"step_up_days": None}), p1=0)[1] == {}
    assert night(area, TONIGHT, staff=wards({"team": "south-team"}), p1=0)[1] == {}


def test_discharges_come_before_attendances_and_then_priority_decides(area):
    _, said = night(area, TONIGHT, staff=wards({"beds": 2}), p1=0, p2=0, p3=("discharged", 0))
    assert said == {"p3": ("w", IN_WARD[STEP_DOWN]), "p1": ("w", IN_WARD[STEP_UP]), "p2": (None, WAITS)}


def test_who_waits_gets_the_next_free_bed_and_the_second_ward_takes_whom_the_first_cannot(area):
    first, said = night(area, TONIGHT, p1=0, p2=0)
    assert said["p2"] == (None, WAITS)
    second, said = night(area, day(1), first, p1=("in hospital", 0), p2=-1)
    assert said == {"p1": ("left", ADMITTED), "p2": ("w", IN_WARD[STEP_UP])}
    assert second.to_pylist()[1]["since"] == day(1), "days in the ward count from the bed"
    third, _ = night(area, TONIGHT, first, p1=0, p2=0)
    assert third.to_pylist()[1]["since"] == TONIGHT, "she waits since then"
    _, said = night(area, TONIGHT, staff=wards({}, {"ward_id": "x"}), p1=0, p2=0)
    assert {who: ward for who, (ward, _) in said.items()} == {"p1": "w", "p2": "x"}


def test_a_bed_is_kept_until_the_length_of_stay_and_the_same_event_brings_nobody_back(area):
    last, _ = night(area, TONIGHT, p1=0)
    for number in range(1, 14):
        last, said = night(area, day(number), last, p1=-number)
        assert said == {"p1": ("w", KEEPS_BED)}
    last, said = night(area, day(14), last, p1=-14)
    assert said == {"p1": ("left", REACHED)}
    assert last.to_pylist()[0]["left_on"] == day(14)
    again, said = night(area, day(15), last, staff=wards({"step_up_days": 99}), p1=-15)
    assert said == {"p1": ("left", REACHED)}
    _, said = night(area, day(16), again, p1=-1)
    assert said == {"p1": ("w", IN_WARD[STEP_UP])}, "she attended on day 15, after she had left"
    forgotten, _ = night(area, day(14 + 91), last, p1=-99)
    assert forgotten.num_rows == 0


@pytest.mark.parametrize(
    ("beds", "gone", "reason"), [(1, ("p1",), NOT_OURS), (0, (), NO_BED_LEFT), (None, (), NO_BED_LEFT)]
)  # fmt: skip
def test_who_leaves_is_told_why(area, beds, gone, reason):
    last, _ = night(area, TONIGHT, p1=0)
    staff = wards({"beds": beds}) if beds is not None else wards({"ward_id": "other", "beds": 0})
    _, said = night(area, day(1), last, staff=staff, gone=gone, p1=-1)
    assert said == {"p1": ("left", reason)}


def test_the_order_of_rows_does_not_matter_and_unchanged_input_changes_nothing(area):
    last, _ = night(area, TONIGHT, staff=wards({"beds": 2}), p1=0, p2=0, p3=0)
    same, _ = night(area, TONIGHT, last, staff=wards({"beds": 2}), p3=0, p2=0, p1=0)
    keep = ["pseudonym", "ward_id", "since", "due", "route"]
    assert same.select(keep).equals(last.select(keep))
