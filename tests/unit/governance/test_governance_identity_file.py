"""The file of a night's identities answers as the slow source over whole tables does, and finds people by what is said."""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from governance.access.identity import CONTACT, NightIdentities, directory
from governance.access.identity_file import MOST_FOUND, FiledIdentities, plain_name
from governance.access.identity_writer import NightPeople, write_identities
from governance.audit import audit_domain
from governance.keys import Domain, DomainKey, RootKey
from governance.pseudonyms import pseudonym
from governance.table_files import TableReader
from schemas.identifiable import ContactDetail, RegisterMerger
from tests.access_drawings import AUDIT_KEY, TEAM_KEY, TODAY, Vault, person, population, subject, token

OTHER_KEY = DomainKey(RootKey(bytes(range(32))), Domain("harbour", "case management", 1))
CHANGES: dict[str, dict[int, Any]] = {
    "gp_practice_code": {2: "A99002", 3: None},
    "registered_to": {4: dt.date(2026, 9, 1), 5: TODAY + dt.timedelta(days=1)},
    "protected": {6: True},
    "family_name": {7: "O’Brien-Šmíd", 8: None},
    "previous_family_name": {8: "Nováková"},
    "nhs_number": {9: None},
    "date_of_birth": {10: None},
}


def filed(folder: Path, count: int = 12, key: DomainKey = TEAM_KEY, **changes: dict[int, Any]) -> FiledIdentities:
    records, links = population(count, **(CHANGES | changes))
    mergers = RegisterMerger.conform(
        pa.table({"old_nhs_number": ["9990000018"], "new_nhs_number": [records["nhs_number"][0].as_py()]})
    )
    said = {"source": ["register"], "local_patient_id": ["r2"], "telephone": ["01632 960001"], "preferred_language": ["Welsh"],
            "next_of_kin": ["daughter, 01632 960002"], "visiting_warnings": ["two to a visit"]}  # fmt: skip
    people = NightPeople(records, links, mergers, ContactDetail.conform(pa.table(said)))
    path = folder / "identities.db"
    write_identities(path, people, team_keys=[TEAM_KEY, OTHER_KEY], audit_key=AUDIT_KEY, as_at=TODAY)
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    return FiledIdentities(TableReader(path), key.domain, TODAY)


def test_it_answers_as_the_slow_source(tmp_path: Path) -> None:
    records, links = population(12, **CHANGES)
    slow = NightIdentities(directory(records, links, team_key=TEAM_KEY, audit_key=AUDIT_KEY), Vault(records, links), TODAY)
    fast = filed(tmp_path)
    asked = [token(number) for number in (3, 1, 1, 6, 12)] + ["nobody", ""]
    assert fast.standing(asked).sort_by("pseudonym") == slow.standing(asked)
    assert fast.identities(asked).drop_columns(list(CONTACT)).sort_by("pseudonym") == slow.identities(
        [each for each in asked if each]
    ).drop_columns(list(CONTACT)).sort_by("pseudonym")
    subjects = [subject(number) for number in range(1, 13)]
    for _ in range(2):
        assert fast.practices(subjects).sort_by("subject") == slow.practices(subjects).sort_by("subject")
    assert dict(fast.list_sizes()) == dict(slow.list_sizes()) == {"A99001": 9, "A99002": 1}


def test_it_says_how_to_reach_somebody(tmp_path: Path) -> None:
    row = filed(tmp_path).identities([token(2)]).to_pylist()[0]
    assert [row[name] for name in CONTACT] == ["01632 960001", "Welsh", None, "daughter, 01632 960002", "two to a visit"]


def test_a_night_of_a_release_that_knew_less_still_says_who_somebody_is(tmp_path: Path) -> None:
    filed(tmp_path)
    with closing(sqlite3.connect(tmp_path / "identities.db")) as connection:
        connection.execute("ALTER TABLE person DROP COLUMN next_of_kin")
        connection.commit()
    row = FiledIdentities(TableReader(tmp_path / "identities.db"), TEAM_KEY.domain, TODAY).identities([token(2)]).to_pylist()[0]
    assert (row["telephone"], row["next_of_kin"], row["visiting_warnings"]) == ("01632 960001", None, "two to a visit")


