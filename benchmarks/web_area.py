"""A made-up area of any size, as its pages read it: two published nights, users and their sessions. No night is run.

The files are written by the product's own writers (`pipelines.desk_tables`, `governance.access.identity_writer`) from made-up
tables. Each night says which one it is in three places: its date, a word of each row's reasons, and the given names.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from caseload.desk.posts import Post
from caseload.lists import CaseloadList
from caseload.web.sessions import Sessions
from caseload.web.users import User
from governance.access.agreement import Agreements
from governance.access.identity_file import FILE
from governance.access.identity_writer import NightPeople, write_identities
from governance.access.tables import access_store
from governance.audit import audit_domain
from governance.keys import DomainKey, create_root_key, key_check_value
from governance.pseudonyms import pseudonyms
from pipelines.config import Configuration, load_configuration
from pipelines.desk_tables import DeskFiles
from pipelines.example_bases import ACCESS
from pipelines.fields import FIELDS_FILE, widest_list
from pipelines.keys import root_key
from pipelines.night import Night
from pipelines.project import Project
from pipelines.publish import MANIFEST, publications, store_url
from pipelines.recipients import team_domain, working_domain
from pipelines.shelf import digest
from schemas.aggregate import FeedAge
from schemas.identifiable import ContactDetail, Link, PersonRecord, RegisterMerger
from schemas.pseudonymised import Fact, Proposal, PseudonymisedPerson, Reason, Score, Selection, ServiceUse

TEAMS = 10
LISTED = 60  # people on each user's list: one page of named people
RUNS = ("1" * 16, "2" * 16)
WORDS = ("night one", "night two")  # in the reasons of each row
GIVEN = ("Oneida", "Twoida")  # given name of everybody who is listed
FEATURES = ("has_carer", "is_carer", "lives_in_care_home", "care_package_open", "home_care_weekly_units", "in_hospital")
TOML = """
[area]
name = "A made-up area"
synthetic = true
[keys]
check_value = "{key}"
[stores]
{stores}
[web]
origin = "http://127.0.0.1:{port}"
issuer = "https://sign-in.example"
client_id = "caselink"
[[purpose]]
id = "case-management"
description = "x"
owner = "x"
flow = "direct care"
evidence = "x"
signed_off = "x"
signed_off_on = {begins}
review_by = {ends}
[[basis]]
source = "register"
purpose = "case-management"
controller = "x"
reference = "EXAMPLE/SHARING/1"
evidence = "x"
tables = ["register"]
valid_from = {begins}
valid_to = {ends}
article_6 = "x"
article_9 = "x"
"""


@dataclass(frozen=True)
class MadeUpArea:
    """The project, and for each user her account's session id."""

    project: Project
    configuration: Configuration
    sessions: dict[str, str]


def make_area(folder: Path, *, people: int, users: int, port: int, stores: dict[str, str], today: dt.date) -> MadeUpArea:
    """The area in `folder`, its first night published. `stores`: places of the databases, as `[stores]` has them."""
    project = Project(folder)
    folder.mkdir(mode=0o700, exist_ok=True)
    project.make_folders()
    key = key_check_value(create_root_key(project.secrets / "root.key"))
    (folder / FIELDS_FILE).write_text(widest_list(), encoding="utf-8")
    year = dt.timedelta(days=365)
    text = TOML.format(
        key=key, port=port, begins=today - year, ends=today + year, stores="\n".join(f'{k} = "{v}"' for k, v in stores.items())
    )
    project.configuration.write_text(text + ACCESS + _teams(users), encoding="utf-8")
    configuration = load_configuration(project)
    _make_nights(project, configuration, people, users, today)
    return MadeUpArea(project, configuration, _sign_in(project, configuration, users))


def night_days(today: dt.date) -> tuple[dt.date, dt.date]:
    """The dates of the two nights."""
    return today - dt.timedelta(days=2), today - dt.timedelta(days=1)


def publish(project: Project, configuration: Configuration, number: int, today: dt.date) -> None:
    """Let one of the two nights be served: its first row, or one that goes back to it."""
    rows = publications(project, configuration.stores.application)
    if rows.published(RUNS[number]) is None:
        manifest = digest(project.night(RUNS[number]) / MANIFEST)
        rows.publish(RUNS[number], as_at=night_days(today)[number], manifest_sha256=manifest)
    else:
        rows.rollback(RUNS[number])


def _teams(users: int) -> str:
    teams = "".join(
        f'[[team]]\nid = "team{n}"\nname = "Team {n}"\nlocality = "L{n}"\n'
        f'[[professional]]\nid = "ap{n}"\nteam = "team{n}"\ncapacity = 1000\n'
        for n in range(TEAMS)
    )
    return teams + "".join(
        f'[[professional]]\nid = "cc{n}"\nteam = "team{n % TEAMS}"\nrole = "coordinator"\ncapacity = {LISTED}\n'
        f'[[user]]\naccount = "user {n}"\n[[user.post]]\nrole = "care coordinator"\nteam = "team{n % TEAMS}"\n'
        f'professional = "cc{n}"\n'
        for n in range(users)
    )


