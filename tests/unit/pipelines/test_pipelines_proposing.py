"""The propose step between its tables: needs by rule, events, what humans have decided, absences and wards, on a drawn night."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from pipelines.analytic import Bench
from pipelines.analytic_steps import propose
from pipelines.config import Configuration
from pipelines.needs import SEGMENT, events_of, needs_of, weights_of
from pipelines.night import Night
from pipelines.project import Project
from pipelines.settings.allocation import NeedRule
from schemas.pseudonymised import OpenEntry, PseudonymisedPerson, Referral, Score, Selection
from schemas.table import Table
from schemas.zones import Zone
from stratify.segments import NUMBERS

AS_AT = dt.date(2026, 1, 31)
SETTINGS: dict[str, Any] = {
    "area": {"name": "x"},
    "team": [{"id": "north", "name": "North team", "locality": "North"}],
    "professional": [
        {"id": "ap1", "team": "north", "capacity": 3, "skills": ["dementia"]},
        {"id": "ap2", "team": "north", "capacity": 3},
    ],
    "need": [{"id": "dementia", "column": "dementia", "skill": "dementia", "weight": 1.5}],
    "ward": [{"id": "north-ward", "team": "north", "beds": 2}],
}


def table(kind: type[Table], *rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=kind.arrow_schema())


def features(**columns: list[Any]) -> pa.Table:
    return pa.table({"pseudonym": pa.array(["p1", "p2", "p3"]), **{name: pa.array(cells) for name, cells in columns.items()}})


def chosen(**tiers: str) -> pa.Table:
    rows = [
        {"pseudonym": who, "locality": "North", "rank": rank, "tier": tier.replace("_", " "), "why": "need"}
        for rank, (who, tier) in enumerate(tiers.items(), 1)
    ]
    return table(Selection, *rows)


def people(*names: str) -> pa.Table:
    return table(PseudonymisedPerson, *({"pseudonym": who, "locality": "North", "gp_practice_code": "A"} for who in names))


def bench_of(tmp_path: Path, settings: dict[str, Any], run: str = "abc", parent: str | None = None) -> Bench:
    (tmp_path / "caselink.toml").write_text('[area]\nname = "x"\n')
    return Bench.of(Night(Project.at(tmp_path), Configuration.model_validate(settings), AS_AT, run, parent))


def put(bench: Bench, **tables: pa.Table) -> Bench:
    for name, rows in tables.items():
        bench.shelf.put_arrow(Zone.PSEUDONYMISED, name, rows)
    return bench


def drawn(bench: Bench) -> Bench:
    """p1 has dementia; p2 attended A&E yesterday; p3 was discharged today."""
    known = features(
        dementia=[True, None, False],
        in_hospital=[False, False, False],
        days_since_last_accident_and_emergency=[731, 1, 731],
        days_since_last_emergency_inpatient=[731, 731, 5],
        days_since_discharge=[731, 731, 0],
    )
    selection = chosen(p1="case_management", p2="case_management", p3="case_management")
    return put(bench, person=people("p1", "p2", "p3"), selection=selection, score=Score.empty(), feature=known)


def rows(bench: Bench, name: str) -> dict[str, dict[str, Any]]:
    return {row["pseudonym"]: row for row in bench.shelf.get(Zone.PSEUDONYMISED, name).to_pylist()}


def test_needs_and_wards_of_the_configuration_reach_the_proposals(tmp_path: Path) -> None:
    bench = drawn(bench_of(tmp_path, SETTINGS))
    outcome = propose(bench)
    assert [ref.name for ref in outcome.tables] == ["proposal", "ward_place"]
    proposals, beds = rows(bench, "proposal"), rows(bench, "ward_place")
    assert (proposals["p1"]["accountable_professional_id"], proposals["p1"]["skills"]) == ("ap1", ["dementia"])
    assert {who: row["route"] for who, row in beds.items()} == {"p2": "step-up", "p3": "step-down"}
    assert {row["ward_id"] for row in beds.values()} == {"north-ward"}


def test_what_humans_have_decided_outranks_the_selection(tmp_path: Path) -> None:
    """p1 and p3 were declined on the 20th; p3 was admitted since; p2 is ap1's although no longer in the tier; p9 opted out."""
    bench = drawn(bench_of(tmp_path, SETTINGS))
    told = [
        {"pseudonym": "p1", "state": "declined", "since": dt.date(2026, 1, 20)},
        {"pseudonym": "p2", "state": "active", "accountable_professional_id": "ap1", "since": dt.date(2025, 12, 1)},
        {"pseudonym": "p3", "state": "declined", "since": dt.date(2026, 1, 20)},
        {"pseudonym": "p9", "state": "active", "accountable_professional_id": "ap1", "since": dt.date(2025, 12, 1)},
    ]
    selection = chosen(p1="case_management", p2="none", p3="case_management")
    propose(put(bench, entry=table(OpenEntry, *told), selection=selection))
    given = {who: (row["accountable_professional_id"], row["reason"]) for who, row in rows(bench, "proposal").items()}
    assert given == {"p2": ("ap1", "open episode"), "p3": ("ap2", "placed"), "p9": ("ap1", "open episode")}


