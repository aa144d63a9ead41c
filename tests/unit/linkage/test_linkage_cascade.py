"""The whole call: bad input, settings, review pairs, notes, waterfall and quality."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest

from linkage import LinkSettings, link_quality, link_records, waterfall
from linkage.quality.rates import MEASURES, NAMELESS_MEASURE
from linkage.quality.subgroups import age_bands
from linkage.quality.waterfall import WITHOUT_IDENTIFIERS
from schemas.errors import CaselinkError, ConfigurationError
from schemas.identifiable import LINK_STEPS, PersonRecord, RegisterMerger
from tests.linkage_tables import drawn, link_drawn, person_records

AS_AT = datetime.date(2026, 4, 1)
REGISTER = """
    id | number | status | given | family | born       | sex | postcode
    r1 | n1     | 01     | Ann   | Hill   | 1950-05-04 | 2   | M1 1AE
    r2 | n2     | 01     | Joe   | Field  | 1983-02-03 | 1   | B33 8TH
"""
SOURCES = """
    source | id | number | given | family | born       | sex | postcode | ethnic_category
    gp     | p1 | n1     | Ann   | Hill   | 1950-05-04 | 2   | M1 1AE   | A
    gp     | p2 |        | Joe   | Field  | 1983-02-03 | 1   | B33 8TH  | J
    gp     | p3 |        | Olga  | Orlova | 2001-12-12 | 2   |          |
    ecds   | e1 | n1     |       |        | 1950-05-04 | 2   |          |
    ecds   | e2 |        |       |        |            |     |          |
