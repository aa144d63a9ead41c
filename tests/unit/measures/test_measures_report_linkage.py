"""The report's figures of linkage quality: what their sentences say, what is drawn, and what stands in their tables."""

from __future__ import annotations

import pyarrow as pa
import pytest

from measures.report.charts import accuracy, link_rate, weight_distribution
from measures.report.charts.group_panels import groups_of, interval, is_above, is_below, said
from measures.report.charts.whiskers import Against, Whisker, scale_start, whiskers
from measures.report.figure import Panel
from measures.report.groups import group_name, in_group_order
from measures.report.theme import BLUE, MID_GREY, WARM
from schemas.aggregate import Measure, WeightBin
from tests.unit.measures.linkage_drawings import NAMED, estimates, link_shares, weight_bins


def drawn(panel, width=330):
    """The rows written into each layer of a panel."""
    chart = panel.draw(width).to_dict()
    return [chart["datasets"][data["name"]] if "name" in data else data["values"] for data in (x["data"] for x in chart["layer"])]


def withheld(table: pa.Table, category: str) -> pa.Table:
    rows = table.to_pylist()
    for row in rows:
        if row["category"] == category:
            row.update(numerator=None, rate=None, rate_low=None, rate_high=None, suppressed=True)
    return pa.Table.from_pylist(rows, schema=Measure.arrow_schema())


def test_the_reading_names_the_most_under_linked_group_of_people() -> None:
    named, nameless = link_rate.figures(link_shares())
    assert named.reading.startswith(
        "Of the groups of people clearly below the rate of all these records, 95.0% (93.5% to 96.2%), "
        "the lowest is African (ethnic category), 80.0% (72.9% to 85.6%)."
    )
    assert nameless.reading.startswith(
        "Of these records 90.0% (85.1% to 93.4%) were linked, and clearly fewer of no age, gender, ethnic category or "
    )
    assert "counted apart" in nameless.reading


def test_a_lower_group_of_too_few_records_to_be_sure_is_named_as_such() -> None:
    few = [*NAMED, ("ethnic_category", "P", 4, 3)]
    (named, *_) = link_rate.figures(link_shares(few))
    assert "the lowest is African (ethnic category), 80.0%" in named.reading
    assert "Lower still, but of too few records to be sure: " in named.reading


def test_without_a_clear_difference_the_reading_says_so_and_without_records_there_is_no_figure() -> None:
    alike = [row for row in NAMED if row[:2] != ("ethnic_category", "N")]
    assert "clearly fewer of no age, gender" in link_rate.figures(link_shares(alike))[0].reading
    assert [figure.key for figure in link_rate.figures(link_shares(nameless=()))] == ["link-rate"]
    assert link_rate.figures(Measure.empty()) == []


def test_a_panel_a_breakdown_on_one_scale_with_the_rate_of_all_as_a_line() -> None:
    panels = link_rate.figures(link_shares())[0].panels
    assert [panel.title for panel in panels] == [
        "Age", "Gender", "Ethnic category", "Deprivation of the area", "NHS number", "Source",
    ]  # fmt: skip
    figures, band, line, rules, dots = drawn(panels[2])
    assert band == line == [{"line": 0.95, "low": 0.95, "high": 0.95}]
    assert [row["row"].split("|")[1] for row in figures] == ["African", "White British", "Not stated"]
    assert [row["text"] for row in figures] == ["80.0%", "98.8%", "80.0%"]
    assert [row["colour"] for row in dots] == [WARM, BLUE, WARM]
    assert rules[0]["low"] == pytest.approx(0.7288, abs=1e-4)
    scales = {panel.draw(330).to_dict()["layer"][4]["encoding"]["x"]["scale"]["domain"][0] for panel in panels}
    assert scales == {0.4}
    assert panels[2].alt == (
        "Dots with whiskers. Linked, by ethnic category. Rate of all: 95.0%. African 80.0% (72.9% to 85.6%); "
        "White British 98.8% (97.7% to 99.3%); Not stated 80.0% (67.0% to 88.8%)"
    )


def test_the_table_has_every_group_with_its_interval_and_what_is_left() -> None:
    rows = {row[0]: row[1:] for row in link_rate.figures(link_shares())[0].rows}
    assert rows["All records"] == ["1,000", "95.0%", "93.5% to 96.2%", "2.5%", "2.5%"]
    assert rows["Deprivation of the area: 1, most deprived"] == ["600", "95.0%", "93.0% to 96.5%", "2.5%", "2.5%"]
    assert list(rows)[:3] == ["All records", "Age: 5 to 9", "Age: 90 and over"]


