"""Databases: SQLite files by default, PostgreSQL by URL; who may open them, and which version of the code.

A store is a few tables with one name and one version. Every database keeps a row for each store in it. Older code refuses
a newer store, and the vault shares its database with nothing: identity and need never meet in one place. A newer version
brings an older store up to date in the transaction that opens it: all of an upgrade or nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, create_engine, event, insert, select, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool, QueuePool

from governance.private_files import GROUP_AND_OTHERS, check_mode
from schemas.errors import ConfigurationError, GovernanceError

BUSY_SECONDS = 30.0
KEPT_CONNECTIONS = 10  # of a process that serves, in each store; for a moment there may be as many again
VAULT = "vault"  # the store that may share its database with no other
DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}

# PostgreSQL's own codes (its manual, appendix A): a serialisation failure and a deadlock roll the whole transaction back.
ROLLED_BACK = ("40001", "40P01")
SHUTTING_DOWN = ("57P01", "57P02", "57P03")
PAUSES = (0.05, 0.2, 0.8, 2.0)  # seconds before each further try

Answer = TypeVar("Answer")
Upgrades = Mapping[int, Callable[[Connection], None]]  # from which version, and what brings it to the next

VERSIONS = Table(
    "store_version",
    MetaData(),
    Column("store", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
)


class Store:
    """A database opened for one store. `read()` and `write()` give a connection inside one transaction.

    `where` is a path or a database URL. A SQLite file is made with mode 0600 in a folder of mode 0700; one that others can
    reach is refused. Writers of a store take its lock at once, so that what they read cannot change before they write.
    SQLAlchemy's errors show no statement's values. `upgrades` brings a store of an older version up to date.

    Raises `GovernanceError` `E-STORE-MODE`, `E-STORE-OWNER`, `E-STORE-NEWER`, `E-STORE-OLDER`, `E-STORE-SHARED`, `E-STORE-OPEN`;
    `ConfigurationError` `E-STORE-URL`. No message holds a URL: it may carry a password.
    """

    def __init__(
        self, where: str | Path, metadata: MetaData, *, name: str, version: int, upgrades: Upgrades | None = None
    ) -> None:
        url = _url(where)
        self.name = name
        self.engine = _engine(url)
        failure = ""
        try:
            with self._begun("opening") as connection:
                _check_version(connection, metadata, name, version=version, upgrades=upgrades or {})
        except (SQLAlchemyError, sqlite3.Error) as error:
            failure = type(error).__name__  # raised below, outside the except block: the driver's text may hold the URL
        if failure:
            raise GovernanceError("E-STORE-OPEN", f"the {name} database cannot be opened ({failure}).", cure="`caselink doctor`")

    def keep_connections(self) -> None:
        """From now on keep connections open between transactions, for a process that serves. One that was lost is made anew."""
        url, most = self.engine.url, KEPT_CONNECTIONS
        if self._is_sqlite:
            options = {"timeout": BUSY_SECONDS, "check_same_thread": False}
            self.engine = create_engine(url, poolclass=QueuePool, pool_size=most, connect_args=options, hide_parameters=True)
            _prepared(self.engine)
        else:
            self.engine = create_engine(url, poolclass=QueuePool, pool_size=most, pool_pre_ping=True, hide_parameters=True)

    def damage(self) -> str:
        """What SQLite's own check finds wrong with the file, in a word; empty where nothing is, and for a server's data."""
        if self.engine.dialect.name != "sqlite":
            return ""
        found = ""
        try:
            with self.read() as connection:
                found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one())
        except (SQLAlchemyError, sqlite3.Error) as error:
            found = type(error).__name__
        return "" if found == "ok" else found if found.isidentifier() else "quick_check"

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one state of the database throughout."""
        options = {} if self._is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose changes are all kept at the end, or none where an error leaves the block."""
        with self._begun(self.name) as connection:
            yield connection

    def transact(self, work: Callable[[Connection], Answer]) -> Answer:
        """What `work` answers, done in one transaction; again, a few times, where the database rolled it back or was lost.

        A connection that is lost while it commits is not tried again: nobody knows whether the commit was made. The last
        error is raised as it is.
        """
        for pause in PAUSES:
            tried = self._try(work)
            if tried:
                return tried[0]
            time.sleep(pause)
        with self.write() as connection:
            return work(connection)

    def _try(self, work: Callable[[Connection], Answer]) -> tuple[Answer] | None:
        committing = False
        try:
            with self.write() as connection:
                answer = work(connection)
                committing = True
        except DBAPIError as error:
            if not _may_try_again(error, committing=committing):
                raise
            return None
        return (answer,)

    @contextlib.contextmanager
    def _begun(self, lock: str) -> Iterator[Connection]:
        """A transaction that holds the named lock: SQLite's one lock of the file, PostgreSQL's advisory lock of that name."""
        with (
            _turn(self.engine.url.database if self._is_sqlite else None),
            self.engine.connect().execution_options(immediate=True) as connection,
            connection.begin(),
        ):
            if not self._is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({lock_number(lock)})")
            yield connection

    @property
    def _is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"


_TURNS: dict[str, threading.RLock] = {}


@contextlib.contextmanager
def _turn(file: str | None) -> Iterator[None]:
    """This process's writers of a SQLite file one after another: SQLite would have each ask again after ever longer pauses.

    Who has waited as long as SQLite would goes on without, and SQLite refuses her.
    """
    if not file:
        yield
        return
    turn = _TURNS.setdefault(file, threading.RLock())
    has_turn = turn.acquire(timeout=BUSY_SECONDS)
    try:
        yield
    finally:
        if has_turn:
            turn.release()


def lock_number(name: str) -> int:
    """The number of PostgreSQL's advisory lock for a store: the first eight bytes of a hash, signed."""
    return int.from_bytes(hashlib.sha256(f"caselink/store/{name}".encode()).digest()[:8], "big", signed=True)


