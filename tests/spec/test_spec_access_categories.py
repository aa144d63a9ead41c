"""Activity by category: how each is recognised, drawn; who sees it; and nothing that is hidden goes uncounted."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.access.categories import CATEGORIES, categories, marks, sees, shipped_visibility, visible_activity
from governance.access.roles import ROLES, can
from schemas.activity_types import ACTIVITY_ATTRIBUTES, ACTIVITY_TYPES
from schemas.pseudonymised import PseudonymisedActivity

NO_ATTRIBUTES: dict[str, Any] = {field.name: None for field in ACTIVITY_ATTRIBUTES}


def event(kind: str = "inpatient_emergency", codes: tuple[str | None, ...] | None = (), **attributes: str) -> dict[str, Any]:
    return {"pseudonym": "p", "activity_type": kind, "start_date": None, "codes": None if codes is None else list(codes),
            "attributes": NO_ATTRIBUTES | attributes}  # fmt: skip


def table(*events: dict[str, Any]) -> pa.Table:
    names = PseudonymisedActivity.arrow_schema().names
    rows = [{name: each.get(name) for name in names} for each in events]
    return pa.Table.from_pylist(rows, schema=PseudonymisedActivity.arrow_schema())


def found(drawn: dict[str, Any]) -> set[str]:
    return {name for name, mask in categories(table(drawn)).items() if mask.to_pylist() == [True]}


M, A, S, U, O = "mental health", "substance misuse", "sexual health", "not classified", "ordinary"  # noqa: E741

DRAWN = [
    # event                                                                    categories
    (event(),                                                                  {O}),
    (event(codes=None),                                                        {O}),
    (event(codes=("I10X", "E119")),                                            {O}),
    (event(codes=("I10X", "F329")),                                            {M}),
    (event(codes=("F101",)),                                                   {M, A}),   # F10-F19 lie in chapter V
    (event(codes=("F09",)),                                                    {M}),
    (event(codes=("F200",)),                                                   {M}),
    (event(codes=("A499",)),                                                   {O}),
    (event(codes=("A500",)),                                                   {S}),
    (event(codes=("A599",)),                                                   {S}),
    (event(codes=("A609",)),                                                   {S}),
    (event(codes=("A64X",)),                                                   {S}),
    (event(codes=("A65X",)),                                                   {O}),
    (event(codes=("B199",)),                                                   {O}),
    (event(codes=("B200",)),                                                   {S}),
    (event(codes=("B24X",)),                                                   {S}),
    (event(codes=("B250",)),                                                   {O}),
    (event(codes=("Z21X", "F102")),                                            {M, A, S}),
    (event(codes=("X599",)),                                                   {O}),
    (event(codes=("X600",)),                                                   {M}),
    (event(codes=("X850",)),                                                   {O}),
    (event(codes=("K709",)),                                                   {A}),
    (event("mental_health_contact"),                                           {M}),
    (event("mental_health_spell", ("A500",)),                                  {M, S}),
    (event("outpatient", treatment_function="710"),                            {M}),
    (event("outpatient", treatment_function="721"),                            {M, A}),
    (event("outpatient", treatment_function="360"),                            {S}),
    (event("outpatient", treatment_function="361"),                            {O}),
    (event("outpatient", treatment_function="3600"),                           {O}),
    (event("social_care_service", primary_support_reason="Mental Health Support"), {M}),
    (event("social_care_service", primary_support_reason="mental health support"), {M}),
    (event("social_care_service", primary_support_reason="Social Support: Substance misuse support"), {A}),
    (event("social_care_service", primary_support_reason="Physical Support: Personal care support"), {O}),
    (event("gp_snapshot", ("HYP", "DM")),                                      {O}),
    (event("gp_snapshot", ("HYP", "DEP")),                                     {M}),
    (event("gp_snapshot", ("HYP", "NEW")),                                     {U}),      # a register that is not listed
    (event("gp_snapshot", ("F",)),                                             {U}),
    (event("gp_snapshot", ("A", "MH")),                                        {M, U}),
    (event(codes=("DEP",)),                                                    {U}),      # a register's name is no diagnosis
    (event("accident_and_emergency", ("21522001",)),                           {U}),      # SNOMED CT
    (event("accident_and_emergency", ("",)),                                   {U}),
    (event("accident_and_emergency", (None, "F329")),                          {M, U}),
]  # fmt: skip


@pytest.mark.parametrize(("drawn", "expected"), DRAWN)
def test_how_a_category_is_recognised(drawn: dict[str, Any], expected: set[str]) -> None:
    assert found(drawn) == expected


@pytest.mark.parametrize("mark", marks(), ids=lambda mark: f"{mark.column}={mark.value}")
def test_every_mark_is_recognised_and_has_a_source(mark: Any) -> None:
    kind = "gp_snapshot" if mark.column == "registers" else "inpatient_other"
    code = {"codes": f"{mark.value}0000"[:4], "registers": mark.value}.get(mark.column)
    attributes = {} if code or mark.column == "activity_type" else {mark.column: mark.value}
    drawn = event(mark.value if mark.column == "activity_type" else kind, (code,) if code else (), **attributes)
    assert mark.category in found(drawn)
    assert mark.source.strip()
    assert mark.meaning.strip()
    assert mark.category in CATEGORIES
    assert mark.match in ("is", "begins")
    assert re.escape(mark.value).replace("\\ ", " ").replace("\\:", ":") == mark.value, "its value is read as a pattern"
    assert mark.column != "activity_type" or mark.value in ACTIVITY_TYPES


# x: seen.
SEEN = """
                        ordinary  unclassified  mental  substance  sexual
