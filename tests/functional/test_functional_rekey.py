"""A new epoch: the served night under new pseudonyms, and the next night goes on as if nothing had happened."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pyarrow.csv as pc
import pyarrow.parquet as pq
import pytest

from governance.keys import FileKey, create_root_key, key_check_value
from pipelines.auditing import audit_log
from pipelines.config import load_configuration
from pipelines.project import Project
from pipelines.publish import check_whole, publications, rollback
from schemas.errors import CaselinkError
from tests.conftest import caselink
from tests.decided_area import NOON, TODAY, Desk
from tests.rekeying import rekey_here, served, set_keys, without_names

DATABASE = "state/application.db"


@pytest.fixture(scope="module")
def rekeyed(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The first night, then a rekey with a crosswalk for the analysts; no test may change it."""
    folder = Path(shutil.copytree(first_night, tmp_path_factory.mktemp("rekeyed") / "area"))
    before, desk = served(folder), Desk(Project.at(folder))
    accepted = desk.person_id(desk.decide(0, "accept", "frailty", professional=desk.professional))
    set_keys(folder, epoch=2)
    answer = rekey_here(folder, "csu")
    return SimpleNamespace(folder=folder, before=before, after=answer["run_id"], answer=answer, accepted=accepted)


def pseudonyms_in(folder: Path) -> set[str]:
    """Every pseudonym in the tables of a night."""
    tables = (pq.read_table(path, partitioning=None) for path in folder.rglob("*.parquet"))
    return {each for table in tables if "pseudonym" in table.column_names for each in table["pseudonym"].to_pylist()}


