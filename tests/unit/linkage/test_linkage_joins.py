"""Joins on integer codes, and the columns that blocking rules name."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from linkage import standardise
from linkage.blocking import NAMELESS_RULES, RULES
from linkage.encoding import encode
from linkage.engine.candidates import find_candidates
from linkage.engine.joins import combine, is_member, join
from linkage.people import People
from linkage.population import find_persons, spread_protection
from tests.linkage_tables import drawn, person_records

LARGE_CODE = 2**40  # two such columns overflow a key of 64 bits
CODES = st.lists(st.integers(-1, 4), max_size=12)


@given(CODES, CODES)
def test_join_finds_every_equal_pair(left: list[int], right: list[int]) -> None:
    one, other = join(np.array(left, dtype=np.int64), np.array(right, dtype=np.int64))
    expected = {(i, j) for i, a in enumerate(left) for j, b in enumerate(right) if a == b and a >= 0}
    assert set(zip(one.tolist(), other.tolist(), strict=True)) == expected
    assert len(one) == len(expected)


@given(
    st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3), st.integers(-1, 3)), max_size=8),
    st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3), st.integers(-1, 3)), max_size=8),
    st.sampled_from([1, LARGE_CODE]),
)
def test_combined_keys_are_equal_where_all_parts_are(
    left: list[tuple[int, int, int]], right: list[tuple[int, int, int]], scale: int
) -> None:
    """Also where the codes are so large that keys have to be ranked on the way."""

    def columns(rows: list[tuple[int, int, int]]) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
        found = np.array(rows, dtype=np.int64).reshape(-1, 3)
        return [np.where(column < 0, -1, column * scale) for column in found.T]

    ours, theirs = combine(columns(left), columns(right))
    for a, key in zip(left, ours.tolist(), strict=True):
        assert (key < 0) == (min(a) < 0)
        for b, other in zip(right, theirs.tolist(), strict=True):
            assert (key == other and key >= 0) == (a == b and min(a) >= 0)


def test_membership() -> None:
    assert is_member(np.array([1, -1, 3]), np.array([3, -1])).tolist() == [False, False, True]


def people_of(picture: str) -> People:
    return encode(standardise(person_records(drawn(picture, source="gp")))).people()[0]


CROWD = """
    id | given | family | born       | sex | postcode
    r0 | Ann   | Hill   | 1950-05-04 | 2   | M1 1AE
    r1 | Ann   | Hill   | 1961-07-08 | 2   | M1 1AE
    r2 | Ann   | Hill   | 1972-09-10 | 2   | M1 1AE
    r3 | Joe   | Field  | 1983-02-03 | 1   | B33 8TH
"""


def test_keys_of_many_large_codes_do_not_run_over() -> None:
    """Codes are 32 bits: the key of two columns of 100,000 values needs more."""
    codes = np.array([0, 65_536, 99_999], dtype=np.int32)
    ours, _ = combine([codes, codes], [codes, codes])
    assert len(set(ours.tolist())) == 3
    assert min(ours.tolist()) >= 0


def test_rules_name_columns_of_people() -> None:
    crowd = people_of(CROWD)
    for rule in (*RULES, *NAMELESS_RULES):
        assert len(rule.ours) == len(rule.theirs)
        assert find_candidates(rule, crowd.sheet(), crowd.sheet()).pairs <= len(crowd) ** 2


def test_persons_of_superseded_records() -> None:
    """number: current number by code; a superseded record belongs to the one holder of its current number."""
    number = np.array([7, 7, 8, 8, 9, 9, 9, -1])
    superseded = np.array([False, True, True, True, True, False, False, False])
    assert find_persons(number, superseded).tolist() == [0, 0, 2, 2, 4, 5, 6, 7]
    assert find_persons(number[:0], superseded[:0]).tolist() == []
    assert find_persons(np.array([3, 1]), np.array([True, False])).tolist() == [0, 1]


def test_protection_covers_all_records_of_a_person() -> None:
    assert spread_protection(np.array([False, True, False]), np.array([0, 0, 2])).tolist() == [True, True, False]
