"""Settings in the forms that Splink 5 writes, and made-up people in whom every form is met."""

from __future__ import annotations

import datetime
import random
from typing import Any

import pyarrow as pa

GIVEN = ("ANN", "ANNE", "MARTHA", "MARHTA", "JOSÉ", "JOSE", "", "LI", "SMITH", "OLUWASEUN", "O'NEIL", None)
FAMILY = ("SMITH", "SMYTH", "ANN", "DIXON", "DICKSON", "ÅBERG", "LI", "KHAN", None)
POSTCODES = ("AB1 2CD", "AB1 2CE", "AB1 3CD", "AB12 3CD", "A1 1AA", "nowhere", "", None)
DATES = ("1980-02-03", "1980-03-02", "1980-02-13", "1980-02-30", "1981-02-03", "1980-2-3", "1934-12-31", "2001-07-09", None)


def people(records: int, seed: int, prefix: str) -> pa.Table:
    """Made-up people, few enough values that most pairs share some."""
    chance = random.Random(seed)

    def one(values: Any) -> Any:
        return values[int(chance.random() * len(values))]

    rows = []
    for number in range(records):
        dob = one(DATES)
        parts = [] if dob is None or dob == "1980-02-30" else [int(part) for part in dob.split("-")]
        birth_date = datetime.date(*parts) if parts else None
        seen = int(chance.random() * 4) * 400 + int(chance.random() * 2) * 45_000_000  # minutes: hours apart, or lifetimes
        given, family = one(GIVEN), one(FAMILY)
        rows.append(
            {
                "record_id": f"{prefix}{number:03}",
                "given_name": given,
                "family_name": family,
                "full_name": None if given is None or family is None else f"{given} {family}",
                "dob": dob,
                "day": birth_date and birth_date.isoformat(),
                "birth_date": birth_date,
                "seen_at": seen * 60_000_000,
                "postcode": one(POSTCODES),
                "gender": one(("1", "2", None)),
                "visits": one((1, 3, 9, 200, None)),
            }
        )
    kinds = {"birth_date": pa.date32(), "seen_at": pa.timestamp("us"), "visits": pa.int64()}
    schema = pa.schema([(name, kinds.get(name, pa.string())) for name in rows[0]])
    return pa.Table.from_pylist(rows, schema=schema)


def null(*columns: str) -> dict[str, Any]:
    """The level of pairs of which one has no value."""
    return {
        "sql_condition": " AND ".join(f'("{name}_l" IS NULL OR "{name}_r" IS NULL)' for name in columns),
        "is_null_level": True,
    }


def same(column: str, m: float | None, u: float | None, **more: Any) -> dict[str, Any]:
    """A level of one equal column."""
    return so(f'"{column}_l" = "{column}_r"', m, u, **more)


def so(condition: str, m: float | None, u: float | None, **more: Any) -> dict[str, Any]:
    """Any level; m or u None is left to Splink's default."""
    known = {name: value for name, value in (("m_probability", m), ("u_probability", u)) if value is not None}
    return {"sql_condition": condition, "label_for_charts": condition} | known | more


def compared(name: str, *levels: dict[str, Any]) -> dict[str, Any]:
    """A comparison."""
    return {"output_column_name": name, "comparison_levels": list(levels)}


def settings(link_type: str, rules: list[str], *comparisons: dict[str, Any]) -> dict[str, Any]:
    """All settings."""
    return {
        "link_type": link_type, "probability_two_random_records_match": 0.02, "sql_dialect": "duckdb",
        "unique_id_column_name": "record_id",
        "blocking_rules_to_generate_predictions": [{"blocking_rule": rule, "sql_dialect": "duckdb"} for rule in rules],
        "comparisons": list(comparisons),
    }  # fmt: skip


def extracted(pattern: str) -> str:
    """Part of the postcode is the same."""
    one, other = (f"NULLIF(regexp_extract(\"postcode_{side}\", '{pattern}', 0), '')" for side in "lr")
    return f"{one} = {other}"


def apart(value: str, seconds: float) -> str:
    """Two dates or times are at most so far apart."""
    return f"ABS(EPOCH({value.format('l')}) - EPOCH({value.format('r')})) <= {seconds}"


PARSED = "try_strptime(\"dob_{}\", '%Y-%m-%d')"
JARO_WINKLER = 'jaro_winkler_similarity("{0}_l", "{0}_r") >= {1}'

