"""Feedback: what is counted, and what of it is shown."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from caseload.entries.feedback import AREA, EVERYBODY, Answer, answers, feedback
from governance.policies import NHSE_HES, ONS10, Policy
from pipelines.caseload_feedback import period
from schemas.errors import ConfigurationError
from tests.access_drawings import NOON, TODAY, ask, token
from tests.entries_drawings import caseload

ALL = Policy("all", withheld_to=0, rounded_to=1, source="this test")  # shows everything: the counts themselves
DAY = dt.timedelta(days=1)
ROOT = Path(__file__).resolve().parents[3]


def people(*rows: tuple[str, str, str, int | None, str | None]) -> pa.Table:
    names = ("pseudonym", "age_band", "gender", "deprivation_decile", "ethnic_category")
    return pa.table({name: [row[place] for row in rows] for place, name in enumerate(names)})


def made(count: int, answer: str, *, team: str = "castle", start: int = 0, unread: int = 0, reason: str = "") -> list[Answer]:
    """`count` answers about people p`start`, ...; the first `unread` of them unread."""
    reason = reason or {"declined": "known and managed"}.get(answer, "frailty")
    return [Answer(team, f"p{start + n}", answer, reason, n < unread, "the night") for n in range(count)]


def rows_of(table: pa.Table, **wanted: str) -> list[dict[str, Any]]:
    return [row for row in table.to_pylist() if all(row[name] == value for name, value in wanted.items())]


def test_the_last_answer_of_each_person_in_the_period_counts(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.entries.look(ask(at=NOON - DAY), token(1))
    desk.decide(1, "defer", at=NOON - DAY + dt.timedelta(hours=1))
    desk.decide(1, "accept")  # on the next day
    desk.decide(2, "refer")
    desk.decide(2, "defer")
    desk.decide(2, "decline")
    desk.decide(3, "accept", at=NOON + DAY)
    desk.decide(3, "close", at=NOON + DAY)
    of_today = answers(desk.entries, ["castle"], TODAY, TODAY)
    assert of_today == [
        Answer("castle", token(1), "accepted", "frailty", False, "the night"),
        Answer("castle", token(2), "declined", "known and managed", True, "a referral"),
    ]
    before = answers(desk.entries, ["castle"], TODAY - DAY, TODAY - DAY)
    assert [(each.answer, each.unread) for each in before] == [("deferred", False)]
    assert len(answers(desk.entries, ["castle"], TODAY, TODAY + DAY)) == 3
    assert answers(desk.entries, ["castle"], TODAY - 9 * DAY, TODAY - 2 * DAY) == []


def test_counts_and_shares_by_team_and_subgroup() -> None:
    decided = [*made(3, "accepted", unread=1), *made(1, "declined", start=3), *made(1, "deferred", start=4, team="harbour")]
    known = people(("p0", "80-84", "2", 1, "A"), ("p1", "80-84", "1", 2, None), ("p3", "90+", "2", 10, "Z"))
    found = feedback(decided, known, ALL)
    (castle,) = rows_of(found.decisions, team="castle", breakdown=EVERYBODY)
    assert (castle["decided"], castle["accepted"], castle["declined"], castle["deferred"], castle["unread"]) == (4, 3, 1, 0, 1)
    assert (castle["agreement"], castle["unread_share"], castle["suppressed"]) == (0.75, 0.25, False)
    (area,) = rows_of(found.decisions, team=AREA, breakdown=EVERYBODY)
    assert (area["decided"], area["deferred"], area["agreement"]) == (5, 1, 0.6)
    bands = {row["category"]: row["decided"] for row in rows_of(found.decisions, team="castle", breakdown="age band")}
    assert bands == {"80-84": 2, "90+": 1, "unknown": 1}
    fifths = {row["category"]: row["accepted"] for row in rows_of(found.decisions, team="castle", breakdown="deprivation")}
    assert fifths == {"fifth 1 of 5, 1 the most deprived": 2, "fifth 5 of 5, 1 the most deprived": 0, "unknown": 1}
    sexes = {row["category"]: row["decided"] for row in rows_of(found.decisions, team="castle", breakdown="sex")}
    assert sexes == {"female": 2, "male": 1, "unknown": 1}
    declined = {row["reason"]: row["declined"] for row in rows_of(found.reasons, team="castle")}
    assert declined["known and managed"] == 1
    assert sum(declined.values()) == 1
    assert rows_of(found.reasons, team="castle", reason="known and managed")[0]["share"] == 1.0


def test_small_counts_are_withheld_and_cannot_be_subtracted() -> None:
    decided = [*made(40, "accepted"), *made(30, "declined", start=40), *made(3, "declined", start=70, reason="refused")]
    found = feedback(decided, people(*((f"p{n}", "80-84", "2", 1, "A") for n in range(70))), NHSE_HES)
    (row,) = rows_of(found.decisions, team="castle", breakdown=EVERYBODY)
    assert (row["decided"], row["accepted"], row["deferred"]) == (75, 40, 0)
    reasons = {each["reason"]: each["declined"] for each in rows_of(found.reasons, team="castle")}
    assert reasons["refused"] is None
    of_unknown_age = rows_of(found.decisions, team="castle", breakdown="age band", category="unknown")[0]
    assert (of_unknown_age["decided"], of_unknown_age["agreement"], of_unknown_age["suppressed"]) == (None, None, True)
    without_rounding = feedback(decided, people(), ONS10)
    withheld = [row["reason"] for row in rows_of(without_rounding.reasons, team="castle") if row["declined"] is None]
    assert "refused" in withheld
    assert len(withheld) > 1, "33 declined less 30 known would give the three away"


def test_nothing_decided_is_nothing_to_show() -> None:
    found = feedback([], people(), NHSE_HES)
    assert (found.decisions.num_rows, found.reasons.num_rows) == (0, 0)


def test_the_order_of_decisions_and_people_changes_nothing() -> None:
    decided = [*made(20, "accepted", unread=9), *made(12, "declined", start=20), *made(9, "deferred", start=32, team="harbour")]
    known = people(*((f"p{n}", "80-84", "2", n % 10 + 1, "A") for n in range(41)))
    one, other = feedback(decided, known, NHSE_HES), feedback(decided[::-1], known.take(list(range(40, -1, -1))), NHSE_HES)
    assert one.decisions.equals(other.decisions)
    assert one.reasons.equals(other.reasons)


@pytest.mark.parametrize(
    ("quarter", "as_at", "expected"),
    [
        (None, "2026-09-30", ("2026-07-01", "2026-09-30")),
        (None, "2026-10-01", ("2026-10-01", "2026-10-01")),
        ("2026Q1", "2026-10-01", ("2026-01-01", "2026-03-31")),
        ("2025Q4", "2026-10-01", ("2025-10-01", "2025-12-31")),
        ("2026Q4", "2026-12-31", ("2026-10-01", "2026-12-31")),
    ],
)
def test_periods_are_quarters_up_to_the_night_served(quarter: str | None, as_at: str, expected: tuple[str, str]) -> None:
    assert tuple(day.isoformat() for day in period(quarter, dt.date.fromisoformat(as_at))) == expected


@pytest.mark.parametrize("quarter", ["2026Q5", "2027Q1", "2026-07", "=2+5", "Q3"])
def test_a_quarter_that_is_none_is_refused(quarter: str) -> None:
    with pytest.raises(ConfigurationError, match="E-FEEDBACK-QUARTER"):
        period(quarter, TODAY)


# Never silently into the model.

READS = re.compile(r"caseload\.entries|entries_tonight|open_entr|OpenEntry|caseload_event|pipelines\.entries\b")


def test_no_feature_score_or_model_knows_of_decisions() -> None:
    readers = {
        str(path.relative_to(ROOT))
        for room in ("stratify", "measures", "linkage", "pipelines")
        for path in (ROOT / room).rglob("*.py")
        if READS.search(path.read_text(encoding="utf-8"))
    }
    assert "pipelines/entries_tonight.py" in readers
    assert not {each for each in readers if not each.startswith("pipelines/")}
    assert not {each for each in readers if re.search("feature|model|score|reason|assur|select|explain", each)}
