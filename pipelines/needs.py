"""What tonight's people need, by the rules of `[[need]]`; and what has lately happened to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caseload.needs import TENTHS, Need
from pipelines.settings.allocation import NeedRule
from schemas.table import Rows

SEGMENT = "bridges_to_health_segment"

# Longer ago than two years is no event: features say so by a number that stands for never.
MOST_DAYS = 730


def needs_of(rules: Sequence[NeedRule], who: Iterable[str], tables: dict[str, pa.Table]) -> Rows[Need]:
    """A row for each of `who` for whom some rule is true. `tables`: tonight's `person`, `feature`, `score` and `selection`.

    Where a column is silent about somebody, or a feature was not built tonight, the rule is not true of her.
    """
    people = pa.array(sorted(who), pa.string())
    found = dict[str, list[NeedRule]]()
    for rule in rules:
        for pseudonym, value in _values(rule, people, tables):
            if _is_true(rule, value):
                found.setdefault(pseudonym, []).append(rule)
    rows = [
        {
            "pseudonym": pseudonym,
            "weight_tenths": max(round((rule.weight or 1) * TENTHS) for rule in mine),
            "skills": sorted({rule.skill for rule in mine if rule.skill}),
            "exit": next((rule.exit for rule in mine if rule.exit), None),
        }
        for pseudonym, mine in sorted(found.items())
    ]
    return Need.validate(pa.Table.from_pylist(rows, schema=Need.arrow_schema()))


def _values(rule: NeedRule, people: pa.Array, tables: dict[str, pa.Table]) -> Iterable[tuple[str, Any]]:
    table, column = tables["feature"], rule.column
    if rule.column == "segment":
        scores = tables["score"]
        table, column = scores.filter(pc.equal(scores["score"], SEGMENT)), "band"
    elif rule.column in ("tier", "age_band"):
        table = tables["selection" if rule.column == "tier" else "person"]
    if column not in table.column_names:
        return []
    mine = table.select(["pseudonym", column]).filter(pc.is_in(table["pseudonym"], value_set=people))
    return zip(mine["pseudonym"].to_pylist(), mine[column].to_pylist(), strict=True)


def _is_true(rule: NeedRule, value: Any) -> bool:
    if value is None:
        return False
    if rule.values:
        return value in rule.values
    return bool(value >= rule.at_least) if rule.at_least is not None else bool(value)


EVENTS = pa.schema([("pseudonym", pa.string()), ("event_date", pa.date32())])


def events_of(services: Sequence[str], features: pa.Table, referrals: pa.Table | None, as_at: dt.date) -> pa.Table:
    """`pseudonym`, `event_date` of the last use of any of the services, and of a clinician's referral; a person may have several.

    Only people to whom something happened; a service whose feed told nothing has no say.
    """
    rows = list[dict[str, Any]]()
    for name in (f"days_since_last_{service}" for service in services):
        if name in features.column_names:
            lately = features.select(["pseudonym", name]).filter(pc.less_equal(features[name], MOST_DAYS))
            rows += [{"pseudonym": row["pseudonym"], "event_date": days_before(as_at, row[name])} for row in lately.to_pylist()]
    for row in referrals.to_pylist() if referrals is not None else ():
        if row["decision"] == "refer":
            rows.append({"pseudonym": row["pseudonym"], "event_date": row["referral_date"]})
    return pa.Table.from_pylist(rows, schema=EVENTS)


def days_before(as_at: dt.date, days: float) -> dt.date:
    """The day so many days earlier."""
    return as_at - dt.timedelta(days=int(days))


def weights_of(rules: Sequence[NeedRule], tables: Mapping[str, pa.Table]) -> pa.Table:
    """`pseudonym`, `weight_tenths` of everybody with a proposal who counts as more than one. `tables`: as `needs_of`, and
    tonight's `proposal`."""
    found = needs_of(rules, tables["proposal"]["pseudonym"].to_pylist(), dict(tables))
    return found.select(["pseudonym", "weight_tenths"]).filter(pc.greater(found["weight_tenths"], TENTHS))
