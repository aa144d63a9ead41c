"""Quality tables: groups, shares with their intervals, nameless records apart, deprivation, and the weights."""

from __future__ import annotations

import datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage import link_quality, weight_distribution
from linkage.quality.shares import Share, share_rows
from linkage.quality.subgroups import BREAKDOWNS, subgroups
from linkage.quality.weight_distribution import HIGHEST_BIN, LOWEST_BIN
from schemas.aggregate import Measure, WeightBin
from schemas.identifiable import Match, PersonRecord, ReviewPair
from schemas.intervals import wilson
from tests.linkage_tables import drawn, link_drawn, person_records

AS_AT = datetime.date(2026, 3, 31)

REGISTER = """
    id | number | given | family | born       | sex | postcode | lsoa_code
    r1 | n1     | Ada   | Hill   | 1950-05-01 | 2   | AA1 1AA  | E01000001
    r2 | n2     | Ben   | Wood   | 1980-06-02 | 1   | AA1 1AB  | E01000002
    r3 | n3     | Cyd   | Wood   | 1985-06-02 | 1   | AA1 1AB  | E01000001
"""
SOURCES = """
    id | number | given | family | born       | sex | postcode | lsoa_code | source
    g1 | n1     | Ada   | Hill   | 1950-05-01 | 2   | aa11aa   |           | gp
    g2 |        | Zoe   | Nobody | 2001-01-01 |     | ZZ99 3VZ |           | gp
    e1 | n2     |       |        | 1980-06-02 | 1   | AA1 1AA  | E01000009 | ecds
    e2 |        |       |        | 1999-09-09 | 1   | AA1 1AB  |           | ecds
    e3 |        |       |        |            |     |          |           | ecds
"""
AREAS = pa.table({"lsoa_code": ["E01000001", "E01000002", "E01000009"], "deprivation_decile": [1, 10, None]})


def tables() -> tuple[pa.Table, pa.Table]:
    linked, _ = link_drawn(REGISTER, SOURCES)
    return person_records([*drawn(REGISTER, source="register"), *drawn(SOURCES)]), linked.matches


def shares(areas: pa.Table | None = AREAS) -> dict[tuple[str, str, str], dict[str, Any]]:
    rows = link_quality(*tables(), AS_AT, areas).to_pylist()
    return {(row["measure"], row["breakdown"], row["category"]): row for row in rows}


def counts(row: dict[str, Any]) -> tuple[int, int | None]:
    return row["numerator"], row["denominator"]


def test_groups_of_each_record() -> None:
    records, _ = tables()
    found = {row["local_patient_id"]: row for row in subgroups(records, AS_AT, AREAS).to_pylist()}
    assert found["g1"] == {
        "source": "gp", "local_patient_id": "g1", "all": "all", "names": "with names", "nhs_number": "present",
        "age_band": "75-79", "gender": "2", "ethnic_category": "not known", "deprivation_decile": "1",
    }  # fmt: skip
    assert set(BREAKDOWNS) < set(found["g1"])
    assert {name: found["e3"][name] for name in ("names", "nhs_number", "age_band", "gender")} == {
        "names": "without names", "nhs_number": "not present", "age_band": "not known", "gender": "not known",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("record", "decile"),
    [
        ("r2", "10"),         # the area the record names
        ("g1", "1"),          # none: that of her postcode in the register, however it is written
        ("e2", "1"),          # two areas at one postcode: the first code
        ("e1", "not known"),  # an area without a decile is not made up from the postcode
        ("g2", "not known"),  # ZZ99 is no place
        ("e3", "not known"),
    ],
)  # fmt: skip
def test_deprivation_of_a_record(record: str, decile: str) -> None:
    records, _ = tables()
    found = {row["local_patient_id"]: row["deprivation_decile"] for row in subgroups(records, AS_AT, AREAS).to_pylist()}
    assert found[record] == decile


def test_without_areas_no_decile_is_known() -> None:
    records, _ = tables()
    assert set(subgroups(records, AS_AT)["deprivation_decile"].to_pylist()) == {"not known"}
    assert set(subgroups(records, AS_AT, AREAS.slice(0, 0))["deprivation_decile"].to_pylist()) == {"not known"}


def test_nameless_records_are_counted_apart_and_together() -> None:
    found = shares()
    assert counts(found["records_linked", "all", "all"]) == (2, 5)
    assert counts(found["records_linked", "all, with names", "all"]) == (1, 2)
    assert counts(found["records_linked", "all, without names", "all"]) == (1, 3)
    assert counts(found["records_linked", "names", "without names"]) == (1, 3)
    assert counts(found["records_linked", "gender, without names", "1"]) == (1, 2)
    assert ("records_linked", "gender, with names", "1") not in found
    assert not [breakdown for _, breakdown, _ in found if breakdown.startswith("names,")]
    assert counts(found["records_unlinked", "deprivation_decile", "1"]) == (1, 2)


