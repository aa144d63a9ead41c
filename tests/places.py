"""Where the databases of a made-up site lie: files, or, where SERVER names a PostgreSQL, databases of their own there.

So the same tests of the pages run on both (`tests/integration/test_integration_pages.py`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from governance.stores import Store

SERVER = "CASELINK_TESTS_POSTGRES"  # a URL with {} in place of a database's name
MADE: dict[tuple[str, str], str] = {}  # folder and name to its URL


def place(folder: Path, name: str) -> Path | str:
    """The database of that name for a site in `folder`: the same each time."""
    server = os.environ.get(SERVER)
    if server:
        key = (str(folder.resolve()), name)
        MADE[key] = MADE.get(key) or _database(server, name)
        return MADE[key]
    return folder / ("vault" if name == "vault" else "state") / f"{name}.db"


def _database(server: str, name: str) -> str:
    made = f"{name}_{os.getpid()}_{len(MADE)}"
    engine = create_engine(server.format("postgres").replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {made}"))
    return server.format(made)


@pytest.fixture(autouse=True)
def _kept_connections_end_with_the_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server has a hundred connections, and every site would keep some: where this module is loaded as a plugin, none does."""
    kept: list[Store] = []
    keep = Store.keep_connections

    def keep_and_note(store: Store) -> None:
        keep(store)
        kept.append(store)

    monkeypatch.setattr(Store, "keep_connections", keep_and_note)
    yield
    for store in kept:
        store.engine.dispose()