def test_a_withheld_group_is_a_star_without_a_dot_and_is_named_nowhere() -> None:
    figure = link_rate.figures(withheld(link_shares(), "N"))[0]
    assert "African" not in figure.reading
    figures, *_, dots = drawn(figure.panels[2])
    assert [(row["text"], row["value"]) for row in dots] == [("98.8%", 0.9875), ("*", None), ("80.0%", 0.8)]
    assert len(figures) == 3
    assert ["Ethnic category: African", "150", "*", "*", "*", "*"] in figure.rows


@pytest.mark.parametrize(
    ("low", "high", "band", "below", "above"),
    [
        (0.70, 0.80, (0.90, 0.90), True, False),
        (0.95, 0.99, (0.90, 0.90), False, True),
        (0.85, 0.95, (0.90, 0.90), False, False),
        (0.80, 0.90, (0.90, 0.90), False, False),
        (0.80, 0.88, (0.87, 0.93), False, False),
        (0.80, 0.86, (0.87, 0.93), True, False),
        (0.94, 0.99, (0.87, 0.93), False, True),
        (None, None, (0.90, 0.90), False, False),
        (0.70, 0.80, (None, None), False, False),
    ],
)
def test_what_is_clearly_below_or_above(low, high, band, below, above) -> None:
    row, against = {"rate_low": low, "rate_high": high}, Against(0.9, *band)
    assert (is_below(row, against), is_above(row, against)) == (below, above)


def test_rates_in_words() -> None:
    bare = {"rate": 0.5, "rate_low": None, "rate_high": None, "suppressed": False}
    assert said(bare) == "50.0%"
    assert interval(bare) == said({}) == interval({}) == "–"
    assert said({**bare, "rate": None, "suppressed": True}) == interval({**bare, "suppressed": True}) == "*"


@pytest.mark.parametrize(
    ("breakdown", "category", "name"),
    [
        ("age_band", "05-09", "5 to 9"),
        ("age_band", "90+", "90 and over"),
        ("age_band", "not known", "Not given"),
        ("gender", "2", "Female"),
        ("ethnic_category", "A", "White British"),
        ("ethnic_category", "D", "White and Black Caribbean"),
        ("ethnic_category", "99", "Not known"),
        ("ethnic_category", "?", "?"),
        ("deprivation_decile", "10", "10, least deprived"),
        ("deprivation_decile", "4", "4"),
        ("deprivation_decile", "not known", "Area not known"),
        ("names", "without names", "Not given"),
        ("source", "gp", "GP extract"),
        ("nhs_number", "present", "Given"),
    ],
)
def test_groups_in_words(breakdown, category, name) -> None:
    assert group_name(breakdown, category) == name


@pytest.mark.parametrize(
    ("breakdown", "rates", "order"),
    [
        ("deprivation_decile", {"10": 0.1, "not known": 0.0, "2": 0.9, "1": None}, ["1", "2", "10", "not known"]),
        ("age_band", {"90+": 0.1, "00-04": 0.9}, ["00-04", "90+"]),
        ("ethnic_category", {"Z": 0.1, "A": 0.9, "N": 0.5, "B": None}, ["N", "A", "B", "Z"]),
    ],
)
def test_groups_in_their_order(breakdown, rates, order) -> None:
    rows = [{"category": category, "rate": rate} for category, rate in rates.items()]
    assert [row["category"] for row in in_group_order(breakdown, rows)] == order


@pytest.mark.parametrize(
    ("rates", "start"), [([], 0.9), ([1.0], 0.9), ([0.95], 0.9), ([0.94], 0.8), ([0.5, 0.99], 0.4), ([0.02], 0.0)]
)
def test_where_the_scale_begins(rates, start) -> None:
    assert scale_start(rates) == start


def test_a_whisker_is_cut_where_the_scale_begins_and_rows_are_higher_for_labels_of_two_lines() -> None:
    short, long = (
        Whisker("A", 0.95, 0.5, 1.0, "95.0%", MID_GREY),
        Whisker("A label that is much too long", None, None, None, "*", WARM),
    )
    one, two, nothing = [short], [short, long], Against(None, None, None)
    assert whiskers(one, 330, against=nothing, start=0.9).to_dict()["height"] == {"step": 26}
    assert whiskers(two, 330, against=nothing, start=0.9).to_dict()["height"] == {"step": 34}
    _, band, line, rules, _ = drawn(Panel(lambda width: whiskers(one, width, against=nothing, start=0.9), "alt"))
    assert rules[0]["low"] == 0.9
    assert band == line == []


