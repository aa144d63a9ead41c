"""What the night counts about its own linkage: quality by group, best candidates by weight; raw in the vault, then published."""

from __future__ import annotations

import pyarrow as pa

from linkage import Linked, LinkSettings, weight_distribution
from linkage.quality.accuracy import estimate_accuracy
from linkage.quality.rates import quality_of
from linkage.quality.subgroups import subgroups
from pipelines.extracts.lookups import read_lookups
from pipelines.night import Night
from schemas.aggregate import Measure
from schemas.table import TableRef
from schemas.zones import Zone


def put_link_tables(
    night: Night, records: pa.Table, linked: Linked, settings: LinkSettings, *, judged: pa.Table
) -> tuple[TableRef, ...]:
    """Count how well every group's records were linked; the raw counts stay in the vault.

    `judged` is the judged part of the review sample (`linkage.review.sample.judged_sample`), from which precision and recall are
    estimated.
    """
    areas, _ = read_lookups(night.project.inbox / "lookups")
    groups = subgroups(records, night.as_at, areas)
    measures = [quality_of(groups, linked.matches, night.as_at), estimate_accuracy(judged, groups, night.as_at)]
    bins = weight_distribution(
        linked.matches,
        linked.near_misses,
        review_weight=settings.review_weight,
        accept_weight=settings.accept_weight,
    )
    shelf = night.vault_shelf
    return (
        shelf.put_arrow(Zone.IDENTIFIABLE, "link_quality", Measure.sort(pa.concat_tables(measures))),
        shelf.put_arrow(Zone.IDENTIFIABLE, "weight_bin", bins),
    )