def test_every_share_has_its_wilson_interval() -> None:
    found = shares()
    for (name, *_), row in found.items():
        if name == "records":
            assert row["rate"] is row["rate_low"] is row["rate_high"] is None
        else:
            low, high = wilson(row["numerator"], row["denominator"])
            assert (row["rate_low"], row["rate_high"]) == (pytest.approx(low), pytest.approx(high))
    assert not any(row["suppressed"] for row in found.values())


def test_the_order_of_rows_changes_nothing() -> None:
    records, matches = tables()
    turned = [table.take(list(reversed(range(table.num_rows)))) for table in (records, matches)]
    assert link_quality(*turned, AS_AT, AREAS).equals(link_quality(records, matches, AS_AT, AREAS))


def test_nobody_to_count() -> None:
    assert link_quality(PersonRecord.empty(), Match.empty(), AS_AT, AREAS).equals(Measure.empty())
    assert share_rows([], AS_AT).equals(Measure.empty())


def test_a_share_of_nobody_has_no_rate() -> None:
    row = share_rows([Share("m", "b", "c", 0, 0)], AS_AT).to_pylist()[0]
    assert row["rate"] is row["rate_low"] is row["rate_high"] is None


def weighed(*rows: tuple[str, float | None]) -> pa.Table:
    """Matches by step and weight."""
    told = [
        {"source": "gp", "local_patient_id": str(n), "step": step, "match_weight": weight, "model_version": "m"}
        for n, (step, weight) in enumerate(rows)
    ]
    return pa.Table.from_pylist(told, schema=Match.arrow_schema())


def test_bins_run_without_a_gap_from_threshold_to_threshold() -> None:
    matches = weighed(
        ("probabilistic", 9.0), ("probabilistic", 9.99), ("review", 3.2), ("review", None), ("unlinked", -0.01),
        ("cross_check", None), ("same_local_id", 9.5),
    )  # fmt: skip
    rows = weight_distribution(matches, ReviewPair.empty(), review_weight=0.0, accept_weight=11.5).to_pylist()
    assert [row["bin_from"] for row in rows] == list(range(-1, 12))
    assert all(row["bin_to"] - row["bin_from"] == 1 for row in rows)
    counted = {row["bin_from"]: (row["linked"], row["review"], row["unlinked"]) for row in rows}
    assert {start: found for start, found in counted.items() if any(found)} == {-1: (0, 0, 1), 3: (0, 1, 0), 9: (2, 0, 0)}
    assert {(row["review_weight"], row["accept_weight"]) for row in rows} == {(0.0, 11.5)}


def test_an_unlinked_record_is_counted_by_its_nearest_miss() -> None:
    matches = weighed(("unlinked", None), ("unlinked", None), ("probabilistic", 9.0))
    told = [
        {"source": "gp", "local_patient_id": record, "register_id": resident, "step": "probabilistic", "reason": "near miss",
         "match_weight": weight, "model_version": "m"}
        for record, resident, weight in (("0", "r1", -3.5), ("0", "r2", -1.5), ("2", "r1", -2.0))
    ]  # fmt: skip
    near = pa.Table.from_pylist(told, schema=ReviewPair.arrow_schema())
    rows = weight_distribution(matches, near, review_weight=0.0, accept_weight=8.0).to_pylist()
    assert {row["bin_from"]: row["unlinked"] for row in rows if row["unlinked"]} == {-2.0: 1}
    assert sum(row["linked"] for row in rows) == 1


def test_where_nothing_was_weighed_there_are_no_bins() -> None:
    assert weight_distribution(weighed(("cross_check", None)), ReviewPair.empty(), review_weight=0, accept_weight=8).equals(
        WeightBin.empty()
    )


@settings(deadline=None, max_examples=50)
@given(st.lists(st.tuples(st.sampled_from(["probabilistic", "review", "unlinked"]), st.floats(-90, 90)), min_size=1, max_size=40))
def test_every_weighed_record_is_in_one_bin(rows: list[tuple[str, float]]) -> None:
    bins = weight_distribution(weighed(*rows), ReviewPair.empty(), review_weight=-3.5, accept_weight=8.25).to_pylist()
    assert sum(row["linked"] + row["review"] + row["unlinked"] for row in bins) == len(rows)
    for step, outcome in (("probabilistic", "linked"), ("review", "review")):
        for row in bins:
            inside = [w for s, w in rows if s == step and row["bin_from"] <= min(max(w, LOWEST_BIN), HIGHEST_BIN) < row["bin_to"]]
            assert row[outcome] == len(inside)
