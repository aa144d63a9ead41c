"""`caselink governance audit verify`: whole, broken, and nothing yet."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3
import subprocess
from pathlib import Path

import pytest

from governance.audit import Act, Audit
from tests.conftest import caselink

ACT = Act(dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC), "clerk.secret", "link review export", "clerical review of linkage")


@pytest.fixture(name="area")
def _area(tmp_path: Path) -> Path:
    """A project with an audit log of four lines."""
    (tmp_path / "caselink.toml").write_text('[area]\nname = "x"\nsynthetic = true\n')
    for _ in range(4):
        Audit(tmp_path / "state" / "audit.db").append(ACT)
    return tmp_path


def verify(area: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return caselink("governance", "audit", "verify", *options, "--project", str(area))


def spoil(area: Path, statement: str) -> None:
    with sqlite3.connect(area / "state" / "audit.db") as connection:
        for name in ("update", "delete"):
            connection.execute(f"DROP TRIGGER audit_no_{name}")
        connection.execute(statement)
    connection.close()


def test_a_whole_log_ends_with_0_and_says_where_it_ends(area: Path) -> None:
    done = verify(area, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"lines": 4, "last_hash": Audit(area / "state" / "audit.db").rows()[-1]["hash"]}
    assert "The audit log is whole: 4 lines" in done.stderr


@pytest.mark.parametrize(
    ("statement", "line"),
    [
        ("UPDATE audit SET actor = 'clerk.other' WHERE seq = 2", 2),
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 3", 3),
    ],
)
def test_a_broken_chain_ends_with_4_names_the_line_and_no_value(area: Path, statement: str, line: int) -> None:
    spoil(area, statement)
    done = verify(area, "--json")
    assert done.returncode == 4
    assert done.stderr.startswith(
        f"E-AUDIT-BROKEN: line {line} of the audit log is missing, out of place or not as it was written."
    )
    assert "clerk" not in done.stdout + done.stderr
    assert "link review" not in done.stdout + done.stderr


def test_a_project_in_which_nothing_was_opened_has_an_empty_log(tmp_path: Path) -> None:
    (tmp_path / "caselink.toml").write_text('[area]\nname = "x"\nsynthetic = true\n')
    done = verify(tmp_path, "--json")
    assert (done.returncode, json.loads(done.stdout)["lines"]) == (0, 0), done.stderr


def test_what_is_no_project_is_refused(tmp_path: Path) -> None:
    assert verify(tmp_path).returncode == 2
