"""Whom a few contacts give away: drawn."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from governance.attack.contacts import FoundByContacts, found_by_contacts
from governance.table_files import TableWriter

GP, AE = 1, 2
Events = list[list[tuple[int, int]]]  # of each person: (day, kind), oldest first


def desk(folder: Path, events: Events) -> Path:
    path = folder / "desk.db"
    folder.mkdir()
    rows = [(person, place, *event) for person, own in enumerate(events) for place, event in enumerate(own)]
    columns = ("person", "place", "start_date", "kind")
    table = pa.table({name: pa.array([row[at] for row in rows], pa.int64()) for at, name in enumerate(columns)})
    with TableWriter(path) as file:
        file.put("desk_person", pa.table({"person": pa.array(range(len(events)), pa.int64())}), key=["person"])
        file.put("desk_event", table, key=["person", "place"])
        kinds = {"kind": [GP, AE], "activity_type": ["gp", "ae"], "provider_code": pa.array(["A99001", None], pa.string())}
        file.put("desk_kind", pa.table(kinds), key=["kind"])
    return path


def test_who_has_contacts_of_her_own_is_found_and_who_has_somebody_elses_is_not(tmp_path: Path) -> None:
    castle = desk(tmp_path / "castle", [
        [(1, GP), (2, GP), (3, AE)],          # alone with them
        [(5, GP), (6, GP), (7, GP)],          # these two have the same last three
        [(4, AE), (5, GP), (6, GP), (7, GP)],
        [(1, GP), (2, GP)],                   # too few to be known
    ])  # fmt: skip
    # The first of them under another number, and a stranger; of the stranger's three days two are hers.
    other = desk(tmp_path / "other", [[(1, GP), (2, GP), (9, AE)], [(0, GP), (1, GP), (2, GP), (3, AE)]])
    assert found_by_contacts({"castle": castle, "other": other}) == [
        FoundByContacts("castle", "castle", 3, 3, 1 / 3),
        FoundByContacts("castle", "other", 3, 3, 1 / 3),
        FoundByContacts("other", "castle", 3, 2, 1 / 2),
        FoundByContacts("other", "other", 3, 2, 1.0),
    ]


def test_a_sample_is_no_larger_than_asked_for_and_always_the_same(tmp_path: Path) -> None:
    castle = desk(tmp_path / "castle", [[(3 * person + day, GP) for day in range(3)] for person in range(100)])
    (found,) = found_by_contacts({"castle": castle}, sample=10)
    assert (found.people, found.share) == (10, 1.0)
    assert found_by_contacts({"castle": castle}, sample=10) == [found]


def test_a_file_without_contacts_gives_nobody_away(tmp_path: Path) -> None:
    assert found_by_contacts({"castle": desk(tmp_path / "castle", [[], [(1, GP)]])}) == []
