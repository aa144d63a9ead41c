"""`caselink governance rekey`: the night served now, once more, under the pseudonyms of a new epoch, in one publication.

Nobody is linked, scored or proposed again: every pseudonymised table gets its new pseudonyms, then lists, analysts' tables and
report are written anew. Until the publication row is there the old epoch is served whole; a killed rekey is run again.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from governance.audit import Act
from governance.key_epochs import KeyEpoch
from governance.keys import Domain, DomainKey, RootKey, key_check_value
from governance.publications import Publication
from pipelines.auditing import audit_log, user_at_work
from pipelines.config import Configuration, load_configuration
from pipelines.console import Console
from pipelines.engine import Engine
from pipelines.epochs import check_previous, key_epoch, vault_of
from pipelines.keys import night_key, previous_key, root_key
from pipelines.lock import run_lock
from pipelines.night import Night, Outcome, Receipt, run_id_of, save_plan, silent
from pipelines.outputs import write_outputs
from pipelines.project import Project
from pipelines.publish import CROSSWALK, MANIFEST, check_whole, publications, publish, write_current
from pipelines.recipients import WORKING, domain_of, recipients
from pipelines.shelf import digest
from pipelines.tidying import tidy
from schemas.errors import ConfigurationError, GovernanceError
from schemas.pseudonymised import Proposal, PseudonymisedActivity, PseudonymisedPerson, Score, Selection
from schemas.table import TableRef
from schemas.zones import Zone

TYPED = {"person": PseudonymisedPerson, "score": Score, "selection": Selection, "proposal": Proposal}
WRITTEN_ANEW = ("out", "receipts", "report.html", "handover.md", "plan.json", MANIFEST)


@dataclass(frozen=True)
class Change:
    """From which epoch and key to which night."""

    served: KeyEpoch
    former: RootKey
    night: Night
    handed_over: tuple[str, ...]

    @property
    def source(self) -> Path:
        """The night that is served until this one is."""
        return self.night.project.night(str(self.night.rekeyed_from))


def rekey(project: Project, console: Console, *, handed_over: Sequence[str] = (), at: dt.datetime) -> dict[str, Any]:
    """Publish the served night under the configuration's epoch and key; nothing where it is of them already.

    `handed_over`: recipients who are given a table of their old and new pseudonyms. Raises `ConfigurationError` `E-RUN-NONE`,
    `E-RECIPIENT`; `GovernanceError` `E-REKEY-EPOCH` where the epoch was not raised, `E-KEY-WRONG` where the former key is wrong.
    """
    configuration = load_configuration(project)
    project.make_folders()
    strange = sorted(set(handed_over) - set(recipients(configuration)))
    if strange:
        raise ConfigurationError(
            "E-RECIPIENT", f"{len(strange)} of the recipients are not configured.", cure="a team's id, or analysts.id"
        )
    with run_lock(project.state, "rekey"):
        change = _change(project, configuration, tuple(handed_over))
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


def _change(project: Project, configuration: Configuration, handed_over: tuple[str, ...]) -> Change:
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
    return Change(served, former, _night(project, configuration, row, check_value), handed_over)


def _night(project: Project, configuration: Configuration, row: Publication, check_value: str) -> Night:
    said = json.loads((project.night(row.run_id) / MANIFEST).read_text())
    run_id = run_id_of({"rekeyed_from": row.run_id, "key": check_value, "epoch": configuration.keys.epoch})
    return Night(
        project, configuration, row.as_at, run_id, said["parent"], frozenset(said["inputs"]), said["judgements"],
        key=check_value, rekeyed_from=row.run_id,
    )  # fmt: skip


def _publish(change: Change, console: Console, at: dt.datetime) -> None:
    night = change.night
    store = publications(night.project, night.configuration.stores.application)
    if store.published(night.run_id) is not None:  # rolled back from since: it is served again
        check_whole(night.project.night(night.run_id))
        write_current(night.project, store.rollback(night.run_id))
        return
    shutil.rmtree(night.project.staging(night.run_id), ignore_errors=True)
    for title, step in STEPS:
        with console.progress(title) as progress:
            step(change, at)
            progress(1, 1)


def keep_in_vault(change: Change, _at: dt.datetime) -> None:
    """The night's identifiable tables under the new run id: links to the same files, which never change."""
    night = change.night
    target = night.project.vault_night(night.run_id)
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(night.project.vault_night(str(night.rekeyed_from)), target, copy_function=os.link)
    vault_of(night.project, night.configuration).open_run(night.run_id)


