"""What Splink's settings may say that is not read here: refused by comparison and level, never taken for something like it."""

from __future__ import annotations

import copy
import datetime
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from linkage.engine.weigher import Weigher
from linkage.files.linking import link_prepared
from linkage.splink.pairs import prepare_with_splink
from linkage.splink.settings import is_splink_file, read_splink_settings, to_splink_model
from linkage.splink.sql import (
    Call,
    Column,
    Compared,
    Either,
    Every,
    IsNull,
    Literal,
    Not,
    SqlNotReadError,
    read_condition,
    read_rule,
)
from linkage.splink.weights import default_probabilities
from schemas.errors import ConfigurationError
from tests.splink_cases import GENDER, compared, null, same, settings, so


def asking(condition: str) -> dict[str, Any]:
    """Settings whose second level asks `condition`."""
    return settings("link_only", [GENDER], compared("name", null("name"), so(condition, 0.5, 0.1), so("ELSE", 0.5, 0.9)))


def refusal(content: dict[str, Any]) -> str:
    """The words with which settings are refused."""
    with pytest.raises(ConfigurationError, match="E-LINK-SPLINK") as caught:
        to_splink_model(content)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return str(caught.value)


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ('jaccard("a_l", "a_r") >= 0.9', "jaccard >="),
        ('array_length(list_intersect("a_l", "a_r")) >= 2', "array_length >="),
        ('"a_l"[1] = "a_r"[1]', "the sign [ is not known"),
        ('ABS("a_l" - "a_r") / "a_l" < 0.1', "the sign / is not known"),
        ('soundex("a_l") = soundex("a_r")', "the function soundex"),
        ('levenshtein("a_l", "a_r") < 2', "levenshtein <"),
        ('levenshtein("a_l", "a_r", "b_r") <= 2', "levenshtein of other than two values"),
        ('NOT (levenshtein("a_l", "a_r") <= 2)', "NOT of a likeness"),
        ('hamming("a_l", "a_r") <= 2', "hamming other than <= 1"),
        ('ABS("a_l") <= 2', "ABS of other than a difference"),
        ('"a_l" <= "a_r"', "<= of other than a function and a number"),
        ('"a_l" = "b_l"', "two values of one record"),
        ('"a_l" = (NOT "a_r" IS NULL)', "a condition stands where a value should"),
        ('"a" = "a_r"', "does not end in _l or _r"),
        ('"a_l"', "a value stands where a condition should"),
        ("'x' IS NULL", "IS NULL of no column"),
        ('lower("a_l" = "a_r")', "a value stands where a condition should"),
        ('CAST("a_l" AS INT) = 1', "cast to something other than text"),
        ('"a_l" = "a_r" "b_l"', "goes on where it should end"),
        ('"a_l" = ', "its end stands where a value should"),
        ('("a_l" = "a_r"', "its end stands where ) should"),
        ('lower("a_l" "a_r") = 1', "stands where , should"),
        (" OR ".join(f'"a{n}_l" = "a{n}_r"' for n in range(40)), "more than 32 alternatives"),
    ],
)  # fmt: skip
def test_a_condition_that_is_not_read_is_refused_by_comparison_and_level(condition: str, words: str) -> None:
    said = refusal(asking(condition))
    assert "comparison name, level 2" in said
    assert words in said


def test_a_refusal_quotes_no_value() -> None:
    assert "SECRET" not in refusal(asking("\"a_l\" = 'SECRET' 'SECRET'"))


def changed(**more: Any) -> dict[str, Any]:
    """Plain settings with something else in them."""
    return asking('"name_l" = "name_r"') | more


def ruled(rule: Any) -> dict[str, Any]:
    """Settings with this one blocking rule."""
    return changed(blocking_rules_to_generate_predictions=[rule])


def comparing(*levels: dict[str, Any]) -> dict[str, Any]:
    """Settings with one comparison of these levels."""
    return changed(comparisons=[compared("name", *levels)])


ELSE = so("ELSE", 0.5, 0.9)
LOWERED = so('lower("a_l") = lower("a_r")', 0.5, 0.1, tf_adjustment_column="a")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (changed(sql_dialect="spark"), "not DuckDB's"),
        (comparing(null("name")), "comparison name does not end with ELSE"),
        (comparing(same("name", 0.5, 0.1, how="so"), ELSE), "has how, which is not known"),
        (comparing(LOWERED, ELSE), "term frequencies of a have no level of exact equality"),
        (ruled("l.a = r.a OR l.b = r.b"), "blocking rule 1 asks what is not read here"),
        (ruled("a_l = a_r"), "a column is not one of l or r"),
        (ruled({"blocking_rule": "l.a = r.a", "arrays_to_explode": ["a"]}), "arrays_to_explode"),
    ],
)
def test_settings_that_are_not_read_are_refused(content: dict[str, Any], words: str) -> None:
    assert words in refusal(content)


