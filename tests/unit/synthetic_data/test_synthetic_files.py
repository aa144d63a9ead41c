"""The files: names and headers of the layouts, codes of the lists, calendars, the same bytes again."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from area_on_disk import SETTINGS, Written, read_text

from pipelines.extracts import EXTRACTS
from pipelines.extracts.layout import TableLayout, fold
from pipelines.extracts.lookups import LOOKUPS
from schemas.code_lists import load
from schemas.nhs_number import read_nhs_numbers
from schemas.postcodes import standardise_postcode
from synthetic_data.area import AreaSettings, write_area
from synthetic_data.feeds import known_headers

TABLES = [(extract.source, table) for extract in EXTRACTS for table in extract.tables if not table.name.endswith("_tokens")] + [
    ("lookups", table) for table in LOOKUPS
]
NAMELESS = ("sus_apc", "sus_op", "ecds")


def digests(folder: Path) -> dict[str, str]:
    paths = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.mark.parametrize(("source", "table"), TABLES, ids=lambda value: getattr(value, "name", value))
def test_every_table_is_written_and_every_header_is_known(area: Written, source: str, table: TableLayout) -> None:
    files = [path for path in area.files(source, table.name) if re.fullmatch(rf"{table.name}(_[\d-]+(_refresh)?)?", path.stem)]
    assert files, "every table of every layout has a file"
    for path in files:
        headers = [fold(name) for name in read_text(path).column_names]
        assert set(headers) <= known_headers(table)
        required = {fold(item.name) for item in table.fields if item.required}
        assert required <= set(headers)


@pytest.mark.parametrize("source", NAMELESS)
def test_hospitals_send_no_names(area: Written, source: str) -> None:
    for path in area.files(source):
        assert not [name for name in read_text(path).column_names if "NAME" in fold(name)]


def test_a_table_comes_in_about_a_dozen_files(area: Written) -> None:
    assert len(area.files("sus_apc")) == 13
    assert [path.stem for path in area.files("cld")] == [
        "cld_2022-03", "cld_2023-03", "cld_2024-03", "cld_2025-03", "cld_2025-09", "cld_2026-03", "cld_2026-06", "cld_2026-09",
    ]  # fmt: skip
    assert area.summary.files == sum(len(area.files(folder.name)) for folder in area.inbox.iterdir())


@pytest.mark.parametrize(("source", "table", "column"), [
    ("sus_apc", "", "DISDATE"), ("sus_op", "", "APPTDATE"), ("ecds", "", "ARRIVAL_DATE"),
    ("csds", "CYP201CareContact", "CARE_CONTACT_DATE"), ("mhsds", "MHS201CareContact", "CareContDate"),
    ("gp", "gp_appointment", "start_date"),
])  # fmt: skip
def test_an_event_lies_in_the_file_of_its_month(area: Written, source: str, table: str, column: str) -> None:
    for path in area.files(source, table):
        period = re.search(r"\d{4}-\d\d", path.stem)
        assert period is not None
        dates = [value for value in read_text(path)[column].to_pylist() if re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])-\d\d", value)]
        assert max(dates)[:7] == period[0]
        if period[0] > "2026-03":
            assert min(dates)[:7] == period[0]


def test_a_refresh_adds_to_the_first_file_and_fills_its_gaps(area: Written) -> None:
    first, refresh = (read_text(path) for path in area.files("sus_op", "sus_op_2026-09"))
    keys = [set(table["ATTENDKEY"].to_pylist()) for table in (first, refresh)]
    assert keys[0] < keys[1]
    assert first["FINAL_PRICE"].null_count > refresh["FINAL_PRICE"].null_count
    for table in ("CYP001MPI", "CYP101Referral"):
        one, other = area.files("csds", f"{table}_2026-09")
        assert one.read_bytes() != other.read_bytes()


def test_few_rows_are_bad_on_purpose(area: Written) -> None:
    admissions = area.read("sus_apc")["ADMIDATE"]
    bad = pc.sum(pc.equal(admissions, "31/02/2025")).as_py()
    attended = area.read("sus_op")["ATTENDED"]
    unknown = pc.sum(pc.equal(attended, "Q")).as_py()
    assert 0 <= bad < 0.002 * len(admissions)
    assert 0 < unknown < 0.002 * len(attended)


@pytest.mark.parametrize(("source", "table", "column", "codes"), [
    ("sus_apc", "", "ADMIMETH", "admission_method"),
    ("sus_apc", "", "DISMETH", "discharge_method"),
    ("sus_apc", "", "DISDEST", "discharge_destination"),
    ("sus_apc", "", "NHSNOIND", "nhs_number_status"),
    ("sus_apc", "", "ETHNOS", "ethnic_category"),
    ("csds", "CYP201CareContact", "ATTENDANCE_STATUS", "attended_or_dna"),
    ("mhsds", "MHS518", "ClinReadyforDischDelayReason", "clin_ready_for_discharge_reasons"),
    ("mhsds", "MHS518", "AttribToIndic", "delayed_discharge_attribution"),
])  # fmt: skip
def test_codes_are_those_of_the_lists(area: Written, source: str, table: str, column: str, codes: str) -> None:
    values = {value for value in area.read(source, table)[column].to_pylist() if value is not None}
    assert values
    assert all(load(codes).find(value) is not None for value in values)


def test_kinds_of_admission_and_care_are_all_there(area: Written) -> None:
    spells = area.read("sus_apc")
    assert {"21", "2B", "11", "31", "82"} <= set(spells["ADMIMETH"].to_pylist())
    assert pc.max(spells["EPIORDER"].cast(pa.int64())).as_py() >= 2
    late = pc.less(spells["DISREADYDATE"], spells["DISDATE"])
    assert pc.sum(late).as_py() > 10
    care = area.read("cld")
    assert set(care["Event_Type"].to_pylist()) - {"Enquiry"} == {"Request", "Assessment", "Service", "Review"}
    files = [read_text(area.files("cld", f"cld_{name}")[0]) for name in ("2025-09", "2026-03")]
    first, second = (set(file["Service_Type"].to_pylist()) for file in files)
    assert "Long Term Support: Community" in first
    assert "Long term support: Community" in second
    assert {"Hourly", "Weekly", "One-off"} <= set(care["Cost_Frequency_Unit_Type"].to_pylist())


def test_release_2_carries_no_names_and_release_1_does(area: Written) -> None:
    assert "Family_Name" in read_text(area.files("cld", "cld_2025-09")[0]).column_names
    assert "Family_Name" not in read_text(area.files("cld", "cld_2026-03")[0]).column_names


def test_register_numbers_are_usable_and_unique_and_postcodes_have_a_form(area: Written) -> None:
    register = area.read("register", "register_2026")
    assert set(read_nhs_numbers(register["NHS_NUMBER"])["kind"].to_pylist()) == {"test_range"}
    assert len(set(register["NHS_NUMBER"].to_pylist())) == register.num_rows
    codes = {code for code in register["POSTCODE"].to_pylist() if code is not None}
    assert all(standardise_postcode(code) == code for code in codes)
    assert {"Y", "N"} == set(register["SENSITIVE_FLAG"].to_pylist())
    assert {"ZZ99"} <= {code[:4] for code in codes} | {"ZZ99"}


def test_the_register_holds_the_living_the_dead_and_the_departed(area: Written) -> None:
    register = area.read("register", "register_2026")
    gone = register.filter(pc.is_valid(register["REGISTERED_TO"]))
    assert register.num_rows - gone.num_rows == pytest.approx(area.summary.people, abs=30)
    assert 0 < pc.sum(pc.is_valid(register["DATE_OF_DEATH"])).as_py() < gone.num_rows


def test_opt_outs_come_in_the_national_form(area: Written) -> None:
    (listed,) = (area.inbox / "opt_outs").iterdir()
    lines = listed.read_text(encoding="ascii").splitlines()
    assert all(re.fullmatch(r"9\d{9},", line) for line in lines)
    assert len(lines) == pytest.approx(0.055 * area.summary.people, rel=0.3)


def test_visitors_come_to_departments_without_a_practice_here(area: Written) -> None:
    attendances = area.read("ecds")
    away = pc.equal(attendances["GENERAL_MEDICAL_PRACTICE_CODE"], "V81999")
    assert 0.005 < pc.mean(away.cast(pa.int8())).as_py() < 0.05


def test_the_same_settings_give_the_same_bytes(tmp_path: Path) -> None:
    settings = AreaSettings(500, 8, dt.date(2026, 4, 28), years=2)
    for name in ("one", "two"):
        write_area(settings, tmp_path / name / "inbox", tmp_path / name / "truth")
    assert digests(tmp_path / "one") == digests(tmp_path / "two")
    other = AreaSettings(500, 9, dt.date(2026, 4, 28), years=2)
    write_area(other, tmp_path / "other" / "inbox", tmp_path / "other" / "truth")
    changed = digests(tmp_path / "other")
    assert all(changed[name] != digest for name, digest in digests(tmp_path / "one").items() if "practices" not in name)


def test_there_are_about_nine_events_a_person_and_year(area: Written) -> None:
    assert area.summary.events / area.summary.people / SETTINGS.years == pytest.approx(9.0, abs=1.2)
