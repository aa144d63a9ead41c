"""`caselink stratify fit` and `predict` as an analyst runs them on a table of her own."""

from __future__ import annotations

import csv
import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from schemas.errors import CaselinkError
from tests.person_tables import person_table

KEYS = {
    "rows", "events", "dropped", "chosen", "auroc", "brier", "calibration_slope", "expected_observed", "seconds",
    "peak_memory_mb", "baseline", "checked", "version", "notes",
}  # fmt: skip


def table() -> pa.Table:
    """A thousand rows; the first five have no outcome."""
    whole = person_table(500).drop_columns(["smoker"])  # a flag in a CSV file, a text in Parquet
    known = pc.if_else(pa.array([row >= 5 for row in range(1000)]), whole["y"], pa.scalar(None, pa.bool_()))
    return whole.set_column(whole.column_names.index("y"), "y", known).append_column(
        "row_id", pa.array([f"r{n}" for n in range(1000)])
    )


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["stratify", *map(str, arguments)])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("fit")
    pa.parquet.write_table(table(), place / "F.parquet")
    pa.csv.write_csv(table().take(pa.array(range(999, -1, -1))), place / "F.csv")
    return place


@pytest.fixture(scope="module")
def answer(folder: Path) -> dict[str, Any]:
    done = run(
        "fit", "--features", folder / "F.parquet", "--outcome", "y", "--group", "person", "--time", "year",
        "--out", folder / "M", "--additive", "--json",
    )  # fmt: skip
    assert done.exception is None, done.exception
    return dict(json.loads(done.stdout))


def test_the_answer(answer: dict[str, Any], folder: Path) -> None:
    assert answer.keys() == KEYS
    assert (answer["rows"], answer["dropped"]) == (995, 5)
    assert (
        answer["chosen"] in {"logistic", "boosted", "logistic+boosted", "interacting", "logistic+interacting"} or answer["chosen"]
    )
    assert answer["baseline"].keys() == {"auroc", "column"}
    assert answer["baseline"]["auroc"] < answer["auroc"] < 0.95
    assert answer["checked"]["rows"] == 100
    assert stat.S_IMODE((folder / "M").stat().st_mode) == 0o600
    assert "columns that tell nobody apart are not used: constant, local_id" in answer["notes"]


def test_a_csv_file_in_another_order_gives_the_same_model(answer: dict[str, Any], folder: Path) -> None:
    done = run(
        "fit", "--features", folder / "F.csv", "--outcome", "y", "--group", "person", "--time", "year",
        "--out", folder / "M2", "--additive",
    )  # fmt: skip
    assert done.exception is None, done.exception
    assert answer["chosen"] in done.stdout
    assert (folder / "M2").read_bytes() == (folder / "M").read_bytes()


@pytest.mark.usefixtures("answer")
def test_chances_come_in_the_order_of_the_file(folder: Path) -> None:
    for name, ids in (("F.parquet", [f"r{n}" for n in range(1000)]), ("F.csv", [f"r{n}" for n in range(999, -1, -1)])):
        done = run("predict", "--model", folder / "M", "--features", folder / name, "--out", folder / f"{name}.P", "--json")
        assert done.exception is None, done.exception
        with (folder / f"{name}.P").open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        assert [row["row_id"] for row in rows] == ids
        assert all(0 < float(row["p"]) < 1 for row in rows)
        assert json.loads(done.stdout)["rows"] == 1000
    parquet, other = (sorted((folder / f"{name}.P").read_text().splitlines()) for name in ("F.parquet", "F.csv"))
    assert parquet == other


@pytest.mark.usefixtures("answer")
def test_without_row_ids_rows_are_numbered_from_nought(folder: Path, tmp_path: Path) -> None:
    strange = table().slice(0, 3).drop_columns(["row_id", "y", "person", "year", "ward", "cost"])
    strange = strange.append_column("ward", pa.array(["never seen"] * 3)).append_column("cost", pa.nulls(3))
    pa.parquet.write_table(strange, tmp_path / "G.parquet")
    done = run("predict", "--model", folder / "M", "--features", tmp_path / "G.parquet", "--out", tmp_path / "P.csv")
    assert done.exception is None, done.exception
    lines = (tmp_path / "P.csv").read_text().splitlines()
    assert lines[0] == "row_id,p"
    assert [line.split(",")[0] for line in lines[1:]] == ["0", "1", "2"]


Change = Callable[[pa.Table], pa.Table]


