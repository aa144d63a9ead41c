"""A linkage model: a visible list of probabilities in a small JSON file, and the match weight that it gives to a pair.

The match weight is the log2 odds that the two are one person: the prior odds, plus log2(m/u) of the level of each field, plus
what the dependences take back where fields are not independent. A model that names a field or a level this code does not have,
or lacks one, is refused: it was not made for this cascade.
"""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from linkage.arrays import Bits
from linkage.comparisons import LEVELS
from linkage.pairs import FIELDS, Pairs
from schemas.errors import ConfigurationError

FIXED_MODEL = Path(__file__).parent / "reference" / "fixed_model.json"
MISSING = "missing"

MODEL_KEYS = {"name", "version", "description", "share_in_register", "comparisons", "dependences"}
LEVEL_KEYS = {"m", "u", "weight"}
DEPENDENCE_KEYS = {"why", "when", "weight"}
# A register of fewer people is part of a larger area: its size says nothing of how many others a record might be about.
SMALLEST_AREA = 10_000
# A written weight may be rounded; a larger difference from log2(m/u) is an editing slip.
WEIGHT_ROUNDING = 0.01


@dataclass(frozen=True)
class Dependence:
    """Bits added where every field in `when` has one of its levels, and why."""

    why: str
    when: Mapping[str, tuple[str, ...]]
    weight: float


@dataclass(frozen=True)
class Model:
    """Match weights by field and level. `share_in_register` is the share of records whose person the register has."""

    version: str
    share_in_register: float
    weights: Mapping[str, Mapping[str, float]]
    dependences: tuple[Dependence, ...]

    def prior(self, residents: int) -> float:
        """Log2 odds that one record and one resident, taken at random, are one person."""
        share = self.share_in_register / max(residents, SMALLEST_AREA)
        return math.log2(share / (1 - share))

    def weigh(self, pairs: Pairs, residents: int) -> Bits:
        """Match weight of each pair, in bits."""
        total = np.full(len(pairs), self.prior(residents))
        for column, field in enumerate(FIELDS):
            by_level = np.array([self.weights[field][level] for level in LEVELS[field]])
            total += by_level[pairs.levels[:, column]]
        for dependence in self.dependences:
            holds = np.all([pairs.at(field, *levels) for field, levels in dependence.when.items()], axis=0)
            total += np.where(holds, dependence.weight, 0.0)
        return total


@functools.cache
def load_model(path: Path = FIXED_MODEL) -> Model:
    """Read a model file. Raises `ConfigurationError` `E-LINK-MODEL` naming the first thing in it that does not fit."""
    content, fault = None, ""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        fault = "cannot be read"
    except ValueError:
        fault = "is not JSON"
    if fault:
        raise _refused(path.name, fault)
    return read_model(content, path.name)


def read_model(content: Any, name: str = "model") -> Model:
    """A model from its JSON content, checked. Raises `ConfigurationError` `E-LINK-MODEL`."""
    _check_keys(content, MODEL_KEYS, "the file", name)
    _check_keys(content["comparisons"], set(FIELDS), "comparisons", name)
    if not 0 < content["share_in_register"] < 1:
        raise _refused(name, "share_in_register is not between 0 and 1")
    weights = {field: _level_weights(content["comparisons"][field], field, name) for field in FIELDS}
    dependences = tuple(_dependence(entry, name) for entry in content["dependences"])
    return Model(content["version"], content["share_in_register"], weights, dependences)


def _level_weights(levels: Any, field: str, name: str) -> dict[str, float]:
    """Weight per level; `missing` weighs nothing."""
    _check_keys(levels, set(LEVELS[field]) - {MISSING}, field, name)
    weights = {MISSING: 0.0}
    for level, parts in levels.items():
        _check_keys(parts, LEVEL_KEYS, f"{field}.{level}", name)
        if not (0 < parts["m"] <= 1 and 0 < parts["u"] <= 1):
            raise _refused(name, f"{field}.{level} has an m or u that is no probability above 0")
        weights[level] = math.log2(parts["m"] / parts["u"])
        if abs(weights[level] - parts["weight"]) > WEIGHT_ROUNDING:
            raise _refused(name, f"{field}.{level} has a weight that is not log2(m/u)")
    return weights


def _dependence(entry: Any, name: str) -> Dependence:
    _check_keys(entry, DEPENDENCE_KEYS, "a dependence", name)
    for field, levels in entry["when"].items():
        if field not in LEVELS or not set(levels) <= set(LEVELS[field]):
            raise _refused(name, "a dependence names a field or level that does not exist")
    when = {field: tuple(levels) for field, levels in entry["when"].items()}
    return Dependence(entry["why"], when, float(entry["weight"]))


def _check_keys(content: Any, wanted: set[str], place: str, name: str) -> None:
    if not isinstance(content, dict):
        raise _refused(name, f"{place} is not an object")
    unknown, absent = sorted(set(content) - wanted), sorted(wanted - set(content))
    if unknown:
        raise _refused(name, f"{place} has {unknown[0]}, which is not known here")
    if absent:
        raise _refused(name, f"{place} lacks {absent[0]}")


def _refused(name: str, fault: str) -> ConfigurationError:
    return ConfigurationError(
        "E-LINK-MODEL", f"linkage model {name}: {fault}.", cure="compare it with linkage/reference/fixed_model.json"
    )
