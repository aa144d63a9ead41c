"""Exact checks of a night's models: put beside the rows of people by the step that assures, read by the one that publishes.

What may be shown of them is decided with all other figures of the night, on the other side of the wall, where it is known what
earlier nights showed. So no aggregate table of a model is written before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from pipelines.shelf import Shelf
from schemas.table import TableRef
from schemas.zones import Zone

if TYPE_CHECKING:
    from stratify.assurance.check import Check
    from stratify.assure import Gate

ASSESSMENT, FIGURES, DECILES, GROUPS, CURVE = "raw_assessment", "raw_figure", "raw_decile", "raw_group", "raw_curve"
NESTED, GATES = "raw_nested", "raw_gate"
GATE = pa.schema(
    [("score", pa.string()), ("gate", pa.string()), ("state", pa.string()), ("figure", pa.float64()), ("bound", pa.string())]
)
PAIR = pa.schema([("score", pa.string()), ("other", pa.string())])
ENDS = ("figure", "low", "high")
FIGURE = pa.schema([("score", pa.string()), ("measured", pa.string()), *((end, pa.float64()) for end in ENDS)])


class Nested(NamedTuple):
    """Everybody on whom `other` was checked, on the same day, `score` was checked on too."""

    score: str
    other: str


class RawChecks(NamedTuple):
    """Each score's check, which checks are on some of the people of which, and gates (`GATE`), all of them exact."""

    checks: Mapping[str, Check]
    nested: tuple[Nested, ...]
    gates: pa.Table


def nested_checks(checked: Mapping[str, pa.Table]) -> tuple[Nested, ...]:
    """Which checks are on some or all of the people of which, by the rows with a known outcome; one way where equal."""
    rows = {score: _rows_of(table) for score, table in sorted(checked.items())}
    return tuple(
        Nested(score, other)
        for score, ours in rows.items()
        for other, theirs in rows.items()
        if score != other and theirs and theirs <= ours and (theirs < ours or score < other)
    )


def _rows_of(checked: pa.Table) -> set[tuple[object, object]]:
    known = checked.filter(checked["outcome"].is_valid())
    return set(zip(known["pseudonym"].to_pylist(), known["index_date"].to_pylist(), strict=True))


def gate_rows(gates: Mapping[str, Iterable[Gate]]) -> pa.Table:
    """`GATE` rows of each score's gates, in their order."""
    rows = [{"score": score, "gate": gate.name, **gate._asdict()} for score, each in gates.items() for gate in each]
    return pa.Table.from_pylist(rows, schema=GATE)


def put_raw_checks(shelf: Shelf, raw: RawChecks) -> tuple[TableRef, ...]:
    """The exact checks among the tables of pseudonyms."""
    from stratify.assurance.calibration import DECILE, GROUP
    from stratify.assurance.decision_curve import CURVE as OF_CURVE
    from stratify.models.assessment import Assessment

    columns = [pa.field(each.name, pa.int64() if each.type == "int" else pa.float64()) for each in fields(Assessment)]
    every = [(score, name, found) for score, each in raw.checks.items() for name, found in each.figures.items()]
    rows = [{"score": score, "measured": name, **found._asdict()} for score, name, found in every]
    tables = {
        ASSESSMENT: _of_scores([(s, [asdict(each.assessment)]) for s, each in raw.checks.items()], pa.schema(columns)),
        FIGURES: pa.Table.from_pylist(rows, schema=FIGURE),
        DECILES: _of_scores([(s, each.deciles.to_pylist()) for s, each in raw.checks.items()], DECILE),
        GROUPS: _of_scores([(s, each.groups.to_pylist()) for s, each in raw.checks.items()], GROUP),
        CURVE: _of_scores([(s, each.curve.to_pylist()) for s, each in raw.checks.items()], OF_CURVE),
        NESTED: pa.Table.from_pylist([pair._asdict() for pair in raw.nested], schema=PAIR),
        GATES: raw.gates,
    }
    return tuple(shelf.put_arrow(Zone.PSEUDONYMISED, name, table) for name, table in tables.items())


def _of_scores(rows: Iterable[tuple[str, list[dict[str, Any]]]], columns: pa.Schema) -> pa.Table:
    """Rows under the name of their score, in their order."""
    named = [{"score": score, **row} for score, each in rows for row in each]
    return pa.Table.from_pylist(named, schema=pa.schema([pa.field("score", pa.string()), *columns]))


def read_raw_checks(shelf: Shelf) -> RawChecks:
    """What `put_raw_checks` put there."""
    from stratify.assurance.check import Check
    from stratify.assurance.resampling import Interval
    from stratify.models.assessment import Assessment

    def of(name: str, score: str) -> pa.Table:
        return tables[name].filter(pa.compute.equal(tables[name]["score"], score)).drop_columns(["score"])

    names = (ASSESSMENT, FIGURES, DECILES, GROUPS, CURVE, NESTED, GATES)
    tables = {name: shelf.get(Zone.PSEUDONYMISED, name) for name in names}
    checks = {}
    for score in tables[ASSESSMENT]["score"].to_pylist():
        found = of(FIGURES, score).to_pylist()
        checks[score] = Check(
            assessment=Assessment(**of(ASSESSMENT, score).to_pylist()[0]),
            figures={row["measured"]: Interval(*(row[end] for end in ENDS)) for row in found},
            deciles=of(DECILES, score),
            groups=of(GROUPS, score),
            curve=of(CURVE, score),
        )
    nested = tuple(Nested(row["score"], row["other"]) for row in tables[NESTED].to_pylist())
    return RawChecks(checks, nested, tables[GATES])
