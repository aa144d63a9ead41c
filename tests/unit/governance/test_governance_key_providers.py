"""Keys from the environment, the keyring and behind a command: what is refused, by name, and that nothing shows a key."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path
from types import ModuleType

import pytest

from governance import key_providers
from governance.key_providers import CommandUnwrapper, EnvironmentKey, KeyringKey, WrappedKey, check_program
from governance.keys import KEY_FILE_VARIABLE, RootKey, create_root_key, service_credential
from schemas.errors import CaselinkError

KEY = RootKey(bytes(range(32)))


def refused(code: str) -> pytest.RaisesExc[CaselinkError]:
    return pytest.raises(CaselinkError, match=f"^{code}: ")


def shows_nothing(error: CaselinkError) -> bool:
    return KEY.hex() not in f"{error!r}{error}" and error.__context__ is None and error.__cause__ is None


def test_the_environment_names_a_file_and_never_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "secrets" / "root.key"
    key = create_root_key(path)
    monkeypatch.setenv(KEY_FILE_VARIABLE, str(path))
    assert EnvironmentKey().root() == key
    for value, code in ((None, "E-KEY-MISSING"), ("", "E-KEY-MISSING"), (key.hex(), "E-KEY-ENVIRONMENT")):
        with refused(code) as caught:
            EnvironmentKey({} if value is None else {KEY_FILE_VARIABLE: value}).root()
        assert key.hex() not in str(caught.value)


def test_a_process_that_is_no_service_has_no_credential(tmp_path: Path) -> None:
    with refused("E-KEY-MISSING"):
        service_credential({})
    assert service_credential({"CREDENTIALS_DIRECTORY": str(tmp_path)}).folder == tmp_path


class Ring:
    """A keyring that holds one text."""

    def __init__(self, text: str | None = None, *, error: Exception | None = None) -> None:
        self.text, self.error = text, error
        self.asked: list[tuple[str, str]] = []

    def get_password(self, service: str, user: str) -> str | None:
        self.asked.append((service, user))
        if self.error:
            raise self.error
        return self.text


def named(ring: Ring, name: str) -> Ring:
    """The ring as an object of a class of this name."""
    module, _, qualname = name.rpartition(".")
    kind = type(qualname, (type(ring),), {"__module__": module, "__qualname__": qualname})
    again: Ring = kind(ring.text, error=ring.error)
    return again


def use_ring(monkeypatch: pytest.MonkeyPatch, ring: Ring, name: str = "keyring.backends.SecretService.Keyring") -> Ring:
    library, used = ModuleType("keyring"), named(ring, name)
    library.get_keyring = lambda: used  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "keyring", library)
    return used


def test_a_safe_keyring_gives_its_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = use_ring(monkeypatch, Ring(KEY.hex()))
    assert KeyringKey("caselink", "root-key").root() == KEY
    assert ring.asked == [("caselink", "root-key")]


UNSAFE = [
    "keyring.backends.null.Keyring", "keyring.backends.fail.Keyring", "keyrings.alt.file.PlaintextKeyring",
    "keyrings.alt.file.EncryptedKeyring", "a.module.of.their.own.Keyring",
]  # fmt: skip


@pytest.mark.parametrize("name", UNSAFE)
def test_any_other_keyring_is_refused_by_its_name_before_it_is_asked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = use_ring(monkeypatch, Ring(KEY.hex()), name)
    with refused("E-KEY-KEYRING") as caught:
        KeyringKey("caselink", "root-key").root()
    assert name in str(caught.value)
    assert ring.asked == []


class Chain(Ring):
    """A keyring that hands on to others."""

    backends: tuple[object, ...] = ()


@pytest.mark.parametrize(("inner", "safe"), [("keyring.backends.libsecret.Keyring", True), (UNSAFE[2], False)])
def test_a_chain_is_as_safe_as_its_least_safe_backend(inner: str, safe: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = use_ring(monkeypatch, Chain(KEY.hex()), key_providers.CHAIN)
    assert isinstance(chain, Chain)
    chain.backends = (named(Ring(), inner),)
    if safe:
        assert KeyringKey("caselink", "root-key").root() == KEY
    else:
        with refused("E-KEY-KEYRING"):
            KeyringKey("caselink", "root-key").root()
    chain.backends = ()
    with refused("E-KEY-KEYRING"):
        KeyringKey("caselink", "root-key").root()


@pytest.mark.parametrize(
    ("ring", "code"),
    [
        (Ring(None), "E-KEY-MISSING"),
        (Ring(KEY.hex() + "0"), "E-KEY-FORM"),
        (Ring(error=RuntimeError(KEY.hex())), "E-KEY-MISSING"),
    ],
)
def test_a_keyring_without_a_usable_entry_is_refused_and_shows_nothing(
    ring: Ring, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    use_ring(monkeypatch, ring)
    with refused(code) as caught:
        KeyringKey("caselink", "root-key").root()
    assert shows_nothing(caught.value)


def test_without_the_package_the_cure_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with refused("E-KEY-PROVIDER") as caught:
        KeyringKey("caselink", "root-key").root()
    assert "caselink[keyring]" in str(caught.value)


def script(folder: Path, body: str, mode: int = 0o700) -> tuple[str, ...]:
    folder.mkdir(exist_ok=True, mode=0o700)
    path = folder / "unwrap"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(mode)
    return (str(path), "argument")


def wrapped(folder: Path) -> Path:
    """A key "wrapped" by turning its text round."""
    path = folder / "root.wrapped"
    path.write_text(KEY.hex()[::-1])
    path.chmod(0o600)
    folder.chmod(0o700)
    return path


def test_a_command_opens_a_wrapped_key_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASELINK_ROOT_KEY_FILE", "/somewhere")
    seen = tmp_path / "seen"
    command = script(tmp_path / "bin", f'tr "\\0" "\\n" < /proc/self/environ > {seen}; echo "$@" >> {seen}; rev')
    assert WrappedKey(wrapped(tmp_path), CommandUnwrapper(command)).root() == KEY
    said = seen.read_text()
    assert "CASELINK_" not in said
    assert KEY.hex() not in said
    assert KEY.hex()[::-1] not in said
    assert said.endswith("argument\n")


FAILING = [
    ("exit 3", "E-KEY-UNWRAP"),
    ("true", "E-KEY-UNWRAP"),
    ("rev; exit 1", "E-KEY-UNWRAP"),
    ("sleep 5", "E-KEY-UNWRAP"),
    ("head -c 5000 /dev/zero", "E-KEY-UNWRAP"),
    ("echo oh dear >&2; rev; echo more", "E-KEY-FORM"),
]


@pytest.mark.parametrize(("body", "code"), FAILING)
def test_a_command_that_does_not_answer_a_key_is_refused_and_shows_nothing(tmp_path: Path, body: str, code: str) -> None:
    command = script(tmp_path / "bin", body)
    with refused(code) as caught:
        WrappedKey(wrapped(tmp_path), CommandUnwrapper(command, seconds=1)).root()
    assert shows_nothing(caught.value)


def test_a_program_that_is_no_program_cannot_be_started(tmp_path: Path) -> None:
    command = script(tmp_path / "bin", "rev")
    Path(command[0]).write_text("#!/no/such/shell\n")
    with refused("E-KEY-UNWRAP"):
        WrappedKey(wrapped(tmp_path), CommandUnwrapper(command)).root()


@pytest.mark.parametrize("content", [b"", b"x" * 5000])
def test_a_file_that_holds_no_wrapped_key_is_refused(tmp_path: Path, content: bytes) -> None:
    path = wrapped(tmp_path)
    path.write_bytes(content)
    with refused("E-KEY-FORM"):
        WrappedKey(path, CommandUnwrapper(script(tmp_path / "bin", "rev"))).root()


def test_a_wrapped_key_is_kept_as_private_as_a_plain_one(tmp_path: Path) -> None:
    path = wrapped(tmp_path)
    path.chmod(0o644)
    with refused("E-KEY-MODE"):
        WrappedKey(path, CommandUnwrapper(script(tmp_path / "bin", "rev"))).root()


@pytest.mark.parametrize("mode", [0o720, 0o702, 0o600])
def test_a_program_that_others_can_change_or_nobody_can_run_is_refused(tmp_path: Path, mode: int) -> None:
    command = script(tmp_path / "bin", "rev", mode)
    if mode == 0o600 or not mode & 0o022:
        Path(command[0]).chmod(mode)
    with refused("E-KEY-PROGRAM"):
        check_program(command)


def test_a_program_in_a_folder_that_others_can_change_is_refused(tmp_path: Path) -> None:
    command = script(tmp_path / "bin", "rev")
    check_program(command)
    (tmp_path / "bin").chmod(0o770)
    with refused("E-KEY-PROGRAM"):
        check_program(command)
    (tmp_path / "bin").chmod(0o1777)
    check_program(command)


@pytest.mark.parametrize("name", ["rev", "bin/unwrap", "/no/such/program", "/usr"])
def test_a_program_is_named_by_its_whole_path(name: str) -> None:
    with refused("E-KEY-PROGRAM"):
        check_program((name,))


def test_a_program_of_another_user_is_refused(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    command = script(tmp_path / "bin", "rev")
    os.chown(command[0], 65534, 65534)
    assert stat.S_IMODE(Path(command[0]).stat().st_mode) == 0o700
    with refused("E-KEY-PROGRAM"):
        check_program(command)
