"""Step 2, confirmed number: the number is the same and at least two other things are.

Two of: date of birth (two of its three parts, or day and month swapped), given name or nickname, family name, postcode, gender.
A field that is missing counts for nothing. A date of birth or a given name that contradicts is not outvoted: a contradicting
date says that the number is another person's, which is a conflict, and the record goes on by its other fields.
"""

from __future__ import annotations

from linkage.arrays import Whole
from linkage.engine.joins import is_member
from linkage.findings import ONE_NUMBER_TWO_PEOPLE, SEVERAL_CANDIDATES, Findings
from linkage.population import Population
from linkage.steps.cross_check import given_name_contradicts, number_pairs

CONFIRMATIONS = 2
CONFIRMING_LEVELS: dict[str, tuple[str, ...]] = {
    "date_of_birth": ("same", "swapped", "two_parts"),
    "given_name": ("same", "nickname", "swapped", "other"),
    "family_name": ("same", "previous", "swapped"),
    "postcode": ("same", "previous"),
    "gender": ("same",),
}


def confirmed_number(population: Population, rows: Whole) -> Findings:
    """Link the open records `rows` by a number that other fields confirm."""
    pairs = number_pairs(population, rows)
    pairs = pairs.take(~population.are_protected(pairs))
    other_date = pairs.at("date_of_birth", "different")
    confirmations = sum(pairs.at(field, *levels).astype(int) for field, levels in CONFIRMING_LEVELS.items())
    confirmed = (confirmations >= CONFIRMATIONS) & ~other_date & ~given_name_contradicts(population, pairs)
    links, ambiguous = population.split_unique(pairs.take(confirmed))
    refused = other_date & ~is_member(pairs.record, links.record)
    return Findings(
        links=links,
        reviews=((SEVERAL_CANDIDATES, ambiguous),),
        conflicts=((ONE_NUMBER_TWO_PEOPLE, population.one_view(pairs.take(refused))),),
        held=ambiguous.record,
    )
