"""A night's model as a file: a fitted model as `stratify.models.tabular` writes it, the rule in the same form."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from stratify.models.night_fit import Fitted
from stratify.models.prior_rule import FittedRule, PriorUse
from stratify.models.skops_file import from_file, to_bytes
from stratify.models.tabular.table_model_file import load_table_model, model_bytes

FORMAT = "caselink-prior-use-rule-1"


def save_night_model(fitted: Fitted, path: Path) -> None:
    """Write `path` (by custom `*.skops`); the same model gives the same bytes."""
    path.write_bytes(_rule_bytes(fitted) if isinstance(fitted, FittedRule) else model_bytes(fitted))


def _rule_bytes(fitted: FittedRule) -> bytes:
    told = {**asdict(fitted.rule), "rates": list(fitted.rates), "rows": fitted.rows, "events": fitted.events, "why": fitted.why}
    return to_bytes({"format": FORMAT, "told": json.dumps(told, sort_keys=True)})


def load_night_model(path: Path) -> Fitted:
    """Read what `save_night_model` wrote. Raises `E-MODEL-FILE` where the file is none of ours."""
    state = from_file(path)
    if not isinstance(state, dict) or state.get("format") != FORMAT:
        return load_table_model(path)
    told = json.loads(state["told"])
    rule = PriorUse(told["column"], told["ties"], told["fewest"], told["most"])
    return FittedRule(rule, tuple(told["rates"]), told["rows"], told["events"], told["why"])
