"""How sure the weighing was: best candidates by match weight, so that both thresholds can be seen in their place."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.aggregate import WeightBin
from schemas.identifiable import Match
from schemas.table import Rows

BIN_BITS = 1.0
# Weights beyond these ends are counted in the first and the last bin: odds of a million to one are sure either way.
LOWEST_BIN, HIGHEST_BIN = -20.0, 40.0

# Which step of the cascade each outcome stands for. Followers of a client index are not weighed themselves.
OUTCOMES = {"linked": "probabilistic", "review": "review", "unlinked": "unlinked"}


def weight_distribution(matches: Rows[Match], *, review_weight: float, accept_weight: float) -> Rows[WeightBin]:
    """Bins of one bit, without a gap, from the lowest to the highest weight and at least from threshold to threshold.

    Counted is each record that was weighed, by the weight of its best candidate (`match_weight`); a record without a weight
    was decided without one, or had no candidate, and is not counted. `review_weight` and `accept_weight` are bits, as in
    `LinkSettings`. No rows where nothing was weighed.

    Raw counts: `governance.disclosure` suppresses small numbers.
    """
    weighed = matches.filter(pc.and_(matches["match_weight"].is_valid(), _is_counted(matches)))
    if not weighed.num_rows:
        return WeightBin.empty()
    bins = np.clip(np.floor(weighed["match_weight"].to_numpy() / BIN_BITS) * BIN_BITS, LOWEST_BIN, HIGHEST_BIN)
    first = min(bins.min(), np.floor(review_weight / BIN_BITS) * BIN_BITS)
    last = max(bins.max(), np.floor(accept_weight / BIN_BITS) * BIN_BITS)
    place = ((bins - first) / BIN_BITS).astype(np.int64)
    starts = np.arange(first, last + BIN_BITS / 2, BIN_BITS)
    table = {"bin_from": starts, "bin_to": starts + BIN_BITS}
    for outcome, step in OUTCOMES.items():
        table[outcome] = np.bincount(place[pc.equal(weighed["step"], step).to_numpy()], minlength=len(starts))
    table |= {"review_weight": np.full(len(starts), review_weight), "accept_weight": np.full(len(starts), accept_weight)}
    return WeightBin.sort(WeightBin.validate(pa.table(table)))


def _is_counted(matches: pa.Table) -> pa.ChunkedArray:
    return pc.is_in(matches["step"], value_set=pa.array(OUTCOMES.values(), pa.string()))
