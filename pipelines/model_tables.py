"""The tables of a night's models as they may leave: drawn from the counts that were decided with all other figures of the night.

People and events of each tenth and group, and of each cut of the list, are counts; so are those left over, which are published
nowhere (`pipelines.model_totals`). Other figures are worked out again from the shown counts, or have few digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from governance.policies import Policy
from governance.secondary import Disclosed, Figures, disclose
from pipelines.model_counts import beside_the_list, curve_of, model_counts
from pipelines.model_figures import AT_THE_TOP, Decided, is_of_few, shown_assessment, shown_gate
from pipelines.model_totals import (
    CHOSEN,
    CUT,
    DECILE,
    DROPPED,
    EVENTS,
    EVERYBODY,
    FOUND,
    LIST,
    PEOPLE,
    check_key,
    kind_of,
    model_totals,
)  # fmt: skip
from pipelines.raw_checks import GATE, RawChecks
from pipelines.shelf import Shelf
from schemas.aggregate import DecisionCurve, ModelCalibration, ModelFigure, ModelSubgroup
from schemas.intervals import wilson
from schemas.table import Rows, Table, TableRef
from schemas.zones import Zone
from stratify.assurance.bounds import JUDGED_FROM
from stratify.assurance.check import Check
from stratify.assurance.decision_curve import net_benefit
from stratify.assurance.resampling import Interval
from stratify.assure import Gate
from stratify.models.assessment import Assessment

# Digits of a figure of a group, of an interval's ends, and of the lift, which is larger than the others.
GROUP_DIGITS, END_DIGITS, LIFT_DIGITS = 2, 3, 1


class ModelTables(NamedTuple):
    """The tables of all models of a night; of each score its assessment, and its gates as `GATE` rows."""

    figures: Rows[ModelFigure]
    deciles: Rows[ModelCalibration]
    groups: Rows[ModelSubgroup]
    curve: Rows[DecisionCurve]
    assessments: Mapping[str, dict[str, float | None]]
    gates: pa.Table


def decided_alone(raw: RawChecks, policy: Policy) -> Disclosed:
    """What of the checks would be shown were nothing else published: for a night that ends here, and for tests."""
    counts = model_counts(raw)
    group: Callable[[Any], Any] = kind_of
    hidden: set[Any] = set(beside_the_list(raw, policy))
    return disclose(Figures(counts, list(model_totals(counts)), hidden=hidden, group=group), policy)


def model_tables(raw: RawChecks, decided: Disclosed, policy: Policy) -> ModelTables:
    """What is shown of each score's check, where `decided` says which counts of `model_counts` are."""
    figures, deciles, groups, curve = (list[dict[str, Any]]() for _ in range(4))
    assessments: dict[str, dict[str, float | None]] = {}
    for score, check in sorted(raw.checks.items()):
        shown = _Shown(score, decided)
        assessments[score] = shown_assessment(check.assessment, policy, shown.of_assessment(check.assessment))
        figures += _figures(score, check, assessments[score], policy)
        deciles += [_decile(row, shown, policy) for row in check.deciles.to_pylist()]
        whole = assessments[score]["expected_observed"]
        groups += [_of_everybody(_group(row, shown, policy), whole) for row in check.groups.to_pylist()]
        curve += [_threshold(row, shown) for row in curve_of(check)]
    return ModelTables(
        _made(ModelFigure, figures),
        _made(ModelCalibration, deciles),
        _made(ModelSubgroup, groups),
        _made(DecisionCurve, curve),
        assessments,
        _gates(raw, assessments, policy),
    )


def _made(kind: type[Table], rows: list[dict[str, Any]]) -> pa.Table:
    return kind.sort(kind.validate(pa.Table.from_pylist(rows, schema=kind.arrow_schema())))


def put_model_tables(shelf: Shelf, tables: ModelTables) -> tuple[TableRef, ...]:
    """`model_figure`, `model_calibration`, `model_subgroup`, `decision_curve` and `gate` among the night's aggregates."""
    return (
        shelf.put(ModelFigure, "model_figure", tables.figures),
        shelf.put(ModelCalibration, "model_calibration", tables.deciles),
        shelf.put(ModelSubgroup, "model_subgroup", tables.groups),
        shelf.put(DecisionCurve, "decision_curve", tables.curve),
        shelf.put_arrow(Zone.AGGREGATE, "gate", tables.gates),
    )


class _Shown:
    """Counts of one score as they are shown."""

    def __init__(self, score: str, found: Disclosed) -> None:
        self.score, self.found = score, found

    def count(self, breakdown: str, category: str, of: str) -> int | None:
        return self.found.shown.get(check_key(self.score, breakdown, category, of))

    def counts(self, breakdown: str, category: str, names: Iterable[str]) -> dict[str, int | None]:
        return {name: self.count(breakdown, category, name) for name in names}

    def of_assessment(self, found: Assessment) -> Decided:
        """Its counts; a check on nobody has no rows, and says so."""
        rows, events, dropped = (self.count(EVERYBODY, EVERYBODY, of) for of in (PEOPLE, EVENTS, DROPPED))
        if not found.rows:
            rows = events = 0
        return Decided(rows, events, dropped, self.count(CUT, LIST, CHOSEN), self.count(CUT, LIST, FOUND))


