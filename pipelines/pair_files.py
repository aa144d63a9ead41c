"""Two files linked, and links set against the truth, as the command line does it: timed, written, summed up.

Beside `P.csv` lies `P.csv.json`: its digest, and how it came to be (times, counts, rules, threshold); no record of anybody.
"""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from linkage.files.evaluation import blocking_recall, evaluate
from linkage.files.febrl import FIELDS, SOC_SEC_ID, load_febrl
from linkage.files.linking import FilePairs, PreparedFiles, link_prepared, prepare_files, train_prepared
from linkage.files.reading import Source, read_columns
from linkage.files.rules import SAME_FOR_ALL
from linkage.files.scored_pairs import COLUMNS
from linkage.model import Model, load_model_of
from linkage.splink.pairs import is_splink_file, prepare_with_splink
from pipelines.output_files import check_writable, write_csv, write_privately
from pipelines.shelf import digest
from schemas.errors import ConfigurationError

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


STRANGERS = "no id of the truth is in the list of pairs: it may be of other files"
# What `blocking_recall` is where a list of pairs is all there is.
AT_LEAST = "blocking_recall is at least this: the list has no pair under the floor, though the rules may have found it"


def check_outputs(out: Path, model_file: Path | None, read: Sequence[Path]) -> None:
    """Refuse (`ConfigurationError` `E-ARGUMENT`), before any work, what cannot be written or would overwrite what is read."""
    check_writable(out, "--out", make_folder=True)
    check_writable(summary_place(out), "--out", make_folder=True)
    if model_file and not model_file.is_file():
        check_writable(model_file, "--model", make_folder=True)
    others = {each.resolve() for each in (*read, model_file) if each}
    if {out.resolve(), summary_place(out).resolve()} & others:
        raise ConfigurationError("E-ARGUMENT", "--out would overwrite a file that is read, or the model.", cure="name another")


def write_run(run: PairRun, path: Path) -> dict[str, Any]:
    """Write `P.csv` and the summary beside it; both are their owner's alone. The answer is the summary."""
    write_privately(path, lambda stream: write_csv(run.found.table.select(COLUMNS), stream))
    summary = run.summary() | {"pairs_sha256": digest(path)}
    write_privately(summary_place(path), lambda stream: stream.write(json.dumps(summary, indent=1).encode()))
    return summary


def evaluate_files(pairs: Path, truth: Path) -> dict[str, Any]:
    """Accuracy of a `P.csv` against the truth. What only the run knows is null where its summary does not lie beside the file."""
    table = read_columns(pairs, "pairs")
    summary, notes = _summary_of(pairs)
    one_file = summary["right_records"] is None if "right_records" in summary else None
    true_pairs = read_columns(truth, "truth")
    figures = evaluate(table, true_pairs, threshold=summary.get("threshold"), is_one_file=one_file)
    known = {key: summary.get(key) for key in ("pairs_scored", "seconds", "peak_memory_mb")}
    # What the floor left out is in no file: unless every pair was looked at, the list tells the least that the rules found.
    recall = figures["listed_recall"]
    if summary.get("rules") == [SAME_FOR_ALL] and recall is not None:
        recall = 1.0
    elif recall is not None:
        notes = [*notes, AT_LEAST]
    if true_pairs.num_rows and are_strangers(table, true_pairs):
        recall, notes = None, [*notes, STRANGERS]
    return known | figures | {"blocking_recall": recall, "notes": [*notes, *figures["notes"]]}


def are_strangers(pairs: pa.Table, truth: pa.Table) -> bool:
    """Whether the two name nobody in common."""
    listed, true = (
        pa.chunked_array([chunk for name in names for chunk in table[name].cast(pa.string()).chunks], pa.string()).unique()
        for table, names in ((pairs, ("left_id", "right_id")), (truth, truth.column_names[:2]))
    )
    return not pc.any(pc.is_in(true, value_set=listed, skip_nulls=True), min_count=0).as_py()


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
    one_file = files.right is None
    return known | evaluate(run.found.table, files.truth, threshold=run.found.threshold, is_one_file=one_file) | recall


def _model(prepared: PreparedFiles, place: Path | None) -> Model | None:
    if place and place.exists():
        return _load_model(prepared, place)
    model = train_prepared(prepared)
    if place and model:
        place.parent.mkdir(parents=True, exist_ok=True)
        model.save(place)
    return model


def _load_model(prepared: PreparedFiles, place: Path) -> Model:
    """A model of these fields. What it is refused for has another cure here than where the cascade reads one."""
    try:
        return load_model_of(place, {each.name: each.names for each in prepared.comparisons})
    except ConfigurationError as known:
        code, message = known.code, known.message
    fields = ", ".join(field.name for field in prepared.fields)
    cure = f"name the fields that it was trained with ({fields} are compared now), or a file that is not there, to train one"
    raise ConfigurationError(code, message, cure=cure)


def _summary_of(pairs: Path) -> tuple[dict[str, Any], list[str]]:
    """The summary beside a file of pairs, and notes; empty, and told, where it is not of these pairs."""
    place = summary_place(pairs)
    if not place.is_file():
        return {}, []
    summary = None
    with suppress(OSError, ValueError):
        summary = json.loads(place.read_text(encoding="utf-8"))
    if isinstance(summary, dict) and summary.get("pairs_sha256") == digest(pairs):
        return summary, []
    return {}, [f"the summary {place.name} is not used: it is of other pairs"]
