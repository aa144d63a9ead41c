"""Through the wall: who passes, which record speaks for a person, how coarse she becomes, and what a recipient gets."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb
import narwhals as nw
import pyarrow as pa
import pytest

from governance.keys import Domain, DomainKey, RootKey
from governance.person_rows import QUALITY_OF_STEP, RECORD_ORDER, age_bands, first_of_month
from governance.pseudonymise import (
    Lookups,
    pseudonymise_activity,
    pseudonymise_people,
    recipient_map,
    retokenise,
    retokenise_frame,
    tokens,
    without_records,
)
from governance.pseudonyms import pseudonym
from governance.wall import scan_strings
from schemas.activity_types import ACTIVITY_ATTRIBUTES
from schemas.errors import CaselinkError, ZoneError
from schemas.identifiable import LINK_STEPS, SOURCES, Activity, Link, PersonRecord
from schemas.pseudonymised import PseudonymisedActivity, PseudonymisedPerson
from tests.governance_drawings import nhs_number

AS_AT = dt.date(2024, 6, 15)
ONE, TWO, THREE = (f"{number:032x}" for number in (1, 2, 3))
NOBODY = pa.array([], pa.string())
LOOKUPS = Lookups(
    pa.table({"lsoa_code": ["E01000001", "E01000002"], "council": ["Northshire", "Southshire"], "deprivation_decile": [2, 9]}),
    pa.table({"gp_practice_code": ["A81001"], "locality": ["North"], "icb": ["QXX"]}),
)


def record(source: str, local: str, **values: Any) -> dict[str, Any]:
    return {"source": source, "local_patient_id": local, **values}


def records(*drawn: dict[str, Any]) -> pa.Table:
    names = PersonRecord.arrow_schema().names
    return pa.Table.from_pylist([{key: each.get(key) for key in names} for each in drawn], schema=PersonRecord.arrow_schema())


def links(*drawn: tuple[str, str, str, str]) -> pa.Table:
    """Links drawn as (source, local id, person, step)."""
    rows = [dict(zip(("source", "local_patient_id", "person_id", "step"), each, strict=True)) for each in drawn]
    return Link.conform(pa.Table.from_pylist([{**row, "model_version": "1"} for row in rows]))


@pytest.fixture
def people(working: DomainKey) -> Any:
    """The pseudonymised row of person ONE, whose records are drawn, all of them linked by number."""

    def row(*drawn: dict[str, Any]) -> dict[str, Any]:
        linked = links(*((each["source"], each["local_patient_id"], ONE, "confirmed_number") for each in drawn))
        table = pseudonymise_people(records(*drawn), linked, LOOKUPS, domain_key=working, excluded=NOBODY, as_at=AS_AT)
        assert table.num_rows == 1
        return dict(table.to_pylist()[0])

    return row


def test_a_register_record_becomes_a_person(people: Any, working: DomainKey) -> None:
    row = people(
        record(
            "register", nhs_number(1), nhs_number=nhs_number(1), given_name="Ann", family_name="Other", postcode="ZZ1 1ZZ",
            date_of_birth=dt.date(1950, 6, 16), gender="2", ethnic_category="A", lsoa_code="E01000001",
            gp_practice_code="A81001", registered_from=dt.date(2001, 3, 15),
        )
    )  # fmt: skip
    assert row == {
        "pseudonym": pseudonym(ONE, working),
        "age_band": "70-74",
        "gender": "2",
        "ethnic_category": "A",
        "lsoa_code": "E01000001",
        "deprivation_decile": 2,
        "council": "Northshire",
        "icb": "QXX",
        "gp_practice_code": "A81001",
        "locality": "North",
        "registered_from": dt.date(2001, 3, 1),
        "registered_to": None,
        "month_of_death": None,
        "link_quality": "number",
    }


@pytest.mark.parametrize(
    # register says    gp says       published
    ("column", "first", "second", "published"),
    [
        ("gender", "1", "2", "1"),
        ("gender", None, "2", "2"),
        ("gender", "X", "2", "2"),          # "not known" gives way
        ("gender", "X", None, "X"),
        ("ethnic_category", "99", "B", "B"),
        ("ethnic_category", "Z", "B", "Z"),  # "not stated" is her word
        ("lsoa_code", None, "E01000002", "E01000002"),
        ("gp_practice_code", None, "A81001", None),  # whose patient she is, only the register says
        ("gp_practice_code", "A81001", "A81002", "A81001"),
    ],
)  # fmt: skip
def test_the_register_speaks_first(
    people: Any, column: str, first: str | None, second: str | None, published: str | None
) -> None:
    row = people(record("gp", "g", **{column: second}), record("register", "r", **{column: first}))
    assert row[column] == published


def test_look_ups_follow_the_record_that_spoke(people: Any) -> None:
    row = people(record("register", "r", gp_practice_code="A81001"), record("gp", "g", lsoa_code="E01000002"))
    assert (row["council"], row["deprivation_decile"], row["locality"]) == ("Southshire", 9, "North")


def test_areas_the_look_ups_lack_stay_empty(people: Any) -> None:
    row = people(record("register", "r", lsoa_code="E01999999", gp_practice_code="Z99999"))
    assert (row["council"], row["deprivation_decile"], row["icb"], row["locality"]) == (None, None, None, None)
    assert (row["lsoa_code"], row["gp_practice_code"]) == ("E01999999", "Z99999")


def test_of_two_register_records_the_one_that_ends_last_speaks(people: Any) -> None:
    """A superseded number may still be in the list, under a smaller number."""
    for old, new in (("1", "2"), ("2", "1")):
        row = people(
            record("register", old, gp_practice_code="A81009", registered_to=dt.date(2020, 1, 1)),
            record("register", new, gp_practice_code="A81001", registered_from=dt.date(2019, 1, 1)),
            record("register", "3", gp_practice_code="A81008", registered_from=dt.date(2018, 1, 1)),
        )
        assert row["gp_practice_code"] == "A81001"


def test_without_a_register_record_the_best_other_one_speaks(people: Any) -> None:
    row = people(
        *(record(source, "1", gender=str(place), gp_practice_code=source) for place, source in enumerate(SOURCES) if place)
    )
    assert row["gp_practice_code"] == "gp"
    assert set(RECORD_ORDER) == set(SOURCES)


@pytest.mark.parametrize(
    ("column", "delivered", "name", "published"),
    [
        ("date_of_death", dt.date(2024, 6, 15), "month_of_death", dt.date(2024, 6, 1)),
        ("date_of_death", dt.date(2024, 6, 16), "month_of_death", None),   # not known yet at as_at
        ("registered_to", dt.date(2024, 5, 31), "registered_to", dt.date(2024, 5, 1)),
        ("registered_to", dt.date(2024, 6, 20), "registered_to", None),    # still registered at as_at
    ],
)  # fmt: skip
def test_what_happens_after_the_reference_date_is_not_known(
    people: Any, column: str, delivered: dt.date, name: str, published: dt.date | None
) -> None:
    assert people(record("register", "r", **{column: delivered}))[name] == published


@pytest.mark.parametrize(
    ("born", "band"),
    [
        ((2024, 6, 15), "00-04"),
        ((2019, 6, 16), "00-04"),
        ((2019, 6, 15), "05-09"),
        ((1934, 6, 16), "85-89"),
        ((1934, 6, 15), "90+"),
        ((1900, 1, 1), "90+"),
        ((2024, 6, 16), None),
        (None, None),
    ],
)
def test_age_bands(born: tuple[int, int, int] | None, band: str | None) -> None:
    births = pa.chunked_array([pa.array([dt.date(*born) if born else None], pa.date32())])
    assert age_bands(births, AS_AT).to_pylist() == [band]


def test_a_leap_day_birthday_comes_on_the_first_of_march() -> None:
    births = pa.array([dt.date(2004, 2, 29)])
    assert [age_bands(births, dt.date(2009, *day)).to_pylist()[0] for day in ((2, 28), (3, 1))] == ["00-04", "05-09"]


def test_months() -> None:
    assert first_of_month(pa.array([dt.date(2024, 2, 29), None])).to_pylist() == [dt.date(2024, 2, 1), None]


# --- link quality --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "word"),
    [
        (["register"], "number"),
        (["register", "cross_check", "confirmed_number"], "number"),
        (["register", "cross_check", "same_local_id"], "demographic"),
        (["register", "probabilistic", "alphanumeric"], "probabilistic"),
        (["unlinked"], "unlinked"),
        (["review"], "unlinked"),
    ],
)
def test_the_weakest_link_names_the_quality(working: DomainKey, steps: list[str], word: str) -> None:
    drawn = [("register" if step == "register" else "gp", str(place), ONE, step) for place, step in enumerate(steps)]
    table = pseudonymise_people(
        records(*(record(source, local) for source, local, _, _ in drawn)),
        links(*drawn), LOOKUPS, domain_key=working, excluded=NOBODY, as_at=AS_AT,
    )  # fmt: skip
    assert table["link_quality"].to_pylist() == [word]


def test_every_step_of_the_cascade_has_a_word() -> None:
    assert set(QUALITY_OF_STEP) == set(LINK_STEPS)


# --- who passes ---------------------------------------------------------------------------------------------------------------

AREA = records(
    record("register", "1"), record("gp", "a"), record("register", "2"), record("gp", "b", protected=True), record("cld", "c"),
    record("ecds", "never linked"),
)  # fmt: skip
AREA_LINKS = links(
    ("register", "1", ONE, "register"), ("gp", "a", ONE, "cross_check"), ("register", "2", TWO, "register"),
    ("gp", "b", TWO, "cross_check"), ("cld", "c", THREE, "unlinked"),
)  # fmt: skip


@pytest.mark.parametrize("excluded", [pa.array([THREE]), pa.chunked_array([[THREE], [ONE, None]])])
def test_opted_out_and_protected_people_are_nowhere(working: DomainKey, excluded: Any) -> None:
    passing = {pseudonym(each, working) for each in (ONE, TWO, THREE) if each not in {TWO, *excluded.to_pylist()}}
    persons = pseudonymise_people(AREA, AREA_LINKS, LOOKUPS, domain_key=working, excluded=excluded, as_at=AS_AT)
    given = tokens(AREA, AREA_LINKS, domain_key=working, excluded=excluded)
    assert set(persons["pseudonym"].to_pylist()) == set(given["pseudonym"].to_pylist()) == passing


def test_tokens_name_every_record_of_who_may_pass(working: DomainKey) -> None:
    given = tokens(AREA, AREA_LINKS, domain_key=working, excluded=NOBODY).to_pylist()
    one, three = pseudonym(ONE, working), pseudonym(THREE, working)
    assert [tuple(row.values()) for row in given] == [("cld", "c", three), ("gp", "a", one), ("register", "1", one)]


# --- activity -----------------------------------------------------------------------------------------------------------------


def activity(attributes: pa.StructType = ACTIVITY_ATTRIBUTES) -> pa.Table:
    day = pa.array([dt.date(2024, 1, 1)] * 3)
    said = pa.array([{attributes[0].name: "21"}, None, {attributes[0].name: "11"}], attributes)
    table = pa.table(
        {
            "source": ["gp", "cld", "ecds"],
            "local_patient_id": ["a", "c", "unknown"],
            "activity_type": ["gp_appointment", "social_care_service", "outpatient"],
            "start_date": day,
            "codes": pa.array([["I10X"], [], []], pa.list_(pa.string())),
            "cost_pence": [100, None, 3],
        }
    )
    return Activity.conform(table).drop_columns(["attributes"]).append_column("attributes", said)


def lazy(connection: duckdb.DuckDBPyConnection, table: pa.Table) -> nw.LazyFrame[Any]:
    return nw.from_native(connection.from_arrow(table))


def test_activity_leaves_its_source_behind(working: DomainKey) -> None:
    with duckdb.connect() as connection:
        given = lazy(connection, tokens(AREA, AREA_LINKS, domain_key=working, excluded=NOBODY))
        out = pseudonymise_activity(lazy(connection, activity()), given).collect("pyarrow").to_native()
    assert out.column_names == list(PseudonymisedActivity.columns())
    rows = PseudonymisedActivity.sort(PseudonymisedActivity.validate(out)).to_pylist()
    assert {(row["pseudonym"], row["activity_type"], row["cost_pence"]) for row in rows} == {
        (pseudonym(ONE, working), "gp_appointment", 100),
        (pseudonym(THREE, working), "social_care_service", None),
    }
    assert [row["attributes"]["admission_method"] for row in rows if row["attributes"]] == ["21"]
    scan_strings(out)


def test_an_attribute_nobody_allowed_does_not_travel(working: DomainKey) -> None:
    more = pa.struct([*ACTIVITY_ATTRIBUTES, pa.field("free_text", pa.string()), pa.field("case_note", pa.string())])
    with duckdb.connect() as connection:
        given = lazy(connection, tokens(AREA, AREA_LINKS, domain_key=working, excluded=NOBODY))
        with pytest.raises(ZoneError, match=r"^E-ZONE-ATTRIBUTE: .* 2 attributes .* case_note"):
            pseudonymise_activity(lazy(connection, activity(more)), given)
        without = activity().drop_columns(["attributes"]).append_column("attributes", pa.array(["text"] * 3))
        with pytest.raises(ZoneError, match=r"^E-ZONE-ATTRIBUTE: "):
            pseudonymise_activity(lazy(connection, without), given)


# --- recipients ---------------------------------------------------------------------------------------------------------------


def test_a_recipient_gets_her_own_pseudonyms_in_their_own_order(root: RootKey, working: DomainKey) -> None:
    ids = [f"{number:032x}" for number in range(50)]
    keys = [DomainKey(root, Domain(team, "case management")) for team in ("north", "south")]
    rows = pa.table({"pseudonym": [pseudonym(each, working) for each in ids], "value": range(50)}).sort_by("pseudonym")
    north, south = (retokenise(rows, recipient_map(pa.array([*ids, *ids]), working, key)) for key in keys)
    for table, key in ((north, keys[0]), (south, keys[1])):
        assert table["pseudonym"].to_pylist() == sorted(table["pseudonym"].to_pylist())
        assert dict(zip(table["value"].to_pylist(), table["pseudonym"].to_pylist(), strict=True)) == {
            number: pseudonym(each, key) for number, each in enumerate(ids)
        }
    assert not set(north["pseudonym"].to_pylist()) & set(south["pseudonym"].to_pylist())
    assert north["value"].to_pylist() != south["value"].to_pylist()


def test_a_big_table_is_retokenised_the_same(root: RootKey, working: DomainKey) -> None:
    mapping = recipient_map(pa.chunked_array([[ONE, TWO]]), working, DomainKey(root, Domain("csu", "analysis")))
    rows = pa.table({"value": [1, 2, 3], "whose": [pseudonym(each, working) for each in (TWO, ONE, TWO)]})
    with duckdb.connect() as connection:
        frame = retokenise_frame(lazy(connection, rows), lazy(connection, mapping), column="whose")
        found = frame.collect("pyarrow").to_native()
    by = [("whose", "ascending"), ("value", "ascending")]
    assert found.sort_by(by).equals(retokenise(rows, mapping, column="whose").sort_by(by))


def test_a_pseudonym_of_another_night_is_refused(root: RootKey, working: DomainKey) -> None:
    mapping = recipient_map(pa.array([ONE]), working, DomainKey(root, Domain("csu", "analysis")))
    rows = pa.table({"pseudonym": [pseudonym(TWO, working), None]})
    with pytest.raises(CaselinkError, match=r"^E-RETOKENISE: 1 rows"):
        retokenise(rows, mapping)


def test_the_working_domain_never_leaves(working: DomainKey) -> None:
    with pytest.raises(CaselinkError, match=r"^E-RETOKENISE-DOMAIN: "):
        recipient_map(pa.array([ONE]), working, working)


def test_nobody(working: DomainKey) -> None:
    empty = pseudonymise_people(records(), Link.empty(), LOOKUPS, domain_key=working, excluded=NOBODY, as_at=AS_AT)
    assert empty.equals(PseudonymisedPerson.empty())
    assert tokens(records(), Link.empty(), domain_key=working, excluded=NOBODY).num_rows == 0


def test_a_type_1_objection_takes_away_what_the_practice_says_and_nothing_else(working: DomainKey) -> None:
    drawn = records(
        record("register", "1", gp_practice_code="A81001", date_of_birth=dt.date(1950, 3, 4)),
        record("gp", "A81001:1", ethnic_category="A"),
        record("ecds", "E1"),
        record("gp", "A81001:2", ethnic_category="B"),
    )
    linked = links(
        ("register", "1", ONE, "register"), ("gp", "A81001:1", ONE, "cross_check"), ("ecds", "E1", ONE, "cross_check"),
        ("gp", "A81001:2", TWO, "unlinked"),
    )  # fmt: skip
    left = without_records(drawn, linked, "gp", frozenset({ONE}))
    assert left["local_patient_id"].to_pylist() == ["1", "E1", "A81001:2"]
    assert without_records(drawn, linked, "gp", frozenset()) is drawn
    passed = tokens(left, linked, domain_key=working, excluded=NOBODY).to_pylist()
    assert [(row["source"], row["local_patient_id"]) for row in passed] == [("ecds", "E1"), ("gp", "A81001:2"), ("register", "1")]
    people = pseudonymise_people(left, linked, LOOKUPS, domain_key=working, excluded=NOBODY, as_at=AS_AT)
    assert sorted(str(category) for category in people["ethnic_category"].to_pylist()) == ["B", "None"]
