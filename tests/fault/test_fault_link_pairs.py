"""Bad files given to `caselink link pairs`: a clear refusal (exit 2) or a fallback that is told, never a traceback or a value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from linkage.files.febrl import load_febrl
from linkage.files.linking import link_files
from pipelines.cli import app
from schemas.errors import ConfigurationError

ARABIC, COMBINING = "محمد", "Zoe\u0301"


def records(count: int = 60, seed: int = 3) -> dict[str, list[Any]]:
    draws = np.random.default_rng(seed)
    names = ["ADA", "BEN", "CARA", "DEV", "EWA", "FINN", "GUS", "HANA", "IDRIS", "JOAN"]
    families = ["OKORO", "PATEL", "SMITH", "JONES", "NOWAK", "KHAN", "REES", "LLOYD", "ABARA", "BURNS"]
    return {
        "record_id": [f"r{row}" for row in range(count)],
        "given_name": [names[i] for i in draws.integers(0, 10, count)],
        "family_name": [families[i] for i in draws.integers(0, 10, count)],
        "date_of_birth": [f"19{40 + i % 50}-{1 + i % 12:02}-{2 + i % 26:02}" for i in draws.integers(0, 9999, count)],
        "gender": [str(1 + i) for i in draws.integers(0, 2, count)],
    }


def written(folder: Path, name: str, columns: dict[str, list[Any]]) -> Path:
    place = folder / name
    pa.csv.write_csv(pa.table({key: pa.array(values, pa.string()) for key, values in columns.items()}), place)
    return place


def run(folder: Path, *options: str) -> Any:
    return CliRunner().invoke(app, ["link", "pairs", "--out", str(folder / "P.csv"), "--json", *options])


def answer(folder: Path, *options: str) -> dict[str, Any]:
    result = run(folder, *options)
    assert result.exception is None, result.exception
    return dict(json.loads(result.stdout))


def refusal(folder: Path, *options: str) -> ConfigurationError:
    result = run(folder, *options)
    assert isinstance(result.exception, ConfigurationError)
    assert result.exception.exit_code == 2
    assert not (folder / "P.csv").exists()
    return result.exception


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    return written(tmp_path, "left.csv", records()), written(tmp_path, "right.csv", records())


def test_an_all_null_column_is_left_out_and_said(tmp_path: Path) -> None:
    left = written(tmp_path, "left.csv", records() | {"postcode": [None] * 60})
    right = written(tmp_path, "right.csv", records() | {"postcode": ["ZA1 1AB"] * 60})
    found = answer(tmp_path, "--left", str(left), "--right", str(right))
    assert "postcode is not used: it is empty in one of the files" in found["notes"]
    assert found["linked"] >= 55


def test_only_null_columns_are_refused(tmp_path: Path) -> None:
    left = written(tmp_path, "left.csv", {"record_id": ["1", "2"], "given_name": [None, None]})
    assert refusal(tmp_path, "--left", str(left)).code == "E-LINK-FIELD"


def test_a_constant_column_is_left_out_and_said(tmp_path: Path) -> None:
    left = written(tmp_path, "left.csv", records() | {"gender": ["1"] * 60})
    right = written(tmp_path, "right.csv", records() | {"gender": ["1"] * 60})
    found = answer(tmp_path, "--left", str(left), "--right", str(right))
    assert "gender is not used: it holds one value throughout" in found["notes"]


def test_one_key_holding_half_the_file_stops_no_proposed_rule(tmp_path: Path) -> None:
    columns = records(4000)
    columns["date_of_birth"] = ["1970-05-05" if row % 2 else date for row, date in enumerate(columns["date_of_birth"])]
    columns["ward"] = [str(row % 700) for row in range(4000)]
    left = written(tmp_path, "left.csv", columns)
    found = answer(
        tmp_path, "--left", str(left), "--right", str(left), "--fields", "given_name,family_name,date_of_birth,ward:exact"
    )
    assert found["pairs_scored"] <= 2_000_000
    assert "date_of_birth" not in found["rules"]


def test_a_named_rule_over_its_cap_names_rule_and_size_but_no_value(tmp_path: Path) -> None:
    count = 5000
    left = written(tmp_path, "left.csv", records(count) | {"date_of_birth": ["1970-05-05"] * (count - 1) + ["1980-01-02"]})
    error = refusal(tmp_path, "--left", str(left), "--right", str(left), "--block", "date_of_birth")
    assert error.code == "E-LINK-BLOCK"
    assert "date_of_birth" in str(error)
    assert str((count - 1) ** 2) in str(error)
    assert "1970" not in str(error)
    assert error.cure


@pytest.mark.parametrize("empty", ["left", "right"])
def test_an_empty_side_links_nobody_and_says_so(tmp_path: Path, empty: str) -> None:
    sides = {side: written(tmp_path, f"{side}.csv", records(0 if side == empty else 60)) for side in ("left", "right")}
    found = answer(tmp_path, "--left", str(sides["left"]), "--right", str(sides["right"]))
    assert (found["pairs_scored"], found["linked"]) == (0, 0)
    assert "there are no two records to compare" in found["notes"]
    assert (tmp_path / "P.csv").read_text() == "left_id,right_id,p,weight,linked\n"


@pytest.mark.parametrize(("ours", "theirs"), [(1, 60), (60, 1), (1, 1)])
def test_a_side_of_one_record_is_scored_with_defaults_that_are_told(tmp_path: Path, ours: int, theirs: int) -> None:
    left, right = (written(tmp_path, name, records(count)) for name, count in (("left.csv", ours), ("right.csv", theirs)))
    found = answer(tmp_path, "--left", str(left), "--right", str(right))
    assert found["pairs_scored"] == ours * theirs
    assert any("default" in note or "assumed" in note for note in found["notes"])


def test_one_file_of_one_record_has_no_pair(tmp_path: Path) -> None:
    found = answer(tmp_path, "--left", str(written(tmp_path, "left.csv", records(1))))
    assert (found["pairs_scored"], found["pairs_written"]) == (0, 0)


def test_duplicate_record_ids_are_refused_with_their_number(tmp_path: Path) -> None:
    columns = records()
    columns["record_id"][:3] = ["same", "same", "same"]
    error = refusal(tmp_path, "--left", str(written(tmp_path, "left.csv", columns)))
    assert error.code == "E-LINK-ID"
    assert "2 records" in str(error)


def test_absent_record_ids_are_refused_with_their_number(tmp_path: Path) -> None:
    columns = records()
    columns["record_id"][4] = ""
    assert "1 records without" in str(refusal(tmp_path, "--left", str(written(tmp_path, "left.csv", columns))))
    del columns["record_id"]
    assert "no column record_id" in str(refusal(tmp_path, "--left", str(written(tmp_path, "left.csv", columns))))


def test_right_to_left_and_combining_letters_are_names_like_others() -> None:
    left, right = records(), records()
    left["given_name"][:2], right["given_name"][:2] = [ARABIC, COMBINING], [ARABIC, "ZOÉ"]
    left["record_id"], right["record_id"] = ([f"{side}{row}" for row in range(60)] for side in "ab")
    found = link_files(pa.table(left), pa.table(right))
    linked = {(row["left_id"], row["right_id"]) for row in found.table.to_pylist() if row["linked"]}
    assert {("a0", "b0"), ("a1", "b1")} <= linked


def test_a_name_of_ten_thousand_letters_is_cut_not_choked_on(tmp_path: Path) -> None:
    columns = records() | {"address": ["1 HIGH STREET"] * 59 + ["9 " + "LONG ROAD " * 1000]}
    columns["given_name"][0] = "A" * 10_000
    left = written(tmp_path, "left.csv", columns)
    assert answer(tmp_path, "--left", str(left), "--right", str(left))["linked"] >= 55


def test_a_date_of_9999_is_no_date(tmp_path: Path) -> None:
    columns = records()
    columns["date_of_birth"] = ["9999-12-31"] * 30 + columns["date_of_birth"][30:]
    left = written(tmp_path, "left.csv", columns)
    assert answer(tmp_path, "--left", str(left), "--right", str(left))["linked"] >= 30
    columns["date_of_birth"] = ["9999-12-31", "9999-12-30"] * 30
    found = link_files(written(tmp_path, "all.csv", columns), left)
    assert "date_of_birth is not used: no value of the left file could be read as a date" in found.notes


def test_a_column_in_a_form_that_is_not_known_is_told_and_not_used(tmp_path: Path) -> None:
    strange = [f"day {date}" for date in records()["date_of_birth"]]
    left = written(tmp_path, "left.csv", records() | {"date_of_birth": strange, "nhs_number": [f"x{row}" for row in range(60)]})
    found = answer(tmp_path, "--left", str(left))
    assert "date_of_birth is not used: no value of the file could be read as a date" in found["notes"]
    assert "nhs_number is not used: no value of the file could be read as an NHS number" in found["notes"]
    assert found["fields"] == ["given_name", "family_name", "gender"]
    only = written(tmp_path, "only.csv", {"record_id": ["1", "2"], "date_of_birth": strange[:2]})
    error = refusal(tmp_path / "none", "--left", str(only))
    assert error.code == "E-LINK-FIELD"
    assert strange[0] not in str(error)


def test_values_that_are_not_read_are_counted_by_side(tmp_path: Path) -> None:
    columns = records()
    left = written(tmp_path, "left.csv", columns | {"date_of_birth": ["31/02/1990"] * 12 + columns["date_of_birth"][12:]})
    right = written(tmp_path, "right.csv", columns | {"date_of_birth": ["0000-00-00"] * 3 + columns["date_of_birth"][3:]})
    notes = answer(tmp_path, "--left", str(left), "--right", str(right))["notes"]
    said = [note for note in notes if note.startswith("date_of_birth:") and "count as missing" in note]
    assert said == ["date_of_birth: 20% of the values of the left file are not read as a date, and count as missing"]


def test_values_that_are_one_when_read_are_one_throughout(tmp_path: Path) -> None:
    left = written(tmp_path, "left.csv", records() | {"gender": ["1", "M", "1.0"] * 20})
    assert "gender is not used: it holds one value throughout" in answer(tmp_path, "--left", str(left))["notes"]


def test_the_test_range_is_told(tmp_path: Path) -> None:
    made_up = records() | {"nhs_number": ["9990000018", "9990000026"] * 30}
    notes = answer(tmp_path, "--left", str(written(tmp_path, "left.csv", made_up)))["notes"]
    assert any(note.startswith("nhs_number: most numbers are of the test range") for note in notes)
    real = records() | {"nhs_number": ["4000000004", "4000000012", "4000000020", "9990000018"] * 15}
    notes = answer(tmp_path, "--left", str(written(tmp_path, "left.csv", real)))["notes"]
    assert "nhs_number: 1 numbers of the test range count as missing" in notes


def test_training_with_nothing_to_learn_from_falls_back_and_says_so(tmp_path: Path) -> None:
    left = written(tmp_path, "left.csv", {"record_id": [f"a{i}" for i in range(40)], "code": [f"x{i:04}" for i in range(40)]})
    right = written(
        tmp_path, "right.csv", {"record_id": [f"b{i}" for i in range(40)], "code": [f"y{i + 50:04}" for i in range(40)]}
    )
    found = answer(tmp_path, "--left", str(left), "--right", str(right), "--fields", "code:exact")
    assert found["linked"] == 0
    assert any("default" in note for note in found["notes"])


def test_no_narrow_rule_is_refused_with_a_cure(tmp_path: Path) -> None:
    columns = {"record_id": [f"a{i}" for i in range(6000)], "gender": ["1", "2"] * 3000}
    error = refusal(tmp_path, "--left", str(written(tmp_path, "left.csv", columns)), "--fields", "gender")
    assert error.code == "E-LINK-NO-RULE"
    assert "the cheapest rule, gender, makes 8997000 pairs, 1000000 are allowed" in str(error)
    assert "its largest key alone makes 4498500" in str(error)
    assert "--block" in error.cure


def test_the_cheapest_rule_is_named_without_the_value_of_its_largest_key(tmp_path: Path) -> None:
    count = 4000
    columns = {
        "record_id": [f"a{i}" for i in range(count)],
        "given_name": ["ADA"] * (count - 1) + ["BEN"],
        "gender": ["1", "2"] * 2000,
    }
    error = refusal(tmp_path, "--left", str(written(tmp_path, "left.csv", columns)), "--fields", "given_name,gender")
    assert "the cheapest rule, given_name + gender, makes" in str(error)
    assert "ADA" not in str(error)


def test_files_whose_keys_never_meet_are_refused_with_another_cure(tmp_path: Path) -> None:
    left, right = (
        written(
            tmp_path,
            f"{name}.csv",
            {"record_id": [f"{i}" for i in range(1500)], "ward": [f"{name}{i:05}{name}" for i in range(1500)]},
        )
        for name in ("xxxxx", "yyyyy")
    )
    error = refusal(tmp_path, "--left", str(left), "--right", str(right), "--fields", "ward:exact")
    assert (error.code, "no two records share any" in str(error)) == ("E-LINK-NO-RULE", True)


@pytest.mark.parametrize(
    ("out", "fault"),
    [
        (".", "names a folder"),
        ("/", "names a folder"),
        ("left.csv/P.csv", "in a folder that is not there"),
        ("left.csv", "would overwrite a file"),
    ],
)
def test_an_out_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, fault: str
) -> None:
    monkeypatch.chdir(tmp_path)
    left = written(tmp_path, "left.csv", {"record_id": ["1", "1"]})  # work would stumble on the repeated id
    result = CliRunner().invoke(app, ["link", "pairs", "--left", str(left), "--out", out])
    assert isinstance(result.exception, ConfigurationError)
    assert (result.exception.code, fault in str(result.exception)) == ("E-ARGUMENT", True)


@pytest.mark.parametrize(
    ("model", "fault"),
    [
        (".", "--model names a folder"),
        ("left.csv/M.json", "--model names a file in"),
        ("P.csv", "--out would overwrite"),
        ("P.csv.json", "--out would overwrite"),
    ],
)
def test_a_model_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path, model: str, fault: str) -> None:
    left = written(tmp_path, "left.csv", {"record_id": ["1", "1"]})
    error = refusal(tmp_path, "--left", str(left), "--model", str(tmp_path / model))
    assert (error.code, fault in str(error)) == ("E-ARGUMENT", True)


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"record_id,given_name\n1,caf\xe9\n", "E-LINK-FILE"), (b"record_id,given_name\n1\n", "E-LINK-FILE"),
     (b"record_id,a,a\n1,2,3\n", "E-LINK-FILE"), (b"", "E-LINK-FILE")],
)  # fmt: skip
def test_what_is_no_csv_is_refused_without_its_content(tmp_path: Path, content: bytes, code: str) -> None:
    (tmp_path / "left.csv").write_bytes(content)
    error = refusal(tmp_path, "--left", str(tmp_path / "left.csv"))
    assert error.code == code
    assert "caf" not in str(error)
    assert error.__context__ is None


def test_what_is_no_parquet_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "left.parquet").write_bytes(b"record_id")
    assert "no Parquet file" in str(refusal(tmp_path, "--left", str(tmp_path / "left.parquet")))
    assert "is not there" in str(refusal(tmp_path, "--left", str(tmp_path / "nowhere.csv")))


def test_a_column_of_lists_is_refused(tmp_path: Path) -> None:
    pa.parquet.write_table(pa.table({"record_id": ["1"], "given_name": [["ADA"]]}), tmp_path / "left.parquet")
    assert "given_name" in str(refusal(tmp_path, "--left", str(tmp_path / "left.parquet")))


@pytest.mark.parametrize(
    ("fields", "fault"),
    [("height", "height is not known by name"), ("height:long", "long is no kind"), ("given_name,given_name", "twice"),
     ("ward:exact", "no column ward"), (" , ", "no field is named"), ("record_id:exact", "record_id")],
)  # fmt: skip
def test_fields_that_do_not_fit_are_refused(tmp_path: Path, two: tuple[Path, Path], fields: str, fault: str) -> None:
    assert fault in str(refusal(tmp_path, "--left", str(two[0]), "--right", str(two[1]), "--fields", fields))


@pytest.mark.parametrize("rule", ["height", "+", "given_name+height"])
def test_a_rule_over_what_is_no_column_is_refused(tmp_path: Path, two: tuple[Path, Path], rule: str) -> None:
    assert refusal(tmp_path, "--left", str(two[0]), "--right", str(two[1]), "--block", rule).code == "E-LINK-BLOCK"


def test_one_file_is_not_linked_one_to_one(tmp_path: Path, two: tuple[Path, Path]) -> None:
    assert refusal(tmp_path, "--left", str(two[0]), "--one-to-one").code == "E-LINK-ONE-TO-ONE"


def test_a_model_of_other_fields_is_refused(tmp_path: Path, two: tuple[Path, Path]) -> None:
    (tmp_path / "M.json").write_text("{}")
    error = refusal(tmp_path, "--left", str(two[0]), "--model", str(tmp_path / "M.json"))
    assert error.code == "E-LINK-MODEL"
    assert "given_name, family_name, date_of_birth, gender are compared now" in error.cure
    assert "fixed_model.json" not in error.cure
    assert error.__context__ is None


def test_an_unknown_dataset_and_missing_arguments_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="febrl1, febrl2"):
        load_febrl("febrl9")
    for options in ([], ["--dataset", "febrl1", "--pairs", "P.csv"], ["--pairs", "P.csv"]):
        result = CliRunner().invoke(app, ["link", "evaluate", *options])
        assert isinstance(result.exception, ConfigurationError)