def test_another_teams_pseudonyms_mean_nothing(tmp_path: Path) -> None:
    theirs = filed(tmp_path, key=OTHER_KEY)
    assert theirs.standing([token(1)]).num_rows == 0
    assert all(each.startswith("harbour1-") for each in theirs.by_birth(dt.date(1940, 1, 1), "Family1"))


def test_a_person_is_found_by_any_number_of_hers(tmp_path: Path) -> None:
    records, _ = population(12, **CHANGES)
    found = filed(tmp_path)
    numbers = records["nhs_number"].to_pylist()
    assert found.by_number(numbers[3]) == [token(4)]
    assert found.by_number("9990000018") == [token(1)], "a number that was merged into hers"
    assert found.by_number("9999999999") == []


@pytest.mark.parametrize(("family", "given", "who"), [
    ("FAMILY3", "", 3), ("family3", "giv", 3), ("obrien smid", "", 7), ("novakova", "", 8), ("family3", "x", None),
    ("", "given3", None),
])  # fmt: skip
def test_a_person_is_found_by_name_and_birth(tmp_path: Path, family: str, given: str, who: int | None) -> None:
    assert filed(tmp_path).by_birth(dt.date(1940, 1, 1), family, given) == ([token(who)] if who else [])
    assert filed(tmp_path).by_birth(dt.date(1940, 1, 2), family, given) == []


def test_a_search_that_means_many_means_nobody(tmp_path: Path) -> None:
    names: dict[str, dict[int, Any]] = {"family_name": dict.fromkeys(range(1, MOST_FOUND + 2), "Same"), "date_of_birth": {}}
    assert filed(tmp_path, MOST_FOUND + 1, **names).by_birth(dt.date(1940, 1, 1), "Same") == []
    names["family_name"].popitem()
    assert len(filed(tmp_path, MOST_FOUND + 1, **names).by_birth(dt.date(1940, 1, 1), "Same")) == MOST_FOUND


def test_the_same_people_give_the_same_bytes(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        filed(tmp_path / name)
        written.append((tmp_path / name / "identities.db").read_bytes())
    assert written[0] == written[1]


def test_a_name_is_plain() -> None:
    assert plain_name(" Mc-Intyre  d'Été ") == "mcintyredete"


def test_the_audit_may_name_somebody_by_former_pseudonyms(tmp_path: Path) -> None:
    """Of an earlier epoch, and of ids that were joined into hers, step by step; never of one that went to somebody else."""
    records, links = population(3)
    former = DomainKey(RootKey(bytes(range(32))), audit_domain(2))
    old, older, anothers = "a" * 32, "b" * 32, "c" * 32
    joined = [(older, old), (old, person(1)), (anothers, person(2)), ("d" * 32, "e" * 32)]
    people = NightPeople(records, links, RegisterMerger.empty(), ContactDetail.empty(), joined)
    path = tmp_path / "identities.db"
    write_identities(path, people, team_keys=[TEAM_KEY], audit_key=AUDIT_KEY, as_at=TODAY, former_keys=[former])
    found = FiledIdentities(TableReader(path), TEAM_KEY.domain, TODAY)
    hers = {pseudonym(each, key) for each in (person(1), old, older) for key in (AUDIT_KEY, former)}
    assert found.subjects(token(1)) == found.subjects_of_number(records["nhs_number"][0].as_py()) == hers
    assert found.subjects(token(3)) == {pseudonym(person(3), AUDIT_KEY), pseudonym(person(3), former)}
    assert found.subjects("nobody") == found.subjects("") == found.subjects_of_number("9999999999") == frozenset()
