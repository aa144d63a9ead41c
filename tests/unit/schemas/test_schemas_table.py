"""Typed tables: filter keeps good rows and names the rule of the others, validate refuses, and no message holds a value."""

from __future__ import annotations

import datetime
import pickle
import traceback

import pyarrow as pa
import pytest

from schemas.errors import CaselinkError
from schemas.identifiable import Activity
from schemas.table import Column, Rows, Table, TableRef, date, flag, number, text, texts, whole
from schemas.zones import Zone

SECRET = "Wilhelmina"
DAY = datetime.date(2026, 3, 31)


class Pet(Table):
    """A made-up table with every rule."""

    zone = Zone.IDENTIFIABLE
    key = ("pet", "born")

    pet = text("what it is called", required=True)
    kind = text("dog or cat", codes=frozenset({"dog", "cat"}))
    born = date("when", required=True)
    legs = whole("how many", minimum=0)
    weight = number("in kilograms")
    tame = flag("whether it is")
    toys = texts("what it plays with")


class Sighting(Table):
    """A made-up table without a key."""

    zone = Zone.AGGREGATE
    key = ()
    order = ("day",)

    day = date("when")
    legs = whole("how many")
    toys = texts("what with")


def pets(**columns: list[object]) -> pa.Table:
    return pa.table({"pet": ["Rex", "Tom", "Kim"], "born": [DAY, DAY, DAY], **columns})


def broken(table: pa.Table) -> list[tuple[int, str, str]]:
    return [(row["row"], row["column"], row["rule"]) for row in Pet.filter(table).rejects.to_pylist()]


FILTERED = [
    # kind                    legs             rejects
    ([None, None, None],      [4, 4, 4],       []),
    (["dog", None, "cat"],    [0, None, 1],    []),
    (["dog", "cow", "Cat"],   [4, 4, 4],       [(1, "kind", "code not in list"), (2, "kind", "code not in list")]),
    ([None, None, None],      [0, None, -1],   [(2, "legs", "below minimum")]),
    (["cow", None, "dog"],    [-1, -1, 4],     [(0, "kind", "code not in list"), (1, "legs", "below minimum")]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "legs", "rejects"), FILTERED)
def test_filter_names_the_first_rule_each_row_breaks(
    kind: list[str | None], legs: list[int | None], rejects: list[tuple[int, str, str]]
) -> None:
    table = pets(kind=kind, legs=legs)
    assert broken(table) == rejects
    kept = sorted(set(range(3)) - {row for row, _, _ in rejects})
    assert Pet.filter(table).good.equals(Pet.conform(table).take(pa.array(kept, pa.int64())))


def test_filter_refuses_nothing_where_a_value_is_required() -> None:
    table = pa.table({"pet": [None, "Tom", None], "kind": [None, None, "cow"], "born": pa.array([DAY, None, None])})
    assert broken(table) == [(0, "pet", "required"), (2, "pet", "required"), (1, "born", "required")]


def test_filter_works_over_chunks_and_over_nothing() -> None:
    twice = pa.concat_tables([pets(legs=[1, -1, 1]), pets(legs=[-1, 1, 1])])
    assert broken(twice) == [(1, "legs", "below minimum"), (3, "legs", "below minimum")]
    good, rejects = Pet.filter(Pet.empty())
    assert (good.num_rows, rejects.num_rows) == (0, 0)
    assert good.schema == Pet.arrow_schema()


def test_conform_orders_casts_fills_and_drops() -> None:
    delivered = pa.table({"colour": ["red"], "legs": pa.array([4], pa.int8()), "born": ["2026-03-31"], "pet": ["Rex"]})
    conformed = Pet.conform(delivered)
    assert conformed.schema == Pet.arrow_schema()
    assert conformed.to_pylist() == [
        {"pet": "Rex", "kind": None, "born": DAY, "legs": 4, "weight": None, "tame": None, "toys": None}
    ]  # fmt: skip


UNFIT = [
    ("E-TABLE-COLUMN", pa.table({"pet": [SECRET]})),
    ("E-TABLE-TYPE", pa.table({"pet": ["Rex"], "born": [SECRET]})),
    ("E-TABLE-TYPE", pa.table({"pet": ["Rex"], "born": [DAY], "legs": [SECRET]})),
    ("E-TABLE-TYPE", pa.table({"pet": ["Rex"], "born": [DAY], "toys": [SECRET]})),
    ("E-TABLE-TYPE", pa.table({"pet": [{"name": SECRET}], "born": [DAY]})),
    ("E-TABLE-RULE", pa.table({"pet": ["Rex", None], "kind": [SECRET, None], "born": [DAY, DAY]})),
    ("E-TABLE-KEY", pa.table({"pet": [SECRET, SECRET], "born": [DAY, DAY]})),
]


