"""Step 3, alphanumeric: given name, family name, date of birth, gender and postcode all the same, for exactly one resident.

A number that differs does not stop it, unless both numbers are verified; it is kept as a conflict.
"""

from __future__ import annotations

from linkage.arrays import Whole
from linkage.engine.joins import combine, join_few
from linkage.findings import ONE_PERSON_TWO_NUMBERS, SEVERAL_CANDIDATES, Findings, crowd_notes
from linkage.population import Population

FIVE = ("given", "family", "birth", "gender", "postcode")


def alphanumeric(population: Population, rows: Whole) -> Findings:
    """Link the open records `rows` whose five fields are those of one resident."""
    ours, theirs = population.records, population.residents
    keys = combine(*([getattr(people, column) for column in FIVE] for people in (ours.take(rows), theirs)))
    joined = join_few(*keys)
    pairs = population.compare(rows[joined.left], joined.right)
    links, ambiguous = population.split_unique(pairs.take(~population.are_two_people(pairs)))
    links = links.take(~population.are_protected(links))
    return Findings(
        links=links,
        reviews=((SEVERAL_CANDIDATES, ambiguous),),
        conflicts=((ONE_PERSON_TWO_NUMBERS, links.take(links.at("nhs_number", "different"))),),
        held=ambiguous.record,
        notes=crowd_notes("alphanumeric", joined),
    )
