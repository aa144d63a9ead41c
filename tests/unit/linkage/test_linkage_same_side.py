"""Who is on one side twice, told by who shares a likely partner."""

from __future__ import annotations

import numpy as np
import pytest

from linkage.files.same_side import Repeats, find_repeats


def repeats(pairs: list[tuple[int, int, float]], values: list[list[int]], sure: float = 1.0) -> Repeats:
    own, partner, weight = (np.array(column) for column in zip(*pairs, strict=True))
    columns = [np.array(column, np.int32) for column in zip(*values, strict=True)]
    return find_repeats(own, partner, weight.astype(np.float64), columns, lambda one, _other: np.full(len(one), sure))


VALUES = [[1, 1], [1, 1], [2, 1], [1, 1], [3, 3]]


def test_records_that_are_the_same_and_share_a_partner_have_places() -> None:
    found = repeats([(0, 0, 20.0), (1, 0, 20.0), (3, 0, 20.0), (4, 1, 20.0)], VALUES)
    assert (found.place.tolist(), found.copies, found.alike) == ([0, 1, 0, 2, 0], 2, 0)


def test_records_that_share_no_partner_are_nobodys_business() -> None:
    found = repeats([(0, 0, 20.0), (1, 1, 20.0), (2, 2, 20.0)], VALUES)
    assert (found.place.tolist(), found.copies, found.alike) == ([0, 0, 0, 0, 0], 0, 0)


def test_a_record_that_differs_is_counted_but_is_no_copy() -> None:
    found = repeats([(0, 0, 20.0), (2, 0, 18.0), (4, 1, 9.0)], VALUES)
    assert (found.place.tolist(), found.copies, found.alike) == ([0, 0, 0, 0, 0], 0, 1)


def test_what_is_alike_by_chance_is_not_one_person() -> None:
    """Two people called John Smith, of whom no more is known."""
    found = repeats([(0, 0, 20.0), (1, 0, 20.0), (2, 0, 18.0)], VALUES, sure=0.9)
    assert (found.place.tolist(), found.copies, found.alike) == ([0, 0, 0, 0, 0], 0, 0)
    assert found.notes("left") == ()


@pytest.mark.parametrize(
    ("copies", "alike", "words"), [(3, 0, ["holds 3 records"]), (3, 2, ["holds 3 records", "hold 2 people"])]
)
def test_notes_say_side_and_count(copies: int, alike: int, words: list[str]) -> None:
    notes = Repeats(np.zeros(4, np.int64), copies, alike).notes("right")
    assert [word in note for word, note in zip(words, notes, strict=True)] == [True] * len(words)
    assert all("the right file" in note for note in notes)
