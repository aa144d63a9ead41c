"""The weight under which a pair is not written down: so low that no link is lost, unless a file would drown in unlikely pairs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from linkage.draws import Chances
from linkage.weigher import Sides, Weigher

# Pairs under one in a thousand are of no use to anybody.
FLOOR = -10.0
# Pairs a record that are written down: with fields that hardly tell people apart, all candidates could be over the floor.
MOST_PER_RECORD = 20
# Left records whose pairs are counted first, to see how many there would be.
TRIED = 10_000


def find_floor(sides: Sides, chances: Chances, weigher_of: Callable[[Sides], Weigher]) -> tuple[float, tuple[str, ...]]:
    """The floor in bits for the pairs that `weigher_of(sides)` scores, and a note where it is not the usual one."""
    share = TRIED / max(1, len(sides.left))
    if share >= 1 and len(sides.other) <= TRIED:
        return FLOOR, ()
    some = chances.share_of_left(sides, min(1.0, share))
    tried = weigher_of(some).keep(FLOOR).weight
    most = MOST_PER_RECORD * len(some.left)
    if len(tried) <= most:
        return FLOOR, ()
    floor = float(np.partition(tried, -most)[-most])
    return floor, (f"only pairs of {floor:.1f} bits and more are written: there would be over {MOST_PER_RECORD} a record",)
