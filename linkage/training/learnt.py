"""What training has found, written as a model."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from linkage.arrays import Bits
from linkage.engine.conditions import Comparison
from linkage.engine.weights import Dependence, Frequency
from linkage.model import Evidence, Model
from linkage.training.em import Block, Fit

# Significant digits of what is written. The model itself has no more, so that it scores alike before and after saving.
DIGITS = 9
DESCRIPTION = (
    "Fellegi-Sunter match weights learnt from the records: u counted, or from random pairs where u_error is given; m by "
    "expectation and maximisation. Weights are in bits. It holds probabilities of levels and no value of any record."
)


Frequencies = Mapping[tuple[str, str], Frequency]


@dataclass(frozen=True)
class Learnt:
    """m, u and the standard error of u by comparison and level; the share of all pairs that are matches; and how it was found."""

    m: Sequence[Bits]
    u: Sequence[Bits]
    error: Sequence[Bits]
    match_share: float
    fit: Fit | None
    blocks: Sequence[Block]
    notes: tuple[str, ...]
    dependences: tuple[Dependence, ...] = ()
    frequencies: Frequencies = field(default_factory=dict)


def to_model(learnt: Learnt, comparisons: Sequence[Comparison]) -> Model:
    """The model, named by a hash of all that it says."""
    levels = {each.name: _levels(each, learnt, c) for c, each in enumerate(comparisons)}
    model = Model(
        version="",
        dependences=tuple(replace(each, weight=_rounded(each.weight)) for each in learnt.dependences),
        comparisons=levels,
        match_share=_rounded(learnt.match_share),
        training=_facts(learnt),
        description=DESCRIPTION,
    )
    return named(model)


def named(model: Model) -> Model:
    """The model with a version that its content decides."""
    content = json.dumps(replace(model, version="").content(), sort_keys=True)
    return replace(model, version=f"trained-{hashlib.sha256(content.encode()).hexdigest()[:10]}")


def _levels(comparison: Comparison, learnt: Learnt, c: int) -> dict[str, Evidence]:
    levels = {}
    for place, name in enumerate(comparison.names):
        if learnt.u[c][place] > 0:
            m, u, error = (_rounded(each[c][place]) for each in (learnt.m, learnt.u, learnt.error))
            levels[name] = Evidence(m, u, error, _frequency(learnt.frequencies.get((comparison.name, name))))
    return levels


def _frequency(frequency: Frequency | None) -> Frequency | None:
    return frequency and replace(frequency, base=_rounded(frequency.base), floor=_rounded(frequency.floor))


def _facts(learnt: Learnt) -> dict[str, Any]:
    fit = learnt.fit
    return {
        "blocks": [
            {"rule": block.name, "pairs": block.patterns.total, "match_share": _rounded(share)}
            for block, share in zip(learnt.blocks, fit.shares if fit else [], strict=True)
        ],
        "iterations": fit.iterations if fit else 0,
        "converged": bool(fit and fit.converged),
        "notes": list(learnt.notes),
    }


def _rounded(value: float) -> float:
    return float(f"{value:.{DIGITS}g}")
