"""The pages of a real night: my list, person, search, morning, practice and team, through the door and written down."""

from __future__ import annotations

import dataclasses
import datetime as dt
import os
import sqlite3
import stat
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from caseload.desk.morning import morning
from caseload.desk.my_list import Asked, my_list
from caseload.desk.person import person_page
from caseload.desk.practice import practice_page
from caseload.desk.search import NONE_FOUND, Terms, search
from caseload.desk.team import team_page
from caseload.entries.policies import Decision
from caseload.entries.states import ACCEPT, DECLINE
from governance.access.identity_file import FILE
from schemas.errors import CaselinkError, GovernanceError
from tests.desk_site import NOON, DeskSite, desk_site


@pytest.fixture
def site(published: Path) -> DeskSite:
    return desk_site(published)


def identities(site: DeskSite) -> sqlite3.Connection:
    return sqlite3.connect(site.project.vault_night(site.night.run_id) / FILE)


def test_a_list_names_ones_own_people_and_writes_each_of_them_down(site: DeskSite) -> None:
    listed = site.night.listed(site.team)
    found = my_list(site.visit("beth"), site.services, site.night, Asked())
    assert [each.pseudonym for each in found.rows] == [row["pseudonym"] for row in listed]
    assert all(each.who and each.who["family_name"] for each in found.rows)
    assert "telephone" not in (found.rows[0].who or {}), "a list needs no telephone numbers"
    assert found.names == ""
    rows = site.services.audit.rows("reidentify")
    assert (len(rows), {row["decision"] for row in rows}) == (len(listed), {"allowed"})
    assert found.first_look
    assert found.counts["new"] == 0, "on a first list nobody is marked as new"
    other = my_list(site.visit("otto"), site.services, site.night, Asked())
    assert {each.pseudonym for each in other.rows}.isdisjoint(each.pseudonym for each in found.rows)
    assert site.services.audit.verify() is None


def test_a_decision_outranks_the_nights_proposal(site: DeskSite) -> None:
    first, second, *_ = [row["pseudonym"] for row in site.night.listed(site.team)]
    visit, door = site.visit("beth"), site.services.doors[site.team](site.night)
    me = visit.post.professional
    decided = Decision(ACCEPT, "clinical judgement", 0, professional=me)
    site.services.entries.decide(visit.request(), first, decided, door)
    site.services.entries.decide(visit.request(), second, Decision(DECLINE, "known and managed", 0), door)
    found = {each.pseudonym: each for each in my_list(site.visit("beth", 1), site.services, site.night, Asked()).rows}
    assert found[first].state == "accepted"
    assert found[first].who
    assert second not in found, "who was declined is on nobody's list"
    assert person_page(site.visit("beth", 2), site.services, site.night, second) is None, "and no longer opened by it"
    page = person_page(site.visit("beth", 3), site.services, site.night, first)
    assert page is not None
    assert [each.event for each in page.decisions] == [ACCEPT]


def test_who_is_not_there_and_who_is_anothers_are_answered_alike(site: DeskSite) -> None:
    own = site.night.listed(site.team)[0]["pseudonym"]
    foreign = site.night.listed(site.other_team)[0]["pseudonym"]
    absent = own[:-3] + "".join(reversed(own[-3:]))
    for asked in (foreign, absent, "", "nonsense", "<script>"):
        assert person_page(site.visit("beth"), site.services, site.night, asked) is None
    assert person_page(site.visit("mia"), site.services, site.night, own) is None, "no meeting, no person"
    page = person_page(site.visit("beth", 1), site.services, site.night, own)
    assert page is not None
    assert page.who
    assert page.timeline
    assert page.feeds


def test_a_person_is_found_by_number_or_by_name_and_birth_within_ones_own(site: DeskSite) -> None:
    pseudonym = site.night.listed(site.team)[0]["pseudonym"]
    query = "SELECT nhs_number, given_name, family_name, date_of_birth FROM token JOIN person USING (person) WHERE pseudonym = ?"
    number, given, family, days = identities(site).execute(query, (pseudonym,)).fetchone()
    born = dt.date(1970, 1, 1) + dt.timedelta(days=days)
    by_name = Terms(family=f" {family.lower()} ", given=given[:2], born=born)
    for terms in (Terms(number), Terms(f"{number[:3]} {number[3:6]}-{number[6:]}"), by_name):
        assert [each.pseudonym for each in search(site.visit("beth"), site.services, site.night, terms).found] == [pseudonym]
    others = search(site.visit("otto"), site.services, site.night, Terms(number))
    nobody = search(site.visit("otto"), site.services, site.night, Terms("9999999999"))
    assert others == nobody
    assert (others.found, others.words) == ([], NONE_FOUND)
    with pytest.raises(GovernanceError, match="E-ACCESS-ROLE"):
        search(site.visit("mia"), site.services, site.night, Terms(number))
    written = site.services.audit.rows("search")
    assert len(written) == 5
    assert all(row["subject"] == "" for row in written)
    assert not any(number in str(row) or family in str(row) for row in site.services.audit.rows())


