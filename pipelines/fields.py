"""`fields.csv`: which column may be used for which purpose. What is not in it, or for no purpose, is not read and not written.

    table,column,purposes
    gp.gp_patient,date_of_birth,risk-stratification case-management
    out.person,lsoa_code,population-analysis

`gp.gp_patient` is a table of an extract; `out.person` a table that leaves the night for a recipient.
"""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipelines.extracts.layout import Field, FieldType, TableLayout
from pipelines.settings.purposes import CASE_MANAGEMENT, NIGHT_PURPOSES, POPULATION_ANALYSIS, RISK_STRATIFICATION
from schemas.errors import ConfigurationError, GovernanceError
from schemas.table import Table

FIELDS_FILE = "fields.csv"
HEADER = ("table", "column", "purposes")
OUT = "out."
OF_LISTS = ("caseload", "departures", "unplaced", "rising")  # tables of a team's list
OF_DESK = (
    "desk_person",
    "desk_event",
    "desk_news",
    "desk_reason",
    "desk_fact",
    "desk_service_use",
    "desk_weight",
)  # of a team's pages
OF_ANALYSTS = ("person", "activity", "score", "selection", "proposal", "feature")
# Of no purpose in a new list: who is to care for a person, and her place in the queue, since when and how, also said in `why`.
# Her team's list says the same: they would join the two files row by row. Whose analysts need one of them writes its purpose in.
JOINS_A_LIST = {
    f"{OUT}selection": {"rank", "why", "since", "reason", "rising_place", "rising_why"},
    f"{OUT}proposal": {
        "accountable_professional_id",
        "coordinator_id",
        "reason",
        "usual_professional_id",
        "usual_coordinator_id",
        "skills",
    },
}
# Of no purpose in a new list either: a file does not know who opens it, and not every role may see mental health.
NOT_FOR_ALL = {f"{OUT}caseload": {"reasons_restricted"}}

# What linkage knows people by, as columns of PersonRecord; and the purposes that linkage serves.
OF_LINKAGE = (
    "nhs_number", "nhs_number_status", "given_name", "other_given_name", "family_name", "previous_family_name", "alias",
    "date_of_birth", "postcode", "previous_postcode", "address", "uprn",
)  # fmt: skip
LINKAGE_SERVES = (RISK_STRATIFICATION, CASE_MANAGEMENT)


@dataclass(frozen=True)
class FieldList:
    """Column to the purposes it may be used for, by table."""

    tables: Mapping[str, Mapping[str, frozenset[str]]]

    def read(self, source: str, table: str) -> frozenset[str]:
        """Columns of an extract's table that some purpose of the night may use: the others are not read."""
        return frozenset(name for name, purposes in self.tables.get(f"{source}.{table}", {}).items() if purposes)

    def written(self, table: str, purpose: str) -> frozenset[str]:
        """Columns of an output's table that may leave for this purpose."""
        return frozenset(name for name, purposes in self.tables.get(OUT + table, {}).items() if purpose in purposes)

    def limit(self, rows: pa.Table, table: str, purpose: str) -> pa.Table:
        """The rows with the columns that may leave for this purpose, in their order.

        Raises `GovernanceError` `E-FIELDS-PSEUDONYM` where the pseudonym itself may not: then the table makes no sense.
        """
        allowed = self.written(table, purpose)
        if "pseudonym" in rows.column_names and "pseudonym" not in allowed:
            raise GovernanceError(
                "E-FIELDS-PSEUDONYM", f"{FIELDS_FILE} does not let the pseudonym of {OUT}{table} leave for {purpose}."
            )
        return rows.select([name for name in rows.column_names if name in allowed])


def load_fields(path: Path) -> FieldList:
    """Read the project's list.

    Raises `ConfigurationError`: `E-FIELDS-NONE` where there is none, `E-FIELDS-FORM` where a line has not three cells or repeats
    a column, `E-FIELDS-NAME` where it names a table, column or purpose that there is not.
    """
    if not path.is_file():
        raise ConfigurationError(
            "E-FIELDS-NONE", f"there is no {FIELDS_FILE}.", cure="`caselink governance fields --write`, then look it through"
        )
    known, tables = known_fields(), dict[str, dict[str, frozenset[str]]]()
    for line, (table, column, purposes) in _rows(path):
        _check_name(line, "table", table, known)
        _check_name(line, f"column of {table}", column, known[table])
        for purpose in purposes.split():
            _check_name(line, "purpose", purpose, dict.fromkeys(NIGHT_PURPOSES))
        if column in tables.setdefault(table, {}):
            raise ConfigurationError("E-FIELDS-FORM", f"{FIELDS_FILE}, line {line}: the column stands there twice.")
        tables[table][column] = frozenset(purposes.split())
    return FieldList(tables)


