"""From a night to a clerk and back: pairs out, decisions in, and the next night replays them. The clerk knows the truth."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest

from governance.audit import Audit
from governance.judgements import Judgements
from pipelines.clerical_review import export_review, import_review
from pipelines.config import load_configuration
from pipelines.plan import plan_night
from pipelines.project import Project
from schemas.errors import CaselinkError
from tests.conftest import FALLS_BACK, caselink
from tests.functional.test_functional_night import current
from tests.judgement_rows import judged

NOW = dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)
Pair = tuple[str, str, str]


def shown(folder: Path) -> dict[str, Pair]:
    """Reference to pair, of everything that was shown."""
    rows = Judgements(folder / "vault" / "vault.db").shown().to_pylist()
    return {row["reference"]: (row["source"], row["local_patient_id"], row["register_id"]) for row in rows}


def truth(folder: Path) -> dict[tuple[str, str], str]:
    rows = pq.read_table(folder / "truth" / "truth_record.parquet").to_pylist()
    return {(row["source"], row["local_patient_id"]): row["true_person_id"] for row in rows}


def is_one_person(people: dict[tuple[str, str], str], pair: Pair) -> bool:
    source, local_id, register_id = pair
    return people[source, local_id] == people["register", register_id]


def fill_csv(path: Path, folder: Path) -> dict[Pair, str]:
    """Write the truth into the decisions; what was said of each pair."""
    people, pairs, said = truth(folder), shown(folder), {}
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        pair = pairs[row["pair"]]
        row["decision"] = said[pair] = "link" if is_one_person(people, pair) else "non-link"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return said


def fill_annotations(path: Path, folder: Path) -> int:
    people, pairs, content = truth(folder), shown(folder), json.loads(path.read_text())
    for pair in content["pairs"]:
        pair["label"] = int(is_one_person(people, pairs[pair["identifiers"]["a"]["record"]]))
    path.write_text(json.dumps(content))
    return len(content["pairs"])


def review(folder: Path, *words: str) -> dict[str, Any]:
    done = caselink("link", "review", *words, "--json", "--project", str(folder))
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def vault_table(folder: Path, name: str) -> list[dict[str, Any]]:
    return list(pq.read_table(folder / "vault" / "nights" / current(folder).name / f"{name}.parquet").to_pylist())


class Reviewed:
    """A project after two clerks' reviews and the night that replays them."""

    def __init__(self, first_night: Path, place: Path) -> None:
        self.folder = Path(shutil.copytree(first_night, place / "area"))
        self.first = current(self.folder).name
        self.waiting = {
            tuple(row[name] for name in ("source", "local_patient_id")) for row in vault_table(self.folder, "review_pair")
        }
        self.out = review(self.folder, "export", "--out", str(place), "--reviewer", "ann")
        path = Path(self.out["out"])
        self.said = fill_csv(path, self.folder)
        self.taken = review(self.folder, "import", str(path), "--reviewer", "ann", "--decided-at", "2026-10-01T09:00")
        project, moment = Project.at(self.folder), dt.datetime(2026, 10, 1, 9, tzinfo=ZoneInfo("Europe/London"))
        self.again = import_review(project, path, reviewer="ann", decided_at=moment, at=NOW)
        second = export_review(project, place, form="recordlinkage", reviewer="bob", second=True, at=NOW)
        self.second_pairs = fill_annotations(Path(second["out"]), self.folder)
        self.second = import_review(project, Path(second["out"]), reviewer="bob", decided_at=NOW, at=NOW)
        done = caselink("run", "--direct", "--quiet", "--project", str(self.folder), measured=False)
        assert done.returncode == FALLS_BACK, done.stdout + done.stderr


