"""Before a night: finish what a crash left undone after a commit, and clear away nights that never came to be."""

from __future__ import annotations

import os
import shutil

from governance.vault import Vault
from pipelines.night import Night
from pipelines.publish import publications, store_url, write_current


def tidy(night: Night) -> None:
    """With the lock held: vault rows and `CURRENT` of published nights are made good, other nights' leftovers removed.

    Leftovers are staging folders, identifiable tables and pending vault rows of runs that were never published and are
    not tonight's: their inputs, code or configuration changed since, so nobody will ever resume them. A folder under
    `runs/` without a publication row never was a night.
    """
    project, stores = night.project, night.configuration.stores
    store = publications(project, stores.application)
    rows = store.history()
    published = {row.run_id for row in rows}
    vault = Vault(store_url(project, stores.vault))
    vault.confirm_published(row.run_id for row in rows)
    write_current(project, store.current())
    kept = published | {night.run_id}
    for run_id in vault.pending():
        if run_id not in kept:
            vault.discard(run_id)
    for folder in project.runs.glob(".staging-*"):
        if folder.name.removeprefix(".staging-") != night.run_id:
            shutil.rmtree(folder)
    for folder in (*(project.vault / "nights").iterdir(), *project.runs.glob("[0-9a-f]*")):
        if folder.is_dir() and folder.name not in kept:
            shutil.rmtree(folder)
    if night.run_id not in published and project.night(night.run_id).is_dir():
        _reopen(night)


def _reopen(night: Night) -> None:
    """A night killed between its renaming and its publication row: back to staging, where its receipts say what is done."""
    shutil.rmtree(night.project.staging(night.run_id), ignore_errors=True)
    os.rename(night.project.night(night.run_id), night.project.staging(night.run_id))
