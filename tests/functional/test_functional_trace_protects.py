"""A trace answers that a person is sensitive: from the next night on she is linked, shown, asked about and returned nowhere."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from governance.keys import DomainKey
from governance.opt_outs import protected_people
from governance.pseudonyms import pseudonyms
from linkage.numbers.requests import references
from pipelines.config import load_configuration
from pipelines.keys import root_key
from pipelines.number_files import import_trace
from pipelines.project import Project
from pipelines.recipients import working_domain
from pipelines.shelf import Shelf
from pipelines.traced import known_records
from schemas.identifiable import PersonRecord
from schemas.zones import Zone
from tests.conftest import FALLS_BACK, caselink

HEAD = "UNIQUE REFERENCE,DATE_OF_BIRTH,ERROR_SUCCESS_CODE,MATCHED_NHS_NO,SENSITIVITY_FLAG\n"
Key = tuple[str, str]


def key_of(row: dict[str, Any]) -> Key:
    return row["source"], row["local_patient_id"]


def reference(key: Key) -> str:
    row = dict(zip(("source", "local_patient_id"), key, strict=True))
    return str(references(pa.Table.from_pylist([row], schema=PersonRecord.arrow_schema()))[0].as_py())


class Night:
    """The served night of a project, as tables of dictionaries."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.project = folder, Project.at(folder)
        self.run_id = json.loads((folder / "CURRENT").read_text())["run_id"]
        self.shelf = Shelf(self.project.vault_night(self.run_id), self.run_id, identifiable=True)

    def rows(self, name: str) -> list[dict[str, Any]]:
        return list(self.shelf.get(Zone.IDENTIFIABLE, name).to_pylist())

    def decided(self, key: Key) -> dict[str, Any]:
        return next(row for row in self.rows("match") if key_of(row) == key)

    def person_ids(self, keys: set[Key]) -> set[str]:
        return {row["person_id"] for row in self.rows("link") if key_of(row) in keys}

    def passed_the_wall(self, person_ids: set[str]) -> set[str]:
        """The pseudonyms of these people that the pseudonymised zone holds."""
        configuration = load_configuration(self.project)
        key = DomainKey(root_key(self.project, configuration), working_domain(configuration))
        people = pq.read_table(next((self.folder / "runs" / self.run_id).rglob("person.parquet")), partitioning=None)
        return set(people["pseudonym"].to_pylist()) & set(pseudonyms(pa.array(sorted(person_ids)), key).to_pylist())


class Protected:
    """`before` and `after`; `linked` was linked by names to `resident`, `waiting` was in review; the trace protects them both."""

    def __init__(self, first_night: Path, place: Path) -> None:
        folder = Path(shutil.copytree(first_night, place / "area"))
        self.before = Night(Path(first_night))
        found = [row for row in self.before.rows("number_return") if (row["finding"], row["step"]) == ("found", "alphanumeric")]
        self.linked = key_of(next(row for row in found if row["source"] == "asc_person"))
        self.resident: Key = ("register", self.before.decided(self.linked)["register_id"])
        self.waiting = key_of(self.before.rows("review_pair")[0])
        response = place / "response.csv"
        answers = [f"{reference(self.linked)},,92,,\n", f"{reference(self.waiting)},not a date,00,9990000018,Y\n"]
        response.write_text(HEAD + "".join(answers))
        import_trace(Project.at(folder), response)
        done = caselink("run", "--direct", "--quiet", "--project", str(folder))
        assert done.returncode == FALLS_BACK, done.stdout + done.stderr
        self.after = Night(folder)
        assert self.after.run_id != self.before.run_id


@pytest.fixture(name="hers", scope="module")
def _hers(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Protected:
    return Protected(first_night, tmp_path_factory.mktemp("protects"))


def told(hers: Protected, *arguments: str) -> dict[str, Any]:
    done = caselink(*arguments, "--json", "--project", str(hers.after.folder))
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_linkage_no_longer_links_her_by_names_nor_waits_for_a_clerk(hers: Protected) -> None:
    assert hers.before.decided(hers.linked)["step"] == "alphanumeric"
    assert hers.after.decided(hers.linked)["step"] == "unlinked"
    assert hers.waiting not in {key_of(row) for row in hers.after.rows("review_pair")}
    assert not {hers.linked, hers.waiting} & {key_of(row) for row in hers.after.rows("conflict")}


def test_the_next_trace_does_not_ask_about_her(hers: Protected, tmp_path: Path) -> None:
    answer = told(hers, "link", "trace", "export", "--out", str(tmp_path / "trace.csv"))
    with (tmp_path / "trace.csv").open(newline="") as stream:
        asked = {row["UNIQUE REFERENCE"] for row in csv.DictReader(stream)}
    assert not {reference(hers.linked), reference(hers.waiting)} & asked
    assert answer["left_out"]["asc_person"]["protected identity"] >= 1


def test_no_number_is_returned_to_the_council(hers: Protected, tmp_path: Path) -> None:
    told(hers, "link", "numbers", "--out", str(tmp_path / "returns"))
    texts = [path.read_text() for folder in (tmp_path, hers.after.shelf.folder) for path in folder.rglob("returns/*.csv")]
    assert len(texts) > 2
    assert not any(f'"{hers.linked[1]}"' in text for text in texts)
    assert not any(hers.resident[1] in text for text in texts)


def test_no_clerk_is_shown_her(hers: Protected, tmp_path: Path) -> None:
    """Nor is a pair of hers that an earlier night's queue would still hold."""
    from linkage.review.pairs import may_show
    from pipelines.clerical_review import night_of

    pairs = pa.Table.from_pylist(
        [dict(zip(("source", "local_patient_id", "register_id"), (*hers.linked, hers.resident[1]), strict=True))]
    )
    before, after = (night_of(night.shelf) for night in (hers.before, hers.after))
    assert may_show(pairs, before.records, before.matches, before.mergers).to_pylist() == [True]
    assert may_show(pairs, after.records, after.matches, after.mergers).to_pylist() == [False]
    out = told(hers, "link", "review", "export", "--out", str(tmp_path))["out"]
    resident = next(row for row in hers.after.rows("person_record") if key_of(row) == hers.resident)
    assert resident["nhs_number"] not in Path(out).read_text()


def test_she_is_not_explained(hers: Protected) -> None:
    for one, other in ((hers.linked, hers.resident), (hers.resident, hers.resident)):
        done = caselink("link", "explain", "|".join(one), "|".join(other), "--project", str(hers.after.folder))
        assert (done.returncode != 0, "E-EXPLAIN-PROTECTED" in done.stderr) == (True, True)
        assert hers.resident[1] not in done.stderr + done.stdout


def test_nothing_of_her_passes_the_wall(hers: Protected) -> None:
    """Her record in the register is not flagged, and is plainly hers."""
    delivered = hers.after.shelf.get(Zone.IDENTIFIABLE, "person_record")
    assert not any(row["protected"] for row in delivered.to_pylist() if key_of(row) in {hers.linked, hers.resident})
    person_ids = hers.after.person_ids({hers.linked, hers.resident})
    protected = protected_people(known_records(hers.after.shelf), hers.after.shelf.get(Zone.IDENTIFIABLE, "link"))
    assert pc.all(pc.is_in(pa.array(sorted(person_ids)), value_set=protected)).as_py()
    assert hers.before.passed_the_wall(hers.before.person_ids({hers.resident}))
    assert not hers.after.passed_the_wall(person_ids)
