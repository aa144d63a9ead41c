"""Step 4, unique demographic: given name, family name and full date of birth are those of exactly one resident, and no number
speaks against her.

An earlier family name that either side keeps counts as a family name. Everybody is counted before it is called unique, the
protected too; where two residents fit, the next step weighs what else is known.
"""

from __future__ import annotations

import numpy as np

from linkage.arrays import Whole
from linkage.engine.joins import combine, join_few
from linkage.findings import Findings
from linkage.population import Population

FAMILY_NAMES = (("family", "family"), ("family", "previous_family"), ("previous_family", "family"))


def unique_demographic(population: Population, rows: Whole) -> Findings:
    """Link the open records `rows` whose name and date of birth only one resident has."""
    ours, theirs = population.records, population.residents
    found = []
    for mine, other in FAMILY_NAMES:
        left = [ours.given[rows], getattr(ours, mine)[rows], ours.full_birth[rows]]
        found.append(join_few(*combine(left, [theirs.given, getattr(theirs, other), theirs.full_birth])))
    in_a_crowd = np.any([each.crowded for each in found], axis=0)  # that is nobody's only
    asking, resident = (np.concatenate(side) for side in zip(*((each.left, each.right) for each in found), strict=True))
    alone = ~in_a_crowd[asking]
    asking, resident = asking[alone], resident[alone]
    pairs = population.compare(rows[asking], resident)
    unique, _ = population.split_unique(pairs.take(pairs.at("family_name", "same", "previous")))
    return Findings(links=unique.take(population.may_link(unique) & ~population.have_number_conflict(unique)))
