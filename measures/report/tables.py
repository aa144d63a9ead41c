"""What the report is made of: plain tables, small numbers already withheld."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import pyarrow as pa

from schemas.aggregate import DecisionCurve, Measure, ModelCalibration, ModelDrift, ModelFigure, ModelSubgroup, WeightBin

TEXT, WHOLE = pa.string(), pa.int64()

# Columns of the tables that are not `Measure` or `FeedAge`. A null count is a withheld one.
WATERFALL = pa.schema([("source", TEXT), ("step", TEXT), ("records", WHOLE)])
REJECTS = pa.schema([("source", TEXT), ("rule", TEXT), ("count", WHOLE)])
MODEL = pa.schema([("score", TEXT), ("name", TEXT), ("value", TEXT), ("bound", TEXT), ("state", TEXT)])
USED = pa.schema([("score", TEXT), ("kind", TEXT), ("fitted_on", pa.date32()), ("why", TEXT)])


@dataclass(frozen=True)
class Header:
    """Whose night it was. `synthetic` puts the banner of made-up people on the page; costs are in prices of `price_year`."""

    area: str
    run_id: str
    as_at: dt.date
    code_version: str
    synthetic: bool
    price_year: str = ""


@dataclass(frozen=True)
class Assurance:
    """What was measured of the models of the night, after disclosure control: rows of the tables of `schemas.aggregate`."""

    figures: pa.Table = field(default_factory=ModelFigure.empty)
    deciles: pa.Table = field(default_factory=ModelCalibration.empty)
    groups: pa.Table = field(default_factory=ModelSubgroup.empty)
    curve: pa.Table = field(default_factory=DecisionCurve.empty)
    drift: pa.Table = field(default_factory=ModelDrift.empty)


@dataclass(frozen=True)
class ReportTables:
    """Everything the page shows.

    `feeds` are `FeedAge` rows; `waterfall` has source, step, records; `coverage`, `services`, `sectors`, `tiers`,
    `proposals` and `delays` are `Measure` rows as the functions of this room give them, after disclosure control;
    `model` has the gates: score, name, value, bound in words and state (green, amber, red); `assurance` what they were read
    from; `used` which model gave each score, when it was fitted, and why it is that one; `rejects` has source, rule, count.
    `link_quality` and `accuracy` are `Measure` rows as linkage gives them, `weights` are `WeightBin` rows, all after
    disclosure control. `opt_outs` are `Measure` rows of `measures.opt_outs`.
    `sectors` are `Measure` rows of `measures.sectors` and `measures.cost_sources`.
    Rows may come in any order.
    """

    header: Header
    feeds: pa.Table
    waterfall: pa.Table
    coverage: pa.Table
    services: pa.Table
    sectors: pa.Table
    tiers: pa.Table
    proposals: pa.Table
    model: pa.Table
    rejects: pa.Table
    delays: pa.Table = field(default_factory=Measure.empty)
    link_quality: pa.Table = field(default_factory=Measure.empty)
    weights: pa.Table = field(default_factory=WeightBin.empty)
    accuracy: pa.Table = field(default_factory=Measure.empty)
    opt_outs: pa.Table = field(default_factory=Measure.empty)
    assurance: Assurance = field(default_factory=Assurance)
    used: pa.Table = field(default_factory=USED.empty_table)
