"""The door to a name: who is shown, who is masked, what is written down first, and what happens where it cannot be."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from governance.access.identity import SHOWN, NightIdentities
from governance.reidentify import ANSWER, reidentify
from schemas.errors import GovernanceError
from tests.access_drawings import House, ask, codes, house, names, population, subject, token

NOBODY = token(99)  # well formed, and nobody's


@pytest.fixture
def home(tmp_path: Path) -> House:
    made = house(tmp_path)
    made.tie(1)
    made.tie(2, "episode", "team", "castle")
    made.tie(3, "caseload", "user", "bea")
    return made


def test_own_people_are_shown_and_others_come_back_masked(home: House) -> None:
    answer = reidentify(ask(), [token(3), token(1), NOBODY, token(2)], home.door)
    assert answer.schema == ANSWER
    assert codes(answer) == ["RELATIONSHIP", None, "RELATIONSHIP", None]
    assert names(answer) == [None, "Given1", None, "Given2"]
    assert answer.slice(1, 1)["family_name"].to_pylist() == ["Family1"]
    assert all(value is None for name, value in answer.slice(0, 1).to_pylist()[0].items() if name not in ("pseudonym", "refusal"))


def test_somebody_elses_patient_and_nobody_are_answered_alike(home: House) -> None:
    foreign, absent, odd = (reidentify(ask(), [each], home.door).to_pylist()[0] for each in (token(3), NOBODY, "csu1-x"))
    for each in (foreign, absent, odd):
        del each["pseudonym"]
    assert foreign == absent == odd
    assert home.vault.reads == 0


def test_every_row_asked_for_is_written_down(home: House) -> None:
    reidentify(ask(), [token(3), token(1), NOBODY, token(2)], home.door)
    rows = home.door.audit.rows("reidentify")
    assert {(row["subject"], row["decision"]) for row in rows} == {
        (subject(3), "denied"), ("", "denied"), (subject(1), "allowed"), (subject(2), "allowed"),
    }  # fmt: skip
    assert {row["purpose"] for row in rows} == {"case-management", "case-management: refused E-ACCESS-RELATIONSHIP"}
    assert {(row["actor"], row["role"], row["basis"], row["run_id"]) for row in rows} == {
        ("ann", "care coordinator", "EXAMPLE/SHARING/1", "n1")
    }
    assert home.door.audit.verify() is None


def test_the_audit_row_is_there_before_the_vault_is_read(home: House) -> None:
    seen: list[int] = []
    home.vault.before = lambda: seen.append(len(home.door.audit.rows()))
    reidentify(ask(), [token(1)], home.door)
    assert seen == [1]


def test_a_request_refused_as_a_whole_is_written_down_row_by_row(home: House) -> None:
    answer = reidentify(ask(role="analyst"), [token(1), token(2)], home.door)
    assert codes(answer) == ["ROLE", "ROLE"]
    assert home.audited() == [(subject(1), "denied"), (subject(2), "denied")]


def test_nobody_asked_for_is_nobody_shown(home: House) -> None:
    assert reidentify(ask(), [], home.door).num_rows == 0


def break_audit(home: House, folder: Path, how: str) -> None:
    path = folder / "state" / "audit.db"
    home.door.audit.last()
    connection = sqlite3.connect(path)
    if how == "full":
        limit = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.close()
        engine = home.door.audit._store.engine
        event.listen(engine, "connect", lambda each, _: each.execute(f"PRAGMA max_page_count={limit}"))
    elif how == "read-only":
        connection.close()
        event.listen(home.door.audit._store.engine, "connect", lambda each, _: each.execute("PRAGMA query_only=ON"))
    else:
        connection.execute("DROP TABLE audit")
        connection.commit()
        connection.close()


def ask_again_and_again(home: House) -> None:
    for _ in range(200):
        reidentify(ask(), [token(1)], home.door)


@pytest.mark.parametrize("how", ["full", "read-only", "gone"])
def test_no_audit_row_no_identifier(home: House, tmp_path: Path, how: str) -> None:
    """F36. A full store takes some rows yet: it is asked until it refuses."""
    break_audit(home, tmp_path, how)
    with pytest.raises(GovernanceError, match=r"^E-ACCESS-AUDIT") as refusal:
        ask_again_and_again(home)
    written = 0 if how == "gone" else len(home.audited())
    assert home.vault.reads == written
    assert refusal.value.__context__ is None


def test_a_locked_audit_store_shows_nothing(home: House, tmp_path: Path) -> None:
    event.listen(home.door.audit._store.engine, "connect", lambda each, _: each.execute("PRAGMA busy_timeout=10"))
    blocker = sqlite3.connect(tmp_path / "state" / "audit.db", isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with pytest.raises(GovernanceError, match=r"^E-ACCESS-AUDIT"):
        reidentify(ask(), [token(1)], home.door)
    assert home.vault.reads == 0
    blocker.execute("ROLLBACK")
    blocker.close()
    assert names(reidentify(ask(), [token(1)], home.door)) == ["Given1"]


@pytest.mark.parametrize("trouble", [
    OperationalError("SELECT", {"number": "9990000018"}, Exception("database is locked")),
    PermissionError(13, "Permission denied", "9990000018"),
    pa.ArrowInvalid("9990000018"),
    ValueError("could not convert '9990000018' to date"),
    KeyError("9990000018"),
    UnicodeDecodeError("ascii", b"9990000018\xff", 10, 11, "9990000018"),
])  # fmt: skip
def test_a_vault_that_cannot_be_read_is_one_coded_refusal(home: House, trouble: Exception) -> None:
    """F35: and the next request reads again, nothing is kept."""
    home.vault.trouble = trouble
    with pytest.raises(GovernanceError, match=r"^E-ACCESS-VAULT") as refusal:
        reidentify(ask(), [token(1)], home.door)
    assert refusal.value.__context__ is None
    assert "9990000018" not in str(refusal.value)
    assert home.audited() == [(subject(1), "allowed")]
    home.vault.trouble = None
    assert names(reidentify(ask(), [token(1)], home.door)) == ["Given1"]
    assert home.vault.reads == 2


def test_what_the_vault_gives_in_another_form_is_a_coded_refusal_too(home: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """A date of birth as text: the failure to read it as a date would quote it."""

    def as_text(_: object, people: pa.ChunkedArray) -> pa.Table:
        return pa.table({"pseudonym": people} | {name: ["9990000018"] for name in SHOWN})

    monkeypatch.setattr(NightIdentities, "identities", as_text)
    with pytest.raises(GovernanceError, match=r"^E-ACCESS-VAULT") as refusal:
        reidentify(ask(), [token(1)], home.door)
    assert refusal.value.__context__ is None
    assert "9990000018" not in str(refusal.value)


def test_what_access_rests_on_cannot_be_read(home: House, tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "state" / "application.db")
    connection.execute("DROP TABLE relationship")
    connection.commit()
    connection.close()
    with pytest.raises(GovernanceError, match=r"^E-ACCESS-STORE"):
        reidentify(ask(), [token(1)], home.door)
    assert home.audited() == []


KILLED = """
import os, signal, sys
from pathlib import Path
from governance.reidentify import reidentify
from tests.access_drawings import ask, house, token
home = house(Path(sys.argv[1]))
home.tie(1)
home.vault.before = lambda: os.kill(os.getpid(), signal.SIGKILL)
print(reidentify(ask(), [token(1)], home.door).to_pylist())
"""


def test_killed_between_the_audit_row_and_the_vault(tmp_path: Path) -> None:
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, text=True, check=False, cwd=root,
        env=os.environ | {"PYTHONPATH": root},
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert "Given1" not in done.stdout
    home = house(tmp_path)
    assert home.audited() == [(subject(1), "allowed")]
    assert home.door.audit.verify() is None


def test_a_relationship_of_a_team_domain_opens_nothing_where_the_night_has_nobody(home: House) -> None:
    """A tie that outlived its person: nobody to show, and the answer is that of nobody."""
    from governance.access.relationship_store import Tie

    home.ties.add([Tie(NOBODY, "caseload", "user", "ann", dt.date(2026, 9, 1))], at=ask().at, by="system")
    assert codes(reidentify(ask(), [NOBODY], home.door)) == ["RELATIONSHIP"]


def test_registration_shows_a_practice_its_own_people(tmp_path: Path) -> None:
    home = house(tmp_path, 5, gp_practice_code={2: "A99002", 5: None}, registered_to={3: dt.date(2026, 9, 30)})
    home.door.agreements.accept("gp1", "2026-04", ask().at)
    practice = ask(actor="gp1", role="gp practice user", practice="A99001", team="")
    everybody = [token(number) for number in range(1, 6)]
    assert names(reidentify(practice, everybody, home.door)) == ["Given1", None, None, "Given4", None]
    served = dataclasses.replace(home.door, served=[("castle", "A99002")])
    assert names(reidentify(ask(), everybody, served)) == [None, "Given2", None, None, None]


@pytest.mark.parametrize(("days", "registered", "nobody"), [
    (0, None, "RELATIONSHIP"),
    (14, None, "RELATIONSHIP"),
    (15, "REGISTER", "REGISTER"),
    (900, "REGISTER", "REGISTER"),
])  # fmt: skip
def test_an_old_night_does_not_say_who_is_registered_today(home: House, days: int, registered: str, nobody: str) -> None:
    """Other relationships stay; who is registered, who is not and who is nobody are answered alike."""
    old = dataclasses.replace(home.door.identities, as_at=ask().day - dt.timedelta(days=days))  # type: ignore[type-var]
    limits = dataclasses.replace(home.door.limits, register_days=14)
    door = dataclasses.replace(home.door, identities=old, limits=limits, served=[("castle", "A99001")])
    people = [token(1), token(2), token(4), NOBODY]
    assert codes(reidentify(ask(), people, door)) == [None, None, registered, nobody]
    assert {row["purpose"] for row in door.audit.rows() if row["decision"] == "denied"} == {
        f"case-management: refused E-ACCESS-{code}" for code in (registered, nobody) if code
    }
    practice = ask(actor="gp1", role="gp practice user", practice="A99001", team="")
    door.agreements.accept("gp1", "2026-04", ask().at)
    assert codes(reidentify(practice, people, door)) == [registered] * 3 + [nobody]


def test_an_old_night_shows_no_protected_person_either(tmp_path: Path) -> None:
    """Whose own practice's team it is, nobody can say."""
    home = house(tmp_path, 2, protected={1: True})
    home.tie(1)
    door = dataclasses.replace(home.door, served=[("castle", "A99001")])
    assert names(reidentify(ask(), [token(1)], door)) == ["Given1"]
    limits = dataclasses.replace(door.limits, register_days=14)
    later = ask(at=ask().at + dt.timedelta(days=15))
    assert codes(reidentify(later, [token(1)], dataclasses.replace(door, limits=limits))) == ["REGISTER"]


def test_the_register_speaks_first_and_others_where_it_is_silent(tmp_path: Path) -> None:
    """NightIdentities over two records of one person."""
    home = house(tmp_path, 1, address={1: None})
    other = population(1, source={1: "gp"}, given_name={1: "Other"}, address={1: "1 Sample Street"})[0]
    rows = other.append_column("person_id", home.vault.people["person_id"])
    home.vault.people = pa.concat_tables([rows, home.vault.people])
    home.tie(1)
    shown = reidentify(ask(), [token(1)], home.door).to_pylist()[0]
    assert (shown["given_name"], shown["address"]) == ("Given1", "1 Sample Street")
