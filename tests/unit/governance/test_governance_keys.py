"""Root keys: where they come from, what is refused, and that nothing shows or carries them away."""

from __future__ import annotations

import copy
import os
import pickle
import shutil
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from governance import private_files
from governance.keys import (
    CREDENTIAL,
    KEY_ENVIRONMENT,
    CredentialKey,
    Domain,
    DomainKey,
    FileKey,
    RootKey,
    check_distinct,
    check_key,
    create_root_key,
    find_key,
    key_check_value,
)
from schemas.errors import CaselinkError, ConfigurationError, GovernanceError


def refused(code: str) -> pytest.RaisesExc[CaselinkError]:
    return pytest.raises(CaselinkError, match=f"^{code}: ")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "secrets" / "root.key"
    create_root_key(path)
    return path


def test_a_new_key_is_private_random_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "root.key"
    key = create_root_key(path)
    assert len(key) == 32
    assert FileKey(path).root() == key
    assert bytes.fromhex(path.read_text().strip()) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert create_root_key(tmp_path / "secrets" / "other.key") != key


def test_a_key_is_never_overwritten(key_file: Path) -> None:
    before = key_file.read_bytes()
    with refused("E-KEY-EXISTS"):
        create_root_key(key_file)
    assert key_file.read_bytes() == before


def test_a_key_is_not_made_where_others_can_reach_it(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    with refused("E-KEY-FOLDER"):
        create_root_key(tmp_path / "root.key")
    assert not (tmp_path / "root.key").exists()


# --- unsafe files -----------------------------------------------------------------------------------------------------------


def others_read(path: Path) -> None:
    path.chmod(0o604)


def group_reads(path: Path) -> None:
    path.chmod(0o640)


def folder_open(path: Path) -> None:
    path.parent.chmod(0o701)


def folder_of_group(path: Path) -> None:
    path.parent.chmod(0o770)


def gone(path: Path) -> None:
    path.unlink()


def a_link(path: Path) -> None:
    path.rename(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def not_hex(path: Path) -> None:
    path.write_text("z" * 64)


def too_short(path: Path) -> None:
    path.write_text("ab" * 31)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def not_text(path: Path) -> None:
    path.write_bytes(b"\xff" * 64)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (others_read, "E-KEY-MODE"),
        (group_reads, "E-KEY-MODE"),
        (folder_open, "E-KEY-FOLDER"),
        (folder_of_group, "E-KEY-FOLDER"),
        (gone, "E-KEY-MISSING"),
        (a_link, "E-KEY-MISSING"),
        (a_folder, "E-KEY-MISSING"),
        (not_hex, "E-KEY-FORM"),
        (too_short, "E-KEY-FORM"),
        (empty, "E-KEY-FORM"),
        (not_text, "E-KEY-FORM"),
    ],
)
def test_unsafe_files_are_refused_by_name(key_file: Path, harm: Callable[[Path], None], code: str) -> None:
    secret = key_file.read_text().strip()
    harm(key_file)
    with refused(code) as caught:
        FileKey(key_file).root()
    assert secret not in str(caught.value)
    assert caught.value.cure
    assert caught.value.__context__ is None


def test_a_file_of_another_user_is_refused(key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    with refused("E-KEY-OWNER"):
        FileKey(key_file).root()


# --- git ----------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def work_tree(tmp_path: Path) -> Path:
    """A git work tree with a project in `area/` inside it."""
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    return tmp_path


def without_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)


IGNORED = ["/area/\n", "area\n", "secrets/\n", "root.key\n", "*.key\n", "# keys\n\n*.ke?\n"]