def test_accuracy_before_anybody_has_judged() -> None:
    (figure,) = accuracy.figures(Measure.empty())
    assert figure.reading.startswith("No pair of this sample is judged yet")
    assert "<table" not in figure.html()


def test_estimated_precision_and_recall() -> None:
    precision, recall = accuracy.figures(estimates())
    assert precision.reading.startswith(
        "95.0% (91.0% to 97.3%) for all records, from 300 judgements. Clearly below is African (ethnic category): 40.0%"
    )
    assert "No group of people is clearly below." in recall.reading
    assert "true recall is somewhat lower" in recall.reading
    assert [panel.title for panel in precision.panels] == ["Gender", "Ethnic category"]
    assert [(round(row["low"], 3), round(row["high"], 3)) for row in drawn(precision.panels[0])[1]] == [(0.91, 0.973)]
    assert precision.rows[0] == ["All records", "300", "95.0%", "91.0% to 97.3%"]
    assert ["Ethnic category: African", "100", "40.0%", "30.9% to 49.8%"] in precision.rows
    assert [panel.title for panel in recall.panels] == ["Names"]
    assert ["Names: Given", "*", "100.0%", "96.3% to 100.0%"] in recall.rows


def test_estimates_from_too_few_judgements_are_stars_in_the_table_and_not_drawn() -> None:
    precision = accuracy.figures(withheld(estimates(), "N"))[0]
    assert [panel.title for panel in precision.panels] == ["Gender"]
    assert ["Ethnic category: African", "*", "*", "*"] in precision.rows
    assert accuracy.figures(withheld(withheld(withheld(estimates(), "N"), "all"), "2"))[0].legend == ()


def test_groups_apart_are_read_apart() -> None:
    table = link_shares()
    assert set(groups_of(table, "records_linked", ", without names")) == {"all", "age_band", "source"}
    assert groups_of(table, "records_linked") == {}


def test_weights_with_both_thresholds() -> None:
    figure = weight_distribution.figure(weight_bins())
    assert figure.reading == (
        "From 8 bits (odds of 256 to 1) a record links, unless something speaks against it; from 0 bits a clerk looks at it. "
        "Of 400 records shown, 320 were linked; 7.5% lie within a bit of the upper threshold. "
        "Where many do, moving it a little moves many links. "
        "The scale is of square roots, so that low columns can be seen: twice the height is four times the records."
    )
    scale = figure.panels[0].draw(1040).to_dict()["layer"][0]["encoding"]["y"]["scale"]
    assert scale["type"] == "sqrt"
    assert [label for _, label in figure.legend] == ["linked", "waiting for a clerk", "not linked"]
    assert figure.rows[2] == ["7 to 8", "0", "*", "0"]
    columns, stars, lines, texts = drawn(figure.panels[0], 1040)
    at_eight = [(row["bottom"], row["top"]) for row in columns if row["from"] == 8]
    assert at_eight == [(0, 20), (20, 30)]
    assert stars == [{"middle": 7.5, "top": 0, "star": "*"}]
    assert [(row["at"], row["text"]) for row in lines] == [(0.0, "review from here"), (8.0, "link from here")]
    assert texts == lines
    assert figure.panels[0].alt.startswith("Histogram of match weights. Thresholds at 0 and 8 bits. -1 to 0 bits: linked 0, ")


def test_weights_where_nothing_was_weighed_and_where_all_is_withheld() -> None:
    nothing = weight_distribution.figure(WeightBin.empty())
    assert nothing.reading.startswith("No record had to be weighed")
    assert nothing.panels == ()
    hidden = weight_distribution.figure(weight_bins((8.0, None, None, 0), review=-2.0, accept=-1.0))
    assert "From -1 bits (odds of 1 to 2) a record links" in hidden.reading
    assert "Of 0 records shown, 0 were linked; – lie within a bit" in hidden.reading
    assert [label for _, label in hidden.legend] == ["linked", "waiting for a clerk"]
    assert hidden.panels[0].draw(320)