def put(name: str, value: Any) -> Change:
    """The table with a column of one value in place of `name`."""

    def change(given: pa.Table) -> pa.Table:
        others = given.drop_columns([name]) if name in given.column_names else given
        return others.append_column(name, pa.array([value] * given.num_rows))

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (put("y", 1), "E-FIT-OUTCOME: outcome y has one class only."),
        (put("y", 2), "E-FIT-OUTCOME: outcome y has other values"),
        (put("person", "same"), "E-FIT-GROUP: group column person is all one value."),
        (put("person", None), "E-FIT-GROUP: group column person is all one value."),
        (put("year", 2020), "E-FIT-TIME: time column year holds one value only."),
        (put("born", "1950-01-01"), "E-FIT-DATE: column born holds dates"),
        (lambda given: given.slice(0, 200), "events, fewer than 200"),
        (lambda given: given.drop_columns(["person"]), "E-FIT-COLUMN: there is no column person."),
        (lambda given: given.select(["y", "person", "year"]), "E-FIT-FEATURES"),
        (lambda given: given.select(["y", "person", "year", "constant", "local_id"]), "E-FIT-FEATURES"),
    ],
)
def test_bad_tables_are_named_in_one_line(change: Change, said: str, tmp_path: Path) -> None:
    pa.parquet.write_table(change(table()), tmp_path / "F.parquet")
    done = run(
        "fit", "--features", tmp_path / "F.parquet", "--outcome", "y", "--group", "person", "--time", "year",
        "--out", tmp_path / "M",
    )  # fmt: skip
    refused(done, said)
    assert not (tmp_path / "M").exists()


def refused(done: Result, said: str) -> None:
    assert isinstance(done.exception, CaselinkError), done.exception
    assert done.exception.exit_code == 2
    assert said in str(done.exception)
    assert "\n" not in str(done.exception)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "E-TABLE-FILE: --features is not there."),
        (b"PAR1 is how it starts", "E-TABLE-FILE: --features cannot be read as Parquet."),
        (b"a,b\n1,2,3\n", "E-TABLE-FILE: --features cannot be read as CSV in UTF-8."),
        (b"a,a\n1,2\n", "E-TABLE-FILE: --features has two columns of one name."),
        (b"\xff\xfe\x00", "E-TABLE-FILE: --features cannot be read as CSV in UTF-8."),
        (b"", "E-TABLE-FILE: --features cannot be read as CSV in UTF-8."),
    ],
)
def test_bad_files_are_named_in_one_line(content: bytes | None, said: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "F").write_bytes(content)
    refused(run("fit", "--features", tmp_path / "F", "--outcome", "y", "--out", tmp_path / "M"), said)


@pytest.mark.usefixtures("answer")
@pytest.mark.parametrize(
    ("model", "change", "out", "said"),
    [
        (
            "M",
            lambda given: given.drop_columns(["age"]),
            "P",
            "E-MODEL-INPUT: the model was fitted on other columns: age is missing",
        ),
        ("M", put("age", "old"), "P", "age is text, was number"),
        ("F.csv", put("age", 1), "P", "E-MODEL-FILE: F.csv is not a skops file."),
        ("absent", put("age", 1), "P", "E-MODEL-FILE: absent cannot be read."),
        ("M", put("age", 1), "G", "E-ARGUMENT: --out would overwrite a file that is read."),
        ("M", put("age", 1), "", "E-ARGUMENT: --out names a folder."),
    ],
)
def test_what_predict_refuses(model: str, change: Change, out: str, said: str, folder: Path, tmp_path: Path) -> None:
    pa.parquet.write_table(change(table()), tmp_path / "G")
    refused(run("predict", "--model", folder / model, "--features", tmp_path / "G", "--out", tmp_path / out), said)
    assert not (tmp_path / "P").exists()


def test_the_model_does_not_overwrite_its_table(folder: Path) -> None:
    refused(
        run("fit", "--features", folder / "F.csv", "--outcome", "y", "--out", folder / "F.csv"),
        "E-ARGUMENT: --out would overwrite --features.",
    )


def test_a_model_that_fails_its_gate_is_not_written(tmp_path: Path) -> None:
    """In the last year the column means the contrary: somebody turned its codes round."""
    chance = np.random.default_rng(1)
    year, column = np.arange(1800) % 3, chance.normal(size=1800)
    odds = 2 * np.where(year == 2, -column, column) - 0.5
    turned = pa.table({"year": year, "frailty": column, "y": chance.random(1800) < 1 / (1 + np.exp(-odds))})
    pa.parquet.write_table(turned, tmp_path / "F.parquet")
    done = run("fit", "--features", tmp_path / "F.parquet", "--outcome", "y", "--time", "year", "--out", tmp_path / "M")
    assert isinstance(done.exception, CaselinkError)
    assert done.exception.exit_code == 3
    assert str(done.exception).startswith("E-FIT-GATE: on people not seen it orders worse than chance (AUROC 0.1")
    assert not (tmp_path / "M").exists()
