"""Whether a vault is whole, is ours alone, and is not older than what was published from it; asked before every night."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from governance.private_files import GROUP_AND_OTHERS
from governance.stores import Store
from schemas.errors import GovernanceError

RESTORE = "`caselink governance vault restore` from the last backup; see docs/how-to/back-up-the-vault.md"


def check_vault_folder(folder: Path) -> None:
    """Refuse a vault folder that is not a plain folder of ours that nobody else can enter.

    Raises `GovernanceError` `E-VAULT-FOLDER` (missing, or no folder), `E-VAULT-OWNER`, `E-VAULT-MODE`.
    """
    if not folder.is_dir():
        raise GovernanceError("E-VAULT-FOLDER", "the vault's folder is not there.", cure=RESTORE)
    found = folder.stat()
    if found.st_uid != os.geteuid():
        raise GovernanceError(
            "E-VAULT-OWNER", "the vault's folder belongs to another user.", cure="run as its owner, or chown it"
        )
    mode = stat.S_IMODE(found.st_mode)
    if mode & GROUP_AND_OTHERS:
        raise GovernanceError("E-VAULT-MODE", f"the vault's folder has mode {mode:04o}.", cure="chmod 700 it, and find out why")


def check_database(store: Store) -> None:
    """Refuse (`E-VAULT-DAMAGED`) a SQLite database that SQLite's own check finds broken; a server looks after its own."""
    trouble = store.damage()
    if trouble:
        raise GovernanceError("E-VAULT-DAMAGED", f"the {store.name} database is damaged ({trouble}).", cure=RESTORE)
