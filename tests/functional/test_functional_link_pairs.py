"""`caselink link pairs` and `link evaluate` as an analyst runs them."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from linkage.files.febrl import FIELDS, load_febrl
from pipelines.cli import app

AT_LEAST = "blocking_recall is at least this: the list has no pair under the floor, though the rules may have found it"
KEYS = {
    "pairs_scored", "seconds", "peak_memory_mb", "threshold", "precision", "recall", "f1", "best", "one_to_one",
    "blocking_recall", "calibration", "listed_recall", "notes",
}  # fmt: skip


def call(*arguments: str | Path) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["link", *map(str, arguments), "--json"])
    assert result.exception is None, result.exception
    return dict(json.loads(result.stdout))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first 1,200 people of FEBRL 4, one file Parquet, the other CSV, and the truth."""
    place = tmp_path_factory.mktemp("pairs")
    files = load_febrl("febrl4")
    assert files.right is not None
    truth = files.truth.slice(0, 1200)
    ids = {text for column in truth.columns for text in column.to_pylist()}
    for name, table in (("left", files.left), ("right", files.right)):
        kept = table.filter(pa.array([record in ids for record in table["record_id"].to_pylist()]))
        pa.parquet.write_table(kept, place / f"{name}.parquet")
        pa.csv.write_csv(kept, place / f"{name}.csv")
    left = set(files.left["record_id"].to_pylist())
    pairs = [(one, other) if one in left else (other, one) for one, other in zip(*truth.to_pydict().values(), strict=True)]
    pa.csv.write_csv(pa.table({"left_id": [one for one, _ in pairs], "right_id": [other for _, other in pairs]}), place / "T.csv")
    return place


@pytest.fixture(scope="module")
def linked(folder: Path) -> dict[str, Any]:
    return call(
        "pairs", "--left", folder / "left.parquet", "--right", folder / "right.csv", "--out", folder / "new" / "P.csv",
        "--fields", FIELDS, "--model", folder / "M.json",
    )  # fmt: skip


def test_pairs_are_written_for_their_owner_alone(folder: Path, linked: dict[str, Any]) -> None:
    pairs = pa.csv.read_csv(folder / "new" / "P.csv")
    assert pairs.column_names == ["left_id", "right_id", "p", "weight", "linked"]
    assert len(pairs) == linked["pairs_written"]
    assert sum(pairs["linked"].to_pylist()) == linked["linked"]
    assert all(
        (p >= linked["threshold"]) == is_linked
        for p, is_linked in zip(pairs["p"].to_pylist(), pairs["linked"].to_pylist(), strict=True)
    )
    for name in ("P.csv", "P.csv.json"):
        assert stat.S_IMODE((folder / "new" / name).stat().st_mode) == 0o600
    assert not [path for path in (folder / "new").iterdir() if path.name.startswith(".")]


def test_the_answer_says_what_was_done(linked: dict[str, Any]) -> None:
    assert (linked["left_records"], linked["right_records"]) == (1200, 1200)
    assert set(linked["seconds"]) == {"train", "link"}
    assert linked["peak_memory_mb"] > 0
    assert linked["rules"] == ["every_pair"]
    assert linked["fields"][:2] == ["given_name", "family_name"]


def test_links_are_set_against_the_truth(folder: Path, linked: dict[str, Any]) -> None:
    found = call("evaluate", "--pairs", folder / "new" / "P.csv", "--truth", folder / "T.csv")
    assert set(found) == KEYS
    assert found["f1"] >= 0.99
    assert found["best"]["f1"] >= 0.995
    assert found["one_to_one"]["f1"] >= 0.995
    assert found["pairs_scored"] == linked["pairs_scored"]
    assert found["seconds"] == linked["seconds"]
    assert (found["blocking_recall"], found["notes"]) == (1.0, [])
    assert 0.99 <= found["listed_recall"] <= 1


def test_without_its_summary_a_file_of_pairs_tells_no_more_than_it_holds(
    folder: Path, linked: dict[str, Any], tmp_path: Path
) -> None:
    (tmp_path / "P.csv").write_bytes((folder / "new" / "P.csv").read_bytes())
    found = call("evaluate", "--pairs", tmp_path / "P.csv", "--truth", folder / "T.csv")
    assert (found["pairs_scored"], found["seconds"], found["peak_memory_mb"]) == (None, None, None)
    assert found["threshold"] >= linked["threshold"]
    assert found["blocking_recall"] == found["listed_recall"]
    assert found["notes"] == [AT_LEAST]


