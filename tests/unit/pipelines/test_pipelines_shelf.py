"""Tables are put on the right side of the wall, whole, sorted and with a digest."""

from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.engine import Engine, count_rows
from pipelines.shelf import Shelf, digest
from schemas.errors import CaselinkError, ZoneError
from schemas.identifiable import Link
from schemas.pseudonymised import Selection
from schemas.zones import Zone

ROWS = pa.table({"pseudonym": ["b", "a"], "tier": ["none", "none"], "why": ["x", "y"]})


def shelf(folder: Path, *, identifiable: bool = False) -> Shelf:
    return Shelf(folder, "night-a", identifiable)


def test_rows_are_sorted_by_key_and_known_by_digest(tmp_path: Path) -> None:
    ref = shelf(tmp_path).put(Selection, "selection", ROWS)
    assert shelf(tmp_path).get(Zone.PSEUDONYMISED, "selection")["pseudonym"].to_pylist() == ["a", "b"]
    assert (ref.rows, ref.run_id, ref.zone) == (2, "night-a", "pseudonymised")
    assert ref.sha256 == digest(tmp_path / "pseudonymised" / "selection.parquet")


def test_any_row_order_gives_the_same_bytes(tmp_path: Path) -> None:
    first = shelf(tmp_path / "one").put(Selection, "selection", ROWS)
    second = shelf(tmp_path / "two").put(Selection, "selection", ROWS.take([1, 0]))
    assert first.sha256 == second.sha256


def test_a_changed_or_missing_file_is_not_intact(tmp_path: Path) -> None:
    ref = shelf(tmp_path).put(Selection, "selection", ROWS)
    assert shelf(tmp_path).intact(ref)
    path = tmp_path / "pseudonymised" / "selection.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    assert not shelf(tmp_path).intact(ref)
    path.unlink()
    assert not shelf(tmp_path).intact(ref)


def test_each_side_refuses_the_others_tables(tmp_path: Path) -> None:
    link = pa.table(
        {"source": ["gp"], "local_patient_id": ["1"], "person_id": ["p"], "step": ["unlinked"], "model_version": ["1"]}
    )
    with pytest.raises(ZoneError):
        shelf(tmp_path).put(Link, "link", link)
    with pytest.raises(ZoneError):
        shelf(tmp_path, identifiable=True).put(Selection, "selection", ROWS)
    assert list(tmp_path.rglob("*.parquet")) == []


def test_lock_2_an_identifier_in_any_text_is_not_committed(tmp_path: Path) -> None:
    leaking = ROWS.set_column(2, "why", pa.array(["number 943 476 5919 was seen", "y"]))
    with pytest.raises(ZoneError) as caught:
        shelf(tmp_path).put(Selection, "selection", leaking)
    assert "943" not in str(caught.value)
    assert not (tmp_path / "pseudonymised" / "selection.parquet").exists()


def test_a_query_is_written_as_rows_in_memory_are(tmp_path: Path) -> None:
    with Engine(tmp_path / "spill") as engine:
        ref = shelf(tmp_path).put_frame(engine, Selection, "selection", engine.from_arrow(Selection.conform(ROWS)))
    assert ref.rows == count_rows(tmp_path / "pseudonymised" / "selection.parquet") == 2
    assert shelf(tmp_path).get(Zone.PSEUDONYMISED, "selection").schema.names == Selection.arrow_schema().names


def test_a_row_that_breaks_a_rule_is_refused_by_column_and_rule(tmp_path: Path) -> None:
    wrong = ROWS.set_column(1, "tier", pa.array(["none", "not a tier"]))
    with pytest.raises(CaselinkError, match=r"column tier \(code not in list\)"):
        shelf(tmp_path).put(Selection, "selection", wrong)
