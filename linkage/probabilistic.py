"""Step 5, probabilistic: what is left is weighed against the whole register; only a clear margin links.

best candidate's weight   to the second   contradiction   answer
-----------------------   -------------   -------------   --------------------------------
accept_weight or more     margin or more  none            link
accept_weight or more     less            -               review: margin
accept_weight or more     any             number, date    review: the contradiction
review_weight or more     any             any             review: the contradiction or band
less                      any             any             unlinked
"""

from __future__ import annotations

import dataclasses

import numpy as np

from linkage import findings
from linkage.arrays import Truth, Whole
from linkage.blocking import plan_blocks
from linkage.confirmed_number import CONFIRMATIONS
from linkage.engines import engine_named
from linkage.findings import Findings
from linkage.model import FIXED_MODEL, Model, load_model
from linkage.name_list import NameList
from linkage.pairs import Pairs, join_pairs
from linkage.population import Population
from linkage.settings import LinkSettings

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


def probabilistic(population: Population, rows: Whole, settings: LinkSettings) -> Findings:
    """Weigh the open records `rows` against the register; link clear cases, list unclear ones."""
    model = load_model(settings.model or FIXED_MODEL)
    texts = population.names.texts[:-1].tolist()
    population = dataclasses.replace(population, names=NameList(texts, engine_named(settings.engine)))
    rows = rows[~population.records.protected[rows]]
    blocks = plan_blocks(population.records, rows, population.residents, cap=settings.block_cap)
    ranked, weighed = [], 0
    for record, resident in blocks.chunks(settings.chunk_pairs):
        weighed += len(record)
        ranked.append(_ranked(population, population.compare(record, resident), model, settings))
    decided = _decide(population, join_pairs(ranked), settings)
    return dataclasses.replace(decided, notes={"pairs weighed": weighed, "block keys over the cap": blocks.skipped_keys})


def _ranked(population: Population, pairs: Pairs, model: Model, settings: LinkSettings) -> Pairs:
    """The best candidates of each record, best first, with weight and, at the best, the margin to the second.

    Kept are candidates worth a review and within the margin of the best. A pair of two verified numbers is no candidate.
    """
    weight = model.weigh(pairs, len(population.residents))
    pairs = pairs.weighed(weight, pairs.margin).take(~population.are_two_people(pairs))
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
    keep = (rank == 0) | ((behind < settings.margin) & (rank < settings.review_candidates))
    return pairs.weighed(pairs.weight, margin).take(keep & (pairs.weight >= settings.review_weight))


def _decide(population: Population, pairs: Pairs, settings: LinkSettings) -> Findings:
    """Links and reviews from ranked candidates: the first of each record decides for all of them."""
    _, first, place = np.unique(pairs.record, return_index=True, return_inverse=True)
    best = pairs.take(first)
    reason = review_reasons(population, best, settings)
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


def review_reasons(population: Population, best: Pairs, settings: LinkSettings) -> np.ndarray[tuple[int], np.dtype[np.str_]]:
    """Why each best candidate is not linked; empty where it is."""
    other_date = best.at("date_of_birth", "different")
    household = best.at("family_name", *SAME_HOUSEHOLD_NAME) & best.at("postcode", "same", "previous")
    twin = best.at("date_of_birth", "same") & best.at("given_name", "different") & household
    parent = other_date & best.at("given_name", "same") & household
    low: Truth = ~np.isnan(best.margin) & (best.margin < settings.margin)
    support = np.sum([best.at(field, *levels) for field, levels in SUPPORTING_LEVELS.items()], axis=0)
    alone: Truth = best.at("nhs_number", "same") & (support < CONFIRMATIONS)
    band: Truth = (best.weight < settings.accept_weight) | other_date | alone
    rules = (
        (findings.TWIN, twin),
        (findings.NUMBER_OF_ANOTHER, other_date & best.at("nhs_number", "same")),
        (findings.NUMBER_CONFLICT, population.have_number_conflict(best)),
        (findings.PARENT_AND_CHILD, parent),
        (findings.LOW_MARGIN, low & (best.weight >= settings.accept_weight)),
        (findings.BAND, band),
    )
    reason = np.full(len(best), "", dtype=f"<U{max(map(len, findings.REVIEW_REASONS))}")
    for name, holds in reversed(rules):
        reason[holds] = name
    return reason