def test_sql_is_read_by_the_binding_of_its_words() -> None:
    a, b = Column("a", "l"), Column("a", "r")
    assert read_condition("NOT a_l = 'it''s' AND a_l IS NOT NULL OR \"A_l\" <> \"a_R\"") == Either(
        (Every((Not(Compared("=", a, Literal("it's"))), Not(IsNull(a)))), Compared("<>", a, b))
    )
    assert read_condition("ABS(a_l - a_r) != 1e2") == Compared("<>", Call("abs", (Call("-", (a, b)),)), Literal(100.0))
    assert read_rule('l."a" = r.A') == Compared("=", a, b)
    with pytest.raises(SqlNotReadError):
        read_condition("")


def test_defaults_are_splinks() -> None:
    """Three levels: bits 10, 3 and -5; two: 10 and -5."""
    found = default_probabilities(3)
    assert np.log2(np.array(found["m"]) / np.array(found["u"])) == pytest.approx([10, 3, -5])
    assert found["m"] == pytest.approx([0.95, 0.025, 0.025])
    assert default_probabilities(2)["u"] == pytest.approx([0.95 / 2**10, 0.05 * 2**5])
    assert default_probabilities(1)["m"] == [0.95]


def test_a_level_that_training_never_saw_weighs_as_splink_has_it() -> None:
    content = asking('"name_l" = "name_r"')
    content["comparisons"][0]["comparison_levels"][1]["m_probability"] = "level not observed in training dataset"
    label = content["comparisons"][0]["comparison_levels"][1]["label_for_charts"]
    assert to_splink_model(content).weights.of("name", label).bits == pytest.approx(np.log2(1e-6 / 0.1))


def table(**columns: Any) -> pa.Table:
    """Two records with a gender, and other columns."""
    return pa.table({"record_id": ["1", "2"], "gender": ["1", "1"], "name": ["A", "B"], **columns})


@pytest.mark.parametrize(
    ("condition", "columns", "words"),
    [
        ('"a_l" = "a_r"', {}, "has no column a"),
        ('"a_l" = "b_r"', {"a": ["1", "2"], "b": [1, 2]}, "of different kinds"),
        ('levenshtein("a_l", "a_r") <= 1', {"a": [0.5, 1.5]}, "no texts where the settings read texts"),
        ('ABS("a_l" - "a_r") <= 1', {"a": [0.5, 1.5]}, "subtract whole numbers"),
        ('ABS("a_l" - "a_r") <= 1', {"a": [-(2**40), 2**40]}, "too far apart"),
        ('ABS(EPOCH("a_l") - EPOCH("a_r")) <= 1', {"a": [1, 2]}, "ask for dates or times"),
        ('ABS(EPOCH("a_l") - EPOCH("a_r")) <= 1', {"a": ["1980-01-01", "soon"]}, "texts that are no dates"),
        (
            'ABS(EPOCH("a_l") - EPOCH("a_r")) <= 1', {"a": [datetime.datetime(2020, 1, 1, 0, 0, 0, 5)] * 2},  # noqa: DTZ001
            "parts of a second",
        ),
        (
            'ABS(EPOCH("a_l") - EPOCH("b_r")) <= 1',
            {"a": [datetime.date(2020, 1, 1)] * 2, "b": [datetime.datetime(2020, 1, 1, 7)] * 2},  # noqa: DTZ001
            "dates where the settings compare them with times",
        ),
        ('hamming("a_l", "a_r") <= 1', {"a": ["1980-01-01", "x"]}, "other than dates as YYYY-MM-DD"),
        ('regexp_extract("a_l", \'(x)(y)\', 2) = regexp_extract("a_r", \'(x)(y)\', 2)', {"a": ["1", "2"]}, "of a group"),
        ('substr("a_l", -2) = substr("a_r", -2)', {"a": ["1", "2"]}, "- stands where a value should"),
        ('substr("a_l", 0, 2) = substr("a_r", 0, 2)', {"a": ["1", "2"]}, "substring from the end"),
        ("nullif(\"a_l\", \"b_l\") = nullif(\"a_r\", \"b_r\")", {"a": ["1", "2"], "b": ["1", "2"]}, "no text or number"),
        ("try_strptime(\"a_l\", '%H') = try_strptime(\"a_r\", '%H')", {"a": ["1", "2"]}, "with a time, or with names"),
    ],
)  # fmt: skip
def test_columns_of_another_kind_are_refused(condition: str, columns: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError, match="E-LINK-SPLINK") as caught:
        to_splink_model(asking(condition)).sides(table(**columns))
    assert words in str(caught.value)


