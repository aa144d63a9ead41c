"""Entries on SQLite and on a real PostgreSQL: the same history, upgrades, writers at once, and rows that nobody changes."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from caseload.entries.feedback import answers
from caseload.entries.joining import Joining
from caseload.entries.opening import bring_up_to_date, version_of
from caseload.entries.tables import EVENT, METADATA, NAME, TABLES, VERSION_TABLE
from governance.audit import Audit
from governance.stores import Store
from schemas.errors import GovernanceError
from tests.access_drawings import NOON, TODAY, ask, token
from tests.entries_drawings import Caseload, caseload, opened
from tests.integration.test_integration_postgres import Server, name_of, server  # noqa: F401 - a fixture

DAY = dt.timedelta(days=1)
HEAD = "0003"


@pytest.fixture(params=["sqlite", "postgresql"])
def urls(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, ...]]:
    """Places of the application's, the audit's and the vault's database."""
    if request.param == "sqlite":
        yield tuple(str(tmp_path / place) for place in ("state/application.db", "state/audit.db", "vault/vault.db"))
    else:
        running: Server = request.getfixturevalue("server")
        yield tuple(running.database() for _ in range(3))


def a_history(desk: Caseload) -> None:
    """One of everything."""
    desk.entries.look(ask(), token(1))
    desk.decide(1, "accept", coordinator="sam", at=NOON + dt.timedelta(minutes=1))
    desk.decide(2, "refer", at=NOON)
    meeting = desk.meet()
    desk.take("attendee invited", of=meeting.thread, account="mia")
    desk.take("item added", "asked for", number=1, of=meeting.thread, note=3)
    desk.take("plan made", "care and support plan", number=1)
    desk.take("carer linked", "child", number=1, carer=token(3))
    desk.take("step up", "needs watching", number=2, ward="ward-1", until=TODAY + 5 * DAY)
    desk.decide(1, "close", at=NOON + DAY)
    desk.decide(2, "accept", at=NOON + DAY)
    desk.entries.join("castle", Joining({token(1): token(2), token(3): token(4)}), at=NOON + DAY)
    desk.entries.join("castle", Joining({}, [token(1)]), at=NOON + DAY)
    desk.decide(1, "defer", at=NOON + DAY)


def test_both_databases_keep_the_same_history(urls: tuple[str, ...], tmp_path: Path) -> None:
    desk, plain = caseload(tmp_path / "one", urls=urls), caseload(tmp_path / "other")
    for each in (desk, plain):
        a_history(each)
    for number in (1, 2, 3, 4):
        strands = ("entry", "plan", "carer", "item", "stay")
        assert [desk.entries.history("castle", token(number), *strands)] == [
            plain.entries.history("castle", token(number), *strands)
        ]
        assert desk.ties(number) == plain.ties(number)
    assert desk.entries.current("castle", TODAY).equals(plain.entries.current("castle", TODAY))
    assert answers(desk.entries, ["castle"], TODAY, TODAY) == answers(plain.entries, ["castle"], TODAY, TODAY)
    look = desk.entries.last_look(ask(run_id="n2"), token(1))
    assert look is not None
    assert look.at == NOON
    assert opened(desk.house, Audit(urls[1])).mend(at=NOON + DAY, by="system") == 0
    audit = desk.house.door.audit
    assert audit.verify() is None
    with audit.store.read() as connection:
        events = list(connection.execute(select(EVENT.c.number, EVENT.c.audit).order_by(EVENT.c.number)))
    assert [number for number, _ in events] == list(range(1, 12))
    assert {line for _, line in events} <= {row["seq"] for row in audit.rows() if row["decision"] == "allowed"}


def test_the_migrations_make_the_tables_that_the_code_knows(urls: tuple[str, ...]) -> None:
    store = Audit(urls[1]).store
    bring_up_to_date(store)
    with store.read() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "include_name": lambda name, kind, _: kind != "table" or
                              str(name).startswith("caseload_"), "compare_type": True, "compare_server_default": True}
        )  # fmt: skip
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == HEAD
    assert {table.name for table in TABLES} == set(METADATA.tables)


def test_an_older_caseload_is_brought_up_to_date_with_what_it_holds(urls: tuple[str, ...], tmp_path: Path) -> None:
    audit = Audit(urls[1])
    bring_up_to_date(audit.store, "0001")
    with audit.store.write() as connection:
        assert version_of(connection) == "0001"
        connection.execute(insert(NAME).values(number=1, person=1, team="castle", pseudonym=token(1), at="2026-09-20"))
        connection.execute(insert(EVENT).values(
            number=1, team="castle", strand="entry", thread=1, place=1, person=1, event="accept", state="accepted",
            reason="frailty", kind="frailty", tier="case management", professional="pat", coordinator="", account="", ward="",
            unread=False, actor="ann", role="care coordinator", at="2026-09-20T11:00:00.000000+00:00", run_id="n0", audit=1,
            since=dt.date(2026, 9, 20), due=dt.date(2026, 10, 20),
        ))  # fmt: skip
    desk = caseload(tmp_path, urls=urls)
    assert desk.entries.mend(at=NOON, by="system") == 2
    assert desk.state(1) == "accepted"
    assert desk.decide(1, "begin").since == dt.date(2026, 9, 20)
    desk.entries.look(ask(), token(1))
    with audit.store.read() as connection:
        assert version_of(connection) == HEAD


