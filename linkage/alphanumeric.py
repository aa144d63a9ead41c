"""Step 3, alphanumeric: given name, family name, date of birth, gender and postcode all the same, for exactly one resident.

A number that differs does not stop it, unless both numbers are verified; it is kept as a conflict.
"""

from __future__ import annotations

from linkage.arrays import Whole
from linkage.cross_check import SAME_DATE
from linkage.findings import ONE_PERSON_TWO_NUMBERS, SEVERAL_CANDIDATES, Findings
from linkage.joins import combine, join
from linkage.population import Population


def alphanumeric(population: Population, rows: Whole) -> Findings:
    """Link the open records `rows` whose five fields are those of one resident."""
    ours, theirs = population.records, population.residents
    asking, resident = join(
        *combine([ours.given[rows], ours.family[rows], ours.birth[rows]], [theirs.given, theirs.family, theirs.birth])
    )
    pairs = population.compare(rows[asking], resident)
    same = pairs.at("date_of_birth", *SAME_DATE) & pairs.at("postcode", "same") & pairs.at("gender", "same")
    links, ambiguous = population.split_unique(pairs.take(same & ~population.are_two_people(pairs)))
    links = links.take(~population.are_protected(links))
    return Findings(
        links=links,
        reviews=((SEVERAL_CANDIDATES, ambiguous),),
        conflicts=((ONE_PERSON_TWO_NUMBERS, links.take(links.at("nhs_number", "different"))),),
        held=ambiguous.record,
    )
