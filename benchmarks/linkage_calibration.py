"""Whether probabilities come true on a made-up area after some judgements: the band of p, what was said, what was right.

    python -m benchmarks.linkage_calibration --project AREA [--judgements 500] [--draws 20] --json

AREA is an example project (`caselink init AREA --example`) after a night. A model is learnt from its records as `caselink link
train` does; every pair of the shipped rules in which the record has a name is weighed. A draw takes as many pairs from every band
of weight, as the review sample does, and judges them by the truth that lies apart; the model is calibrated on those and looked at
over all pairs. A band of `FEWEST` pairs or more is kept where the share that is right is within its bound of the mean that was
said: `ABOVE` for bands over p = .9, `BELOW` under it; the 95 % interval of the share touching counts. Prints `{"pairs":,
"draws":, "draws_kept":, "bands": [...]}`: each band of the first draw, and over all draws the largest distance and in how many
it was kept.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from linkage.blocking import RULES
from linkage.comparisons import COMPARISONS
from linkage.engine.weigher import Sides, Weigher
from linkage.everybody import everybody
from linkage.review.pairs import RECORD, keys
from linkage.schemes import in_round_numbers
from linkage.training.calibration import calibrate
from linkage.training.cascade import train_cascade
from schemas.identifiable import Judgement, PersonRecord
from schemas.intervals import wilson

BANDS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99, 1.0)
WEIGHT_BANDS = (-8, -4, -2, 0, 2, 4, 8)
# Bits under which a pair is nobody's business: even the lowest band has better odds.
FLOOR = -12.0
FEWEST, ABOVE, BELOW = 200, 0.02, 0.10

Bits = npt.NDArray[np.float64]
Truth = npt.NDArray[np.bool_]


def weighed_pairs(project: Path) -> tuple[Bits, Truth]:
    """The weight of every pair of the shipped rules over the floor, by a model learnt there; and whether it is one person."""
    vault = max((project / "vault" / "nights").iterdir(), key=lambda folder: folder.stat().st_mtime)
    records, mergers = (pq.read_table(vault / f"{name}.parquet") for name in ("person_record", "register_merger"))
    model = train_cascade(records, mergers, Judgement.empty())
    everyone = everybody(PersonRecord.sort(records), mergers)
    population = everyone.population
    named = np.flatnonzero(population.records.has_name)
    sides = Sides(population.records.take(named).sheet(), population.residents.sheet(), population.texts, {})
    weigher = Weigher(sides, COMPARISONS, RULES, model.weights(in_round_numbers(len(population.residents))))
    scored = weigher.keep(FLOOR)
    person = _persons(project, everyone.sources), _persons(project, everyone.register)
    return scored.weight, person[0][named[scored.left]] == person[1][scored.right]


def _persons(project: Path, records: pa.Table) -> npt.NDArray[np.int64]:
    """Who each record really is."""
    truth = pq.read_table(project / "truth" / "truth_record.parquet")
    place = pc.index_in(keys(records, *RECORD), value_set=keys(truth, *RECORD).combine_chunks())
    person = truth["true_person_id"].combine_chunks().dictionary_encode().indices
    found: npt.NDArray[np.int64] = person.take(place.combine_chunks()).to_numpy(zero_copy_only=False).astype(np.int64)
    return found


def measure(weight: Bits, is_match: Truth, judgements: int, draws: int) -> dict[str, Any]:
    """All draws."""
    found = [bands(weight, is_match, judgements, seed) for seed in range(draws)]
    return {
        "pairs": len(weight),
        "judgements": judgements,
        "draws": draws,
        "draws_kept": sum(all(band["kept"] is not False for band in draw) for draw in found),
        "bands": [_over_draws([draw[place] for draw in found]) for place in range(len(BANDS) - 1)],
    }


def _over_draws(band: list[dict[str, Any]]) -> dict[str, Any]:
    shown = {name: band[0][name] for name in ("from", "to", "pairs", "mean_p", "share_true")}
    largest = max((each["distance"] for each in band if each["kept"] is not None), default=None)
    return shown | {"largest_distance": largest, "draws_kept": sum(each["kept"] is not False for each in band)}


def bands(weight: Bits, is_match: Truth, judgements: int, seed: int) -> list[dict[str, Any]]:
    """The bands after one draw; `kept` is None where a band has too few pairs to tell."""
    rng = np.random.default_rng(seed)
    stratum = np.searchsorted(WEIGHT_BANDS, weight)
    of_each = judgements // len(np.unique(stratum))
    strata = [np.flatnonzero(stratum == one) for one in np.unique(stratum)]
    rows = np.concatenate([rng.choice(one, min(of_each, len(one)), replace=False) for one in strata])
    line = calibrate(weight[rows], is_match[rows])
    if line is None:
        raise SystemExit("too few judgements of either answer to calibrate")
    said = line.probability(weight)
    band = np.minimum(np.searchsorted(BANDS, said, side="right") - 1, len(BANDS) - 2)
    return [_band(place, said[band == place], is_match[band == place]) for place in range(len(BANDS) - 1)]


def _band(place: int, said: Bits, is_match: Truth) -> dict[str, Any]:
    start, end = BANDS[place : place + 2]
    found: dict[str, Any] = {"from": start, "to": end, "pairs": len(said), "mean_p": None, "share_true": None, "distance": 0.0}
    if len(said) < FEWEST:
        return found | {"kept": None}
    mean, share, bound = float(said.mean()), float(is_match.mean()), ABOVE if start >= 0.9 else BELOW
    low, high = (float(end) for end in wilson(int(is_match.sum()), len(is_match)))
    kept = low - bound <= mean <= high + bound
    return found | {
        "mean_p": round(mean, 4),
        "share_true": round(share, 4),
        "distance": round(abs(mean - share), 4),
        "kept": kept,
    }


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(prog="python -m benchmarks.linkage_calibration", description=__doc__)
    options.add_argument("--project", type=Path, required=True, help="an example project after a night")
    options.add_argument("--judgements", type=int, default=500)
    options.add_argument("--draws", type=int, default=20)
    options.add_argument("--json", action="store_true", help="one JSON object on standard output")
    chosen = options.parse_args()
    figures = measure(*weighed_pairs(chosen.project), chosen.judgements, chosen.draws)
    print(json.dumps(figures, indent=1) if chosen.json else figures)


if __name__ == "__main__":
    main()
