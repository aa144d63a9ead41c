"""What may be said of the root key: provider, check value, epochs. Never the key."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from governance.keys import key_check_value
from pipelines.config import Configuration, load_configuration
from pipelines.epochs import key_epoch, vault_of
from pipelines.keys import root_key
from pipelines.project import Project
from pipelines.publish import publications
from schemas.errors import GovernanceError


def show_keys(project: Project) -> dict[str, Any]:
    """Provider, check value and epoch in use, and every epoch the vault was used with: `served`, `former` or `not published`."""
    configuration = load_configuration(project)
    served = _served(project, configuration)
    return {
        "provider": configuration.keys.provider,
        "check_value": key_check_value(root_key(project, configuration)),
        "epoch": configuration.keys.epoch,
        "served_epoch": served,
        "epochs": [
            asdict(each) | {"state": _state(each.epoch, served)} for each in vault_of(project, configuration).key_epochs()
        ],
    }


def check_keys(project: Project) -> dict[str, Any]:
    """Check value and epoch, where the key is in its place, safe, and everybody's.

    Raises `GovernanceError` `E-KEY-*`; `E-KEY-EPOCH` where the served night is of another epoch.
    """
    configuration = load_configuration(project)
    check_value, epoch = key_check_value(root_key(project, configuration)), configuration.keys.epoch
    vault_of(project, configuration).check_known_key(check_value, epoch=epoch)
    served = _served(project, configuration)
    if served not in (None, epoch):
        raise GovernanceError(
            "E-KEY-EPOCH",
            f"the night served now is of epoch {served}, the configuration of {epoch}.",
            cure="`caselink governance rekey`",
        )
    return {"check_value": check_value, "epoch": epoch}


def _served(project: Project, configuration: Configuration) -> int | None:
    current = publications(project, configuration.stores.application).current()
    return None if current is None else key_epoch(project, vault_of(project, configuration), current.run_id).epoch


def _state(epoch: int, served: int | None) -> str:
    if served is None or epoch > served:
        return "not published"
    return "served" if epoch == served else "former"