NAMES = (
    compared(
        "name",
        null("given_name", "family_name"),
        same("full_name", 0.5, 0.002, tf_adjustment_column="full_name", tf_adjustment_weight=0.5, tf_minimum_u_value=0.01),
        so('"given_name_l" = "family_name_r" AND "given_name_r" = "family_name_l"', 0.02, 0.001),
        so(f"({JARO_WINKLER.format('given_name', 0.88)}) AND ({JARO_WINKLER.format('family_name', 0.88)})", None, 0.004),
        same("family_name", 0.2, 0.05, tf_adjustment_column="family_name", tf_adjustment_weight=1.0),
        so(
            '(jaro_similarity("family_name_l", "family_name_r") >= 0.8) OR (levenshtein("given_name_l", "given_name_r") <= 1)',
            0.1,
            1e-12,
        ),
        same("given_name", 0.1, None, tf_adjustment_column="given_name"),
        so('(NOT ("given_name_l" IS NULL OR "given_name_r" IS NULL)) AND "gender_l" = \'1\' AND "gender_r" = \'1\'', 0.01, 0.1),
        so("ELSE", 0.05, 0.8),
    ),
    compared(
        "given_name",
        null("given_name"),
        same("given_name", 0.8, 0.1, tf_adjustment_column="given_name"),
        so(
            JARO_WINKLER.format("given_name", 0.7),
            None,
            None,
            tf_adjustment_column="given_name",
            disable_tf_exact_match_detection=True,
        ),
        so("ELSE", None, None),
    ),
)
DAYS = (
    compared(
        "dob",
        so(f"{PARSED.format('l')} IS NULL OR {PARSED.format('r')} IS NULL", None, None, is_null_level=True),
        same("dob", 0.9, 0.01),
        so('levenshtein("dob_l", "dob_r") <= 1', 0.05, 0.02),
        so('damerau_levenshtein("dob_l", "dob_r") <= 2', 0.04, 0.03),
        so(apart(PARSED, 2629800.0), 0.03, 0.04),
        so("substr(dob_l, 1, 4) = substr(dob_r, 1, 4) and substr(dob_l, 6, 2) = substr(dob_r, 9, 2)", 0.02, 0.01),
        so("ELSE", 0.05, 0.9),
    ),
    compared(
        "birth_date",
        null("birth_date"),
        so('levenshtein(CAST("birth_date_l" AS TEXT), CAST("birth_date_r" AS TEXT)) <= 1', 0.8, 0.1),
        so(apart('"birth_date_{}"', 864000), 0.1, 0.1),
        so(apart('"birth_date_{}"', 31557600.0), 0.05, 0.2),
        so("ELSE", 0.05, 0.6),
    ),
    compared("day", null("day"), so('hamming("day_l", "day_r") <= 1', 0.9, 0.1), so("ELSE", 0.1, 0.9)),
    compared(
        "seen_at", null("seen_at"), same("seen_at", 0.5, 0.1), so(apart('"seen_at_{}"', 43200), 0.3, 0.1), so("ELSE", 0.2, 0.8)
    ),
    compared("visits", null("visits"), so('ABS("visits_l" - "visits_r") <= 5', 0.6, 0.3), so("ELSE", 0.4, 0.7)),
)
TEXTS = (
    compared(
        "postcode",
        null("postcode"),
        same("postcode", 0.7, 0.001),
        so(extracted("^[A-Za-z]{1,2}[0-9][A-Za-z0-9]? [0-9]"), 0.1, 0.01),
        so(extracted("^[A-Za-z]{1,2}[0-9][A-Za-z0-9]?"), 0.1, 0.05),
        so("ELSE", 0.1, 0.9),
    ),
    compared(
        "family_name",
        so(
            'SUBSTRING("family_name_l", 1, 3) IS NULL OR SUBSTRING("family_name_r", 1, 3) IS NULL', None, None, is_null_level=True
        ),
        so('LOWER("family_name_l") = LOWER("family_name_r")', 0.6, 0.1),
        so('SUBSTRING("family_name_l", 1, 3) = SUBSTRING("family_name_r", 1, 3)', 0.3, 0.1),
        so('"family_name_l" <> "given_name_r" AND NOT ("family_name_r" = "given_name_l")', 0.05, 0.5),
        so("ELSE", 0.05, 0.3),
    ),
    compared(
        "given_name",
        so("NULLIF(\"given_name_l\", '') IS NULL OR NULLIF(\"given_name_r\", '') IS NULL", None, None, is_null_level=True),
        so('"given_name_l" = "family_name_r"', 0.1, 0.05),
        so(JARO_WINKLER.format("given_name", 0.9), 0.7, 0.1),
        so("ELSE", 0.2, 0.85),
    ),
)
GENDER = 'l."gender" = r."gender"'
CASES: dict[str, dict[str, Any]] = {
    "names": settings("link_only", [GENDER, 'l."family_name" = r."family_name"'], *NAMES),
    "names_of_one_file": settings("dedupe_only", ["l.given_name = r.family_name", 'l."postcode" = r."postcode"'], *NAMES),
    "days": settings("link_only", [f"({GENDER}) AND (SUBSTRING(l.dob, 1, 3) = SUBSTRING(r.dob, 1, 3))"], *DAYS),
    "texts": settings(
        "link_only",
        ["LOWER(l.family_name) = LOWER(r.family_name) and l.gender = r.gender", 'l."postcode" = r."postcode"'],
        *TEXTS,
    ),
}


def files(case: str) -> tuple[pa.Table, ...]:
    """The people of a case: two files, or the one that is compared with itself."""
    if CASES[case]["link_type"] == "dedupe_only":
        return (people(36, 3, "P"),)
    return people(30, 1, "L"), people(30, 2, "R")
