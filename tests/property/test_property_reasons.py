"""Shares add up exactly; facts agree with a slow reference, pass the wall, and read plainly."""

from __future__ import annotations

import datetime as dt
import math
import re
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from governance.wall import find_identifiers
from stratify.reasons import Contributions, Look, Records, fact_rows, group_shares, look_up, plain_sheet, reason_rows, since_last
from stratify.reasons.personal import PERSONAL
from stratify.reasons.reference_page import SOMEBODY
from stratify.reasons.undated import PRACTICE
from stratify.reasons.wording import SAYINGS, Seen
from tests.dials import examples
from tests.stratify_area import AS_AT, activity_of, day, lazy

GROUPS = {"a1": "age", "a2": "age", "b1": "mental_health", "c1": "frailty"}
matrices = st.integers(1, 6).flatmap(
    lambda columns: st.lists(st.lists(st.floats(-5, 5), min_size=columns, max_size=columns), min_size=1, max_size=6)
)


@given(matrices, st.floats(-6, 6), st.data())
@settings(max_examples=examples(300, 60))
def test_groups_and_start_add_up_to_the_log_odds(rows: list[list[float]], intercept: float, data: st.DataObject) -> None:
    names = tuple(data.draw(st.lists(st.sampled_from([*GROUPS, "other"]), min_size=len(rows[0]), max_size=len(rows[0]))))
    contributions = Contributions(names, np.array(rows), intercept)
    people = [f"p{place}" for place in range(len(rows))]
    table = reason_rows("risk", people, group_shares(contributions, GROUPS)).to_pylist()
    for person, values in zip(people, rows, strict=True):
        mine = [row for row in table if row["pseudonym"] == person]
        assert math.isclose(math.fsum(row["share"] for row in mine), math.fsum([*values, intercept]), abs_tol=1e-9)
        slow: dict[str, float] = {}
        for name, value in zip(names, values, strict=True):
            slow[GROUPS.get(name, name)] = slow.get(GROUPS.get(name, name), 0.0) + value
        raising = {group: share for group, share in slow.items() if share >= 0.05 + 1e-9}
        shown = {row["group"]: row["share"] for row in mine[:-2]}
        assert raising.keys() <= shown.keys()
        assert all(math.isclose(shown[group], share, abs_tol=1e-9) for group, share in raising.items())
        assert [row["share"] for row in mine[:-2]] == sorted(shown.values(), reverse=True)
        assert [row["place"] for row in mine] == list(range(1, len(mine) + 1))
        assert [row["group"] for row in mine[-2:]] == ["everything else", "the average person"]


KINDS = (
    "inpatient_emergency", "inpatient_elective", "accident_and_emergency", "outpatient", "community_contact", "gp_appointment",
    "mental_health_contact", "mental_health_spell", "social_care_request", "social_care_review", "social_care_service",
    "delayed_discharge", "gp_snapshot",
)  # fmt: skip
events = st.builds(
    lambda kind, start, length, service, units, codes: {
        "activity_type": kind,
        "start": start,
        "end": None if length is None else start + length,
        "service_type": service if kind == "social_care_service" else None,
        "service_component": "Reablement" if service.startswith("Short") else None,
        "weekly_units": units if kind == "social_care_service" else None,
        "codes": codes,
        "repeat_medicines": units if kind == "gp_snapshot" else None,
    },
    st.sampled_from(KINDS),
    st.one_of(st.integers(-800, 2), st.integers(-80, 2)),
    st.one_of(st.none(), st.integers(0, 60)),
    st.sampled_from(("Long Term Support: Community", "Long Term Support: Nursing Care", "Short Term Support: ST-Max")),
    st.integers(0, 30),
    st.sampled_from(("", "W19X", "S720 W010", "HF COPD DEM", "I50")),
)
histories = st.lists(st.lists(events, max_size=14), min_size=10, max_size=14)  # many people a query: planning one is slow
looks = st.builds(lambda far, back: (far, back), st.integers(1, 40), st.integers(0, 40))
OVER = ("inpatient_emergency", "inpatient_elective", "delayed_discharge")


def known_at(event: dict[str, Any], as_at: dt.date, data_to: dt.date) -> bool:
    """The slow reading of the rule: the feed has spoken of the day, and of a spell's end."""
    start = day(event["start"])
    if not (start < as_at and start <= max(data_to, dt.date.min)):
        return False
    if event["activity_type"] in OVER and event["end"] is not None:
        return day(event["end"]) <= data_to and day(event["end"]) < as_at
    return True


