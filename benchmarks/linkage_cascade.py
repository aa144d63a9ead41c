"""How long the whole cascade takes: residents of a register, as many records in the other sources, and a delta night after it.

    python -m benchmarks.linkage_cascade --people 1000000 [--changed 20000] --json

The people are those of `benchmarks.uk_people`: its left file is the register, its right one the records of eight sources, four
of them without names, as extracts are. Prints `{"residents":, "records":, "cascade": {"seconds":, "steps": {...}}, "delta": {},
"peak_memory_mb":}`; linked, right and wrong records beside them, as speed that links nobody is none.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.engine_runs import Files
from linkage import Before, Linked, LinkSettings, link_quality, link_records, weight_distribution
from schemas.identifiable import Judgement, PersonRecord, RegisterMerger

AS_AT = dt.date(2026, 4, 1)
# Share of the right file's records that each source has, and whether it has names.
SOURCES = {
    "gp": (0.25, True), "csds": (0.1, True), "mhsds": (0.08, True), "asc_person": (0.07, True),
    "sus_apc": (0.1, False), "sus_op": (0.18, False), "ecds": (0.15, False), "cld": (0.07, False),
}  # fmt: skip
WITH_NUMBER, VERIFIED, SOMEBODY_ELSES, WITH_A_SLIP = 0.75, 0.8, 0.002, 0.005
NAMES = ("given_name", "family_name")


def people_of(files: Path, seed: int = 1) -> tuple[pa.Table, pa.Table]:
    """`PersonRecord` rows of register and sources, and the truth: `source, local_patient_id, register_id`."""
    rng = np.random.default_rng(seed)
    left, right = (pq.read_table(files / f"{side}.parquet") for side in ("left", "right"))
    truth = pq.read_table(files / "truth.parquet")
    own = pc.index_in(right["record_id"], value_set=truth["right_id"].combine_chunks())
    resident = truth["left_id"].take(own)
    row = pc.fill_null(pc.index_in(resident, value_set=left["record_id"].combine_chunks()), -1).to_numpy()
    register = _rows(left, "register", left["record_id"], nhs_number=_numbers(np.arange(left.num_rows)), status="01")
    source = rng.choice(list(SOURCES), right.num_rows, p=[share for share, _ in SOURCES.values()])
    has_names = np.array([named for _, named in SOURCES.values()])[[list(SOURCES).index(name) for name in source]]
    held = np.where(rng.random(len(row)) < SOMEBODY_ELSES, rng.integers(0, left.num_rows, len(row)), row)
    held[row < 0] = left.num_rows + np.flatnonzero(row < 0)
    numbers = _numbers(held)
    chance = rng.random(len(row))
    usable = pc.if_else(pa.array(chance < WITH_NUMBER), numbers, None)
    slipped = pc.if_else(pa.array(chance > 1 - WITH_A_SLIP), _slipped(numbers), None)
    status = pc.if_else(pa.array(rng.random(len(row)) < VERIFIED), "01", "02")
    for name in NAMES:
        kept = pc.if_else(pa.array(has_names), right[name], None)
        right = right.set_column(right.column_names.index(name), name, kept)
    sources = _rows(right, pa.array(source), right["record_id"], nhs_number=usable, status=status, given=slipped)
    key = {"source": sources["source"], "local_patient_id": sources["local_patient_id"], "register_id": resident}
    return PersonRecord.conform(pa.concat_tables([register, sources])), pa.table(key)


def _rows(people: pa.Table, source: Any, ids: Any, *, nhs_number: Any, status: Any, given: Any = None) -> pa.Table:
    size = people.num_rows
    columns = {
        "source": pa.repeat(source, size) if isinstance(source, str) else source,
        "local_patient_id": ids,
        "nhs_number": nhs_number,
        "nhs_number_given": pa.nulls(size, pa.string()) if given is None else given,
        "nhs_number_status": pa.repeat(status, size) if isinstance(status, str) else status,
        "given_name": people["given_name"],
        "family_name": people["family_name"],
        "date_of_birth": people["date_of_birth"].cast(pa.date32()),
        "gender": people["gender"],
        "postcode": people["postcode"],
        "gp_practice_code": _practices(people["postcode"]),
    }
    return PersonRecord.conform(pa.table(columns))


def _numbers(serial: Any) -> pa.Array:
    """Ten digits of the test range; the cascade does not check them, what reads extracts does."""
    return pc.binary_join_element_wise("99", pc.utf8_lpad(pa.array(serial).cast(pa.string()), 8, "0"), "")


def _slipped(numbers: pa.Array) -> pa.Array:
    """The last digit another."""
    last = pc.cast(pc.utf8_slice_codeunits(numbers, 9, 10), pa.int8())
    other = pc.if_else(pc.equal(last, 9), pa.scalar(0, pa.int8()), pc.add(last, pa.scalar(1, pa.int8()))).cast(pa.string())
    return pc.binary_join_element_wise(pc.utf8_slice_codeunits(numbers, 0, 9), other, "")


def _practices(postcodes: Any) -> Any:
    """A practice for each outcode: neighbours share it."""
    outward = pc.utf8_rtrim(pc.utf8_slice_codeunits(postcodes, 0, 4), " ")
    return pc.binary_join_element_wise("P", outward, "")


def changed(records: pa.Table, count: int, seed: int = 2) -> pa.Table:
    """The records of another night: `count` of them, of register and sources as they come, have moved to another's postcode."""
    rng = np.random.default_rng(seed)
    rows = np.zeros(records.num_rows, dtype=np.bool_)
    rows[rng.choice(records.num_rows, count, replace=False)] = True
    moved = records["postcode"].take(pa.array(rng.integers(0, records.num_rows, records.num_rows)))
    return records.set_column(
        records.column_names.index("postcode"), "postcode", pc.if_else(pa.array(rows), moved, records["postcode"])
    )


