"""Match weights of Splink's levels: log2(m / u), and what term frequencies add.

Followed from Splink 5.0.0, `comparison_level.py` and `comparison.py`; version 4 means the same with Bayes factors:
- a null level weighs 0; m and u are at least 1e-300;
- m or u that the file does not give is Splink's default for that place among the levels, one that training never saw is 1e-6;
- a level with `tf_adjustment_column` adds tf_adjustment_weight * (log2(u of the exact level) - log2(max(tf left, tf right,
  tf_minimum_u_value))); the exact level is the first of its comparison that is equality of that column and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from linkage.engine.conditions import Equal
from linkage.engine.weights import COMMONER, Frequency
from linkage.model import Evidence
from linkage.splink.conditions import Made, terms_of
from linkage.splink.sql import Column, SqlNotReadError, read_condition
from schemas.errors import ConfigurationError

SMALLEST = 1e-300
NOT_OBSERVED, UNSEEN = "level not observed in training dataset", 1e-6
# Splink's starting values: m of the first level, and match weights of the levels from last to first.
FIRST_M = 0.95
LAST_WEIGHT, SECOND_WEIGHT, FIRST_WEIGHT = -5.0, 3.0, 10.0

Parts = Mapping[str, Any]


def level_evidence(names: Sequence[str], parts: Sequence[Parts], made: Made) -> dict[str, Evidence]:
    """m, u and term frequency by level name, of levels in the order of the file; null levels have none and weigh nothing."""
    known = [(name, part) for name, part in zip(names, parts, strict=True) if not part.get("is_null_level")]
    levels = [part for _, part in known]
    m, u = (_probabilities(levels, which) for which in ("m", "u"))
    return {
        name: Evidence(max(m[place], SMALLEST), max(u[place], SMALLEST), frequency=_frequency(part, levels, u, made))
        for place, (name, part) in enumerate(known)
    }


def _probabilities(parts: Sequence[Parts], which: str) -> list[float]:
    """m or u of the levels that are not null, the file's or the default."""
    defaults = default_probabilities(len(parts))[which]
    given = [part.get(f"{which}_probability") for part in parts]
    return [
        default if value is None else UNSEEN if value == NOT_OBSERVED else float(value)
        for value, default in zip(given, defaults, strict=True)
    ]


def default_probabilities(levels: int) -> dict[str, list[float]]:
    """Splink's m and u of so many levels, first to last, where nothing is given."""
    if levels < 2:
        return {"m": [FIRST_M], "u": [FIRST_M / 2**FIRST_WEIGHT]}
    m = [FIRST_M, *[(1 - FIRST_M) / (levels - 1)] * (levels - 1)]
    step = (SECOND_WEIGHT - LAST_WEIGHT) / max(1, levels - 2)
    upwards = [*(LAST_WEIGHT + place * step for place in range(levels - 1)), FIRST_WEIGHT]
    return {"m": m, "u": [each / 2**weight for each, weight in zip(m, reversed(upwards), strict=True)]}


def _frequency(part: Parts, parts: Sequence[Parts], u: Sequence[float], made: Made) -> Frequency | None:
    column = part.get("tf_adjustment_column")
    share = float(part.get("tf_adjustment_weight", 1.0))
    if not column or not share or part["sql_condition"].strip().upper() == "ELSE":
        return None
    name = made.name(Column(column.strip('"').lower()))
    is_own = part.get("disable_tf_exact_match_detection")
    exact = [base for each, base in zip(parts, u, strict=True) if (each is part if is_own else _is_equality(each, name))]
    if not exact:
        raise ConfigurationError(
            "E-LINK-SPLINK", f"Splink settings: term frequencies of {name} have no level of exact equality.",
            cure="give the comparison a level of exact equality, or disable_tf_exact_match_detection",
        )  # fmt: skip
    return Frequency(name, exact[0], COMMONER, share, float(part.get("tf_minimum_u_value", 0.0)))


def _is_equality(part: Parts, name: str) -> bool:
    """Whether a level asks that one column is equal, and nothing else."""
    try:
        terms = terms_of(read_condition(part["sql_condition"]), Made())
    except SqlNotReadError:
        return False
    return len(terms) == 1 and terms[0].yes == (Equal(name),) and not terms[0].no