def _gates(raw: RawChecks, assessments: Mapping[str, dict[str, float | None]], policy: Policy) -> pa.Table:
    rows = []
    for row in raw.gates.to_pylist():
        gate = Gate(row["gate"], row["state"], row["figure"], row["bound"])
        shown = shown_gate(gate, raw.checks[row["score"]].assessment, policy, assessments[row["score"]])
        rows.append({"score": row["score"], "gate": gate.name, **shown._asdict()})
    return pa.Table.from_pylist(rows, schema=GATE)


def _figures(score: str, check: Check, shown: Mapping[str, float | None], policy: Policy) -> list[dict[str, Any]]:
    few = is_of_few(check.assessment, policy)
    return [_figure(score, name, found, shown, few) for name, found in check.figures.items()]


def _figure(score: str, name: str, found: Interval, shown: Mapping[str, float | None], few: bool) -> dict[str, Any]:
    """The gain stands in no assessment: it is the difference of two shown figures."""
    value = shown.get(name)
    if name not in shown and found.figure is not None and not few:
        value = round(found.figure, END_DIGITS)
    digits = LIFT_DIGITS if name == "lift" else GROUP_DIGITS if name in (*AT_THE_TOP, "expected_observed") else END_DIGITS
    low, high = (None, None) if value is None else outwards(found.low, found.high, digits)
    return {"score": score, "figure": name, "value": value, "low": low, "high": high}


def outwards(low: float | None, high: float | None, digits: int) -> tuple[float | None, float | None]:
    """The ends of an interval with so many digits, never narrower than it was; null where it has none."""
    if low is None or high is None:
        return None, None
    scale = 10**digits
    return math.floor(low * scale) / scale, math.ceil(high * scale) / scale


def _decile(row: dict[str, Any], shown: _Shown, policy: Policy) -> dict[str, Any]:
    counts = shown.counts(DECILE, str(row[DECILE]), (PEOPLE, EVENTS))
    people, events = counts[PEOPLE], counts[EVENTS]
    low, high = _widest(people, events, policy)
    return {
        "score": shown.score, "decile": row[DECILE], **counts,
        "expected": None if people is None else round(row["expected"], END_DIGITS + 1),
        "observed": events / people if events is not None and people else None,
        "observed_low": low, "observed_high": high,
    }  # fmt: skip


def _widest(people: int | None, events: int | None, policy: Policy) -> tuple[float | None, float | None]:
    """The widest interval that counts shown so could have; resamples of the exact ones would lie about them, and tell them."""
    if not people or events is None:
        return None, None
    (fewest, most), (fewest_of, most_of) = policy.behind(events), policy.behind(people)
    low, high = wilson(fewest, most_of)[0], wilson(min(most, fewest_of), fewest_of)[1]
    return outwards(float(low), float(high), END_DIGITS)


def _group(row: dict[str, Any], shown: _Shown, policy: Policy) -> dict[str, Any]:
    """Of a group with few events the quotient is worked out from the shown counts, as its digits would give others away.

    Events expected are no people, but with all their digits they would say how many people there are: they are shown as a count.
    """
    counts = shown.counts(row["breakdown"], row["category"], (PEOPLE, EVENTS))
    expected = None if None in counts.values() else policy.shown(math.floor(row["expected"] + 0.5))
    events, quotient = counts[EVENTS], None
    if expected is not None and events:
        quotient = row["expected_observed"] if row[EVENTS] >= JUDGED_FROM else expected / events
    low, high = (None, None) if quotient is None else outwards(row["low"], row["high"], GROUP_DIGITS)
    return {
        "score": shown.score, "breakdown": row["breakdown"], "category": row["category"], **counts, "expected": expected,
        "expected_observed": None if quotient is None else round(quotient, GROUP_DIGITS),
        "low": low, "high": high, "state": row["state"], "suppressed": expected is None,
    }  # fmt: skip


def _of_everybody(row: dict[str, Any], quotient: float | None) -> dict[str, Any]:
    """The row as it is, but that of everybody with the assessment's quotient: more digits would say what that does not."""
    if row["breakdown"] != EVERYBODY or row["expected_observed"] is None:
        return row
    ends = (row["low"], row["high"]) if quotient is not None else (None, None)
    return {**row, "expected_observed": quotient, "low": ends[0], "high": ends[1]}


def _threshold(row: dict[str, Any], shown: _Shown) -> dict[str, Any]:
    counts = shown.counts(EVERYBODY, EVERYBODY, (PEOPLE, EVENTS)) | shown.counts(CUT, f"{row['threshold']:g}", (CHOSEN, FOUND))
    people, events, chosen, found = counts.values()
    known = people is not None and events is not None and chosen is not None and found is not None
    worth = net_benefit(row["threshold"], chosen, found, people) if known else None  # type: ignore[arg-type]
    everybody = net_benefit(row["threshold"], people, events, people) if people is not None and events is not None else None
    return {"score": shown.score, "threshold": row["threshold"], **counts, "net_benefit": worth, "everybody": everybody}
