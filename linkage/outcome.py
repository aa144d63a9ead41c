"""What linkage hands on: matches, pairs for a clerk, conflicts, and the counts of each step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import Bits, Truth, Whole
from linkage.conflicts import conflict_rows, first_of_each, named
from linkage.decisions import UNLINKED, Decisions
from linkage.delta import OWN_RECORD, Kept
from linkage.encoding import Encoded
from linkage.engine.key_order import are_repeated
from linkage.everybody import Everybody
from linkage.findings import NEAR_MISS, ONE_PERSON_TWICE
from linkage.pairs import Pairs
from linkage.quality.waterfall import waterfall
from linkage.schemes import CASCADE_VERSION, Scheme
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
    basis: str
    encoded: Encoded


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
    matches = _matches(everyone, decisions, ids, versions, standing)
    _count_doubles(sources, decisions)
    review_pairs, near_misses = (
        _pair_rows(pairs, sources, ids, decisions, versions)
        for pairs in (decisions.reviews, [("probabilistic", NEAR_MISS, decisions.near_misses)])
    )
    conflicts = conflict_rows(everyone, decisions, last_active)
    if standing is not None:
        review_pairs = ReviewPair.sort(pa.concat_tables([review_pairs, standing.review_pairs]))
        near_misses = ReviewPair.sort(pa.concat_tables([near_misses, standing.near_misses]))
        conflicts = Conflict.sort(pa.concat_tables([conflicts, standing.conflicts]))
    notes = {name: int(count) for name, count in sorted(decisions.notes.items())}
    return Linked(matches, review_pairs, near_misses, conflicts, waterfall(matches), notes, basis, everyone.encoded)


def _matches(everyone: Everybody, decisions: Decisions, ids: Any, versions: Texts, standing: Kept | None) -> Rows[Match]:
    """The matches of register and sources in the order of all records, which is that of their keys; what stands is taken over."""
    is_resident = everyone.is_resident
    person = decisions.population.person
    kept = Match.empty() if standing is None else standing.matches
    place = np.zeros(len(is_resident), dtype=np.int64) if standing is None else standing.place.copy()
    stands = np.zeros(len(is_resident), dtype=np.bool_) if standing is None else standing.stands.copy()
    stands[is_resident] &= person == np.arange(len(person))
    stands[~is_resident] &= decisions.step != UNLINKED  # groups are found anew
    own, found = np.flatnonzero(~stands[is_resident]), np.flatnonzero(~stands[~is_resident])
    anew = np.concatenate([np.flatnonzero(is_resident & ~stands), np.flatnonzero(~is_resident & ~stands)])
    place[anew] = kept.num_rows + np.arange(len(anew))
    tables = [kept, _own(everyone.register, ids, person, own), _found(everyone.sources, ids, decisions, versions, found)]
    return pa.concat_tables(tables).take(pa.array(place))  # type: ignore[no-any-return]


def _count_doubles(sources: pa.Table, decisions: Decisions) -> None:
    """How many records of each source share their person with another of it: two clinics' records, or one person twice."""
    source = sources["source"].combine_chunks().dictionary_encode()
    code = np.asarray(source.indices, dtype=np.int64)
    linked = np.flatnonzero(decisions.resident >= 0)
    key = decisions.resident[linked] * len(source.dictionary) + code[linked]
    several = np.bincount(code[linked[are_repeated(key)]], minlength=len(source.dictionary))
    for name, count in zip(source.dictionary.to_pylist(), several.tolist(), strict=True):
        if count:
            decisions.notes[f"{ONE_PERSON_TWICE}: {name}"] = count


def _own(register: pa.Table, ids: Any, person: Whole, rows: Whole) -> pa.Table:
    """Those of the register's own records: each is the person it is about, or superseded by another."""
    chosen = register.select(["source", "local_patient_id"]).take(pa.array(rows))
    return Match.conform(
        pa.table(
            {
                "source": chosen["source"],
                "local_patient_id": chosen["local_patient_id"],
                "register_id": ids.take(pa.array(person[rows])),
                "step": pa.repeat("register", len(rows)),
                "evidence": pa.array(np.where(person[rows] == rows, OWN_RECORD, "nhs=superseded"), pa.string()),
                "model_version": pa.repeat(CASCADE_VERSION, len(rows)),
            }
        )
    )


def _found(sources: pa.Table, ids: Any, decisions: Decisions, versions: Texts, rows: Whole) -> pa.Table:
    """Those of the sources' records as decided."""
    step, resident = decisions.step[rows], decisions.resident[rows]
    linked = resident >= 0
    own, leader = (sources.select(["source", "local_patient_id"]).take(pa.array(each)) for each in (rows, decisions.leader[rows]))
    cluster = pc.binary_join_element_wise(leader["source"], leader["local_patient_id"], "|")
    weighed = ~np.isnan(decisions.weight[rows]) | (step == UNLINKED)
    return Match.conform(
        pa.table(
            {
                "source": own["source"],
                "local_patient_id": own["local_patient_id"],
                "register_id": ids.take(pa.array(resident, mask=~linked)),
                "cluster": pc.if_else(pa.array(linked), pa.scalar(None, pa.string()), cluster),
                "step": pa.DictionaryArray.from_arrays(pa.array(step, pa.int32()), pa.array(LINK_STEPS)).cast(pa.string()),
                "evidence": pa.array(decisions.evidence[rows], pa.string()),
                "match_weight": _bits(decisions.weight[rows]),
                "margin": _bits(decisions.margin[rows]),
                "model_version": _versions(weighed, versions[rows]),
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
