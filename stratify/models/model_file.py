"""The night's model as a file (`stratify/models/skops_file.py`). Beside it lies its card as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sklearn.linear_model import LogisticRegression

from schemas.errors import ConfigurationError
from stratify.models.design import Term
from stratify.models.emergency_admission import Model
from stratify.models.skops_file import CURE, from_file, to_bytes

FORMAT = 1


def save_model(model: Model, path: Path, card: dict[str, Any]) -> None:
    """Write `path` (by custom `*.skops`), and its card beside it under the same name with `.json`."""
    state = {
        "format": FORMAT,
        "kind": model.kind,
        "columns": dict(model.columns),
        "rows": model.rows,
        "events": model.events,
        "dropped": model.dropped,
        "why": model.why,
        "terms": [asdict(term) for term in model.terms],
        "estimator": model.estimator,
        "rates": list(model.rates),
    }
    path.write_bytes(to_bytes(state))
    path.with_suffix(".json").write_text(json.dumps(card, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def load_model(path: Path) -> Model:
    """Read a model. Raises `E-MODEL-FILE` where the file is none of ours, or holds a type that skops does not trust."""
    state = from_file(path)
    known = isinstance(state, dict) and state.get("format") == FORMAT
    if not known or not isinstance(state["estimator"], LogisticRegression | None):
        raise ConfigurationError("E-MODEL-FILE", f"{path.name} is not a model of this version.", cure=CURE)
    return Model(
        kind=state["kind"],
        columns=state["columns"],
        rows=state["rows"],
        events=state["events"],
        dropped=state["dropped"],
        why=state["why"],
        terms=tuple(Term(**term) for term in state["terms"]),
        estimator=state["estimator"],
        rates=tuple(state["rates"]),
    )
