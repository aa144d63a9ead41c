"""u of equality levels is counted from values, by hand and by enumerating every pair; what cannot be counted is sampled."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from linkage.engine.conditions import Alike, Both, Comparison, Equal, level, no, yes
from linkage.training.counted_u import equal_pairs, level_shares, without_matches
from tests.linkage_sides import Columns, alike, exact, sides_of

NESTED = Comparison(
    "postcode",
    (
        level("missing", no(Both("postcode"))),
        level("same", yes(Equal("postcode"))),
        level("sector", yes(Equal("sector"))),
        level("district", yes(Equal("district"))),
    ),
)
# left        right       what each pair of the two is
#
# A1 1AA      A1 1AA      same      A1 1AA is on the left twice and on the right once: 2 pairs
# A1 1AA      A1 1AB      sector    4 of the 9 pairs of one sector are the same postcode or... see the counts below
# A1 1AB      A1 2AA      district
# -           B2 2BB      missing: 4 of 16 pairs have none on the left
LEFT = ["A1 1AA", "A1 1AA", "A1 1AB", None]
RIGHT = ["A1 1AA", "A1 1AB", "A1 2AA", "B2 2BB"]


def postcodes(values: list[str | None]) -> dict[str, list[str | None]]:
    return {
        "postcode": values,
        "sector": [value and value[:-2] for value in values],
        "district": [value and value[:-4] for value in values],
    }


def none_seen(comparison: Comparison) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.zeros(len(comparison.names))


def test_nested_levels_by_hand() -> None:
    shares = level_shares(NESTED, sides_of(postcodes(LEFT), postcodes(RIGHT)), none_seen(NESTED))
    # of the 12 pairs with both: same 2 + 1; one sector 3 x 2 less those; one district 3 x 3 less those; the rest 3
    assert shares.present == 12 / 16
    assert shares.u.tolist() == pytest.approx([0, 3 / 12, 3 / 12, 3 / 12, 3 / 12])
    assert shares.error[:4].tolist() == [0, 0, 0, 0]


def test_one_file_has_each_pair_once_and_nobody_with_herself() -> None:
    shares = level_shares(exact("name"), sides_of({"name": ["ANN", "ANN", "BEA", None, "ANN"]}), none_seen(exact("name")))
    assert shares.present == 6 / 10
    assert shares.u.tolist() == pytest.approx([0, 3 / 6, 3 / 6])


def test_a_column_in_the_place_of_another_of_one_file_counts_half_of_both_ways() -> None:
    sides = sides_of({"given": ["ANN", "LEE"], "family": ["LEE", "ANN"]})
    shared = sides_of({"name": ["ANN", "LEE", "LEE", "ANN"]}).left["name"]
    swapped = sides.left.with_columns(given=shared[:2], family=shared[2:])
    sides = type(sides)(swapped, None, {}, {})
    assert equal_pairs([("given", "family")], sides) == 1  # each of the two finds the other, and that is one pair
    assert equal_pairs([("given", "family"), ("family", "given")], sides) == 1


def test_a_level_of_several_terms_is_their_union() -> None:
    either = Comparison(
        "either", (level("one", yes(Equal("a")), yes(Equal("b"))), level("both_again", yes(Equal("a"), Equal("b"))))
    )
    left: Columns = {"a": ["x", "x", "y"], "b": ["p", "q", "q"]}
    right: Columns = {"a": ["x", "y"], "b": ["q", "q"]}
    shares = level_shares(either, sides_of(left, right), none_seen(either))
    found = [left["a"][i] == right["a"][j] or left["b"][i] == right["b"][j] for i, j in itertools.product(range(3), range(2))]
    assert shares.present == 1.0
    assert shares.u[0] == pytest.approx(np.mean(found))


@pytest.mark.parametrize("seed", range(5))
def test_counts_equal_every_pair_enumerated(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sides = [
        postcodes(
            [None if rng.random() < 0.2 else f"A{rng.integers(3)} {rng.integers(3)}A{'AB'[rng.integers(2)]}" for _ in range(20)]
        )
        for _ in "lr"
    ]
    shares = level_shares(NESTED, sides_of(*sides), none_seen(NESTED))
    counts = dict.fromkeys(("same", "sector", "district", "different"), 0)
    for i, j in itertools.product(range(20), range(20)):
        rows = [{name: side[name][row] for name in side} for side, row in zip(sides, (i, j), strict=True)]
        if None not in (rows[0]["postcode"], rows[1]["postcode"]):
            names = (("same", "postcode"), ("sector", "sector"), ("district", "district"))
            counts[next((name for name, column in names if rows[0][column] == rows[1][column]), "different")] += 1
    assert shares.u[1:].tolist() == pytest.approx([count / sum(counts.values()) for count in counts.values()])


def test_what_is_sampled_fills_what_the_counted_levels_leave() -> None:
    sides = sides_of({"name": ["ANNA", "ANNE", "BEA", "BEA"]}, {"name": ["ANNA", "ANNA", "BEA", None]})
    shares = level_shares(alike("name"), sides, np.array([40.0, 20.0, 10.0, 50.0]))
    assert shares.u[1] == 4 / 12  # counted, whatever the sample says
    assert shares.u[2] / shares.u[3] == pytest.approx(10 / 50)
    assert shares.u.sum() == pytest.approx(1)


def test_the_standard_error_is_that_of_a_sample_and_none_of_a_census() -> None:
    sides = sides_of({"name": ["ANN"] * 50}, {"name": ["BEA"] * 40})
    few = level_shares(alike("name"), sides, np.array([0.0, 0.0, 50.0, 150.0]))
    assert few.error[2] == pytest.approx(np.sqrt(few.u[2] * (1 - few.u[2]) / 200 * (1 - 200 / 2000)))
    every = level_shares(alike("name"), sides, np.array([0.0, 0.0, 500.0, 1500.0]))
    assert every.error.tolist() == [0, 0, 0, 0]


def test_where_being_missing_is_not_said_plainly_the_sample_tells() -> None:
    comparison = Comparison("dates", (level("missing", no(Both("a"), Both("b"))), level("same", yes(Equal("a")))))
    sides = sides_of({"a": ["x", None], "b": ["p", None]}, {"a": ["x", "y"], "b": ["p", "q"]})
    assert level_shares(comparison, sides, np.array([50.0, 25.0, 25.0])).present == 0.5


def test_a_likeness_first_leaves_nothing_to_count() -> None:
    comparison = Comparison("name", (level("alike", yes(Alike("jaro_winkler", "name", 0.5))), level("same", yes(Equal("name")))))
    sides = sides_of({"name": ["ANN", "BEA"]}, {"name": ["ANN", "BEA"]})
    assert level_shares(comparison, sides, np.array([1.0, 1.0, 2.0])).u.tolist() == [0.25, 0.25, 0.5]


def test_matches_are_taken_out_of_u() -> None:
    m, u = np.array([0.0, 0.9, 0.1]), np.array([0.0, 0.001, 0.999])
    together = 0.0002 * m + 0.9998 * u
    assert without_matches(together, m, 0.0002) == pytest.approx(u)


def test_of_a_level_that_only_matches_have_something_stays() -> None:
    m = np.array([0.0, 1.0, 0.0])
    u = without_matches(np.array([0.0, 0.0002, 0.9998]), m, 0.0002)
    assert 0 < u[1] == pytest.approx(0.0002 / 20, rel=0.01)


def test_many_different_values_are_sorted_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    sides = sides_of({"name": ["ANN", "BEA", "ANN", None]}, {"name": ["ANN", "BEA", "CAT", None]})
    counted = equal_pairs([("name", "name")], sides)
    monkeypatch.setattr("linkage.training.counted_u.MOST_COUNTERS", 0)
    assert equal_pairs([("name", "name")], sides) == counted == 3
