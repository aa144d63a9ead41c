"""Where the door finds people: what it must know before it decides, which is no identifier, and what it reads afterwards.

`directory` is made once for the night served; it holds person ids and so lies in the vault. `NightIdentities` looks people up
in it, and calls for person records only when `identities` is asked, which the door does after its audit rows are written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from governance.crosswalk import keys
from governance.keys import DomainKey
from governance.opt_outs import protected_people
from governance.person_ids import look_up
from governance.person_rows import in_order
from governance.pseudonyms import pseudonyms
from schemas.identifiable import ContactDetail, Link, PersonRecord
from schemas.table import Rows

# What a professional needs to find her patient: PersonRecord's columns, and no local id; and to reach her: ContactDetail's.
RECORDED = ("nhs_number", "given_name", "family_name", "date_of_birth", "gender", "address", "postcode")
CONTACT = ("telephone", "preferred_language", "communication_needs", "next_of_kin", "visiting_warnings")
SHOWN = (*RECORDED, *CONTACT)
IDENTITY = pa.schema(
    [
        ("pseudonym", pa.string()),
        *((name, PersonRecord.columns()[name].type) for name in RECORDED),
        *((name, ContactDetail.columns()[name].type) for name in CONTACT),
    ]
)

STANDING = pa.schema(
    [
        ("pseudonym", pa.string()), ("subject", pa.string()), ("gp_practice_code", pa.string()),
        ("registered_from", pa.date32()), ("registered_to", pa.date32()), ("protected", pa.bool_()),
    ]
)  # fmt: skip
DIRECTORY = STANDING.append(pa.field("person_id", pa.string()))


class IdentitySource(Protocol):
    """The people of the night served, by their pseudonyms in one team's domain."""

    @property
    def as_at(self) -> dt.date:
        """The night's date: the register said on it who is registered where."""
        ...

    def standing(self, pseudonyms: Any) -> pa.Table:
        """STANDING rows of those that are there. Nothing identifiable."""
        ...

    def practices(self, subjects: Any) -> pa.Table:
        """subject and gp_practice_code of those that are there, by their pseudonyms in the audit's domain."""
        ...

    def list_sizes(self) -> Mapping[str, int]:
        """People registered with each practice."""
        ...

    def identities(self, pseudonyms: Any) -> pa.Table:
        """IDENTITY rows of those that are there. Reads the vault; raises whatever it raises where that cannot be read."""
        ...


@dataclass(frozen=True)
class NightIdentities:
    """An `IdentitySource` over a DIRECTORY. `read(person_ids)` gives their PersonRecord rows with a person_id, from the vault."""

    directory: pa.Table
    read: Callable[[Any], pa.Table]
    as_at: dt.date

    def standing(self, pseudonyms: Any) -> pa.Table:
        """See `IdentitySource`."""
        return self._people("pseudonym", pseudonyms).select(STANDING.names)

    def practices(self, subjects: Any) -> pa.Table:
        """See `IdentitySource`."""
        return self._people("subject", subjects).select(["subject", "gp_practice_code"])

    def list_sizes(self) -> Mapping[str, int]:
        """See `IdentitySource`. On the night's day; nobody who left counts."""
        left = pc.fill_null(pc.less_equal(self.directory["registered_to"], pa.scalar(self.as_at, pa.date32())), False)
        counts = pc.value_counts(self.directory["gp_practice_code"].filter(pc.invert(left)).drop_null().combine_chunks())
        return {each["values"]: each["counts"] for each in counts.to_pylist()}

    def identities(self, pseudonyms: Any) -> pa.Table:
        """See `IdentitySource`. The register's word first; another source's only where it is silent."""
        people = self._people("pseudonym", pseudonyms)
        records = in_order(self.read(people["person_id"]))
        first = pc.ScalarAggregateOptions(skip_nulls=True, min_count=0)
        best = records.group_by("person_id", use_threads=False).aggregate([(name, "first", first) for name in RECORDED])
        names = look_up(best["person_id"], people["person_id"], people["pseudonym"])
        unknown = [pa.nulls(best.num_rows, IDENTITY.field(name).type) for name in CONTACT]  # person records do not say
        return pa.table([names, *(best[f"{name}_first"] for name in RECORDED), *unknown], schema=IDENTITY)

    def _people(self, column: str, wanted: Any) -> pa.Table:
        values = pc.unique(pa.chunked_array([pa.array(wanted, pa.string())])) if isinstance(wanted, list) else pc.unique(wanted)
        return self.directory.filter(pc.is_in(self.directory[column], value_set=values))


def directory(records: Rows[PersonRecord], links: Rows[Link], *, team_key: DomainKey, audit_key: DomainKey) -> pa.Table:
    """DIRECTORY: a row for each person of the night, protected ones too; opt-outs take nobody out of direct care.

    Practice and registration are the register's own, of the record that ends last.
    """
    people = records.append_column("person_id", look_up(keys(records), keys(links), links["person_id"]))
    ordered = in_order(people.filter(people["person_id"].is_valid()))
    wanted = ("gp_practice_code", "registered_from", "registered_to")
    own = pc.ScalarAggregateOptions(skip_nulls=False, min_count=0)
    rows = ordered.group_by("person_id", use_threads=False).aggregate([(name, "first", own) for name in ("source", *wanted)])
    registered = pc.equal(rows["source_first"], "register")
    ids = rows["person_id"]
    columns = {
        "pseudonym": pseudonyms(ids, team_key),
        "subject": pseudonyms(ids, audit_key),
        **{name: pc.if_else(registered, rows[f"{name}_first"], None) for name in wanted},
        "protected": pc.is_in(ids, value_set=protected_people(records, links)),
        "person_id": ids,
    }
    return pa.table([columns[name] for name in DIRECTORY.names], schema=DIRECTORY).sort_by("pseudonym")
