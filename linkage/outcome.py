"""What linkage hands on: matches, pairs for a clerk, conflicts, and the counts of each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import Bits, Truth
from linkage.conflicts import conflict_rows, first_of_each, named
from linkage.decisions import UNLINKED, Decisions
from linkage.delta import Kept
from linkage.encoding import Encoded
from linkage.everybody import Everybody
from linkage.findings import NEAR_MISS, ONE_PERSON_TWICE
from linkage.pairs import Pairs
from linkage.schemes import CASCADE_VERSION, Scheme
from linkage.waterfall import waterfall
from schemas.identifiable import LINK_STEPS, Conflict, Match, ReviewPair
from schemas.table import Rows

Texts: TypeAlias = np.ndarray[tuple[int], np.dtype[np.object_]]


@dataclass(frozen=True)
class Linked:
    """The outcome of one run.

    `near_misses` are pairs of step 5 just under the review band, which nobody looks at unless they are sampled. `waterfall` has
    columns source, step, records; `notes` are counts of what was not shown, not followed or not weighed; `basis` names
    the settings and models, and `encoded` has the records as linkage reads them, in key order, both for the night after
    (`linkage.delta.Before`).
    """

    matches: Rows[Match]
    review_pairs: Rows[ReviewPair]
    near_misses: Rows[ReviewPair]
    conflicts: Rows[Conflict]
    waterfall: pa.Table
    notes: dict[str, int]
    basis: str = ""
    encoded: Encoded | None = None


def to_linked(
    everyone: Everybody,
    decisions: Decisions,
    weighing: Sequence[Scheme],
    *,
    basis: str,
    standing: Kept | None,
    last_active: pa.Table | None,
) -> Linked:
    """Tables from decisions; `standing` are last night's rows about records that were not decided again."""
    register, sources = everyone.register, everyone.sources
    ids = register["local_patient_id"].combine_chunks()
    versions = np.full(len(decisions.step), CASCADE_VERSION, dtype=object)
    for scheme in weighing:
        versions[scheme.covers(decisions.population.records)] = scheme.version
    matches = _in_order(everyone, _own(register, ids, decisions), _found(sources, ids, decisions, versions))
    _count_doubles(sources, decisions)
    review_pairs, near_misses = (
        _pair_rows(pairs, sources, ids, decisions, versions)
        for pairs in (decisions.reviews, [("probabilistic", NEAR_MISS, decisions.near_misses)])
    )
    conflicts = conflict_rows(register, sources, decisions, last_active)
    if standing is not None:
        review_pairs = ReviewPair.sort(pa.concat_tables([review_pairs, standing.review_pairs]))
        near_misses = ReviewPair.sort(pa.concat_tables([near_misses, standing.near_misses]))
        conflicts = Conflict.sort(pa.concat_tables([conflicts, standing.conflicts]))
    notes = {name: int(count) for name, count in sorted(decisions.notes.items())}
    return Linked(matches, review_pairs, near_misses, conflicts, waterfall(matches), notes, basis, everyone.encoded)


def _in_order(everyone: Everybody, own: pa.Table, found: pa.Table) -> Rows[Match]:
    """The matches of register and sources in key order: that of all records, which is known and unique."""
    rows = np.argsort(np.concatenate([np.flatnonzero(everyone.is_resident), np.flatnonzero(~everyone.is_resident)]))
    return pa.concat_tables([own, found]).take(pa.array(rows))  # type: ignore[no-any-return]


def _count_doubles(sources: pa.Table, decisions: Decisions) -> None:
    """How many records of each source share their person with another of it: two clinics' records, or one person twice."""
    rows = np.flatnonzero(decisions.resident >= 0)
    linked = pa.table({"source": sources["source"].take(pa.array(rows)), "person": decisions.resident[rows]})
    sizes = linked.group_by(["source", "person"]).aggregate([([], "count_all")])
    several = sizes.filter(pc.greater(sizes["count_all"], 1)).group_by("source").aggregate([("count_all", "sum")])
    for row in several.to_pylist():
        decisions.notes[f"{ONE_PERSON_TWICE}: {row['source']}"] = row["count_all_sum"]


def _own(register: pa.Table, ids: Any, decisions: Decisions) -> pa.Table:
    """The register's own records: each is the person it is about, or superseded by another."""
    person = decisions.population.person
    return Match.conform(
        pa.table(
            {
                "source": register["source"],
                "local_patient_id": register["local_patient_id"],
                "register_id": ids.take(pa.array(person)),
                "step": pa.repeat("register", register.num_rows),
                "evidence": pa.array(np.where(person == np.arange(len(person)), "own record", "nhs=superseded"), pa.string()),
                "model_version": pa.repeat(CASCADE_VERSION, register.num_rows),
            }
        )
    )


def _found(sources: pa.Table, ids: Any, decisions: Decisions, versions: Texts) -> pa.Table:
    """The sources' records as decided."""
    linked = decisions.resident >= 0
    leader = pa.array(decisions.leader)
    cluster = pc.binary_join_element_wise(sources["source"].take(leader), sources["local_patient_id"].take(leader), "|")
    weighed = ~np.isnan(decisions.weight) | (decisions.step == UNLINKED)
    return Match.conform(
        pa.table(
            {
                "source": sources["source"],
                "local_patient_id": sources["local_patient_id"],
                "register_id": ids.take(pa.array(decisions.resident, mask=~linked)),
                "cluster": pc.if_else(pa.array(linked), pa.scalar(None, pa.string()), cluster),
                "step": pa.array(np.array(LINK_STEPS, dtype=object)[decisions.step], pa.string()),
                "evidence": pa.array(decisions.evidence, pa.string()),
                "match_weight": _bits(decisions.weight),
                "margin": _bits(decisions.margin),
                "model_version": _versions(weighed, versions),
            }
        )
    )


def _pair_rows(
    found: list[tuple[str, str, Pairs]], sources: pa.Table, ids: Any, decisions: Decisions, versions: Texts
) -> Rows[ReviewPair]:
    tables = [ReviewPair.empty()]
    for step, reason, pairs in found:
        table = named(sources, ids, pairs, decisions)
        table["step"] = pa.repeat(step, len(pairs))
        table["reason"] = pa.repeat(reason, len(pairs))
        table["evidence"] = pa.array(pairs.evidence(), pa.string())
        table["match_weight"], table["margin"] = _bits(pairs.weight), _bits(pairs.margin)
        table["model_version"] = _versions(~np.isnan(pairs.weight), versions[pairs.record])
        tables.append(ReviewPair.conform(pa.table(table)))
    return ReviewPair.sort(ReviewPair.validate(first_of_each(pa.concat_tables(tables), ReviewPair.key)))


def _bits(values: Bits) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def _versions(weighed: Truth, versions: Texts) -> pa.Array:
    """The model's version where something was weighed."""
    return pa.array(np.where(weighed, versions, CASCADE_VERSION), pa.string())
