"""Whom the records of former ids went to: drawn."""

from __future__ import annotations

from governance.former_ids import FormerIds, former_ids


def found(*moves: tuple[int, str, str], living: str) -> FormerIds:
    return former_ids(moves, set(living))


def test_one_id_goes_to_another() -> None:
    assert found((1, "a", "b"), living="b") == FormerIds({"a": "b"}, frozenset(), frozenset())


def test_step_by_step_to_whoever_is_there_tonight() -> None:
    assert found((1, "a", "b"), (2, "b", "c"), (2, "x", "c"), living="c").joined == {"a": "c", "b": "c", "x": "c"}


def test_whoever_is_there_tonight_is_nobodys_former_id() -> None:
    assert found((1, "a", "b"), living="ab") == FormerIds({}, frozenset(), frozenset("a"))


def test_records_that_went_to_two_people_are_divided() -> None:
    assert found((1, "a", "b"), (1, "a", "c"), living="bc") == FormerIds({}, frozenset("a"), frozenset())
    assert found((1, "a", "b"), (1, "a", "c"), (2, "b", "c"), living="c").joined == {"a": "c", "b": "c"}


def test_the_last_night_that_moved_an_id_counts() -> None:
    assert found((1, "a", "b"), (4, "a", "c"), living="bc").joined == {"a": "c"}


def test_whom_nobody_of_tonight_has_is_in_none() -> None:
    assert found((1, "a", "b"), (2, "b", "a"), living="c") == FormerIds({}, frozenset(), frozenset())
