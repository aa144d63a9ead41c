"""The report: every section there, everything escaped, withheld cells as stars, nothing from outside, the same bytes."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from html.parser import HTMLParser

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from altair.utils import schemapi

from measures.activity import CONTACTS, COST, COSTED, PEOPLE
from measures.coverage import COMPLETENESS, VALIDITY, VERIFIED
from measures.delays import DAYS
from measures.delays import PEOPLE as DELAYED
from measures.opt_outs import OPTED_OUT
from measures.report.charts import delays, waterfall
from measures.report.charts.rejects import VALUE_ONLY, in_words
from measures.report.page import SECTIONS, build_report
from measures.report.summary import key_figures
from measures.report.tables import MODEL, REJECTS, WATERFALL, Header, ReportTables
from measures.rows import AREA, UNKNOWN, Figure, Period, measure_rows, together, year_before
from measures.sectors import COMBINATION
from measures.tiers import IN_TIER, PROPOSED, UNPLACED
from pipelines.extracts.casting import LEFT_OUT
from schemas.activity_types import SERVICES
from schemas.aggregate import FeedAge, Measure
from schemas.identifiable import SOURCES
from schemas.pseudonymised import TIERS
from tests.unit.measures.linkage_drawings import NAMED, NAMELESS, estimates, link_shares, weight_bins

AS_AT = dt.date(2026, 10, 31)
NOW, YEAR = Period(AS_AT, AS_AT), year_before(AS_AT)
HOSTILE = "<script>alert('x')</script> & \"Sons\""
VOID = {"meta", "br", "hr"}


def withheld(table, *categories):
    rows = table.to_pylist()
    for row in rows:
        if row["category"] in categories:
            row.update(numerator=None, denominator=None, rate=None, suppressed=True)
    return pa.Table.from_pylist(rows, schema=Measure.arrow_schema())


def measured(name, breakdown, figures, period=NOW):
    return measure_rows(name, breakdown, [Figure(*figure) for figure in figures], period)


def night(area="Fellshire", locality="Ashby", professional="nurse-1", rule="date not readable", synthetic=True) -> ReportTables:
    feeds = [
        {"source": source, "state": "current", "files": 1, "rows": 10, "rejected": 0, "data_to": AS_AT, "age_days": 0}
        for source in SOURCES
    ]
    feeds[2] |= {"state": "stale", "age_days": 92, "message": locality}
    feeds[3] |= {"state": "missing", "data_to": None, "age_days": None}
    steps = [("register", "register", 900), ("cld", "cross_check", 700), ("cld", "probabilistic", None)]
    steps += [("cld", "review", 20), ("cld", "unlinked", 40)]
    places = [(service, place) for service in SERVICES for place in (AREA, locality, "Brook")]
    services = together(
        measured(PEOPLE, "service", [(s, p, 120, 900) for s, p in places], YEAR),
        measured(CONTACTS, "service", [(s, p, 480, 120) for s, p in places], YEAR),
        measured(COST, "service", [(s, p, 123_456_700, 120) for s, p in places], YEAR),
        measured(COSTED, "service", [(s, p, 0 if s == "primary_care" else 400, 480) for s, p in places], YEAR),
    )
    combinations = [
        ("none", 300),
        ("acute", 200),
        ("acute + community + primary_care + social_care", 100),
        ("community", 9),
    ]
    sizes = [(1, 25), (5, 55), (100, 609)]
    sectors = together(
        measured("people", COMBINATION, [(c, AREA, n, 609) for c, n in combinations], YEAR),
        measured(CONTACTS, COMBINATION, [(c, AREA, 4 * n, n) for c, n in combinations], YEAR),
        measured(COST, COMBINATION, [(c, AREA, 5_000 * n, n) for c, n in combinations], YEAR),
        measured("people_using_sector", "sector", [("acute", AREA, 300, 609)], YEAR),
        measured("contacts_of_highest", "concentration", [(f"{size} %", AREA, 4 * n, n) for size, n in sizes], YEAR),
        measured("cost_of_highest", "concentration", [(f"{size} %", AREA, 50 * n, n) for size, n in sizes], YEAR),
        measured(
            "contacts_by_cost_source",
            "cost source",
            [(f"outpatient from {source}", AREA, n, 20) for source, n in (("sus_final_price", 60), ("no_price", 20))],
            YEAR,
        ),
        measured("cost_by_source", "cost source", [("outpatient from sus_final_price", AREA, 123_400, 20)], YEAR),
    )
    coverage = together(
        measured(COMPLETENESS, "source", [("cld", AREA, 710, 1000), ("gp", AREA, 990, 1000)]),
        measured(VALIDITY, "source", [("cld", AREA, 700, 710), ("gp", AREA, 989, 990)]),
        measured(VERIFIED, "source", [("cld", AREA, 0, 0), ("gp", AREA, 900, 1000)]),
        measured(COMPLETENESS, "source and month", [("gp", AREA, 1, 2)]),
    )
    proposals = together(
        measured(PROPOSED, "accountable professional", [(professional, "team-1", 31, 40), ("nurse-2", "team-1", 45, 43)]),
        measured(PROPOSED, "coordinator", [("coordinator-1", "team-1", 76, 200)]),
        measured(UNPLACED, "proposal", [("no accountable professional", AREA, 12, 88)]),
    )
    delayed = together(
        measured(DAYS, "attribution", [("NHS", AREA, 90, 20), ("SOCIAL_CARE", AREA, 120, 30), ("other", AREA, 10, 9)]),
        measured(DELAYED, "attribution", [("NHS", AREA, 20, None)]),
    )
    model = [
        {"score": "emergency_admission_12_months", "name": "AUROC gain", "value": "0.08", "bound": "from 0.05", "state": "green"},
        {"score": "emergency_admission_12_months", "name": "Calibration slope", "value": "1.30", "bound": None, "state": "red"},
        {"score": "made_up", "name": "Model", "value": None, "bound": None, "state": "amber"},
    ]
    counts = dict(zip(TIERS, (18, 45, 135, 702), strict=True))
    tiers = [(tier, place, count, 900) for place in (AREA, locality, UNKNOWN) for tier, count in counts.items()]
    rejects = [{"source": "ecds", "rule": rule, "count": 14}, {"source": "gp", "rule": "line cut short", "count": None}]
    rejects += [{"source": "ecds", "rule": "bad code: value left out", "count": 30}]
    return ReportTables(
        header=Header(area, "a1b2", AS_AT, "c0de", synthetic, "2024-25"),
        feeds=pa.Table.from_pylist(feeds, schema=FeedAge.arrow_schema()),
        waterfall=pa.Table.from_pylist([dict(zip(WATERFALL.names, row, strict=True)) for row in steps], schema=WATERFALL),
        coverage=coverage,
        services=withheld(services, "mental_health"),
        sectors=withheld(sectors, "community"),
        tiers=measured(IN_TIER, "tier", tiers),
        proposals=proposals,
        model=pa.Table.from_pylist(model, schema=MODEL),
        rejects=pa.Table.from_pylist(rejects, schema=REJECTS),
        delays=delayed,
        link_quality=link_shares(NAMED[:2], NAMELESS[:2]),  # two panels: the page is built many times
        weights=weight_bins(),
        accuracy=estimates(),
        opt_outs=together(
            measured(OPTED_OUT, "all", [("all", AREA, 46, 900)]),
            measured(OPTED_OUT, "gender", [("1", AREA, 20, 440), ("2", AREA, 26, 450), ("not known", AREA, 0, 10)]),
            measured(OPTED_OUT, "gp_practice", [("all", "A99001", 46, 890), ("all", UNKNOWN, 0, 10)]),
        ),
    )  # fmt: skip


def without_rows() -> ReportTables:
    full = night()
    tables = {name: getattr(full, name).slice(0, 0) for name in vars(full) if name not in ("header", "assurance")}
    return ReportTables(header=Header("Nowhere", "a", AS_AT, "c", False), **tables)


class Page(HTMLParser):
    """Reads a page strictly: elements must close in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.words.append(data)

    def all(self, name: str) -> list[str]:
        return [value or "" for _, known, value in self.attributes if known == name]