FEED = {"inpatient_emergency": "sus_apc", "accident_and_emergency": "ecds", "community_contact": "csds"}
NAMES = {
    "inpatient_emergency": "emergency_admissions", "accident_and_emergency": "attendances", "community_contact": "community",
}  # fmt: skip


def records_of(people: list[list[dict[str, Any]]], now: Look, before: Look) -> tuple[list[str], Records]:
    """What is known of the people, named by their places."""
    names = [f"p{place:02}" for place in range(len(people))]
    activity = activity_of({**event, "pseudonym": name} for name, history in zip(names, people, strict=True) for event in history)
    listed = pa.table({"pseudonym": names})
    return names, look_up(lazy(activity), lazy(listed), listed, now, before)


@given(histories, looks, looks)
@settings(max_examples=examples(60, 4), suppress_health_check=[HealthCheck.too_slow])
def test_counts_and_news_are_those_of_the_slow_reading(
    people: list[list[dict[str, Any]]], now: tuple[int, int], before: tuple[int, int]
) -> None:
    at = day(-now[0] - before[0])
    looks = Look(AS_AT, dict.fromkeys(FEEDS, day(-now[0]))), Look(at, dict.fromkeys(FEEDS, at - dt.timedelta(days=before[1] + 1)))
    names, records = records_of(people, *looks)
    rows = {row["pseudonym"]: row for row in records.events.to_pylist()}
    for pseudonym, history in zip(names, people, strict=True):
        for kind, name in NAMES.items():
            mine = [each for each in history if each["activity_type"] == kind and day(each["start"]) >= day(-365)]
            heard = [each for each in mine if known_at(each, AS_AT, looks[0].data_to[FEED[kind]])]
            then = [each for each in heard if known_at(each, at, looks[1].data_to[FEED[kind]])]
            row = rows.get(pseudonym, {})
            assert (row.get(f"{name}_times") or 0) == len(heard)
            assert (row.get(f"{name}_news") or 0) == len(heard) - len(then)


FEEDS = ("ecds", "sus_apc", "sus_op", "csds", "mhsds", "gp", "cld")
JARGON = (
    "inpatient",
    "outpatient",
    "attendance",
    "snapshot",
    "pseudonym",
    "Charlson",
    "log-odds",
    "domiciliary",
    "MDT",
    "percentile",
)


@given(histories)
@settings(max_examples=examples(60, 4), suppress_health_check=[HealthCheck.too_slow])
def test_texts_pass_the_wall_and_the_sheet_reads_plainly(people: list[list[dict[str, Any]]]) -> None:
    look, before = Look(AS_AT, dict.fromkeys(FEEDS, day(-1))), Look(day(-40), dict.fromkeys(FEEDS, day(-45)))
    names, records = records_of(people, look, before)
    facts = fact_rows(records, names, look, more=since_last(records.events, names, before, look, bands={}, listed_before=[]))
    assert find_identifiers(facts) == []
    for pseudonym in names:
        mine = [row for row in facts.to_pylist() if row["pseudonym"] == pseudonym]
        check_plain(plain_sheet(mine, gaps=look.gaps({"ecds": True})))


@given(st.sampled_from(sorted(SAYINGS)), st.integers(1, 400), st.integers(0, 729), st.integers(0, 729), st.integers(0, 4000))
@settings(max_examples=examples(300, 60))
def test_every_saying_is_a_short_plain_sentence(name: str, times: int, one: int, other: int, amount: int) -> None:
    first, last = sorted((day(-one), day(-other)))
    words = SAYINGS[name](Seen(AS_AT, times, first, last, None, amount / 10))
    if words:
        check_plain(words.plain)
        assert words.plain.endswith(".")
        assert not words.words.endswith(".")
        assert ("1 " in words.words or "an " in words.words or times > 1) or name not in ("attendances", "outpatient")


def test_every_undated_fact_reads_plainly() -> None:
    for each in (*PRACTICE, *PERSONAL):
        words = each.say(SOMEBODY)
        assert words, each.name
        check_plain(words.plain)


def check_plain(text: str) -> None:
    """Sentences of at most 25 words; no code, no jargon, no sign that a reader does not know."""
    assert not any(word.casefold() in text.casefold() for word in JARGON)
    assert not re.search(r"\b[A-Z][0-9]{2}|[_=<>%]|\bNone\b|\bnan\b", text)
    for sentence in re.split(r"(?<=[.])\s|\n|;", text):
        assert len(sentence.split()) <= 25, sentence
