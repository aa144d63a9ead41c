"""The vault before a night: its folder is ours alone, its database whole, and not older than what is served."""

from __future__ import annotations

from governance.vault_health import RESTORE, check_vault_folder
from pipelines.config import Configuration
from pipelines.epochs import vault_of
from pipelines.project import Project
from pipelines.publish import publications
from schemas.errors import GovernanceError


def check_vault(project: Project, configuration: Configuration) -> None:
    """Refuse a vault that a night must not be built on, before anything is written.

    Raises `GovernanceError` `E-VAULT-FOLDER`, `E-VAULT-OWNER`, `E-VAULT-MODE`, `E-VAULT-DAMAGED`; `E-STORE-OPEN` where the file
    is no database; `E-VAULT-BEHIND` where it does not know the night served now: an older copy, or one that lost changes.
    """
    for folder in (project.vault, project.landed, project.vault / "nights"):
        check_vault_folder(folder)
    vault = vault_of(project, configuration)
    vault.check_whole()
    current = publications(project, configuration.stores.application).current()
    if current is not None and not vault.knows(current.run_id):
        raise GovernanceError(
            "E-VAULT-BEHIND", f"the vault does not know run {current.run_id}, which is served now.", cure=RESTORE
        )