def _sign_in(project: Project, configuration: Configuration, users: int) -> dict[str, str]:
    """A session for each user, who has accepted the agreement: by the pages' own store."""
    now, store = dt.datetime.now(dt.UTC), store_url(project, configuration.stores.application)
    hours = dt.timedelta(hours=10)
    sessions = Sessions(store, idle=hours, absolute=hours, clock=lambda: now)
    agreements = Agreements(access_store(store), configuration.access.agreement)
    made = {}
    for number in range(users):
        account, post = f"user {number}", Post("care coordinator", f"team{number % TEAMS}", professional=f"cc{number}")
        agreements.accept(account, configuration.access.agreement, now)
        made[account] = sessions.begin(User(account, (post,)), post.key)
    return made


def _make_nights(project: Project, configuration: Configuration, people: int, users: int, today: dt.date) -> None:
    root = root_key(project, configuration)
    ids = pa.array([f"{number:032x}" for number in range(people)])
    working = pseudonyms(ids, DomainKey(root, working_domain(configuration)))
    words = {}
    for place, team in enumerate(configuration.team):
        own = pa.array(range(place, people, TEAMS))  # everybody else is no concern of this team's file
        named = pseudonyms(ids.take(own), DomainKey(root, team_domain(configuration, team.id)))
        words[team.id] = pa.table({"working": working.take(own), "recipient": named})
    records, links = _records(ids, users)
    contacts, mergers = ContactDetail.empty(), RegisterMerger.empty()
    first, second = (project.vault_night(run) for run in RUNS)
    for each in (first, second):
        each.mkdir(parents=True, mode=0o700)
    days = night_days(today)
    write_identities(
        first / FILE,
        NightPeople(records, links, mergers, contacts),
        team_keys=[DomainKey(root, team_domain(configuration, team.id)) for team in configuration.team],
        audit_key=DomainKey(root, audit_domain(configuration.keys.epoch)),
        as_at=days[0],
    )
    _copy_renamed(first / FILE, second / FILE)
    tables = _night_tables(working, users, days[0])
    for number, run in enumerate(RUNS):
        night = Night(project, configuration, days[number], run, None)
        _write_desks(night, tables, words, _lists(words, users, WORDS[number], days[number]))
    publish(project, configuration, 0, today)


def _copy_renamed(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o600)
    with sqlite3.connect(target) as connection:
        connection.execute("UPDATE person SET given_name = ? WHERE given_name = ?", (GIVEN[1], GIVEN[0]))
    connection.close()


def _write_desks(night: Night, tables: dict[str, pa.Table], words: dict[str, pa.Table], lists: dict[str, pa.Table]) -> None:
    feed = {"source": "register", "state": "current", "files": 1, "data_to": night.as_at, "age_days": 0}
    night.shelf.put(FeedAge, "feed_age", FeedAge.conform(pa.Table.from_pylist([feed])))
    with DeskFiles(night, tables) as desks:
        for team in night.configuration.team:
            (night.shelf.folder / "out" / team.id).mkdir(parents=True)
            desks.add_team(team, words[team.id], {"caseload": lists[team.id]})
        desks.add_events()
    folder = night.shelf.folder
    files = {str(path.relative_to(folder)): digest(path) for path in sorted(folder.rglob("*")) if path.is_file()}
    said = {"run_id": night.run_id, "as_at": night.as_at.isoformat(), "files": files}
    (folder / MANIFEST).write_text(json.dumps(said, sort_keys=True))
    folder.rename(night.project.night(night.run_id))


