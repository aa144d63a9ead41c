"""A model for step 5 of the cascade, learnt from one night's own records: every source with names against the register."""

from __future__ import annotations

import dataclasses

import numpy as np

from linkage.comparisons import COMPARISONS
from linkage.engine.rules import Rule, same
from linkage.engine.weigher import Sides, Weigher
from linkage.everybody import Everybody, everybody
from linkage.model import Model, load_model
from linkage.review.judgements import LINK, NON_LINK
from linkage.review.pairs import RECORD, keys
from linkage.schemes import in_round_numbers
from linkage.steps.judged import find_rulings
from linkage.training.calibration import Calibration, calibrate
from linkage.training.learnt import named
from linkage.training.train import train
from schemas.identifiable import Judgement, PersonRecord, RegisterMerger
from schemas.table import Rows

# No two of them say the same: what one blocks on the others tell.
BLOCKS: tuple[Rule, ...] = (same("number"), same("full_birth"), same("given", "family"))
# The share of records whose person the register has is learnt, but never all and never none.
LEAST_SHARE, MOST_SHARE = 0.01, 0.99


def train_cascade(
    records: Rows[PersonRecord], mergers: Rows[RegisterMerger], judgements: Rows[Judgement], *, seed: int = 1
) -> Model:
    """A model for `LinkSettings.model`; calibrated where enough of the judged pairs have names.

    What the records cannot tell is taken from the shipped model, and said so in `training["notes"]`. Commonness of values is
    left out: a change of one record would change the weight of others, and a night could not be linked as a delta.
    """
    everyone = everybody(PersonRecord.sort(PersonRecord.validate(records)), RegisterMerger.validate(mergers))
    population = everyone.population
    is_named = np.flatnonzero(population.records.has_name)
    sides = Sides(population.records.take(is_named).sheet(), population.residents.sheet(), population.texts, {})
    ids = keys(everyone.sources, *RECORD).take(is_named), everyone.register["local_patient_id"]
    model = train(sides, COMPARISONS, ids=ids, blocks=BLOCKS, seed=seed, fallback=load_model(), commonness=False)
    model = by_register(model, len(population.residents))
    return named(model.calibrated(_calibration(model, everyone, judgements)))


def by_register(model: Model, residents: int) -> Model:
    """The model with a prior that goes by the size of the register: the records to link are never the same number."""
    share = float(np.clip((model.match_share or 0.0) * residents, LEAST_SHARE, MOST_SHARE))
    return dataclasses.replace(model, match_share=None, share_in_register=round(share, 6))


def _calibration(model: Model, everyone: Everybody, judgements: Rows[Judgement]) -> Calibration | None:
    """From what clerks said of pairs with names, weighed by the new model; None where they said too little."""
    population = everyone.population
    register_ids = everyone.register["local_patient_id"].combine_chunks()
    rulings = find_rulings(Judgement.validate(judgements), everyone.sources, register_ids, population.person)
    (linked, to), (parted, from_) = rulings.of(LINK), rulings.of(NON_LINK)
    record, resident = np.concatenate([linked, parted]), np.concatenate([to, from_])
    said = np.arange(len(record)) < len(linked)
    is_named = population.records.has_name[record]
    sides = Sides(population.records.sheet(), population.residents.sheet(), population.texts, {})
    weigher = Weigher(sides, COMPARISONS, (), model.weights(in_round_numbers(len(population.residents))))
    return calibrate(weigher.compare(record[is_named], resident[is_named])[1], said[is_named])
