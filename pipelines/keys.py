"""The project's root key, checked against the configuration before it is used."""

from __future__ import annotations

from governance.key_providers import CommandUnwrapper, EnvironmentKey, KeyringKey, WrappedKey
from governance.keys import FileKey, KeyProvider, RootKey, check_key, find_key, service_credential
from pipelines.config import Configuration
from pipelines.night import Night
from pipelines.project import Project
from pipelines.settings.keys import Keys


def key_provider(project: Project, keys: Keys) -> KeyProvider:
    """Where the configuration says the root key is."""
    path = project.root / keys.file
    match keys.provider:
        case "credential":
            return service_credential()
        case "environment":
            return EnvironmentKey()
        case "keyring":
            return KeyringKey(keys.service, keys.user)
        case "command":
            return WrappedKey(path, CommandUnwrapper(keys.unwrap, keys.unwrap_seconds))
        case _:
            return find_key(path)


def root_key(project: Project, configuration: Configuration) -> RootKey:
    """The root key; `GovernanceError` where it is missing, unsafe or not the one the configuration names."""
    root = key_provider(project, configuration.keys).root()
    check_key(root, configuration.keys.check_value)
    return root


def previous_key(project: Project, configuration: Configuration) -> RootKey:
    """The root key before this one: `previous_file`, read as `file` is; without it the key itself (a mere change of epoch)."""
    keys = configuration.keys
    if keys.previous_file is None:
        return root_key(project, configuration)
    path = project.root / keys.previous_file
    if keys.provider == "command":
        return WrappedKey(path, CommandUnwrapper(keys.unwrap, keys.unwrap_seconds)).root()
    return FileKey(path).root()


def night_key(night: Night) -> RootKey:
    """The root key that the night was planned with; `E-KEY-WRONG` where another one has taken its place since."""
    root = root_key(night.project, night.configuration)
    check_key(root, night.key)
    return root
