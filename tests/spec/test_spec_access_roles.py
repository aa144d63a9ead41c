"""Every role against every resource, drawn; what is not drawn is refused (governance.md section 5)."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from governance.access.relationships import HOLDERS, KINDS
from governance.access.roles import RESOURCES, ROLES, can, find_role
from governance.reidentify import reidentify
from tests.access_drawings import VERSION, Purpose, ask, codes, house, names, token

# x: the role may see it.
MATRIX = """
                       identity search bulk break-glass lists activity pairs analysis aggregates purposes audit reviews runs
care coordinator       x        x      x    x           x     x        -     -        x          -        -     -       -
accountable profession x        x      -    x           x     x        -     -        x          -        -     -       -
mdt member             x        -      -    -           -     x        -     -        -          -        -     -       -
gp practice user       x        x      x    -           x     x        -     -        x          -        -     -       -
clerical reviewer      -        -      -    -           -     -        x     -        -          -        -     -       -
analyst                -        -      -    -           -     x        -     x        x          -        -     -       -
caldicott guardian     -        -      -    -           -     -        -     -        x          x        x     x       -
operator               -        -      -    -           -     -        -     -        -          -        -     -       x
"""


def cells() -> list[tuple[str, str, bool]]:
    lines = MATRIX.strip("\n").splitlines()[1:]
    assert len(lines) == len(ROLES)
    found = []
    for role, line in zip(ROLES, lines, strict=True):
        assert role.name.startswith(line[:22].strip())
        marks = line[22:].split()
        found += [(role.name, resource, mark == "x") for resource, mark in zip(RESOURCES, marks, strict=True)]
    return found


@pytest.mark.parametrize(("role", "resource", "allowed"), cells())
def test_the_matrix(role: str, resource: str, allowed: bool) -> None:
    assert can(role, resource) is allowed


@pytest.mark.parametrize("resource", RESOURCES)
@pytest.mark.parametrize("role", ["", "icb commissioner", "csu analyst", "administrator", "Care Coordinator"])
def test_a_role_that_is_not_written_down_may_nothing(role: str, resource: str) -> None:
    assert not can(role, resource)
    assert find_role(role).opens == frozenset()


def test_a_resource_that_is_not_written_down_is_nobodys() -> None:
    assert not any(can(role.name, "everything") for role in ROLES)


# Which relationship, held by whom, opens identity to a role.
OPENS = """
role                      registration       caseload           episode            referral           meeting            break-glass
                          user team practice user team practice user team practice user team practice user team practice user team practice
