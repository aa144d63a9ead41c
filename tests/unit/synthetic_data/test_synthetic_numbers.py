"""NHS numbers: the test range, right check digits, no placeholder; and what becomes of them in a system."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from schemas.nhs_number import NhsNumberKind, read_nhs_number, read_nhs_numbers
from synthetic_data.chance import Chance
from synthetic_data.days import day, parts
from synthetic_data.identifiers import (
    NO_NUMBER,
    PLACEHOLDERS,
    check_digits,
    draw_numbers,
    one_digit_wrong,
    scottish_numbers,
    spaced,
    spell_numbers,
)

DRAWN = draw_numbers(Chance(1), 20_000)


def test_numbers_are_different_valid_and_of_the_test_range() -> None:
    kinds = set(read_nhs_numbers(spell_numbers(DRAWN))["kind"].to_pylist())
    assert kinds == {NhsNumberKind.TEST_RANGE.value}
    assert len(np.unique(DRAWN)) == len(DRAWN) == 20_000


def test_the_block_999_and_placeholders_are_never_used() -> None:
    assert not (DRAWN // 10**7 == 999).any()
    assert not {f"{number:010d}" for number in DRAWN.tolist()} & set(PLACEHOLDERS)


@pytest.mark.parametrize(("body", "digit"), [
    (943476591, 9),
    (999999999, 9),   # a repeated digit passes
    (400000000, 4),
    (123456789, 10),  # such a body has no number
])  # fmt: skip
def test_check_digits(body: int, digit: int) -> None:
    assert check_digits(np.array([body])).tolist() == [digit]


def test_one_wrong_digit_is_always_seen() -> None:
    rows = np.arange(2000)
    chance = Chance(2)
    wrong = one_digit_wrong(DRAWN[:2000], chance.whole("place", 2, 8, rows), chance.whole("by", 1, 9, rows))
    assert (wrong != DRAWN[:2000]).all()
    kinds = set(read_nhs_numbers(spell_numbers(wrong))["kind"].to_pylist())
    assert kinds == {NhsNumberKind.BAD_CHECK_DIGIT.value}


def test_scottish_numbers_begin_with_the_date_of_birth() -> None:
    import datetime as dt

    born = np.array([day(dt.date(1950, 3, 7)), day(dt.date(2001, 12, 31))] * 50)
    texts = spell_numbers(scottish_numbers(Chance(4), born, np.arange(100))).to_pylist()
    assert [text[:6] for text in texts[:2]] == ["070350", "311201"]
    assert {read_nhs_number(text).kind for text in texts} == {NhsNumberKind.SCOTTISH_CHI}


def test_numbers_are_spelt_with_ten_digits_and_nothing_is_null() -> None:
    assert spell_numbers(np.array([70_350_123, NO_NUMBER])).to_pylist() == ["0070350123", None]
    assert spaced(["9434765919"]) == ["943 476 5919"]


def test_parts_of_days() -> None:
    import datetime as dt

    year, month, of_month = parts(np.array([day(dt.date(1969, 12, 31)), day(dt.date(2024, 2, 29))]))
    assert (year.tolist(), month.tolist(), of_month.tolist()) == ([1969, 2024], [12, 2], [31, 29])
    assert isinstance(spell_numbers(DRAWN[:1]), pa.Array)
