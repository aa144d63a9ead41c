"""Text to typed values."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from pipelines.extracts.casting import join_codes, tidy
from pipelines.extracts.layout import Field, FieldType
from pipelines.extracts.local_ids import key_of
from pipelines.extracts.parsers import PARSERS

BAD = "bad"


def parsed(kind: FieldType, text: str, codes: str | None = None) -> Any:
    """The value, or BAD."""
    parse, _, arrow = PARSERS[kind]
    values, bad = parse(pa.array([text]), Field("x", kind, "x", codes=codes))
    value = values.cast(arrow).to_pylist()[0]
    if bad.to_pylist()[0]:
        assert value is None or kind is FieldType.CODE_LIST
        return (value, BAD) if value else BAD
    return value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2024-03-31", dt.date(2024, 3, 31)),
        ("31/03/2024", dt.date(2024, 3, 31)),
        ("1/4/2024", dt.date(2024, 4, 1)),
        ("01.04.2024", dt.date(2024, 4, 1)),
        ("01-04-2024", dt.date(2024, 4, 1)),
        ("20240401", dt.date(2024, 4, 1)),
        ("2024-04-01T09:30:00", dt.date(2024, 4, 1)),
        ("2024-04-01 00:00:00.000", dt.date(2024, 4, 1)),
        ("01/04/2024 09:30", dt.date(2024, 4, 1)),
        ("2024-02-29", dt.date(2024, 2, 29)),
        ("1900-01-01", dt.date(1900, 1, 1)),
        ("1801-01-01", None),
        ("9999-12-31", None),
        ("31/12/9999", None),
        ("2023-02-29", BAD),
        ("2024-02-31", BAD),
        ("12/31/2024", BAD),
        ("2024-13-01", BAD),
        ("1/4/24", BAD),
        ("45383", BAD),
        ("1 Apr 2024", BAD),
        ("1700-01-01", BAD),
        ("2024-04", BAD),
    ],
)
def test_dates(text: str, value: object) -> None:
    assert parsed(FieldType.DATE, text) == value


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (FieldType.TIME, "09:05", "09:05"),
        (FieldType.TIME, "9:05:30", "09:05"),
        (FieldType.TIME, "0905", "09:05"),
        (FieldType.TIME, "24:00", BAD),
        (FieldType.TIME, "noon", BAD),
        (FieldType.WHOLE, "12", 12),
        (FieldType.WHOLE, "+12.0", 12),
        (FieldType.WHOLE, "-1,234", -1234),
        (FieldType.WHOLE, "12.5", BAD),
        (FieldType.WHOLE, "1" * 20, BAD),
        (FieldType.WHOLE, "999999999", 999_999_999),
        (FieldType.WHOLE, "9000000017", BAD),  # ten digits: an NHS number in a figure's column
        (FieldType.WHOLE, "0000000017", BAD),
        (FieldType.NUMBER, "9000000017.0", BAD),
        (FieldType.NUMBER, "9.00E+09", BAD),
        (FieldType.MONEY, "9000000017", BAD),
        (FieldType.MONEY, "£9,000,000,017", BAD),
        (FieldType.NUMBER, "12.5", 12.5),
        (FieldType.NUMBER, ".5", 0.5),
        (FieldType.NUMBER, "1,234.5", 1234.5),
        (FieldType.NUMBER, "1.2E3", 1200.0),
        (FieldType.NUMBER, "nan", BAD),
        (FieldType.NUMBER, "1,2", BAD),
        (FieldType.MONEY, "19.99", 1999),
        (FieldType.MONEY, "£1,234.56", 123456),
        (FieldType.MONEY, "-£5", -500),
        (FieldType.MONEY, "0.125", 13),
        (FieldType.MONEY, "free", BAD),
        (FieldType.MONEY, "1E30", BAD),
        (FieldType.FLAG, "Y", True),
        (FieldType.FLAG, "false", False),
        (FieldType.FLAG, "maybe", BAD),
        (FieldType.CODE, "rh8", "RH8"),
        (FieldType.CODE, "A81001", "A81001"),
        (FieldType.CODE, "E01" + "012345", "E01012345"),
        (FieldType.CODE, "rweaa", "RWEAA"),  # a trust's site
        (FieldType.CODE, "&", "&"),  # HES: not applicable
        (FieldType.CODE, "not", "NOT"),
        (FieldType.CODE, "Mr Smith's son", BAD),
        (FieldType.CODE, "Smith", BAD),
        (FieldType.CODE, "Ann Smith 3", BAD),
        (FieldType.CODE, "3-High-Street", BAD),
        (FieldType.CODE, "900" + "0000017", BAD),
        (FieldType.CODE, "900-000-" + "0017", BAD),
        (FieldType.CODE, "LS1 4AP", BAD),
        (FieldType.CODE, "03/02/1951", BAD),
        (FieldType.CODE, "07700900471", BAD),
        (FieldType.CLINICAL, "i50.0", "I500"),
        (FieldType.CLINICAL, "I10X", "I10X"),
        (FieldType.CLINICAL, "233604007", "233604007"),
        (FieldType.CLINICAL, "heart", BAD),
        (FieldType.CLINICAL, "900" + "000 0017", BAD),  # an NHS number; nine digits beside it are a concept
        (FieldType.CLINICAL, "1951-02-03", BAD),
        (FieldType.CLINICAL, "12", BAD),
        (FieldType.CLINICAL, "see the notes of Dr Lee", BAD),
        (FieldType.CODE_LIST, "||I50.0||J18.9|I50.0", "I500|J189"),
        (FieldType.CODE_LIST, "I50.0, 7, J18.9", ("I500|J189", BAD)),
        (FieldType.CODE_LIST, "7", BAD),
        (FieldType.TEXT, "x" * 2001, BAD),
        (FieldType.POSTCODE, "zz99 3vz", "zz99 3vz"),
    ],
)
def test_values(kind: FieldType, text: str, value: object) -> None:
    assert parsed(kind, text) == value


@pytest.mark.parametrize(
    ("codes", "text", "value"),
    [
        ("nhs_number_status", "1", "01"),
        ("nhs_number_status", "01", "01"),
        ("nhs_number_status", "11", BAD),
        ("admission_method", "2a", "2A"),
        ("gender", "Female", "2"),
        ("gender", "0", "X"),
        ("cld:Service_Type", "short term support: st-max", "Short term support: ST-Max"),
        ("cld:Client_Type", "Carer", "Unpaid carer"),
        ("qof_register", "Heart  Failure", "HF"),
    ],
)
def test_coded_values(codes: str, text: str, value: object) -> None:
    assert parsed(FieldType.CODE, text, codes) == value


def test_blank_and_words_for_nothing_are_null() -> None:
    texts = pa.array([" ", "NULL", "n/a", " x ", "\u00a0y"])
    assert tidy(texts, coded=True).to_pylist() == [None, None, None, "x", "y"]
    assert tidy(texts, coded=False).to_pylist() == [None, "NULL", "n/a", "x", "y"]


def test_codes_of_several_columns_keep_their_rows() -> None:
    """A row without any code is null, not missing."""
    one, two = pa.array(["A", None, "B", None]), pa.array([None, None, "A|B", "C"])
    assert join_codes([one, two]).to_pylist() == ["A", None, "B|A", "C"]
    assert join_codes([one]).to_pylist() == ["A", None, "B", None]
    assert join_codes([pa.nulls(2, pa.string())]).to_pylist() == [None, None]


def test_keys_need_all_but_the_organisation() -> None:
    columns = {
        "org": pa.array(["O", None, "O", None]),
        "id": pa.array(["1", "1", None, None]),
        "day": pa.array([dt.date(2024, 1, 1), None, dt.date(2024, 1, 2), None]),
    }
    assert key_of(columns, (("org", "id"),)).to_pylist() == ["O:1", "1", None, None]
    assert key_of(columns, (("org", "id", "day"), ("org", "day"))).to_pylist() == ["O:1:2024-01-01", None, "O:2024-01-02", None]