def _rows(path: Path) -> Iterator[tuple[int, tuple[str, str, str]]]:
    text = path.read_bytes().decode("utf-8-sig", "replace")
    for line, row in enumerate(csv.reader(io.StringIO(text, newline="")), 1):
        if not row or (line == 1 and tuple(row) == HEADER):
            continue
        if len(row) != len(HEADER):
            raise ConfigurationError(
                "E-FIELDS-FORM", f"{FIELDS_FILE}, line {line}: not three cells.", cure=f"write {','.join(HEADER)}"
            )
        yield line, (row[0].strip(), row[1].strip(), row[2])


def _check_name(line: int, what: str, name: str, known: Mapping[str, object]) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, list(known), 1, 0.5)
        cure = f"did you mean {near[0]}?" if near else "see `caselink governance fields`"
        raise ConfigurationError("E-FIELDS-NAME", f"{FIELDS_FILE}, line {line}: no such {what}.", cure=cure)


def known_fields() -> dict[str, dict[str, tuple[str, ...]]]:
    """Every column of every extract and every output, and the purposes that really use it: none, where nothing is made of it."""
    from pipelines.governed import GOVERNED

    found: dict[str, dict[str, tuple[str, ...]]] = {
        f"{extract.source}.{layout.name}": {item.name: _uses(layout, item) for item in layout.fields}
        for extract in GOVERNED
        for layout in extract.tables
    }
    return found | {
        OUT + name: dict.fromkeys(columns, (CASE_MANAGEMENT if name in (*OF_LISTS, *OF_DESK) else POPULATION_ANALYSIS,))
        for name, columns in output_columns().items()
    }


def _uses(layout: TableLayout, item: Field) -> tuple[str, ...]:
    """Linkage finds whose record it is, for scores and for lists. What analysts get of it stands among the outputs: an age band,
    an area, a pseudonym; of a number, a name, a key of a person, a date of birth or an address they get nothing."""
    if not item.carried:
        return ()
    if item.shown:
        return (CASE_MANAGEMENT,)
    own_key = item.type is FieldType.TEXT and any(item.name in key for key in layout.person_key)
    about_her = item.person in OF_LINKAGE or item.type in (FieldType.NHS_NUMBER, FieldType.POSTCODE) or own_key
    return LINKAGE_SERVES if about_her or item.links or item.name in layout.forgotten else NIGHT_PURPOSES


def output_columns() -> dict[str, dict[str, str]]:
    """Column to what it is, of every table that leaves the night for a recipient."""
    from caseload.departures import Departure, Unplaced
    from caseload.desk.tables import DESK
    from caseload.lists import CaseloadList
    from caseload.rising import Rising
    from schemas.pseudonymised import Proposal, PseudonymisedActivity, PseudonymisedPerson, Score, Selection
    from stratify.features import FEATURES

    desk = [DESK[name] for name in OF_DESK]
    lists = (CaseloadList, Departure, Unplaced, Rising)
    tables: list[type[Table]] = [*lists, *desk, PseudonymisedPerson, PseudonymisedActivity, Score, Selection, Proposal]
    described = [{name: column.description for name, column in table.columns().items()} for table in tables]
    features = {"pseudonym": "the person, under the recipient's own pseudonym"}
    features |= {feature.name: feature.description for feature in FEATURES}
    return dict(zip((*OF_LISTS, *OF_DESK, *OF_ANALYSTS), (*described, features), strict=True))


def count_fields(allowed: FieldList) -> list[dict[str, str | int]]:
    """For each table and purpose, how many of its columns may be used; tables of which none may are there with 0."""
    return [
        {
            "table": table,
            "purpose": purpose,
            "columns": sum(purpose in purposes for purposes in allowed.tables.get(table, {}).values()),
            "of": sum(purpose in purposes for purposes in columns.values()),
        }
        for table, columns in known_fields().items()
        for purpose in NIGHT_PURPOSES
        if any(purpose in purposes for purposes in columns.values())
    ]


def widest_list() -> str:
    """The list with every column for the purposes that use it: what a project starts from and takes away from.

    Columns that would join the analysts' tables to a team's list (`JOINS_A_LIST`), and those that not every reader of a list may
    see (`NOT_FOR_ALL`), are there without a purpose.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER)
    for table, columns in known_fields().items():
        without = JOINS_A_LIST.get(table, set()) | NOT_FOR_ALL.get(table, set())
        writer.writerows((table, column, "" if column in without else " ".join(purposes)) for column, purposes in columns.items())
    return out.getvalue()
