"""Pairs just under the review band: what recall is estimated from, as nobody looks at them otherwise.

Step 5 is asked for pairs down to `NEAR_BITS` under the review weight; what lies under it is taken out of its findings here, so
that the findings are those of the review weight.
"""

from __future__ import annotations

import dataclasses

from linkage.findings import Findings
from linkage.pairs import Pairs, join_pairs
from linkage.settings import LinkSettings

# How far below the review weight a pair is still near: at 0 bits the last of them has odds of 1 to 64. A match that scores
# lower, or that no blocking rule found, is not seen by the estimate of recall.
NEAR_BITS = 6.0


def lowered(settings: LinkSettings) -> LinkSettings:
    """The settings under which step 5 also gives the pairs just under the review band."""
    return dataclasses.replace(settings, review_weight=settings.review_weight - NEAR_BITS)


def part_near_misses(found: Findings, settings: LinkSettings) -> tuple[Findings, Pairs]:
    """Findings as under `settings`, and the pairs under its review weight; `found` is what step 5 gave under `lowered`."""
    near = join_pairs([pairs.take(pairs.weight < settings.review_weight) for _, pairs in found.reviews])
    above = dataclasses.replace(found, reviews=_above(found.reviews, settings), conflicts=_above(found.conflicts, settings))
    return above, near


def _above(named: tuple[tuple[str, Pairs], ...], settings: LinkSettings) -> tuple[tuple[str, Pairs], ...]:
    return tuple((name, pairs.take(~(pairs.weight < settings.review_weight))) for name, pairs in named)
