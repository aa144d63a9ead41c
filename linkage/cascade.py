"""Who is this? A cascade of steps, the surest first; the first that succeeds decides, and every link keeps its reason.

0 quality gate        standardise: what cannot be used is missing          standardise.py
- judged              what clerks have decided, replayed                   judged.py
1 cross-check         number + date of birth                               cross_check.py
2 confirmed number    number + two other fields                            confirmed_number.py
3 alphanumeric        names, date of birth, gender, postcode all the same  alphanumeric.py
4 unique demographic  names + date of birth, one candidate                 unique_demographic.py
5 probabilistic       weighed against the whole register                   probabilistic.py
6 review              what only a clerk can decide                         ReviewPair
7 unlinked            an identity of her own, shared across sources        clusters.py
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.alphanumeric import alphanumeric
from linkage.arrays import Whole
from linkage.confirmed_number import confirmed_number
from linkage.cross_check import cross_check
from linkage.decisions import Decisions
from linkage.engines import engine_named
from linkage.findings import Findings
from linkage.joins import is_member
from linkage.judged import find_rulings, judged
from linkage.judgements import NON_LINK
from linkage.mergers import successions
from linkage.near_misses import lowered, part_near_misses
from linkage.outcome import Linked, to_linked
from linkage.people import encode
from linkage.population import Population, find_persons, spread_protection
from linkage.probabilistic import probabilistic
from linkage.same_local_id import find_followers, follow, lend_numbers
from linkage.schemes import models, schemes
from linkage.settings import LinkSettings
from linkage.standardise import standardise
from linkage.unique_demographic import unique_demographic
from schemas.identifiable import Judgement, PersonRecord, RegisterMerger
from schemas.table import Rows

Step = Callable[[Population, Whole], Findings]

# Steps that need no model, in their order.
DETERMINISTIC_STEPS: list[Step] = [cross_check, confirmed_number, alphanumeric, unique_demographic]


def link_records(
    records: Rows[PersonRecord],
    mergers: Rows[RegisterMerger],
    settings: LinkSettings | None = None,
    judgements: Rows[Judgement] | None = None,
) -> Linked:
    """Link every record of every source to the register's person, or say why not.

    `records` holds the register's own rows (source `register`) and those of the other sources, in any order; `judgements` what
    clerks have decided so far, which is replayed before all else. Raises `CaselinkError` where a row breaks a rule of its table
    or a key is repeated, `ConfigurationError` for settings or a model that cannot be used.
    """
    settings = settings or LinkSettings()
    engine_named(settings.engine)
    models(settings)
    table = PersonRecord.sort(PersonRecord.validate(records))
    population, is_resident, in_a_cycle = _populate(table, RegisterMerger.validate(mergers))
    sources = table.filter(pc.invert(is_resident))
    following = find_followers(sources, population)
    lent = lend_numbers(population.records, population.residents, following)
    ids = table.filter(is_resident)["local_patient_id"].combine_chunks()
    judgements = Judgement.empty() if judgements is None else Judgement.validate(judgements)
    rulings = find_rulings(judgements, sources, ids, population.person)
    following = following.take(~is_member(following.followers, rulings.settled()))
    population = dataclasses.replace(population, records=lent, banned=population.pair_keys(*rulings.of(NON_LINK)))
    decisions = Decisions(population)
    decisions.notes["superseded numbers in a cycle"] = in_a_cycle
    decisions.is_open[following.followers] = False
    decisions.apply("judged", judged(population, rulings))
    for step in DETERMINISTIC_STEPS:
        decisions.apply(step.__name__, step(population, np.flatnonzero(decisions.is_open)))
    weighing = schemes(lowered(settings), len(population.residents))
    weighed = probabilistic(population, np.flatnonzero(decisions.is_open), weighing)
    weighed, decisions.near_misses = part_near_misses(weighed, settings)
    decisions.apply("probabilistic", weighed)
    followed = follow(population, following, decisions.resident)
    decisions.apply("cross_check", followed.own)
    decisions.follow(followed.linked, followed.staying)
    decisions.cluster(weighing)
    return to_linked(table.filter(is_resident), sources, decisions, weighing)


def _populate(table: pa.Table, mergers: Rows[RegisterMerger]) -> tuple[Population, pa.ChunkedArray, int]:
    """The two sides as codes, which rows are the register's, and how many mergers run in a circle."""
    standardised = standardise(table)
    chains = successions(mergers)
    numbers = standardised["nhs_number"]
    current = chains.follow(numbers)
    written = pc.coalesce(current, standardised["written_number"])
    people, texts = encode(_with(_with(standardised, "nhs_number", current), "written_number", written))
    is_resident = pc.equal(table["source"], "register")
    register = is_resident.to_numpy()
    residents = people.take(register)
    superseded = pc.fill_null(pc.not_equal(numbers, current), False).to_numpy()[register]
    person = find_persons(residents.number, superseded)
    residents = dataclasses.replace(residents, protected=spread_protection(residents.protected, person))
    return Population(people.take(~register), residents, texts, person), is_resident, chains.in_a_cycle


def _with(table: pa.Table, name: str, values: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, values)
