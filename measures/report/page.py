"""The page: a summary in words, then one section after another, in one file without any script or outside address."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import resources

from measures.report.charts import (
    accuracy,
    combinations,
    concentration,
    cost_sources,
    coverage,
    coverage_by_month,
    delays,
    feeds,
    link_rate,
    linkage_by_source,
    model,
    opt_outs,
    proposals,
    rejects,
    selection,
    services,
    services_by_locality,
    tiers,
    waterfall,
    weight_distribution,
)
from measures.report.charts.assurance import at_capacity, calibration, decision_curve, drift, subgroups
from measures.report.figure import Figure, unchecked
from measures.report.html import POLICY, Html, join, table, tag
from measures.report.summary import key_figures, summary
from measures.report.tables import Header, ReportTables
from measures.report.words import WITHHELD, day


@dataclass(frozen=True)
class Section:
    """One section: its anchor, heading and figures."""

    key: str
    title: str
    figures: Callable[[ReportTables], list[Figure]]


def _linkage(tables: ReportTables) -> list[Figure]:
    steps = tables.waterfall
    return [waterfall.figure(steps), linkage_by_source.figure(steps), weight_distribution.figure(tables.weights)]


def _linkage_quality(tables: ReportTables) -> list[Figure]:
    return [*link_rate.figures(tables.link_quality), *accuracy.figures(tables.accuracy)]


def _nhs_numbers(tables: ReportTables) -> list[Figure]:
    return [coverage.figure(tables.coverage), *coverage_by_month.figures(tables.coverage)]


def _whole_system(tables: ReportTables) -> list[Figure]:
    found = tables.sectors
    curve, prices = concentration.figures(found), cost_sources.figures(found, tables.header.price_year)
    return [combinations.figure(found), *curve, *prices]


def _model(tables: ReportTables) -> list[Figure]:
    found = tables.assurance
    return [
        model.figure(tables.model),
        *model.used(tables.used),
        *at_capacity.figures(found.figures),
        *calibration.figures(found.deciles),
        *subgroups.figures(found.groups),
        *decision_curve.figures(found.curve),
        *drift.figures(found.drift),
    ]


SECTIONS: list[Section] = [
    Section("feeds", "Age of each feed", lambda t: [feeds.figure(t.feeds)]),
    Section("linkage", "Linkage", _linkage),
    Section("linkage-quality", "Linkage quality by group", _linkage_quality),
    Section("nhs-numbers", "NHS-number completeness and validity", _nhs_numbers),
    Section("opt-outs", "Opt-outs", lambda t: opt_outs.figures(t.opt_outs)),
    Section("use", "Use by service", lambda t: [services.figure(t.services), services_by_locality.figure(t.services)]),
    Section("whole-system", "Use across the whole system", _whole_system),
    Section("tiers", "Tiers by locality", lambda t: [tiers.figure(t.tiers), *selection.figures(t.tiers)]),
    Section("proposals", "Proposals per professional", lambda t: [proposals.figure(t.proposals)]),
    Section("delays", "Delayed discharges", lambda t: [delays.figure(t.delays)] if t.delays.num_rows else []),
    Section("model", "Model quality", _model),
    Section("quarantine-section", "Quarantine", lambda t: [rejects.figure(t.rejects)]),
]


def build_report(tables: ReportTables) -> str:
    """The whole report as one HTML document that opens offline; the same tables always give the same text.

    Every text is escaped; nothing refers outside the document. Withheld figures show as `*`. A section without a
    figure (delayed discharges where there are none) is left out.
    """
    with unchecked():
        drawn = [(section, section.figures(tables)) for section in SECTIONS]
        sections = [(section, _section(section, figures)) for section, figures in drawn if figures]
    contents = [tag("li", tag("a", section.title, href=f"#{section.key}")) for section, _ in sections]
    body = tag(
        "body",
        tag("a", "Skip to the summary", href="#summary", class_="skip"),
        _masthead(tables.header),
        tag(
            "main",
            _summary(tables),
            tag("nav", tag("h2", "In this report"), tag("ul", *contents), aria_label="Sections"),
            *(html for _, html in sections),
        ),
        _footer(tables.header),
    )
    return "<!DOCTYPE html>\n" + tag("html", _head(tables.header), body, lang="en-GB") + "\n"


def _head(header: Header) -> Html:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"Caselink: {header.area}, {day(header.as_at)}"),
        tag("style", Html(_style())),
    )


@cache
def _style() -> str:
    return resources.files("measures.report").joinpath("style.css").read_text(encoding="utf-8")


def _masthead(header: Header) -> Html:
    nobody = " Nobody in this report exists; the figures describe no real area."
    banner = tag("p", tag("strong", "Made-up people."), nobody, class_="banner")
    return tag(
        "header",
        banner if header.synthetic else "",
        tag(
            "div",
            tag("p", "Caselink night report", class_="kicker"),
            tag("h1", header.area),
            tag("p", "Data as at ", tag("strong", day(header.as_at)), class_="lead"),
            class_="masthead",
        ),
    )


def _summary(tables: ReportTables) -> Html:
    figures = [
        tag("div", tag("dt", one.label), tag("dd", tag("span", one.value, class_="value"), tag("span", one.note, class_="note")))
        for one in key_figures(tables)
    ]
    return tag(
        "section",
        tag("h2", "Summary", id="summary"),
        tag("p", summary(tables), class_="summary"),
        tag("dl", *figures, class_="key-figures"),
        aria_labelledby="summary",
    )


def _section(section: Section, figures: list[Figure]) -> Html:
    heading = f"{section.key}-heading"
    parts = join(figure.html() for figure in figures)
    return tag("section", tag("h2", section.title, id=heading), parts, id=section.key, class_="part", aria_labelledby=heading)


def _footer(header: Header) -> Html:
    rows = [["Night", header.run_id], ["Code version", header.code_version], ["Data as at", day(header.as_at)]]
    withheld = f"{WITHHELD} stands for a number that is withheld so that nobody can be recognised. Counts may be rounded."
    private = "This report holds counts about organisations only. It needs no connection and sends nothing anywhere."
    return tag("footer", tag("p", withheld), tag("p", private), table("This night", ("What", "Which"), rows, numeric=range(0)))
