"""Shares of people whom opt-outs leave out: of everybody there, by group and practice."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from measures.opt_outs import opt_out_shares
from schemas.pseudonymised import PseudonymisedPerson

AS_AT = dt.date(2026, 9, 30)


def people(*rows: dict[str, object]) -> pa.Table:
    named = [{"pseudonym": f"night1-{place}", **row} for place, row in enumerate(rows)]
    table = pa.Table.from_pylist(named, schema=PseudonymisedPerson.arrow_schema())
    return table.append_column("left_out", pa.array([bool(row.get("out")) for row in rows], pa.bool_()))


def test_shares_are_of_those_who_are_there() -> None:
    ann = {"gender": "2", "gp_practice_code": "A99001", "age_band": "70-74", "out": True}
    found = opt_out_shares(
        people(
            ann,
            {**ann, "out": False},
            {"gender": "1", "gp_practice_code": "A99002"},
            {**ann, "month_of_death": dt.date(2026, 1, 1)},
            {**ann, "registered_to": dt.date(2026, 1, 1)},
        ),
        AS_AT,
    )
    rows = {
        (row["breakdown"], row["category"], row["organisation"]): (row["numerator"], row["denominator"])
        for row in found.to_pylist()
    }
    assert rows["all", "all", "area"] == (1, 3)
    assert rows["gender", "2", "area"] == (1, 2)
    assert rows["gender", "1", "area"] == (0, 1)
    assert rows["age_band", "not known", "area"] == (0, 1)
    assert rows["gp_practice", "all", "A99001"] == (1, 2)
    assert rows["gp_practice", "all", "A99002"] == (0, 1)
    assert not any(row["suppressed"] for row in found.to_pylist())


def test_of_nobody_there_is_a_figure_of_nothing() -> None:
    (row,) = opt_out_shares(people(), AS_AT).to_pylist()
    assert (row["breakdown"], row["numerator"], row["denominator"], row["rate"]) == ("all", 0, 0, None)