@pytest.mark.usefixtures("linked")
@pytest.mark.parametrize("changed", ["pairs", "broken"])
def test_the_summary_of_other_pairs_is_not_used_and_that_is_told(folder: Path, tmp_path: Path, changed: str) -> None:
    pairs = (folder / "new" / "P.csv").read_bytes()
    summary = (folder / "new" / "P.csv.json").read_text()
    (tmp_path / "P.csv").write_bytes(pairs.replace(b",true", b",false", 1) if changed == "pairs" else pairs)
    (tmp_path / "P.csv.json").write_text(summary if changed == "pairs" else summary[:20])
    found = call("evaluate", "--pairs", tmp_path / "P.csv", "--truth", folder / "T.csv")
    assert found["pairs_scored"] is None
    assert found["notes"] == ["the summary P.csv.json is not used: it is of other pairs", AT_LEAST]


@pytest.mark.usefixtures("linked")
def test_the_list_of_pairs_has_the_plain_heads_that_are_promised(folder: Path) -> None:
    assert (folder / "new" / "P.csv").read_text().splitlines()[0] == "left_id,right_id,p,weight,linked"


@pytest.mark.usefixtures("linked")
def test_a_truth_of_other_people_is_told(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "T.csv").write_text("a,b\nL1,R1\nL2,R2\n")
    found = call("evaluate", "--pairs", folder / "new" / "P.csv", "--truth", tmp_path / "T.csv")
    assert (found["f1"], found["blocking_recall"]) == (0.0, None)
    assert found["notes"] == ["no id of the truth is in the list of pairs: it may be of other files"]


def test_one_deduplicated_file_is_known_by_its_summary(folder: Path, tmp_path: Path) -> None:
    people = pa.csv.read_csv(folder / "left.csv").slice(0, 60)
    ids = [str(row) for row in range(120)]
    twice = pa.concat_tables([people, people]).set_column(0, "record_id", pa.array(ids))
    pa.csv.write_csv(twice, tmp_path / "one.csv")
    (tmp_path / "T.csv").write_text("a,b\n" + "".join(f"{row + 60},{row}\n" for row in range(60)) + "7,7\n")
    call("pairs", "--left", tmp_path / "one.csv", "--out", tmp_path / "P.csv", "--fields", FIELDS)
    found = call("evaluate", "--pairs", tmp_path / "P.csv", "--truth", tmp_path / "T.csv")
    assert (found["f1"], found["blocking_recall"]) == (1.0, 1.0)
    assert found["one_to_one"] == {"threshold": None, "f1": None}
    assert found["notes"] == ["1 rows of the truth pair a record with itself, and are left out"]


def test_a_model_that_exists_is_used_as_it_is(folder: Path, linked: dict[str, Any], tmp_path: Path) -> None:
    again = call(
        "pairs", "--left", folder / "left.csv", "--right", folder / "right.parquet", "--out", tmp_path / "P.csv",
        "--fields", FIELDS, "--model", folder / "M.json", "--one-to-one",
        "--block", "date_of_birth", "--block", "postcode+given_name,suburb",
    )  # fmt: skip
    assert again["model_version"] == linked["model_version"]
    assert again["rules"] == ["date_of_birth", "postcode + given_name", "suburb"]
    assert again["pairs_scored"] < linked["pairs_scored"]
    pairs = pa.csv.read_csv(tmp_path / "P.csv").filter(pa.compute.field("linked"))
    assert len(set(pairs["left_id"].to_pylist())) == len(pairs) == len(set(pairs["right_id"].to_pylist()))


def test_a_file_that_is_no_list_of_pairs_is_refused(folder: Path) -> None:
    result = CliRunner().invoke(app, ["link", "evaluate", "--pairs", str(folder / "left.csv"), "--truth", str(folder / "T.csv")])
    assert "E-LINK-PAIRS" in str(result.exception)


def test_people_see_tables_and_notes(folder: Path, linked: dict[str, Any], tmp_path: Path) -> None:
    assert linked["linked"]
    arguments = ["link", "evaluate", "--pairs", str(folder / "new" / "P.csv"), "--truth", str(folder / "T.csv")]
    shown = CliRunner().invoke(app, arguments).stdout
    assert "precision" in shown
    assert "one_to_one f1" in shown
    arguments = ["link", "pairs", "--left", str(folder / "left.csv"), "--out", str(tmp_path / "P.csv"), "--fields", "given_name"]
    shown = CliRunner().invoke(app, arguments).stdout
    assert "Note: " in shown
    assert "pairs looked at" in shown


def test_a_dataset_is_linked_with_and_without_its_number() -> None:
    found = call("evaluate", "--dataset", "febrl1")
    assert set(found) == KEYS | {"without_soc_sec_id"}
    assert set(found["without_soc_sec_id"]) == KEYS
    assert min(found["f1"], found["without_soc_sec_id"]["f1"]) >= 0.99
    assert found["blocking_recall"] == 1.0
