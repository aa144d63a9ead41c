"""What the JSON of a linkage model may hold, checked before anything is made of it: keys, levels, probabilities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from linkage.engine.weights import COMMONER, RARER, Frequency
from schemas.errors import ConfigurationError

MISSING = "missing"  # the level that is evidence of nothing

MODEL_KEYS = {"name", "version", "description", "comparisons", "dependences"}
PRIOR_KEYS = {"share_in_register", "match_share"}
MODEL_EXTRAS = {"calibration", "training"}
LEVEL_KEYS = {"m", "u", "weight"}
LEVEL_EXTRAS = {"u_error", "frequency"}
FREQUENCY_KEYS = {"column", "base", "of", "share", "floor"}
DEPENDENCE_KEYS = {"why", "when", "weight"}
# A written weight may be rounded; a larger difference from log2(m/u) is an editing slip.
WEIGHT_ROUNDING = 0.01

Levels = Mapping[str, tuple[str, ...]]


def check_content(content: Any, levels: Levels, name: str) -> None:
    """Refuse (`ConfigurationError` `E-LINK-MODEL`) content that is no model of these comparisons and levels."""
    _check_keys(content, MODEL_KEYS, "the file", name, extras=MODEL_EXTRAS | PRIOR_KEYS)
    _check_prior(content, name)
    _check_keys(content["comparisons"], set(levels), "comparisons", name)
    for field, names in levels.items():
        _check_keys(content["comparisons"][field], set(names) - {MISSING}, field, name)
        for level, parts in content["comparisons"][field].items():
            _check_level(parts, f"{field}.{level}", name)
    for entry in content["dependences"]:
        _check_dependence(entry, levels, name)


def frequency_of(parts: Mapping[str, Any] | None) -> Frequency | None:
    """What commonness adds, from its part of the file."""
    return Frequency(**parts) if parts else None


def frequency_parts(frequency: Frequency) -> dict[str, Any]:
    """The part of the file."""
    return asdict(frequency)


def refused(name: str, fault: str) -> ConfigurationError:
    """The error that names what does not fit."""
    return ConfigurationError(
        "E-LINK-MODEL", f"linkage model {name}: {fault}.", cure="compare it with linkage/reference/fixed_model.json"
    )


def _check_prior(content: Mapping[str, Any], name: str) -> None:
    given = sorted(PRIOR_KEYS & set(content))
    if len(given) != 1:
        raise refused(name, "the file must have one of match_share and share_in_register")
    if not is_share(content[given[0]]):
        raise refused(name, f"{given[0]} is not between 0 and 1")


def _check_level(parts: Any, place: str, name: str) -> None:
    _check_keys(parts, LEVEL_KEYS, place, name, extras=LEVEL_EXTRAS)
    if not all(is_number(parts[key]) and 0 < parts[key] <= 1 for key in ("m", "u")):
        raise refused(name, f"{place} has an m or u that is no probability above 0")
    if "frequency" not in parts:
        return
    frequency = parts["frequency"]
    _check_keys(frequency, FREQUENCY_KEYS, f"{place}.frequency", name)
    if frequency["of"] not in (COMMONER, RARER) or not (is_number(frequency["base"]) and frequency["base"] > 0):
        raise refused(name, f"{place}.frequency has no base above 0, or is of neither the commoner nor the rarer value")


def _check_dependence(entry: Any, levels: Levels, name: str) -> None:
    _check_keys(entry, DEPENDENCE_KEYS, "a dependence", name)
    for field, among in entry["when"].items():
        if field not in levels or not set(among) <= set(levels[field]):
            raise refused(name, "a dependence names a field or level that does not exist")


def is_number(value: Any) -> bool:
    """Whether a JSON value is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_share(value: Any) -> bool:
    """Whether a JSON value lies between 0 and 1, both excluded."""
    return is_number(value) and 0 < value < 1


def _check_keys(content: Any, wanted: set[str], place: str, name: str, *, extras: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    if not isinstance(content, dict):
        raise refused(name, f"{place} is not an object")
    unknown, absent = sorted(set(content) - wanted - extras), sorted(wanted - set(content))
    if unknown:
        raise refused(name, f"{place} has {unknown[0]}, which is not known here")
    if absent:
        raise refused(name, f"{place} lacks {absent[0]}")