@pytest.mark.parametrize(("code", "table"), UNFIT)
def test_validate_refuses_without_a_value(code: str, table: pa.Table) -> None:
    with pytest.raises(CaselinkError) as refusal:
        Pet.validate(table)
    error = refusal.value
    assert error.code == code
    assert SECRET not in "".join(traceback.format_exception(error))
    assert SECRET.encode() not in pickle.dumps(error)
    assert error.__context__ is None
    assert error.__cause__ is None


def test_validate_counts_and_points() -> None:
    with pytest.raises(CaselinkError, match=r"Pet: 2 rows break a rule, the first at row 1, column legs \(below minimum\)"):
        Pet.validate(pets(legs=[1, -1, -2]))
    with pytest.raises(CaselinkError, match="Pet: 2 rows repeat a key"):
        Pet.validate(pets(pet=["Rex", "Rex", "Rex"]))


def test_validate_gives_the_rows_with_this_tables_schema() -> None:
    assert Pet.validate(pets()).equals(Pet.conform(pets()))
    assert Sighting.validate(pa.table({"day": [DAY, DAY]})).num_rows == 2
    assert Pet.validate(Pet.empty()).num_rows == 0


def test_rows_are_sorted_by_key() -> None:
    later = DAY + datetime.timedelta(days=1)
    table = Pet.conform(pa.table({"pet": ["Tom", "Rex", "Tom"], "born": [later, DAY, DAY]}))
    assert Pet.sort(table).select(["pet", "born"]).to_pylist() == [
        {"pet": "Rex", "born": DAY}, {"pet": "Tom", "born": DAY}, {"pet": "Tom", "born": later}
    ]  # fmt: skip


def test_rows_in_key_order_are_seen_to_be_and_left_as_they_are() -> None:
    later = DAY + datetime.timedelta(days=1)
    rows = {"pet": ["Rex", "Tom", "Tom"], "born": [later, DAY, later], "legs": [4, 3, 2]}
    ordered = Pet.conform(pa.table(rows))
    assert Pet.is_in_key_order(ordered)
    assert Pet.sort(ordered) is ordered
    assert not Pet.is_in_key_order(Pet.conform(pa.table({**rows, "born": [later, later, DAY]})))
    assert not Pet.is_in_key_order(Pet.conform(pa.table({**rows, "pet": ["Tom", "Rex", "Tom"]})))
    assert not Pet.is_in_key_order(Pet.conform(pa.table({**rows, "born": [later, DAY, DAY]}))), "a key twice is no order"
    assert Pet.is_in_key_order(ordered.slice(0, 1))
    assert Pet.is_in_key_order(Pet.empty())


def test_without_a_key_the_other_columns_break_ties() -> None:
    rows = [{"day": DAY, "legs": legs, "toys": ["ball"]} for legs in (3, 1, None, 2)]
    forwards, backwards = (Sighting.conform(pa.Table.from_pylist(order)) for order in (rows, rows[::-1]))
    assert Sighting.sort(forwards).equals(Sighting.sort(backwards))
    assert Sighting.sort(forwards)["legs"].to_pylist() == [1, 2, 3, None]


def test_shipped_tables_without_a_key_sort_too() -> None:
    assert Activity.sort(Activity.empty()).schema == Activity.arrow_schema()


def test_columns_are_those_declared_in_order_and_the_answer_is_a_copy() -> None:
    assert list(Pet.columns()) == ["pet", "kind", "born", "legs", "weight", "tame", "toys"]
    assert Pet.columns()["legs"] == Column(pa.int64(), "how many", minimum=0)
    Pet.columns().clear()
    assert len(Pet.columns()) == 7


def test_a_key_must_be_declared() -> None:
    with pytest.raises(TypeError, match="key column pet is not declared"):
        type("Bad", (Table,), {"zone": Zone.IDENTIFIABLE, "key": ("pet",)})


def test_rows_is_a_name_for_an_arrow_table() -> None:
    assert Rows[Pet] is pa.Table


def test_a_reference_to_a_table_holds_no_value() -> None:
    assert TableRef("identifiable", "Pet", "run", 3, "0" * 64) == TableRef("identifiable", "Pet", "run", 3, "0" * 64)
