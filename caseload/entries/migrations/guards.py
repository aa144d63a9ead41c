"""Append-only tables in a migration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from governance.append_only import statements


def guard(*tables: str) -> None:
    """Let the database refuse changes and removals of these tables' rows; each has the key `number`."""
    connection = op.get_bind()
    for name in tables:
        table = sa.Table(name, sa.MetaData(), sa.Column("number", sa.Integer, primary_key=True))
        for statement in statements(table, connection.dialect.name):
            connection.exec_driver_sql(statement)
