"""Links against the truth: counted by hand on a few pairs."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pytest

from linkage.files.evaluation import blocking_recall, evaluate
from linkage.files.linking import prepare_files
from schemas.errors import ConfigurationError


def scored(*rows: tuple[str, str, float, bool]) -> pa.Table:
    left, right, p, linked = zip(*rows, strict=True) if rows else ([], [], [], [])
    weight = [math.log2(each / (1 - each)) for each in p]
    texts = {"left_id": pa.array(left, pa.string()), "right_id": pa.array(right, pa.string())}
    return pa.table(
        {
            **texts,
            "p": pa.array(p, pa.float64()),
            "weight": pa.array(weight, pa.float64()),
            "linked": pa.array(linked, pa.bool_()),
        }
    )


def true(*pairs: tuple[str, str]) -> pa.Table:
    return pa.table(
        {"x": pa.array([one for one, _ in pairs], pa.string()), "y": pa.array([other for _, other in pairs], pa.string())}
    )


TWO_FILES = scored(("a1", "b1", 0.995, True), ("a1", "b2", 0.8, True), ("a2", "b2", 0.6, True), ("a3", "b3", 0.3, False))


def test_accuracy_cuts_and_bands_of_two_files() -> None:
    found = evaluate(TWO_FILES, true(("a1", "b1"), ("a2", "b2"), ("a3", "b3"), ("a4", "b4")))
    assert (found["precision"], found["recall"], found["f1"]) == (2 / 3, 2 / 4, 4 / 7)
    assert found["threshold"] == 0.6
    assert found["best"] == {"threshold": 0.3, "f1": 6 / 8}
    assert found["one_to_one"] == {"threshold": 0.3, "f1": 6 / 7}
    assert found["listed_recall"] == 3 / 4
    assert [(band["from"], band["to"], band["pairs"], band["share_true"]) for band in found["calibration"]] == [
        (0.3, 0.5, 1, 1.0), (0.5, 0.7, 1, 1.0), (0.7, 0.9, 1, 0.0), (0.99, 0.999, 1, 1.0),
    ]  # fmt: skip
    assert found["calibration"][2]["mean_p"] == pytest.approx(0.8)


def test_the_known_threshold_is_told_rather_than_guessed() -> None:
    assert evaluate(TWO_FILES, true(("a1", "b1")), threshold=0.5)["threshold"] == 0.5


def test_pairs_of_one_file_have_no_order_and_no_partner() -> None:
    pairs = scored(("r1", "r2", 0.9, True), ("r2", "r3", 0.9, True))
    found = evaluate(pairs, true(("r2", "r1"), ("r3", "r2"), ("r2", "r3")))
    assert (found["precision"], found["recall"]) == (1.0, 1.0)
    assert found["one_to_one"] == {"threshold": None, "f1": None}


def test_two_files_that_number_their_records_alike_keep_their_sides() -> None:
    pairs = scored(("1", "2", 0.9, True), ("2", "1", 0.9, True))
    found = evaluate(pairs, true(("1", "2"), ("3", "3")))
    assert (found["precision"], found["recall"]) == (0.5, 0.5)


def test_a_record_paired_with_itself_is_no_pair_of_one_file_and_is_told() -> None:
    pairs = scored(("r1", "r2", 0.9, True), ("r3", "r4", 0.9, True))
    truth = true(("r2", "r1"), ("r3", "r4"), ("r1", "r1"))
    for known in (True, None):
        found = evaluate(pairs, truth, is_one_file=known)
        assert (found["precision"], found["recall"], found["f1"]) == (1.0, 1.0, 1.0)
        assert found["one_to_one"] == {"threshold": None, "f1": None}
        assert found["notes"] == ["1 rows of the truth pair a record with itself, and are left out"]


def test_equal_ids_of_two_files_are_a_pair() -> None:
    pairs = scored(("1", "2", 0.6, True), ("2", "2", 0.9, True))
    for known in (False, None):
        found = evaluate(pairs, true(("1", "1"), ("2", "2")), is_one_file=known)
        assert (found["precision"], found["recall"], found["notes"]) == (0.5, 0.5, [])
    assert found["one_to_one"]["f1"] == pytest.approx(2 / 3)


def test_whether_there_is_one_file_is_not_guessed_where_it_is_known() -> None:
    """By their ids alone these pairs could be of one file, or of two."""
    pairs, truth = scored(("1", "2", 0.9, True), ("2", "3", 0.8, True)), true(("2", "1"))
    assert evaluate(pairs, truth, is_one_file=True)["recall"] == 1.0
    assert evaluate(pairs, truth, is_one_file=False)["recall"] == 0.0
    assert evaluate(pairs, truth, is_one_file=True)["one_to_one"]["f1"] is None
    backwards = scored(("2", "1", 0.9, True))
    assert evaluate(backwards, true(("1", "2")), is_one_file=True)["recall"] == 1.0


@pytest.mark.parametrize(
    ("column", "values", "fault"),
    [
        ("p", ["secret", "0.5"], "column p what is no number"),
        ("p", ["", "0.5"], "1 rows without p"),
        ("p", [None, "0.5"], "1 rows without p"),
        ("p", ["nan", "0.5"], "column p what is no number from 0 to 1"),
        ("p", ["1.5", "0.5"], "column p what is no number from 0 to 1"),
        ("weight", ["heavy", "1"], "column weight what is no number"),
        ("weight", ["nan", "1"], "column weight what is no number"),
        ("linked", ["yes", "no"], "column linked what is no true or false"),
        ("left_id", ["", "a2"], "1 rows without left_id"),
        ("left_id", [["a1"], ["a2"]], "column left_id what is no text"),
    ],
)
def test_a_column_of_pairs_that_holds_something_else_is_named_and_not_shown(column: str, values: list[Any], fault: str) -> None:
    pairs = TWO_FILES.slice(0, 2)
    place = pairs.column_names.index(column)
    with pytest.raises(ConfigurationError, match=fault) as caught:
        evaluate(pairs.set_column(place, column, pa.array(values)), true(("a1", "b1")))
    assert caught.value.code == "E-LINK-PAIRS"
    assert not {"secret", "heavy", "yes"} & set(str(caught.value).split())
    assert caught.value.__context__ is None


@pytest.mark.parametrize("ids", [["a", None], ["a", ""]])
def test_a_truth_that_lacks_an_id_is_refused(ids: list[str | None]) -> None:
    with pytest.raises(ConfigurationError, match="E-LINK-TRUTH: the truth lacks 1 ids"):
        evaluate(TWO_FILES, pa.table({"x": ["a", "b"], "y": ids}))


@pytest.mark.parametrize(("pairs", "truth"), [(scored(), true(("a", "b"))), (TWO_FILES, true()), (scored(), true())])
def test_where_there_is_nothing_to_divide_by_there_is_no_figure(pairs: pa.Table, truth: pa.Table) -> None:
    found = evaluate(pairs, truth)
    assert found["best"] == {"threshold": None, "f1": None}
    assert found["precision"] in (None, 0.0)
    assert found["recall"] in (None, 0.0)


def test_a_truth_of_lists_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="no text or number"):
        evaluate(TWO_FILES, pa.table({"x": ["a"], "y": [["b"]]}))


def test_a_truth_of_one_column_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="fewer than two columns"):
        evaluate(TWO_FILES, pa.table({"x": ["a"]}))


def test_blocking_recall_counts_what_a_rule_finds() -> None:
    def table(**columns: Any) -> pa.Table:
        return pa.table({"record_id": ["1", "2", "3"], **columns})

    left = table(given_name=["ADA", "BEN", None], family_name=["KHAN", "REES", "LLOYD"])
    right = table(given_name=["ADA", "BAN", "CARA"], family_name=["KHAN", "REED", "LLOYD"])
    prepared = prepare_files(
        left, right, rules=["given_name", "given_name.beginning+family_name.beginning", "family_name+given_name"]
    )
    truth = true(("1", "1"), ("2", "2"), ("3", "3"), ("4", "1"))
    assert blocking_recall(prepared, truth) == 1 / 4
    assert blocking_recall(prepare_files(left, right), true(("1", "1"), ("2", "2"))) == 1.0
    assert blocking_recall(prepared, true()) is None
