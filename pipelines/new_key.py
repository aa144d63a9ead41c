"""`caselink governance keys new`: a root key for the next epoch, where it lies, and what is to be done with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from governance.keys import create_root_key, key_check_value
from pipelines.config import load_configuration
from pipelines.project import Project
from pipelines.settings.keys import Keys
from schemas.errors import CaselinkError, ConfigurationError

USUAL = "secrets"  # the only folder that is made where it is not there yet


@dataclass(frozen=True)
class NewKey:
    """A key that was written: its place (within the project as caselink.toml would name it), its check value.

    `keys`: what the project goes by now; None where there is no project, or its configuration cannot be read.
    """

    place: str
    check_value: str
    keys: Keys | None


def write_new_key(file: Path, folder: Path) -> NewKey:
    """Write a new key to `file`, for the project in `folder` if there is one.

    Raises `ConfigurationError` `E-KEY-PLACE` where the file's folder is not there, and is not the usual `secrets/`;
    `GovernanceError` as `create_root_key` does.
    """
    above = file.absolute().parent
    if not above.is_dir() and not (above.name == USUAL and above.parent.is_dir()):
        raise ConfigurationError(
            "E-KEY-PLACE", f"there is no folder {above} to write a key to.", cure=f"make it with mode 700, or write to {USUAL}/"
        )
    check_value = key_check_value(create_root_key(file))
    root, whole = folder.resolve(), above.resolve() / file.name
    place = str(whole.relative_to(root)) if whole.is_relative_to(root) else str(whole)
    return NewKey(place, check_value, _keys(folder))


def next_steps(made: NewKey) -> Iterator[str]:
    """What to write into caselink.toml for this key, line by line, and which command follows."""
    keys = made.keys
    if keys is None or keys.provider != "file":
        yield "Next: docs/how-to/rotate-the-keys.md."
        return
    yield "Next, in caselink.toml:"
    yield "    [keys]"
    yield f'    file = "{made.place}"'
    yield f'    previous_file = "{keys.file}"'
    yield f'    check_value = "{made.check_value}"'
    yield f"    epoch = {keys.epoch + 1}"
    yield "and then: caselink governance rekey"


def _keys(folder: Path) -> Keys | None:
    try:
        return load_configuration(Project.at(folder)).keys
    except CaselinkError:
        return None
