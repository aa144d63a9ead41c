"""`caselink governance audit verify` and `checkpoint`: whole, broken, cut off, replaced, silent, and nothing yet."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from governance.audit import Act, Audit
from governance.audit_verify import NIGHT
from governance.checkpoints import append_checkpoint, signing_key
from governance.publications import Publications
from pipelines.config import load_configuration
from pipelines.project import Project
from pipelines.witness import check_witness
from schemas.errors import GovernanceError
from tests.conftest import caselink
from tests.permitted import permit

ACT = Act(dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC), "clerk.secret", "link review export", "clerical review of linkage")
PLAIN = '[area]\nname = "x"\nsynthetic = true\n'


@pytest.fixture(name="area")
def _area(tmp_path: Path) -> Path:
    """A project with an audit log of four lines and a checkpoint of the fourth."""
    area = tmp_path / "area"
    area.mkdir(mode=0o700)
    (area / "caselink.toml").write_text(PLAIN)
    for _ in range(4):
        Audit(log_file(area)).append(ACT)
    assert audit(area, "checkpoint").returncode == 0
    return area


def log_file(area: Path) -> Path:
    return area / "state" / "audit.db"


def audit(area: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return caselink("governance", "audit", *command, "--project", str(area), measured=command[0] != "checkpoint")


def verify(area: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return audit(area, "verify", *options)


def spoil(area: Path, statement: str) -> None:
    with sqlite3.connect(log_file(area)) as connection:
        for name in ("update", "delete"):
            connection.execute(f"DROP TRIGGER audit_no_{name}")
        connection.execute(statement)
    connection.close()


def test_a_whole_log_ends_with_0_and_says_where_it_ends(area: Path) -> None:
    done = verify(area, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer.pop("last_checkpoint")[:2] == "20"
    assert answer == {"lines": 4, "last_hash": Audit(log_file(area)).rows()[-1]["hash"], "checkpoints": 1}
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


def cut_off(area: Path) -> None:
    spoil(area, "DELETE FROM audit WHERE seq > 2")


def old_copy_goes_on(area: Path) -> None:
    cut_off(area)
    for _ in range(9):
        Audit(log_file(area)).append(dataclasses.replace(ACT, actor="clerk.other"))


def another_log(area: Path) -> None:
    shutil.rmtree(area / "state")
    for _ in range(9):
        Audit(log_file(area)).append(ACT)


def emptied(area: Path) -> None:
    shutil.rmtree(area / "state")


def another_key(area: Path) -> None:
    for name in ("secrets/audit-signing.key", "audit-public-key.pem"):
        (area / name).unlink()
    another_log(area)
    (area / "audit-checkpoints.jsonl").unlink()
    audit(area, "checkpoint")


def a_line_re_signed(area: Path) -> None:
    (area / "other").mkdir(mode=0o700)
    checkpoint = signing_key(area / "other" / "k.key").sign("0" * 32, 9, "0" * 64, ACT.at)
    append_checkpoint(area / "audit-checkpoints.jsonl", checkpoint)


def checkpoints_gone(area: Path) -> None:
    (area / "audit-checkpoints.jsonl").unlink()


@pytest.mark.parametrize(("attack", "told"), [
    (cut_off, "E-AUDIT-CUT: the audit log ends before line 3"),
    (old_copy_goes_on, "E-AUDIT-REPLACED: line 4 of the audit log is not the one"),
    (another_log, "E-AUDIT-REPLACED: the audit log is not the one"),
    (emptied, "E-AUDIT-CUT: the audit log ends before line 1"),
    (another_key, "E-CHECKPOINT-KEY: line 1"),
    (a_line_re_signed, "E-CHECKPOINT-KEY: line 2"),
    (checkpoints_gone, "E-CHECKPOINT-NONE"),
])  # fmt: skip
def test_what_the_chain_cannot_show_the_checkpoints_do(area: Path, attack: Callable[[Path], None], told: str) -> None:
    held = shutil.copy(area / "audit-checkpoints.jsonl", area.parent / "held.jsonl")
    attack(area)
    done = verify(area, "--since", str(held))
    assert done.returncode == 4
    assert done.stderr.startswith(told), done.stderr


def test_a_night_that_the_log_says_nothing_of_is_noticed(area: Path) -> None:
    """Whoever empties the log can empty its checkpoints where they lie in the project; the publication stands elsewhere."""
    publications = Publications(area / "elsewhere" / "application.db")
    publications.publish("0123456789abcdef", as_at=dt.date(2026, 9, 30), manifest_sha256="0" * 64)
    shutil.rmtree(area / "state")
    (area / "audit-checkpoints.jsonl").unlink()
    (area / "caselink.toml").write_text(PLAIN + '[stores]\napplication = "elsewhere/application.db"\n')
    done = verify(area)
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-AUDIT-NIGHT")
    Audit(log_file(area)).append(dataclasses.replace(ACT, run_id="0123456789abcdef"))
    audit(area, "checkpoint")
    assert verify(area).stderr.startswith("E-AUDIT-NIGHT"), "a view of that night is not its line"
    Audit(log_file(area)).append(dataclasses.replace(ACT, action=NIGHT, run_id="0123456789abcdef"))
    assert verify(area).returncode == 0


def test_a_night_cut_short_before_its_line_is_written_down_by_the_next_run(area: Path) -> None:
    """The next run need not be of the same date or inputs, nor get far. One that was not cut short changes nothing."""
    Publications(area / "state" / "application.db").publish("0" * 16, as_at=dt.date(2026, 9, 30), manifest_sha256="0" * 64)
    for cut_short, left in ((False, "E-AUDIT-NIGHT"), (True, "")):
        (area / "state" / "run.lock").write_text('{"pid": 1, "run_id": "as-at-2026-09-30"}' if cut_short else "")
        assert caselink("run", "--direct", "--quiet", "--as-at", "2026-10-01", "--project", str(area)).returncode != 0
        done = verify(area)
        assert (done.stderr or done.stdout).startswith(left or "The audit log is whole: 5 lines")


def test_a_log_cut_with_its_checkpoints_is_noticed_by_the_nights_and_by_a_copy_elsewhere(area: Path) -> None:
    """Triggers dropped, lines 2 to 4 gone, the checkpoint file cut to its first line: the chain is whole as far as it goes."""
    (area / "caselink.toml").write_text(PLAIN + f'[audit]\ncheckpoints = ["audit-checkpoints.jsonl", "{area.parent}/w.jsonl"]\n')
    Publications(area / "state" / "application.db").publish("0" * 16, as_at=dt.date(2026, 9, 30), manifest_sha256="0" * 64)
    Audit(log_file(area)).append(dataclasses.replace(ACT, action=NIGHT, run_id="0" * 16))
    spoil(area, "DELETE FROM audit WHERE seq > 1")
    (area / "audit-checkpoints.jsonl").unlink()
    audit(area, "checkpoint")
    held = (area / "audit-checkpoints.jsonl").read_text()
    (area.parent / "w.jsonl").write_text(held)
    assert verify(area).stderr.startswith("E-AUDIT-NIGHT")
    shutil.rmtree(area / "state")
    done = verify(area)
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-AUDIT-CUT")


def test_a_signing_key_that_is_gone_is_not_made_anew(area: Path) -> None:
    """A machine restored without it would disown every checkpoint before. What was signed can still be checked."""
    (area / "secrets" / "audit-signing.key").unlink()
    assert verify(area).returncode == 0
    done = audit(area, "checkpoint")
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-CHECKPOINT-KEYLESS")
    assert not (area / "secrets" / "audit-signing.key").exists()


def test_checkpoints_without_their_key_are_not_disowned_by_a_new_one(area: Path) -> None:
    """Neither half of the key came back from the backup: what it signed says that there was one."""
    for name in ("secrets/audit-signing.key", "audit-public-key.pem"):
        (area / name).unlink()
    done = audit(area, "checkpoint")
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-CHECKPOINT-KEYLESS")
    assert verify(area).stderr.startswith("E-CHECKPOINT-KEY: line 1")
    assert not (area / "secrets" / "audit-signing.key").exists()


def test_another_signing_key_in_its_place_is_refused(area: Path) -> None:
    (area / "secrets" / "audit-signing.key").unlink()
    signing_key(area / "secrets" / "audit-signing.key")
    held = (area / "audit-public-key.pem").read_bytes()
    for command in ("checkpoint", "verify"):
        done = audit(area, command)
        assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-CHECKPOINT-OTHER")
    assert (area / "audit-public-key.pem").read_bytes() == held


@pytest.mark.parametrize("place", ["state/c.jsonl", "secrets/c.jsonl", "vault/c.jsonl", "runs", "/dev/null"])
def test_a_place_that_witnesses_nothing_is_refused(area: Path, place: str) -> None:
    (area / "runs").mkdir(exist_ok=True)
    (area / "caselink.toml").write_text(PLAIN + f'[audit]\ncheckpoints = ["{place}"]\n')
    done = audit(area, "checkpoint")
    assert (done.returncode, done.stderr[:19]) == (2, "E-CHECKPOINT-CONFIG")


def test_a_place_beside_a_log_in_the_project_folder_is_refused(area: Path) -> None:
    (area / "caselink.toml").write_text(PLAIN + '[stores]\naudit = "audit.db"\n')
    done = audit(area, "checkpoint")
    assert (done.returncode, done.stderr[:19]) == (2, "E-CHECKPOINT-CONFIG")


def test_a_live_project_has_a_witness_elsewhere(area: Path) -> None:
    project = Project.at(area)
    synthetic = load_configuration(project)
    check_witness(project, synthetic)
    live = synthetic.model_copy(update={"area": synthetic.area.model_copy(update={"synthetic": False})})
    with pytest.raises(GovernanceError, match=r"^E-CHECKPOINT-HERE"):
        check_witness(project, live)
    elsewhere = live.audit.model_copy(update={"checkpoints": ("audit-checkpoints.jsonl", str(area.parent / "witness.jsonl"))})
    check_witness(project, live.model_copy(update={"audit": elsewhere}))


def test_check_says_that_a_live_project_has_no_witness_elsewhere(tmp_path: Path) -> None:
    def told(synthetic: str) -> list[str]:
        (tmp_path / "caselink.toml").write_text(f'[area]\nname = "x"\nsynthetic = {synthetic}\n')
        permit(tmp_path)
        done = caselink("check", "--json", "--project", str(tmp_path))
        assert done.returncode == 4, "no register, and no national list, in either"
        return [line.split(":")[0] for line in json.loads(done.stdout)["stopped_by"]]

    assert "E-CHECKPOINT-HERE" in told("false")
    assert "E-CHECKPOINT-HERE" not in told("true")


def test_silence_is_noticed(area: Path) -> None:
    (area / "caselink.toml").write_text(PLAIN + '[audit]\nsilent_hours = 30\nreference = "x"\n')
    assert verify(area).returncode == 0
    old = json.loads((area / "audit-checkpoints.jsonl").read_text())
    key = signing_key(area / "secrets" / "audit-signing.key")
    early = key.sign(old["log_id"], old["seq"], old["head"], dt.datetime.now(dt.UTC) - dt.timedelta(hours=31))
    (area / "audit-checkpoints.jsonl").write_text(early.line())
    done = verify(area)
    assert (done.returncode, done.stderr[:14]) == (4, "E-AUDIT-SILENT")


def test_an_earlier_key_still_counts_where_it_is_named(area: Path) -> None:
    (area / "audit-public-key.pem").rename(area / "first.pem")
    (area / "secrets" / "audit-signing.key").unlink()
    assert verify(area).stderr.startswith("E-CHECKPOINT-KEY")
    (area / "caselink.toml").write_text(PLAIN + '[audit]\nearlier_public_keys = ["first.pem"]\n')
    assert not (area / "secrets" / "audit-signing.key").exists(), "to check makes no key"
    audit(area, "checkpoint")
    assert verify(area).returncode == 0
    assert Audit(log_file(area)).rows()[-1]["action"] == "audit signing key"


def test_the_signing_key_is_private_and_its_public_half_is_written(area: Path) -> None:
    assert stat.S_IMODE((area / "secrets" / "audit-signing.key").stat().st_mode) == 0o600
    assert (area / "audit-public-key.pem").read_bytes().startswith(b"-----BEGIN PUBLIC KEY-----")


def test_a_project_in_which_nothing_was_opened_has_an_empty_log(tmp_path: Path) -> None:
    (tmp_path / "caselink.toml").write_text(PLAIN)
    done = verify(tmp_path, "--json")
    assert (done.returncode, json.loads(done.stdout)["lines"]) == (0, 0), done.stderr
    assert "No checkpoint was compared" in done.stderr


def test_what_is_no_project_is_refused(tmp_path: Path) -> None:
    assert verify(tmp_path).returncode == 2