def _owner(number: int, users: int) -> int | None:
    """Whose list person `number` is on: the first so many people of each team are its users' own."""
    team, place = number % TEAMS, number // TEAMS
    holder = team + TEAMS * (place // LISTED)
    return holder if holder < users else None


def _listed(users: int, people: int) -> list[tuple[int, int]]:
    """Person and user, of everybody who is on a list."""
    most = min(people, TEAMS * LISTED * (1 + users // TEAMS))
    return [(number, owner) for number in range(most) if (owner := _owner(number, users)) is not None]


def _records(ids: pa.Array, users: int) -> tuple[pa.Table, pa.Table]:
    count = len(ids)
    listed = {number for number, _ in _listed(users, count)}
    columns: dict[str, Any] = {
        "source": pa.repeat("register", count),
        "local_patient_id": pa.array([f"r{number}" for number in range(count)]),
        "given_name": pa.array([GIVEN[0] if number in listed else f"Given{number % 997}" for number in range(count)]),
        "family_name": pa.array([f"Family{number % 4999}" for number in range(count)]),
        "date_of_birth": pa.array([number * 37 % 30_000 for number in range(count)], pa.int32()).cast(pa.date32()),
        "nhs_number": pa.array([f"9{number:09d}" for number in range(count)]),
        "gp_practice_code": _practices(count),
        "registered_from": pa.repeat(dt.date(2015, 1, 1), count),
        "protected": pa.repeat(pa.scalar(False), count),
        "address": pa.repeat("1 Made-up Street", count),
        "postcode": pa.repeat("ZZ99 3VZ", count),
    }
    records = PersonRecord.conform(_whole(columns, PersonRecord.arrow_schema(), count))
    links = {name: columns[name] for name in ("source", "local_patient_id")}
    links |= {"person_id": ids, "step": pa.repeat("register", count), "model_version": pa.repeat("1", count)}
    return records, Link.conform(_whole(links, Link.arrow_schema(), count))


def _practices(count: int) -> pa.Array:
    """Four practices a team."""
    return pa.array([f"A{number % TEAMS:02d}{number // TEAMS % 4:03d}" for number in range(count)])


def _night_tables(working: pa.Array, users: int, day: dt.date) -> dict[str, pa.Table]:
    count = len(working)
    person = {
        "pseudonym": working, "age_band": pa.repeat("80-84", count), "gender": pa.repeat("2", count),
        "gp_practice_code": _practices(count), "locality": pa.array([f"L{number % TEAMS}" for number in range(count)]),
        "registered_from": pa.repeat(dt.date(2015, 1, 1), count), "link_quality": pa.repeat("number", count),
    }  # fmt: skip
    selection = {
        "pseudonym": working, "locality": person["locality"], "tier": pa.repeat("case management", count),
        "rank": pa.array([number // TEAMS + 1 for number in range(count)]), "why": pa.repeat("rank", count),
        "since": pa.repeat(day, count),
    }  # fmt: skip
    score = {
        "pseudonym": working, "score": pa.repeat("emergency_admission_12_months", count), "value": pa.repeat(0.25, count),
        "version": pa.repeat("1", count),
    }  # fmt: skip
    rows = [
        {"pseudonym": working[number].as_py(), "team": f"team{number % TEAMS}", "coordinator_id": f"cc{owner}",
         "accountable_professional_id": f"ap{number % TEAMS}", "why": "x", "since": day}
        for number, owner in _listed(users, count)
    ]  # fmt: skip
    proposal = pa.Table.from_pylist(rows, schema=Proposal.arrow_schema())
    feature = {"pseudonym": working} | {name: pa.repeat(0.0, count) for name in FEATURES}
    return {
        "person": _whole(person, PseudonymisedPerson.arrow_schema(), count),
        "selection": _whole(selection, Selection.arrow_schema(), count),
        "score": _whole(score, Score.arrow_schema(), count),
        "proposal": proposal,
        "feature": pa.table(feature),
        "reason": Reason.empty(),
        "fact": Fact.empty(),
        "service_use": ServiceUse.empty(),
    }


def _lists(words: dict[str, pa.Table], users: int, word: str, day: dt.date) -> dict[str, pa.Table]:
    """CaseloadList rows of each team."""
    found: dict[str, list[dict[str, Any]]] = {team: [] for team in words}
    people = sum(each.num_rows for each in words.values())
    for number, owner in _listed(users, people):
        team = f"team{number % TEAMS}"
        found[team].append(_list_row(words[team]["recipient"][number // TEAMS].as_py(), number, owner, word, day))
    return {
        team: CaseloadList.conform(pa.Table.from_pylist(rows, schema=CaseloadList.arrow_schema())) for team, rows in found.items()
    }


def _list_row(pseudonym: str, number: int, owner: int, word: str, day: dt.date) -> dict[str, Any]:
    return {
        "pseudonym": pseudonym, "change": "same", "tier": "case management", "rank": number // TEAMS + 1,
        "accountable_professional_id": f"ap{number % TEAMS}", "coordinator_id": f"cc{owner}", "risk": 0.25,
        "risk_in_words": "about 25 in 100 people like this are admitted as an emergency within 12 months",
        "reasons": f"emergency admissions; lives alone; heart failure ({word})", "age_band": "80-84", "gender": "female",
        "locality": f"L{number % TEAMS}", "gp_practice_code": f"A{number % TEAMS:02d}{number // TEAMS % 4:03d}",
        "contacts_accident_and_emergency": 2, "contacts_emergency_inpatient": 1, "why_placed": "works here", "since": day,
        "link_confidence": "high: linked by NHS number", "data_as_at": day,
    }  # fmt: skip


def _whole(columns: dict[str, Any], schema: pa.Schema, count: int) -> pa.Table:
    return pa.table([columns.get(field.name, pa.nulls(count, field.type)) for field in schema], schema=schema)
