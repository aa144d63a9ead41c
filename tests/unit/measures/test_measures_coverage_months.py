"""NHS numbers by month of contact: counted by the engine, people once a month, each rate with its denominator; and the figure."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from measures.coverage import (
    BY_MONTH,
    COMPLETENESS,
    LINKED,
    VALIDITY,
    VERIFIED,
    nhs_number_coverage,
    nhs_number_coverage_by_month,
)
from measures.report.charts import coverage_by_month
from measures.report.charts.coverage import figure as coverage_figure
from measures.rows import AREA, Figure, measure_rows, month_of, together
from pipelines.engine import Engine
from schemas.aggregate import Measure

AS_AT = dt.date(2026, 3, 15)
TEXT = pa.string()
ACTIVITY = pa.schema([("source", TEXT), ("local_patient_id", TEXT), ("activity_type", TEXT), ("start_date", pa.date32())])
RECORDS = pa.schema([(name, TEXT) for name in ("source", "local_patient_id", "nhs_number_kind", "nhs_number_status", "step")])

# source, local id, type, day
EVENTS = [
    ("cld", "a", "social_care_service", "2026-02-01"),
    ("cld", "a", "social_care_review", "2026-02-28"),  # the same person in the same month
    ("cld", "a", "social_care_review", "2026-01-05"),
    ("cld", "b", "social_care_service", "2026-02-10"),
    ("cld", "gone", "social_care_service", "2026-02-11"),  # no record
    ("ecds", "a", "accident_and_emergency", "2026-02-10"),  # another source's `a`
    ("gp", "a", "gp_snapshot", "2026-02-10"),  # no contact
    ("cld", "b", "social_care_service", "2026-03-01"),  # a month that is not over
    ("cld", "b", "social_care_service", "2025-02-28"),  # too long ago
]
PEOPLE = [
    ("cld", "a", "valid", None, "cross_check"),
    ("cld", "b", "placeholder", None, "alphanumeric"),
    ("ecds", "a", "valid", "01", "confirmed_number"),
    ("gp", "a", "valid", None, "cross_check"),
]


def table(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    named = [dict(zip(schema.names, row, strict=True)) for row in rows]
    for row in named:
        if "start_date" in row:
            row["start_date"] = dt.date.fromisoformat(row["start_date"])
    return pa.Table.from_pylist(named, schema=schema)


def measured(
    folder: Path, events: list[tuple[Any, ...]] = EVENTS, people: list[tuple[Any, ...]] = PEOPLE, **more: Any
) -> pa.Table:
    with Engine(folder / "spill", threads=1) as engine:
        activity, records = engine.from_arrow(table(events, ACTIVITY)), engine.from_arrow(table(people, RECORDS))
        return nhs_number_coverage_by_month(activity, records, AS_AT, **more)


def counts(measures: pa.Table, measure: str) -> dict[tuple[str, str], tuple[int, int]]:
    return {
        (row["category"], row["period_start"].isoformat()[:7]): (row["numerator"], row["denominator"])
        for row in measures.to_pylist()
        if row["measure"] == measure
    }


def test_people_count_once_in_every_month_in_which_they_were_seen(tmp_path: Path) -> None:
    found = measured(tmp_path)
    assert found.schema.equals(Measure.arrow_schema())
    assert counts(found, COMPLETENESS) == {("cld", "2026-01"): (1, 1), ("cld", "2026-02"): (2, 3), ("ecds", "2026-02"): (1, 1)}
    assert counts(found, VALIDITY) == {("cld", "2026-01"): (1, 1), ("cld", "2026-02"): (1, 2), ("ecds", "2026-02"): (1, 1)}
    assert counts(found, VERIFIED) == {("cld", "2026-01"): (0, 0), ("cld", "2026-02"): (0, 0), ("ecds", "2026-02"): (1, 1)}
    assert counts(found, LINKED) == {("cld", "2026-01"): (1, 1), ("cld", "2026-02"): (1, 3), ("ecds", "2026-02"): (1, 1)}
    assert set(found["breakdown"].to_pylist()) == {BY_MONTH}
    assert {row["period_end"] for row in found.to_pylist()} == {dt.date(2026, 1, 31), dt.date(2026, 2, 28)}


def test_only_the_last_whole_months_count(tmp_path: Path) -> None:
    found = measured(tmp_path, months=1)
    assert {start for _, start in counts(found, COMPLETENESS)} == {"2026-02"}
    assert measured(tmp_path, events=[]).num_rows == 0


def test_test_numbers_are_usable_among_made_up_people(tmp_path: Path) -> None:
    people = [("cld", "a", "test_range", None, "cross_check")]
    for synthetic, usable in ((True, 1), (False, 0)):
        found = measured(tmp_path, EVENTS[:1], people, synthetic=synthetic)
        assert counts(found, VALIDITY) == {("cld", "2026-02"): (usable, 1)}


def test_the_order_of_events_and_people_changes_nothing(tmp_path: Path) -> None:
    draw = random.Random(5)
    events, people = draw.sample(EVENTS, len(EVENTS)), draw.sample(PEOPLE, len(PEOPLE))
    assert measured(tmp_path, events, people).equals(measured(tmp_path))


def test_linked_by_number_stands_beside_the_others_by_source() -> None:
    """The register is linked to, so it has no such share; without steps there is none at all."""
    records = table([*PEOPLE, ("register", "r", "valid", "01", "register")], RECORDS)
    found = nhs_number_coverage(records, AS_AT)
    rates = {row["category"]: row["rate"] for row in found.to_pylist() if row["measure"] == LINKED}
    assert rates == {"cld": 0.5, "ecds": 1.0, "gp": 1.0}
    assert LINKED not in nhs_number_coverage(records.drop_columns("step"), AS_AT)["measure"].to_pylist()
    panel = coverage_figure(found).panels[-1]
    assert "Register" not in panel.alt
    assert "Social care (CLD): 50.0%" in panel.alt


# --- the figure -------------------------------------------------------------------------------------------------------------


def months(shares: dict[str, list[tuple[int, int]]], measure: str = COMPLETENESS) -> pa.Table:
    """Monthly rows from August 2025 on."""
    starts = [dt.date(2025 + (7 + place) // 12, (7 + place) % 12 + 1, 1) for place in range(12)]
    rows = [
        measure_rows(measure, BY_MONTH, [Figure(source, AREA, above, below)], month_of(starts[place]))
        for source, figures in shares.items()
        for place, (above, below) in enumerate(figures)
        if below
    ]
    return together(*rows)


def withheld(rows: pa.Table) -> pa.Table:
    hidden = [{**row, "numerator": None, "rate": None, "suppressed": True} for row in rows.to_pylist()]
    return pa.Table.from_pylist(hidden, schema=Measure.arrow_schema())


def reading(shares: dict[str, list[tuple[int, int]]]) -> str:
    return coverage_by_month.figures(months(shares))[0].reading


def test_without_monthly_rows_there_is_no_figure() -> None:
    assert coverage_by_month.figures(Measure.empty()) == []


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        (
            [(500 + 10 * place, 1000) for place in range(12)],
            "Social care (CLD): 60.0% lately, rising; at this rate 73% by Jul 27.",
        ),
        (
            [(800 + 15 * place, 1000) for place in range(12)],
            "Social care (CLD): 95.0% lately, rising; at this rate everybody by Oct 26.",
        ),
        (
            [(900 - 20 * place, 1000) for place in range(12)],
            "Social care (CLD): 70.0% lately, falling; at this rate 44% by Jul 27.",
        ),
        ([(600 + 50 * (place % 2), 1000) for place in range(12)], "no steady change over 12 months, so no projection."),
        ([(1000, 1000)] * 12, "Nearly everybody has a number in Social care (CLD)."),
        ([(500 + 10 * place, 1000) for place in range(5)], "Too few people a month to say more of Social care (CLD)."),
    ],
)
def test_what_is_said_of_a_source(figures: list[tuple[int, int]], words: str) -> None:
    assert words in reading({"cld": figures})


def test_sources_without_a_steady_change_share_a_sentence() -> None:
    unsteady = [(600 + 50 * (place % 2), 1000) for place in range(12)]
    said = reading({"cld": unsteady, "ecds": unsteady})
    both = "A&E (ECDS): 63.3% lately; Social care (CLD): 63.3% lately: no steady change over 12 months, so no projection."
    assert both in said
    assert said.count("no steady change") == 1


def test_a_projection_goes_no_further_than_the_months_behind_it() -> None:
    """A share that rises by a tenth of a point a month is not said to be full in forty years."""
    said = reading({"cld": [(500 + place, 1000) for place in range(12)]})
    assert "everybody" not in said
    assert "52% by Jul 27" in said


def test_every_month_of_every_source_stands_in_the_table_and_the_alternative_text() -> None:
    shown = months({"cld": [(500, 1000)] * 12, "gp": [(990, 1000)] * 12})
    linked = withheld(months({"cld": [(400, 1000)] * 2}, LINKED))
    figure = coverage_by_month.figures(together(shown, linked))[0]
    assert len(figure.rows) == 24
    assert figure.rows[0][:4] == ["GP extract", "Aug 25", "1,000", "99.0%"]
    first = next(row for row in figure.rows if row[0] == "Social care (CLD)")
    assert first == ["Social care (CLD)", "Aug 25", "1,000", "50.0%", "–", "–", "*"]
    assert [panel.title for panel in figure.panels] == ["GP extract", "Social care (CLD)"]
    assert "Aug 25 number given 50.0%" in figure.panels[1].alt
    assert "Aug 25 linked by number *" in figure.panels[1].alt


def test_a_withheld_month_is_not_drawn_and_a_month_without_anybody_keeps_its_place() -> None:
    figures = [(500, 1000), (0, 0), (500, 1000)]
    panel = coverage_by_month.figures(together(months({"cld": figures}), withheld(months({"cld": figures}, LINKED))))[0].panels[0]
    chart = panel.draw(330).to_dict()
    drawn = chart["datasets"][chart["data"]["name"]] if "name" in chart["data"] else chart["data"]["values"]
    assert [row["month"] for row in drawn] == ["Aug 25", "Oct 25"]
    assert chart["encoding"]["x"]["scale"]["domain"] == ["Aug 25", "Sep 25", "Oct 25"]


def test_a_source_without_a_status_is_said_to_give_none() -> None:
    rows = together(
        months({"cld": [(500, 1000)]}),
        measure_rows(VERIFIED, BY_MONTH, [Figure("cld", AREA, 0, 0)], month_of(dt.date(2025, 8, 1))),
    )
    assert coverage_by_month.figures(rows)[0].rows[0][5] == "not given"
