"""The report's figures of the models: what their sentences say, what is drawn, and what stands in their tables."""

from __future__ import annotations

import pyarrow as pa
import pytest

from measures.report.charts import model
from measures.report.charts.assurance import at_capacity, calibration, decision_curve, drift, subgroups
from measures.report.tables import MODEL, USED, Assurance
from measures.report.theme import AMBER, BLUE, MID_GREY
from tests.unit.measures.model_drawings import ADMISSION, DRIFT, GROUPS, NIGHT, assurance, followed, group

MODELS = assurance()
FIGURES = {
    "figures": at_capacity.figures, "deciles": calibration.figures, "groups": subgroups.figures, "curve": decision_curve.figures,
    "drift": drift.figures,
}  # fmt: skip


def drawn(panel, width=330):
    """The rows written into a chart, layer by layer."""
    chart = panel.draw(width).to_dict()
    layers = chart.get("layer", [chart])
    return [chart["datasets"][data["name"]] if "name" in data else data["values"] for data in (layer["data"] for layer in layers)]


def test_without_a_model_there_is_no_figure() -> None:
    assert [find(getattr(Assurance(), name)) for name, find in FIGURES.items()] == [[]] * 5


@pytest.mark.parametrize("width", [330, 1040])
def test_every_panel_can_be_drawn_and_says_what_it_shows(width: int) -> None:
    panels = [panel for name, find in FIGURES.items() for figure in find(getattr(MODELS, name)) for panel in figure.panels]
    assert len(panels) == 2 + 1 + 3 + 1 + 2
    for panel in panels:
        assert drawn(panel, width)
        assert panel.alt


def test_the_list_in_words_and_too_few_people_to_say() -> None:
    (figure,) = at_capacity.figures(MODELS.figures)
    assert figure.reading.startswith(
        "Emergency admission in 12 months: 74% of those listed had it, which is 28% of all who did. "
        "New long-term care in 12 months: too few people to say."
    )
    assert [row[1:] for row in figure.rows] == [
        ["PPV at capacity", "74.0%", "69% to 79%"], ["Sensitivity at capacity", "28.0%", "26% to 30%"],
        ["AUROC", "0.798", "0.783 to 0.812"], ["PPV at capacity", "*", "–"], ["Sensitivity at capacity", "*", "–"],
    ]  # fmt: skip


def test_a_tenth_whose_chance_lies_outside_the_interval_is_counted_and_a_withheld_one_is_not_drawn() -> None:
    (figure,) = calibration.figures(MODELS.deciles)
    assert "in 1 of 2 tenths shown the chance lies within the interval" in figure.reading
    assert figure.rows[0][2:] == ["1,000", "*", "0.4%", "*", "–"]
    diagonal, whiskers, dots = drawn(figure.panels[0])
    assert len(whiskers) == len(dots) == 2
    assert diagonal[-1] == {"expected": 0.4, "observed": 0.4}


def test_groups_out_of_bounds_are_named_and_coloured_and_few_events_are_not_judged() -> None:
    (figure,) = subgroups.figures(MODELS.groups)
    assert "Everybody: 0.98. Outside 0.80 to 1.25, of 3 groups with 100 events or more: " in figure.reading
    assert "Age: 85 and over (1.31) and Deprivation of the area, in fifths: 1, most deprived (0.70)." in figure.reading
    ages, _, ethnic = (drawn(panel)[0] for panel in figure.panels)
    assert [(row["row"].split("|")[1], row["text"], row["colour"]) for row in ages] == [
        ("0 to 19", "1.00", BLUE), ("85 and over", "1.31", AMBER), ("Not known", "*", MID_GREY),
    ]  # fmt: skip
    assert (ethnic[0]["value"], ethnic[0]["low"], ethnic[0]["high"]) == (0.5, 0.5, 2.0)
    assert figure.rows[0][0] == "Everybody"
    assert figure.rows[3] == ["Age: Not known", "*", "*", "*", "*", "–", "too few events"]


def test_where_no_group_is_out_of_bounds_the_reading_says_so() -> None:
    (figure,) = subgroups.figures(assurance([row for row in GROUPS if row["state"] != "amber"]).groups)
    assert "Of 1 group with 100 events or more none lies outside" in figure.reading


def test_of_many_practices_those_furthest_off_are_drawn_and_the_table_has_all() -> None:
    practices = [group("practice", f"A{number:02d}", 1 + number / 100, "green") for number in range(25)]
    practices[0] |= {"state": "too few events", "expected_observed": 2.0}
    (figure,) = subgroups.figures(assurance(practices).groups)
    (panel,) = figure.panels
    assert panel.title == "Practice (20 furthest off of 25)"
    assert [row["row"].split("|")[1] for row in drawn(panel)[0]] == [f"A{number:02d}" for number in range(5, 25)]
    assert len(figure.rows) == 25