def live_bytes(folder: Path) -> Iterator[tuple[str, str]]:
    """What each file of a night holds, unpacked."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".parquet":
            yield str(path), json.dumps(pq.read_table(path, partitioning=None).to_pylist(), default=str)
        elif path.suffix in (".xlsx", ".skops"):
            with zipfile.ZipFile(path) as packed:
                yield str(path), " ".join(packed.read(name).decode("latin-1") for name in packed.namelist())
        elif path.suffix == ".db":
            yield str(path), path.read_bytes().decode("latin-1")
        elif path.is_file():
            yield str(path), path.read_text()


def test_everything_is_the_same_up_to_the_pseudonyms(rekeyed: SimpleNamespace) -> None:
    assert served(rekeyed.folder) == rekeyed.after == rekeyed.answer["run_id"] != rekeyed.before
    old, new = (without_names(rekeyed.folder, run, epoch=epoch) for run, epoch in ((rekeyed.before, 1), (rekeyed.after, 2)))
    assert old.keys() == new.keys()
    assert len(old) > 20
    assert [name for name in old if old[name] != new[name]] == []
    assert not pseudonyms_in(rekeyed.folder / "runs" / rekeyed.before) & pseudonyms_in(rekeyed.folder / "runs" / rekeyed.after)


def test_every_history_of_the_caseload_goes_on_under_the_new_pseudonym(rekeyed: SimpleNamespace) -> None:
    desk = Desk(Project.at(rekeyed.folder))
    (entry,) = desk.entries.current(desk.team, TODAY).to_pylist()
    assert desk.person_id(entry["pseudonym"]) == rekeyed.accepted
    assert (entry["state"], entry["professional"]) == ("accepted", desk.professional)
    assert [each.event for each in desk.entries.history(desk.team, entry["pseudonym"])] == ["accept"]
    assert list(desk.told()[0]) == [entry["pseudonym"]]
    assert desk.entries.mend(at=NOON, by="system") == 0  # its relationships were carried over, too


def test_every_table_lies_in_the_order_of_its_new_pseudonyms(rekeyed: SimpleNamespace) -> None:
    for path in sorted((rekeyed.folder / "runs" / rekeyed.after / "pseudonymised").rglob("*.parquet")):
        names = pq.read_table(path, partitioning=None)
        if "pseudonym" in names.column_names:
            assert names["pseudonym"].to_pylist() == sorted(names["pseudonym"].to_pylist()), path.name


def test_the_new_night_has_the_files_of_the_old_one_and_no_old_pseudonym_in_any_byte(rekeyed: SimpleNamespace) -> None:
    old, new = (rekeyed.folder / "runs" / run for run in (rekeyed.before, rekeyed.after))
    names = [{str(path.relative_to(each)) for path in each.rglob("*")} for each in (old, new)]
    assert names[1] - names[0] == {"out/csu/crosswalk.csv"}
    assert names[0] <= names[1]
    gone = [f"{tag}1-" for tag in ("night", "csu", "castle", "harbour", "moorside")]
    leaks = [name for name, text in live_bytes(new) if any(tag in text for tag in gone) and not name.endswith("crosswalk.csv")]
    assert leaks == []
    found = [name for name, text in live_bytes(old) if any(tag in text for tag in gone)]
    assert {Path(name).suffix for name in found} == {".parquet", ".csv", ".xlsx", ".db"}, "the search finds what is there"


def test_the_manifest_says_epoch_key_and_where_it_comes_from(rekeyed: SimpleNamespace) -> None:
    night = rekeyed.folder / "runs" / rekeyed.after
    check_whole(night)
    manifest = json.loads((night / "manifest.json").read_text())
    check_value = key_check_value(FileKey(rekeyed.folder / "secrets" / "root.key").root())
    assert manifest["keys"] == {"epoch": 2, "check_value": check_value}
    assert manifest["rekeyed_from"] == rekeyed.before
    tables = [table for step in manifest["steps"] for table in step["tables"]]
    assert {table["run_id"] for table in tables} == {rekeyed.after}
    for table in tables:
        if table["zone"] == "pseudonymised":
            assert table["sha256"] == manifest["files"][f"pseudonymised/{table['name']}.parquet"]


def test_a_recipients_crosswalk_speaks_of_the_people_in_its_files_and_may_be_removed(rekeyed: SimpleNamespace) -> None:
    old, new = (rekeyed.folder / "runs" / run / "out" / "csu" for run in (rekeyed.before, rekeyed.after))
    rows = pc.read_csv(new / "crosswalk.csv").to_pydict()
    assert rows["new"] == sorted(rows["new"])
    assert set(rows["old"]) == pseudonyms_in(old)
    assert set(rows["new"]) == pseudonyms_in(new)
    assert "out/csu/crosswalk.csv" not in json.loads((new.parents[1] / "manifest.json").read_text())["files"]
    assert (new / "crosswalk.csv").stat().st_mode & 0o777 == 0o600


def test_the_audit_log_has_a_line_and_the_vault_both_epochs(rekeyed: SimpleNamespace) -> None:
    project = Project.at(rekeyed.folder)
    lines = audit_log(project, load_configuration(project)).rows("governance rekey")
    assert [(line["run_id"], line["purpose"]) for line in lines] == [(rekeyed.after, "pseudonyms of epoch 2, crosswalk to csu")]
    done = caselink("governance", "keys", "show", "--json", "--quiet", "--project", str(rekeyed.folder))
    said = json.loads(done.stdout)
    assert (said["epoch"], said["served_epoch"], said["provider"]) == (2, 2, "file")
    assert [(each["epoch"], each["first_run"], each["state"]) for each in said["epochs"]] == [
        (1, rekeyed.before, "former"), (2, rekeyed.after, "served"),
    ]  # fmt: skip
    key = (rekeyed.folder / "secrets" / "root.key").read_text().strip()
    assert key not in done.stdout + done.stderr
    assert caselink("governance", "keys", "check", "--quiet", "--project", str(rekeyed.folder)).returncode == 0


def test_a_second_rekey_is_nothing_to_do(rekeyed: SimpleNamespace) -> None:
    done = caselink("governance", "rekey", "--project", str(rekeyed.folder))
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "Nothing to do")
    assert "raise `epoch` under [keys] in caselink.toml first" in " ".join(done.stdout.split())
    assert served(rekeyed.folder) == rekeyed.after


def test_a_rekeyed_first_night_is_not_replaced_by_a_run_of_the_same_date(rekeyed: SimpleNamespace) -> None:
    """It has no parent of another epoch that would give it away."""
    assert json.loads((rekeyed.folder / "runs" / rekeyed.after / "manifest.json").read_text())["parent"] is None
    done = caselink("run", "--direct", "--quiet", "--project", str(rekeyed.folder))
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-KEY-EPOCH")
    assert "later date" in done.stderr
    assert served(rekeyed.folder) == rekeyed.after


def test_a_night_of_another_epoch_or_key_is_refused_with_the_cure(published: Path) -> None:
    set_keys(published, epoch=2)
    done = caselink("run", "--direct", "--quiet", "--as-at", "2026-10-01", "--project", str(published))
    assert (done.returncode, done.stderr.split(":")[0]) == (4, "E-KEY-EPOCH")
    assert "governance rekey" in done.stderr
    check = caselink("governance", "keys", "check", "--project", str(published))
    assert (check.returncode, check.stderr.split(":")[0]) == (4, "E-KEY-EPOCH")
    assert [path.name for path in (published / "runs").iterdir()] == [served(published)]


def test_a_new_root_key_needs_the_former_one_and_a_higher_epoch_and_orphans_what_was_handed_out(published: Path) -> None:
    former = FileKey(published / "secrets" / "root.key").root()
    given_out = pseudonyms_in(published / "runs" / served(published) / "out")
    new = create_root_key(published / "secrets" / "new.key")
    set_keys(published, file="secrets/new.key", check_value=key_check_value(new))
    with pytest.raises(CaselinkError, match="E-KEY-WRONG"):
        rekey_here(published)
    set_keys(published, epoch=2)
    with pytest.raises(CaselinkError, match=r"E-KEY-WRONG.*previous_file"):
        rekey_here(published)
    set_keys(published, previous_file="secrets/root.key")
    before = served(published)
    assert rekey_here(published)["rekeyed"]
    after = served(published)
    assert without_names(published, before, epoch=1, root=former) == without_names(published, after)

    (published / "secrets" / "root.key").unlink()
    set_keys(published, previous_file="secrets/new.key")
    with pytest.raises(KeyError):  # no key that is left explains a token of the recipients' old copies
        without_names(published, before, epoch=1)
    assert not given_out & pseudonyms_in(published / "runs" / after)
    project = Project.at(published)
    rollback(project, DATABASE, before)
    set_keys(published, epoch=3)
    with pytest.raises(CaselinkError, match="E-KEY-WRONG"):  # nor can the old night be carried over again
        rekey_here(published)


def test_after_going_back_to_the_old_night_the_rekeyed_one_is_served_again(rekeyed: SimpleNamespace, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(rekeyed.folder, tmp_path / "area"))
    project = Project.at(folder)
    rollback(project, DATABASE, rekeyed.before)
    assert rekey_here(folder)["run_id"] == rekeyed.after == served(folder)
    assert [row.kind for row in publications(project, DATABASE).history()] == ["publish", "publish", "rollback", "rollback"]


@pytest.mark.parametrize(
    ("settings", "recipients", "code"),
    [({"epoch": 1}, ("nobody",), "E-RECIPIENT"), ({"epoch": 0}, (), "E-CONFIG")],
)
def test_what_a_rekey_refuses(published: Path, settings: dict[str, int], recipients: tuple[str, ...], code: str) -> None:
    set_keys(published, **settings)
    with pytest.raises(CaselinkError, match=f"^{code}"):
        rekey_here(published, *recipients)


def test_an_epoch_below_the_served_one_and_a_project_without_a_night_are_refused(
    rekeyed: SimpleNamespace, project: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(rekeyed.folder, tmp_path / "lower"))
    set_keys(folder, epoch=1)
    with pytest.raises(CaselinkError, match="E-REKEY-EPOCH"):
        rekey_here(folder)
    with pytest.raises(CaselinkError, match="E-RUN-NONE"):
        rekey_here(project)
