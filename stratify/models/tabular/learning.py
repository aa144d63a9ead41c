"""From rows to a model: choose on people not learned from, then fit the chosen parts on all the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from stratify.models.tabular.boosted import as_steps, grow
from stratify.models.tabular.choosing import RECIPES, Bench, Choice, Material, choose
from stratify.models.tabular.encoding import bin_codes
from stratify.models.tabular.levels import rates
from stratify.models.tabular.ridge import ridge
from stratify.models.tabular.table_model import BOOSTED, INTERACTING, LOGISTIC, TableModel
from stratify.models.tabular.trees import as_trees


def learn(material: Material, columns: Mapping[str, str], offered: Sequence[Sequence[str]], *, dropped: int) -> TableModel:
    """A model of these rows; `offered` are the sets of parts it may be made of."""
    return assemble(material, columns, choose(material, offered), dropped=dropped)


def assemble(material: Material, columns: Mapping[str, str], choice: Choice, *, dropped: int) -> TableModel:
    """The chosen parts fitted on all the rows."""
    bench = Bench(material)
    every = np.arange(len(material.outcome))
    none = every[:0]
    encoding, outcome = bench.encoding, material.outcome
    by_level = {name: rates(codes, outcome, encoding.levels[name].size) for name, codes in bench.coded.codes.items()}
    linear = steps = trees = None
    if LOGISTIC in choice.parts:
        bench.fill_design(bench.design, bench.design[:0], every, none)
        linear = ridge(bench.design, outcome, choice.penalty)
    for part in choice.parts:
        if part not in RECIPES:
            continue
        for place, name in enumerate(encoding.columns):
            if name in by_level:
                bench.matrix[:, place] = bench.rates_of(name, every, none)[0]
        grown = grow(RECIPES[part], bench.matrix, outcome, choice.rounds[part])
        if part == BOOSTED:
            values = [by_level[name] if name in by_level else _bins(len(encoding.cuts[name])) for name in encoding.columns]
            steps = as_steps(grown, values, [bin_codes(encoding, bench.coded, name) for name in encoding.columns])
        if part == INTERACTING:
            trees = as_trees(grown, bench.matrix)
    return TableModel(
        kind=choice.kind, columns=columns, rows=len(outcome), events=int(outcome.sum()), dropped=dropped, encoding=encoding,
        rates=by_level, slope=choice.recalibration.slope, shift=choice.recalibration.shift,
        linear=linear, steps=steps, trees=trees,
    )  # fmt: skip


def _bins(cuts: int) -> np.ndarray:
    return np.array([*range(cuts + 1), np.nan])
