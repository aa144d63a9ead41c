"""The tables of a night's models as they may leave: every count decided together, so that none gives another away.

People and events of each tenth and group make up everybody's; those without the event, the missed, the false alarms and those
between two thresholds are not published, but anybody can subtract. So all of them are given to the checker. Other figures are
worked out again from the shown counts, or have few digits.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from governance.disclosure_check import Relation
from governance.policies import Policy
from governance.secondary import Disclosed, Figures, disclose
from pipelines.model_figures import AT_THE_TOP, is_of_few, shown_assessment
from pipelines.shelf import Shelf
from schemas.aggregate import DecisionCurve, ModelCalibration, ModelFigure, ModelSubgroup
from schemas.table import Rows, TableRef
from stratify.assurance.bounds import JUDGED_FROM
from stratify.assurance.calibration import EVERYBODY
from stratify.assurance.check import Check
from stratify.assurance.decision_curve import net_benefit
from stratify.assurance.resampling import Interval

PEOPLE, EVENTS, REST = "people", "events", "without the event"
CHOSEN, FOUND, FALSE, MISSED, BELOW = "chosen", "found", "false alarms", "missed", "not chosen"
CURVE, NEXT = "threshold", "up to the next threshold"
DECILE = "decile"

# Digits of a figure of a group, of an interval's ends, and of the lift, which is larger than the others.
GROUP_DIGITS, END_DIGITS, LIFT_DIGITS = 2, 3, 1


class Count(NamedTuple):
    """One count of a model's check."""

    score: str
    breakdown: str
    category: str
    of: str


class ModelTables(NamedTuple):
    """The tables of all models of a night."""

    figures: Rows[ModelFigure]
    deciles: Rows[ModelCalibration]
    groups: Rows[ModelSubgroup]
    curve: Rows[DecisionCurve]


def model_tables(checks: Mapping[str, Check], policy: Policy) -> ModelTables:
    """What may be shown of each score's check. Raises `GovernanceError` `E-DISCLOSURE-*` where a small count could be solved."""
    rows: dict[type, list[dict[str, Any]]] = {ModelFigure: [], ModelCalibration: [], ModelSubgroup: [], DecisionCurve: []}
    for score, check in sorted(checks.items()):
        shown = _Shown(score, disclose(_counts(score, check), policy))
        rows[ModelFigure] += _figures(score, check, policy)
        rows[ModelCalibration] += [_decile(row, shown) for row in check.deciles.to_pylist()]
        rows[ModelSubgroup] += [_group(row, shown, policy) for row in check.groups.to_pylist()]
        rows[DecisionCurve] += [_threshold(row, shown) for row in _curve(check)]
    made = [kind.sort(kind.validate(pa.Table.from_pylist(each, schema=kind.arrow_schema()))) for kind, each in rows.items()]  # type: ignore[attr-defined]
    return ModelTables(*made)


def put_model_tables(shelf: Shelf, tables: ModelTables) -> tuple[TableRef, ...]:
    """`model_figure`, `model_calibration`, `model_subgroup` and `decision_curve` among the night's aggregates."""
    return (
        shelf.put(ModelFigure, "model_figure", tables.figures),
        shelf.put(ModelCalibration, "model_calibration", tables.deciles),
        shelf.put(ModelSubgroup, "model_subgroup", tables.groups),
        shelf.put(DecisionCurve, "decision_curve", tables.curve),
    )


class _Shown:
    """Counts of one score as they are shown."""

    def __init__(self, score: str, found: Disclosed) -> None:
        self.score, self.found = score, found

    def count(self, breakdown: str, category: str, of: str) -> int | None:
        return self.found.shown[Count(self.score, breakdown, category, of)]

    def counts(self, breakdown: str, category: str, names: Iterable[str]) -> dict[str, int | None]:
        return {name: self.count(breakdown, category, name) for name in names}


def _counts(score: str, check: Check) -> Figures:
    """Every count of a check and every total that anybody may know to hold."""
    counts: dict[Count, int] = {}
    totals: list[Relation] = []
    every = Count(score, EVERYBODY, EVERYBODY, PEOPLE)
    tables = [(DECILE, row[DECILE], row) for row in check.deciles.to_pylist()]
    tables += [(row["breakdown"], row["category"], row) for row in check.groups.to_pylist()]
    for breakdown, category, row in tables:
        key = Count(score, breakdown, str(category), PEOPLE)
        counts |= {key: row[PEOPLE], key._replace(of=EVENTS): row[EVENTS], key._replace(of=REST): row[PEOPLE] - row[EVENTS]}
        totals.append(Relation(key, (key._replace(of=EVENTS), key._replace(of=REST))))
    for breakdown in sorted({key.breakdown for key in counts} - {EVERYBODY}):
        for of in (PEOPLE, EVENTS, REST):
            parts = tuple(key for key in counts if (key.breakdown, key.of) == (breakdown, of))
            totals.append(Relation(every._replace(of=of), parts))
    _add_curve(every, _curve(check), counts, totals)
    return Figures(counts, totals, group=lambda key: (key.breakdown, key.of))  # type: ignore[attr-defined]


