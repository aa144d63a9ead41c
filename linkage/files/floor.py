"""The weight under which a pair is not written down: so low that no link is lost, unless a file would drown in unlikely pairs.

Pairs of one weight are written all or none, so that nothing but weights decides.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from linkage.arrays import Bits
from linkage.engine.weigher import Scored, Sides, Weigher
from linkage.training.draws import Chances

# Pairs under one in a thousand are of no use to anybody.
FLOOR = -10.0
# Pairs a record, of both files on average, that are written down beside the links: with fields that hardly tell people apart, all
# candidates could be over the floor.
MOST_PER_RECORD = 20
# Left records whose pairs are counted first, to see how many there would be.
TRIED = 10_000


def keep_likely(sides: Sides, chances: Chances, weigher_of: Callable[[Sides], Weigher], link: float) -> tuple[Scored, str]:
    """The pairs of `weigher_of(sides)` over the floor, never leaving out one of `link` bits or more; a note where it is higher.

    Large files are tried on some of their records first, so that what is not to be written is never kept in memory either.
    """
    first = _tried_floor(sides, chances, weigher_of, link)
    scored = weigher_of(sides).keep(first)
    floor = max(first, min(link, lowest_kept(scored.weight, _most(sides))))
    note = f"only pairs of {floor:.1f} bits and more are written: there would be over {MOST_PER_RECORD} a record"
    return (scored.take(scored.weight >= floor), note) if floor > FLOOR else (scored, "")


def lowest_kept(weight: Bits, most: int) -> float:
    """The lowest floor over which at most `most` pairs are; all pairs of one weight are on the same side of it."""
    if len(weight) <= most:
        return FLOOR
    falling = np.sort(weight)[::-1]
    higher = falling[:most][falling[:most] > falling[most]]
    return float(higher[-1]) if len(higher) else float(np.nextafter(falling[0], np.inf))


def _tried_floor(sides: Sides, chances: Chances, weigher_of: Callable[[Sides], Weigher], link: float) -> float:
    share = TRIED / max(1, len(sides.left))
    if share >= 1 and len(sides.other) <= TRIED:
        return FLOOR
    some = chances.share_of_left(sides, min(1.0, share))
    tried = weigher_of(some).keep(FLOOR).weight
    return min(link, lowest_kept(tried, round(_most(sides) * len(some.left) / max(1, len(sides.left)))))


def _most(sides: Sides) -> int:
    return round(MOST_PER_RECORD * (len(sides.left) + len(sides.other)) / 2)
