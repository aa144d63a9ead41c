"""Step 7, unlinked: records of several sources that are plainly one person share an identity, though the register has nobody.

two records                                                              are one person
----------------------------------------------------------------------   --------------
same number and date of birth, given names not contradicting             yes
same verified number, something else agrees, nothing contradicts         yes
names and full date of birth agree, CLUSTER_WEIGHT or more               yes
anything else                                                            no

Two contradict where numbers, dates of birth or given names differ (twins, parent and child), or, without names, the gender. A
group in which any two contradict is left apart, all of it: nobody is guessed, and no chain of likenesses joins two people.
Protected identities are in no group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from linkage.arrays import Truth, Whole
from linkage.comparisons import COMPARISONS
from linkage.engine.joins import join
from linkage.engine.rules import Rule, same
from linkage.engine.weigher import Crowd, Sides, Weigher
from linkage.engine.weights import Weights
from linkage.findings import notes_of
from linkage.pairs import Pairs, compare, comparer
from linkage.population import Population

RULES: list[Rule] = [same("number"), same("full_birth", "family"), same("full_birth", "given"), same("full_birth", "postcode")]
# Odds of a million to one, far over those of a link to the register: no register stands behind such a person. Names and date of
# birth do not reach it without an address.
CLUSTER_WEIGHT = 20.0
# More records of one person than any set of sources has: a value that stands for nobody.
LARGEST_CLUSTER = 50

SAME_DATE = ("same", "same_placeholder")
CLUSTER_NAMES: dict[str, tuple[str, ...]] = {
    "given_name": ("same", "nickname", "swapped", "other"),
    "family_name": ("same", "previous", "swapped", "part", "close"),
    "date_of_birth": ("same",),
}
CONFIRMING: dict[str, tuple[str, ...]] = {
    "date_of_birth": ("swapped", "two_parts", "partial"),
    "given_name": ("same", "nickname", "swapped", "other", "part", "close"),
    "family_name": ("same", "previous", "swapped", "part", "close"),
    "postcode": ("same", "previous"),
}


@dataclass(frozen=True)
class Clusters:
    """`members` and, beside each, the first record of its group (itself for the first), and what joined it."""

    members: Whole
    first: Whole
    evidence: list[str | None]
    notes: dict[str, int]


def find_clusters(population: Population, rows: Whole, together: tuple[Whole, Whole], *, weights: Weights, cap: int) -> Clusters:
    """Groups of two or more among the records `rows`; `together` are pairs of them that are one person already.

    `weights` weigh two records of the sources as a record and a resident; a key of more than `cap` records makes no pair.
    """
    rows = rows[~population.records.protected[rows]]
    edges, crowds = _edges(population, rows, weights, cap)
    one, other = (np.concatenate(sides) for sides in ((edges.record, together[0]), (edges.resident, together[1])))
    group = _groups(len(population.records), one, other)
    members = np.unique(np.concatenate([one, other]))
    parted, conflicting = _contradicting(population, members, group)
    kept = members[~np.isin(group[members], parted)]
    texts = dict(zip(edges.record.tolist(), edges.evidence(), strict=True)) | dict(
        zip(edges.resident.tolist(), edges.evidence(), strict=True)
    )
    first = _first_of(group, kept)
    notes = {
        "unlinked groups left apart: contradiction": conflicting,
        "unlinked groups left apart: too large": len(parted) - conflicting,
        **notes_of(crowds, cap),
    }
    return Clusters(kept, first, [f"cluster {texts[row]}" if row in texts else None for row in kept.tolist()], notes)


def _edges(population: Population, rows: Whole, weights: Weights, cap: int) -> tuple[Pairs, tuple[Crowd, ...]]:
    """Pairs of records that are plainly one person."""
    sides = Sides(population.records.take(rows).sheet(), None, population.texts, population.shares(_columns(weights)))
    weigher = Weigher(sides, COMPARISONS, RULES, weights)
    scored = weigher.keep(0.0, key_cap=cap)
    blank = np.full(len(scored), np.nan)
    pairs = Pairs(rows[scored.left], rows[scored.right], weigher.levels(scored.pattern), scored.weight, blank)
    is_one = (_by_number(population, pairs) | _by_names(pairs)) & ~contradict(pairs)
    return pairs.take(is_one), scored.crowds


def _columns(weights: Weights) -> set[str]:
    every = (weight for by_level in weights.levels.values() for weight in by_level.values())
    return {weight.frequency.column for weight in every if weight.frequency}


def _by_number(population: Population, pairs: Pairs) -> Truth:
    same_number = pairs.at("nhs_number", "same")
    verified = population.records.verified[pairs.record] & population.records.verified[pairs.resident]
    confirmed = np.any([pairs.at(field, *levels) for field, levels in CONFIRMING.items()], axis=0)
    answer: Truth = same_number & (pairs.at("date_of_birth", *SAME_DATE) | (verified & confirmed))
    return answer


def _by_names(pairs: Pairs) -> Truth:
    agree = np.all([pairs.at(field, *levels) for field, levels in CLUSTER_NAMES.items()], axis=0)
    answer: Truth = agree & (pairs.weight >= CLUSTER_WEIGHT) & ~pairs.at("gender", "different")
    return answer


def contradict(pairs: Pairs) -> Truth:
    """Whether two records cannot be one person's."""
    differ: Truth = np.any([pairs.at(field, "different") for field in ("nhs_number", "date_of_birth", "given_name")], axis=0)
    return differ | (pairs.at("given_name", "missing") & pairs.at("gender", "different"))


def _groups(size: int, one: Whole, other: Whole) -> Whole:
    graph: Any = coo_array((np.ones(len(one), dtype=np.int8), (one, other)), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _contradicting(population: Population, members: Whole, group: Whole) -> tuple[Whole, int]:
    """Groups that are to be left apart, and how many of them because two of their members contradict."""
    found, place, sizes = np.unique(group[members], return_inverse=True, return_counts=True)
    large = found[sizes > LARGEST_CLUSTER]
    members = members[sizes[place] <= LARGEST_CLUSTER]
    one, other = join(group[members], group[members])
    one, other = one[one < other], other[one < other]
    records = population.records
    pairs = compare(comparer(records, records, population.texts), members[one], members[other])
    conflicting = np.unique(group[pairs.record[contradict(pairs)]])
    return np.concatenate([large, conflicting]), len(conflicting)


def _first_of(group: Whole, members: Whole) -> Whole:
    """The first member of each one's group."""
    _, first, place = np.unique(group[members], return_index=True, return_inverse=True)
    return members[first[place]]
