"""What becomes of a pair once clerks have judged it: the decision is replayed before any step, every night."""

from __future__ import annotations

import pytest

from linkage import Linked, LinkSettings, link_records
from linkage.review.judgements import standing
from linkage.steps.near_misses import NEAR_BITS
from schemas.identifiable import Judgement, RegisterMerger
from tests.judgement_rows import judged
from tests.linkage_tables import conflicts_of, drawn, person_records, register_mergers

# Twins, a family of one name, and a number that two sources share.
REGISTER = """
    id | number | status | given  | family | born       | sex | postcode | protected
    r1 | n1     | 01     | Jayden | Hill   | 2012-05-04 | 1   | M1 1AE   |
    r2 | n2     | 01     | Hayden | Hill   | 2012-05-04 | 1   | M1 1AE   |
    r3 | n3     | 01     | Joe    | Field  | 1983-02-03 | 1   | B33 8TH  |
    r4 | n4     | 01     | Vera   | Hidden | 1970-07-07 | 2   | B33 8TH  | yes
"""
SOURCES = """
    source     | id | number | status | given  | family | born       | sex | postcode
    gp         | p1 | n1     |        | Hayden | Hill   | 2012-05-04 | 1   | M1 1AE
    gp         | p2 | n3     | 01     | Joe    | Field  | 1983-02-03 | 1   | B33 8TH
    gp         | p3 |        |        | Joe    | Field  | 1983-02-03 | 1   | B33 8TH
    gp         | p4 |        |        | Joe    | Feild  | 1983-03-02 | 1   |
    gp         | p5 |        |        | Vera   | Hidden | 1970-07-07 | 2   | B33 8TH
    asc_person | c1 |        |        | Joe    | Field  | 1983-02-03 | 1   | B33 8TH
    cld        | c1 |        |        |        |        | 1983-02-03 |     |
"""


def linked_after(*said: str, mergers: object = None) -> Linked:
    records = person_records([*drawn(REGISTER, source="register"), *drawn(SOURCES)])
    return link_records(records, mergers or RegisterMerger.empty(), judgements=judged(*said))  # type: ignore[arg-type]


def decision(linked: Linked, local_id: str, source: str = "gp") -> tuple[str, str | None, set[str]]:
    """Step, resident, and the pairs shown to a clerk with their reason."""
    (match,) = [row for row in linked.matches.to_pylist() if (row["source"], row["local_patient_id"]) == (source, local_id)]
    shown = {
        f"{row['register_id']} {row['reason']}"
        for row in linked.review_pairs.to_pylist()
        if (row["source"], row["local_patient_id"]) == (source, local_id)
    }
    return match["step"], match["register_id"], shown


def test_without_judgements_the_twin_waits_for_a_clerk() -> None:
    linked = linked_after()
    assert decision(linked, "p1") == ("review", None, {"r1 twin", "r2 twin"})
    assert decision(linked, "p2") == ("cross_check", "r3", set())
    assert decision(linked, "p3") == ("alphanumeric", "r3", set())
    assert decision(linked, "c1", "cld") == ("same_local_id", "r3", set())


@pytest.mark.parametrize(("said", "step", "resident", "shown"), [
    (["gp p1 r2 link ann"],                              "judged", "r2", set()),
    (["gp p1 r2 unsure ann"],                            "review", None, {"r1 twin", "r2 twin"}),
    (["gp p1 r1 non-link ann"],                          "alphanumeric", "r2", set()),
    (["gp p1 r1 non-link ann", "gp p1 r2 link ann"],     "judged", "r2", set()),
    (["gp p1 r1 non-link ann", "gp p1 r2 non-link ann"], "unlinked", None, set()),
    (["gp p1 r2 link ann", "gp p1 r2 non-link bob"],     "review", None, {"r2 reviewers differ"}),
    (["gp p1 r2 link ann", "gp p1 r2 unsure bob"],       "review", None, {"r2 reviewers differ"}),
    (["gp p1 r2 link ann", "gp p1 r2 non-link bob", "gp p1 r2 link cat"], "judged", "r2", set()),
    (["gp p1 r2 non-link ann", "gp p1 r2 link ann"],     "judged", "r2", set()),
    (["gp p1 r1 link ann", "gp p1 r2 link ann"],         "review", None, {"r1 several candidates", "r2 several candidates"}),
    (["gp p1 r1 link ann", "gp p1 r2 link ann", "gp p1 r2 non-link bob", "gp p1 r2 non-link cat"], "judged", "r1", set()),
    (["gp p1 r2 link ann", "gp p1 r3 link ann", "gp p1 r3 non-link bob"], "judged", "r2", set()),
])  # fmt: skip
def test_what_stands_decides(said: list[str], step: str, resident: str | None, shown: set[str]) -> None:
    assert decision(linked_after(*said), "p1") == (step, resident, shown)


@pytest.mark.parametrize(("source", "local_id"), [("gp", "p2"), ("gp", "p3"), ("gp", "p4"), ("cld", "c1"), ("asc_person", "c1")])
def test_a_non_link_holds_in_every_step(source: str, local_id: str) -> None:
    step, resident, shown = decision(linked_after(f"{source} {local_id} r3 non-link ann"), local_id, source)
    assert (step, resident, shown) == ("unlinked", None, set())


