"""How a place is won, kept and left, drawn: K places that reach to rank L; leave beyond 1.3 L; stay at least 28 days."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from schemas.errors import CaselinkError
from schemas.pseudonymised import Referral, Score, Selection
from stratify.select import Beside, TierCapacity, select
from stratify.select_places import Claim, Reach, give_places
from stratify.select_rising import Risen, rise_in_words, rising_places
from stratify.select_rules import SelectionRules
from tests.stratify_area import AS_AT, drawn, people_of

RULES = SelectionRules()
CASE, NAVIGATION, NONE = "case management", "care navigation", "none"
WORDS = {"case": CASE, "nav": NAVIGATION, "none": NONE}
# One of ten places may be emptied on a night: f leaves, and d after her.
# Ten places of case management reach to rank 10, five of care navigation from there to 15; 1.3 times that is 13 and 19.5.
TIERS = [Reach(CASE, 10, 10), Reach(NAVIGATION, 5, 15)]

STAYING = """
| who | rank | last | days | referred | tier | reason       | left             |
|-----|------|------|------|----------|------|--------------|------------------|
| a   | 1    | none |      |          | case | by rank      |                  |
| b   | 11   | case | 40   |          | case | stays        |                  |
| c   | 13   | case | 40   |          | case | stays        |                  |
| d   | 14   | case | 40   |          | case | leaves soon  |                  |
| e   | 30   | case | 27   |          | case | minimum stay |                  |
| f   | 31   | case | 28   |          | none | beyond       | beyond its reach |
| g   | 40   | none |      | yes      | case | referral     |                  |
| h   |      | none |      | yes      | case | referral     |                  |
| i   | 5    | nav  | 3    |          | case | by rank      | moved up         |
| j   | 16   | nav  | 40   |          | nav  | stays        |                  |
| k   | 15   | none |      |          | nav  | by rank      |                  |
| l   | 16   | none |      |          | none | beyond       |                  |
| m   |      | nav  | 90   |          | none | no score     | no score         |
"""  # fmt: skip

# Two places, reaching to rank 2. The referred come first, then those who stay, then those within reach.
FULL = """
| who | rank | last | days | referred | tier | reason       | left          |
|-----|------|------|------|----------|------|--------------|---------------|
| a   | 1    | none |      |          | none | waits        |               |
| b   | 2    | case | 40   |          | none | waits        | no place left |
| c   | 9    | case | 3    |          | case | minimum stay |               |
| d   | 8    | none |      | yes      | case | referral     |               |
| e   | 10   | case | 3    |          | none | beyond       | no place left |
"""  # fmt: skip


def claims_of(picture: str) -> list[Claim]:
    return [
        Claim(
            row["who"],
            int(row["rank"]) if "rank" in row else None,
            WORDS[row["last"]],
            AS_AT - dt.timedelta(int(row["days"])) if "days" in row else None,
            "referred" in row,
        )
        for row in drawn(picture)
    ]


@pytest.mark.parametrize(("picture", "tiers"), [(STAYING, TIERS), (FULL, [Reach(CASE, 2, 2)])])
def test_who_gets_a_place_and_who_leaves_it(picture: str, tiers: list[Reach]) -> None:
    found = give_places(claims_of(picture), tiers, RULES, AS_AT)
    for row in drawn(picture):
        place = found[row["who"]]
        assert (place.tier, place.reason, place.left) == (WORDS[row["tier"]], row["reason"], row.get("left")), row["who"]
        kept = WORDS[row["last"]] == place.tier and "days" in row
        assert place.since == (AS_AT - dt.timedelta(int(row["days"])) if kept else AS_AT), row["who"]


# The odds of 0.05 are 1 to 19, of 0.10 they are 1 to 9: 2.11 times. From 0.10 to 0.18 they grow to 1.98 times.
RISING = """
| who | before | now  | place |
|-----|--------|------|-------|
| a   | 0.05   | 0.10 | 3     |
| b   | 0.10   | 0.18 |       |
| c   | 0.01   | 0.04 |       |
| d   | 0.02   | 0.30 | 1     |
| e   |        | 0.90 |       |
| f   | 0.10   | 0.40 | 2     |
| g   | 0.30   | 0.10 |       |
| h   | 0.50   | 0.67 | 4     |
"""  # fmt: skip


def test_whose_risk_has_risen_most() -> None:
    """c doubles far below 5 in 100, of e nothing is known 90 days ago; h rises from 1 to 2.03 of odds."""
    people = [Risen(row["who"], float(row["now"]), float(row["before"]) if "before" in row else None) for row in drawn(RISING)]
    expected = {row["who"]: int(row["place"]) for row in drawn(RISING) if "place" in row}
    assert rising_places(people, 9, RULES) == expected
    assert rising_places(people, 2, RULES) == {"d": 1, "f": 2}
    assert rise_in_words(people[0], 90) == "about 10 in 100 now, 5 in 100 90 days before"
    assert rise_in_words(Risen("x", 0.06, 0.001), 30) == "about 6 in 100 now, fewer than 1 in 100 30 days before"


def test_exclusions_and_what_a_clinician_says_of_them() -> None:
    """By rule left out: a child, and who is in a care home where that is asked for. A clinician's word outranks a rule."""
    names = ["adult", "asked", "child", "home", "old", "referred", "spared"]
    bands = {"child": "10-14", "referred": "05-09"}
    people = people_of({"pseudonym": name, "age_band": bands.get(name, "80-84")} for name in names)
    scores = pa.Table.from_pylist(
        [
            {"pseudonym": n, "score": "emergency_admission_12_months", "value": 0.5, "reasons": ["why"], "version": "1"}
            for n in names
        ],
        schema=Score.arrow_schema(),
    )
    features = pa.table({"pseudonym": names, "care_home": [None, False, False, True, False, False, True]})
    said = [
        ("referred", "refer", 3, "carer strain"),
        ("spared", "refer", 90, "frailty"),
        ("asked", "leave out", 1, "end of life care"),
    ]
    said += [("old", "leave out", 91, "frailty")]
    referrals = pa.Table.from_pylist(
        [{"pseudonym": n, "decision": d, "referral_date": AS_AT - dt.timedelta(ago), "reason": r} for n, d, ago, r in said],
        schema=Referral.arrow_schema(),
    )
    rules = SelectionRules(exclude=("child", "care_home"))
    beside = Beside(features=features, referrals=referrals)
    table = select(people, scores, {"North": TierCapacity(3, 0, 0)}, as_at=AS_AT, rules=rules, beside=beside)
    found = {row["pseudonym"]: row for row in Selection.validate(table).to_pylist()}
    assert {name: row["exclusion"] for name, row in found.items() if row["exclusion"]} == {
        "asked": "clinician", "child": "child", "home": "care_home",
    }  # fmt: skip
    assert [name for name in names if found[name]["tier"] == CASE] == ["adult", "referred", "spared"]
    assert found["child"]["why"] == "left out of every tier: under 15, whose care is planned elsewhere; why"
    assert found["asked"]["why"] == "left out of every tier: a clinician asked for it yesterday (end of life care); why"
    assert found["referred"]["why"] == (
        "rank 3 of 4 in North; case management reaches to rank 3; referred 3 days ago: carer strain; why"
    )
    assert found["old"]["reason"] == "waits", "a request of 91 days ago holds no longer; a referral took the last place"


def test_rules_that_make_no_sense_are_refused() -> None:
    for wrong in ({"leave_below": 0.9}, {"minimum_stay_days": -1}, {"rising_odds": 1.0}, {"rising_share": 2.0}):
        with pytest.raises(CaselinkError, match="E-SELECT-RULES: a rule of selection is out of its range"):
            SelectionRules(**wrong)  # type: ignore[arg-type]
    with pytest.raises(CaselinkError, match="E-SELECT-RULES: an exclusion is none"):
        SelectionRules(exclude=("tall",))
    scores = pa.Table.from_pylist(
        [{"pseudonym": "a", "score": "emergency_admission_12_months", "version": "1"}], schema=Score.arrow_schema()
    )
    with pytest.raises(CaselinkError, match="E-SELECT-EXCLUSION: the exclusion care_home needs the column care_home"):
        select(people_of([{"pseudonym": "a"}]), scores, {}, as_at=AS_AT, rules=SelectionRules(exclude=("care_home",)))
