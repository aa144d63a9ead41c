"""The models of the night before: found in its folder, held against tonight's features, and used again while they are good.

A night's folder has, for each model, `model/<file>.skops`, the rows that checked it in `pseudonymised/checked_<file>.parquet`,
and in `model/fitted.json` on which night and by which code it was fitted.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from pipelines.analytic import Bench
from pipelines.analytic_tables import last_night
from pipelines.night import code_version
from schemas.errors import CaselinkError

if TYPE_CHECKING:
    from stratify.models.night_fit import Fitted
    from stratify.models.night_models import NightModel

FITTED = "fitted.json"

# How `fitted.json` begins to say why a model is used though it is old: then come the amber gates of the later one.
KEPT_FOR_AMBER = "a gate of a later one was amber"


class Kept(NamedTuple):
    """A model of the night before: when and by which code it was fitted, and the rows that checked it."""

    fitted: Fitted
    checked: pa.Table
    fitted_on: dt.date
    code: str


def model_path(folder: Path, model: NightModel) -> Path:
    """Where a night keeps a model; its card lies beside it."""
    return folder / "model" / f"{model.file}.skops"


def checked_name(model: NightModel) -> str:
    """The table of the rows that checked a model."""
    return f"checked_{model.file}"


def kept_model(bench: Bench, model: NightModel) -> Kept | None:
    """The model of the night before; None where it left none that this version reads."""
    from stratify.models.night_file import load_night_model

    said, checked = _said(bench.parent_folder, model), last_night(bench, checked_name(model))
    if said is None or checked is None or bench.parent_folder is None:
        return None
    try:
        fitted = load_night_model(model_path(bench.parent_folder, model))
    except (CaselinkError, OSError, ValueError, KeyError):
        return None
    return Kept(fitted, checked, dt.date.fromisoformat(said["fitted_on"]), said["code"])


def _said(folder: Path | None, model: NightModel) -> dict[str, Any] | None:
    path = folder / "model" / FITTED if folder else None
    if path is None or not path.is_file():
        return None
    said: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")).get(model.name)
    return said


def why_fit(bench: Bench, kept: Kept | None, usable: Collection[str]) -> str:
    """Why a model is fitted tonight, in words; empty where that of the night before is used. `usable`: features with a value."""
    from stratify.models.prior_rule import FittedRule

    if kept is None:
        return "the night before left none"
    if isinstance(kept.fitted, FittedRule):
        return "the night before fell back on the rule"
    if kept.code != code_version():
        return "the code has changed since it was fitted"
    if set(kept.fitted.columns) != set(usable):
        return "other features have values tonight"
    age = (bench.as_at - kept.fitted_on).days
    return f"it was fitted {age} days ago" if age >= bench.models.refit_days else ""


def carry_over(bench: Bench, model: NightModel) -> None:
    """Copy a model of the night before into tonight's folder."""
    if bench.parent_folder is not None:
        shutil.copyfile(model_path(bench.parent_folder, model), model_path(bench.folder, model))


def write_fitted(bench: Bench, fitted: dict[str, dict[str, str]]) -> None:
    """Write down when, by which code and why each score's model was fitted."""
    path = bench.folder / "model" / FITTED
    path.write_text(json.dumps(fitted, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_fitted(bench: Bench) -> dict[str, dict[str, str]]:
    """What `write_fitted` wrote tonight."""
    said: dict[str, dict[str, str]] = json.loads((bench.folder / "model" / FITTED).read_text(encoding="utf-8"))
    return said
