"""Publication rows: which night is served. The row is the commit point; everything else can be rebuilt from it.

A publication adds a row; going back adds another. The nights after the one gone back to are then withdrawn: they are no
longer served, and no later night builds on them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Date, Integer, MetaData, String, Table, insert, select

from governance.stores import Store
from schemas.errors import CaselinkError

STORE_VERSION = 1
METADATA = MetaData()
PUBLICATIONS = Table(
    "publications",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run_id", String(64), nullable=False),
    Column("as_at", Date, nullable=False),
    Column("published_at", String(40), nullable=False),  # ISO 8601 with offset: the same in every database
    Column("kind", String(8), nullable=False),
    Column("manifest_sha256", String(64), nullable=False),
)

PUBLISH = "publish"
ROLLBACK = "rollback"


@dataclass(frozen=True)
class Publication:
    """One row: this night is served from `published_at` on. `kind` is `publish` or `rollback`."""

    id: int
    run_id: str
    as_at: dt.date
    published_at: dt.datetime
    kind: str
    manifest_sha256: str


def utc_now() -> dt.datetime:
    """The time now; a publication's own time is a fact about the act, not an input of the night."""
    return dt.datetime.now(dt.UTC)


class Publications:
    """The application database's publication rows. `clock` gives a time with a zone where none is passed."""

    def __init__(self, where: str | Path, *, clock: Callable[[], dt.datetime] = utc_now) -> None:
        self._store = Store(where, METADATA, name="application", version=STORE_VERSION)
        self._clock = clock

    @property
    def store(self) -> Store:
        """The database itself."""
        return self._store

    def publish(
        self, run_id: str, *, as_at: dt.date, manifest_sha256: str, published_at: dt.datetime | None = None
    ) -> Publication:
        """Commit a night. A run that was published before changes nothing and its row is returned.

        Raises `CaselinkError` `E-PUBLISH-MANIFEST` where the same run was published with another manifest.
        """
        with self._store.write() as connection:
            before = [row for row in _rows(connection) if row.run_id == run_id and row.kind == PUBLISH]
            if not before:
                return self._add(connection, (run_id, as_at, PUBLISH, manifest_sha256), published_at)
        if before[0].manifest_sha256 != manifest_sha256:
            raise CaselinkError(
                "E-PUBLISH-MANIFEST",
                f"run {run_id} was published with another manifest.",
                cure="its files were changed since: restore them from a backup, or go back to an earlier night",
            )
        return before[0]

    def rollback(self, run_id: str, *, published_at: dt.datetime | None = None) -> Publication:
        """Serve a published night again; where it is served already nothing changes.

        Raises `CaselinkError` `E-ROLLBACK-UNKNOWN` where the run was never published.
        """
        with self._store.write() as connection:
            rows = _rows(connection)
            found = [row for row in rows if row.run_id == run_id and row.kind == PUBLISH]
            if found and rows[-1].run_id == run_id:
                return rows[-1]
            if found:
                return self._add(connection, (run_id, found[0].as_at, ROLLBACK, found[0].manifest_sha256), published_at)
        raise CaselinkError("E-ROLLBACK-UNKNOWN", f"run {run_id} was never published.", cure="see `caselink runs list`")

    def current(self) -> Publication | None:
        """The night that is served."""
        with self._store.read() as connection:  # asked at every page: the last row alone, however many there are
            rows = _rows(connection, last=1)
        return rows[0] if rows else None

    def history(self) -> list[Publication]:
        """Every row, oldest first."""
        with self._store.read() as connection:
            return _rows(connection)

    def standing(self) -> list[Publication]:
        """The nights that no rollback has withdrawn, in the order they came to be served; the last is served now."""
        return _standing(self.history())

    def published(self, run_id: str) -> Publication | None:
        """The row that committed this run, served or not."""
        return next((row for row in self.history() if row.run_id == run_id and row.kind == PUBLISH), None)

    def latest_before(self, as_at: dt.date) -> Publication | None:
        """The parent of a night: of the nights not withdrawn, the one with the latest earlier `as_at`."""
        earlier = [(row.as_at, place, row) for place, row in enumerate(_standing(self.history())) if row.as_at < as_at]
        return max(earlier)[2] if earlier else None

    def _add(self, connection: Connection, row: tuple[str, dt.date, str, str], published_at: dt.datetime | None) -> Publication:
        run_id, as_at, kind, manifest = row
        moment = (published_at or self._clock()).astimezone(dt.UTC)
        values: dict[str, Any] = {
            "run_id": run_id, "as_at": as_at, "published_at": moment.isoformat(), "kind": kind, "manifest_sha256": manifest,
        }  # fmt: skip
        key = connection.execute(insert(PUBLICATIONS).values(**values)).inserted_primary_key
        return Publication(key[0] if key else 0, run_id, as_at, moment, kind, manifest)


def _rows(connection: Connection, *, last: int | None = None) -> list[Publication]:
    """Rows, oldest first; the last so many, where a number is given."""
    found = connection.execute(select(PUBLICATIONS).order_by(PUBLICATIONS.c.id.desc()).limit(last)).all()[::-1]
    return [
        Publication(row.id, row.run_id, row.as_at, dt.datetime.fromisoformat(row.published_at), row.kind, row.manifest_sha256)
        for row in found
    ]


def _standing(rows: list[Publication]) -> list[Publication]:
    """The nights that no later rollback withdrew, in the order they came to be served."""
    standing: list[Publication] = []
    for row in rows:
        if row.kind == ROLLBACK:
            places = [place for place, each in enumerate(standing) if each.run_id == row.run_id]
            standing = standing[: places[-1]] if places else standing
        standing.append(row)
    return standing
