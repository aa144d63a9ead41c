"""Small numbers: what a published count may show under the project's policy (`governance/policies.py`).

Policy `nhse-hes`, after NHS England's rule for hospital and emergency care statistics below national level (governance.md G17:
[S25][S26][S27]): 1 to 7 are withheld, statistics on 7 or fewer are not shown, all other counts are rounded to the nearest 5,
and rates are worked out again from the rounded counts. Zero is shown. Rounding stands in for a second round of suppression;
where that is not enough, `governance/secondary.py` withholds more.

An interval is worked out again, too, from nothing but the counts that are shown: the widest that any counts behind them could
have. So it holds the interval of the true counts, and nobody can solve the true counts from it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from governance.policies import NHSE_HES, POLICIES, Policy, policy_named
from schemas.aggregate import Measure
from schemas.intervals import wilson
from schemas.table import Rows

__all__ = ["NHSE_HES", "POLICIES", "Policy", "extremes", "policy_named", "suppress", "suppress_counts", "suppressed_count"]


def suppressed_count(count: int | None, policy: Policy = NHSE_HES) -> int | None:
    """One count as it may be shown; None where it is withheld."""
    return policy.shown(count)


def suppress(measures: pa.Table, policy: str = NHSE_HES.name) -> Rows[Measure]:
    """The measures as they may be published; `suppressed` is true where something of the row was withheld.

        numerator  denominator  rate                  shown                          suppressed
        ---------  -----------  --------------------  -----------------------------  ----------
        1-7        any          any                   rounded denominator only       true
        any        1-7          any                   nothing; a zero numerator      true
        0, 8-      0, 8-        any                   both rounded, rate of the two  false
        0, 8-      null         any                   rounded numerator, rate kept   false
        null       8-           a mean or a quantile  rounded denominator, the rate  false
        null       null         any                   nothing: on how many is it?    true where there was a rate

    A row that came suppressed stays so. Where a row came with an interval and both its counts are shown, it leaves with the
    widest Wilson interval of counts that are rounded to those shown; no other row has one.

    Raises `ConfigurationError` for an unknown policy.
    """
    chosen = policy_named(policy)
    table = Measure.conform(measures)
    numerator, denominator = table["numerator"], table["denominator"]
    few = pc.or_(_small(numerator, chosen), _small(denominator, chosen))
    unfounded = pc.and_(pc.and_(numerator.is_null(), denominator.is_null()), table["rate"].is_valid())
    hidden = pc.or_(pc.or_(few, unfounded), pc.fill_null(table["suppressed"], False))
    above = pc.if_else(_small(denominator, chosen), pc.if_else(pc.equal(numerator, 0), 0, None), _rounded(numerator, chosen))
    below = _rounded(denominator, chosen)
    rate = pc.if_else(pc.and_(above.is_valid(), below.is_valid()), _ratio(above, below), table["rate"])
    shown = {"numerator": above, "denominator": below, "rate": pc.if_else(hidden, None, rate), "suppressed": hidden}
    shown |= _intervals(above, below, pc.and_(pc.invert(hidden), table["rate_low"].is_valid()), chosen)
    for name, values in shown.items():
        place = table.column_names.index(name)
        table = table.set_column(place, table.schema.field(name), values.cast(table.schema.field(name).type))
    return Measure.validate(table)


def suppress_counts(table: pa.Table, *columns: str, policy: str = NHSE_HES.name) -> pa.Table:
    """The table with the counts in `columns` as they may be shown, null where withheld; for counts that no rate is made of."""
    chosen = policy_named(policy)
    for name in columns:
        place, field = table.column_names.index(name), table.schema.field(name)
        table = table.set_column(place, field, _rounded(table[name], chosen).cast(field.type))
    return table


def extremes(published: pa.Table) -> int:
    """How many published rows say nobody or everybody: what they say is true of each person of a group."""
    above, below = published["numerator"], published["denominator"]
    nobody = pc.and_(pc.equal(above, 0), pc.greater(below, 0))
    everybody = pc.and_(pc.equal(above, below), pc.greater(below, 0))
    return int(pc.sum(pc.fill_null(pc.or_(nobody, everybody), False)).as_py() or 0)


def _small(counts: Any, policy: Policy) -> Any:
    return pc.fill_null(pc.and_(pc.greater(counts, 0), pc.less_equal(counts, policy.withheld_to)), False)


def _rounded(counts: Any, policy: Policy) -> Any:
    step = policy.rounded_to
    rounded = pc.multiply(pc.divide(pc.add(counts, step // 2), step), step)
    return pc.if_else(_small(counts, policy), None, rounded)


def _ratio(above: Any, below: Any) -> Any:
    some = pc.if_else(pc.equal(below, 0), None, below)
    return pc.divide(above.cast(pa.float64()), some.cast(pa.float64()))


def _intervals(above: Any, below: Any, wanted: Any, policy: Policy) -> dict[str, Any]:
    """The ends of the interval where `wanted` and both counts are shown; null elsewhere."""
    fewest, most = _behind(above, policy)
    fewest_of, most_of = _behind(below, policy)
    low = wilson(fewest, most_of)[0]
    high = wilson(np.minimum(most, fewest_of), fewest_of)[1]
    known = ~np.isnan(low) & ~np.isnan(high) & wanted.to_numpy()
    return {name: pa.array(values, mask=~known) for name, values in (("rate_low", low), ("rate_high", high))}


def _behind(shown: Any, policy: Policy) -> tuple[Any, Any]:
    """The smallest and the largest count that is shown so; zero is always true."""
    counts = pc.cast(shown, pa.float64()).to_numpy()
    down = policy.rounded_to // 2
    fewest = np.maximum(counts - down, policy.withheld_to + 1)
    most = counts + policy.rounded_to - 1 - down
    return np.where(counts == 0, 0.0, fewest), np.where(counts == 0, 0.0, most)
