"""The papers: every field, purpose, basis and hazard is in the paper that has to name it, and the notice is plain."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import re
from pathlib import Path

import pytest

from governance.hazards import hazards
from governance.papers.annex import dpia_annex
from governance.papers.facts import Facts, PurposeFact
from governance.papers.notice import GROUNDS, SAY_NO, notice
from governance.papers.record import record_of_processing
from governance.papers.retention import retention_schedule
from pipelines.config import load_configuration
from pipelines.fields import known_fields
from pipelines.papers import field_words, gather, write_papers
from pipelines.project import Project
from pipelines.settings.purposes import FLOWS, NIGHT_PURPOSES

AS_AT = dt.date(2026, 9, 30)


@pytest.fixture(name="facts", scope="module")
def _facts(example: Path) -> Facts:
    project = Project.at(example)
    return gather(project, load_configuration(project), AS_AT)


def fields_missing_from(paper: str, project: Path) -> list[tuple[str, str]]:
    """Lines of `fields.csv` without their row in a paper, with every purpose named."""
    with (project / "fields.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    found = []
    for row in rows:
        line = next((line for line in paper.splitlines() if line.startswith(f"| {row['table']} | {row['column']} | ")), "")
        if not all(purpose in line for purpose in row["purposes"].split()) or not line:
            found.append((row["table"], row["column"]))
    return found


def test_every_field_and_its_purposes_are_in_the_annex(facts: Facts, example: Path) -> None:
    paper = dpia_annex(facts, hazards())
    assert fields_missing_from(paper, example) == []
    without = dataclasses.replace(facts, fields=facts.fields[1:])
    assert fields_missing_from(dpia_annex(without, hazards()), example) == [(facts.fields[0].table, facts.fields[0].column)]


def test_a_field_that_is_not_in_the_list_is_in_the_annex_as_not_used(published: Path) -> None:
    text = (published / "fields.csv").read_text()
    (published / "fields.csv").write_text("".join(line for line in text.splitlines(True) if "gp.gp_patient,bmi," not in line))
    project = Project.at(published)
    paper = dpia_annex(gather(project, load_configuration(project), AS_AT), hazards())
    assert re.search(r"\| gp.gp_patient \| bmi \| .* \| none: not used \|", paper)


def test_every_column_has_words() -> None:
    words = field_words()
    assert [
        (table, column) for table, columns in known_fields().items() for column in columns if not words.get((table, column))
    ] == []


def purposes_missing_from(paper: str) -> list[str]:
    return [purpose for purpose in NIGHT_PURPOSES if purpose not in paper]


def test_every_purpose_is_in_each_paper_that_has_to_name_it(facts: Facts) -> None:
    one_less = dataclasses.replace(facts, purposes=facts.purposes[1:], recipients=(), bases=(), fields=())
    for paper in (record_of_processing, notice, lambda said: dpia_annex(said, ())):
        assert purposes_missing_from(paper(facts)) == []
        assert purposes_missing_from(paper(one_less)) == [facts.purposes[0].id]


def test_every_basis_controller_and_hazard_is_named(facts: Facts) -> None:
    record, annex = record_of_processing(facts), dpia_annex(facts, hazards())
    for basis in facts.bases:
        assert basis.reference in record
        assert basis.reference in annex
        assert basis.controller in notice(facts)
    assert all(f"| {each.id} | {each.hazard} |" in annex for each in hazards())
    assert f"| {hazards()[0].id} |" not in dpia_annex(facts, hazards()[1:])


def test_every_recipient_and_line_of_retention_is_in_the_record(facts: Facts) -> None:
    record = record_of_processing(facts)
    assert all(f"| {each.id} | {each.what} |" in record for each in facts.recipients)
    assert all(f"| {each.artefact} | {each.days} days | {each.reference} |" in record for each in facts.retention)
    assert all(each.artefact in retention_schedule(facts) for each in facts.retention)
    assert "nothing may be purged" in retention_schedule(dataclasses.replace(facts, retention=()))


def test_every_ground_and_every_objection_has_plain_words(facts: Facts) -> None:
    assert set(GROUNDS) == set(FLOWS)
    stopped = {name for each in facts.purposes for name in each.stopped_by}
    assert stopped == set(SAY_NO)
    assert all(SAY_NO[name] in notice(facts) for name in stopped)
    direct = PurposeFact("x", "Caring", "owner", "direct care", "CG/1", AS_AT, ())
    assert "opt-out" not in notice(dataclasses.replace(facts, purposes=(direct,)))


HARD = ("pseudonym", "stratification", "cohort", "pursuant", "hereby", "utilis", "commissioning", "linkage", "algorithm")


def test_the_notice_is_plain(facts: Facts) -> None:
    """Short sentences, no word of the trade. Whose data they are is said in their own names."""
    text = notice(facts)
    for each in facts.bases:
        text = text.replace(each.controller, "")
    for purpose in facts.purposes:
        text = text.replace(purpose.description, "")  # the project's own words
    for title in facts.sources.values():
        text = text.replace(title, "")
    words = re.sub(r"<!--.*?-->|[#*`-]", " ", text)
    sentences = [sentence.split() for sentence in re.split(r"[.:?]\s", words) if sentence.split()]
    assert max(map(len, sentences)) <= 30
    assert sum(map(len, sentences)) / len(sentences) < 14
    assert [word for word in HARD if word in words.lower()] == []


def test_all_papers_are_written(example: Path, tmp_path: Path) -> None:
    names = write_papers(Project.at(example), tmp_path / "papers", AS_AT)
    assert names == sorted(path.name for path in (tmp_path / "papers").iterdir())
    assert len(names) == 6
    assert all("Made-up people" in (tmp_path / "papers" / name).read_text() for name in names if name != "safety-case.md")
    assert "| a retention schedule is configured | yes |" in (tmp_path / "papers" / "assurance.md").read_text()