@pytest.fixture(scope="module")
def report() -> str:
    return build_report(night())


@pytest.fixture(scope="module", name="page")
def _page(report) -> Page:
    return Page(report)


def test_every_section_is_there_and_linked(page):
    anchors = page.all("id")
    assert len(anchors) == len(set(anchors))
    for section in SECTIONS:
        assert section.key in anchors
        assert f"#{section.key}" in page.all("href")
    assert {href[1:] for href in page.all("href")} <= set(anchors)
    assert {value for _, name, value in page.attributes if name == "aria-labelledby"} <= set(anchors)


def test_nothing_comes_from_outside_and_nothing_runs(report, page):
    assert all(href.startswith("#") for href in page.all("href"))
    assert not page.all("src")
    assert not {"script", "link", "img", "iframe", "object", "embed", "form", "base"} & set(page.tags)
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    addresses = set(re.findall(r"https?://[^\s\"'<)]+", report))
    assert addresses <= {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink"}
    assert all(inside.startswith("#") for inside in re.findall(r"url\(([^)]*)\)", report))
    assert "@import" not in report
    assert "default-src 'none'" in page.all("content")[0]


def test_every_text_is_escaped():
    text = build_report(night(area=HOSTILE, locality=HOSTILE, professional=HOSTILE, rule=HOSTILE))
    page = Page(text)
    assert "script" not in page.tags
    assert HOSTILE in page.words
    assert text.count("<script") == 0


def test_withheld_cells_are_stars(page):
    words = page.words
    assert words.count("*") >= 8
    star = words.index("Likelihood", words.index("Step"))
    assert words[star:].index("*") < 6
    assert "None" not in " ".join(words)


def test_the_summary_says_what_matters(page):
    text = " ".join(page.words)
    late = "Not delivered: A&E (ECDS). Not current: Outpatients (SUS) (stale)."
    assert f"Night of Fellshire: data as at 31 October 2026. {late}" in text
    assert f"{late} A long bar" in text
    assert "missing" not in page.words  # nor in the table of feeds
    assert page.words.count("not delivered") >= 1
    assert "Figures are not age-standardised." in text
    assert not re.search(r"\b(she|her|hers)\b", text)
    assert "Of 760 person records outside the register, 92.1% were linked to a person." in text
    assert "Of 900 people, 18 (2.0%) are in case management; 76 of them are proposed to 2 accountable professionals" in text
    assert "12 found no place." in text
    said = "At least 14 rows were refused, 30 values were left out of rows that stayed."
    assert text.count(said) == 2  # in the summary and above the chart
    assert "30 values left out of rows that stayed" in text
    assert "14+" in page.words
    assert "900 in no known locality" in text
    assert "no prices" in page.words


def test_every_chart_has_words_and_a_table(page):
    drawings = [value for tag, name, value in page.attributes if tag == "svg" and name == "aria-label"]
    assert len(drawings) == page.tags.count("svg")
    assert all(len(words) > 20 for words in drawings)
    assert page.tags.count("details") == 20
    assert page.tags.count("caption") == page.tags.count("table") == 22
    assert page.tags.count("summary") == page.tags.count("details")


def test_use_across_the_whole_system_is_told(page):
    """100 of 600 people that are shown used four sectors; 25 people have 100 of 2,436 contacts; 60 of 80 contacts have a cost."""
    text = " ".join(page.words)
    assert "100 people (16.7%) used four sectors or all five; 16.7% of the cost is theirs." in text
    assert "Of the contacts, the highest 1 % have 4.1%, the highest 5 % have 9.0%." in text
    assert "A cost is known for 75.0% of contacts. Of the cost: 100.0% price in SUS or ECDS." in text
    assert "All costs are in prices of 2024-25" in text


def test_an_area_of_few_people_has_no_curve():
    small = night()
    page = Page(
        build_report(replace(small, sectors=small.sectors.filter(pc.not_equal(small.sectors["breakdown"], "concentration"))))
    )
    assert "Sectors used by the same people in 12 months" in page.words
    assert not any("those who use most" in words for words in page.words)


def test_the_same_night_gives_the_same_bytes_whatever_the_order_of_rows(report):
    tables = night()
    turned = {name: getattr(tables, name) for name in vars(tables) if name not in ("header", "model", "assurance")}
    turned = {name: table.take(pa.array(range(table.num_rows - 1, -1, -1), pa.int64())) for name, table in turned.items()}
    assert build_report(replace(tables, **turned)) == report
    assert build_report(tables).encode() == report.encode()


def test_made_up_people_are_said_to_be_so(report):
    assert "Made-up people." in report
    assert "Made-up people." not in build_report(night(synthetic=False))


def test_an_empty_night_still_has_a_page():
    page = Page(build_report(without_rows()))
    text = " ".join(page.words)
    assert "No row broke a rule." in text
    assert "person records outside the register" not in text
    assert "no records outside the register" in text
    assert "No gate was run." in text
    assert "No combination of sectors has enough people" in text
    assert "Delayed discharges" not in page.words
    assert page.tags.count("h2") == len(SECTIONS)  # nothing is told of opt-outs, one heading is the summary's


def test_a_figure_that_governance_dropped_is_left_out(page):
    tables = night()
    rows = tables.services.to_pylist()
    kept = [row for row in rows if (row["measure"], row["category"]) not in {(COST, "community"), (PEOPLE, "outpatient")}]
    less = Page(build_report(replace(tables, services=pa.Table.from_pylist(kept, schema=Measure.arrow_schema()))))
    assert less.words.count("*") > page.words.count("*")


def test_delays_of_too_few_people_are_not_drawn():
    tables = night()
    few = withheld(tables.delays, "NHS", "SOCIAL_CARE", "other")
    text = " ".join(Page(build_report(replace(tables, delays=few))).words)
    assert "too few people to be shown" in text
    some = withheld(tables.delays, "NHS")
    text = build_report(replace(tables, delays=some))
    assert "At least 130 days shown. * stands above a month" in text
    assert "in all." not in text
    assert "220 days in all." in build_report(tables)


def monthly(*rows):
    """Days of delay from (month, attribution, days); None is withheld."""
    months = {number: Period(dt.date(2026, number, 1), dt.date(2026, number, 28)) for number, *_ in rows}
    whole = together(*(measured(DAYS, "attribution", [(who, AREA, days or 1, 20)], months[n]) for n, who, days in rows))
    hidden = {(months[n].start, who) for n, who, days in rows if days is None}
    told = [
        row | {"numerator": None, "rate": None, "suppressed": True} if (row["period_start"], row["category"]) in hidden else row
        for row in whole.to_pylist()
    ]
    return pa.Table.from_pylist(told, schema=Measure.arrow_schema())


def layers(chart):
    return [chart["datasets"][data["name"]] if "name" in data else data["values"] for data in (x["data"] for x in chart["layer"])]


def test_a_withheld_month_has_a_star_and_only_what_is_drawn_is_in_the_legend():
    drawn = delays.figure(monthly((1, "NHS", 90), (2, "NHS", None), (4, "UNKNOWN", 30), (4, "BOTH", None)))
    assert drawn.legend == [(delays.COLOURS["NHS"], "NHS"), (delays.COLOURS["UNKNOWN"], "not given")]
    chart = drawn.panels[0].draw(1040).to_dict()
    bars, stars = layers(chart)
    assert [(row["month"], row["days"], row["star"]) for row in stars] == [("Feb 26", 0, "*"), ("Apr 26", 30, "*")]
    assert [(row["month"], row["days"]) for row in bars] == [("Jan 26", 90), ("Apr 26", 30)]
    scale = chart["layer"][0]["encoding"]["x"]["scale"]
    assert scale["domain"] == ["Jan 26", "Feb 26", "Mar 26", "Apr 26"]  # nobody was delayed in March


def test_no_star_where_nothing_is_withheld():
    chart = delays.figure(monthly((1, "NHS", 90), (2, "SOCIAL_CARE", 30))).panels[0].draw(320).to_dict()
    assert layers(chart)[1] == []


def test_a_withheld_step_has_no_share_and_a_step_without_records_no_bar():
    steps = [("judged", 0), ("cross_check", 90), ("review", None), ("unlinked", 10)]
    rows = [{"source": "gp", "step": step, "records": records} for step, records in steps]
    figure = waterfall.figure(pa.Table.from_pylist(rows, schema=WATERFALL))
    assert [row[1:] for row in figure.rows] == [["100", "100.0%"], ["0", "0.0%"], ["90", "90.0%"], ["*", "*"], ["10", "10.0%"]]
    chart = figure.panels[0].draw(1040).to_dict()
    told = chart["datasets"][chart["data"]["name"]] if "name" in chart["data"] else chart["data"]["values"]
    drawn = {row["text"]: row["end"] - row["start"] for row in told}
    assert (drawn["0"], drawn["90"], drawn["10"]) == (0, 90, 10)
    assert 0 < drawn["*"] < 1


def test_labels_are_not_clipped_and_a_legend_is_printed_with_its_chart(report):
    assert "overflow: visible" in report
    assert ".legend { break-after: avoid" in report
    assert "flex: none" in report


def test_a_fresh_night_and_a_long_staff_list():
    tables = night()
    feeds = pa.Table.from_pylist(
        [{**row, "state": "current", "age_days": 1} for row in tables.feeds.to_pylist()], schema=FeedAge.arrow_schema()
    )
    many = measured(PROPOSED, "accountable professional", [(f"n{n:03d}", "t", 20, 40) for n in range(60)])
    model = pa.Table.from_pylist(
        [{"score": "readmission_30_days", "name": "AUROC gain", "value": "0.08", "state": "green"}], schema=MODEL
    )
    hidden = withheld(
        measured(UNPLACED, "proposal", [("no accountable professional", AREA, 3, 88)]), "no accountable professional"
    )
    text = " ".join(Page(build_report(replace(tables, feeds=feeds, proposals=together(many, hidden), model=model))).words)
    assert "Every feed is as fresh as it should be." in text
    assert "The 40 fullest of 60 lists are drawn." in text
    assert "All 1 gates passed." in text
    assert "* had no place" in text


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([], "No row broke a rule."),
        ([("bad date", 1)], "1 row was refused, no values were left out of rows that stayed."),
        ([("bad date: value left out", 1)], "No rows were refused, 1 value was left out of rows that stayed."),
        ([("bad date", 10), ("cut short", 5)], "15 rows were refused, no values were left out of rows that stayed."),
        ([("a", None), ("a: value left out", 10)], "A few rows were refused, 10 values were left out of rows that stayed."),
        ([("a: value left out", 10), ("b: value left out", None)],
         "No rows were refused, at least 10 values were left out of rows that stayed."),
    ],
)  # fmt: skip
def test_refused_rows_and_emptied_values_are_told_apart(rows, words):
    told = [{"source": "gp", "rule": rule, "count": count} for rule, count in rows]
    assert in_words(pa.Table.from_pylist(told, schema=REJECTS)) == words


