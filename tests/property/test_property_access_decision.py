"""The decision over tables against a plain rewriting, and its drawn truth table."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.access.decision import (
    AGREEMENT,
    BASIS,
    LONDON,
    PURPOSE,
    REGISTER,
    RELATIONSHIP,
    REVIEW,
    ROLE,
    Evidence,
    Request,
    decide,
)
from governance.access.relationships import HOLDERS, KINDS, registrations, valid_on
from governance.access.relationships import RELATIONSHIP as SCHEMA
from governance.access.roles import ROLES
from tests.access_drawings import NOON, TODAY, Basis, Purpose

STANDING = pa.schema([("pseudonym", pa.string()), ("subject", pa.string()), ("protected", pa.bool_())])
OVER = TODAY - dt.timedelta(days=1)


def standing(*people: tuple[str, bool]) -> pa.Table:
    rows = [{"pseudonym": each, "subject": f"audit {each}", "protected": protected} for each, protected in people]
    return pa.Table.from_pylist(rows, schema=STANDING)


def ties(*drawn: tuple[Any, ...]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(SCHEMA.names, each, strict=True)) for each in drawn], schema=SCHEMA)


FIRST = (ROLE, AGREEMENT, REVIEW, PURPOSE, BASIS, RELATIONSHIP)


@pytest.mark.parametrize("holds", list(itertools.product([True, False], repeat=6)))
def test_every_combination_of_the_six(holds: tuple[bool, ...]) -> None:
    """64 rows: shown where all hold; else refused for the first that does not."""
    role, agreement, review, purpose, basis, relationship = holds
    evidence = Evidence(
        standing=standing(("a", False)),
        relationships=ties(("a", "caseload", "user", "ann", TODAY, None if relationship else TODAY)),
        purposes=[Purpose(review_by=TODAY if purpose else OVER)],
        grounds=[Basis(valid_to=TODAY if basis else OVER)],
        agreed=agreement,
        reviews_overdue=0 if review else 1,
    )
    request = Request("ann", "care coordinator" if role else "analyst", "case-management", NOON)
    expected = next((code for code, each in zip(FIRST, holds, strict=True) if not each), None)
    assert decide(request, ["a"], evidence)["refusal"].to_pylist() == [expected]


@pytest.mark.parametrize(("purpose", "code"), [
    (Purpose(signed_off_on=TODAY), None),
    (Purpose(signed_off_on=TODAY + dt.timedelta(days=1)), PURPOSE),
    (Purpose(review_by=TODAY), None),
    (Purpose(review_by=OVER), PURPOSE),
    (Purpose(id="risk-stratification"), PURPOSE),
])  # fmt: skip
def test_a_purpose_holds_from_its_sign_off_to_its_review(purpose: Purpose, code: str | None) -> None:
    evidence = Evidence(standing(("a", False)), ties(("a", "caseload", "user", "ann", TODAY, None)), [purpose], [Basis()], True)
    assert decide(Request("ann", "care coordinator", "case-management", NOON), ["a"], evidence)["refusal"][0].as_py() == code


PEOPLE = ["a", "b", "c", "d"]
DAYS = [TODAY + dt.timedelta(days=days) for days in (-2, -1, 0, 1)]
tie = st.tuples(
    st.sampled_from(PEOPLE), st.sampled_from(list(KINDS)), st.sampled_from(HOLDERS),
    st.sampled_from(["ann", "bea", "castle", "A99001", ""]), st.sampled_from(DAYS), st.sampled_from([None, *DAYS]),
)  # fmt: skip
purposes = st.lists(st.builds(Purpose, st.sampled_from(["case-management", "x"]), st.sampled_from(DAYS), st.sampled_from(DAYS)),
                    max_size=2)  # fmt: skip
grounds = st.lists(
    st.builds(Basis, st.sampled_from(["case-management", "x"]), st.just("r"), st.sampled_from(DAYS), st.sampled_from(DAYS)),
    max_size=2,
)


def plainly(request: Request, person: str, evidence: Evidence) -> tuple[str | None, bool]:
    """The same rules for one person, in words that anybody can check."""
    day = request.at.astimezone(LONDON).date()
    role = {each.name: each for each in ROLES}.get(request.role)
    if role is None or "identity" not in role.may or request.purpose not in role.purposes:
        return ROLE, False
    if not evidence.agreed:
        return AGREEMENT, False
    if evidence.reviews_overdue:
        return REVIEW, False
    if not [p for p in evidence.purposes if p.id == request.purpose and p.signed_off_on <= day <= p.review_by]:
        return PURPOSE, False
    if not [g for g in evidence.grounds if g.purpose == request.purpose and g.valid_from <= day <= g.valid_to]:
        return BASIS, False
    there = {row["pseudonym"]: row["protected"] for row in evidence.standing.to_pylist()}
    mine = {("user", request.actor), ("team", request.team), ("practice", request.practice)}
    held = [
        row for row in evidence.relationships.to_pylist()
        if row["pseudonym"] == person and row["holder"] and (row["holder_kind"], row["holder"]) in mine
        and row["valid_from"] <= day and (row["valid_to"] is None or day < row["valid_to"])
    ]  # fmt: skip
    none = RELATIONSHIP
    if evidence.register_is_old:
        held = [row for row in held if row["kind"] != "registration"]
        none = REGISTER
    opening = [row for row in held if (row["kind"], row["holder_kind"]) in role.opens]
    if person not in there or not opening:
        return none, False
    if there[person] and not [row for row in held if row["kind"] == "registration"]:
        return none, False
    return None, any(row["kind"] in ("caseload", "episode") for row in opening)


@given(
    role=st.sampled_from([*(role.name for role in ROLES if role.opens), "analyst"]),
    who=st.tuples(st.sampled_from(["ann", "bea"]), st.sampled_from(["", "castle"]), st.sampled_from(["", "A99001"])),
    drawn=st.lists(tie, max_size=8),
    there=st.dictionaries(st.sampled_from(PEOPLE), st.booleans()),
    asked=st.lists(st.sampled_from([*PEOPLE, "e"]), max_size=6),
    rules=st.tuples(purposes, grounds, st.sampled_from([True, True, True, False]), st.sampled_from([0, 0, 0, 1]), st.booleans()),
)
def test_tables_say_what_the_plain_rules_say(role: str, who: Any, drawn: Any, there: Any, asked: Any, rules: Any) -> None:
    declared, held, agreed, overdue, old = rules
    request = Request(who[0], role, "case-management", NOON, who[1], who[2])
    evidence = Evidence(standing(*there.items()), ties(*drawn), declared, held, agreed, overdue, old)
    found = decide(request, asked, evidence)
    assert found["pseudonym"].to_pylist() == asked
    answers = list(zip(found["refusal"].to_pylist(), found["own"].to_pylist(), strict=True))
    assert answers == [plainly(request, each, evidence) for each in asked]


REGISTERED = pa.schema([("pseudonym", pa.string()), ("gp_practice_code", pa.string()),
                        ("registered_from", pa.date32()), ("registered_to", pa.date32())])  # fmt: skip


practices, maybe_days = st.sampled_from([None, "A1", "A2"]), st.sampled_from([None, *DAYS])


@given(
    people=st.lists(st.tuples(practices, maybe_days, maybe_days), max_size=5),
    served=st.sets(st.tuples(st.sampled_from(["castle", "north"]), st.sampled_from(["A1", "A2", "A3"]))),
)  # fmt: skip
def test_registrations_are_a_row_for_the_practice_and_for_each_team_that_serves_it(people: Any, served: Any) -> None:
    rows = [dict(zip(REGISTERED.names, (str(place), *each), strict=True)) for place, each in enumerate(people)]
    found = registrations(pa.Table.from_pylist(rows, schema=REGISTERED), served)
    expected = []
    for row in rows:
        holders = [("practice", row["gp_practice_code"])]
        holders += [("team", team) for team, practice in served if practice == row["gp_practice_code"]]
        expected += [(row["pseudonym"], *each, row["registered_to"]) for each in holders if row["gp_practice_code"]]
    got = [(row["pseudonym"], row["holder_kind"], row["holder"], row["valid_to"]) for row in found.to_pylist()]
    assert sorted(map(str, got)) == sorted(map(str, expected))
    begun = valid_on(found, TODAY)
    assert all(row["valid_to"] is None or row["valid_to"] > TODAY for row in begun.to_pylist())
