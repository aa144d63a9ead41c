"""A linkage model: a visible list of probabilities in a small JSON file, and the match weights that follow from it.

The match weight is the log2 odds that two records are one person: the prior odds, plus log2(m/u) of the level of each field, plus
what the commonness of a value adds, plus what the dependences take back where fields are not independent. A model that names a
field or a level this code does not have, or lacks one, is refused: it was not made for these comparisons. No value of any record
is in it: probabilities by level only.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from linkage.arrays import Bits
from linkage.comparisons import LEVELS
from linkage.engine.weights import Dependence, Frequency, LevelWeight, Weights
from linkage.model_file import MISSING, WEIGHT_ROUNDING, check_content, frequency_of, frequency_parts, refused
from linkage.training.calibration import Calibration, read_calibration

__all__ = ["FIXED_MODEL", "MISSING", "SMALLEST_AREA", "Evidence", "Model", "load_model", "read_model"]

FIXED_MODEL = Path(__file__).parent / "reference" / "fixed_model.json"
# A register of fewer people is part of a larger area: its size says nothing of how many others a record might be about.
SMALLEST_AREA = 10_000


@dataclass(frozen=True)
class Evidence:
    """One level: how often it occurs among pairs of one person (`m`) and among pairs of two (`u`).

    `u_error` is the standard error of a `u` that was sampled, 0 of one that was counted; `frequency` what commonness adds.
    """

    m: float
    u: float
    u_error: float = 0.0
    frequency: Frequency | None = None

    @property
    def weight(self) -> float:
        """Bits of the level."""
        return math.log2(self.m / self.u)


@dataclass(frozen=True)
class Model:
    """Probabilities by comparison and level (`missing` has none and weighs nothing), and all that goes with them.

    The prior is `share_in_register`, the share of records whose person the register has, or `match_share`, the share of all pairs
    of records that are one person: the one that is not None. `training` tells how the model came to be.
    """

    version: str
    comparisons: Mapping[str, Mapping[str, Evidence]]
    share_in_register: float | None = None
    match_share: float | None = None
    dependences: tuple[Dependence, ...] = ()
    calibration: Calibration | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    name: str = "trained"
    description: str = ""

    def prior(self, residents: int | None = None) -> float:
        """Log2 odds that two records taken at random are one person; `residents` is the size of the register, where there is one.

        Raises `ValueError` where the model's prior is by register and no size is given.
        """
        share = self.match_share
        if share is None:
            if residents is None or self.share_in_register is None:
                raise ValueError("the prior of this model needs the size of the register")
            share = self.share_in_register / max(residents, SMALLEST_AREA)
        return math.log2(share / (1 - share))

    def weights(self, residents: int | None = None) -> Weights:
        """What scoring adds up."""
        levels = {
            comparison: {level: LevelWeight(evidence.weight, evidence.frequency) for level, evidence in by_level.items()}
            for comparison, by_level in self.comparisons.items()
        }
        return Weights(self.prior(residents), levels, self.dependences)

    def probability(self, weight: Bits) -> Bits:
        """Probability that pairs of these weights are one person: calibrated where the model `is_calibrated`, else by theory."""
        return (self.calibration or Calibration()).probability(weight)

    def weight_of(self, probability: float) -> float:
        """The weight from which pairs have this probability or more."""
        return (self.calibration or Calibration()).weight_of(probability)

    @property
    def is_calibrated(self) -> bool:
        """Whether probabilities were fitted to judged pairs; if not, they are what independence of fields would make them."""
        return self.calibration is not None

    def calibrated(self, calibration: Calibration | None) -> Model:
        """The same model with other probabilities."""
        return replace(self, calibration=calibration)

    def content(self) -> dict[str, Any]:
        """The model as its file has it."""
        levels = {name: {level: _parts(each) for level, each in by_level.items()} for name, by_level in self.comparisons.items()}
        prior = {"share_in_register": self.share_in_register, "match_share": self.match_share}
        return {
            "name": self.name,
            "version": self.version,
            "description": self.description,
            **{name: share for name, share in prior.items() if share is not None},
            "comparisons": levels,
            "dependences": [
                {"why": each.why, "when": {name: list(among) for name, among in each.when.items()}, "weight": each.weight}
                for each in self.dependences
            ],
            **({"calibration": self.calibration.content()} if self.calibration else {}),
            **({"training": dict(self.training)} if self.training else {}),
        }

    def save(self, path: Path) -> None:
        """Write the file: the same model always the same bytes; numbers in full, so that it scores as before when read again."""
        path.write_text(json.dumps(self.content(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def load_model(path: Path = FIXED_MODEL) -> Model:
    """Read a model of the cascade's comparisons.

    Raises `ConfigurationError` `E-LINK-MODEL` naming the first thing that does not fit.
    """
    return _shipped() if path == FIXED_MODEL else load_model_of(path, LEVELS)


@functools.cache
def _shipped() -> Model:
    return load_model_of(FIXED_MODEL, LEVELS)


def load_model_of(path: Path, levels: Mapping[str, tuple[str, ...]]) -> Model:
    """Read a model of other comparisons: `levels` by comparison. Raises as `load_model`."""
    content, fault = None, ""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        fault = "cannot be read"
    except ValueError:
        fault = "is not JSON"
    if fault:
        raise refused(path.name, fault)
    return read_model(content, path.name, levels)


def read_model(content: Any, name: str = "model", levels: Mapping[str, tuple[str, ...]] | None = None) -> Model:
    """A model from its JSON content, checked against `levels` by comparison (those of the cascade where None).

    Raises `ConfigurationError` `E-LINK-MODEL`.
    """
    check_content(content, LEVELS if levels is None else levels, name)
    comparisons = {
        comparison: {level: _evidence(parts, f"{comparison}.{level}", name) for level, parts in by_level.items()}
        for comparison, by_level in content["comparisons"].items()
    }
    return Model(
        version=content["version"],
        comparisons=comparisons,
        share_in_register=content.get("share_in_register"),
        match_share=content.get("match_share"),
        dependences=tuple(_dependence(entry) for entry in content["dependences"]),
        calibration=read_calibration(content["calibration"], name) if "calibration" in content else None,
        training=content.get("training", {}),
        name=content["name"],
        description=content["description"],
    )


def _evidence(parts: Mapping[str, Any], place: str, name: str) -> Evidence:
    evidence = Evidence(parts["m"], parts["u"], parts.get("u_error", 0.0), frequency_of(parts.get("frequency")))
    if abs(evidence.weight - parts["weight"]) > WEIGHT_ROUNDING:
        raise refused(name, f"{place} has a weight that is not log2(m/u)")
    return evidence


def _parts(evidence: Evidence) -> dict[str, Any]:
    parts: dict[str, Any] = {"m": evidence.m, "u": evidence.u, "weight": round(evidence.weight, 2)}
    if evidence.u_error:
        parts["u_error"] = evidence.u_error
    if evidence.frequency:
        parts["frequency"] = frequency_parts(evidence.frequency)
    return parts


def _dependence(entry: Mapping[str, Any]) -> Dependence:
    return Dependence(entry["why"], {name: tuple(among) for name, among in entry["when"].items()}, float(entry["weight"]))
