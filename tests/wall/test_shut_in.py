"""G07: the analytic process opens nothing of vault, key, inbox or state, whoever runs it, root too."""

from __future__ import annotations

import datetime as dt
import socket
import sys
import threading
from pathlib import Path

import pytest

from governance.shut_in import abi, shut_in
from pipelines import analytic, shut_in_checks
from pipelines.config import Tiers, load_configuration
from pipelines.doctor import examine
from pipelines.project import Project
from pipelines.shut_in_checks import check_shut_in
from schemas.errors import GovernanceError
from tests.rekeying import served

CLOSED = ("vault", "secrets", "inbox", "state")

pytestmark = pytest.mark.skipif(not abi(), reason="this kernel has no Landlock")

# What stands in the place of the step `scores`: it tries everything, and says what it could do.
PROBE = """#!{python}
import ctypes, json, os, signal, socket, sys, types
from pathlib import Path

sys.path.insert(0, os.getcwd())  # as `-m` does

def probe(bench):
    from pipelines.night import Outcome
    done = []
    def tried(name, work):
        try:
            work()
        except OSError:
            return
        done.append(name)
    def trace():
        if ctypes.CDLL(None, use_errno=True).ptrace(0x4206, os.getppid(), 0, 0):  # PTRACE_SEIZE: it stops nobody
            raise OSError(ctypes.get_errno())
    for path in map(Path, {paths}):
        tried(str(path), lambda: list(path.iterdir()) if path.is_dir() else path.read_bytes())
    tried("write beside", lambda: Path(bench.folder, "..", "beside").write_text("x"))
    tried("write here", lambda: Path(bench.folder, "here").write_text("x"))
    tried("parent's environment", lambda: Path(f"/proc/{{os.getppid()}}/environ").read_bytes())
    tried("parent's memory", lambda: open(f"/proc/{{os.getppid()}}/mem", "rb"))
    tried("parent's files", lambda: os.listdir(f"/proc/{{os.getppid()}}/fd"))
    tried("trace", trace)
    tried("connection", lambda: socket.create_connection(("127.0.0.1", {port}), timeout=5).close())
    tried("datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", {port})))
    tried("Unix socket", lambda: socket.socket(socket.AF_UNIX).connect({unix!r}))
    tried("pair of sockets", socket.socketpair)
    tried("signal", lambda: os.kill(os.getppid(), 0))
    return Outcome(notes=tuple(done))

sys.modules["pipelines.analytic_steps"] = types.SimpleNamespace(STEPS={{"scores": probe}})
from pipelines import beyond
beyond.main()
"""


def bench_of(folder: Path) -> analytic.Bench:
    """A bench as the night gives one."""
    day, tiers = dt.date(2026, 9, 30), Tiers()
    return analytic.Bench(folder, folder.name, day, 500, 1, tiers, (), (), None, "nhse-hes")


def what_it_could_do(bench: Path, paths: list[Path], elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What a step of the real child could do: the one that a night starts, but for the step."""
    monkeypatch.setenv("CASELINK_TEST_SECRET", "x")
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # a measured child may write beside the rooms
    unix = elsewhere / "socket"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as beside:
        beside.bind(str(unix))
        beside.listen()
        program = elsewhere / "python"
        said = {"paths": list(map(str, paths)), "port": server.getsockname()[1], "unix": str(unix)}
        program.write_text(PROBE.format(python=sys.executable, **said))
        program.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(program))
        child = analytic._start()
        with child:
            outcome = analytic._answer(0, analytic._ask(child, f"scores {bench_of(bench).dump()}"))
            analytic._ask(child, "")
    return set(outcome.notes)


def test_it_opens_its_own_night_and_nothing_else(
    published: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = [path for name in CLOSED for path in (published / name, *(published / name).rglob("*"))]
    closed += [published / "caselink.toml", published / "CURRENT", published / "runs", published, Path.home()]
    assert {path.relative_to(published).parts[0] for path in closed if published in path.parents} > set(CLOSED)
    closed += [Path(each) for each in ("/etc", "/etc/shadow", "/root", "/tmp", "/var", "/proc/1/environ", "/dev/shm")]  # noqa: S108
    bench = published / "runs" / served(published)
    own = [path for path in bench.rglob("*") if path.is_file()]
    could = what_it_could_do(bench, [*closed, *own], tmp_path_factory.mktemp("s"), monkeypatch)
    assert could == {"write here", *map(str, own)}
    assert not (published / "runs" / "beside").exists()


def test_without_the_rules_the_same_step_could_do_it_all(
    published: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the test above refuses is there, and this user may have it."""
    monkeypatch.setattr(sys.modules[__name__], "PROBE", PROBE.replace("beyond.main()", "beyond.shut_in = print; beyond.main()"))
    key, vault = published / "secrets" / "root.key", published / "vault" / "vault.db"
    bench = published / "runs" / served(published)
    could = what_it_could_do(bench, [key, vault, published / "inbox"], tmp_path_factory.mktemp("s"), monkeypatch)
    assert could >= {str(key), str(vault), str(published / "inbox"), "write beside", "parent's environment", "parent's files"}
    assert could >= {"connection", "datagram", "Unix socket", "pair of sockets", "signal"}


def test_the_night_starts_its_steps_that_way() -> None:
    child = analytic._start()
    child.communicate("\n")
    assert child.args == [sys.executable, "-m", "pipelines.beyond"]
    assert child.returncode == 0


def test_a_process_of_several_threads_is_not_half_shut_in() -> None:
    wait = threading.Event()
    other = threading.Thread(target=wait.wait)
    other.start()
    try:
        with pytest.raises(OSError, match="several threads"):
            shut_in([], [])
    finally:
        wait.set()
        other.join()


def checked(root: Path, *, synthetic: bool, required: bool | None = None) -> list[str]:
    project = Project.at(root)
    read = load_configuration(project)
    area = read.area.model_copy(update={"synthetic": synthetic})
    how = read.night.model_copy(update={"require_shut_in": required})
    return check_shut_in(project, read.model_copy(update={"area": area, "night": how}))


@pytest.mark.parametrize(("synthetic", "required", "refused"), [
    (False, None, True), (False, True, True), (False, False, False),
    (True, None, False), (True, True, True), (True, False, False),
])  # fmt: skip
def test_a_night_of_real_people_is_refused_where_it_cannot_be_shut_in(
    example: Path, monkeypatch: pytest.MonkeyPatch, synthetic: bool, required: bool | None, refused: bool
) -> None:
    assert checked(example, synthetic=synthetic, required=required) == []
    monkeypatch.setattr(shut_in_checks, "abi", lambda: 0)
    if refused:
        with pytest.raises(GovernanceError, match=r"^E-NIGHT-OPEN: .* no Landlock"):
            checked(example, synthetic=synthetic, required=required)
    else:
        assert len(checked(example, synthetic=synthetic, required=required)) == (not synthetic)
    found = {each.name: each for each in examine(Project.at(example))}["analytic process"]
    assert (found.state, found.found) == ("warn", "not shut in: this kernel has no Landlock")


def test_a_project_below_what_python_must_read_is_no_better(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "base_prefix", str(example.parent))
    with pytest.raises(GovernanceError, match=r"^E-NIGHT-OPEN: .* lie beneath"):
        checked(example, synthetic=False)
    (told,) = checked(example, synthetic=False, required=False)
    assert told.startswith("the analytic process was not shut in: vault, keys, inbox or state lie beneath")
