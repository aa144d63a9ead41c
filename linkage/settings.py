"""What linkage may be told: thresholds, margins and caps, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from schemas.errors import ConfigurationError

# A pair links in step 5 at odds of 2^8 to 1 (p = .996) or better. NHS England's own probabilistic linkage cuts at 5 bits
# (NHSE_probabilistic_linkage @e442e3b); ours is higher because the weights are fixed, not fitted to the area's data.
ACCEPT_WEIGHT = 8.0
# Below even odds a pair is not worth a clerk's time.
REVIEW_WEIGHT = 0.0
# Bits between the best and the second-best candidate. Under this a link would be chance (linkage by margin: NHSE uses 5 on a
# national register, where the second-best is nearer; one wrong letter in a name is worth 3 to 5 bits).
MARGIN = 3.0
# The same for records without names, whose second-best is nearer: who shares date of birth and postcode is her twin.
NAMELESS_MARGIN = 5.0
# Register records that may stand under one blocking key. A key above it (one name half the file carries) is skipped and counted.
BLOCK_CAP = 500
# Candidates of one record that a clerk is shown: the best and what lies within the margin of it.
REVIEW_CANDIDATES = 3

ENGINE = "kernel"  # or "recordlinkage": the same answer, slower (ADR 8)


@dataclass(frozen=True)
class LinkSettings:
    """Settings of one linkage run. Raises `ConfigurationError` where they contradict each other.

    Weights and margins are bits; `model` is a model file, the shipped fixed-weight one where None.
    """

    engine: str = ENGINE
    accept_weight: float = ACCEPT_WEIGHT
    review_weight: float = REVIEW_WEIGHT
    margin: float = MARGIN
    nameless_margin: float = NAMELESS_MARGIN
    block_cap: int = BLOCK_CAP
    review_candidates: int = REVIEW_CANDIDATES
    model: Path | None = None

    def __post_init__(self) -> None:
        """Refuse settings that cannot hold together."""
        if self.review_weight > self.accept_weight:
            raise ConfigurationError(
                "E-LINK-SETTINGS", "linkage: review_weight is above accept_weight.", cure="give a lower review_weight"
            )
        for name in ("margin", "nameless_margin"):
            if getattr(self, name) < 0:
                raise ConfigurationError("E-LINK-SETTINGS", f"linkage: {name} is below zero.", cure="give zero or more")
        for name in ("block_cap", "review_candidates"):
            if getattr(self, name) < 1:
                raise ConfigurationError("E-LINK-SETTINGS", f"linkage: {name} is below 1.", cure="give a whole number above zero")
