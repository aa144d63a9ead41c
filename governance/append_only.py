"""Tables whose rows are added and never changed: the database itself refuses, whoever asks."""

from __future__ import annotations

from sqlalchemy import DDL, Connection, Table, event

# One function for all such tables of a PostgreSQL database.
REFUSAL = (
    "CREATE OR REPLACE FUNCTION caselink_refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$"
)
KEEPING, PURGED = ("UPDATE", "DELETE"), ("UPDATE",)


def append_only(table: Table, *, may_be_purged: bool = False) -> None:
    """Let SQLite and PostgreSQL refuse every change and removal of a row of this table; where it may be purged, every change.

    The owner of a PostgreSQL database can take a trigger away: grant the application SELECT and INSERT and no more
    (docs/reference/audit.md).
    """
    for dialect in ("sqlite", "postgresql"):
        for statement in statements(table, dialect, may_be_purged=may_be_purged):
            ddl = DDL(statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
            event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def guard_replacement(connection: Connection, table: Table) -> None:
    """Give a SQLite table that was made without it the trigger against `INSERT OR REPLACE`."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_against_replacement(table))


def statements(table: Table, dialect: str, *, may_be_purged: bool = False) -> list[str]:
    """What makes a table append-only in this database."""
    refused = PURGED if may_be_purged else KEEPING
    if dialect == "sqlite":
        return [*(_sqlite(table, change) for change in refused), _against_replacement(table)]
    row = (
        f"CREATE TRIGGER {table.name}_append_only BEFORE {' OR '.join(refused)} ON {table.name} "
        "FOR EACH ROW EXECUTE FUNCTION caselink_refuse_change()"
    )
    whole = (
        f"CREATE TRIGGER {table.name}_no_truncate BEFORE TRUNCATE ON {table.name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION caselink_refuse_change()"
    )
    return [REFUSAL, row, whole]


def _sqlite(table: Table, change: str) -> str:
    return (
        f"CREATE TRIGGER {table.name}_no_{change.lower()} BEFORE {change} ON {table.name} "
        f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
    )


def _against_replacement(table: Table) -> str:
    """SQLite runs no DELETE trigger for the row that `INSERT OR REPLACE` takes away."""
    key = next(iter(table.primary_key.columns)).name
    return (
        f"CREATE TRIGGER {table.name}_no_replace BEFORE INSERT ON {table.name} "  # noqa: S608 - names of our own tables
        f"WHEN EXISTS (SELECT 1 FROM {table.name} WHERE {key} = NEW.{key}) "
        f"BEGIN SELECT RAISE(ABORT, '{table.name} is append-only'); END"
    )