def test_a_bar_says_whether_rows_or_values_were_left_out(page):
    chart = next(words for words in page.all("aria-label") if "bad code" in words)
    bars = ["A&E (ECDS): bad code: 30 values", "A&E (ECDS): date not readable: 14 rows", "GP extract: line cut short: * rows"]
    assert chart == "Bar chart. " + "; ".join(bars)
    assert ": value left out" not in " ".join(page.words)


@pytest.mark.parametrize(("count", "figure"), [(14, "14"), (None, "*")])
def test_the_key_figure_of_refused_rows(count, figure):
    rejects = pa.Table.from_pylist([{"source": "gp", "rule": "a", "count": count}], schema=REJECTS)
    last = key_figures(replace(night(), rejects=rejects))[-1]
    assert (last.label, last.value, last.note) == ("Rows refused", figure, "no values left out of rows that stayed")


def test_emptied_values_are_known_by_the_suffix_that_the_extracts_give():
    assert VALUE_ONLY == LEFT_OUT


def test_every_chart_keeps_the_schema_and_is_the_same_without_the_check(report: str) -> None:
    """Outside `build_report` altair holds every chart against Vega-Lite's schema as it is made."""
    assert schemapi.DEBUG_MODE
    tables = night()
    drawn = [figure.html() for section in SECTIONS for figure in section.figures(tables)]
    assert sum("<svg" in each for each in drawn) > 15
    assert [each for each in drawn if each not in report] == []
