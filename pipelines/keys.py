"""The project's root key, checked against the configuration before it is used."""

from __future__ import annotations

from pathlib import Path

from governance.keys import FileKey, key_check_value

from pipelines.config import Configuration
from pipelines.project import Project
from schemas.errors import GovernanceError


def read_root_key(path: Path) -> bytes:
    """The key in a file; `GovernanceError` where the file is missing or unsafe."""
    return FileKey(path).root()


def root_key(project: Project, configuration: Configuration) -> bytes:
    """The root key's bytes; `GovernanceError` where it is missing, unsafe or not the expected one."""
    root = read_root_key(project.root / configuration.keys.file)
    expected = configuration.keys.check_value
    if expected is not None and key_check_value(root) != expected:
        raise GovernanceError(
            "E-KEY-WRONG",
            "the key file holds another key than keys.check_value names.",
            cure="restore the right key file; a different key would give everybody new pseudonyms",
        )
    return root
