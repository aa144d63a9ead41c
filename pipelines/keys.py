"""The project's root key, checked against the configuration before it is used."""

from __future__ import annotations

from governance.keys import RootKey, check_key, find_key
from pipelines.config import Configuration
from pipelines.project import Project


def root_key(project: Project, configuration: Configuration) -> RootKey:
    """The root key; `GovernanceError` where it is missing, unsafe or not the one the configuration names."""
    root = find_key(project.root / configuration.keys.file).root()
    check_key(root, configuration.keys.check_value)
    return root