def _curve(check: Check) -> list[dict[str, Any]]:
    """Rows of the decision curve; none where nobody was checked."""
    return check.curve.to_pylist() if check.groups.num_rows else []


def _add_curve(every: Count, curve: list[dict[str, Any]], counts: dict[Count, int], totals: list[Relation]) -> None:
    """Those above a threshold are those above the next, and those between."""
    above: dict[str, Count] = {}
    for row in reversed(curve):
        key = Count(every.score, CURVE, f"{row['threshold']:g}", CHOSEN)
        found, false, missed, below = (key._replace(of=name) for name in (FOUND, FALSE, MISSED, BELOW))
        counts |= {key: row[CHOSEN], found: row[FOUND], false: row[CHOSEN] - row[FOUND], missed: row[EVENTS] - row[FOUND]}
        counts[below] = row[PEOPLE] - row[CHOSEN]
        totals += [Relation(key, (found, false)), Relation(every._replace(of=EVENTS), (found, missed))]
        totals.append(Relation(every, (key, below)))
        for one in (key, found, false):
            if one.of in above:
                between = one._replace(of=f"{one.of} {NEXT}")
                counts[between] = counts[one] - counts[above[one.of]]
                totals.append(Relation(one, (above[one.of], between)))
            above[one.of] = one


def _figures(score: str, check: Check, policy: Policy) -> list[dict[str, Any]]:
    shown, few = shown_assessment(check.assessment, policy), is_of_few(check.assessment, policy)
    return [_figure(score, name, found, shown, few) for name, found in check.figures.items()]


def _figure(score: str, name: str, found: Interval, shown: Mapping[str, float | None], few: bool) -> dict[str, Any]:
    """The gain stands in no assessment: it is the difference of two shown figures."""
    value = shown.get(name)
    if name not in shown and found.figure is not None and not few:
        value = round(found.figure, END_DIGITS)
    digits = LIFT_DIGITS if name == "lift" else GROUP_DIGITS if name in AT_THE_TOP else END_DIGITS
    low, high = (None, None) if value is None else outwards(found.low, found.high, digits)
    return {"score": score, "figure": name, "value": value, "low": low, "high": high}


def outwards(low: float | None, high: float | None, digits: int) -> tuple[float | None, float | None]:
    """The ends of an interval with so many digits, never narrower than it was; null where it has none."""
    if low is None or high is None:
        return None, None
    scale = 10**digits
    return math.floor(low * scale) / scale, math.ceil(high * scale) / scale


def _decile(row: dict[str, Any], shown: _Shown) -> dict[str, Any]:
    counts = shown.counts(DECILE, str(row[DECILE]), (PEOPLE, EVENTS))
    people, events = counts[PEOPLE], counts[EVENTS]
    known = people is not None and events is not None
    low, high = outwards(row["observed_low"], row["observed_high"], END_DIGITS) if known else (None, None)
    return {
        "score": shown.score, "decile": row[DECILE], **counts,
        "expected": None if people is None else round(row["expected"], END_DIGITS + 1),
        "observed": events / people if events is not None and people else None,
        "observed_low": low, "observed_high": high,
    }  # fmt: skip


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


def _threshold(row: dict[str, Any], shown: _Shown) -> dict[str, Any]:
    counts = shown.counts(EVERYBODY, EVERYBODY, (PEOPLE, EVENTS)) | shown.counts(CURVE, f"{row['threshold']:g}", (CHOSEN, FOUND))
    people, events, chosen, found = counts.values()
    known = people is not None and events is not None and chosen is not None and found is not None
    worth = net_benefit(row["threshold"], chosen, found, people) if known else None  # type: ignore[arg-type]
    everybody = net_benefit(row["threshold"], people, events, people) if people is not None and events is not None else None
    return {"score": shown.score, "threshold": row["threshold"], **counts, "net_benefit": worth, "everybody": everybody}
