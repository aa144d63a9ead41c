"""Review, who saw a record, and the Guardian's desk on a real night: the same as the command line's, and written down first."""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pytest

from caseload.desk.break_glass import open_one
from caseload.desk.person import person_page
from caseload.desk.posts import Post, Visit
from caseload.desk.search import Terms
from caseload.desk.seen import seen_by_number, seen_of
from caseload.review.desk import FIRST, SECOND, Reviewer, Said
from governance.access.identity_file import FILE
from governance.access.roles import GUARDIAN, REVIEWER
from governance.audit import Selection
from governance.judgements import Judgements
from linkage.review.queue import first_reviews
from pipelines.audit_reading import subjects_of
from pipelines.clerical_review import night_of, open_desk
from schemas.errors import GovernanceError
from tests.desk_site import NOON, DeskSite, desk_site

MINUTE = dt.timedelta(minutes=1)
GRACE = Post(GUARDIAN)


@pytest.fixture(scope="module")
def site(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> DeskSite:
    return desk_site(Path(shutil.copytree(first_night, tmp_path_factory.mktemp("oversight") / "area")))


def clerk(site: DeskSite, account: str, minutes: int = 0) -> Reviewer:
    return Reviewer(account, REVIEWER, NOON + minutes * MINUTE, site.night.run_id)


def desk(site: DeskSite) -> Any:
    assert site.services.review is not None
    return site.services.review


def rows_of(site: DeskSite, query: str) -> list[tuple[Any, ...]]:
    path = site.project.vault_night(site.night.run_id) / FILE
    return sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True).execute(query).fetchall()


def test_the_queue_is_the_command_lines_and_nobody_protected_is_in_it(site: DeskSite) -> None:
    work = open_desk(site.project)
    night, nothing = night_of(work.shelf), work.log.up_to(0)
    queue = first_reviews(night, nothing)
    before = desk(site).progress(clerk(site, "ann"))
    assert (before.first, before.second, before.hers) == (queue.num_rows, 0, 0)
    kept = desk(site)._night(site.night.run_id)
    assert first_reviews(kept.night, nothing).equals(queue), "in the same order, from the few records that are kept"
    assert not pc.any(kept.night.records["protected"]).as_py()
    assert kept.night.records.num_rows < night.records.num_rows / 4


def test_a_pair_is_written_down_then_shown_then_judged_once(site: DeskSite) -> None:
    ann, before = clerk(site, "ann", 1), len(site.services.audit.rows())
    pair = desk(site).next_pair(ann, FIRST)
    assert pair is not None
    assert pair.fields["family_name"][1]
    shown = site.services.audit.rows()[before:]
    assert {row["action"] for row in shown} == {"review pair"}
    assert all(row["subject"] for row in shown)
    said = Said(pair.reference, "link", "spelling or typing", "One letter was typed twice.")
    desk(site).decide(clerk(site, "ann", 2), said)
    log = Judgements(site.project.root / "vault" / "vault.db")
    (row,) = log.up_to(log.position()).to_pylist()
    assert (row["decision"], row["reviewer"], row["decided_at"]) == ("link", "ann", NOON + 2 * MINUTE)
    assert [each["code"] for each in log.reasons()] == ["spelling or typing"]
    assert log.reasons()[0]["reason"]
    for refused, code in ((said, "E-REVIEW-JUDGED"), (dataclasses.replace(said, reference="p0"), "E-REVIEW-PAIR")):
        with pytest.raises(GovernanceError, match=code):
            desk(site).decide(clerk(site, "ann", 3), refused)
    after = desk(site).progress(clerk(site, "ann", 4))
    assert (after.hers, after.today, after.everybody) == (1, 1, 1)


def test_who_was_not_shown_a_pair_does_not_judge_it_and_nobody_judges_twice(site: DeskSite) -> None:
    pair = desk(site).next_pair(clerk(site, "ann", 10), FIRST)
    assert pair is not None
    said = Said(pair.reference, "unsure", "too little known")
    with pytest.raises(GovernanceError, match="E-REVIEW-PAIR"):
        desk(site).decide(clerk(site, "bob", 11), said)
    desk(site).decide(clerk(site, "ann", 12), said)
    assert desk(site).progress(clerk(site, "bob", 13)).second >= 1, "a pair of which somebody cannot say is looked at again"
    offered = set()
    for minute in range(14, 17):
        second = desk(site).next_pair(clerk(site, "bob", minute), SECOND)
        if second is None:
            break
        offered.add(second.reference)
        desk(site).decide(clerk(site, "bob", minute), Said(second.reference, "link", "same number"))
    assert pair.reference in offered
    again = desk(site).next_pair(clerk(site, "ann", 20), SECOND)
    assert again is None or again.reference not in offered, "ann is not given what she has judged"