care coordinator        x         -             -       -          -
accountable professional x        x             x       x          -
mdt member              x         -             x       -          -
gp practice user        x         x             x       x          -
clerical reviewer       -         -             -       -          -
analyst                 x         x             x       x          x
caldicott guardian      -         -             -       -          -
operator                -         -             -       -          -
"""


def cells() -> list[tuple[str, str, bool]]:
    drawn = []
    for role, line in zip(ROLES, SEEN.strip("\n").splitlines()[1:], strict=True):
        assert line.startswith(role.name)
        drawn += [
            (role.name, name, mark == "x") for name, mark in zip(CATEGORIES, line.removeprefix(role.name).split(), strict=True)
        ]
    return drawn


@pytest.mark.parametrize(("role", "category", "seen"), cells())
def test_who_sees_what(role: str, category: str, seen: bool) -> None:
    assert sees(role, category) is seen


@pytest.mark.parametrize("role", ["", "icb commissioner", "Analyst"])
@pytest.mark.parametrize("category", CATEGORIES)
def test_an_unknown_role_sees_nothing(role: str, category: str) -> None:
    assert not sees(role, category)
    assert not sees(role, category, {role: CATEGORIES})


def test_an_unknown_category_is_hidden_from_everybody() -> None:
    assert not any(sees(role.name, each) for role in ROLES for each in ("genetics", "", "Ordinary"))
    assert not any(sees(role.name, "genetics", {role.name: ("genetics",)}) for role in ROLES)


def test_the_table_of_visibility_names_roles_and_categories_that_exist_and_says_why() -> None:
    for (role, category), source in shipped_visibility().items():
        assert can(role, "activity")
        assert category in CATEGORIES
        assert source.strip()


def test_what_the_guardian_decided_takes_the_place_of_the_roles_row() -> None:
    own = {"care coordinator": ("mental health",)}
    assert sees("care coordinator", "mental health", own)
    assert not sees("care coordinator", "ordinary", own)
    assert sees("mdt member", "ordinary", own)
    assert not sees("operator", "ordinary", {"operator": CATEGORIES})


def test_rows_keep_their_order_and_hidden_ones_are_counted() -> None:
    rows = table(event(codes=("I10X",)), event(codes=("F102",)), event("outpatient"), event(codes=("A500",)))
    seen = visible_activity(rows, "care coordinator")
    assert seen.rows["activity_type"].to_pylist() == ["inpatient_emergency", "outpatient"]
    assert (seen.hidden, seen.by_category) == (2, {"mental health": 1, "substance misuse": 1, "sexual health": 1})
    assert visible_activity(rows, "accountable professional").by_category == {"sexual health": 1}
    assert visible_activity(rows, "operator").hidden == rows.num_rows
    assert visible_activity(rows.slice(0, 0), "operator") == (rows.slice(0, 0), 0, {})


codes = st.one_of(
    st.none(), st.lists(st.sampled_from(["I10X", "F329", "F102", "B24X", "HYP", "DEP", "21522001", "", None]), max_size=3)
)
events = st.builds(
    lambda kind, listed, function: event(kind, listed, **({"treatment_function": function} if function else {})),
    st.sampled_from(sorted(ACTIVITY_TYPES)), codes, st.sampled_from([None, "710", "721", "360", "100"]),
)  # fmt: skip


@given(st.lists(events, max_size=8), st.sampled_from([*(role.name for role in ROLES), "nobody"]))
def test_seen_and_hidden_are_all_and_each_row_is_judged_alone(drawn: list[dict[str, Any]], role: str) -> None:
    """Against the plain rule: a row is seen where the role sees all its categories, whatever lies beside it."""
    rows = table(*drawn)
    seen = visible_activity(rows, role)
    assert seen.rows.num_rows + seen.hidden == rows.num_rows
    alone = [all(sees(role, name) for name in found(each)) for each in drawn]
    assert seen.rows.equals(rows.filter(pa.array(alone, pa.bool_())))
    assert set(seen.by_category) == {name for each in drawn for name in found(each) if not sees(role, name)}
    pieces = pa.concat_tables([rows.slice(0, 1), rows.slice(1)])  # however the table is cut
    assert visible_activity(pieces, role).rows.equals(seen.rows)