@pytest.mark.parametrize("pattern", IGNORED)
@pytest.mark.parametrize("git", [True, False])
def test_a_key_in_a_work_tree_must_be_ignored(work_tree: Path, pattern: str, git: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not git:
        without_git(monkeypatch)
    path = work_tree / "area" / "secrets" / "root.key"
    with refused("E-KEY-GIT"):
        create_root_key(path)
    assert not path.exists()
    (work_tree / ".gitignore").write_text(pattern)
    assert create_root_key(path) == FileKey(path).root()


@pytest.mark.parametrize("git", [True, False])
def test_a_project_that_ignores_itself_is_safe(work_tree: Path, git: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not git:
        without_git(monkeypatch)
    (work_tree / "area").mkdir()
    (work_tree / "area" / ".gitignore").write_text("*\n")
    assert create_root_key(work_tree / "area" / "secrets" / "root.key")


def test_a_key_that_git_tracks_is_refused_although_a_pattern_names_it(work_tree: Path) -> None:
    path = work_tree / "area" / "secrets" / "root.key"
    (work_tree / ".gitignore").write_text("*.key\n")
    create_root_key(path)
    subprocess.run(["git", "-C", str(work_tree), "add", "--force", str(path)], check=True)
    (work_tree / ".gitignore").write_text("nothing\n")
    with refused("E-KEY-GIT"):
        FileKey(path).root()


@pytest.mark.parametrize("pattern", ["secrets/\n!root.key\n", "area/secrets\n", "other\n", "/secrets/\n", "root.key/\n"])
def test_without_git_a_pattern_that_is_not_plain_does_not_count(
    work_tree: Path, pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_git(monkeypatch)
    (work_tree / ".gitignore").write_text(pattern)
    with refused("E-KEY-GIT"):
        create_root_key(work_tree / "area" / "secrets" / "root.key")


def test_a_link_to_a_folder_in_a_work_tree_hides_nothing(work_tree: Path, tmp_path: Path) -> None:
    (work_tree / "area").mkdir(mode=0o700)
    (tmp_path / "link").symlink_to(work_tree / "area")
    with refused("E-KEY-GIT"):
        create_root_key(tmp_path / "link" / "root.key")
    assert list((work_tree / "area").iterdir()) == []


@pytest.mark.parametrize(("mode", "safe"), [(0o777, False), (0o1777, True), (0o775, True), (0o755, True)])
def test_a_folder_far_above_that_others_can_exchange_is_not_safe(tmp_path: Path, mode: int, safe: bool) -> None:
    path = tmp_path / "top" / "between" / "secrets" / "root.key"
    path.parent.mkdir(parents=True)
    path.parent.chmod(0o700)
    key = create_root_key(path)
    (tmp_path / "top").chmod(mode)
    if safe:
        assert FileKey(path).root() == key
    else:
        with refused("E-KEY-FOLDER"):
            FileKey(path).root()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_that_is_somebody_elses_is_not_safe(tmp_path: Path) -> None:
    path = tmp_path / "theirs" / "secrets" / "root.key"
    path.parent.mkdir(parents=True)
    path.parent.chmod(0o700)
    create_root_key(path)
    os.chown(tmp_path / "theirs", 65534, 65534)
    with refused("E-KEY-FOLDER"):
        FileKey(path).root()


def test_a_git_that_cannot_answer_is_not_believed(work_tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_a, **_k: subprocess.CompletedProcess([], 128))
    path = work_tree / "area" / "secrets" / "root.key"
    assert private_files._ignored_by_git(work_tree) is None
    with refused("E-KEY-GIT"):
        create_root_key(path)


# --- providers --------------------------------------------------------------------------------------------------------------


def credential(folder: Path, mode: int = 0o400) -> Path:
    path = folder / CREDENTIAL
    path.write_text("0f" * 32 + "\n")
    path.chmod(mode)
    return path


def test_a_systemd_credential_may_be_readable_by_its_group(tmp_path: Path) -> None:
    credential(tmp_path, 0o440)
    assert CredentialKey(tmp_path).root() == bytes.fromhex("0f" * 32)


def test_a_systemd_credential_that_is_missing_or_open_is_refused(tmp_path: Path) -> None:
    with refused("E-KEY-MISSING"):
        CredentialKey(tmp_path).root()
    credential(tmp_path, 0o444)
    with refused("E-KEY-MODE"):
        CredentialKey(tmp_path).root()


def test_the_environment_names_the_key_before_the_configuration_does(key_file: Path, tmp_path: Path) -> None:
    credential(tmp_path)
    configured = tmp_path / "configured.key"
    assert find_key(configured, {}) == FileKey(configured)
    assert find_key(configured, {"CREDENTIALS_DIRECTORY": str(tmp_path / "secrets")}) == FileKey(configured)
    assert find_key(configured, {"CREDENTIALS_DIRECTORY": str(tmp_path)}) == CredentialKey(tmp_path)
    both = {"CREDENTIALS_DIRECTORY": str(tmp_path), "CASELINK_ROOT_KEY_FILE": str(key_file)}
    assert find_key(configured, both) == FileKey(key_file)
    assert set(both) == set(KEY_ENVIRONMENT)


# --- what a key shows --------------------------------------------------------------------------------------------------------


def test_a_key_shows_only_its_check_value(root: RootKey) -> None:
    shown = [repr(root), str(root), f"{root}", f"{root:>60}", "%s" % root, repr({"key": root})]  # noqa: UP031
    for text in shown:
        assert root.hex() not in text
        assert "\\x" not in text
        assert key_check_value(root) in text


def test_a_key_does_not_leave_its_process(root: RootKey) -> None:
    for key in (root, DomainKey(root, Domain("csu", "analysis"))):
        with refused("E-KEY-PICKLE"):
            pickle.dumps(key)
        with refused("E-KEY-PICKLE"):
            copy.copy(key)


def test_a_domain_key_shows_only_its_tag(root: RootKey) -> None:
    assert repr(DomainKey(root, Domain("csu", "analysis", 7))) == "DomainKey(csu7)"


def test_a_key_has_32_bytes() -> None:
    with refused("E-KEY-FORM"):
        RootKey(bytes(31))


def test_the_check_value_tells_keys_apart(root: RootKey) -> None:
    assert key_check_value(root) == "f9f6e124"
    check_key(root, None)
    check_key(root, key_check_value(root))
    with refused("E-KEY-WRONG") as caught:
        check_key(RootKey(bytes(32)), key_check_value(root))
    assert isinstance(caught.value, GovernanceError)


# --- domains ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipient", "epoch", "tag"), [("csu", 7, "csu7"), ("north-team", 12, "north-team12"), ("team-1", 2, "team-1-2")]
)
def test_tags(recipient: str, epoch: int, tag: str) -> None:
    assert Domain(recipient, "analysis", epoch).tag == tag


@pytest.mark.parametrize(
    ("recipient", "purpose", "epoch"),
    [
        ("", "p", 1),
        ("CSU", "p", 1),
        ("1st", "p", 1),
        ("a-", "p", 1),
        ("a b", "p", 1),
        ("csu", " ", 1),
        ("csu", "p", 0),
        ("a" * 32, "p", 1),
    ],
)
def test_domains_that_are_none(recipient: str, purpose: str, epoch: int) -> None:
    with pytest.raises(ConfigurationError, match=r"^E-DOMAIN: "):
        Domain(recipient, purpose, epoch)


def test_fields_cannot_run_into_each_other() -> None:
    assert Domain("ab", "c").info() != Domain("a", "bc").info()
    assert Domain("csu", "p", 1).info() == b"caselink/pseudonym/v1\0\0\0\3csu\0\0\0\1p\0\0\0\0011"


def test_two_purposes_may_not_share_a_tag() -> None:
    one, other = Domain("csu", "analysis"), Domain("csu", "evaluation")
    check_distinct([one, one, Domain("csu", "analysis", 2), Domain("csu-evaluation", "evaluation")])
    with refused("E-DOMAIN-TAG"):
        check_distinct([one, other])
