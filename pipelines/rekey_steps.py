"""The parts of a rekey: the served night's tables, receipts, lists and reports under the pseudonyms of a new epoch."""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from governance.access.relationship_store import Relationships
from governance.access.tables import access_store
from governance.audit_verify import REKEY
from governance.key_epochs import KeyEpoch
from governance.keys import Domain, DomainKey, RootKey
from governance.pseudonymise import recipient_map, retokenise, retokenise_frame
from pipelines.attacking import ATTACK_FILE, gate
from pipelines.auditing import audit_log, operator_act, user_at_work
from pipelines.engine import Engine
from pipelines.entries import entries_of
from pipelines.epochs import vault_of
from pipelines.keys import night_key
from pipelines.night import Night, Outcome, Receipt, save_plan, silent
from pipelines.objections import WITHHELD_FROM_ANALYSTS
from pipelines.outputs import write_outputs
from pipelines.private_csv import write_private_csv
from pipelines.publish import CROSSWALK, MANIFEST, WITHDRAWN, publish, store_url
from pipelines.recipients import WORKING, domain_of
from pipelines.shelf import digest
from schemas.errors import GovernanceError
from schemas.pseudonymised import (
    Fact,
    OpenEntry,
    Proposal,
    PseudonymisedActivity,
    PseudonymisedPerson,
    Reason,
    Score,
    Selection,
    ServiceUse,
    WardPlace,
)
from schemas.table import TableRef
from schemas.zones import Zone

TYPED = {
    "person": PseudonymisedPerson, "score": Score, "selection": Selection, "proposal": Proposal, "reason": Reason, "fact": Fact,
    "service_use": ServiceUse, "entry": OpenEntry, "ward_place": WardPlace,
}  # fmt: skip
WRITTEN_ANEW = ("out", "report.html", "handover.md", "plan.json", MANIFEST, WITHDRAWN, ATTACK_FILE)


@dataclass(frozen=True)
class Change:
    """From which epoch and key to which night."""

    served: KeyEpoch
    former: RootKey
    night: Night
    handed_over: tuple[str, ...]
    ended: str = ""  # why analysts may no longer have the night's tables

    @property
    def source(self) -> Path:
        """The night that is served until this one is."""
        return self.night.project.night(str(self.night.rekeyed_from))


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
    new = domain_of(change.night.configuration, recipient)
    old = Domain(new.recipient, new.purpose, change.served.epoch)
    ids = change.night.vault_shelf.get(Zone.IDENTIFIABLE, "link")["person_id"]
    return recipient_map(ids, DomainKey(change.former, old), DomainKey(night_key(change.night), new))


def _retokenise(night: Night, path: Path, place: Path, words: pa.Table) -> None:
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
    """The receipts of the night's steps, with the new run id and the new files' digests.

    Where analysts may no longer have their tables, the step that withholds them says so, as it does of a list that is too old.
    """
    from pipelines.overnight import STORY

    night = change.night
    for step in STORY:
        receipt = Receipt.read(night.project, str(night.rekeyed_from), step.name)
        if receipt is not None:
            tables = tuple(_restated(night, ref) for ref in receipt.outcome.tables)
            outcome = replace(receipt.outcome, tables=tables)
            replace(receipt, outcome=_withholding(outcome, change.ended) if step.name == "opt_outs" else outcome).save(night)


def _withholding(outcome: Outcome, reason: str) -> Outcome:
    if not reason or WITHHELD_FROM_ANALYSTS in outcome.figures:
        return outcome
    warning = f"{reason} The analysts' tables are withheld."
    figures = {**outcome.figures, WITHHELD_FROM_ANALYSTS: 1.0}
    return replace(outcome, warnings=(*outcome.warnings, warning), figures=figures)


def _restated(night: Night, ref: TableRef) -> TableRef:
    shelf = night.vault_shelf if Zone(ref.zone) is Zone.IDENTIFIABLE else night.shelf
    path = shelf.path(Zone(ref.zone), ref.name)
    return replace(ref, run_id=night.run_id, sha256=digest(path) if path.is_file() else ref.sha256)


def outputs(change: Change, _at: dt.datetime) -> Outcome:
    """Lists, analysts' tables, report and handover."""
    return write_outputs(change.night, silent)


def attack(change: Change, _at: dt.datetime) -> Outcome:
    """The intruder test of what was written anew: the same gate as a night's."""
    return gate(change.night, silent)


def hand_over(change: Change, at: dt.datetime) -> None:
    """`crosswalk.csv` for each recipient named: old and new pseudonym of the people in its last files; and the audit's line."""
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
    act = operator_act(at, REKEY, purpose, run_id=night.run_id)
    audit_log(night.project, night.configuration).append(act)


def carry_relationships_over(change: Change, at: dt.datetime) -> None:
    """Relationships under the new pseudonyms, beside the old ones: no reader of the old epoch sees them."""
    configuration = change.night.configuration
    store = access_store(store_url(change.night.project, configuration.stores.application))
    for team in configuration.team:
        new = domain_of(configuration, team.id)
        former = Relationships(store, Domain(new.recipient, new.purpose, change.served.epoch))
        Relationships(store, new).carry_over(former, _words(change, team.id), at=at, by=user_at_work())


def carry_entries_over(change: Change, at: dt.datetime) -> None:
    """Each person's history in the caseload goes by her new pseudonym, too; the next night and the pages ask by that."""
    configuration = change.night.configuration
    entries = entries_of(change.night.project, configuration)
    for team in configuration.team:
        words = _words(change, team.id)
        pairs = zip(words["working"].to_pylist(), words["recipient"].to_pylist(), strict=True)
        entries.carry_over(team.id, dict(pairs), at=at)


def publish_it(change: Change, _at: dt.datetime) -> Outcome:
    """The publication row is the commit point, as in every night."""
    return publish(change.night, silent)


STEPS: list[tuple[str, Callable[[Change, dt.datetime], Outcome | None]]] = [
    ("Keep in the vault", keep_in_vault),
    ("New pseudonyms", retokenise_tables),
    ("Restate receipts", restate_receipts),
    ("Write lists and report", outputs),
    ("Attack the outputs", attack),
    ("Hand over and audit", hand_over),
    ("Carry relationships over", carry_relationships_over),
    ("Carry entries over", carry_entries_over),
    ("Publish", publish_it),
]
