"""Step 5, probabilistic: what is left is weighed against the whole register; only a clear margin links.

best candidate's weight   to the second   contradiction   answer
-----------------------   -------------   -------------   --------------------------------
accept_weight or more     margin or more  none            link
accept_weight or more     less            -               review: margin
accept_weight or more     any             number, date    review: the contradiction
review_weight or more     any             any             review: the contradiction or band
less                      any             any             unlinked

Records without any name are weighed by a model of their own, over the fields they have (`linkage.schemes`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from linkage import findings
from linkage.arrays import Levels, Truth, Whole
from linkage.engine.weigher import Scored, Sides
from linkage.findings import Findings
from linkage.pairs import Pairs, join_pairs
from linkage.population import Population
from linkage.schemes import Scheme
from linkage.steps.confirmed_number import CONFIRMATIONS

SAME_HOUSEHOLD_NAME = ("same", "previous")
# What speaks for a pair beside its number. A number with fewer than two of these links nobody, as in step 2.
_ALIKE = ("same", "swapped", "part", "close", "near")
SUPPORTING_LEVELS: dict[str, tuple[str, ...]] = {
    "date_of_birth": ("same", "same_placeholder", "swapped", "two_parts", "partial"),
    "given_name": (*_ALIKE, "nickname", "other", "initial"),
    "family_name": (*_ALIKE, "previous"),
    "postcode": ("same", "previous"),
    "gender": ("same",),
}


def probabilistic(population: Population, rows: Whole, schemes: Sequence[Scheme]) -> Findings:
    """Weigh the open records `rows` against the register, each by the scheme that covers it: links and pairs for a clerk."""
    rows = rows[~population.records.protected[rows]]
    found, notes = [], Counter({"pairs weighed": 0, findings.OVER_THE_CAP: 0})
    for scheme in schemes:
        covered = rows[scheme.covers(population.records)[rows]]
        pairs, scored = _weighed(population, covered, scheme)
        notes.update({"pairs weighed": scored.scored, **findings.notes_of(scored.crowds, scheme.settings.block_cap)})
        found.append(_decide(population, _ranked(population, pairs, scheme), scheme))
    return _joined(found, dict(notes))


def _weighed(population: Population, rows: Whole, scheme: Scheme) -> tuple[Pairs, Scored]:
    """Pairs of the scheme's rules that may matter: those worth a review, and those within the margin of such a one."""
    frequent = population.shares(scheme.frequency_columns)
    sides = Sides(population.records.take(rows).sheet(), population.residents.sheet(), population.texts, frequent)
    scorer = scheme.scorer(sides, scheme.comparisons, scheme.rules, scheme.weights)
    scored = scorer.keep(scheme.floor, key_cap=scheme.settings.block_cap)
    unknown = np.full(len(scored), np.nan)
    levels: Levels = scorer.levels(scored.pattern)
    return Pairs(rows[scored.left], scored.right, levels, scored.weight, unknown), scored


def _ranked(population: Population, pairs: Pairs, scheme: Scheme) -> Pairs:
    """The best candidates of each record, best first, with weight and, at the best, the margin to the second.

    Kept are candidates worth a review and within the margin of the best. A pair of two verified numbers is no candidate.
    """
    pairs = pairs.take(~population.are_two_people(pairs))
    persons = population.persons(pairs)
    order = np.lexsort((pairs.resident, persons != pairs.resident, persons, -pairs.weight, pairs.record))
    pairs, persons = pairs.take(order), persons[order]
    views = np.unique(pairs.record * (1 + len(population.person)) + persons, return_index=True)[1]
    pairs = pairs.take(np.sort(views))  # the best view of each person
    _, first, place, count = np.unique(pairs.record, return_index=True, return_inverse=True, return_counts=True)
    second = np.where(count > 1, pairs.weight[np.minimum(first + 1, len(pairs) - 1)], np.nan)
    behind = pairs.weight[first][place] - pairs.weight
    rank = np.arange(len(pairs)) - first[place]
    margin = np.where(rank == 0, (pairs.weight[first] - second)[place], np.nan)
    keep = (rank == 0) | ((behind < scheme.margin) & (rank < scheme.settings.review_candidates))
    return pairs.weighed(pairs.weight, margin).take(keep & (pairs.weight >= scheme.settings.review_weight))


def _decide(population: Population, pairs: Pairs, scheme: Scheme) -> Findings:
    """Links and reviews from ranked candidates: the first of each record decides for all of them."""
    _, first, place = np.unique(pairs.record, return_index=True, return_inverse=True)
    best = pairs.take(first)
    reason = review_reasons(population, best, scheme)
    is_link = (reason == "") & ~population.are_protected(best)
    may_show = (reason != "") & ~population.are_protected(best)
    shown = pairs.take(may_show[place])
    shown_reason = reason[place][may_show[place]]
    parents = best.take(may_show & (reason == findings.PARENT_AND_CHILD))
    return Findings(
        links=best.take(is_link),
        reviews=tuple((why, shown.take(shown_reason == why)) for why in findings.REVIEW_REASONS),
        conflicts=((findings.PARENT_AND_CHILD, parents),),
    )


def _joined(found: list[Findings], notes: dict[str, int]) -> Findings:
    """What all schemes found: they cover different records."""
    reviews = {why: join_pairs([dict(each.reviews)[why] for each in found]) for why in findings.REVIEW_REASONS}
    parents = join_pairs([pairs for each in found for _, pairs in each.conflicts])
    links = join_pairs([each.links for each in found])
    return Findings(links, tuple(reviews.items()), ((findings.PARENT_AND_CHILD, parents),), notes=notes)


def review_reasons(population: Population, best: Pairs, scheme: Scheme) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """Why each best candidate is not linked; empty where it is."""
    other_date = best.at("date_of_birth", "different")
    household = best.at("family_name", *SAME_HOUSEHOLD_NAME) & best.at("postcode", "same", "previous")
    twin = ~other_date & best.at("given_name", "different", "near") & household
    parent = other_date & best.at("given_name", "same") & household
    low: Truth = ~np.isnan(best.margin) & (best.margin < scheme.margin)
    support = np.sum([best.at(field, *levels) for field, levels in SUPPORTING_LEVELS.items()], axis=0)
    alone: Truth = best.at("nhs_number", "same") & (support < CONFIRMATIONS)
    band: Truth = (best.weight < scheme.settings.accept_weight) | other_date | alone
    rules = (
        (findings.TWIN, twin),
        (findings.NUMBER_OF_ANOTHER, other_date & best.at("nhs_number", "same")),
        (findings.NUMBER_CONFLICT, population.have_number_conflict(best)),
        (findings.PARENT_AND_CHILD, parent),
        (findings.LOW_MARGIN, low & (best.weight >= scheme.settings.accept_weight)),
        (findings.BAND, band),
    )
    reason = np.full(len(best), "", dtype=f"<U{max(map(len, findings.REVIEW_REASONS))}")
    for name, holds in reversed(rules):
        reason[holds] = name
    return reason