@pytest.fixture(scope="module")
def reviewed(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Reviewed:
    return Reviewed(first_night, tmp_path_factory.mktemp("reviewed"))


def test_every_decision_is_taken_once(reviewed: Reviewed) -> None:
    pairs = reviewed.out["pairs"]
    assert pairs == len(reviewed.said) > len(reviewed.waiting)
    assert set(reviewed.said.values()) == {"link", "non-link"}
    assert (reviewed.taken["added"], reviewed.taken["known"], reviewed.taken["rejects"]) == (pairs, 0, [])
    assert (reviewed.again["added"], reviewed.again["known"]) == (0, pairs)


def test_a_tenth_is_reviewed_twice_and_two_who_know_the_truth_agree(reviewed: Reviewed) -> None:
    assert 0 < reviewed.second_pairs < 0.3 * reviewed.out["pairs"]
    assert reviewed.second["added"] == reviewed.second_pairs
    assert reviewed.second["agreement"]["pairs"] == reviewed.second_pairs
    assert reviewed.second["agreement"]["agreed"] == 1.0


def test_the_night_has_another_name_and_replays_what_was_said(reviewed: Reviewed) -> None:
    night = current(reviewed.folder)
    assert night.name != reviewed.first
    manifest = json.loads((night / "manifest.json").read_text())
    assert manifest["judgements"] == reviewed.out["pairs"] + reviewed.second_pairs
    decided = {(row["source"], row["local_patient_id"]): row for row in vault_table(reviewed.folder, "match")}
    links = {pair for pair, word in reviewed.said.items() if word == "link"}
    for source, local_id, register_id in links:
        match = decided[source, local_id]
        assert (match["step"], match["register_id"]) == ("judged", register_id)
    assert sum(row["step"] == "judged" for row in decided.values()) == len(links)
    apart = {pair for pair, word in reviewed.said.items() if word == "non-link"}
    assert not apart & {(*key, row["register_id"]) for key, row in decided.items()}
    waiting = vault_table(reviewed.folder, "review_pair")
    assert not set(reviewed.said) & {(row["source"], row["local_patient_id"], row["register_id"]) for row in waiting}


def test_the_same_judgements_give_the_same_name_and_one_more_gives_another(reviewed: Reviewed) -> None:
    project, night = Project.at(reviewed.folder), current(reviewed.folder)
    configuration, as_at = load_configuration(project), dt.date(2026, 9, 30)
    assert plan_night(project, configuration, as_at).run_id == night.name
    Judgements(project.vault / "vault.db").record(judged("gp p1 r1 unsure cat"))
    assert plan_night(project, configuration, as_at).run_id != night.name


def test_the_audit_says_who_saw_whom_and_names_nobody(reviewed: Reviewed) -> None:
    place = reviewed.folder / "state" / "audit.db"
    audit = Audit(place)
    assert audit.verify() is None
    exported, imported = audit.rows("link review export"), audit.rows("link review import")
    assert {row["actor"] for row in exported} == {row["actor"] for row in imported} == {"ann", "bob"}
    assert all(row["subject"].startswith("audit1-") for row in exported)
    assert {row["run_id"] for row in exported} == {reviewed.first}
    people = {row["subject"] for row in exported if row["actor"] == "ann"}
    assert people == {row["subject"] for row in imported if row["actor"] == "ann"}
    records = {pair[:2] for pair in reviewed.said} | {("register", pair[2]) for pair in reviewed.said}
    assert 0 < len(people) <= len(records)
    content = b"".join(path.read_bytes() for path in place.parent.glob("audit.db*"))
    assert not any(pair[2].encode() in content for pair in reviewed.said)


def test_refused_rows_end_with_5_and_say_line_and_rule(published: Path, tmp_path: Path) -> None:
    project = Project.at(published)
    answer = export_review(project, tmp_path, form="csv", reviewer=None, second=False, at=NOW)
    pairs = list(shown(published))
    path = tmp_path / "back.csv"
    rows = [f"{pairs[0]},link", "pnever,link", f"{pairs[1]},yes", f"{pairs[2]},"]
    path.write_text("\n".join(["pair,decision", *rows]))
    done = caselink("link", "review", "import", str(path), "--reviewer", "ann", "--json", "--project", str(published))
    assert done.returncode == 5, done.stderr
    said = json.loads(done.stdout)
    assert {name: said[name] for name in ("added", "left_open", "rejected")} == {"added": 1, "left_open": 1, "rejected": 2}
    assert [each["line"] for each in said["rejects"]] == [3, 4]
    assert "- line 3: no pair of this reference was given out" in done.stderr
    assert pairs[1] not in done.stderr
    path.write_text(f"pair,decision\n{pairs[0]},non-link\n")
    moment = Judgements(published / "vault" / "vault.db").up_to(1)["decided_at"][0].as_py()
    contrary = import_review(project, path, reviewer="ann", decided_at=moment, at=max(moment, NOW))
    assert (contrary["added"], contrary["rejects"]) == (0, [{"line": 2, "rule": "already judged otherwise at this moment"}])
    assert answer["pairs"] == len(pairs)


def test_what_is_refused_before_anything_is_shown(published: Path, tmp_path: Path) -> None:
    project = Project.at(published)

    def refuse(code: str, **changed: Any) -> None:
        words = {"out": tmp_path, "form": "csv", "reviewer": "ann", "second": False, "at": NOW} | changed
        with pytest.raises(CaselinkError, match=f"^{code}: "):
            export_review(project, words.pop("out"), **words)

    refuse("E-EXPORT-PLACE", out=published / "runs")
    refuse("E-EXPORT-PLACE", out=published / "runs" / ".." / "state")
    refuse("E-REVIEW-REVIEWER", reviewer="Ann Smith")
    refuse("E-REVIEW-REVIEWER", reviewer=None, second=True)
    refuse("E-REVIEW-FORMAT", form="xls")
    assert shown(published) == {}
    assert Audit(published / "state" / "audit.db").rows("link review export") == []
    export_review(project, tmp_path, form="csv", reviewer="ann", second=False, at=NOW)
    refuse("E-REVIEW-EXISTS")
    with pytest.raises(CaselinkError, match=r"^E-REVIEW-TIME: "):
        import_review(project, tmp_path / "back.csv", reviewer="ann", decided_at=LATER, at=NOW)
    with pytest.raises(CaselinkError, match=r"^E-REVIEW-FILE: "):
        import_review(project, tmp_path / "back.csv", reviewer="ann", decided_at=NOW, at=NOW)
    bad = caselink("link", "review", "import", "x.csv", "--reviewer", "ann", "--decided-at", "soon", "--project", str(published))
    assert (bad.returncode, bad.stderr.split(":")[0]) == (2, "E-ARGUMENT")


def test_without_an_audit_row_nothing_leaves(published: Path, tmp_path: Path) -> None:
    (published / "state" / "audit.db").unlink()
    (published / "state" / "audit.db").mkdir()
    with pytest.raises((CaselinkError, OSError)):
        export_review(Project.at(published), tmp_path / "desk", form="csv", reviewer="ann", second=False, at=NOW)
    assert not list(tmp_path.glob("desk/*"))
    assert shown(published) == {}