def test_where_a_list_is_worth_more_than_listing_everybody_or_nobody() -> None:
    (figure,) = decision_curve.figures(MODELS.curve)
    assert "worth more than both from a chance of 5% to 20%." in figure.reading
    assert figure.rows[-1][1:] == ["60.0%", "10", "*", "*", "-1250.0"]
    (values,) = drawn(figure.panels[0])
    assert [row["worth"] for row in values if row["line"] == "net_benefit"] == [68.0, 37.5]
    useless = pa.Table.from_pylist([{**MODELS.curve.to_pylist()[1], "net_benefit": -0.1}], schema=MODELS.curve.schema)
    assert "at no chance shown is the list worth more" in decision_curve.figures(useless)[0].reading
    rows = [{**row, "net_benefit": None} for row in MODELS.curve.to_pylist()]
    withheld = pa.Table.from_pylist(rows, schema=MODELS.curve.schema)
    (dark,) = decision_curve.figures(withheld)
    assert (list(dark.panels), "withheld, too few people had the event" in dark.reading) == ([], True)


def test_of_the_features_the_one_that_moved_most_is_drawn_and_all_are_in_the_table() -> None:
    stability, over_time, published = drift.figures(MODELS.drift)
    assert stability.reading.startswith("Tonight: Emergency admission in 12 months 0.02; the feature that moved most 0.12.")
    lines = drawn(stability.panels[0])[-1]
    assert [(row["night"], row["value"]) for row in lines if row["line"] == drift.MOST] == [
        ("2026-10-30", 0.3),
        ("2026-10-31", 0.12),
    ]
    assert [row[1:] for row in stability.rows] == [
        ["copd", "0.120"], ["age", "0.050"], ["Emergency admission in 12 months", "0.020"], ["age", "0.300"],
    ]  # fmt: skip
    assert over_time.reading.startswith("Tonight: Emergency admission in 12 months 1.18.")
    assert over_time.rows[0] == ["31 October 2026", "Emergency admission in 12 months", "31 October 2025", "1.18"]
    assert published.reading.startswith("The last whose window is over: New long-term care in 12 months 0.85.")
    assert published.rows == [["31 October 2025", "New long-term care in 12 months", "0.85"]]


def test_one_night_is_a_sentence_and_no_chart() -> None:
    first = followed(ADMISSION, "expected over observed", "score", {0: None})
    stability, over_time = drift.figures(assurance(drift=first).drift)
    assert (stability.panels, over_time.panels, over_time.legend, stability.columns) == ([], [], [], ())
    assert stability.reading.startswith("There is no night before this one")
    assert "Emergency admission in 12 months *." in over_time.reading
    assert len(drift.figures(assurance(drift=DRIFT).drift)[1].panels) == 1


def test_gates_by_model_the_worst_first() -> None:
    rows = [
        {"score": "readmission_30_days", "name": "model", "state": "green"},
        {"score": ADMISSION, "name": "slope", "value": "0.95", "state": "green"},
        {"score": ADMISSION, "name": "gain", "value": "-0.01", "state": "red"},
    ]
    figure = model.figure(pa.Table.from_pylist(rows, schema=MODEL))
    assert [row[:3] for row in figure.rows] == [
        ["Emergency admission in 12 months", "gain", "-0.01"], ["Emergency admission in 12 months", "slope", "0.95"],
        ["Emergency readmission in 30 days", "model", "–"],
    ]  # fmt: skip
    assert figure.reading.startswith("Not passed: Emergency admission in 12 months: gain.")


def test_which_model_gave_each_score_in_the_reports_order() -> None:
    rows = [
        {"score": "readmission_30_days", "kind": "prior-use-rule", "fitted_on": NIGHT, "why": "fell back: too few"},
        {"score": ADMISSION, "kind": "logistic", "fitted_on": NIGHT, "why": "it is young enough"},
    ]
    (figure,) = model.used(pa.Table.from_pylist(rows, schema=USED))
    assert figure.rows == [
        ["Emergency admission in 12 months", "Logistic regression", "31 October 2026", "it is young enough"],
        ["Emergency readmission in 30 days", "Prior-use rule", "31 October 2026", "fell back: too few"],
    ]
    assert figure.reading.startswith("By the prior-use rule, without a model: Emergency readmission in 30 days.")
    assert model.used(pa.Table.from_pylist(rows[1:], schema=USED))[0].reading.startswith("Fitted models give every score.")
    assert model.used(USED.empty_table()) == []