def _may_try_again(error: DBAPIError, *, committing: bool) -> bool:
    """Whether the transaction surely left nothing and may go through next time."""
    state = getattr(error.orig, "sqlstate", "")  # SQLite has none; PostgreSQL has None where there is no server to give one
    if state in ROLLED_BACK:
        return True
    lost = error.connection_invalidated or state in SHUTTING_DOWN or (state is None and isinstance(error, OperationalError))
    return lost and not committing


def _url(where: str | Path) -> URL:
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    failed = False
    try:
        url = make_url(where)
    except ArgumentError:
        failed = True
    if failed:
        raise ConfigurationError("E-STORE-URL", "a store's URL cannot be read.", cure="postgresql://user@host/database")
    return url.set(drivername=DRIVERS.get(url.drivername, url.drivername))


def _engine(url: URL) -> Engine:
    lacking = False
    try:
        if url.get_backend_name() != "sqlite":
            return create_engine(url, poolclass=NullPool, hide_parameters=True)
        if url.database and url.database != ":memory:":
            _make_private(Path(url.database))
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    except (NoSuchModuleError, ModuleNotFoundError):
        lacking = True
    if lacking:
        raise ConfigurationError(
            "E-STORE-URL", f"there is no driver for {url.get_backend_name()}.", cure="pip install 'caselink[postgres]'"
        )
    return _prepared(engine)


def _prepared(engine: Engine) -> Engine:
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path) -> None:
    """Make folder and file with their modes; refuse what is there and can be reached by others."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    mode = stat.S_IMODE(path.parent.stat().st_mode)
    if mode & GROUP_AND_OTHERS:
        folder = path.parent.name
        raise GovernanceError("E-STORE-MODE", f"the folder {folder} has mode {mode:04o}.", cure=f"chmod 700 {folder}")
    with contextlib.suppress(FileExistsError):
        # A file that is there is not opened: closing it would take away the locks that SQLite's connections of this process hold
        # on it (POSIX locks are the process's), and another process that leaves would take the log from under them.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    check_mode(path.lstat(), path.name, "E-STORE")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by us, below
    for pragma in ("journal_mode=WAL", "secure_delete=ON", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("immediate") else "BEGIN")


def _check_version(connection: Connection, metadata: MetaData, name: str, *, version: int, upgrades: Upgrades) -> None:
    VERSIONS.metadata.create_all(connection)
    stores = {row.store: int(row.version) for row in connection.execute(select(VERSIONS))}
    if VAULT in stores.keys() | {name} and stores.keys() - {name}:
        raise GovernanceError(
            "E-STORE-SHARED",
            "the vault and another store would share one database.",
            cure="give stores.vault a database of its own",
        )
    found = stores.get(name)
    if found is not None and found > version:
        raise GovernanceError(
            "E-STORE-NEWER",
            f"the {name} database has version {found}; this code knows {version}.",
            cure="install the newer Caselink",
        )
    while found is not None and found < version:
        if found not in upgrades:
            raise GovernanceError(
                "E-STORE-OLDER",
                f"the {name} database has version {found}; this code needs {version}.",
                cure="run its upgrade first",
            )
        upgrades[found](connection)
        found += 1
        connection.execute(update(VERSIONS).where(VERSIONS.c.store == name).values(version=found))
    metadata.create_all(connection)
    if found is None:
        connection.execute(insert(VERSIONS).values(store=name, version=version))
