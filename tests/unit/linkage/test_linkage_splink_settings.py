"""A model that Splink trained scores here as Splink scores it; what is not known is refused by name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from linkage.engine.weigher import Weigher
from linkage.splink.settings import to_splink_model
from schemas.errors import ConfigurationError

NULL = {"is_null_level": True}


def level(condition: str, m: float, u: float, **more: Any) -> dict[str, Any]:
    return {"sql_condition": condition, "m_probability": m, "u_probability": u, "label_for_charts": condition, **more}


def settings(*extra: dict[str, Any]) -> dict[str, Any]:
    name = [
        {"sql_condition": '"name_l" IS NULL OR "name_r" IS NULL', "label_for_charts": "null", **NULL},
        level('"name_l" = "name_r"', 0.8, 0.01),
        level('jaro_winkler_similarity("name_l", "name_r") >= 0.88', 0.1, 0.02),
        *extra,
        level("ELSE", 0.1, 0.97),
    ]
    dob = [
        {"sql_condition": '"dob_l" IS NULL OR "dob_r" IS NULL', "label_for_charts": "null", **NULL},
        level('"dob_l" = "dob_r"', 0.9, 0.001),
        level('hamming("dob_l", "dob_r") <= 1', 0.05, 0.01),
        level("ELSE", 0.05, 0.989),
    ]
    return {
        "link_type": "link_only",
        "sql_dialect": "duckdb",
        "unique_id_column_name": "record_id",
        "probability_two_random_records_match": 0.01,
        "comparisons": [
            {"output_column_name": "name", "comparison_levels": name},
            {"output_column_name": "dob", "comparison_levels": dob},
        ],
        "blocking_rules_to_generate_predictions": [{"blocking_rule": 'l."town" = r."town"', "sql_dialect": "duckdb"}],
    }


LEFT = pa.table({"record_id": ["a"], "name": ["MARTHA"], "dob": ["1966-11-10"], "town": ["X"]})
RIGHT = pa.table(
    {
        "record_id": ["p", "q", "r", "s"],
        "name": ["MARTHA", "MARHTA", None, "OLGA"],
        "dob": ["1966-11-10", "1966-11-16", "1967-01-10", "1950-02-03"],
        "town": ["X", "X", "X", "X"],
    }
)
PRIOR = math.log2(0.01 / 0.99)


def test_weights_are_those_of_the_settings() -> None:
    """One letter swapped, one digit of a date, a missing name; digits that are counted from any year stay digits."""
    model = to_splink_model(settings())
    found = Weigher(model.sides(LEFT, RIGHT), model.comparisons, model.rules, model.weights).keep(-np.inf)
    expected = [
        PRIOR + math.log2(0.8 / 0.01) + math.log2(0.9 / 0.001),
        PRIOR + math.log2(0.1 / 0.02) + math.log2(0.05 / 0.01),
        PRIOR + math.log2(0.05 / 0.989),
        PRIOR + math.log2(0.1 / 0.97) + math.log2(0.05 / 0.989),
    ]
    assert found.right.tolist() == [0, 1, 2, 3]
    np.testing.assert_allclose(found.weight, expected, rtol=0, atol=1e-9)


def test_a_condition_that_is_not_known_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="E-LINK-SPLINK"):
        to_splink_model(settings(level('soundex("name_l") = soundex("name_r")', 0.1, 0.1)))
