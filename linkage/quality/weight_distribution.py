"""How sure the weighing was: best candidates by match weight, so that both thresholds can be seen in their place."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.aggregate import WeightBin
from schemas.identifiable import Match, ReviewPair
from schemas.table import Rows

BIN_BITS = 1.0
# Weights beyond these ends are counted in the first and the last bin: odds of a million to one are sure either way.
LOWEST_BIN, HIGHEST_BIN = -20.0, 40.0

# Which step of the cascade each outcome stands for. Followers of a client index are not weighed themselves.
OUTCOMES = {"linked": "probabilistic", "review": "review", "unlinked": "unlinked"}
RECORD = ["source", "local_patient_id"]


def weight_distribution(
    matches: Rows[Match], near_misses: Rows[ReviewPair], *, review_weight: float, accept_weight: float
) -> Rows[WeightBin]:
    """Bins of one bit, without a gap, from the lowest to the highest weight and at least from threshold to threshold.

    Counted is each record that was weighed, by the weight of its best candidate: `match_weight` of its match, or, where it has
    none and stayed unlinked, the highest of its `near_misses` (`Linked.near_misses`). Records decided without a weight, and
    those whose candidates were all too far off to be kept, are not counted. Thresholds are bits, as in `LinkSettings`. No rows
    where nothing was weighed.

    Raw counts: `governance.disclosure` suppresses small numbers.
    """
    weighed = _weighed(matches, near_misses)
    if not weighed.num_rows:
        return WeightBin.empty()
    bins = np.clip(np.floor(weighed["weight"].to_numpy() / BIN_BITS) * BIN_BITS, LOWEST_BIN, HIGHEST_BIN)
    first = min(bins.min(), np.floor(review_weight / BIN_BITS) * BIN_BITS)
    last = max(bins.max(), np.floor(accept_weight / BIN_BITS) * BIN_BITS)
    place = ((bins - first) / BIN_BITS).astype(np.int64)
    starts = np.arange(first, last + BIN_BITS / 2, BIN_BITS)
    table = {"bin_from": starts, "bin_to": starts + BIN_BITS}
    for outcome, step in OUTCOMES.items():
        table[outcome] = np.bincount(place[pc.equal(weighed["step"], step).to_numpy()], minlength=len(starts))
    table |= {"review_weight": np.full(len(starts), review_weight), "accept_weight": np.full(len(starts), accept_weight)}
    return WeightBin.sort(WeightBin.validate(pa.table(table)))


def _weighed(matches: pa.Table, near_misses: pa.Table) -> pa.Table:
    """Step and weight of every record that was weighed."""
    counted = matches.filter(pc.is_in(matches["step"], value_set=pa.array(OUTCOMES.values(), pa.string())))
    nearest = near_misses.group_by(RECORD).aggregate([("match_weight", "max")])
    beside = counted.select([*RECORD, "step", "match_weight"]).join(nearest, RECORD, join_type="left outer")
    missed = pc.if_else(pc.equal(beside["step"], OUTCOMES["unlinked"]), beside["match_weight_max"], None)
    table = pa.table({"step": beside["step"], "weight": pc.coalesce(beside["match_weight"], missed)})
    return table.filter(table["weight"].is_valid())
