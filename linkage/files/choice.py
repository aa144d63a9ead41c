"""Two files linked one to one: the best partner of each record, where no other is nearly as good, and nobody is linked twice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from linkage.arrays import Bits, Truth, Whole
from linkage.engine.program_builder import OutlineOf
from linkage.engine.sheets import Sheet
from linkage.engine.weigher import Scored, Sides, Weigher
from linkage.files.one_to_one import LEAST_MARGIN, assign
from linkage.files.same_side import Repeats, find_repeats
from linkage.model import Model


@dataclass(frozen=True)
class Choice:
    """Per pair whether it is linked, and its margin (null where it was not in question: unlikely, or of a copy); what to tell."""

    linked: Truth
    margin: Bits
    for_review: int
    notes: tuple[str, ...]


def choose(scored: Scored, likely: Truth, sides: Sides, weigher_of: Callable[[Sides], Weigher], model: Model) -> Choice:
    """Choose among the `likely` pairs. A copy of a record has only copies for partners, so that it contests nothing."""
    pairs = scored.take(likely)
    layout = weigher_of(sides).layout

    def repeats(sheet: Sheet, read: Sequence[str | OutlineOf], own: Whole, partner: Whole) -> Repeats:
        """Who is twice on the side of `sheet`, of which the columns `read` are compared."""

        def probability(one: Whole, other: Whole) -> Bits:
            return model.probability(weigher_of(Sides(sheet, None, sides.texts, sides.shares)).compare(one, other)[1])

        columns = [sheet[column] for column in read if isinstance(column, str)]
        return find_repeats(own, partner, pairs.weight, columns, probability)

    left = repeats(sides.left, layout.left, pairs.left, pairs.right)
    right = repeats(sides.other, layout.right, pairs.right, pairs.left)
    rows = np.flatnonzero(likely)[left.place[pairs.left] == right.place[pairs.right]]
    assignment = assign(scored.left[rows], scored.right[rows], scored.weight[rows])
    linked = np.zeros(len(scored), dtype=np.bool_)
    linked[rows] = assignment.chosen & (assignment.margin >= LEAST_MARGIN)
    margin = np.full(len(scored), np.nan)
    margin[rows] = assignment.margin
    return Choice(linked, margin, int(assignment.for_review.sum()), (*left.notes("left"), *right.notes("right")))