def cascade(records: pa.Table, truth: pa.Table) -> tuple[dict[str, Any], Linked]:
    """Seconds of a full run with quality tables, and how right it was."""
    started = time.monotonic()
    linked = link_records(records, RegisterMerger.empty())
    between = time.monotonic()
    link_quality(records, linked.matches, AS_AT)
    settings = LinkSettings()
    weight_distribution(
        linked.matches, linked.near_misses, review_weight=settings.review_weight, accept_weight=settings.accept_weight
    )
    seconds = {"link": round(between - started, 2), "quality": round(time.monotonic() - between, 2)}
    return {"seconds": round(time.monotonic() - started, 2), "steps": seconds, **accuracy(linked, truth)}, linked


def delta(records: pa.Table, linked: Linked, count: int) -> dict[str, Any]:
    """Seconds of the night after, of which `count` records changed."""
    before = Before(
        records, RegisterMerger.empty(), Judgement.empty(), linked.matches, linked.review_pairs, linked.near_misses,
        linked.conflicts, linked.basis, linked.encoded,
    )  # fmt: skip
    tonight = changed(records, count)
    started = time.monotonic()
    again = link_records(tonight, RegisterMerger.empty(), before=before)
    return {"changed": count, "seconds": round(time.monotonic() - started, 2), "decided_again": again.notes["records decided"]}


def accuracy(linked: Linked, truth: pa.Table) -> dict[str, Any]:
    """Records of the sources linked, and how many of them to the right resident."""
    beside = truth.join(linked.matches, ["source", "local_patient_id"], right_suffix="_found")
    is_linked = beside["register_id_found"].is_valid()
    right = pc.sum(pc.fill_null(pc.equal(beside["register_id"], beside["register_id_found"]), False)).as_py()
    count = pc.sum(is_linked).as_py()
    known = pc.sum(beside["register_id"].is_valid()).as_py()
    return {"linked": count, "precision": round(right / max(count, 1), 5), "recall_of_all_in_register": round(right / known, 4)}


def measure(
    people: int, changed_records: int, data: Path | None = None, *, outcode_people: float | None = None
) -> dict[str, Any]:
    """All figures for so many residents, and as many records."""
    with tempfile.TemporaryDirectory() as scratch:
        files = Files.made(data or Path(scratch), Path(scratch), people, seed=1, outcode_people=outcode_people)
        records, truth = people_of(files.left.parent)
    full, linked = cascade(records, truth)
    answer: dict[str, Any] = {"residents": people, "records": truth.num_rows, "cascade": full}
    if changed_records:
        answer["delta"] = delta(PersonRecord.sort(records), linked, changed_records)
    return answer | {"peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linkage_cascade", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--changed", type=int, default=20_000, help="records that change before the delta night; 0: none is run")
    parser.add_argument("--data", type=Path, help="folder where the files are kept; without it they are made anew")
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    given = parser.parse_args(arguments)
    figures = measure(given.people, given.changed, given.data)
    print(json.dumps(figures, indent=1) if given.json else figures)


if __name__ == "__main__":
    main()
