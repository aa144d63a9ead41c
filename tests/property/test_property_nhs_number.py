"""Generated values: the vectorised reading equals the scalar one, and the scalar one keeps the promises of the standard."""

from __future__ import annotations

import nhs_number as package
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.nhs_number import NhsNumberKind, read_nhs_number, read_nhs_numbers
from schemas.nhs_number_rule import canonical, passes_modulus_11, placeholders

untimed = settings(deadline=None)  # the first case pays for imports and tables, and test machines are busy

SEPARATORS = " -\u00a0\u2009\u2013\u3000\t\ufeff"


def with_check_digit(body: str) -> str:
    """Ten digits: the check digit where there is one, else a 0."""
    return next((body + digit for digit in "0123456789" if passes_modulus_11(body + digit)), body + "0")


digits = st.text("0123456789", min_size=10, max_size=10)
right_numbers = st.text("0123456789", min_size=9, max_size=9).map(with_check_digit)
dated_numbers = st.builds(
    lambda day, tail: with_check_digit(f"{day:%d%m}{day.year % 100:02d}{tail}"),
    st.dates(),
    st.text("0123456789", min_size=3, max_size=3),
)
listed = st.sampled_from(sorted(placeholders()))
numbers = st.one_of(digits, right_numbers, dated_numbers, listed)


def separated(number: str) -> st.SearchStrategy[str]:
    gaps = st.lists(st.text(SEPARATORS, max_size=2), min_size=len(number), max_size=len(number))
    return gaps.map(lambda between: "".join(gap + digit for gap, digit in zip(between, number, strict=True)))


def damaged(number: str) -> st.SearchStrategy[str]:
    return st.sampled_from(
        [
            number + ".0", number.lstrip("0"), number.lstrip("0") + ".0", number[:-1], number + "0", number[1:],
            f"{number[0]}.{number[1:]}E+09", f"{number[1]}.{number[2:]}E+08", f"{number[0]}.{number[1:3]}E+09",
            f"{number[0]}.{number[1:]}e+9", f"{number}.00", f"x{number}", number[:5] + "O" + number[6:],
            "".join(chr(0xFF10 + int(digit)) for digit in number),
        ]
    )  # fmt: skip


anything = st.text(st.characters(exclude_categories=["Cs"]), max_size=14)
fields = st.one_of(st.none(), numbers, numbers.flatmap(separated), numbers.flatmap(damaged), anything)


@untimed
@given(st.lists(st.lists(fields, max_size=12), min_size=1, max_size=3), st.integers(0, 3))
def test_columns_read_as_single_values_do(chunks: list[list[str | None]], skipped: int) -> None:
    column = pa.chunked_array([pa.array(chunk, pa.string())[skipped:] for chunk in chunks])
    read = read_nhs_numbers(column)
    readings = [read_nhs_number(value) for chunk in chunks for value in chunk[skipped:]]
    assert read.to_pylist() == [
        {"kind": kind, "number": number and number.ten_digits(), "repaired": repaired} for kind, number, repaired in readings
    ]


@untimed
@given(numbers)
def test_ten_digits_agree_with_the_package(number: str) -> None:
    kind = read_nhs_number(number).kind
    if kind not in (NhsNumberKind.PLACEHOLDER, NhsNumberKind.NOT_ISSUED):
        assert package.is_valid(number) is (kind is not NhsNumberKind.BAD_CHECK_DIGIT)
    else:
        assert number in placeholders() or passes_modulus_11(number)


@untimed
@given(numbers.flatmap(lambda number: st.tuples(st.just(number), separated(number))))
def test_separators_change_nothing(pair: tuple[str, str]) -> None:
    assert read_nhs_number(pair[1]) == read_nhs_number(pair[0])


@untimed
@given(fields)
def test_what_was_given_reads_as_itself(value: str | None) -> None:
    number = read_nhs_number(value).number
    if number is not None:
        assert read_nhs_number(number.ten_digits()) == (read_nhs_number(value).kind, number, False)
        assert read_nhs_number(number.spaced()).number == number


@untimed
@given(anything)
def test_canonical_text_is_a_fixed_point(value: str) -> None:
    assert canonical(canonical(value)) == canonical(value)


@untimed
@given(right_numbers.filter(passes_modulus_11), st.integers(0, 9), st.integers(1, 9))
def test_every_single_wrong_digit_is_caught(number: str, place: int, step: int) -> None:
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert not passes_modulus_11(wrong)


@untimed
@given(right_numbers.filter(passes_modulus_11), st.integers(0, 8))
def test_every_swap_of_neighbours_is_caught(number: str, place: int) -> None:
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    assert swapped == number or not passes_modulus_11(swapped)


@untimed
@given(right_numbers.filter(passes_modulus_11), st.integers(2, 8))
def test_lost_digits_of_scientific_notation_are_never_guessed(number: str, kept: int) -> None:
    reading = read_nhs_number(f"{number[0]}.{number[1:kept]}E+09")
    assert (reading.kind, reading.number) == (NhsNumberKind.BAD_LENGTH, None)