def test_a_parted_pair_of_one_number_stays_a_conflict() -> None:
    assert ("p2", "one number, two people", "r3") in conflicts_of(linked_after("gp p2 r3 non-link ann"))


def test_a_judged_link_keeps_tonights_evidence_and_other_numbers_are_a_conflict() -> None:
    linked = linked_after("gp p1 r2 link ann")
    (match,) = [row for row in linked.matches.to_pylist() if row["step"] == "judged"]
    assert match["evidence"] == "nhs=different dob=same given=same family=same postcode=same gender=same practice=missing"
    assert match["match_weight"] is None
    assert ("p1", "one person, two numbers", "r2") in conflicts_of(linked)


def test_a_client_level_data_record_that_clerks_linked_follows_nobody() -> None:
    linked = linked_after("cld c1 r1 link ann")
    assert decision(linked, "c1", "cld") == ("judged", "r1", set())
    assert decision(linked, "c1", "asc_person") == ("alphanumeric", "r3", set())


def test_a_followers_leader_takes_her_along_when_judged() -> None:
    linked = linked_after("asc_person c1 r3 link ann")
    assert decision(linked, "c1", "asc_person") == ("judged", "r3", set())
    assert decision(linked, "c1", "cld") == ("same_local_id", "r3", set())


def test_protected_people_and_two_verified_numbers_are_never_linked_by_a_judgement() -> None:
    linked = linked_after("gp p5 r4 link ann", "gp p2 r1 link ann", "gp p9 r1 link ann", "gp p1 r9 non-link ann")
    assert decision(linked, "p5") == ("unlinked", None, set())
    assert decision(linked, "p2") == ("cross_check", "r3", set())
    assert linked.notes["judged links refused: protected"] == 1
    assert linked.notes["judged links refused: two verified numbers"] == 1
    assert linked.notes["judged pairs that are gone"] == 2


def test_protected_people_are_not_held_back_by_reviewers_who_differ() -> None:
    linked = linked_after("gp p5 r4 link ann", "gp p5 r4 non-link bob")
    assert decision(linked, "p5") == ("unlinked", None, set())


def test_a_decision_follows_the_person_when_the_register_merges_her_numbers() -> None:
    merged = register_mergers(n1="n2")
    assert decision(linked_after("gp p1 r1 link ann", mergers=merged), "p1") == ("judged", "r2", set())
    assert decision(linked_after("gp p1 r1 non-link ann", mergers=merged), "p1") == ("unlinked", None, set())
    assert decision(linked_after("gp p1 r1 link ann", "gp p1 r2 non-link bob", mergers=merged), "p1")[0] == "review"


def test_near_misses_lie_under_the_band_and_are_not_shown() -> None:
    slip = "source | id | given | family | born | sex | postcode\ngp | p1 | Ann | Field | 1983-02-03 | 2 |"
    records = person_records([*drawn(REGISTER, source="register"), *drawn(slip)])

    def found(review_weight: float) -> tuple[list[float], list[float]]:
        settings = LinkSettings(review_weight=review_weight, accept_weight=60.0)
        linked = link_records(records, RegisterMerger.empty(), settings)
        return linked.review_pairs["match_weight"].to_pylist(), linked.near_misses["match_weight"].to_pylist()

    ((weight,), none) = found(-30.0)
    assert none == []
    assert found(weight + 1) == ([], [weight])
    assert found(weight + NEAR_BITS + 1) == ([], [])


def test_the_order_of_judgements_changes_nothing() -> None:
    said = judged(
        "gp p1 r1 link ann", "gp p1 r1 non-link bob", "gp p1 r1 link ann", "gp p1 r1 non-link ann", "gp p2 r3 unsure ann"
    )
    backwards = Judgement.conform(said.take(list(range(said.num_rows))[::-1]))
    assert standing(said).equals(standing(backwards))
    assert standing(said)["decision"].to_pylist() == ["non-link", "unsure"]
    assert standing(said)["reviewers"].to_pylist() == [["ann", "bob"], ["ann"]]


def test_the_second_best_candidate_is_weighed_once_the_best_is_parted() -> None:
    crowd = """
        id | given | family | born       | sex | postcode
        r1 | Anna  | Hill   | 1950-05-04 | 2   | M1 1AE
        r2 | Anna  | Hill   | 1950-05-14 | 2   | M1 1AE
    """
    record = "source | id | given | family | born | sex | postcode\ngp | p1 | Anne | Hil | 1950-05-04 | 2 | M1 1AE"
    records = person_records([*drawn(crowd, source="register"), *drawn(record)])

    def candidates(linked: Linked) -> set[str]:
        linked_to = [row["register_id"] for row in linked.matches.to_pylist() if row["source"] == "gp" and row["register_id"]]
        return {*linked_to, *linked.review_pairs["register_id"].to_pylist(), *linked.near_misses["register_id"].to_pylist()}

    assert "r1" in candidates(link_records(records, RegisterMerger.empty()))
    parted = judged("gp p1 r1 non-link ann")
    assert candidates(link_records(records, RegisterMerger.empty(), judgements=parted)) == {"r2"}
