"""A sample of what linkage decided by itself, for clerks to judge, so that its precision and recall can be estimated.

kind       strata                                                        what a wrong one means
--------   -----------------------------------------------------------   -----------------------------
link       each step without weights; bands of bits over the threshold   a false link: precision
review     each reason                                                   a link not made yet: recall
non-link   bands of bits under the review band                           a missed link: recall

Links of records with and without names are apart: a clerk can say as little of a record without a name as linkage can. In
each stratum the pairs with the lowest keyed hash are drawn: a simple random sample that the order of rows cannot change.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import Whole
from linkage.conflicts import first_of_each
from linkage.findings import REVIEWERS_DIFFER
from linkage.outcome import Linked
from linkage.review.judgements import LINK as SAID_LINK
from linkage.review.judgements import NON_LINK as SAID_NON_LINK
from linkage.review.judgements import PAIR, standing
from linkage.review.pairs import RECORD, chances, is_in, keys, may_show, places
from linkage.settings import LinkSettings
from schemas.identifiable import Judgement, PersonRecord, RegisterMerger, ReviewSample
from schemas.table import Rows

LINK, REVIEW, NON_LINK = "link", "review", "non-link"
# Bits from the threshold. The nearer a pair lies the likelier it is wrong, so the near bands are narrow.
EDGES = (2.0, 4.0, 8.0, 16.0)
BANDS = ("up to 2 bits", "2 to 4 bits", "4 to 8 bits", "8 to 16 bits", "over 16 bits")


def draw_sample(
    records: Rows[PersonRecord],
    mergers: Rows[RegisterMerger],
    linked: Linked,
    settings: LinkSettings,
    *,
    per_stratum: int,
    drawn_for: str,
) -> Rows[ReviewSample]:
    """Up to `per_stratum` pairs of each stratum, each with the number of pairs that it stands for.

    `drawn_for` says what the sample is of (model and quarter) and is the seed: the same words draw the same pairs. Pairs that
    clerks have decided, and protected identities, are in no stratum.
    """
    frame = pa.concat_tables([_links(records, linked, settings), _reviews(linked), _near_misses(linked, settings)])
    frame = first_of_each(frame, PAIR)
    frame = frame.filter(may_show(frame, records, linked.matches, mergers))
    strata, sizes = _strata(frame)
    order = np.argsort(chances(frame, drawn_for), kind="stable")
    drawn = order[_ranks(strata[order]) < per_stratum]
    size = sizes[strata[drawn]]
    sample = frame.take(pa.array(drawn))
    sample = sample.append_column("stratum_size", pa.array(size, pa.int64()))
    sample = sample.append_column("sampling_weight", pa.array(size / np.minimum(size, per_stratum), pa.float64()))
    sample = sample.append_column("drawn_for", pa.repeat(drawn_for, len(drawn)))
    return ReviewSample.sort(ReviewSample.validate(sample))


def judged_sample(sample: Rows[ReviewSample], judgements: Rows[Judgement]) -> pa.Table:
    """The sampled pairs that clerks have called `link` or `non-link`, in the sample's order: its columns, and `decision`.

    `sampling_weight` is here the stratum's size over its pairs decided so far: what is not judged yet, or unsure, is taken to be
    like the rest of its stratum (weighting-class adjustment, Kalton and Flores-Cervantes 2003, J. Off. Stat. 19:81-97). With
    these weights the weighted counts are Horvitz and Thompson's (1952, J. Am. Stat. Assoc. 47:663-685).
    """
    stands = standing(judgements)
    decision = stands["decision"].take(places(keys(sample, *PAIR), keys(stands, *PAIR)))
    is_decided = pc.is_in(decision, value_set=pa.array([SAID_LINK, SAID_NON_LINK]))
    decided = sample.append_column("decision", decision).filter(is_decided)
    strata, counts = _strata(decided)
    weight = decided["stratum_size"].to_numpy() / counts[strata]
    return decided.set_column(decided.column_names.index("sampling_weight"), "sampling_weight", pa.array(weight, pa.float64()))


def _links(records: Rows[PersonRecord], linked: Linked, settings: LinkSettings) -> pa.Table:
    """What the cascade linked by itself."""
    matches = linked.matches
    by_itself = pc.invert(pc.is_in(matches["step"], value_set=pa.array(["register", "judged"])))
    links = matches.filter(pc.and_(by_itself, pc.is_valid(matches["register_id"])))
    is_weighed = pc.equal(links["step"], "probabilistic")
    how = pc.if_else(is_weighed, _bands(links["match_weight"], settings.accept_weight), links["step"])
    names = pc.or_(pc.is_valid(records["given_name"]), pc.is_valid(records["family_name"]))
    has_name = is_in(keys(links, *RECORD), keys(records.filter(names), *RECORD))
    return _framed(links, LINK, pc.binary_join_element_wise(how, pc.if_else(has_name, "with names", "without names"), ", "))


def _reviews(linked: Linked) -> pa.Table:
    """What waits for a clerk who has not seen it yet."""
    pairs = linked.review_pairs
    pairs = pairs.filter(pc.and_(pc.not_equal(pairs["step"], "judged"), pc.not_equal(pairs["reason"], REVIEWERS_DIFFER)))
    return _framed(pairs, REVIEW, pairs["reason"])


def _near_misses(linked: Linked, settings: LinkSettings) -> pa.Table:
    pairs = linked.near_misses
    return _framed(pairs, NON_LINK, _bands(pairs["match_weight"], settings.review_weight))


def _framed(pairs: pa.Table, kind: str, stratum: Any) -> pa.Table:
    columns = [*pairs.select([*PAIR, "model_version"]).columns, pa.chunked_array([pa.repeat(kind, pairs.num_rows)])]
    labels = pc.binary_join_element_wise(pa.scalar(kind), stratum, ": ")
    return pa.table([*columns, labels], names=[*PAIR, "model_version", "kind", "stratum"])


def _bands(weights: Any, threshold: float) -> pa.Array:
    """How far each weight lies from the threshold, in words."""
    bits = np.abs(pc.fill_null(weights, threshold).to_numpy() - threshold)
    return pa.array(BANDS, pa.string()).take(pa.array(np.searchsorted(EDGES, bits, side="right")))


def _strata(frame: pa.Table) -> tuple[Whole, Whole]:
    """The stratum of each row as a number, and the rows of each."""
    numbers = frame["stratum"].combine_chunks().dictionary_encode().indices.to_numpy().astype(np.int64)
    return numbers, np.bincount(numbers)


def _ranks(strata: Whole) -> Whole:
    """Place of each row among those of its stratum before it."""
    order = np.argsort(strata, kind="stable")
    ordered = strata[order]
    rank = np.empty(len(strata), dtype=np.int64)
    rank[order] = np.arange(len(strata)) - np.searchsorted(ordered, ordered)
    return rank
