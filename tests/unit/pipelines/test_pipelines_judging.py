"""The night's sample for clerks: kept while model and quarter are the same, drawn anew when they are not."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from linkage import Linked, LinkSettings, link_records
from linkage.review.sample import judged_sample
from pipelines.config import Configuration
from pipelines.judging import BASIS, SAMPLE, judged_since, judgement_log, judgements_of, notes_of_judgements, review_sample
from pipelines.night import Night, load_night, save_plan
from pipelines.project import Project
from schemas.identifiable import RegisterMerger, ReviewSample
from schemas.zones import Zone
from tests.judgement_rows import judged
from tests.linkage_tables import drawn, person_records

RECORDS = person_records(
    drawn("""
    source   | id | number | given | family | born       | sex | postcode
    register | r1 | n1     | Ann   | Hill   | 1950-05-04 | 2   | M1 1AE
    register | r2 | n2     | Joe   | Field  | 1983-02-03 | 1   | B33 8TH
    gp       | p1 | n1     | Ann   | Hill   | 1950-05-04 | 2   | M1 1AE
    gp       | p2 |        | Joe   | Field  | 1983-02-03 | 1   | B33 8TH
    """)
)
CONFIGURATION = Configuration.model_validate({"area": {"name": "x"}})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.configuration.write_text('[area]\nname = "x"\n')
    project.make_folders()
    return project


def night_of(project: Project, day: dt.date, run_id: str, parent: str | None = None, judgements: int = 0) -> Night:
    night = Night(project, CONFIGURATION, day, run_id, parent, judgements=judgements)
    night.vault_shelf.put(RegisterMerger, "register_merger", RegisterMerger.empty())
    return night


def sampled(night: Night, linked: Linked) -> pa.Table:
    sample = review_sample(night, RECORDS, linked, LinkSettings())
    night.vault_shelf.put(ReviewSample, SAMPLE, sample)
    return sample


def test_a_judged_pair_stays_in_the_sample_of_its_quarter(project: Project) -> None:
    first = night_of(project, dt.date(2026, 4, 1), "first")
    sample = sampled(first, link_records(RECORDS, RegisterMerger.empty()))
    assert sorted(sample["local_patient_id"].to_pylist()) == ["p1", "p2"]
    judgement_log(project, CONFIGURATION).record(judged("gp p1 r1 link ann"))
    second = night_of(project, dt.date(2026, 6, 30), "second", "first", judgements=1)
    linked = link_records(RECORDS, RegisterMerger.empty(), judgements=judgements_of(second))
    assert "judged" in linked.matches["step"].to_pylist()
    kept = sampled(second, linked)
    assert kept.equals(sample)
    assert judged_sample(kept, judgements_of(second)).num_rows == 1
    third = night_of(project, dt.date(2026, 7, 1), "third", "second", judgements=1)
    anew = sampled(third, linked)
    assert anew["local_patient_id"].to_pylist() == ["p2"]
    assert anew["drawn_for"][0].as_py().endswith("2026Q3")


def test_a_run_of_the_same_date_takes_the_sample_that_was_judged(project: Project) -> None:
    """Its parent is an earlier date's, or none: what clerks judged was drawn for the run whose place it takes."""
    day = dt.date(2026, 4, 1)
    first = night_of(project, day, "first")
    sample = sampled(first, link_records(RECORDS, RegisterMerger.empty()))
    knew(first)
    assert judged_since(project, ["first"], 0) is None, "a night that is run again takes nobody's place"
    judgement_log(project, CONFIGURATION).record(judged("gp p1 r1 link ann"))
    assert judged_since(project, ["gone", "first"], 1) == "first"
    second = replace(night_of(project, day, "second", judgements=1), earlier="first")
    save_plan(second)
    assert load_night(project, "second").earlier == "first"
    linked = link_records(RECORDS, RegisterMerger.empty(), judgements=judgements_of(second))
    kept = sampled(second, linked)
    assert kept.equals(sample)
    assert judged_sample(kept, judgements_of(second)).num_rows == 1
    knew(second)
    assert judged_since(project, ["first", "second"], 1) == "first", "the same night has the same name when it is run again"


def knew(night: Night) -> None:
    """What linkage leaves of a night's knowledge."""
    night.vault_shelf.put_arrow(Zone.IDENTIFIABLE, BASIS, pa.table({"judgements": pa.array([night.judgements])}))


def test_a_parent_from_before_there_were_samples(project: Project) -> None:
    night_of(project, dt.date(2026, 4, 1), "old")
    night = night_of(project, dt.date(2026, 4, 2), "new", "old")
    assert sampled(night, link_records(RECORDS, RegisterMerger.empty())).num_rows == 2


def test_a_night_knows_no_judgement_after_its_position(project: Project) -> None:
    log = judgement_log(project, CONFIGURATION)
    log.record(judged("gp p1 r1 link ann"))
    night = night_of(project, dt.date(2026, 4, 1), "first", judgements=log.position())
    log.record(judged("gp p2 r2 non-link bob"))
    assert judgements_of(night)["reviewer"].to_pylist() == ["ann"]
    save_plan(night)
    assert load_night(project, "first").judgements == 1


def test_what_could_not_be_replayed_is_said() -> None:
    linked = link_records(RECORDS, RegisterMerger.empty(), judgements=judged("gp p9 r1 link ann"))
    assert notes_of_judgements(linked) == ("judged pairs that are gone: 1",)
