"""`caselink stratify fit` and `predict`: any person-level file, with no project. Timed, written in one rename, summed up."""

from __future__ import annotations

import csv
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from linkage.files.reading import read_csv_as_text
from pipelines.output_files import check_writable, write_csv, write_privately
from pipelines.pair_files import peak_memory_mb
from pipelines.typed_csv import refused, typed
from schemas.errors import ConfigurationError
from stratify.models import fit, predict
from stratify.models.tabular.columns import ROW_ID
from stratify.models.tabular.fitting import Fitted
from stratify.models.tabular.gate import check_gate
from stratify.models.tabular.table_model_file import load_table_model, model_bytes

PARQUET_STARTS = b"PAR1"
INDEX = "__index_level_"  # how pandas names an index that it writes


def read_table(path: Path, option: str, *, leave: Sequence[str | None] = (), kinds: Mapping[str, str] | None = None) -> pa.Table:
    """A Parquet or CSV file, told by its content; see `typed` for `leave` and `kinds`, which a CSV file needs.

    Raises `ConfigurationError` `E-TABLE-FILE`: not there, not to be read, or with two columns of one name.
    """
    fault, parquet = "", False
    try:
        with path.open("rb") as stream:
            parquet = stream.read(len(PARQUET_STARTS)) == PARQUET_STARTS
        table = pa.parquet.read_table(path, partitioning=None) if parquet else read_csv_as_text(path)
        if len(set(table.column_names)) < table.num_columns:
            fault = "has two columns of one name"
        elif parquet:
            return table.drop_columns([name for name in table.column_names if name.startswith(INDEX)])
        else:
            return typed(table, frozenset(filter(None, leave)), kinds)
    except FileNotFoundError:
        fault = "is not there"
    except (pa.ArrowException, OSError, UnicodeDecodeError, csv.Error):
        # Arrow's own message quotes the line it stumbled on.
        fault = "cannot be read as " + ("Parquet" if parquet else "CSV in UTF-8")
    raise refused(option, fault)


def fit_file(
    features: Path, outcome: str, out: Path, *, group: str | None = None, time_column: str | None = None, additive: bool = False
) -> dict[str, Any]:
    """Fit a model and write it; the answer is its figures on people not seen. No file is written of one that fails its gate."""
    check_writable(out, "--out", make_folder=True)
    if out.resolve() == features.resolve():
        raise ConfigurationError("E-ARGUMENT", "--out would overwrite --features.", cure="name another")
    start = time.perf_counter()
    table = read_table(features, "--features", leave=(outcome, group, time_column))
    fitted = fit(table, outcome, groups=group, time=time_column, interactions=not additive)
    check_gate(fitted.figures)
    content = model_bytes(fitted.model)
    write_privately(out, lambda stream: stream.write(content))
    return summary(fitted) | {"seconds": round(time.perf_counter() - start, 3), "peak_memory_mb": peak_memory_mb()}


def summary(fitted: Fitted) -> dict[str, Any]:
    """What `fit --json` says of a model; `checked` counts the people not seen that the figures are of."""
    model, figures = fitted.model, fitted.figures
    return {
        "rows": model.rows,
        "events": model.events,
        "dropped": model.dropped,
        "chosen": model.kind,
        "auroc": figures.auroc,
        "brier": figures.brier,
        "calibration_slope": figures.calibration_slope,
        "expected_observed": figures.expected_observed,
        "baseline": {"auroc": figures.baseline_auroc, "column": figures.baseline},
        "checked": {"rows": figures.rows, "events": figures.events},
        "version": model.version,
        "notes": list(model.notes),
    }


def predict_file(model_file: Path, features: Path, out: Path) -> dict[str, Any]:
    """Write `row_id,p` for every row of a file, in its order; without a column `row_id` that is the row's number from 0."""
    check_writable(out, "--out", make_folder=True)
    if out.resolve() in {features.resolve(), model_file.resolve()}:
        raise ConfigurationError("E-ARGUMENT", "--out would overwrite a file that is read.", cure="name another")
    start = time.perf_counter()
    model = load_table_model(model_file)
    table = read_table(features, "--features", kinds=model.columns)
    p = predict(model, table)
    ids = table[ROW_ID] if ROW_ID in table.column_names else pa.chunked_array([np.arange(table.num_rows)])
    answer = pa.table({ROW_ID: ids, "p": p})
    write_privately(out, lambda stream: write_csv(answer, stream))
    return {
        "rows": table.num_rows,
        "mean_p": float(p.mean()) if len(p) else None,
        "version": model.version,
        "seconds": round(time.perf_counter() - start, 3),
        "peak_memory_mb": peak_memory_mb(),
    }