care coordinator          -    x    -        x    x    -        x    x    -        x    x    -        -    -    -        x    -    -
accountable professional  -    -    -        x    -    -        x    -    -        x    -    -        -    -    -        x    -    -
mdt member                -    -    -        -    -    -        -    -    -        -    -    -        x    -    -        -    -    -
gp practice user          -    -    x        -    -    -        -    -    -        -    -    -        -    -    -        -    -    -
clerical reviewer         -    -    -        -    -    -        -    -    -        -    -    -        -    -    -        -    -    -
analyst                   -    -    -        -    -    -        -    -    -        -    -    -        -    -    -        -    -    -
caldicott guardian        -    -    -        -    -    -        -    -    -        -    -    -        -    -    -        -    -    -
operator                  -    -    -        -    -    -        -    -    -        -    -    -        -    -    -        -    -    -
"""  # noqa: E501


def test_which_relationship_opens_identity_to_which_role() -> None:
    pairs = [(kind, holder) for kind in KINDS for holder in HOLDERS]
    for role, line in zip(ROLES, OPENS.strip("\n").splitlines()[2:], strict=True):
        assert line.startswith(role.name)
        marks = line.removeprefix(role.name).split()
        assert role.opens == {pair for pair, mark in zip(pairs, marks, strict=True) if mark == "x"}, role.name


def test_a_role_opens_identity_or_may_not_see_it() -> None:
    """The two tables say the same: no relationship without the right, no right without a relationship and a purpose."""
    for role in ROLES:
        assert can(role.name, "identity") == bool(role.opens) == bool(role.purposes), role.name


@pytest.mark.parametrize("role", [role.name for role in ROLES if not can(role.name, "identity")] + ["", "icb commissioner"])
def test_no_relationship_purpose_or_basis_gives_such_a_role_a_name(tmp_path: Path, role: str) -> None:
    """Every stored relationship at once, registration too, for every declared purpose: still nobody (G03)."""
    home = house(tmp_path, 1)
    for kind in ("caseload", "episode", "referral", "meeting"):
        for holder_kind in HOLDERS:
            home.tie(1, kind, holder_kind, "everything")
    home.door.agreements.accept("everything", VERSION, ask().at)
    for purpose in (Purpose().id, "risk-stratification", "population-analysis"):
        request = ask(actor="everything", team="everything", practice="A99001", role=role, purpose=purpose)
        answer = reidentify(request, [token(1)], home.door)
        assert codes(answer) == ["ROLE"]
        assert names(answer) == [None]
    assert home.vault.reads == 0


@pytest.mark.parametrize("role", [role.name for role in ROLES])
@pytest.mark.parametrize("purpose", ["risk-stratification", "population-analysis", "", "anything"])
def test_identity_is_for_direct_care_alone(tmp_path: Path, role: str, purpose: str) -> None:
    home = house(tmp_path, 1)
    home.tie(1)
    assert codes(reidentify(ask(role=role, purpose=purpose), [token(1)], home.door)) == ["ROLE"]


# What opens a person to Ann on 30 September 2026. now: her request's day. `-`: no end.
DAYS = [
    # from          to              shown
    ("2026-09-01", "-",            True),   # open
    ("2026-09-30", "-",            True),   # begins today
    ("2026-10-01", "-",            False),  # begins tomorrow
    ("2026-09-01", "2026-10-01",   True),   # ends tomorrow
    ("2026-09-01", "2026-09-30",   False),  # ends today: today no longer counts
    ("2026-09-30", "2026-09-30",   False),  # began and ended today
    ("2026-09-01", "2026-09-02",   False),  # long over
]  # fmt: skip


@pytest.mark.parametrize(("begins", "ends", "shown"), DAYS)
def test_a_relationship_holds_from_its_first_day_up_to_its_last(tmp_path: Path, begins: str, ends: str, shown: bool) -> None:
    home = house(tmp_path, 1)
    last = None if ends == "-" else dt.date.fromisoformat(ends)
    home.tie(1, valid_from=dt.date.fromisoformat(begins), valid_to=last)
    assert (names(reidentify(ask(), [token(1)], home.door)) == ["Given1"]) is shown


@pytest.mark.parametrize(("moment", "shown"), [
    ("2026-09-29T22:59:59+00:00", False),  # still the 29th in London, in summer time
    ("2026-09-29T23:00:00+00:00", True),
])  # fmt: skip
def test_the_day_is_londons(tmp_path: Path, moment: str, shown: bool) -> None:
    home = house(tmp_path, 1)
    home.tie(1, valid_from=dt.date(2026, 9, 30))
    answer = reidentify(ask(at=dt.datetime.fromisoformat(moment)), [token(1)], home.door)
    assert (names(answer) == ["Given1"]) is shown


def test_death_opens_nothing_and_closes_nothing(tmp_path: Path) -> None:
    """G19: the dead are as confidential as the living, and as visible to those who looked after them."""
    home = house(tmp_path, 2, date_of_death={1: dt.date(2026, 9, 1), 2: dt.date(2026, 9, 1)})
    home.tie(1)
    assert names(reidentify(ask(), [token(1), token(2)], home.door)) == ["Given1", None]


def test_who_moved_practice_is_the_new_practices(tmp_path: Path) -> None:
    home = house(tmp_path, 1, gp_practice_code={1: "A99002"})
    for practice, shown in (("A99001", [None]), ("A99002", ["Given1"])):
        user = f"user of {practice}"
        home.door.agreements.accept(user, VERSION, ask().at)
        request = ask(actor=user, role="gp practice user", practice=practice, team="")
        assert names(reidentify(request, [token(1)], home.door)) == shown


# A protected person (standards.md 2.9): a relationship that opens her, and her own practice's team or practice asking.
PROTECTED = [
    # role                        relationship            serves her practice   shown
    ("care coordinator",          ("caseload", "user"),   True,                 True),
    ("care coordinator",          ("caseload", "user"),   False,                False),
    ("care coordinator",          ("episode", "team"),    False,                False),
    ("accountable professional",  ("caseload", "user"),   True,                 True),
    ("accountable professional",  ("caseload", "user"),   False,                False),
    ("accountable professional",  None,                   True,                 False),
    ("care coordinator",          None,                   True,                 True),
    ("mdt member",                ("meeting", "user"),    False,                False),
    ("mdt member",                ("meeting", "user"),    True,                 True),
]  # fmt: skip


@pytest.mark.parametrize(("role", "relationship", "serves", "shown"), PROTECTED)
def test_protected_people_are_their_own_practices_teams_alone(
    tmp_path: Path, role: str, relationship: tuple[str, str] | None, serves: bool, shown: bool
) -> None:
    import dataclasses

    home = house(tmp_path, 2, protected={1: True})
    if relationship:
        kind, holder = relationship
        for number in (1, 2):
            home.tie(number, kind, holder, "ann" if holder == "user" else "castle")
    door = dataclasses.replace(home.door, served=[("castle", "A99001")] if serves else [("castle", "A99002")])
    answer = reidentify(ask(role=role), [token(1), token(2)], door)
    assert names(answer)[0] == ("Given1" if shown else None)
    assert codes(answer)[0] == (None if shown else "RELATIONSHIP")  # never a code of its own: that would tell
    if relationship:
        assert names(answer)[1] == "Given2"  # the same relationship opens a person who is not protected
