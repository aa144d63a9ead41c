"""Root keys that are in no plain file: the operating system's keyring, and a wrapped key that a command opens.

The same promise as the file's (`governance.keys`): an unsafe place is refused by name, and no key is in an argument, an
environment, a message or a file.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from governance.keys import KEY_FILE_VARIABLE, FileKey, RootKey, key_from_text, key_path
from governance.private_files import check_private, exchangeable
from schemas.errors import ConfigurationError, GovernanceError

# Keyrings that keep what they hold behind the user's session or the system's own store. Every other one is refused by its
# name: keyring also has backends that keep a plain file, keep nothing, or hand on to any of these.
SAFE_KEYRINGS = frozenset({
    "keyring.backends.SecretService.Keyring", "keyring.backends.libsecret.Keyring", "keyring.backends.kwallet.DBusKeyring",
    "keyring.backends.macOS.Keyring", "keyring.backends.Windows.WinVaultKeyring",
})  # fmt: skip
CHAIN = "keyring.backends.chainer.ChainerBackend"  # asks each backend in turn: as safe as the least safe of them

GROUP_OR_OTHERS_WRITE = 0o022
MOST_BYTES = 4096  # a wrapped key is some hundred bytes; what a command answers is 64 digits
NOT_INHERITED = ("CASELINK_", "PREFECT_", "CREDENTIALS_DIRECTORY")


@dataclass(frozen=True)
class EnvironmentKey:
    """The key file that `CASELINK_ROOT_KEY_FILE` names, and no other place. The variable is a path: never the key itself."""

    environment: Mapping[str, str] | None = None

    def root(self) -> RootKey:
        """The key; `E-KEY-MISSING` where the variable is not set, `E-KEY-ENVIRONMENT` where it holds a key, else as `FileKey`."""
        named = (os.environ if self.environment is None else self.environment).get(KEY_FILE_VARIABLE)
        if not named:
            raise GovernanceError("E-KEY-MISSING", f"{KEY_FILE_VARIABLE} is not set.", cure="let it name the key file")
        return FileKey(key_path(named)).root()


@dataclass(frozen=True)
class KeyringKey:
    """An entry of the operating system's keyring, holding 64 hex digits."""

    service: str
    user: str

    def root(self) -> RootKey:
        """The key. Raises `GovernanceError` `E-KEY-KEYRING` (a backend not known to be safe), `E-KEY-MISSING`, `E-KEY-FORM`;
        `ConfigurationError` `E-KEY-PROVIDER` where the package keyring is not installed."""
        library = _keyring()
        backend = library.get_keyring()
        unsafe = [name for name in _backends(backend) if name not in SAFE_KEYRINGS]
        if unsafe:
            raise GovernanceError(
                "E-KEY-KEYRING",
                f"the keyring {unsafe[0]} is not known to be safe.",
                cure="use the system's own keyring, or a key file",
            )
        failed = False
        text = None
        try:
            text = backend.get_password(self.service, self.user)
        except Exception:  # whatever a backend raises may hold what it was asked for
            failed = True
        if failed or text is None:
            state = "cannot be opened" if failed else "has no entry for the root key"
            raise GovernanceError(
                "E-KEY-MISSING", f"the keyring {state}.", cure="unlock it; `keyring set SERVICE USER` makes the entry"
            )
        return key_from_text(text, "the keyring's entry")


def _keyring() -> Any:
    lacking = False
    try:
        import keyring  # type: ignore[import-not-found, unused-ignore]
    except ModuleNotFoundError:
        lacking = True
    if lacking:
        raise ConfigurationError("E-KEY-PROVIDER", "the package keyring is not installed.", cure="pip install caselink[keyring]")
    return keyring


def _backends(backend: Any) -> Iterator[str]:
    name = f"{type(backend).__module__}.{type(backend).__qualname__}"
    if name == CHAIN and backend.backends:
        for each in backend.backends:
            yield from _backends(each)
    else:
        yield name


class Unwrapper(Protocol):
    """What opens a wrapped key: a key management service, a hardware module."""

    def unwrap(self, wrapped: bytes) -> bytes:
        """The key as 64 hex digits."""
        ...


@dataclass(frozen=True)
class WrappedKey:
    """A key file whose content only `unwrapper` can open. The file is as private as a plain one, so that nobody exchanges it."""

    path: Path
    unwrapper: Unwrapper

    def root(self) -> RootKey:
        """The key. Raises `GovernanceError` `E-KEY-*` as `FileKey`, and what the unwrapper raises."""
        check_private(self.path, "E-KEY")
        wrapped = self.path.read_bytes()
        if not 0 < len(wrapped) <= MOST_BYTES:
            raise GovernanceError("E-KEY-FORM", f"{self.path.name} holds no wrapped key.", cure="restore it from its backup")
        return key_from_text(self.unwrapper.unwrap(wrapped).decode("ascii", errors="replace"), "what the unwrap command answered")


@dataclass(frozen=True)
class CommandUnwrapper:
    """A program that gets the wrapped key on standard input and answers the key on standard output; its arguments hold nothing.

    Its standard error is thrown away: it might hold what it was given.
    """

    command: Sequence[str]
    seconds: int = 30

    def unwrap(self, wrapped: bytes) -> bytes:
        """What the program answers. Raises `GovernanceError` `E-KEY-PROGRAM` (see `check_program`), and `E-KEY-UNWRAP` where it
        cannot be started, fails, answers nothing or does not end in time."""
        check_program(self.command)
        environment = {name: value for name, value in os.environ.items() if not name.startswith(NOT_INHERITED)}
        trouble, answer = "", b""
        try:
            done = subprocess.run(  # noqa: S603 - the operator's own program, by its whole path, without a shell
                list(self.command),
                input=wrapped,
                env=environment,
                cwd="/",
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=self.seconds,
                check=False,
            )
            answer = done.stdout
            trouble = f"ended with code {done.returncode}" if done.returncode else "" if answer else "answered nothing"
        except OSError:
            trouble = "could not be started"
        except subprocess.TimeoutExpired:
            trouble = f"did not end within {self.seconds} seconds"
        if trouble or len(answer) > MOST_BYTES:
            raise GovernanceError(
                "E-KEY-UNWRAP",
                f"the unwrap command {trouble or 'answered too much'}.",
                cure="try it by hand",
            )
        return answer


def check_program(command: Sequence[str]) -> None:
    """Refuse (`GovernanceError` `E-KEY-PROGRAM`) a program that is not named by its whole path, or that somebody other than its
    owner (root or ourselves) could exchange: its file, and every folder above it that has no sticky bit."""
    path = Path(command[0])
    if not path.is_absolute() or not path.is_file():
        raise _program("is not the whole path of a file")
    path = path.resolve()
    if exchangeable(path, GROUP_OR_OTHERS_WRITE) is not None:
        raise _program("or a folder above it belongs to another user or can be changed by others")
    if not os.access(path, os.X_OK):
        raise _program("cannot be executed")


def _program(what: str) -> GovernanceError:
    return GovernanceError("E-KEY-PROGRAM", f"the unwrap program {what}.", cure="name one that only root or you can change")