def test_a_caseload_of_a_newer_version_is_refused_and_left_alone(urls: tuple[str, ...]) -> None:
    audit = Audit(urls[1])
    bring_up_to_date(audit.store)
    with audit.store.write() as connection:
        connection.execute(text(f"UPDATE {VERSION_TABLE} SET version_num = '9999'"))  # noqa: S608
    with pytest.raises(GovernanceError, match=r"^E-ENTRY-NEWER"):
        bring_up_to_date(audit.store)
    with audit.store.read() as connection:
        assert version_of(connection) == "9999"


def test_a_half_made_upgrade_leaves_nothing(urls: tuple[str, ...]) -> None:
    audit = Audit(urls[1])
    with audit.store.write() as connection:
        connection.execute(text("CREATE TABLE caseload_look (number INTEGER)"))  # in the way of the second revision
    with pytest.raises(GovernanceError, match=r"^E-ENTRY-STORE"):
        bring_up_to_date(audit.store)
    with audit.store.read() as connection:
        assert version_of(connection) is None
    with audit.store.write() as connection:
        connection.execute(text("DROP TABLE caseload_look"))
    bring_up_to_date(audit.store)


def test_many_open_at_once_and_one_upgrades(urls: tuple[str, ...]) -> None:
    Audit(urls[1])
    assert at_once(4, lambda _: bring_up_to_date(Audit(urls[1]).store)) == []
    with Audit(urls[1]).store.read() as connection:
        assert version_of(connection) == HEAD


def at_once(writers: int, work: Callable[[int], None]) -> list[Exception]:
    """What went wrong in each writer."""
    wrong: list[Exception] = []
    meet = threading.Barrier(writers, timeout=60)

    def write(number: int) -> None:
        meet.wait()
        try:
            work(number)
        except Exception as trouble:
            wrong.append(trouble)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return wrong


def test_of_eight_who_decide_on_one_person_one_wins(urls: tuple[str, ...], tmp_path: Path) -> None:
    desk = caseload(tmp_path, urls=urls)
    desks = [Caseload(desk.house, opened(desk.house, Audit(urls[1]))) for _ in range(8)]
    wrong = at_once(8, lambda number: void(desks[number].decide(1, ("accept", "decline", "defer")[number % 3], last=0)))
    assert sorted(getattr(each, "code", repr(each)) for each in wrong) == ["E-ENTRY-STATE"] * 7
    assert len(desk.entries.history("castle", token(1))) == 1
    assert desk.entries.mend(at=NOON, by="system") == 0
    assert sorted(decision for _, decision in desk.audited()) == ["allowed"] + ["denied"] * 7
    assert desk.house.door.audit.verify() is None


def test_eight_who_decide_on_their_own_people_leave_no_gap(urls: tuple[str, ...], tmp_path: Path) -> None:
    desk = caseload(tmp_path, 16, urls=urls)

    def work(number: int) -> None:
        own = Caseload(desk.house, opened(desk.house, Audit(urls[1])))
        for person in (2 * number + 1, 2 * number + 2):
            own.decide(person, "accept")
            own.decide(person, "begin")

    assert at_once(8, work) == []
    table = desk.entries.current("castle", TODAY)
    assert set(table["state"].to_pylist()) == {"active"}
    assert (table.num_rows, desk.entries.position()) == (16, 32)
    assert desk.entries.mend(at=NOON, by="system") == 0
    assert (desk.house.door.audit.last()[0], desk.house.door.audit.verify()) == (32, None)


def void(_: object) -> None:
    """Nothing."""


@pytest.mark.parametrize("table", [table.name for table in TABLES])
def test_postgresql_refuses_every_change_of_a_row(table: str, server: Server, tmp_path: Path) -> None:  # noqa: F811
    urls = tuple(server.database() for _ in range(3))
    desk = caseload(tmp_path, urls=urls)
    desk.decide(1, "accept")
    desk.entries.look(ask())
    desk.entries.join("castle", Joining({token(1): token(2)}), at=NOON)
    for statement in (f"UPDATE {table} SET at = 'x'", f"DELETE FROM {table}", f"TRUNCATE {table}"):  # noqa: S608
        with pytest.raises(DBAPIError, match="append-only"):
            server.execute(name_of(urls[1]), statement)


def test_the_application_needs_to_select_and_to_insert_and_no_more(server: Server, tmp_path: Path) -> None:  # noqa: F811
    urls = tuple(server.database() for _ in range(3))
    desk = caseload(tmp_path, urls=urls)  # the owner opens the caseload once
    tables = "caseload_name, caseload_same, caseload_event, caseload_look"
    every = f"store_version, audit, audit_payload, audit_identity, caseload_version, {tables}"
    server.execute(
        name_of(urls[1]),
        "CREATE ROLE caselink_desk LOGIN",
        "GRANT USAGE ON SCHEMA public TO caselink_desk",
        f"GRANT SELECT ON {every} TO caselink_desk",
        f"GRANT INSERT ON audit, audit_payload, {tables} TO caselink_desk",
    )
    app = Caseload(desk.house, opened(desk.house, Audit(server.url(name_of(urls[1]), "caselink_desk"))))
    assert app.decide(1, "accept").state == "accepted"
    app.entries.look(ask(), token(1))
    assert app.decide(1, "begin", at=NOON + DAY).state == "active"


def test_a_store_that_cannot_be_upgraded_says_so(tmp_path: Path) -> None:
    audit = Audit(tmp_path / "state" / "audit.db")
    store: Store = audit.store
    with store.write() as connection:
        connection.exec_driver_sql("CREATE TABLE caseload_event (number INTEGER)")
    with pytest.raises(GovernanceError, match=r"^E-ENTRY-STORE") as refusal:
        bring_up_to_date(store)
    assert refusal.value.__context__ is None
