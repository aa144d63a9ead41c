"""Databases: SQLite files by default, PostgreSQL by URL; who may open them, and which version of the code.

A store is a few tables with one name and one version. Every database keeps a row for each store in it. Older code refuses
a newer store, and the vault shares its database with nothing: identity and need never meet in one place.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import DDL, Column, Connection, Engine, Integer, MetaData, String, Table, create_engine, event, insert, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from governance.private_files import GROUP_AND_OTHERS, check_mode
from schemas.errors import ConfigurationError, GovernanceError

BUSY_SECONDS = 30.0
VAULT = "vault"  # the store that may share its database with no other
DRIVERS = {"postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}

VERSIONS = Table(
    "store_version",
    MetaData(),
    Column("store", String(40), primary_key=True),
    Column("version", Integer, nullable=False),
)


class Store:
    """A database opened for one store. `read()` and `write()` give a connection inside one transaction.

    `where` is a path or a database URL. A SQLite file is made with mode 0600 in a folder of mode 0700; one that others can
    reach is refused. Writers take the lock at once, so that what they read cannot change before they write.
    SQLAlchemy's errors show no statement's values.

    Raises `GovernanceError` `E-STORE-MODE`, `E-STORE-OWNER`, `E-STORE-NEWER`, `E-STORE-OLDER`, `E-STORE-SHARED`, `E-STORE-OPEN`;
    `ConfigurationError` `E-STORE-URL`. No message holds a URL: it may carry a password.
    """

    def __init__(self, where: str | Path, metadata: MetaData, *, name: str, version: int) -> None:
        url = _url(where)
        self.name = name
        self.engine = _engine(url)
        failure = ""
        try:
            with self.write() as connection:
                _check_version(connection, metadata, name, version)
        except (SQLAlchemyError, sqlite3.Error) as error:
            failure = type(error).__name__  # raised below, outside the except block: the driver's text may hold the URL
        if failure:
            raise GovernanceError("E-STORE-OPEN", f"the {name} database cannot be opened ({failure}).", cure="`caselink doctor`")

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
        with self.engine.connect() as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A connection whose changes are all kept at the end, or none where an error leaves the block."""
        with self.engine.connect().execution_options(immediate=True) as connection, connection.begin():
            yield connection


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
            return create_engine(url, pool_pre_ping=True, hide_parameters=True)
        if url.database and url.database != ":memory:":
            _make_private(Path(url.database))
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    except (NoSuchModuleError, ModuleNotFoundError):
        lacking = True
    if lacking:
        raise ConfigurationError("E-STORE-URL", f"there is no driver for {url.get_backend_name()}.", cure="pip install psycopg")
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
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
    check_mode(path.stat(), path.name, "E-STORE")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions are begun by us, below
    for pragma in ("journal_mode=WAL", "secure_delete=ON", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("immediate") else "BEGIN")


def _check_version(connection: Connection, metadata: MetaData, name: str, version: int) -> None:
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
    if found is not None and found < version:
        raise GovernanceError(
            "E-STORE-OLDER", f"the {name} database has version {found}; this code needs {version}.", cure="run its upgrade first"
        )
    metadata.create_all(connection)
    if found is None:
        connection.execute(insert(VERSIONS).values(store=name, version=version))


def append_only(table: Table) -> None:
    """Let SQLite refuse every change and removal of a row of this table, whoever asks.

    In PostgreSQL the owner grants the application INSERT and SELECT and no more.
    """
    for change in ("UPDATE", "DELETE"):
        trigger = DDL(  # type: ignore[no-untyped-call]
            f"CREATE TRIGGER {table.name}_no_{change.lower()} BEFORE {change} ON {table.name} "
            f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
        )
        event.listen(table, "after_create", trigger.execute_if(dialect="sqlite"))