def test_no_audit_row_no_pair_and_no_judgement(site: DeskSite, monkeypatch: pytest.MonkeyPatch) -> None:
    pair = desk(site).next_pair(clerk(site, "ann", 22), FIRST)
    assert pair is not None
    log = Judgements(site.project.root / "vault" / "vault.db")
    before = (log.position(), log.shown().num_rows)

    def full(*_: Any) -> None:
        raise GovernanceError("E-AUDIT-STORE", "the audit log cannot be written.")

    monkeypatch.setattr(site.services.audit, "append", full)
    for work in (
        lambda: desk(site).next_pair(clerk(site, "cat", 23), FIRST),
        lambda: desk(site).decide(clerk(site, "ann", 24), Said(pair.reference, "link", "same number")),
    ):
        with pytest.raises(GovernanceError, match="E-AUDIT-STORE"):
            work()
    assert (log.position(), log.shown().num_rows) == before


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (Said("p0", "perhaps", "same number"), "E-REVIEW-WORDS"),
        (Said("p0", "link", "a feeling"), "E-REVIEW-WORDS"),
        (Said("p0", "link", "other"), "E-REVIEW-WORDS"),
        (Said("p0", "link", "same number", "born 6 March 1950, 999 000 0018"), "E-ACCESS-TEXT"),
    ],
)
def test_what_is_no_answer_is_refused_before_anything_is_written(site: DeskSite, said: Said, code: str) -> None:
    before = len(site.services.audit.rows())
    with pytest.raises(GovernanceError, match=code):
        desk(site).decide(clerk(site, "ann", 30), said)
    assert len(site.services.audit.rows()) == before


def test_who_saw_a_record_is_what_the_command_line_finds(site: DeskSite) -> None:
    pseudonym = site.night.listed(site.team)[0]["pseudonym"]
    query = "SELECT nhs_number FROM token JOIN person USING (person) WHERE pseudonym = '{}'"
    ((number,),) = rows_of(site, query.format(pseudonym))
    assert person_page(site.visit("beth", 40), site.services, site.night, pseudonym) is not None
    hers = seen_of(site.visit("beth", 41), site.services, site.night, pseudonym)
    grace = Visit("grace", GRACE, NOON + 42 * MINUTE, site.night.run_id)
    guardians = seen_by_number(grace, site.services, site.night, number)
    subjects = subjects_of(site.project, site.configuration, number)
    logged = [row["seq"] for row in reversed(site.services.audit.select(Selection(subjects=subjects)))]
    assert hers is not None
    assert guardians is not None
    assert [each.seq for each in guardians.lines] == logged
    assert [each.seq for each in hers.lines] == logged[1:], "all but the line of the reading that came after"
    assert guardians.lines[0].actor == "grace"
    assert {each.actor for each in hers.lines} >= {"beth"}


def test_a_protected_person_is_answered_like_nobody(site: DeskSite) -> None:
    found = rows_of(site, "SELECT nhs_number FROM person WHERE protected AND nhs_number IS NOT NULL")
    assert found
    for minute, number in enumerate([found[0][0], "9990000018"]):
        visit, text = site.visit("beth", 50 + minute), "Found on a floor."
        with pytest.raises(GovernanceError, match="E-BREAK-GLASS-NOBODY"):
            open_one(visit, site.services, site.night, Terms(number), code="emergency", text=text)
    assert site.services.break_glass is not None
    assert site.services.break_glass(site.team).openings(NOON + 60 * MINUTE) == []


def test_the_desk_speaks_of_the_night_and_its_log(site: DeskSite) -> None:
    oversight = site.services.oversight
    assert oversight is not None
    assert oversight.verify(NOON)["lines"] == oversight.chain()[0]
    facts = oversight.statement(site.night.run_id)["statement"]
    assert facts["run_id"] == site.night.run_id
    told = oversight.opt_outs(site.night.run_id)
    assert (told["people"], told["age_days"]) == (facts["opt_outs_honoured"]["people"], facts["national_opt_out_list_age_days"])
    assert {row["state"] for row in oversight.bases(site.night.as_at)["bases"]} == {"holds"}
