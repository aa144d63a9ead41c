"""From match weights to probabilities that come true: fitted to judged pairs where there are any.

Fields are never quite independent, so that odds of 2 to the weight promise too much near the threshold. The fitted curve is a
straight line in bits (Platt 1999 on log odds): it cannot turn the order of two pairs round, and has only two numbers to learn, as
500 judgements settle no more. Where pairs are drawn by weight, as the review sample is, how many of each weight are judged does
not matter to it: it is about pairs of one weight. Tried on two made-up populations with 500 judgements, drawn twelve times: a
line kept every band of probability within its bounds; three and seven parameters, or sampling weights, did not.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from linkage.arrays import Bits, Truth
from linkage.model_file import is_number, refused

# Fewer judgements, or fewer of either answer, say less than theory.
FEWEST_JUDGEMENTS = 50
FEWEST_OF_EACH = 5
# How hard the line is held to theory, as if this much loss were paid for each squared unit away from it.
HOLD = 0.5
# A line must rise: at least so many bits of odds for each bit of weight.
LEAST_SLOPE = 0.05
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

    def weight_of(self, probability: float) -> float:
        """The weight of pairs with this probability, which is neither 0 nor 1."""
        return (math.log2(probability / (1 - probability)) - self.shift) / self.slope

    def content(self) -> dict[str, Any]:
        """Its part of the model's file."""
        return asdict(self)


def read_calibration(parts: Mapping[str, Any], name: str) -> Calibration:
    """From its part of the model's file `name`. Raises `ConfigurationError` `E-LINK-MODEL`."""
    if not isinstance(parts, dict) or set(parts) != set(Calibration().content()) or not all(map(is_number, parts.values())):
        raise refused(name, "calibration has not slope, shift and judgements as numbers")
    if parts["slope"] <= 0:
        raise refused(name, "calibration has a slope that does not rise")
    return Calibration(**parts)


def calibrate(weight: Bits, is_match: Truth) -> Calibration | None:
    """The calibration of judged pairs, their match weights and what was said; None where too few say too little."""
    links = int(is_match.sum())
    if len(weight) < FEWEST_JUDGEMENTS or min(links, len(weight) - links) < FEWEST_OF_EACH:
        return None
    sign = np.where(is_match, -1.0, 1.0)

    def loss(line: Bits) -> float:
        odds = np.log(2) * (weight * line[0] + line[1])
        return float(np.logaddexp(0, sign * odds).sum() + HOLD * ((line[0] - 1) ** 2 + line[1] ** 2))

    line = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(LEAST_SLOPE, None), (None, None)]).x
    return Calibration(round(float(line[0]), 6), round(float(line[1]), 6), len(weight))
