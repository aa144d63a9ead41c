"""The national condition and the reasons of the tiers, as the report shows them."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa

from measures.report.charts.selection import figures
from measures.rows import together
from measures.selection import selection_measures
from schemas.aggregate import Measure

AS_AT = dt.date(2026, 1, 31)


def measured() -> pa.Table:
    rows = [(f"p{n}", "North", "case management", "by rank", None, None) for n in range(10)]
    rows += [(f"q{n}", "North", "supported self-management", "waits", None, 1) for n in range(30)]
    rows += [(f"r{n}", "South", "none", "excluded", "care_home", None) for n in range(60)]
    names = ("pseudonym", "locality", "tier", "reason", "exclusion", "rising_place")
    selection = pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})
    proposals = pa.table({"pseudonym": [f"p{n}" for n in range(8)], "accountable_professional_id": ["nurse"] * 8})
    return selection_measures(selection, proposals, AS_AT)


def test_the_shares_stand_by_locality_and_the_reasons_below() -> None:
    national, reasons = figures(measured())
    assert national.reading.startswith("8.0% of all people are proposed to an accountable professional in case management; 30.0%")
    assert [panel.title for panel in national.panels] == [
        "Case management with an accountable professional",
        "Supported self-management",
    ]
    assert "Whole area: 8.0%; North: 20.0%; South: 0.0%" in national.panels[0].alt
    assert ["Whole area", "Supported self-management", "30", "30.0%"] in [list(row) for row in national.rows]
    assert ["Within reach of a higher tier, with no place free in it", "30", "30.0%"] in [list(row) for row in reasons.rows]
    assert list(reasons.rows[-1]) == ["Left out: care home", "60", "60.0%"]
    assert "30 people are on the list of rising risk" in reasons.reading
    assert "<svg" in national.html()


def test_what_is_withheld_shows_as_a_star_and_no_figures_as_no_figure() -> None:
    rows = [{**row, "numerator": None, "rate": None, "suppressed": True} for row in measured().to_pylist()]
    national, reasons = figures(pa.Table.from_pylist(rows, schema=Measure.arrow_schema()))
    assert national.reading.startswith("* of all people are proposed")
    assert "* on the list of rising risk" in reasons.reading
    assert figures(together()) == []
