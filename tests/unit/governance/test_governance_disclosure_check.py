"""The checker, drawn: small tables whose withheld cells can, or cannot, be worked out."""

from __future__ import annotations

import math
import os

import pytest

from governance.disclosure_check import Cell, Relation, System, leaks, ranges_of
from schemas.errors import GovernanceError


def withheld() -> Cell:
    return Cell(1, 7, is_protected=True)


def near(shown: int) -> Cell:
    """Shown after rounding to the nearest 5."""
    return Cell(max(8, shown - 2), shown + 2)


def ranges(cells: dict[str, Cell], *relations: Relation) -> dict[str, tuple[float, float]]:
    return {str(key): tuple(found) for key, found in ranges_of(System(dict(cells), list(relations))).items()}


def test_an_exact_total_gives_a_withheld_part_away() -> None:
    table = {"a": withheld(), "b": Cell(20, 20), "total": Cell(23, 23)}
    assert ranges(table, Relation("total", ("a", "b"))) == {"a": (3, 3)}
    assert leaks(System(table, [Relation("total", ("a", "b"))]), 3) == {"a": (3, 3)}


def test_rounding_hides_the_part() -> None:
    table = {"a": withheld(), "b": near(20), "total": near(25)}
    assert ranges(table, Relation("total", ("a", "b"))) == {"a": (1, 7)}
    assert leaks(System(table, [Relation("total", ("a", "b"))]), 3) == {}


def test_rounding_alone_does_not_always_hide_it() -> None:
    """10 is 8 to 12, and so is 10: what is between them is at most 4, and three of them at most 2 each."""
    table = {"a": withheld(), "b": withheld(), "c": withheld(), "rest": near(10), "total": near(10)}
    relation = Relation("total", ("a", "b", "c", "rest"))
    assert ranges(table, relation) == dict.fromkeys("abc", (1, 2))
    assert set(leaks(System(table, [relation]), 3)) == {"a", "b", "c"}


def test_two_rows_and_two_columns_solve_what_each_alone_does_not() -> None:
    """Bounds alone leave a as 1 to 7. Together, row and column totals give it."""
    cells = {key: withheld() for key in ("a", "b", "c", "d")} | {
        "row 1": Cell(8, 8), "row 2": Cell(6, 6), "column 1": Cell(7, 7), "column 2": Cell(7, 7), "diagonal": Cell(9, 9),
    }  # fmt: skip
    square = [
        Relation("row 1", ("a", "b")), Relation("row 2", ("c", "d")), Relation("column 1", ("a", "c")),
        Relation("column 2", ("b", "d")),
    ]  # fmt: skip
    assert ranges(cells, *square)["a"] == (2, 6)
    assert ranges(cells, *square, Relation("diagonal", ("a", "d")))["a"] == (5, 5)


def test_the_solution_is_whole_where_halves_would_fit() -> None:
    """Each pair adds up to at most 3: by halves all three could be 1.5 and a + b + c 4.5, in whole numbers 4."""
    cells = {key: Cell(1, 7) for key in "abc"} | {key: Cell(3, 3) for key in ("ab", "bc", "ca")}
    cells["all"] = Cell(0, math.inf, is_protected=True)
    pairs = [Relation(pair, tuple(pair), at_least=True) for pair in ("ab", "bc", "ca")]
    assert ranges(cells, *pairs, Relation("all", ("a", "b", "c"))) == {"all": (3, 4)}


def test_the_same_count_shown_twice_is_merged() -> None:
    table = {"a": withheld(), "also a": Cell(4, 30), "b": near(20)}
    assert ranges(table, Relation("a", ("also a",))) == {"a": (4, 7)}


def test_a_part_is_at_most_its_whole() -> None:
    table = {"a": withheld(), "whole": Cell(2, 2)}
    assert ranges(table, Relation("whole", ("a",), at_least=True)) == {"a": (1, 2)}


def test_a_cell_without_an_upper_bound() -> None:
    table = {"a": withheld(), "b": Cell(8, math.inf), "total": near(50)}
    assert ranges(table, Relation("total", ("a", "b"))) == {"a": (1, 7)}
    table["b"] = Cell(8, math.inf, is_protected=True)
    assert ranges(table | {"total": Cell(8, math.inf)}, Relation("total", ("a", "b")))["b"] == (8, math.inf)


def test_cells_without_a_relation_have_their_bounds() -> None:
    assert ranges({"a": withheld(), "b": near(10)}) == {"a": (1, 7)}


def test_what_cannot_be_true_is_refused() -> None:
    table = {"a": withheld(), "b": near(20), "total": near(100)}
    with pytest.raises(GovernanceError, match="E-DISCLOSURE-CONTRADICTION"):
        ranges(table, Relation("total", ("a", "b")))
    odd = {key: Cell(1, 9, is_protected=True) for key in "abc"} | {key: Cell(5, 5) for key in ("ab", "bc", "ca")}
    with pytest.raises(GovernanceError, match="E-DISCLOSURE-CONTRADICTION"):  # each pair 5: only halves fit
        ranges(odd, *(Relation(pair, tuple(pair)) for pair in ("ab", "bc", "ca")))


def test_a_total_over_nothing_published_is_refused() -> None:
    with pytest.raises(GovernanceError, match="E-DISCLOSURE-RELATION: totals are declared over 1 cells"):
        System({"a": withheld()}, [Relation("total", ("a",))])


def test_an_integer_program_that_takes_too_long_passes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class OutOfTime:
        status, x = 1, None

    monkeypatch.setattr("governance.disclosure_check.milp", lambda *_a, **_k: OutOfTime())
    table = {"a": withheld(), "b": near(20), "total": near(25)}
    with pytest.raises(GovernanceError, match="E-DISCLOSURE-SLOW"):
        ranges(table, Relation("total", ("a", "b")))
    assert set(leaks(System(dict(table), [Relation("total", ("a", "b"))]), 3)) == {"a"}


def test_what_the_solver_writes_goes_nowhere(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from scipy.optimize import milp

    def loud(*arguments: object, **named: object) -> object:
        os.write(1, b"a solver speaks\n")
        return milp(*arguments, **named)

    monkeypatch.setattr("governance.disclosure_check.milp", loud)
    ranges({"a": withheld(), "b": near(20), "total": near(25)}, Relation("total", ("a", "b")))
    os.write(1, b"and we\n")
    assert capfd.readouterr().out == "and we\n"
