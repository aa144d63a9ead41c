"""Who scores pairs in step 5: a list to choose from by `LinkSettings.engine`. Both give the same answer (ADR 8)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from linkage.arrays import Bits, Levels, Whole
from linkage.engine.conditions import Comparison
from linkage.engine.rules import Rule
from linkage.engine.weigher import Scored, Sides, Weigher
from linkage.engine.weights import Weights
from schemas.errors import ConfigurationError

KERNEL, RECORDLINKAGE = "kernel", "recordlinkage"
ENGINES = (KERNEL, RECORDLINKAGE)


class Scorer(Protocol):
    """What every engine can do; see `Weigher`."""

    def keep(self, floor: float, *, key_cap: int | None = None) -> Scored:
        """Every pair of the rules that weighs `floor` bits or more."""

    def compare(self, left_rows: Whole, right_rows: Whole) -> tuple[Levels, Bits]:
        """Levels and weights of given pairs, whatever the rules say."""

    def levels(self, pattern: Whole) -> Levels:
        """Levels of each pattern, a column per comparison."""


NewScorer = Callable[[Sides, Sequence[Comparison], Sequence[Rule], Weights], Scorer]


def scorer_named(name: str) -> NewScorer:
    """The scorer's class of an engine. Raises `ConfigurationError` `E-LINK-ENGINE` for another name."""
    if name == RECORDLINKAGE:
        from linkage.engine.toolkit_scorer import ToolkitScorer  # takes seconds to import: pandas and scikit-learn come with it

        return ToolkitScorer
    if name == KERNEL:
        return Weigher
    raise ConfigurationError("E-LINK-ENGINE", "linkage: there is no engine of this name.", cure=f"one of: {', '.join(ENGINES)}")
