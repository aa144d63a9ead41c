"""The papers: every field, purpose, basis and hazard is in the paper that has to name it, and the notice is plain."""

from __future__ import annotations

import csv
import dataclasses
import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

import pytest

from governance.hazards import hazards
from governance.papers.annex import dpia_annex
from governance.papers.facts import GAP, Facts, OrganisationFact, PurposeFact
from governance.papers.notice import EXPLAINED, GROUNDS, KEPT, SAY_NO, notice
from governance.papers.record import record_of_processing
from governance.papers.retention import retention_schedule
from pipelines.config import load_configuration
from pipelines.fields import known_fields
from pipelines.papers import field_words, gather, write_papers
from pipelines.project import Project
from pipelines.settings.purposes import FLOWS, NIGHT_PURPOSES
from pipelines.settings.retention import ARTEFACTS
from tests.conftest import caselink

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


def purposes_missing_from(paper: str, facts: Facts) -> list[str]:
    """The public reads what a purpose is in words, the other papers name it."""
    return [each.id for each in facts.purposes if each.id not in paper and f"**{each.description}.**" not in paper]


def test_every_purpose_is_in_each_paper_that_has_to_name_it(facts: Facts) -> None:
    assert tuple(each.id for each in facts.purposes) == NIGHT_PURPOSES
    one_less = dataclasses.replace(facts, purposes=facts.purposes[1:], recipients=(), bases=(), fields=())
    for paper in (record_of_processing, notice, lambda said: dpia_annex(said, ())):
        assert purposes_missing_from(paper(facts), facts) == []
        assert purposes_missing_from(paper(one_less), facts) == [facts.purposes[0].id]


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
    assert all(f"| {each.id} | {each.category} | {each.what} |" in record for each in facts.recipients)
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
    text, _, explained = text.partition("## Words")
    assert [word for word in EXPLAINED if word in explained.lower()] == ["pseudonymised"]  # the example's own word
    parts = re.split(r"[.:?]\s|\n\n|\n- ", text)  # a line of a list is read by itself
    sentences = [words for part in parts if (words := re.sub(r"[#*`-]", " ", part).split())]
    assert max(map(len, sentences)) <= 30
    assert sum(map(len, sentences)) / len(sentences) < 14
    assert [word for word in HARD if word in text.lower()] == []


def test_all_papers_are_written(example: Path, tmp_path: Path) -> None:
    gaps = write_papers(Project.at(example), tmp_path / "papers", AS_AT)
    assert len(gaps) == 6
    assert set(gaps.values()) == {0}
    names = [path.name for path in (tmp_path / "papers").iterdir()]
    assert sorted(names) == sorted(f"{name.removesuffix('.md')}.{kind}" for name in gaps for kind in ("md", "html"))
    assert all("Made-up people" in (tmp_path / "papers" / name).read_text() for name in names if "safety-case" not in name)
    assert "| a retention schedule is configured | yes |" in (tmp_path / "papers" / "assurance.md").read_text()


# --- whom to ask, on what ground, for how long ------------------------------------------------------------------------------


def test_the_notice_says_whom_to_ask_on_what_ground_who_gets_what_and_for_how_long(facts: Facts) -> None:
    text = notice(facts)
    for one in facts.organisations:
        assert one.name in text
        assert one.role == "processor" or f"{one.contact}. Data protection officer: {one.data_protection_officer}." in text
    for purpose in facts.purposes:
        ground = text.split(f"**{purpose.description}.**")[1].split("**")[0]
        assert "- Article 6(1)(e)" in ground
        assert "- Article 9(2)(h)" in ground
    assert [words for words in facts.plain_sources.values() if f"- {words}\n" not in text] == []
    assert [title for title in facts.sources.values() if title in text] == []  # no name of the trade
    assert f"- {KEPT['vault night']}: 90 days" in text
    assert f"- {KEPT['audit payload']}: 8 years" in text
    assert "Castle team" in text
    assert "Example analysts" in text
    assert "for a copy of it" in text
    assert "No data leave the United Kingdom." in text
    assert "<!--" not in text
    assert GAP not in text