def test_an_absence_of_the_configuration_is_covered(tmp_path: Path) -> None:
    """Open episode of ap1, on leave from today for three weeks."""
    leave = {"from_date": AS_AT, "to_date": AS_AT + dt.timedelta(days=20), "cover": "ap2"}
    away = [{**SETTINGS["professional"][0], "absence": [leave]}, SETTINGS["professional"][1]]
    bench = drawn(bench_of(tmp_path, {**SETTINGS, "professional": away, "ward": []}))
    told = {"pseudonym": "p2", "state": "active", "accountable_professional_id": "ap1", "since": AS_AT}
    outcome = propose(put(bench, entry=table(OpenEntry, told)))
    assert [ref.name for ref in outcome.tables] == ["proposal"], "no ward, and none last night"
    found = rows(bench, "proposal")
    assert (found["p2"]["accountable_professional_id"], found["p2"]["usual_professional_id"]) == ("ap2", "ap1")
    assert found["p1"]["reason"] == "all away", "only ap1 knows dementia"


def rule(**said: Any) -> NeedRule:
    return NeedRule(**{"id": "rule", "column": "dementia", "skill": "dementia", **said})


@pytest.mark.parametrize(
    ("said", "who"),
    [
        ({}, {"p1"}),
        ({"column": "long_term_conditions", "at_least": 3}, {"p2", "p3"}),
        ({"column": "tier", "values": ("none",)}, {"p2"}),
        ({"column": "age_band", "values": ("85-89", "90+")}, {"p3"}),
        ({"column": "segment", "values": (next(iter(NUMBERS)),)}, {"p1"}),
        ({"column": "palliative_care"}, set()),  # not built tonight
    ],
)
def test_a_rule_of_need_looks_at_a_feature_a_segment_a_tier_or_an_age_band(said: dict[str, Any], who: set[str]) -> None:
    tables = {
        "feature": features(dementia=[True, None, False], long_term_conditions=[2, 3, 4]),
        "selection": chosen(p1="case_management", p2="none"),
        "person": table(PseudonymisedPerson, {"pseudonym": "p1"}, {"pseudonym": "p3", "age_band": "90+"}),
        "score": table(Score, {"pseudonym": "p1", "score": SEGMENT, "band": next(iter(NUMBERS)), "version": "1"}),
    }
    found = needs_of([rule(**said)], ["p1", "p2", "p3", "p4"], tables)
    assert set(found["pseudonym"].to_pylist()) == who


def test_all_rules_count_and_of_weights_the_highest() -> None:
    tables = {"feature": features(dementia=[True, False, True], frailty=[1, 1, 0])}
    rules = [rule(weight=1.5), rule(skill="memory", weight=2, exit="in a home"), rule(column="long_term_conditions", at_least=1)]
    found = needs_of(rules, ["p1", "p2"], tables).to_pylist()
    assert found == [{"pseudonym": "p1", "weight_tenths": 20, "skills": ["dementia", "memory"], "exit": "in a home"}]


