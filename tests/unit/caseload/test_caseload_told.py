"""Reasons on a list: in the order of the shares, each feed named once, mental health in a column of its own."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from caseload.lists import RISK, NightTables, build_list
from caseload.rising import rising
from caseload.told import MOST_FACTS, MOST_REASONS, ORDINARY, SINCE_LAST, of_groups, says_news, with_feeds
from schemas.pseudonymised import Fact, Reason
from stratify.reasons.categories import ORDINARY as ORDINARY_OF_FACTS
from stratify.reasons.since_last import SINCE_LAST as SINCE_LAST_OF_FACTS
from stratify.reasons.since_last import sentence
from stratify.reasons.wording import Words
from tests.unit.caseload.test_caseload_lists import TONIGHT, night

HOSPITAL, COUNCIL = "hospital data to 24 January", "council social care data to 31 December"


def reasons(*groups: str, score: str = RISK) -> pa.Table:
    rows = [
        {
            "pseudonym": "p1",
            "score": score,
            "place": place,
            "group": group,
            "share": 1.0 / place,
            "size": "x",
            "category": "ordinary",
        }
        for place, group in enumerate(groups, 1)
    ]
    return pa.Table.from_pylist(rows, schema=Reason.arrow_schema())


def facts(*rows: tuple[str, str | None, str, str | None, str]) -> pa.Table:
    names = ("fact", "group", "words", "told_by", "category")
    told = [
        {"pseudonym": "p1", "place": place, "plain_words": "x", **dict(zip(names, row, strict=True))}
        for place, row in enumerate(rows, 1)
    ]
    return pa.Table.from_pylist(told, schema=Fact.arrow_schema())


TOLD = (
    ("since_last", None, "Nothing new since 30 January.", None, "ordinary"),
    ("since_last", None, "Since 30 January: seen by a mental health team once.", None, "mental health"),
    ("nights", "time in hospital", "9 nights in hospital in 12 months", HOSPITAL, "ordinary"),
    ("emergency_admissions", "emergency_inpatient", "2 emergency admissions since March", HOSPITAL, "ordinary"),
    ("home_care", "social_care", "home care since June, 14 hours a week", COUNCIL, "ordinary"),
    ("sex", "sex", "female", None, "ordinary"),
    ("mental_health", "mental_health", "3 mental health contacts in January", None, "mental health"),
)


def row_of(area, *told, groups=("emergency_inpatient", "mental_health", "social_care", "time in hospital")):
    tonight = night(area, "p1", given=[("p1", RISK, 0.3, "high", ["short reason"])])
    tables = NightTables(
        tonight.proposals, tonight.selection, tonight.scores, tonight.people, tonight.features, reasons(*groups), facts(*told)
    )
    return build_list(tables, "north-team", TONIGHT).to_pylist()[0]


def test_a_list_tells_the_groups_that_raise_the_risk_in_their_order(area) -> None:
    row = row_of(area, *TOLD)
    assert row["reasons"] == (
        f"2 emergency admissions since March ({HOSPITAL}); home care since June, 14 hours a week ({COUNCIL}); "
        f"9 nights in hospital in 12 months ({HOSPITAL})"
    )
    assert row["since_last"] == "Nothing new since 30 January."
    assert row["reasons_restricted"] == (
        "3 mental health contacts in January; Since 30 January: seen by a mental health team once."
    )


def test_a_feed_is_named_once_for_facts_in_a_row() -> None:
    rows = facts(*TOLD[2:6]).to_pylist()
    assert with_feeds(rows) == (
        f"9 nights in hospital in 12 months; 2 emergency admissions since March ({HOSPITAL}); "
        f"home care since June, 14 hours a week ({COUNCIL}); female"
    )


def test_a_list_tells_five_groups_and_three_facts_of_each() -> None:
    many = [("x", group, f"{group} {number}", None, "ordinary") for group in "abcdefg" for number in range(4)]
    shown = of_groups("gfedcba", facts(*many).to_pylist())
    assert len(shown) == MOST_REASONS * MOST_FACTS
    assert [row["words"] for row in shown[:4]] == ["g 0", "g 1", "g 2", "f 0"]


def test_the_short_reasons_stand_in_only_where_there_are_no_others_at_all(area) -> None:
    assert row_of(area, TOLD[5])["reasons"] == "short reason"
    hidden = row_of(area, TOLD[6])
    assert (hidden["reasons"], hidden["reasons_restricted"]) == (None, "3 mental health contacts in January")


def test_words_agreed_with_the_reasons() -> None:
    assert (ORDINARY, SINCE_LAST) == (ORDINARY_OF_FACTS, SINCE_LAST_OF_FACTS)


def test_the_list_of_rising_risk_tells_the_same_and_keeps_mental_health_off_it(area) -> None:
    choices = [{"pseudonym": "p1", "rank": 9, "locality": "North", "rising_place": 1, "rising_why": "rose", "tier": "none"}]
    tonight = night(area, "p1", given=[("p1", RISK, 0.3, "high", ["short reason"])], choices=choices)
    tables = replace(tonight, reasons=reasons("emergency_inpatient", "mental_health"), facts=facts(*TOLD))
    row = rising(tables, "North").to_pylist()[0]
    assert row["reasons"] == f"2 emergency admissions since March ({HOSPITAL})"
    assert row["since_last"] == "Nothing new since 30 January."
    assert "mental" not in str(row)
    before = rising(tonight, "North").to_pylist()[0]
    assert (before["reasons"], before["since_last"]) == ("short reason", None)


def test_the_sentence_that_nothing_is_new_is_no_news() -> None:
    """As stratification words it: a list that marked everybody who has a sentence would mark everybody."""
    fall = [Words("at A&E once", "you went to A&E once")]
    for is_new in (False, True):
        assert not says_news(sentence("since 30 January", [], is_new=is_new).words)
        assert says_news(sentence("since 30 January", fall, is_new=is_new).words)
    assert not says_news(None)
