"""Checkpoints: signed, in order, by a known key; every way to be wrong is named with its line."""

from __future__ import annotations

import base64
import datetime as dt
import json
import pickle
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from governance.checkpoints import SigningKey, append_checkpoint, key_id, public_key, read_checkpoints, signing_key
from schemas.errors import GovernanceError

AT = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
LOG = "0123456789abcdef" * 2


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return signing_key(tmp_path / "secrets" / "k.key")


@pytest.fixture
def place(tmp_path: Path, key: SigningKey) -> Path:
    """Three checkpoints."""
    place = tmp_path / "elsewhere" / "c.jsonl"
    for seq in (1, 5, 5):
        append_checkpoint(place, key.sign(LOG, seq, f"{seq:064x}", AT))
    return place


def keys(key: SigningKey) -> dict[str, object]:
    public = public_key(key.public_pem())
    return {key_id(public): public}


def test_what_was_signed_is_read(place: Path, key: SigningKey, tmp_path: Path) -> None:
    assert [each.seq for each in read_checkpoints(place, keys(key))] == [1, 5, 5]
    assert signing_key(tmp_path / "secrets" / "k.key").key_id == key.key_id


def changed(**members: object) -> Callable[[str], str]:
    return lambda line: json.dumps({**json.loads(line), **members}) + "\n"


def other_key(line: str) -> str:
    said = json.loads(line)
    return SigningKey(b"x" * 32).sign(said["log_id"], said["seq"], said["head"], AT).line()


def bit_flipped(line: str) -> str:
    signature = bytearray(base64.b64decode(json.loads(line)["signature"]))
    signature[10] ^= 1
    return changed(signature=base64.b64encode(signature).decode())(line)


@pytest.mark.parametrize(("spoil", "code"), [
    (changed(seq=4), "E-CHECKPOINT-SIGNATURE"),
    (changed(head="1" * 64), "E-CHECKPOINT-SIGNATURE"),
    (changed(log_id="1" * 32), "E-CHECKPOINT-SIGNATURE"),
    (changed(ts="2026-11-26T12:00:00.000000+00:00"), "E-CHECKPOINT-SIGNATURE"),
    (changed(key_id="0" * 16), "E-CHECKPOINT-KEY"),
    (changed(signature="!"), "E-CHECKPOINT-SIGNATURE"),
    (bit_flipped, "E-CHECKPOINT-SIGNATURE"),
    (other_key, "E-CHECKPOINT-KEY"),
    (changed(more=1), "E-CHECKPOINT-FORM"),
    (changed(seq="5"), "E-CHECKPOINT-FORM"),
    (changed(ts="noon"), "E-CHECKPOINT-FORM"),
    (lambda line: line[:40] + "\n", "E-CHECKPOINT-FORM"),
    (lambda line: "\n" + line, "E-CHECKPOINT-FORM"),
    (lambda _line: "\u00e9\n", "E-CHECKPOINT-FORM"),
])  # fmt: skip
def test_a_bad_line_is_named(place: Path, key: SigningKey, spoil: Callable[[str], str], code: str) -> None:
    lines = place.read_text().splitlines(keepends=True)
    place.write_text("".join([lines[0], spoil(lines[1]), *lines[2:]]))
    with pytest.raises(GovernanceError, match=rf"^{code}: line 2 ") as refusal:
        read_checkpoints(place, keys(key))
    assert refusal.value.__context__ is None


def test_an_earlier_state_behind_a_later_one_is_refused(place: Path, key: SigningKey) -> None:
    append_checkpoint(place, key.sign(LOG, 4, "4" * 64, AT))
    with pytest.raises(GovernanceError, match=r"^E-CHECKPOINT-ORDER: line 4 "):
        read_checkpoints(place, keys(key))


def test_nothing_to_read_is_refused(tmp_path: Path, key: SigningKey) -> None:
    (tmp_path / "empty").touch()
    for name in ("empty", "none"):
        with pytest.raises(GovernanceError, match=r"^E-CHECKPOINT-NONE"):
            read_checkpoints(tmp_path / name, keys(key))


def test_a_link_is_not_written_through(tmp_path: Path, key: SigningKey) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    with pytest.raises(GovernanceError, match=r"^E-CHECKPOINT-PLACE"):
        append_checkpoint(tmp_path / "link", key.sign(LOG, 1, "0" * 64, AT))
    assert not (tmp_path / "target").exists()


def test_the_private_key_shows_nothing_and_stays(key: SigningKey, tmp_path: Path) -> None:
    assert (tmp_path / "secrets" / "k.key").read_text().strip() not in repr(key)
    assert key.key_id in repr(key)
    with pytest.raises(GovernanceError, match=r"^E-KEY-PICKLE"):
        pickle.dumps(key)


@pytest.mark.parametrize("pem", [b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_public_key_is_refused(pem: bytes) -> None:
    with pytest.raises(GovernanceError, match=r"^E-KEY-FORM") as refusal:
        public_key(pem)
    assert refusal.value.__context__ is None


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl")
def test_openssl_agrees(place: Path, key: SigningKey, tmp_path: Path) -> None:
    """The recipe of docs/reference/audit.md, with nothing of ours."""
    said = json.loads(place.read_text().splitlines()[0])
    signature = base64.b64decode(said.pop("signature"))
    words = json.dumps(said, sort_keys=True, separators=(",", ":"))
    (tmp_path / "words").write_bytes(b"caselink/audit-checkpoint/v1\n" + words.encode())
    (tmp_path / "sig").write_bytes(signature)
    (tmp_path / "key.pem").write_bytes(key.public_pem())
    command = ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin", "-in", "words", "-sigfile", "sig"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Signature Verified Successfully" in done.stdout, done.stderr
