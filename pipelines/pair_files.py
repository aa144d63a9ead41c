"""Two files linked, and links set against the truth, as the command line does it: timed, written, summed up.

Beside `P.csv` lies `P.csv.json`: how it came to be (times, counts, rules, threshold), no record of anybody.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.csv

from linkage.evaluation import blocking_recall, evaluate
from linkage.febrl import FIELDS, SOC_SEC_ID, load_febrl
from linkage.file_pairs import FilePairs, PreparedFiles, link_prepared, prepare_files, train_prepared
from linkage.files import Source, read_columns
from linkage.model import Model, load_model_of
from linkage.splink_pairs import is_splink_file, prepare_with_splink
from pipelines.shelf import sync
from schemas.errors import ConfigurationError

PRIVATE = 0o600
BATCH_ROWS = 100_000
COLUMNS = ("left_id", "right_id", "p", "weight", "linked")
KB_PER_MB = 1024

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class PairRun:
    """Linked files, and how long it took: `train` of a model; `link` all the rest (reading, encoding, rules, scoring)."""

    prepared: PreparedFiles
    found: FilePairs
    train_seconds: float
    link_seconds: float

    def summary(self) -> dict[str, Any]:
        """Counts, rules, times and notes of the run."""
        found, model = self.found, self.found.model
        return {
            "left_records": len(self.prepared.sides.left),
            "right_records": None if self.prepared.right_ids is None else len(self.prepared.sides.other),
            "fields": [field.name for field in self.prepared.fields],
            "rules": [rule.name for rule in found.rules],
            "pairs_scored": found.scored,
            "pairs_written": len(found.table),
            "linked": found.linked,
            "for_review": found.for_review,
            "threshold": found.threshold,
            "seconds": {"train": round(self.train_seconds, 3), "link": round(self.link_seconds, 3)},
            "peak_memory_mb": peak_memory_mb(),
            "model_version": model.version if model else None,
            "notes": [*found.notes, *(model.training.get("notes", []) if model else [])],
        }


def run_pairs(
    left: Source,
    right: Source | None,
    *,
    fields: str | None = None,
    blocks: Sequence[str] = (),
    model_file: Path | None = None,
    one_to_one: bool = False,
) -> PairRun:
    """Link two files, or one with itself. A `model_file` that exists is used, ours or Splink's; else one is trained and written.

    Raises `ConfigurationError` `E-LINK-SPLINK` where `fields` are named beside Splink's model: it names its own.
    """
    if model_file and is_splink_file(model_file):
        return _run_splink(left, right, model_file, fields=fields, blocks=blocks, one_to_one=one_to_one)
    prepared, preparing = timed(lambda: prepare_files(left, right, fields=fields, rules=blocks))
    model, training = timed(lambda: _model(prepared, model_file))
    found, linking = timed(lambda: link_prepared(prepared, model, one_to_one=one_to_one))
    return PairRun(prepared, found, training, preparing + linking)


def _run_splink(
    left: Source, right: Source | None, settings: Path, *, fields: str | None, blocks: Sequence[str], one_to_one: bool
) -> PairRun:
    if fields:
        raise ConfigurationError("E-LINK-SPLINK", "fields were named beside a model of Splink's.", cure="leave --fields away")
    (prepared, model), preparing = timed(lambda: prepare_with_splink(left, right, settings, rules=blocks))
    found, linking = timed(lambda: link_prepared(prepared, model, one_to_one=one_to_one))
    return PairRun(prepared, found, 0.0, preparing + linking)


def write_run(run: PairRun, path: Path) -> dict[str, Any]:
    """Write `P.csv` and the summary beside it; both are their owner's alone. The answer is the summary."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    summary = run.summary()
    _write_privately(path, lambda stream: _write_csv(run.found.table.select(COLUMNS), stream))
    _write_privately(summary_place(path), lambda stream: stream.write(json.dumps(summary, indent=1).encode()))
    return summary


def evaluate_files(pairs: Path, truth: Path) -> dict[str, Any]:
    """Accuracy of a `P.csv` against the truth. What only the run knows is null where its summary does not lie beside the file."""
    table = read_columns(pairs, "pairs")
    absent = [name for name in COLUMNS if name not in table.column_names]
    if absent:
        raise ConfigurationError("E-LINK-PAIRS", f"the file of pairs has no column {absent[0]}.", cure="write it with link pairs")
    summary = _summary_of(pairs, len(table))
    known = {key: summary.get(key) for key in ("pairs_scored", "seconds", "peak_memory_mb")}
    return known | evaluate(table, read_columns(truth, "truth"), threshold=summary.get("threshold"))


def evaluate_dataset(name: str) -> dict[str, Any]:
    """A FEBRL data set linked and scored; `without_soc_sec_id` holds the same again without that field."""
    return _evaluate_febrl(name, f"{FIELDS},{SOC_SEC_ID}") | {"without_soc_sec_id": _evaluate_febrl(name, FIELDS)}


def peak_memory_mb() -> int:
    """The most memory that this process has had."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KB_PER_MB)


def summary_place(pairs: Path) -> Path:
    """Where the summary of a file of pairs lies."""
    return pairs.with_name(f"{pairs.name}.json")


def timed(work: Callable[[], Answer]) -> tuple[Answer, float]:
    """What `work` answers, and its seconds."""
    start = time.perf_counter()
    answer = work()
    return answer, time.perf_counter() - start


def _evaluate_febrl(name: str, fields: str) -> dict[str, Any]:
    files = load_febrl(name)
    run = run_pairs(files.left, files.right, fields=fields)
    summary = run.summary()
    known = {key: summary[key] for key in ("pairs_scored", "seconds", "peak_memory_mb")}
    recall = {"blocking_recall": blocking_recall(run.prepared, files.truth)}
    return known | evaluate(run.found.table, files.truth, threshold=run.found.threshold) | recall


def _model(prepared: PreparedFiles, place: Path | None) -> Model | None:
    if place and place.exists():
        return load_model_of(place, {each.name: each.names for each in prepared.comparisons})
    model = train_prepared(prepared)
    if place and model:
        place.parent.mkdir(parents=True, exist_ok=True)
        model.save(place)
    return model


def _summary_of(pairs: Path, rows: int) -> dict[str, Any]:
    """The summary beside a file of pairs; empty where there is none, or one of other pairs."""
    try:
        summary = json.loads(summary_place(pairs).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return summary if isinstance(summary, dict) and summary.get("pairs_written") == rows else {}


def _write_csv(table: pa.Table, stream: Any) -> None:
    with pa.csv.CSVWriter(stream, table.schema, write_options=pa.csv.WriteOptions(quoting_style="needed")) as writer:
        for batch in table.to_batches(max_chunksize=BATCH_ROWS):
            writer.write_batch(batch)


def _write_privately(path: Path, write: Callable[[Any], object]) -> None:
    """Write a file, mode 0600 from the first byte, in one rename."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE), "wb") as stream:
            write(stream)
        sync(part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
