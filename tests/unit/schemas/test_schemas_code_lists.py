"""Code lists: folded and trimmed, unknown values stay unknown, Release 1 wording becomes Release 2 wording."""

from __future__ import annotations

import pyarrow as pa
import pytest

from schemas.code_lists import CodeList, fold, load, load_client_level, names, reference_rows, source_of, to_release_2
from schemas.distinct import map_distinct
from schemas.errors import CaselinkError

LISTS = [name for name in names() if not name.startswith(("cld_", "nhs_number_ranges", "nhs_number_placeholders"))]


@pytest.mark.parametrize("name", names())
def test_every_table_has_rows_and_a_source(name: str) -> None:
    assert len(reference_rows(name)) >= 3
    assert len(source_of(name)) > 10


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_codes_with_meanings(name: str) -> None:
    listed = load(name)
    assert listed.name == name
    assert listed.source == source_of(name)
    assert all(code == code.strip() and meaning for code, meaning in listed.codes.items())
    assert len({fold(code) for code in listed.codes}) == len(listed.codes)
    assert load(name) is listed


def test_known_is_folded_and_trimmed_and_null_stays_null() -> None:
    values = pa.array(["2A", "2a", " 21\t", "77", "", None])
    assert load("admission_method").known(values).to_pylist() == [True, True, True, False, False, None]


def test_known_keeps_the_shape_of_chunks() -> None:
    values = pa.chunked_array([["01"], [], ["zz", None]])
    known = load("nhs_number_status").known(values)
    assert isinstance(known, pa.ChunkedArray)
    assert known.to_pylist() == [True, False, None]


def test_spelled_gives_the_lists_own_spelling() -> None:
    assert load("admission_method").spelled(pa.array([" 2b", "99", "2Z", None])).to_pylist() == ["2B", "99", None, None]


def test_a_list_cannot_be_changed_by_its_reader() -> None:
    with pytest.raises(TypeError):
        load("ethnic_category").codes["Q"] = "new"  # type: ignore[index]


@pytest.mark.parametrize(
    ("code", "attempt"),
    [
        ("E-REFERENCE-NAME", lambda: load("no_such_list")),
        ("E-REFERENCE-LIST", lambda: load("nhs_number_ranges")),
        ("E-REFERENCE-FIELD", lambda: load_client_level("No_Such_Field")),
        ("E-REFERENCE-SOURCE", lambda: source_of("no_such_list")),
    ],
)
def test_refusals_are_coded(code: str, attempt: object) -> None:
    with pytest.raises(CaselinkError) as refusal:
        attempt()  # type: ignore[operator]
    assert refusal.value.code == code


REWORDED = [
    # field                    delivered                                              Release 2
    ("Client_Type",            "Service User",                                        "Service user"),
    ("Client_Type",            "Service user",                                        "Service user"),
    ("Client_Type",            "SERVICE USER ",                                       "Service user"),
    ("Client_Type",            "Carer",                                               "Unpaid carer"),
    ("client_type",            "carer known by association",                          "Unpaid carer known by association"),
    ("Service_Type",           "Short Term Support: ST-Max",                          "Short term support: ST-Max"),
    ("Service_Type",           "long term support:  residential care",                "Long term support: Residential care"),
    ("Service_Type",           "Carer Support: Direct to Carer",
                               "Unpaid carer support: Direct to unpaid carer"),
    ("Service_Type",           "Carer Support: Support involving the person cared-for",
                               "Unpaid carer support: Support involving the person cared-for"),
    ("Event_Outcome",          "PROGRESS TO REABLEMENT/ST-MAX",                       "Progress to reablement/ST-Max"),
    ("Primary_Support_Reason", "learning disability support",                         "Learning Disability Support"),
    ("Cost_Frequency_Unit_Type", " Weekly",                                           "Weekly"),
    ("Service_Component",      " Something new ",                                     "Something new"),
    ("Service_Type",           "  ",                                                  None),
    ("Service_Type",           None,                                                  None),
]  # fmt: skip


@pytest.mark.parametrize(("field", "delivered", "release_2"), REWORDED)
def test_release_1_wording_becomes_release_2_wording(field: str, delivered: str | None, release_2: str | None) -> None:
    once = to_release_2(field, pa.array([delivered], pa.string()))
    assert once.to_pylist() == [release_2]
    assert to_release_2(field, once).to_pylist() == [release_2]


def test_every_listed_release_1_value_has_one_in_release_2_where_the_field_has_release_2_values() -> None:
    rows = reference_rows("cld_codes")
    release_2 = {(row["field"], row["value"]) for row in rows if "R2" in row["release"]}
    fields = {field for field, _ in release_2}
    reworded = [(row["field"], row["release_2_value"]) for row in rows if row["release"] == "R1" and row["field"] in fields]
    assert len(reworded) == 12
    assert set(reworded) <= release_2


def test_patterns_stand_for_what_begins_so() -> None:
    frequency = load_client_level("Cost_Frequency_Unit_Type")
    values = pa.array(["Weekly", "4-weekly", "One-off", "one-off payment", "daily"])
    assert frequency.spelled(values).to_pylist() == ["week%", "4-week%", "one-off", None, None]


def test_a_partial_list_says_so() -> None:
    assert load_client_level("Service_Component").partial
    assert not load_client_level("Client_Type").partial


def test_of_two_spellings_that_fold_alike_the_first_counts() -> None:
    assert CodeList("made up", {"Ab": "one", "aB": "two"}, "here").find("AB") == "Ab"


def test_work_is_done_once_per_distinct_value() -> None:
    seen: list[str] = []
    answers = map_distinct(pa.chunked_array([["a", "b", None], ["a"]]), lambda text: seen.append(text) or len(text), pa.int8())
    assert seen == ["a", "b"]
    assert answers.to_pylist() == [1, 1, None, 1]
    assert map_distinct(pa.array([], pa.string()), str.upper).to_pylist() == []