def retokenise_tables(change: Change, _at: dt.datetime) -> None:
    """Every pseudonymised table under the new working pseudonyms, everything else as it was."""
    night = change.night
    save_plan(night)
    words = _words(change, WORKING)
    for path in sorted(change.source.rglob("*")):
        place = path.relative_to(change.source)
        if not path.is_file() or place.parts[0] in WRITTEN_ANEW:
            continue
        if path.suffix == ".parquet" and "pseudonym" in pq.read_schema(path).names:
            _retokenise(night, path, place, words)
        else:
            target = night.shelf.folder / place
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            shutil.copyfile(path, target)


def _words(change: Change, recipient: str) -> pa.Table:
    """Old pseudonym (`working`) and new one (`recipient`) of everybody of the night, in one recipient's domains."""
    from governance.pseudonymise import recipient_map

    new = domain_of(change.night.configuration, recipient)
    old = Domain(new.recipient, new.purpose, change.served.epoch)
    ids = change.night.vault_shelf.get(Zone.IDENTIFIABLE, "link")["person_id"]
    return recipient_map(ids, DomainKey(change.former, old), DomainKey(night_key(change.night), new))


def _retokenise(night: Night, path: Path, place: Path, words: pa.Table) -> None:
    from governance.pseudonymise import retokenise, retokenise_frame

    zone, name = Zone(place.parts[0]), str(Path(*place.parts[1:]).with_suffix(""))
    rows = pq.read_metadata(path).num_rows
    if place.parent.name == "activity":
        settings = night.configuration.night
        with Engine(night.shelf.folder / "spill", memory_mb=settings.memory_mb, threads=settings.threads) as engine:
            ref = night.shelf.put_frame(
                engine, PseudonymisedActivity, name, retokenise_frame(engine.scan(path), engine.from_arrow(words))
            )
    elif name in TYPED:
        ref = night.shelf.put(TYPED[name], name, retokenise(pq.read_table(path, partitioning=None), words))
    else:
        ref = night.shelf.put_arrow(zone, name, retokenise(pq.read_table(path, partitioning=None), words))
    if ref.rows != rows:
        raise GovernanceError(
            "E-REKEY-ROWS",
            f"{name} has {rows} rows, and {ref.rows} of them got a new pseudonym.",
            cure="the vault's copy of the night is damaged",
        )


def restate_receipts(change: Change, _at: dt.datetime) -> None:
    """The receipts of the night's steps, with the new run id and the new files' digests."""
    from pipelines.overnight import STORY

    night = change.night
    for step in STORY:
        receipt = Receipt.read(change.source, step.name)
        if receipt is not None:
            tables = tuple(_restated(night, ref) for ref in receipt.outcome.tables)
            replace(receipt, outcome=replace(receipt.outcome, tables=tables)).save(night)


def _restated(night: Night, ref: TableRef) -> TableRef:
    shelf = night.vault_shelf if Zone(ref.zone) is Zone.IDENTIFIABLE else night.shelf
    path = shelf.path(Zone(ref.zone), ref.name)
    return replace(ref, run_id=night.run_id, sha256=digest(path) if path.is_file() else ref.sha256)


def outputs(change: Change, _at: dt.datetime) -> Outcome:
    """Lists, analysts' tables, report and handover."""
    return write_outputs(change.night, silent)


def hand_over(change: Change, at: dt.datetime) -> None:
    """`crosswalk.csv` for each recipient named: old and new pseudonym of the people in its last files; and the audit's line."""
    from pipelines.private_csv import write_private_csv

    night = change.night
    for recipient in change.handed_over:
        files = (change.source / "out" / recipient).rglob("*.parquet")
        columns = [pq.read_table(path, columns=["pseudonym"], partitioning=None)["pseudonym"] for path in files]
        known = set().union(*(column.to_pylist() for column in columns))
        words = _words(change, recipient).sort_by("recipient").rename_columns(["old", "new"])
        mine = words.filter(pc.is_in(words["old"], value_set=pa.array(sorted(known), pa.string())))
        write_private_csv(night.shelf.folder / "out" / recipient / CROSSWALK, mine.select(["new", "old"]), for_people=False)
    purpose = f"pseudonyms of epoch {night.configuration.keys.epoch}" + "".join(
        f", crosswalk to {each}" for each in change.handed_over
    )
    act = Act(at, user_at_work(), "governance rekey", purpose, run_id=night.run_id)
    audit_log(night.project, night.configuration).append(act)


def publish_it(change: Change, _at: dt.datetime) -> Outcome:
    """The publication row is the commit point, as in every night."""
    return publish(change.night, silent)


STEPS: list[tuple[str, Callable[[Change, dt.datetime], Outcome | None]]] = [
    ("Keep in the vault", keep_in_vault),
    ("New pseudonyms", retokenise_tables),
    ("Restate receipts", restate_receipts),
    ("Write lists and report", outputs),
    ("Hand over and audit", hand_over),
    ("Publish", publish_it),
]