def test_the_record_says_what_article_30_asks_for(facts: Facts) -> None:
    text = record_of_processing(facts)
    for one in facts.organisations:
        assert (
            f"| {one.name} | {one.does or one.role} | {one.contact} | {one.data_protection_officer} | {one.agreement} |" in text
        )
    assert "No data leave the United Kingdom (EXAMPLE/TRANSFERS/1)." in text
    assert "| csu | analysts |" in text
    assert all(f"| {basis.article_6} | {basis.article_9} | {basis.evidence} |" in text for basis in facts.bases)
    assert GAP not in text


def test_every_word_for_what_is_kept_has_its_class() -> None:
    assert set(KEPT) == set(ARTEFACTS)


# What is taken out of the facts, and the gaps that the notice and the record have to show then.
MISSING = [
    ({"organisations": ()}, "how it is reached", "its role, as an [[organisation]]"),
    ({"organisations": ()}, "how its data protection officer is reached", "how the officer is reached"),
    ({"transfers": ("", "")}, "whether data leave the United Kingdom", "whether data leave the United Kingdom"),
    ({"retention": (), "missing_retention": ARTEFACTS}, "how long", "how long, as a [[retention]]"),
    ({"purposes": (), "missing_purposes": NIGHT_PURPOSES}, "under the purpose case-management", "the purpose case-management"),
    ({"bases": ()}, "which records are used", "its legal bases, as a [[basis]] each"),
    ({"bases": ()}, "the condition of UK GDPR Article 9 for this", "its legal bases"),
]


@pytest.mark.parametrize(("without", "in_notice", "in_record"), MISSING)
def test_what_nobody_has_written_down_is_a_gap_that_can_be_seen(
    facts: Facts, without: dict[str, Any], in_notice: str, in_record: str
) -> None:
    less = dataclasses.replace(facts, **without)
    assert GAP not in notice(facts) + record_of_processing(facts)
    for paper, gap in ((notice(less), in_notice), (record_of_processing(less), in_record)):
        assert re.search(re.escape(GAP) + r"[^\n|]*" + re.escape(gap), paper)


def test_one_basis_without_its_condition_is_a_gap_beside_the_others(facts: Facts) -> None:
    first, *others = facts.bases
    text = notice(dataclasses.replace(facts, bases=(dataclasses.replace(first, article_9=None), *others)))
    assert text.count(GAP) == 1
    assert "- Article 9(2)(h), managing health" in text
    alone = OrganisationFact("Trust", "controller", "1 Street")
    record = record_of_processing(dataclasses.replace(facts, organisations=(alone,)))
    assert (
        "| Trust | controller | 1 Street | [to be written: how the officer is reached] | none: controls its data alone |"
        in record
    )
    assert "[to be written: the processors" in record


def test_a_project_with_nothing_to_tell_gets_no_papers(tmp_path: Path) -> None:
    assert caselink("init", str(tmp_path / "area"), "--quiet").returncode == 0
    done = caselink("governance", "papers", "--out", str(tmp_path / "papers"), "--project", str(tmp_path / "area"))
    assert (done.returncode, done.stderr.split(":")[0]) == (2, "E-PAPERS-NOTHING")
    assert "docs/how-to/legal-bases.md" in done.stderr
    assert not (tmp_path / "papers").exists()


def test_the_command_says_how_many_places_are_to_be_written(published: Path, tmp_path: Path) -> None:
    text = (published / "caselink.toml").read_text()
    (published / "caselink.toml").write_text(text.replace('data_protection_officer = "dpo@nhsengland.example"\n', ""))
    out = ("--out", str(tmp_path / "papers"), "--project", str(published))
    done = caselink("governance", "papers", "--json", *out)
    assert done.returncode == 0, done.stderr
    gaps = json.loads(done.stdout)["to_be_written"]
    assert {name: count for name, count in gaps.items() if count} == {"notice.md": 1, "record-of-processing.md": 1}
    assert "notice.md and .html: 1 places say [to be written: ...]" in done.stderr
    assert "[to be written: " in (tmp_path / "papers" / "notice.html").read_text()
