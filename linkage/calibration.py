"""From match weights to probabilities that come true: fitted to judged pairs where there are any.

Fields are never quite independent, so that odds of 2 to the weight promise too much. The fitted curve is a straight line in bits,
`weight * slope + shift`, which cannot turn the order of two pairs round.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from linkage.arrays import Bits

# Beyond this many bits a probability is 0 or 1 to the last digit.
MOST_BITS = 1000.0


@dataclass(frozen=True)
class Calibration:
    """A line from match weight to log2 odds, and how many judgements it was fitted to; by theory it changes nothing."""

    slope: float = 1.0
    shift: float = 0.0
    judgements: int = 0

    def probability(self, weight: Bits) -> Bits:
        """Probability that pairs of these weights are one person."""
        bits = np.clip(weight * self.slope + self.shift, -MOST_BITS, MOST_BITS)
        answer: Bits = 1 / (1 + np.exp2(-bits))
        return answer

    def content(self) -> dict[str, Any]:
        """Its part of the model's file."""
        return asdict(self)

    @classmethod
    def read(cls, parts: Mapping[str, Any], name: str) -> Calibration:  # noqa: ARG003
        """From its part of the model's file."""
        return cls(**parts)
