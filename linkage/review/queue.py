"""What a clerk is asked: pairs in an order that says nothing, the two records side by side, and nothing that linkage thinks.

A first review is of a pair that nobody has judged: those that wait for a clerk, and the sample of what linkage decided by
itself. A share of the judged pairs, and every pair on which clerks are unsure or differ, is reviewed again by somebody else.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.findings import BAND, REVIEW_REASONS
from linkage.review.judgements import PAIR, UNDECIDED, standing
from linkage.review.pairs import RECORD, chances, is_in, keys, may_show, places, references
from schemas.identifiable import Judgement, Match, PersonRecord, RegisterMerger, ReviewPair, ReviewSample
from schemas.table import Rows

# Seeds: which pairs are reviewed twice must not depend on the order in which they are shown.
ORDER, TWICE = "order of review", "reviewed twice"

# The minimum that tells two people apart; activity, ethnic category and area are no clerk's business.
SHOWN_FIELDS = (
    "nhs_number", "given_name", "other_given_name", "alias", "family_name", "previous_family_name", "date_of_birth", "gender",
    "postcode", "previous_postcode", "address", "gp_practice_code", "date_of_death",
)  # fmt: skip

QUEUE = pa.schema([*((name, pa.string()) for name in PAIR), ("model_version", pa.string())])


class Night(NamedTuple):
    """The tables of one night that review is about."""

    records: Rows[PersonRecord]
    matches: Rows[Match]
    mergers: Rows[RegisterMerger]
    review_pairs: Rows[ReviewPair]
    sample: Rows[ReviewSample]


class SideBySide(NamedTuple):
    """`left` and `right` hold SHOWN_FIELDS as text, in the order of `pairs`, whose columns are PAIR, model_version, reference."""

    pairs: pa.Table
    left: pa.Table
    right: pa.Table


def first_reviews(night: Night, judgements: Rows[Judgement]) -> pa.Table:
    """Pairs that nobody has judged: columns PAIR and model_version, by reason and then by chance.

    Sampled pairs lie among those of the review band, so that their place does not tell them apart.
    """
    sampled = night.sample.append_column("reason", pa.repeat(BAND, night.sample.num_rows))
    waiting = night.review_pairs.select([*QUEUE.names, "reason"])
    is_waiting = is_in(keys(sampled, *PAIR), keys(waiting, *PAIR))
    pairs = pa.concat_tables([waiting, sampled.filter(pc.invert(is_waiting)).select(waiting.column_names)])
    pairs = pairs.filter(pc.invert(is_in(keys(pairs, *PAIR), keys(judgements, *PAIR))))
    reason = places(pairs["reason"], pa.array(REVIEW_REASONS)).to_numpy()
    return _in_order(pairs.select(QUEUE.names), reason, night)


def second_reviews(night: Night, judgements: Rows[Judgement], reviewer: str, share: float) -> pa.Table:
    """Pairs that others have judged and `reviewer` has not: columns PAIR and model_version, in an order of chance.

    They are a `share` of the pairs that one other has judged, and all on which clerks are unsure or differ.
    """
    stands = standing(judgements)
    is_drawn = pc.and_(pa.array(chances(stands, TWICE) < share), pc.equal(pc.list_value_length(stands["reviewers"]), 1))
    is_due = pc.or_(is_drawn, pc.is_in(stands["decision"], value_set=pa.array(UNDECIDED)))
    is_hers = pa.array([reviewer in names for names in stands["reviewers"].to_pylist()], pa.bool_())
    pairs = stands.filter(pc.and_(is_due, pc.invert(is_hers))).select(QUEUE.names)
    return _in_order(pairs, np.zeros(pairs.num_rows), night)


def side_by_side(pairs: pa.Table, records: Rows[PersonRecord]) -> SideBySide:
    """The two records of each pair, field by field: all that a clerk sees."""
    of_register = records.filter(pc.equal(records["source"], "register"))
    left = places(keys(pairs, *RECORD), keys(records, *RECORD))
    right = places(pairs["register_id"], of_register["local_patient_id"])
    pairs = pairs.append_column("reference", references(pairs))
    return SideBySide(pairs, _shown(records, left), _shown(of_register, right))


def _shown(records: Rows[PersonRecord], places: Any) -> pa.Table:
    return pa.table({name: records[name].take(places).cast(pa.string()) for name in SHOWN_FIELDS})


def _in_order(pairs: pa.Table, reason: Any, night: Night) -> pa.Table:
    """The pairs that may be shown, by reason and then by chance."""
    order = np.lexsort((chances(pairs, ORDER), reason))
    pairs = pairs.take(pa.array(order))
    return pairs.filter(may_show(pairs, night.records, night.matches, night.mergers))
