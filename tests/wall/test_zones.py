"""Lock 1: an identifier column declared in a pseudonymised or aggregate table raises when the class is created."""

from __future__ import annotations

import importlib
import inspect
import pickle
import pkgutil

import pytest

import schemas
from schemas.activity_types import ACTIVITY_ATTRIBUTES
from schemas.errors import GovernanceError, ZoneError
from schemas.identifiable import PersonRecord
from schemas.table import Table, text
from schemas.zones import IDENTIFIER_COLUMNS, IDENTIFIER_SUFFIXES, Zone, is_identifier

BEYOND_THE_WALL = [Zone.PSEUDONYMISED, Zone.AGGREGATE]

# What a person may not be known by; written out here so that a name dropped from the list of the floor is missed.
MUST_BE_REFUSED = [
    "nhs_number", "nhs_number_given", "person_id", "local_patient_id", "given_name", "other_given_name", "family_name",
    "previous_family_name", "alias",
    "date_of_birth", "date_of_death", "postcode", "previous_postcode", "address", "uprn", "telephone", "email", "event_reference",
    "register_id", "old_nhs_number", "new_nhs_number", "linked_local_patient_id", "mother_date_of_birth", "home_postcode",
    "surname", "forename", "dob", "name", "next_of_kin", "visiting_warnings",
]  # fmt: skip


EVERY_IDENTIFIER = sorted({*MUST_BE_REFUSED, *IDENTIFIER_COLUMNS, *(f"own{suffix}" for suffix in IDENTIFIER_SUFFIXES)})
CROSSES = ["pseudonym", "age_band", "month_of_death", "provider_code", "lsoa_code", "measure", "coordinator_id"]


def declare(zone: Zone, column: str) -> type[Table]:
    return type("MadeUp", (Table,), {"zone": zone, "key": (), column: text("a made-up column")})


@pytest.mark.parametrize("zone", BEYOND_THE_WALL)
@pytest.mark.parametrize("column", EVERY_IDENTIFIER)
def test_an_identifier_beyond_the_wall_raises_when_the_class_is_created(zone: Zone, column: str) -> None:
    with pytest.raises(ZoneError) as refusal:
        declare(zone, column)
    assert refusal.value.code == "E-ZONE-COLUMN"
    assert refusal.value.exit_code == GovernanceError.exit_code == 4
    assert column in str(refusal.value)
    assert pickle.loads(pickle.dumps(refusal.value)).message == refusal.value.message  # noqa: S301


@pytest.mark.parametrize("column", ["NHS_NUMBER", "NHSNumber", "nhsNumber", "Date of Birth", "Postcode", "linkedPersonId"])
def test_capitals_and_joins_do_not_hide_an_identifier(column: str) -> None:
    assert is_identifier(column)


@pytest.mark.parametrize("column", MUST_BE_REFUSED)
def test_identifiers_are_at_home_in_the_identifiable_zone(column: str) -> None:
    assert list(declare(Zone.IDENTIFIABLE, column).columns()) == [column]


@pytest.mark.parametrize("column", CROSSES)
def test_what_crosses_the_wall_is_not_refused(column: str) -> None:
    assert not is_identifier(column)
    assert list(declare(Zone.PSEUDONYMISED, column).columns()) == [column]


def test_a_table_cannot_inherit_its_way_across() -> None:
    crossed = type("Crossed", (PersonRecord,), {"zone": Zone.PSEUDONYMISED, "key": ()})
    assert crossed.columns() == {}  # type: ignore[attr-defined]


def shipped_tables() -> list[type[Table]]:
    for module in pkgutil.iter_modules(schemas.__path__, "schemas."):
        importlib.import_module(module.name)
    return [table for table in Table.__subclasses__() if table.__module__.startswith("schemas.")]


SHIPPED = shipped_tables()


@pytest.mark.parametrize("table", SHIPPED, ids=lambda table: table.__name__)
def test_shipped_tables_obey_and_say_what_they_mean(table: type[Table]) -> None:
    assert table.__doc__
    assert all(column.description for column in table.columns().values())
    assert table.key or table.order
    assert set(table.key) | set(table.order) <= set(table.columns())
    if table.zone is not Zone.IDENTIFIABLE:
        assert [name for name in table.columns() if is_identifier(name)] == []


def test_there_are_tables_in_every_zone() -> None:
    assert {table.zone for table in SHIPPED} == set(Zone)
    assert all(inspect.isclass(table) for table in SHIPPED)


def test_the_attributes_that_travel_with_an_event_hold_no_identifier() -> None:
    assert [field.name for field in ACTIVITY_ATTRIBUTES if is_identifier(field.name)] == []