def test_two_files_of_other_kinds_are_refused() -> None:
    model = to_splink_model(asking('"a_l" = "a_r"'))
    with pytest.raises(ConfigurationError, match="of other kinds than the other file"):
        model.sides(table(a=["1", "2"]), table(a=[1, 2]))


def weights(condition: str, **columns: Any) -> float:
    """Bits beside the prior of the one pair of `table(**columns)`."""
    model = to_splink_model(asking(condition))
    scored = Weigher(model.sides(table(**columns)), model.comparisons, model.rules, model.weights).keep(-np.inf)
    return float(scored.weight[0] - model.weights.prior)


YES, NO = np.log2(0.5 / 0.1), np.log2(0.5 / 0.9)


@pytest.mark.parametrize(
    ("condition", "values", "bits"),
    [
        ('upper(trim("a_l")) = upper(trim("a_r"))', [" ab", "AB "], YES),
        ('"a_l" = "b_r"', [1, 2], NO),
        ('"a_l" = 1 AND "a_r" = 2', [1, 2], YES),
        ('NOT (ABS("a_l" - "a_r") <= 5)', [1, 9], YES),
        ('NOT (ABS("a_l" - "a_r") <= 5)', [1, None], NO),
        ('"a_l" IS NULL AND "a_r" IS NOT NULL', [None, "x"], YES),
        ('"a_l" IS NULL AND "a_r" IS NOT NULL', ["x", None], NO),
        ('ABS("a_l" - "a_r") <= 5', ["1", "3"], YES),
        ('ABS(EPOCH("a_l") - EPOCH("a_r")) <= 5', [datetime.datetime(2020, 1, 1, 0, 0, s) for s in (1, 7)], NO),  # noqa: DTZ001
        ('ABS(EPOCH("a_l") - EPOCH("a_r")) <= 86400', ["2020-01-01", "2020-01-02"], YES),
        ('jaro_similarity("a_l", "a_r") >= 0.1', ["", ""], NO),
        ('levenshtein("a_l", "a_r") <= 0', ["", ""], YES),
    ],
)  # fmt: skip
def test_one_pair_has_the_level_that_sql_would_give_it(condition: str, values: list[Any], bits: float) -> None:
    assert weights(condition, a=values, b=values) == pytest.approx(bits)


def test_files_are_linked_by_settings_with_their_own_rules_or_other(tmp_path: Path) -> None:
    place = tmp_path / "model.json"
    content = copy.deepcopy(asking('"a_l" = "a_r"')) | {"unique_id_column_name": "person"}
    place.write_text(json.dumps(content))
    records = table(a=["", "x"]).rename_columns(["person", "gender", "name", "a"])
    pq.write_table(records, tmp_path / "one.parquet")
    pyarrow.csv.write_csv(table(a=["", "x"]), tmp_path / "two.csv")
    prepared, model = prepare_with_splink(tmp_path / "one.parquet", tmp_path / "two.csv", place, rules=["name"])
    found = link_prepared(prepared, model).table.to_pylist()
    assert [(row["left_id"], row["right_id"]) for row in found] == [("1", "1"), ("2", "2")]
    assert found[1]["weight"] - found[0]["weight"] == pytest.approx(YES - NO)  # an empty cell of a CSV file is missing
    own, _ = prepare_with_splink(tmp_path / "one.parquet", None, place)
    assert [rule.name for rule in own.rules] == ["gender"]
    assert own.right_ids is None


def test_files_that_are_no_settings_are_told_apart(tmp_path: Path) -> None:
    place = tmp_path / "model.json"
    assert not is_splink_file(place)
    place.write_text("{")
    assert not is_splink_file(place)
    with pytest.raises(ConfigurationError, match="cannot be read as JSON"):
        read_splink_settings(place)
    place.write_text('{"comparisons": {}}')
    assert not is_splink_file(place)
    with pytest.raises(ConfigurationError, match="no list of comparisons"):
        read_splink_settings(place)
    place.write_text(json.dumps(changed(blocking_rules_to_generate_predictions=[])))
    assert is_splink_file(place)
    with pytest.raises(ConfigurationError, match="no blocking rule"):
        prepare_with_splink(table(), None, place)
    with pytest.raises(ConfigurationError, match="neither record_id nor"):
        prepare_with_splink(pa.table({"name": ["A"]}), None, place, rules=["name"])
