"""The vault: where a person gets her id, once, and where it can be found again.

`person_id` is random, 128 bits, stable from night to night. What a night adds is written pending under its run and counts
for nobody else until the night is published and `confirm`ed; a killed night that runs again finds its own rows. Nothing
here asks for "the latest": a night reads the crosswalk as of the nights confirmed when it was built.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, select, update

from governance import crosswalk, key_epochs
from governance.crosswalk import CONFIRMED, PENDING, RUN
from governance.key_epochs import KeyEpoch
from governance.person_ids import assign
from governance.pseudonyms import is_person_id
from governance.stores import VAULT, Store
from governance.vault_health import check_database
from schemas.errors import GovernanceError
from schemas.identifiable import Link, Match, RegisterMerger
from schemas.table import Rows


def random_person_id() -> str:
    """128 random bits as 32 hex digits."""
    return secrets.token_hex(16)


class Vault:
    """The crosswalk and its history in a database of its own: a path or a URL. `new_id` gives one id a call; tests seed it."""

    def __init__(self, where: str | Path, new_id: Callable[[], str] = random_person_id) -> None:
        self._store = Store(where, crosswalk.METADATA, name=VAULT, version=crosswalk.STORE_VERSION)
        self._new_id = new_id

    def assign_person_ids(self, matches: Rows[Match], mergers: Rows[RegisterMerger], run_id: str) -> Rows[Link]:
        """One link for each match, in their order; ids, changes and events are kept pending under `run_id` in one transaction.

        The same run again, pending or confirmed, gives the same ids and writes nothing. Raises `GovernanceError`
        `E-VAULT-REGISTER` (see `person_ids.assign`), `E-VAULT-CONFIRMED` where a confirmed run would have to change.
        """
        with self._store.write() as connection:
            run = crosswalk.begin_run(connection, run_id)
            assigned = assign(
                matches,
                mergers,
                known=crosswalk.known_to(connection, run),
                former=crosswalk.before_mergers(connection, run),
                new_ids=lambda count: self._new_ids(connection, count),
            )
            if run.state == CONFIRMED and assigned.changed.num_rows:
                raise _confirmed(run_id)
            crosswalk.write(connection, run, assigned.changed, assigned.events)
        return Link.conform(matches.append_column("person_id", assigned.person_ids))  # type: ignore[no-any-return]

    def confirm(self, run_id: str) -> None:
        """Let a published night's rows count for every later night. Done again it changes nothing.

        Raises `GovernanceError` `E-VAULT-RUN` where the run assigned nothing, `E-VAULT-OVERTAKEN` where another night was
        confirmed since it did.
        """
        with self._store.write() as connection:
            run = crosswalk.find_run(connection, run_id)
            if run is None:
                raise GovernanceError("E-VAULT-RUN", f"the vault knows no run {run_id}.", cure="run the night again")
            if run.state == CONFIRMED:
                return
            newest = crosswalk.latest_place(connection)
            if run.base != newest:
                raise GovernanceError(
                    "E-VAULT-OVERTAKEN", f"another night was confirmed since run {run_id} began.", cure="run the night again"
                )
            connection.execute(update(RUN).where(RUN.c.number == run.number).values(state=CONFIRMED, place=newest + 1))

    def discard(self, run_id: str) -> None:
        """Forget what a pending run wrote. Unknown runs are nothing to forget; `E-VAULT-CONFIRMED` where it is confirmed."""
        with self._store.write() as connection:
            run = crosswalk.find_run(connection, run_id)
            if run is not None and run.state == CONFIRMED:
                raise _confirmed(run_id)
            if run is not None:
                crosswalk.remove_run(connection, run.number)

    def pending(self) -> list[str]:
        """Runs that assigned ids and are not confirmed: killed nights, and nights published a moment ago."""
        with self._store.read() as connection:
            return list(connection.execute(select(RUN.c.run_id).where(RUN.c.state == PENDING).order_by(RUN.c.number)).scalars())

    def confirm_published(self, published: Iterable[str]) -> None:
        """Confirm the pending runs among the published ones, oldest first: what a crash after the commit point left undone."""
        waiting = set(self.pending())
        for run_id in published:
            if run_id in waiting:
                self.confirm(run_id)

    def crosswalk(self, run_id: str) -> pa.Table:
        """Every key and its person as this run sees them: source, local_patient_id, person_id, run; in key order."""
        known = self._of(run_id, crosswalk.known_to, crosswalk.KNOWN)
        return known.sort_by([(name, "ascending") for name in crosswalk.KEY])

    def events(self, run_id: str) -> pa.Table:
        """Keys that went from one person to another in this run: kind, source, local_patient_id, old and new person id."""
        return self._of(run_id, crosswalk.events_of, crosswalk.EVENTS)

    def moves(self, run_id: str) -> list[tuple[int, str, str]]:
        """Mergers and new links as this run sees them: age of the night (1: the first), old and new id; unknown runs see none."""
        with self._store.read() as connection:
            run = crosswalk.find_run(connection, run_id)
            return [] if run is None else crosswalk.moves_of(connection, run)

    def with_former_ids(self, person_ids: Iterable[str]) -> set[str]:
        """These ids and every id that was joined into one of them in a confirmed night; none that one was split from."""
        with self._store.read() as connection:
            return crosswalk.with_former_ids(connection, set(person_ids))

    def joined(self, run_id: str) -> list[tuple[str, str]]:
        """Old and new id wherever one was joined into another, in confirmed nights and in this run."""
        with self._store.read() as connection:
            return crosswalk.joined(connection, run_id)

    def open_run(self, run_id: str) -> None:
        """Begin a run that assigns nobody anything, a night under other pseudonyms. Then `confirm` or `discard` it."""
        with self._store.write() as connection:
            crosswalk.begin_run(connection, run_id)

    def knows(self, run_id: str) -> bool:
        """Whether this run ever began here and was not discarded."""
        with self._store.read() as connection:
            return crosswalk.find_run(connection, run_id) is not None

    def check_key(self, check_value: str, *, epoch: int = 1, run_id: str = "", at: dt.datetime | None = None) -> None:
        """Refuse (`E-KEY-WRONG`) a root key other than the one first used with this vault in this epoch; the first is noted, with
        the night it was first used in and when."""
        with self._store.write() as connection:
            if not key_epochs.check_known(connection, check_value, epoch):
                first_used = key_epochs.moment(at) if at else ""
                key_epochs.note(connection, KeyEpoch(epoch, check_value, run_id, first_used))

    def check_known_key(self, check_value: str, *, epoch: int) -> None:
        """The same refusal, and nothing is noted."""
        with self._store.read() as connection:
            key_epochs.check_known(connection, check_value, epoch)

    def check_whole(self) -> None:
        """Refuse (`GovernanceError` `E-VAULT-DAMAGED`) a vault whose SQLite file is broken."""
        check_database(self._store)

    def key_epochs(self) -> list[KeyEpoch]:
        """The epochs that this vault was used with, the first one first."""
        with self._store.read() as connection:
            return key_epochs.epochs_of(connection)

    def _of(self, run_id: str, read: Callable[[Connection, Any], pa.Table], schema: pa.Schema) -> pa.Table:
        with self._store.read() as connection:
            run = crosswalk.find_run(connection, run_id)
            return schema.empty_table() if run is None else read(connection, run)

    def _new_ids(self, connection: Connection, count: int) -> list[str]:
        """Ids that nobody ever had, in the order the source gives them. A source that repeats itself is asked again."""
        if not count:
            return []
        used = crosswalk.every_person_id(connection)
        ids: list[str] = []
        repeats = 0
        while len(ids) < count:
            new = self._new_id()
            repeats = repeats + 1 if new in used else 0
            if not is_person_id(new) or repeats > MOST_REPEATS:
                raise GovernanceError(
                    "E-VAULT-ID", "the source of person ids is broken.", cure="it must give 32 random hex digits"
                )
            if not repeats:
                used.add(new)
                ids.append(new)
        return ids


MOST_REPEATS = 10_000_000  # a seeded source that starts anew each night repeats every id given before


def _confirmed(run_id: str) -> GovernanceError:
    return GovernanceError(
        "E-VAULT-CONFIRMED",
        f"run {run_id} is published; what it wrote stays.",
        cure="a new night, or `caselink publish rollback`",
    )
