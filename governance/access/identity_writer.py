"""Write a night's `identity_file`: its people, their pseudonyms for every team, and by what they are searched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from governance.access.identity import CONTACT, RECORDED, NightIdentities, directory
from governance.access.identity_file import FORMER, LIST_SIZE, NAME, NUMBER, PERSON, STANDS, TOKEN, plain_name
from governance.crosswalk import keys
from governance.keys import DomainKey
from governance.person_ids import look_up
from governance.person_rows import in_order
from governance.pseudonyms import pseudonyms
from governance.register_people import REGISTER, superseding
from governance.table_files import TableWriter
from schemas.identifiable import ContactDetail, Link, PersonRecord, RegisterMerger
from schemas.table import Rows

FAMILY_NAMES = ("family_name", "previous_family_name", "alias")


class NightPeople(NamedTuple):
    """What a night knows of who people are: the tables of its vault."""

    records: Rows[PersonRecord]
    links: Rows[Link]
    mergers: Rows[RegisterMerger]
    contacts: Rows[ContactDetail]
    joined: Sequence[tuple[str, str]] = ()  # old and new person id, wherever one was joined into another


def write_identities(
    path: Path,
    people: NightPeople,
    *,
    team_keys: Sequence[DomainKey],
    audit_key: DomainKey,
    as_at: dt.date,
    former_keys: Sequence[DomainKey] = (),
) -> None:
    """The file at `path`, mode 0600. Protected people are in it: the door decides. `as_at`: lists are counted on it.

    former_keys: of the audit's domain in earlier epochs.
    """
    records, links, mergers, contacts, joined = people
    theirs = records.append_column("person_id", look_up(keys(records), keys(links), links["person_id"]))
    theirs = theirs.filter(theirs["person_id"].is_valid())
    found = directory(records, links, team_key=audit_key, audit_key=audit_key).sort_by("person_id")
    ids = found["person_id"].combine_chunks()
    theirs = theirs.append_column("person", pc.index_in(theirs["person_id"], value_set=ids).cast(pa.int64()))
    sizes = NightIdentities(found, lambda _: records, as_at).list_sizes()
    with TableWriter(path) as file:
        reached = contacts.append_column("person_id", look_up(keys(contacts), keys(links), links["person_id"]))
        file.put("person", _people(found, theirs, reached), key=["person"])
        file.index("person", "subject")
        file.create("token", TOKEN, key=["pseudonym"])
        for key in sorted(team_keys, key=lambda each: each.domain.tag):
            tokens = pa.table([pseudonyms(ids, key), pa.array(range(len(ids)), pa.int64())], schema=TOKEN)
            file.add("token", tokens.sort_by("pseudonym"))
        file.index("token", "person")
        file.put("number", _numbers(theirs, mergers), key=NUMBER.names)
        file.put("name", _names(theirs), key=NAME.names)
        file.put("former", _former(ids, joined, audit_key, former_keys), key=FORMER.names)
        file.put(
            "list_size",
            pa.Table.from_pylist(
                [dict(zip(LIST_SIZE.names, each, strict=True)) for each in sorted(sizes.items())], schema=LIST_SIZE
            ),
            key=["gp_practice_code"],
        )


def _people(found: pa.Table, theirs: pa.Table, reached: pa.Table) -> pa.Table:
    """PERSON rows: the register's word first, another source's only where it is silent."""
    ids = found["person_id"]
    shown = [*_first(ids, in_order(theirs), RECORDED), *_first(ids, reached, CONTACT)]
    numbers = pa.array(range(found.num_rows), pa.int64())
    return pa.table([numbers, ids, found["subject"], *(found[name] for name in STANDS), *shown], schema=PERSON)


def _first(ids: Any, rows: pa.Table, names: Sequence[str]) -> list[Any]:
    """Of each person's rows the first value of each column that is there."""
    first = pc.ScalarAggregateOptions(skip_nulls=True, min_count=0)
    best = rows.group_by("person_id", use_threads=False).aggregate([(name, "first", first) for name in names])
    return [look_up(ids, best["person_id"], best[f"{name}_first"]) for name in names]


def _numbers(theirs: pa.Table, mergers: Rows[RegisterMerger]) -> pa.Table:
    """Every number that a record carries, and those that were merged into it."""
    of_register = theirs.filter(pc.equal(theirs["source"], REGISTER))  # whose own key is the number, a superseded one too
    columns = [(theirs["nhs_number"], theirs["person"]), (of_register["local_patient_id"], of_register["person"])]
    rows = pa.concat_tables([pa.table(list(each), schema=NUMBER) for each in columns])
    rows = rows.filter(rows["nhs_number"].is_valid())
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


def _former(ids: pa.Array, joined: Sequence[tuple[str, str]], audit_key: DomainKey, former_keys: Sequence[DomainKey]) -> pa.Table:
    """By which other pseudonyms the audit log may name each person."""
    place = {name: number for number, name in enumerate(ids.to_pylist())}
    into: dict[str, set[str]] = {}
    for old_id, new_id in joined:
        into.setdefault(new_id, set()).add(old_id)
    merged = sorted((old_id, place[name]) for name in into if name in place for old_id in _before(name, into))
    earlier = [pa.table([pa.array(range(len(ids)), pa.int64()), pseudonyms(ids, key)], schema=FORMER) for key in former_keys]
    old = pa.array([old_id for old_id, _ in merged], pa.string())
    persons = pa.array([person for _, person in merged], pa.int64())
    of_old = [pa.table([persons, pseudonyms(old, key)], schema=FORMER) for key in (*former_keys, audit_key)] if merged else []
    return _distinct(pa.concat_tables([FORMER.empty_table(), *earlier, *of_old]))


def _before(name: str, into: Mapping[str, set[str]]) -> set[str]:
    """Ids that were joined into one, step by step; without itself."""
    found, newest = {name}, into.get(name, set())
    while newest - found:
        found |= newest
        newest = {old for each in newest for old in into.get(each, ())}
    return found - {name}


def _plain(names: Any) -> Any:
    """Names as they are searched; empty where there is none. Each distinct name is written once."""
    texts = pc.fill_null(names, "")
    distinct = pc.unique(texts)
    plain = pa.array([plain_name(each) for each in distinct.to_pylist()], pa.string())
    return plain.take(pc.index_in(texts, value_set=distinct))


def _distinct(rows: pa.Table) -> pa.Table:
    return rows.group_by(rows.column_names, use_threads=False).aggregate([]).select(rows.column_names)