"""


def test_nothing_at_all() -> None:
    linked = link_records(PersonRecord.empty(), RegisterMerger.empty())
    assert (linked.matches.num_rows, linked.review_pairs.num_rows, linked.conflicts.num_rows, linked.waterfall.num_rows) == (
        0,
        0,
        0,
        0,
    )
    assert link_quality(PersonRecord.empty(), linked.matches, AS_AT).num_rows == 0


def test_no_register_and_no_sources() -> None:
    alone = link_records(person_records(drawn(SOURCES)), RegisterMerger.empty())
    assert set(alone.matches["step"].to_pylist()) == {"unlinked"}
    register = link_records(person_records(drawn(REGISTER, source="register")), RegisterMerger.empty())
    assert register.matches["register_id"].to_pylist() == ["r1", "r2"]


def test_columns_without_a_value() -> None:
    rows = drawn("source | id\nregister | r1\ngp | p1\ncld | p2\nasc_person | p2")
    linked = link_records(person_records(rows), RegisterMerger.empty())
    assert linked.matches["step"].to_pylist() == ["unlinked", "unlinked", "unlinked", "register"]


def test_repeated_ids_are_refused_without_naming_them() -> None:
    rows = drawn("source | id\ngp | secret-7\ngp | secret-7")
    with pytest.raises(CaselinkError, match="E-TABLE-KEY") as refusal:
        link_records(person_records(rows), RegisterMerger.empty())
    assert "secret" not in str(refusal.value)


def test_settings_are_used() -> None:
    with pytest.raises(ConfigurationError, match="E-LINK-ENGINE"):
        link_drawn(REGISTER, SOURCES, settings=LinkSettings(engine="abacus"))
    slip = "id | given | family | born | sex | postcode\np1 | Anne | Hil | 1950-05-04 | 2 | M1 1AE"
    lenient, _ = link_drawn(REGISTER, slip)
    strict, _ = link_drawn(REGISTER, slip, settings=LinkSettings(accept_weight=60.0))
    assert lenient.matches.filter(pa.compute.equal(lenient.matches["source"], "gp"))["step"].to_pylist() == ["probabilistic"]
    (pair,) = strict.review_pairs.to_pylist()
    assert (pair["register_id"], pair["reason"], pair["step"], pair["model_version"]) == (
        "r1",
        "band",
        "probabilistic",
        "fixed-2",
    )
    assert pair["match_weight"] > 8


def test_every_match_says_why() -> None:
    linked, _ = link_drawn(REGISTER, SOURCES)
    found = {row["local_patient_id"]: row for row in linked.matches.to_pylist()}
    assert found["p1"]["evidence"] == "nhs=same dob=same given=same family=same postcode=same gender=same practice=missing"
    assert (
        found["e1"]["evidence"] == "nhs=same dob=same given=missing family=missing postcode=missing gender=same practice=missing"
    )
    assert (found["p1"]["model_version"], found["p3"]["model_version"]) == ("cascade-2", "fixed-2")
    assert (found["p1"]["match_weight"], found["p1"]["margin"]) == (None, None)


def test_a_probabilistic_link_keeps_weight_and_margin() -> None:
    crowd = REGISTER + "    r3 | n3 | 01 | Anna | Hill | 1971-08-09 | 2 | M1 1AE\n"
    linked, _ = link_drawn(crowd, "id | given | family | born | sex | postcode\np1 | Anne | Hil | 1950-05-04 | 2 | M1 1AE")
    found = {row["local_patient_id"]: row for row in linked.matches.to_pylist()}["p1"]
    assert (found["step"], found["register_id"]) == ("probabilistic", "r1")
    assert found["match_weight"] > 8
    assert found["margin"] > 3


def test_review_shows_the_best_few() -> None:
    heads = "id | number | given | family | born | sex | postcode"
    crowd = [f"r{n} | n{n} | Ann{'abcdef'[n]} | Hill | 1950-05-04 | 2 | M1 1AE" for n in range(1, 6)]
    record = f"{heads}\np1 | | Annz | Hill | 1950-05-04 | 2 | M1 1AE"
    linked, _ = link_drawn("\n".join([heads, *crowd]), record, settings=LinkSettings(review_candidates=2))
    assert [row["reason"] for row in linked.review_pairs.to_pylist()] == ["twin", "twin"]


def test_blocks_over_the_cap_are_noted() -> None:
    linked, _ = link_drawn(REGISTER, SOURCES, settings=LinkSettings(block_cap=1))
    assert linked.notes["block keys over the cap"] == 0
    twice = REGISTER + "    r3 | n3 | 01 | Ann | Hill | 1971-08-09 | 2 | M1 1AE\n"
    slip = "id | given | family | born | sex | postcode\np1 | Anne | Hill | 1950-06-07 | 2 | M1 1AE"
    linked, _ = link_drawn(twice, slip, settings=LinkSettings(block_cap=1))
    assert linked.notes["block keys over the cap"] == 2
    assert linked.notes["pairs weighed"] == 0


def test_waterfall_counts_every_record_once() -> None:
    linked, _ = link_drawn(REGISTER, SOURCES)
    rows = {(row["source"], row["step"]): row["records"] for row in linked.waterfall.to_pylist()}
    assert rows["register", "register"] == 2
    assert rows["gp", "cross_check"] == 1
    assert rows["gp", "alphanumeric"] == 1
    assert rows["gp", "unlinked"] == 1
    assert rows["ecds", "unlinked"] == 1
    assert sum(rows.values()) == linked.matches.num_rows
    assert [step for source, step in rows if source == "gp"] == [
        step for step in LINK_STEPS if step not in ("register", *WITHOUT_IDENTIFIERS)
    ]
    assert waterfall(linked.matches).equals(linked.waterfall)


def test_quality_counts_by_group() -> None:
    linked, _ = link_drawn(REGISTER, SOURCES)
    records = person_records([*drawn(REGISTER, source="register"), *drawn(SOURCES)])
    rows = link_quality(records, linked.matches, AS_AT).to_pylist()
    found = {(row["measure"], row["breakdown"], row["category"]): (row["numerator"], row["denominator"]) for row in rows}
    assert found["records", "source", "gp"] == (3, None)
    assert found["records_linked", "source", "gp"] == (2, 3)
    assert found["records_linked_by_number", "source", "ecds"] == (1, 2)
    assert found[NAMELESS_MEASURE, "source", "ecds"] == (1, 2)
    assert found[NAMELESS_MEASURE, "source", "gp"] == (0, 3)
    assert found["records_linked_by_demographics", "ethnic_category", "J"] == (1, 1)
    assert found["records_unlinked", "ethnic_category", "not known"] == (2, 3)
    assert found["records_linked", "nhs_number", "present"] == (2, 2)
    assert found["records_linked", "nhs_number", "not present"] == (1, 3)
    assert found["records_linked", "age_band", "75-79"] == (2, 2)
    assert found["records_linked", "age_band", "not known"] == (0, 1)
    assert found["records_unlinked", "gender", "not known"] == (1, 1)
    decided = [name for name in MEASURES if name != "records_linked"]
    for breakdown, category in {(row["breakdown"], row["category"]) for row in rows}:
        total = found["records", breakdown, category][0]
        assert sum(found[name, breakdown, category][0] for name in decided) == total


def test_age_bands() -> None:
    born = [datetime.date(2026, 3, 31), datetime.date(1936, 4, 2), datetime.date(1936, 3, 31), datetime.date(2027, 1, 1), None]
    assert age_bands(pa.chunked_array([pa.array(born, pa.date32())]), AS_AT).to_pylist() == ["00-04", "85-89", "90+", None, None]
