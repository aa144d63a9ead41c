"""The intruder test of what the teams' pages are made of: each team's `desk.db`.

These files are for direct care: of their own people they say nearly everything, and no limit is set on what is found. They never
leave the machine that serves the pages. What is found says why.
"""

from __future__ import annotations

import itertools
from collections.abc import Container
from pathlib import Path
from typing import Any

import pyarrow as pa

from caseload.desk.tables import FILE, DeskPerson
from governance.attack.contacts import found_by_contacts
from governance.attack.uniqueness import uniquely_joined, uniqueness
from governance.policies import Policy
from governance.table_files import TableReader, as_table, select
from pipelines.attacking import shown_share
from pipelines.config import Configuration

TABLE = "desk_person"


def attack_desks(
    configuration: Configuration, folder: Path, policy: Policy, untold: Container[str] = ()
) -> dict[str, list[dict[str, Any]]]:
    """Uniqueness in each team's file and two teams' files together: by what is known of a person, and by a few contacts.

    Shares under the disclosure policy, none of a recipient that is `untold`.
    """
    paths = {team.id: folder / "out" / team.id / FILE for team in configuration.team}
    paths = {team: path for team, path in paths.items() if path.is_file()}
    limits = configuration.attack
    people = {team: _people(path, limits.quasi_identifiers) for team, path in paths.items()}

    def share(of: str, exact: float, rows: int) -> float | None:
        return None if of in untold else shown_share(exact, rows, policy)

    alone = [
        uniqueness(rows, limits.quasi_identifiers, recipient=team, name=TABLE, below=limits.small_class)
        for team, rows in people.items()
    ]
    joined = []
    for one, other in itertools.permutations(people, 2):
        columns, exact = uniquely_joined(people[one], people[other], limits.quasi_identifiers)
        joined.append({"one": one, "other": other, "columns": columns, "share": share(one, exact, people[one].num_rows)})
    return {
        "desk_uniqueness": [
            {"recipient": each.recipient, "table": each.table, "columns": each.columns, "k": each.k,
             "unique_share": share(each.recipient, each.unique_share, each.rows),
             "below_k_share": share(each.recipient, each.below_k_share, each.rows)}
            for each in alone
        ],
        "desk_joined": joined,
        "desk_contacts": [
            {"one": each.one, "other": each.other, "contacts": each.contacts, "share": share(each.one, each.share, each.people)}
            for each in found_by_contacts(paths)
        ],
    }  # fmt: skip


def _people(path: Path, quasi_identifiers: tuple[str, ...]) -> pa.Table:
    """The columns of `desk_person` that may be known; a person's number where there is none, so that rows are counted."""
    schema = DeskPerson.arrow_schema()
    names = [name for name in schema.names if name in quasi_identifiers] or ["pseudonym"]
    columns = pa.schema([schema.field(name) for name in names])
    return as_table(TableReader(path).rows(select(columns, TABLE)), columns)
