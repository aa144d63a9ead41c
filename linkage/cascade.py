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
from collections.abc import Callable, Sequence

import numpy as np
import pyarrow as pa

from linkage.arrays import Whole
from linkage.changes import find_changes
from linkage.decisions import Decisions
from linkage.delta import STEP_5, Before, kept, seed, touched
from linkage.engine.joins import CROWD, is_member
from linkage.engine.scorers import scorer_named
from linkage.everybody import Everybody, everybody
from linkage.findings import Findings, notes_of
from linkage.outcome import Linked, to_linked
from linkage.population import Population, without_crowd_numbers
from linkage.review.judgements import NON_LINK
from linkage.schemes import Scheme, basis_of, models, schemes
from linkage.settings import LinkSettings
from linkage.steps.alphanumeric import alphanumeric
from linkage.steps.confirmed_number import confirmed_number
from linkage.steps.cross_check import cross_check
from linkage.steps.judged import find_rulings, judged
from linkage.steps.near_misses import lowered, part_near_misses
from linkage.steps.probabilistic import probabilistic
from linkage.steps.same_local_id import find_followers, follow, lend_numbers
from linkage.steps.unique_demographic import unique_demographic
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
    *,
    last_active: pa.Table | None = None,
    before: Before | None = None,
) -> Linked:
    """Link every record of every source to the register's person, or say why not.

    `records` holds the register's own rows (source `register`) and those of the other sources, in any order; `judgements` what
    clerks have decided so far, which is replayed before all else; `last_active` the last day each record was seen (see
    `linkage.steps.deaths`). With the night `before`, only what changed since then is decided again (see `linkage.delta`), unless
    settings, models or the size of the register differ, or the model goes by how common values are in the register, which a
    change anywhere changes; the tables are those of a full run, the notes count tonight's work.

    Raises `CaselinkError` where a row breaks a rule of its table or a key is repeated, `ConfigurationError` for settings or a
    model that cannot be used.
    """
    settings = settings or LinkSettings()
    scorer_named(settings.engine)
    models(settings)
    table, mergers = PersonRecord.sort(PersonRecord.validate(records)), RegisterMerger.validate(mergers)
    judgements = Judgement.empty() if judgements is None else Judgement.validate(judgements)
    if before is not None and not before.records.num_rows:
        before = None  # nobody has a decision that could stand
    changes = None if before is None else find_changes(table, mergers, PersonRecord.sort(before.records), before.mergers)
    everyone = everybody(table, mergers, changes, before.encoded if before else None)
    weighing = schemes(lowered(settings), len(everyone.population.residents))
    basis = basis_of(settings, weighing)
    decisions, again = Decisions(everyone.population), np.ones(everyone.sources.num_rows, dtype=np.bool_)
    standing = None
    counts_values = any(scheme.frequency_columns for scheme in weighing)
    if before is not None and changes is not None and before.basis == basis and not counts_values:
        lost = seed(decisions, everyone, changes, before)
        reached = np.isin(decisions.step, STEP_5)
        again = lost | touched(everyone, changes, (before.judgements, judgements), reached=reached, schemes=weighing)
        decisions.reopen(again)
        standing = kept(before, everyone, changes, again)
    decisions.notes["superseded numbers in a cycle"] = everyone.in_a_cycle
    decisions.notes["records decided"] = int(again.sum())
    _decide(decisions, everyone, judgements, weighing, settings)
    return to_linked(everyone, decisions, weighing, basis=basis, standing=standing, last_active=last_active)


def _decide(
    decisions: Decisions, everyone: Everybody, judgements: Rows[Judgement], weighing: Sequence[Scheme], settings: LinkSettings
) -> None:
    """The steps, over the records that are open."""
    population, crowds = without_crowd_numbers(everyone.population)
    decisions.notes.update(notes_of(crowds, CROWD))
    sources, again = everyone.sources, decisions.is_open.copy()
    rulings = find_rulings(judgements, sources, everyone.register["local_patient_id"].combine_chunks(), population.person)
    following = find_followers(sources, population)
    lent = lend_numbers(population.records, population.residents, following)
    following = following.take(~is_member(following.followers, rulings.settled()))
    population = dataclasses.replace(population, records=lent, banned=population.pair_keys(*rulings.of(NON_LINK)))
    decisions.population = population
    decisions.is_open[following.followers] = False
    decisions.apply("judged", judged(population, rulings))
    for step in DETERMINISTIC_STEPS:
        decisions.apply(step.__name__, step(population, np.flatnonzero(decisions.is_open)))
    weighed = probabilistic(population, np.flatnonzero(decisions.is_open), weighing)
    weighed, decisions.near_misses = part_near_misses(weighed, settings)
    decisions.apply("probabilistic", weighed)
    followed = follow(population, following.take(again[following.followers]), decisions.resident)
    decisions.apply("cross_check", followed.own)
    decisions.follow(followed.linked, following.take(decisions.resident[following.leaders] < 0))
    decisions.cluster(weighing)