def test_pages_are_told_who_of_those_proposed_counts_as_more_than_one() -> None:
    """p1 and p2 are proposed: p1 by a rule with a weight, p2 by one of skill alone; p3 is on nobody's list."""
    found = features(dementia=[True, False, True], long_term_conditions=[1, 1, 1])
    tables = {"feature": found, "proposal": pa.table({"pseudonym": ["p1", "p2"]})}
    rules = [rule(weight=1.5), rule(column="long_term_conditions", at_least=1, skill="frailty")]
    assert weights_of(rules, tables).to_pylist() == [{"pseudonym": "p1", "weight_tenths": 15}]
    assert weights_of((), tables).to_pylist() == []


def test_events_are_the_last_use_of_the_services_and_referrals() -> None:
    known = features(days_since_last_emergency_inpatient=[3, 731, None])
    referred = table(
        Referral,
        {"pseudonym": "p2", "decision": "refer", "referral_date": dt.date(2026, 1, 5), "reason": "frailty"},
        {"pseudonym": "p3", "decision": "leave out", "referral_date": dt.date(2026, 1, 5), "reason": "frailty"},
    )
    found = events_of(("emergency_inpatient", "community"), known, referred, AS_AT).to_pylist()
    assert {(row["pseudonym"], row["event_date"]) for row in found} == {
        ("p1", dt.date(2026, 1, 28)),
        ("p2", dt.date(2026, 1, 5)),
    }
    assert events_of((), known, None, AS_AT).num_rows == 0


AP3 = {"id": "ap3", "team": "north", "capacity": 3}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"need": [{"id": "a", "column": "dementia"}]}, "a skill, a weight or an exit"),
        ({"need": [{"id": "a", "column": "dementiaa", "skill": "x"}]}, "names no feature"),
        ({"need": [{"id": "a", "column": "tier", "skill": "x"}]}, "need values"),
        ({"need": [{"id": "a", "column": "dementia", "skill": "x", "values": ["y"], "at_least": 1}]}, "not both"),
        ({"need": [{"id": "a", "column": "dementia", "weight": 1.25}]}, "in tenths"),
        ({"need": [{"id": "a", "column": "dementia", "weight": 0.5}]}, "greater than or equal to 1"),
        ({"need": [{"id": "a", "column": "dementia", "weight": 2}] * 2}, "must each be different"),
        ({"ward": [{"id": "w", "team": "south", "beds": 1}]}, "names a team that is not declared"),
        ({"professional": [{**AP3, "team": "south"}]}, "names a team that is not declared"),
        ({"professional": [{**AP3, "absence": [{"from_date": AS_AT, "to_date": "2026-01-01"}]}]}, "ends before it begins"),
        ({"professional": [{**AP3, "absence": [{"from_date": AS_AT}] * 2}]}, "begin on one day"),
        ({"professional": [{**AP3, "absence": [{"from_date": AS_AT, "cover": "ap3"}]}]}, "cover for herself"),
        ({"professional": [{**AP3, "absence": [{"from_date": AS_AT, "cover": "ap9"}]}]}, "same team and role"),
        (
            {
                "professional": [
                    {**AP3, "absence": [{"from_date": AS_AT, "cover": "cc1"}]},
                    {"id": "cc1", "team": "north", "capacity": 1, "role": "coordinator"},
                ]
            },
            "same team and role",
        ),
    ],
)
def test_a_setting_of_the_allocation_that_cannot_be_meant_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Configuration.model_validate({**SETTINGS, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"allocation": {"cover_after_days": 3}},
        {"need": []},
        {"ward": []},
        {"professional": [{**SETTINGS["professional"][0], "skills": []}, SETTINGS["professional"][1]]},
        {"professional": [{**SETTINGS["professional"][0], "absence": [{"from_date": AS_AT}]}, SETTINGS["professional"][1]]},
    ],
)
def test_every_setting_of_the_allocation_is_part_of_the_run_id(change: dict[str, Any]) -> None:
    same, other = (Configuration.model_validate({**SETTINGS, **each}) for each in ({}, change))
    assert same.digest() == Configuration.model_validate(SETTINGS).digest() != other.digest()
