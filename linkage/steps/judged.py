"""Step 0, judged: what clerks have decided is replayed before the cascade begins, night after night.

what stands   the pair
-----------   ------------------------------------------------------------------------------------------------
link          is linked, step `judged`, with the evidence of tonight; never a protected identity nor two verified
              numbers that differ, which are counted; a record linked to two people goes to review
non-link      is banned: no step, however sure, links it or shows it again
differ        goes to review, and its record with it: reviewers differ
unsure        is as if nobody had looked: what was in review stays in review

A decision is about the person: where the register has since merged her number into another, it is about that one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import NONE, Whole
from linkage.engine.joins import is_member
from linkage.findings import ONE_NUMBER_TWO_PEOPLE, ONE_PERSON_TWO_NUMBERS, REVIEWERS_DIFFER, SEVERAL_CANDIDATES, Findings
from linkage.pairs import Pairs
from linkage.population import Population
from linkage.review.judgements import DIFFER, LINK, NON_LINK, PAIR, standing
from linkage.review.pairs import RECORD, keys
from schemas.identifiable import Judgement
from schemas.table import Rows

NOBODY: Whole = np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Rulings:
    """What stands, as pairs of rows: `record` of the sources, `resident` the person; `gone` counts pairs without either."""

    record: Whole
    resident: Whole
    decision: Any
    gone: int

    def of(self, decision: str) -> tuple[Whole, Whole]:
        """Record and resident of the pairs on which this stands."""
        rows = np.flatnonzero(self.decision == decision)
        return self.record[rows], self.resident[rows]

    def settled(self) -> Whole:
        """Records that clerks have linked or differ on: they are decided by that and nothing else."""
        return np.union1d(self.of(LINK)[0], self.of(DIFFER)[0])


def find_rulings(judgements: Rows[Judgement], sources: pa.Table, register_ids: Any, person: Whole) -> Rulings:
    """What stands of the judgements, for records in the order of `sources` and residents in that of `register_ids`.

    `person` gives each resident's person. A judgement of a record that is not there is kept by its log, and only counted here.
    """
    if not judgements.num_rows:
        return Rulings(NOBODY, NOBODY, np.empty(0, dtype=object), 0)
    sought = keys(sources, *RECORD)
    record = _places(keys(judgements, *RECORD), sought)
    resident = _places(judgements["register_id"], register_ids)
    is_here = (record >= 0) & (resident >= 0)
    here = judgements.filter(pa.array(is_here))
    places = person[resident[is_here]]
    here = here.set_column(here.column_names.index("register_id"), "register_id", register_ids.take(pa.array(places)))
    stands = standing(here)
    decision = np.array(stands["decision"].to_pylist(), dtype=object)
    gone = judgements.filter(pa.array(~is_here)).group_by(list(PAIR)).aggregate([]).num_rows
    record, resident = _places(keys(stands, *RECORD), sought), _places(stands["register_id"], register_ids)
    return Rulings(record, resident, decision, gone)


def judged(population: Population, rulings: Rulings) -> Findings:
    """Replay what stands. Banned pairs are kept from every later step by `Population.are_two_people`, which knows them."""
    said = population.compare(*rulings.of(LINK))
    protected = population.are_protected(said)
    links, torn = population.split_unique(said.take(population.may_link(said)))
    differing = population.compare(*rulings.of(DIFFER))
    differing = differing.take(population.may_link(differing) & ~is_member(differing.record, said.record))
    parted = population.compare(*rulings.of(NON_LINK))
    return Findings(
        links=links,
        reviews=((REVIEWERS_DIFFER, differing), (SEVERAL_CANDIDATES, torn)),
        conflicts=(
            (ONE_NUMBER_TWO_PEOPLE, parted.take(parted.at("nhs_number", "same"))),
            (ONE_PERSON_TWO_NUMBERS, links.take(links.at("nhs_number", "different"))),
        ),
        held=np.union1d(differing.record, torn.record),
        notes={
            "judged pairs that are gone": rulings.gone,
            "judged links refused: protected": int(protected.sum()),
            "judged links refused: two verified numbers": _count_two_numbers(population, said),
        },
    )


def _count_two_numbers(population: Population, said: Pairs) -> int:
    return int((population.are_two_people(said) & ~population.are_protected(said)).sum())


def _places(values: Any, among: Any) -> Whole:
    """Where each value lies in `among`, -1 where it does not."""
    among = among.combine_chunks() if isinstance(among, pa.ChunkedArray) else among
    found = pc.fill_null(pc.index_in(values, value_set=among, skip_nulls=True), NONE)
    return np.asarray(found.to_numpy(), dtype=np.int64)
