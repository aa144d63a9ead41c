"""`caselink governance rekey`: the night served now, once more, under the pseudonyms of a new epoch, in one publication.

Nobody is linked, scored or proposed again: every pseudonymised table gets its new pseudonyms, then lists, analysts' tables and
report are written anew. Until the publication row is there the old epoch is served whole; a killed rekey is run again.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence
from typing import Any

from governance.keys import key_check_value
from governance.publications import Publication
from pipelines.config import Configuration, load_configuration
from pipelines.console import Console
from pipelines.epochs import check_previous, key_epoch, vault_of
from pipelines.going_back import ended, published_night, why_ended, why_withdrawn
from pipelines.keys import night_key, previous_key, root_key
from pipelines.lock import run_lock
from pipelines.night import Night, run_id_of
from pipelines.plan import check_day
from pipelines.project import Project
from pipelines.publish import check_whole, publications, read_manifest, write_current
from pipelines.recipients import recipients
from pipelines.rekey_steps import STEPS, Change
from pipelines.running import london_day
from pipelines.tidying import tidy
from pipelines.vault_checks import check_vault
from schemas.errors import ConfigurationError, GovernanceError


def rekey(project: Project, console: Console, *, handed_over: Sequence[str] = (), at: dt.datetime) -> dict[str, Any]:
    """Publish the served night under the configuration's epoch and key; nothing where it is of them already.

    `handed_over`: recipients who are given a table of their old and new pseudonyms. The analysts' tables are withheld where they
    may not have them any more on the day of `at`. Raises `ConfigurationError` `E-RUN-NONE`, `E-RECIPIENT`; `GovernanceError`
    `E-REKEY-EPOCH` where the epoch was not raised, `E-KEY-WRONG` where the former key is wrong, `E-ANALYSTS-ENDED` where analysts
    are to be handed a crosswalk of tables that they may no longer have, `E-ATTACK-*` as a night does.
    """
    configuration = load_configuration(project)
    project.make_folders()
    strange = sorted(set(handed_over) - set(recipients(configuration)))
    if strange:
        raise ConfigurationError(
            "E-RECIPIENT", f"{len(strange)} of the recipients are not configured.", cure="a team's id, or analysts.id"
        )
    with run_lock(project.state, "rekey"):
        check_vault(project, configuration)
        change = _change(project, configuration, tuple(handed_over), london_day(at))
        tidy(change.night)
        if change.night.rekeyed_from is not None:
            _publish(change, console, at)
        night = change.night
        key = key_check_value(night_key(night))
        vault_of(project, configuration).check_key(key, epoch=configuration.keys.epoch, run_id=night.run_id, at=at)
    return {
        "rekeyed": night.rekeyed_from is not None,
        "run_id": night.run_id,
        "from": night.rekeyed_from,
        "epoch": configuration.keys.epoch,
    }


def _change(project: Project, configuration: Configuration, handed_over: tuple[str, ...], today: dt.date) -> Change:
    row = publications(project, configuration.stores.application).current()
    if row is None:
        raise ConfigurationError("E-RUN-NONE", "no night has been published yet.", cure="`caselink run`")
    vault, check_value, epoch = (
        vault_of(project, configuration),
        key_check_value(root_key(project, configuration)),
        configuration.keys.epoch,
    )
    check_whole(project.night(row.run_id))
    served = key_epoch(project, vault, row.run_id)
    vault.check_known_key(check_value, epoch=epoch)
    if (served.epoch, served.check_value) == (epoch, check_value):
        night = Night(project, configuration, row.as_at, row.run_id, None, key=check_value)
        return Change(served, root_key(project, configuration), night, ())
    if epoch <= served.epoch:
        raise GovernanceError(
            "E-REKEY-EPOCH",
            f"the night served now is of epoch {served.epoch}; the configuration says {epoch}.",
            cure="raise keys.epoch",
        )
    former = previous_key(project, configuration)
    check_previous(former, served)
    ended_by = why_ended(published_night(project, configuration, row, today)) or why_withdrawn(project.night(row.run_id))
    if ended_by and configuration.analysts.id in handed_over:
        raise ended(ended_by)
    return Change(served, former, _night(project, configuration, row, today), handed_over, ended_by)


def _night(project: Project, configuration: Configuration, row: Publication, today: dt.date) -> Night:
    check_value = key_check_value(root_key(project, configuration))
    said = read_manifest(project.night(row.run_id))
    run_id = run_id_of({"rekeyed_from": row.run_id, "key": check_value, "epoch": configuration.keys.epoch})
    return Night(
        project, configuration, row.as_at, run_id, said["parent"], frozenset(said["inputs"]), said["judgements"],
        key=check_value, rekeyed_from=row.run_id, checked_on=check_day(configuration, today), decisions=said.get("decisions", 0),
    )  # fmt: skip


def _publish(change: Change, console: Console, at: dt.datetime) -> None:
    night = change.night
    store = publications(night.project, night.configuration.stores.application)
    if store.published(night.run_id) is not None:  # rolled back from since: it is served again
        check_whole(night.project.night(night.run_id))
        if reason := why_ended(night):
            raise ended(reason)
        write_current(night.project, store.rollback(night.run_id))
        return
    shutil.rmtree(night.project.staging(night.run_id), ignore_errors=True)
    for title, step in STEPS:
        with console.progress(title) as progress:
            step(change, at)
            progress(1, 1)
