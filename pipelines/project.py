"""Where everything of one project lies: design of the folder, made once, with its modes."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import ConfigurationError

PRIVATE = 0o700  # vault, secrets and state: their owner and nobody else


@dataclass(frozen=True)
class Project:
    """A project folder. Nothing here reads or writes a table; it only names places."""

    root: Path
    vault_folder: Path | None = None  # where `[vault] folder` puts the vault outside the project

    @classmethod
    def at(cls, folder: Path) -> Project:
        """The project in `folder`; `ConfigurationError` where there is no `caselink.toml`."""
        root = folder.resolve()
        if not (root / "caselink.toml").is_file():
            raise ConfigurationError(
                "E-PROJECT-NONE",
                "this folder holds no caselink.toml.",
                cure="run `caselink init DIR --example`, or give --project DIR",
            )
        return cls(root, _vault_folder(root))

    @property
    def configuration(self) -> Path:
        """The project's `caselink.toml`."""
        return self.root / "caselink.toml"

    @property
    def mappings(self) -> Path:
        """Column mappings of suppliers whose names differ from the shipped presets."""
        return self.root / "mappings"

    @property
    def inbox(self) -> Path:
        """Extracts as delivered; the night only reads it."""
        return self.root / "inbox"

    @property
    def secrets(self) -> Path:
        """Key files."""
        return self.root / "secrets"

    @property
    def vault(self) -> Path:
        """Everything identifiable."""
        return self.vault_folder or self.root / "vault"

    @property
    def landed(self) -> Path:
        """Extracts copied by content, and their conversions."""
        return self.vault / "landed"

    @property
    def runs(self) -> Path:
        """One folder for each night; no identifier, ever."""
        return self.root / "runs"

    @property
    def state(self) -> Path:
        """Application database, lock, logs and Prefect's home."""
        return self.root / "state"

    @property
    def current(self) -> Path:
        """A rebuildable copy of the newest publication row."""
        return self.root / "CURRENT"

    def vault_night(self, run_id: str) -> Path:
        """Identifiable tables of one night."""
        return self.vault / "nights" / run_id

    def staging(self, run_id: str) -> Path:
        """A night that has not been published yet."""
        return self.runs / f".staging-{run_id}"

    def night(self, run_id: str) -> Path:
        """A published night."""
        return self.runs / run_id

    def make_folders(self) -> None:
        """Create the folders that are missing and set the private ones to mode 0700."""
        self.mappings.mkdir(parents=True, exist_ok=True)
        for folder in (self.inbox, self.runs):  # an operator may open these to a group that delivers or collects
            folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
        for folder in (self.secrets, self.state):
            folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
            os.chmod(folder, PRIVATE)
        for folder in (self.vault, self.landed, self.vault / "nights"):  # one that others can enter is refused, not mended
            folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)


def _vault_folder(root: Path) -> Path | None:
    """`[vault] folder`; None where there is none, or the file cannot be read: loading the configuration says so."""
    try:
        named = tomllib.loads((root / "caselink.toml").read_text(encoding="utf-8"))["vault"]["folder"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError):
        return None
    return root / named if isinstance(named, str) else None
