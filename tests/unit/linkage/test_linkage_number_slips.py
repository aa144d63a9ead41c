"""Numbers one slip away from a few, against trying every pair."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from linkage.number_slips import near_numbers, slips_of

DIGITS = st.text("0129", min_size=10, max_size=10)


@settings(max_examples=100, deadline=None)
@given(st.lists(DIGITS, max_size=12), st.lists(DIGITS, min_size=1, max_size=4), st.integers(0, 9), st.sampled_from("0123456789"))
def test_near_numbers_are_one_slip_away(numbers: list[str], given_numbers: list[str], place: int, digit: str) -> None:
    first = given_numbers[0]
    swapped = first[:place] + first[place : place + 2][::-1] + first[place + 2 :]
    numbers = [*numbers, first[:place] + digit + first[place + 1 :], swapped]
    found = near_numbers(pa.array(numbers), pa.array(given_numbers)).tolist()
    for number, near in zip(numbers, found, strict=True):
        distances = [OSA.distance(number, other) for other in given_numbers if number != other]
        assert near or 1 not in distances
        if near and number not in given_numbers:
            assert 1 in distances


def test_slips_of_one_number() -> None:
    slips = slips_of(np.array([1234567890]))
    assert len(slips) == len(set(slips.tolist())) == 99
    assert {2234567890, 2134567890, 1234567809} <= set(slips.tolist())


def test_what_is_not_ten_digits_is_near_nothing() -> None:
    assert near_numbers(pa.array(["123", None, "12345678AB"]), pa.array(["12345678AC", "1234567890"])).tolist() == [False] * 3
