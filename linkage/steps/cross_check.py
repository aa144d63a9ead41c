"""Step 1, cross-check: NHS number and date of birth equal, and the given name does not contradict where the source has one.

number  date of birth          given name            answer
------  ---------------------  --------------------  ------------------------------------------------
same    same                   same, alike, absent   link
same    same                   contradicts, or near  review: a twin may hold her sister's number
same    same                   absent                review where the gender is a twin's and not hers
same    anything else          -                     the next step
"""

from __future__ import annotations

import numpy as np

from linkage.arrays import Truth, Whole
from linkage.engine.joins import combine, is_member, join, join_few
from linkage.findings import SEVERAL_CANDIDATES, TWIN, Findings
from linkage.pairs import Pairs, join_pairs
from linkage.population import Population

SAME_DATE = ("same", "same_placeholder")
HOUSEHOLD_FAMILY = HOUSEHOLD_POSTCODE = ("same", "previous")


def cross_check(population: Population, rows: Whole) -> Findings:
    """Link the open records `rows` by number and date of birth."""
    pairs = number_pairs(population, rows)
    pairs = pairs.take(pairs.at("date_of_birth", *SAME_DATE))
    agrees = ~given_name_contradicts(population, pairs) & ~gender_is_a_twins(population, pairs)
    links, ambiguous = population.split_unique(pairs.take(agrees))
    decided = is_member(pairs.record, links.record) | is_member(pairs.record, ambiguous.record)
    twins = population.one_view(pairs.take(~agrees & ~decided))
    sisters, _ = namesakes(population, np.unique(twins.record))
    return Findings(
        links=links,
        reviews=((TWIN, join_pairs([sisters, twins])), (SEVERAL_CANDIDATES, ambiguous)),
        conflicts=((TWIN, twins),),
        held=np.union1d(twins.record, ambiguous.record),
    )


def number_pairs(population: Population, rows: Whole) -> Pairs:
    """Pairs of records and residents with one NHS number, superseded numbers followed, that clerks have not parted."""
    asking, resident = join(population.records.number[rows], population.residents.number)
    pairs = population.compare(rows[asking], resident)
    return pairs.take(~population.are_two_people(pairs))


def given_name_contradicts(population: Population, pairs: Pairs) -> Truth:
    """Whether the given name says that this is somebody else: it differs, or a twin may be meant.

    Twins are often named alike (JAYDEN, HAYDEN). So a name that is only near the resident's, in one household, may be that of a
    twin whom the register does not have. And where the name is not just the same, a resident of this very name and date of birth
    with the same family name or postcode is the one that is meant. No clerk may be shown a protected identity: there a near name
    stands, and her protection covers the record.
    """
    household = pairs.at("family_name", *HOUSEHOLD_FAMILY) & pairs.at("postcode", *HOUSEHOLD_POSTCODE)
    differs = pairs.at("given_name", "different") | (
        pairs.at("given_name", "near") & household & ~population.are_protected(pairs)
    )
    unsure = np.flatnonzero(~differs & ~pairs.at("given_name", "same", "missing"))
    rivals, in_a_crowd = namesakes(population, np.unique(pairs.record[unsure]))
    asked = pairs.take(unsure)
    one, other = join(asked.record, rivals.record)
    elsewhere = population.persons(asked)[one] != population.persons(rivals)[other]
    differs[unsure[one[elsewhere]]] = True
    differs[unsure[is_member(asked.record, in_a_crowd)]] = True  # one of them may be meant
    return differs


def gender_is_a_twins(population: Population, pairs: Pairs) -> Truth:
    """Whether a record without a given name has the gender of the resident's twin and not hers.

    A twin is a resident of the same date of birth and family name. That is all a source without names can show.
    """
    ours, theirs = population.records, population.residents
    unsure = np.flatnonzero(pairs.at("given_name", "missing") & pairs.at("gender", "different"))
    record, resident = pairs.record[unsure], pairs.resident[unsure]
    left = [theirs.family[resident], theirs.birth[resident], ours.gender[record]]
    joined = join_few(*combine(left, [theirs.family, theirs.birth, theirs.gender]))
    elsewhere = population.person[resident[joined.left]] != population.person[joined.right]
    answer = np.zeros(len(pairs), dtype=np.bool_)
    answer[unsure[joined.left[elsewhere]]] = True
    answer[unsure[joined.crowded]] = True
    return answer


def namesakes(population: Population, rows: Whole) -> tuple[Pairs, Whole]:
    """Residents with a record's given name and date of birth who share its family name or postcode.

    And which records have the given name and date of birth of a whole crowd of residents, who are not looked at.
    """
    ours, theirs = population.records, population.residents
    joined = join_few(*combine([ours.given[rows], ours.birth[rows]], [theirs.given, theirs.birth]))
    pairs = population.compare(rows[joined.left], joined.right)
    near = pairs.at("family_name", *HOUSEHOLD_FAMILY) | pairs.at("postcode", *HOUSEHOLD_POSTCODE)
    return population.one_view(pairs.take(near)), rows[joined.crowded]
