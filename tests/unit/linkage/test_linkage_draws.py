"""Records drawn by their ids: the same ones whatever their order, about as many as asked for, nobody against herself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from linkage.engine.rules import same
from linkage.engine.weigher import Sides
from linkage.training.dependence import household_contexts
from linkage.training.draws import DRAWN, all_pairs, chances_of, draw_chances, mix, mix_by_key
from tests.linkage_sides import exact, ids, shuffled, sides_of

COUNT = 2000
LEFT = {"place": [f"P{row % 100}" for row in range(COUNT)], "name": [f"N{row}" for row in range(COUNT)]}
RIGHT = {"place": [f"P{row % 130}" for row in range(COUNT)], "name": [f"M{row}" for row in range(COUNT)]}


def text_of(sides: Sides, column: str, *, right: bool = False) -> list[str]:
    sheet = sides.other if right else sides.left
    return [sides.texts[column].text(code) for code in sheet[column].tolist()]


def test_chance_is_that_of_the_id_and_the_key() -> None:
    one = chances_of(ids("r", 500), 1)
    assert len(set(one.tolist())) == 500
    assert (one != chances_of(ids("r", 500), 2)).all()
    pieces = pa.chunked_array([ids("r", 500).slice(0, 3), ids("r", 500).slice(3)])
    assert (chances_of(pieces, 1) == one).all()
    assert len(chances_of(pa.array([], pa.string()), 1)) == 0
    assert np.bincount((one >> np.uint64(62)).astype(np.int64)).min() > 90  # even over its whole range


def test_compiled_and_plain_give_the_same_chance() -> None:
    points, starts = np.frombuffer("anné".encode(), dtype=np.uint8), np.array([0, 2, 5], dtype=np.int64)
    found: list[Any] = [np.empty(2, dtype=np.uint64) for _ in range(2)]
    mixed: list[Any] = [np.zeros(3, dtype=np.uint64) for _ in range(2)]
    keys = np.array([2, 0, 2, -1], dtype=np.int64)
    with np.errstate(over="ignore"):
        for hashing, mixing, one, other in (
            (mix, mix_by_key, found[0], mixed[0]),
            (mix.py_func, mix_by_key.py_func, found[1], mixed[1]),
        ):  # type: ignore[attr-defined]
            hashing(points, starts, 7, one)
            mixing(keys, np.arange(1, 5, dtype=np.uint64), other)
    assert found[0].tolist() == found[1].tolist()
    assert mixed[0].tolist() == mixed[1].tolist() == [2, 0, 1 ^ 3]


@pytest.mark.parametrize("one_file", [True, False])
def test_random_pairs_are_about_as_many_as_asked_for(one_file: bool) -> None:
    sides = sides_of(LEFT, None if one_file else RIGHT)
    drawn = draw_chances(ids("l", COUNT), None if one_file else ids("r", COUNT), 1).random_pairs(sides, 20_000)
    ours, theirs = (np.bincount(sheet[DRAWN], minlength=300) for sheet in (drawn.left, drawn.other))
    pairs = (ours * (ours - 1) / 2).sum() if one_file else (ours * theirs).sum()
    assert pairs == pytest.approx(20_000, rel=0.1)


def test_of_many_records_only_some_make_random_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linkage.training.draws.MOST_DRAWN", 500)
    drawn = draw_chances(ids("l", COUNT), ids("r", COUNT), 1).random_pairs(sides_of(LEFT, RIGHT), 1000)
    assert (len(drawn.left), len(drawn.other)) == (pytest.approx(500, rel=0.15), pytest.approx(500, rel=0.15))


def test_one_id_on_both_sides_is_not_drawn_against_itself() -> None:
    chances = draw_chances(ids("r", COUNT), ids("r", COUNT), 1)
    assert chances.right is not None
    assert ((chances.left % np.uint64(50)) == (chances.right % np.uint64(50))).mean() < 0.05


def test_some_pairs_of_two_files_are_of_parts_of_both_and_of_one_file_never_twice() -> None:
    two = draw_chances(ids("l", COUNT), ids("r", COUNT), 1).some_pairs(sides_of(LEFT, RIGHT), 0.04)
    assert all_pairs(two) == pytest.approx(0.04 * COUNT**2, rel=0.2)
    one = draw_chances(ids("l", COUNT), None, 1).some_pairs(sides_of(LEFT), 0.1)
    assert one.right is not None
    assert sorted(text_of(one, "name") + text_of(one, "name", right=True)) == sorted(LEFT["name"])
    whole = sides_of(LEFT)
    assert draw_chances(ids("l", COUNT), None, 1).some_pairs(whole, 1.0) is whole


@pytest.mark.parametrize("columns", [("place",), ("place", "name")])
def test_some_keys_are_drawn_whole_and_whatever_the_order_of_records(columns: tuple[str, ...]) -> None:
    shared = {**RIGHT, "name": LEFT["name"]}
    order = np.random.default_rng(2).permutation(COUNT).tolist()
    found = []
    for left, right, names in ((LEFT, shared, ids("l", COUNT)), (shuffled(LEFT, order), shared, ids("l", COUNT).take(order))):
        sides = draw_chances(names, ids("r", COUNT), 1).some_keys(sides_of(left, right), same(*columns), 0.3)
        found.append([sorted(text_of(sides, "name", right=side)) for side in (False, True)])
        if columns == ("place",):
            places = set(text_of(sides, "place"))
            assert len(sides.left) == sum(place in places for place in left["place"])
            assert 15 < len(places) < 45
    assert found[0] == found[1]
    whole = sides_of(LEFT)
    assert draw_chances(ids("l", COUNT), None, 1).some_keys(whole, same("place"), 1.0) is whole


def test_keys_of_one_file() -> None:
    sides = draw_chances(ids("l", COUNT), None, 1).some_keys(sides_of(LEFT), same("place"), 0.3)
    assert sides.right is None
    assert len(sides.left) == 20 * len(set(text_of(sides, "place")))


def test_without_a_place_there_is_no_household() -> None:
    assert household_contexts([exact("given_name"), exact("gender")]) == []
