"""The hazard log of `hazards.toml`: each hazard with its controls and the tests that show them (DCB0129, DCB0160; G12)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from schemas.errors import ConfigurationError

HAZARDS = Path(__file__).parent / "hazards.toml"
SEVERITIES = ("minor", "significant", "considerable", "major", "catastrophic")
LIKELIHOODS = ("very low", "low", "medium", "high", "very high")
TEXTS = ("id", "hazard", "cause", "effect")
LISTS = ("controls", "tests")
GRADES = ("severity", "before", "after")


class Shown(NamedTuple):
    """A test by its id, and in one plain sentence what it shows."""

    test: str
    sentence: str


@dataclass(frozen=True)
class Hazard:
    """One hazard. `severity`, and the likelihoods `before` and `after` the controls, from 1 to 5."""

    id: str
    hazard: str
    cause: str
    effect: str
    severity: int
    before: int
    after: int
    controls: tuple[str, ...]
    tests: tuple[Shown, ...]

    @property
    def risk_before(self) -> int:
        """Severity times likelihood without the controls, 1 to 25."""
        return self.severity * self.before

    @property
    def risk_after(self) -> int:
        """Severity times likelihood with them."""
        return self.severity * self.after


@cache
def hazards() -> tuple[Hazard, ...]:
    """The shipped log."""
    return read_hazards(tomllib.loads(HAZARDS.read_text(encoding="utf-8")))


def read_hazards(said: Mapping[str, Any]) -> tuple[Hazard, ...]:
    """Hazards as read from TOML.

    Raises `ConfigurationError` `E-HAZARD` where one lacks a text, a control or a test, names a test without its sentence, has a
    grade outside 1 to 5, repeats an id, or is likelier with its controls than without.
    """
    found: list[Hazard] = []
    for row in said.get("hazard", []):
        whole = all(isinstance(row.get(name), str) and row[name] for name in TEXTS) and all(row.get(name) for name in LISTS)
        graded = all(isinstance(row.get(name), int) and 1 <= row[name] <= 5 for name in GRADES)
        whole = whole and all(isinstance(pair, list) and len(pair) == 2 and all(pair) for pair in row["tests"])
        if not (whole and graded) or row["after"] > row["before"] or row["id"] in {each.id for each in found}:
            raise ConfigurationError("E-HAZARD", f"hazards.toml: hazard {len(found) + 1} is not complete, or not in order.")
        values = {name: row[name] for name in (*TEXTS, *GRADES)}
        found.append(Hazard(**values, controls=tuple(row["controls"]), tests=tuple(Shown(*pair) for pair in row["tests"])))
    return tuple(found)
