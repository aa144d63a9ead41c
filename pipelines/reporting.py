"""The night's figures for people to read: measures after disclosure control, the report, and the handover."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from governance.disclosure import extremes
from pipelines.disclosing import Published, publish_figures
from pipelines.feeds import expected_tonight
from pipelines.handover import Morning, shown, write_handover
from pipelines.model_words import models_used, why_in_words
from pipelines.night import Night, Receipt, code_version
from pipelines.opt_out_measures import TABLE as OPT_OUT_MEASURE
from schemas.aggregate import Measure
from schemas.table import Rows
from schemas.zones import Zone

# How a measure of ours is named where linkage counts the records that each step decided.
LINKAGE = "linkage"


def write_report(night: Night, tables: dict[str, pa.Table]) -> None:
    """`aggregate/measure.parquet`, `report.html` and `handover.md`: counts only, small ones withheld."""
    from measures.report.page import build_report

    shelf = night.shelf
    published = publish_figures(night, _raw_measures(night), tables["proposal"])
    page = build_report(_report_tables(night, published))
    (shelf.folder / "report.html").write_text(page, encoding="utf-8")
    receipts = _receipts(night)
    morning = Morning(
        expected=tuple(sorted(expected_tonight(night))),
        feeds=shelf.get(Zone.AGGREGATE, "feed_age").to_pylist(),
        warnings=tuple(line for receipt in receipts for line in receipt.outcome.warnings),
        notes=tuple(line for receipt in receipts for line in receipt.outcome.notes),
        review=published.review,
        rejects=published.rejects.to_pylist(),
        gates=shelf.get(Zone.AGGREGATE, "gate").to_pylist(),
        proposals=published.proposals,
        unplaced=published.unplaced,
        extremes=extremes(published.measures) if night.configuration.disclosure.chosen().reviews_extremes else 0,
    )
    (shelf.folder / "handover.md").write_text(write_handover(night, morning), encoding="utf-8")


def _raw_measures(night: Night) -> Rows[Measure]:
    """Every figure of the night, before disclosure control; it stays in memory."""
    from measures.rows import together
    from pipelines.number_coverage import coverage_measures

    vault = night.vault_shelf
    return together(
        night.shelf.get(Zone.PSEUDONYMISED, "measure_raw"),
        coverage_measures(night),
        vault.get(Zone.IDENTIFIABLE, "link_quality"),
        vault.get(Zone.IDENTIFIABLE, OPT_OUT_MEASURE),
        waterfall_measures(night, vault.get(Zone.IDENTIFIABLE, "waterfall")),
    )


def waterfall_measures(night: Night, waterfall: pa.Table) -> Rows[Measure]:
    """Records decided by each step of the cascade, of all records of the source, as measures."""
    from measures.rows import Figure, Period, measure_rows

    rows = waterfall.to_pylist()
    totals: dict[str, int] = {}
    for row in rows:
        totals[row["source"]] = totals.get(row["source"], 0) + row["records"]
    figures = (Figure(row["step"], row["source"], row["records"], totals[row["source"]]) for row in rows)
    return measure_rows(LINKAGE, "step", figures, Period(night.as_at, night.as_at))


def _report_tables(night: Night, figures: Published):  # type: ignore[no-untyped-def]
    from measures.leading import LEADING
    from measures.report.tables import MODEL, REJECTS, USED, Header, ReportTables
    from measures.selection import BREAKDOWNS as SELECTION

    area, prices = night.configuration.area, night.configuration.costs
    published, rejects = figures.measures, figures.rejects
    linkage = published.filter(pc.equal(published["measure"], LINKAGE))
    return ReportTables(
        header=Header(area.name, night.run_id, night.as_at, code_version(), area.synthetic, prices.price_year),
        feeds=night.shelf.get(Zone.AGGREGATE, "feed_age"),
        waterfall=pa.table({"source": linkage["organisation"], "step": linkage["category"], "records": linkage["numerator"]}),
        coverage=_starting(published, "nhs_number_"),
        services=_broken_down_by(published, "service"),
        sectors=_broken_down_by(published, "sector combination", "sector", "concentration", "cost source", LEADING),
        tiers=_broken_down_by(published, "tier", *SELECTION),
        proposals=_broken_down_by(published, "accountable professional", "coordinator", "proposal"),
        model=pa.Table.from_pylist(_model_rows(night), schema=MODEL),
        rejects=pa.table([rejects["source"], rejects["rule"], rejects["count"]], schema=REJECTS),
        delays=_starting(published, "delayed_"),
        link_quality=_starting(published, "records_"),
        weights=figures.weights,
        accuracy=_starting(published, "estimated_"),
        opt_outs=_starting(published, "opted_out"),
        assurance=_assurance(night),
        used=pa.Table.from_pylist(_used_rows(night), schema=USED),
    )


def _broken_down_by(published: pa.Table, *breakdowns: str) -> pa.Table:
    return published.filter(pc.is_in(published["breakdown"], value_set=pa.array(breakdowns)))


def _starting(published: pa.Table, prefix: str) -> pa.Table:
    return published.filter(pc.starts_with(published["measure"], prefix))


def _assurance(night: Night):  # type: ignore[no-untyped-def]
    from measures.report.tables import Assurance

    names = ("model_figure", "model_calibration", "model_subgroup", "decision_curve", "model_drift")
    return Assurance(*(night.shelf.get(Zone.AGGREGATE, name) for name in names))


def _model_rows(night: Night) -> list[dict[str, str | None]]:
    """Every gate with its figure, its bound and its state."""
    return [
        {
            "score": gate["score"],
            "name": gate["gate"],
            "value": None if gate["figure"] is None else shown(gate["figure"]),
            "bound": gate["bound"],
            "state": gate["state"],
        }
        for gate in night.shelf.get(Zone.AGGREGATE, "gate").to_pylist()
    ]


def _used_rows(night: Night) -> list[dict[str, object]]:
    """The model that gave each score, and in words why it is that one."""
    return [
        {"score": each.score, "kind": each.kind, "fitted_on": each.fitted_on, "why": why_in_words(each)}
        for each in models_used(night.shelf.folder)
    ]


def _receipts(night: Night) -> list[Receipt]:
    """What every step so far has said."""
    from pipelines.overnight import STORY

    return [receipt for step in STORY if (receipt := Receipt.read(night.project, night.run_id, step.name))]
