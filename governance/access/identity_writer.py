"""Write a night's `identity_file`: its people, their pseudonyms for every team, and by what they are searched."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from governance.access.identity import NightIdentities, directory
from governance.access.identity_file import LIST_SIZE, NAME, NUMBER, PERSON, SHOWN, STANDS, TOKEN, plain_name
from governance.crosswalk import keys
from governance.keys import DomainKey
from governance.person_ids import look_up
from governance.person_rows import in_order
from governance.pseudonyms import pseudonyms
from governance.register_people import superseding
from governance.table_files import TableWriter
from schemas.identifiable import Link, PersonRecord, RegisterMerger
from schemas.table import Rows

FAMILY_NAMES = ("family_name", "previous_family_name", "alias")


def write_identities(
    path: Path,
    records: Rows[PersonRecord],
    links: Rows[Link],
    mergers: Rows[RegisterMerger],
    *,
    team_keys: Sequence[DomainKey],
    audit_key: DomainKey,
    as_at: Any,
) -> None:
    """The file at `path`, mode 0600. Protected people are in it: the door decides. `as_at`: lists are counted on it."""
    theirs = records.append_column("person_id", look_up(keys(records), keys(links), links["person_id"]))
    theirs = theirs.filter(theirs["person_id"].is_valid())
    found = directory(records, links, team_key=audit_key, audit_key=audit_key).sort_by("person_id")
    ids = found["person_id"].combine_chunks()
    theirs = theirs.append_column("person", pc.index_in(theirs["person_id"], value_set=ids).cast(pa.int64()))
    sizes = NightIdentities(found, lambda _: records, as_at).list_sizes()
    with TableWriter(path) as file:
        file.put("person", _people(found, theirs), key=["person"])
        file.index("person", "subject")
        file.create("token", TOKEN, key=["pseudonym"])
        for key in sorted(team_keys, key=lambda each: each.domain.tag):
            tokens = pa.table([pseudonyms(ids, key), pa.array(range(len(ids)), pa.int64())], schema=TOKEN)
            file.add("token", tokens.sort_by("pseudonym"))
        file.index("token", "person")
        file.put("number", _numbers(theirs, mergers), key=NUMBER.names)
        file.put("name", _names(theirs), key=NAME.names)
        file.put(
            "list_size",
            pa.Table.from_pylist(
                [dict(zip(LIST_SIZE.names, each, strict=True)) for each in sorted(sizes.items())], schema=LIST_SIZE
            ),
            key=["gp_practice_code"],
        )


def _people(found: pa.Table, theirs: pa.Table) -> pa.Table:
    """PERSON rows: the register's word first, another source's only where it is silent."""
    first = pc.ScalarAggregateOptions(skip_nulls=True, min_count=0)
    ordered = in_order(theirs)
    best = ordered.group_by("person_id", use_threads=False).aggregate([(name, "first", first) for name in SHOWN])
    ids = found["person_id"]
    shown = [look_up(ids, best["person_id"], best[f"{name}_first"]) for name in SHOWN]
    numbers = pa.array(range(found.num_rows), pa.int64())
    return pa.table([numbers, ids, found["subject"], *(found[name] for name in STANDS), *shown], schema=PERSON)


def _numbers(theirs: pa.Table, mergers: Rows[RegisterMerger]) -> pa.Table:
    """Every number that a record carries, and those that were merged into it."""
    own = pc.if_else(pc.equal(theirs["source"], "register"), theirs["local_patient_id"], theirs["nhs_number"])
    rows = pa.table([own, theirs["person"]], schema=NUMBER).filter(own.is_valid())
    heirs = superseding(mergers)
    old = pa.table({"old": pa.array(heirs, pa.string()), "nhs_number": pa.array(heirs.values(), pa.string())})
    merged = old.join(rows, "nhs_number", join_type="inner").select(["old", "person"]).rename_columns(NUMBER.names)
    return _distinct(pa.concat_tables([rows, merged.cast(NUMBER)]))


def _names(theirs: pa.Table) -> pa.Table:
    """A row for each family name of a record that has a date of birth."""
    parts = [
        pa.table([theirs["date_of_birth"], _plain(theirs[name]), _plain(theirs["given_name"]), theirs["person"]], schema=NAME)
        for name in FAMILY_NAMES
    ]
    rows = pa.concat_tables(parts)
    return _distinct(rows.filter(pc.and_(rows["date_of_birth"].is_valid(), pc.not_equal(rows["family"], ""))))


def _plain(names: Any) -> Any:
    """Names as they are searched; empty where there is none. Each distinct name is written once."""
    texts = pc.fill_null(names, "")
    distinct = pc.unique(texts)
    plain = pa.array([plain_name(each) for each in distinct.to_pylist()], pa.string())
    return plain.take(pc.index_in(texts, value_set=distinct))


def _distinct(rows: pa.Table) -> pa.Table:
    return rows.group_by(rows.column_names, use_threads=False).aggregate([]).select(rows.column_names)