def test_somebody_whom_the_night_left_out_is_still_found_by_her_own_team(site: DeskSite) -> None:
    """Opt-outs keep people out of scores, not out of direct care."""
    connection = identities(site)
    codes = [row["gp_practice_code"] for row in site.night.practices(site.team)]
    marks = ", ".join("?" * len(codes))
    theirs = f"pseudonym LIKE ? AND gp_practice_code IN ({marks}) AND registered_to IS NULL AND nhs_number IS NOT NULL"
    query = f"SELECT pseudonym, nhs_number FROM token JOIN person USING (person) WHERE NOT protected AND {theirs}"  # noqa: S608
    people = connection.execute(query, (f"{site.team}%", *codes)).fetchall()
    known = site.night.people(site.team, [pseudonym for pseudonym, _ in people])
    pseudonym, number = next(each for each in people if each[0] not in known)
    found = search(site.visit("cora"), site.services, site.night, Terms(number)).found
    assert [(each.pseudonym, each.desk) for each in found] == [(pseudonym, None)]
    page = person_page(site.visit("cora", 1), site.services, site.night, pseudonym)
    assert page is not None
    assert page.desk is None
    assert page.who


def test_a_protected_person_is_found_by_her_own_practices_team_alone(site: DeskSite) -> None:
    query = "SELECT pseudonym, nhs_number, gp_practice_code FROM token JOIN person USING (person)"
    query += " WHERE protected AND nhs_number IS NOT NULL"
    found = identities(site).execute(query).fetchall()
    assert found
    mine = {row["gp_practice_code"] for row in site.night.practices(site.team)}
    number = next((number for _, number, practice in found if practice not in mine), None)
    if number:
        assert search(site.visit("cora"), site.services, site.night, Terms(number)).words == NONE_FOUND


def test_morning_practice_and_team(site: DeskSite) -> None:
    page = morning(site.visit("cora"), site.services, site.night)
    assert page.first_look
    assert not page.happened, "a first night compares with nothing"
    practice = practice_page(site.visit("pete"), site.services, site.night)
    assert practice is not None
    assert practice.ten
    assert all(each.who for each in practice.ten)
    assert not {each.person["pseudonym"] for each in practice.ten} & {row["pseudonym"] for row in site.night.listed(site.team)}
    assert 0 < sum(each.people for each in practice.shares) <= practice.people
    assert practice_page(site.visit("pete"), site.services, site.night, "A99999") is None
    loads = team_page(site.visit("cora"), site.services, site.night).loads
    assert sum(each.proposed for each in loads if each.professional.role != "coordinator") == len(site.night.listed(site.team))


def test_files_are_private_whole_and_of_the_teams_own_pseudonyms(site: DeskSite) -> None:
    vault = site.project.vault_night(site.night.run_id) / FILE
    assert stat.S_IMODE(os.stat(vault).st_mode) == 0o600
    desk = site.night.folder / "out" / site.team / "desk.db"
    people = [name for (name,) in sqlite3.connect(desk).execute("SELECT pseudonym FROM desk_person")]
    assert people
    assert all(name.startswith(f"{site.team}1-") for name in people)
    numbers = set(pq.read_table(vault.with_name("person_record.parquet"), partitioning=None)["nhs_number"].to_pylist()) - {None}
    content = desk.read_bytes()
    assert not any(number.encode() in content for number in numbers)
    with desk.open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(CaselinkError, match="E-NIGHT-DAMAGED"):
        desk_site(site.project.root).night.listed(site.team)


def test_a_locked_vault_shows_nobody(site: DeskSite) -> None:
    (site.project.vault_night(site.night.run_id) / FILE).unlink()
    with pytest.raises(GovernanceError, match="E-ACCESS-VAULT"):
        my_list(dataclasses.replace(site.visit("beth"), at=NOON), site.services, site.night, Asked())
