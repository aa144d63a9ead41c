"""The caseload's tables brought up to date when they are opened: all of an upgrade, or nothing."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from caseload.entries.tables import VERSION_TABLE
from governance.stores import Store
from schemas.errors import GovernanceError

MIGRATIONS = Path(__file__).parent / "migrations"


def bring_up_to_date(store: Store, revision: str = "head") -> None:
    """Upgrade the tables under the store's lock; where they are up to date only their version is read.

    Raises `GovernanceError` `E-ENTRY-NEWER` where a newer Caselink has upgraded them, `E-ENTRY-STORE` where they cannot be read
    or changed.
    """
    scripts = _configuration()
    failure = ""
    try:
        with store.read() as connection:
            if version_of(connection) == ScriptDirectory.from_config(scripts).get_current_head():
                return
        with store.write() as connection:
            _check_known(connection, scripts)
            scripts.attributes["connection"] = connection
            command.upgrade(scripts, revision)
    except SQLAlchemyError as error:
        failure = type(error).__name__  # raised below, outside the except block: the driver's text may hold values
    if failure:
        raise GovernanceError("E-ENTRY-STORE", f"the caseload's tables cannot be upgraded ({failure}).", cure="`caselink doctor`")


def version_of(connection: Connection) -> str | None:
    """The revision of the tables; None where there are none."""
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


def _configuration() -> Config:
    scripts = Config()
    scripts.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    scripts.set_main_option("path_separator", "os")
    return scripts


def _check_known(connection: Connection, scripts: Config) -> None:
    found = version_of(connection)
    known = {each.revision for each in ScriptDirectory.from_config(scripts).walk_revisions()}
    if found is not None and found not in known:
        raise GovernanceError(
            "E-ENTRY-NEWER", "the caseload's tables are of a newer version than this code.", cure="install the newer Caselink"
        )
