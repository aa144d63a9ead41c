"""A model of any table as one file: its structure as JSON, what it learned as arrays, in a skops file.

It holds column names, levels that at least 20 people have, and numbers that many people's rows gave; no row of anybody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from schemas.errors import ConfigurationError
from stratify.models.skops_file import CURE, from_file, to_bytes
from stratify.models.tabular.boosted import Steps
from stratify.models.tabular.encoding import Encoding
from stratify.models.tabular.levels import Levels
from stratify.models.tabular.linear import Term
from stratify.models.tabular.recalibration import Recalibration
from stratify.models.tabular.ridge import Weights
from stratify.models.tabular.table_model import TableModel
from stratify.models.tabular.trees import Trees

FORMAT = "caselink-table-model-1"
Arrays = dict[str, npt.NDArray[Any]]


def model_bytes(model: TableModel) -> bytes:
    """The content of the model's file; the same model gives the same bytes."""
    encoding = model.encoding
    told = {
        "kind": model.kind, "columns": dict(model.columns), "rows": model.rows, "events": model.events,
        "dropped": model.dropped, "notes": list(model.notes), "recalibration": list(model.recalibration),
        "silent": list(encoding.silent), "cuts": sorted(encoding.cuts),
        "levels": {name: list(levels.kept) for name, levels in sorted(encoding.levels.items())},
        "terms": [asdict(term) for term in encoding.terms],
        "intercepts": [part and part.intercept for part in (model.linear, model.steps, model.trees)],
    }  # fmt: skip
    arrays = {
        **_packed("cuts", [encoding.cuts[name] for name in sorted(encoding.cuts)]),
        **_packed("rates", [model.rates[name] for name in sorted(model.rates)]),
    }
    if model.linear:
        arrays["weights"] = model.linear.terms
    if model.steps:
        arrays |= _packed("ladders", model.steps.ladders)
    if model.trees:
        arrays |= {f"trees.{name}": values for name, values in vars(model.trees).items() if name != "intercept"}
    return to_bytes({"format": FORMAT, "told": json.dumps(told, sort_keys=True), "arrays": arrays})


def load_table_model(path: Path) -> TableModel:
    """Read a model. Raises `ConfigurationError` `E-MODEL-FILE` where the file is none of ours."""
    state, model = from_file(path), None
    if isinstance(state, dict) and state.get("format") == FORMAT:
        try:
            model = _model(json.loads(state["told"]), state["arrays"])
        except (KeyError, TypeError, ValueError, IndexError):
            model = None
    if model is None:
        raise ConfigurationError("E-MODEL-FILE", f"{path.name} is not a model of this version.", cure=CURE)
    return model


def _model(told: dict[str, Any], arrays: Arrays) -> TableModel:
    levels = {name: Levels(name, tuple(kept)) for name, kept in told["levels"].items()}
    cuts = dict(zip(told["cuts"], _unpacked("cuts", arrays), strict=True))
    encoding = Encoding(cuts, levels, tuple(Term(**term) for term in told["terms"]), tuple(told["silent"]))
    linear, steps, trees = told["intercepts"]
    return TableModel(
        **{name: told[name] for name in ("kind", "columns", "rows", "events", "dropped")},
        recalibration=Recalibration(*told["recalibration"]),
        notes=tuple(told["notes"]),
        encoding=encoding,
        rates=dict(zip(sorted(levels), _unpacked("rates", arrays), strict=True)),
        linear=None if linear is None else Weights(arrays["weights"], linear),
        steps=None if steps is None else Steps(tuple(_unpacked("ladders", arrays)), steps),
        trees=None if trees is None else Trees(**_trees(arrays), intercept=trees),
    )


def _trees(arrays: Arrays) -> Mapping[str, Any]:
    return {name.removeprefix("trees."): values for name, values in arrays.items() if name.startswith("trees.")}


def _packed(name: str, parts: Sequence[npt.NDArray[Any]]) -> Arrays:
    """Arrays of several lengths as one, and where each ends."""
    joined = np.concatenate(parts) if parts else np.zeros(0)
    return {name: joined, f"{name}.ends": np.cumsum([len(part) for part in parts], dtype=np.int64)}


def _unpacked(name: str, arrays: Arrays) -> list[npt.NDArray[Any]]:
    ends = arrays[f"{name}.ends"]
    return np.split(arrays[name], ends[:-1]) if len(ends) else []
