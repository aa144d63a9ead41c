"""People the register does not have, from night to night: linkage groups their records, and the vault keeps their ids.

Two groups of unlinked records become one and fall apart again; every move is an event that leads from the old id to the new one.
"""

from __future__ import annotations

from pathlib import Path

from governance.vault import Vault
from linkage import link_records
from schemas.identifiable import RegisterMerger
from tests.governance_drawings import name, numbered_ids
from tests.linkage_tables import drawn, person_records

REGISTER = """
    source   | id | number | status | given | family | born       | sex | postcode
    register | r1 | n6     | 01     | Ann   | Hill   | 1950-05-04 | 2   | B33 8TH
"""
# One person's records under two addresses: names and date of birth alone do not join them.
APART = """
    source     | id | number | status | given | family | born       | sex | postcode
    asc_person | a1 | {a}    |        | Olga  | Orlova | 2001-12-12 | 2   | M1 1AE
    gp         | g1 |        |        | Olga  | Orlova | 2001-12-12 | 2   | M1 1AE
    csds       | c1 | {c}    |        | Olga  | Orlova | 2001-12-12 | 2   | LS1 4AP
    ecds       | e1 |        |        | Olga  | Orlova | 2001-12-12 | 2   | LS1 4AP
    mhsds      | m1 |        |        | Ivan  | Petrov | 1980-02-03 | 1   | LS1 4AP
"""


class Nights:
    """A vault and the nights it lived through."""

    def __init__(self, folder: Path) -> None:
        self.vault, self.run_id = Vault(folder / "vault.db", numbered_ids()), "n0"

    def night(self, a: str, c: str, *, without: str = "") -> dict[str, str]:
        """Link and assign with these numbers on a1 and c1; record to person, in short."""
        self.run_id = f"n{int(self.run_id[1:]) + 1}"
        rows = [*drawn(REGISTER), *drawn(APART.format(a=a, c=c))]
        matches = link_records(
            person_records([row for row in rows if row["local_patient_id"] != without]), RegisterMerger.empty()
        ).matches
        links = self.vault.assign_person_ids(matches, RegisterMerger.empty(), self.run_id).to_pylist()
        self.vault.confirm(self.run_id)
        return {row["local_patient_id"]: name(row["person_id"]) for row in links}

    def events(self) -> set[tuple[str, str, str, str]]:
        """Kind, record, old person and new of the last night."""
        return {
            (row["kind"], row["local_patient_id"], name(row["old_person_id"]), name(row["new_person_id"]))
            for row in self.vault.events(self.run_id).to_pylist()
        }


def test_two_groups_that_become_one_and_fall_apart_again(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    first = nights.night(a="", c="")
    assert first == {"r1": "p1", "a1": "p2", "g1": "p2", "c1": "p3", "e1": "p3", "m1": "p4"}
    assert nights.events() == set()

    # Both are given one number: they are one person, who keeps the id of the first record. The old id leads to the kept one.
    assert nights.night(a="n1", c="n1") == {**first, "c1": "p2", "e1": "p2"}
    assert nights.events() == {("link", "c1", "p3", "p2"), ("link", "e1", "p3", "p2")}
    assert nights.night(a="n1", c="n1")["e1"] == "p2"
    assert nights.events() == set()

    # The number was wrong: two people again. Who kept the id keeps it; the others get one that nobody ever had.
    assert nights.night(a="n1", c="n2") == {**first, "c1": "p5", "e1": "p5"}
    assert nights.events() == {("split", "c1", "p2", "p5"), ("split", "e1", "p2", "p5")}
    assert nights.night(a="n1", c="n2") == {**first, "c1": "p5", "e1": "p5"}
    assert nights.events() == set()


def test_a_group_that_loses_its_first_record_for_a_night_keeps_its_id(tmp_path: Path) -> None:
    """The cluster is called after its first record; the person is not."""
    nights = Nights(tmp_path)
    first = nights.night(a="", c="")
    away = nights.night(a="", c="", without="a1")
    assert away == {record: person for record, person in first.items() if record != "a1"}
    assert nights.events() == set()
    assert nights.night(a="", c="") == first
    assert nights.events() == set()


def test_the_record_that_held_a_group_together_stays_away(tmp_path: Path) -> None:
    """Without a1 nothing joins g1 to the others: a split. When it comes back they are one person again, under the id kept."""
    nights = Nights(tmp_path)
    first = nights.night(a="n1", c="n1")
    assert first == {"r1": "p1", "a1": "p2", "g1": "p2", "c1": "p2", "e1": "p2", "m1": "p3"}
    assert nights.night(a="n1", c="n1", without="a1")["g1"] == "p4"
    assert nights.events() == {("split", "g1", "p2", "p4")}
    assert nights.night(a="n1", c="n1") == first
    assert nights.events() == {("link", "g1", "p4", "p2")}


def test_every_night_of_the_past_still_knows_its_own_people(tmp_path: Path) -> None:
    nights = Nights(tmp_path)
    told = [nights.night(a="", c=""), nights.night(a="n1", c="n1"), nights.night(a="n1", c="n2")]
    for number, people in enumerate(told, 1):
        rows = nights.vault.crosswalk(f"n{number}").to_pylist()
        assert {row["local_patient_id"]: name(row["person_id"]) for row in rows} == people
