"""One user is one user, however her account's name is written."""

from __future__ import annotations

import dataclasses
import datetime as dt
import sqlite3
from pathlib import Path

import pytest

from governance.access.accounts import account
from governance.access.relationship_store import Tie
from governance.reidentify import reidentify
from schemas.errors import GovernanceError
from tests.access_drawings import FREE, NOON, ask, codes, house, token

HIDDEN = ["ann\ufe0f", "ann\u034f", "ann\u3164", "an\u115fn", "an\U000e0101n", "ann\u2800"]
WRITTEN = ["Ann", "ANN", "ann ", " ann", "ａｎｎ", "aNN"]


@pytest.mark.parametrize("name", WRITTEN)
def test_capitals_blanks_and_widths_make_no_other_user(name: str) -> None:
    assert account(name) == "ann"


def test_other_names_stay_apart() -> None:
    assert len({account(name) for name in ("ann", "anne", "ann b", "ann  c", "ann@nhs.example", "NHS\\ann")}) == 6
    assert account("ann  b") == account("Ann B")


@pytest.mark.parametrize("name", ["", "  ", "an\u200bn", "ann\u202e", "an\x00n", "ann\ue000", *HIDDEN])
def test_a_name_with_what_cannot_be_seen_is_refused(name: str) -> None:
    with pytest.raises(GovernanceError, match=r"^E-ACCESS-TEXT"):
        account(name)


def test_a_limit_is_hers_however_she_writes_her_name(tmp_path: Path) -> None:
    home = house(tmp_path, 5)
    for number in (1, 2, 3):
        home.tie(number, "referral", "team", "castle")  # not of her own caseload, where limits only alarm
    door = dataclasses.replace(home.door, limits=dataclasses.replace(FREE, people_in_24_hours=3))
    for number in (1, 2):
        assert codes(reidentify(ask(), [token(number)], door)) == [None]
    for name in WRITTEN:
        assert codes(reidentify(ask(actor=name), [token(3)], door)) == ["LIMIT"]
    assert {row["actor"] for row in home.door.audit.rows()} == {"ann"}


def test_an_overdue_review_is_hers_however_she_writes_her_name(tmp_path: Path) -> None:
    home = house(tmp_path)
    home.tie(2)
    home.door.break_glass.open(ask(), token(1), "emergency", "found collapsed", home.door.identities)
    late = NOON + dt.timedelta(days=6)
    for name in WRITTEN:
        assert codes(reidentify(ask(actor=name, at=late), [token(2)], home.door)) == ["REVIEW"]
        assert home.door.break_glass.overdue(name, late) == 1


def test_who_recorded_a_relationship_is_written_as_she_counts(tmp_path: Path) -> None:
    home = house(tmp_path)
    tie = Tie(token(1), "referral", "user", "BEA", NOON.date())
    [number] = home.ties.add([tie], at=NOON, by=" Ann")
    home.ties.end(number, NOON.date(), at=NOON, by="ANN")
    with sqlite3.connect(tmp_path / "state" / "application.db") as connection:
        rows = connection.execute("SELECT holder, recorded_by FROM relationship").fetchall()
    connection.close()
    assert rows == [("bea", "ann")] * 2
