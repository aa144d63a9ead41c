"""How right linkage is, estimated from what clerks said of a sample of pairs: precision and recall of every group."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from linkage.arrays import Bits, Truth
from linkage.quality.shares import Share, share_rows
from linkage.quality.subgroups import BREAKDOWNS
from linkage.review.judgements import LINK, NON_LINK
from schemas.aggregate import Measure
from schemas.table import Rows

KEY = ("source", "local_patient_id")
# Counts are published in fives: 52 of 53 would be shown as 50 of 55, while 49 of 50 is shown as 50 of 50.
STEP = 5
PRECISION, RECALL, JUDGED = "estimated_precision", "estimated_recall", "estimated_from_judgements"


def estimate_accuracy(judged: pa.Table, groups: pa.Table, as_at: datetime.date) -> Rows[Measure]:
    """Measure rows of precision and recall, with intervals, by each breakdown of `quality.subgroups`; none without judgements.

    `judged` is what `review_sample.judged_sample` gives (of its columns `source`, `local_patient_id`, `kind`, `decision` and
    `sampling_weight` are used; a decision other than `link` and `non-link` is left out), `groups` what `subgroups` gives for
    the night's records. A pair whose record has left is left out.

    - precision: of the pairs that linkage made links, the share that clerks call links;
    - recall: of the pairs that clerks call links, the share that linkage made links. A pair in review is not a link yet, and a
      pair that no blocking rule proposed is in no sample: recall is of the pairs that were looked at;
    - `estimated_from_judgements`: the judgements used, a plain count.

    Each pair counts with its sampling weight. Numerator and denominator are effective numbers of judgements (Kish 1965, Survey
    Sampling, 11.7): the square of the sum of weights over the sum of their squares, which is what unequal weights are worth, so
    that Wilson's interval can be used (Franco and others 2019, J. Surv. Stat. Methodol. 7:334-364) and disclosure control can
    treat an estimate as the count that it is. Gains from stratifying are not counted on, and the effective number is rounded
    down to fives, so that publishing it moves the rate as little as may be: as a rule the interval is a little too wide.
    """
    wanted = judged.select([*KEY, "kind", "decision", "sampling_weight"])
    rows = wanted.join(groups.select([*KEY, *(name for name in BREAKDOWNS if name not in KEY)]), list(KEY), join_type="inner")
    decided = [row for row in rows.to_pylist() if row["decision"] in (LINK, NON_LINK)]
    is_link = np.array([row["kind"] == LINK for row in decided], dtype=np.bool_)
    is_true = np.array([row["decision"] == LINK for row in decided], dtype=np.bool_)
    weight = np.array([row["sampling_weight"] for row in decided], dtype=np.float64)
    return share_rows(_estimates(decided, is_link, is_true, weight), as_at)


def _estimates(decided: list[dict[str, Any]], is_link: Truth, is_true: Truth, weight: Bits) -> Iterator[Share]:
    for breakdown in BREAKDOWNS:
        categories = np.array([row[breakdown] for row in decided], dtype=object)
        for category in sorted(set(categories)):
            here: Truth = categories == category
            yield Share(JUDGED, breakdown, category, int(here.sum()))
            for name, among, right in ((PRECISION, is_link, is_true), (RECALL, is_true, is_link)):
                rows = here & among
                if rows.any():
                    yield Share(name, breakdown, category, *effective_counts(right[rows], weight[rows]))


def effective_counts(right: Truth, weight: Bits) -> tuple[float, float]:
    """How many of how many judgements of equal weight would say the same as these; down to fives, from five on."""
    size = round(float(weight.sum() ** 2 / (weight**2).sum()), 6)  # 100 equal weights may come to a hair under 100
    size = size if size < STEP else size // STEP * STEP
    return float(weight[right].sum() / weight.sum()) * size, size
