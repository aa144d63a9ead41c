"""The contract every extract keeps, checked when it is imported; code lists, mappings, look-ups, the page."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from governance.opt_outs import UNUSABLE_SHARE
from pipelines.engine import Engine
from pipelines.extracts import EXTRACTS, events
from pipelines.extracts.assemble import assemble
from pipelines.extracts.casting import converted_schema
from pipelines.extracts.codes import code_list
from pipelines.extracts.landed import LandedFile, LandedSource
from pipelines.extracts.layout import Extract, Field, FieldType, TableLayout, fold
from pipelines.extracts.lookups import read_lookups
from pipelines.extracts.mappings import PRESETS, ColumnNames, load_mappings
from pipelines.extracts.reference_page import reference_page
from schemas.errors import CaselinkError, ConfigurationError
from schemas.identifiable import SOURCES, Activity, PersonRecord

LAYOUTS = [(extract, layout) for extract in EXTRACTS for layout in extract.tables]
NAMES = [layout.name for _, layout in LAYOUTS]


def test_every_source_has_one_extract() -> None:
    assert {extract.source for extract in EXTRACTS} == set(SOURCES)
    assert len(EXTRACTS) == len(SOURCES)
    assert [extract.source for extract in EXTRACTS if extract.required] == ["register"]


@pytest.mark.parametrize(("extract", "layout"), LAYOUTS, ids=NAMES)
def test_a_layout_has_words_and_keys(extract: Extract, layout: TableLayout) -> None:
    assert extract.title
    assert extract.calendar
    assert layout.title
    assert all(item.description for item in layout.fields)
    assert layout.person_key or layout.event_key
    assert extract.to_person_records.__doc__
    assert extract.to_activity.__doc__


@pytest.mark.parametrize(("extract", "layout"), LAYOUTS, ids=NAMES)
def test_no_alias_is_another_columns_name(extract: Extract, layout: TableLayout) -> None:
    names = [fold(item.name) for item in layout.fields]
    aliases = [fold(alias) for item in layout.fields for alias in item.aliases]
    assert extract.table(layout.name) is layout
    assert len(set(aliases)) == len(aliases)
    assert not set(aliases) & set(names)


ONE = Field("A", FieldType.TEXT, "a")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"fields": (ONE, dataclasses.replace(ONE, name="a"))}, "fold to one name"),
        ({"fields": (dataclasses.replace(ONE, person="shoe_size"),)}, "PersonRecord has no column shoe_size"),
        ({"event_key": (("B",),)}, "B is used"),
        ({"any_of": ("B",)}, "B is used"),
    ],
)
def test_a_layout_that_contradicts_itself_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        TableLayout(**{"name": "x", "title": "x", "fields": (ONE,), **wrong})  # type: ignore[arg-type]


def test_a_code_list_must_exist() -> None:
    with pytest.raises(KeyError):
        TableLayout("x", "x", (dataclasses.replace(ONE, codes="shoe_sizes"),))


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"source": "shoes"}, "shoes is not a source"),
        ({"to_activity": None}, "must both be functions"),
        ({"attributes": ("shoe_size",)}, "no key shoe_size"),
        ({"tables": (TableLayout("x", "x", (ONE,)), TableLayout("X", "x", (ONE,)))}, "one file-name prefix"),
    ],
)
def test_an_extract_that_breaks_its_contract_is_refused(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(TypeError, match=said):
        dataclasses.replace(EXTRACTS[0], **wrong)  # type: ignore[arg-type]


def test_names_are_found_or_refused() -> None:
    with pytest.raises(KeyError):
        EXTRACTS[0].table("shoes")
    with pytest.raises(KeyError):
        EXTRACTS[0].tables[0].field("shoes")
    assert EXTRACTS[0].tables[0].field("NHS_NUMBER").type is FieldType.NHS_NUMBER


@pytest.mark.parametrize("extract", EXTRACTS, ids=lambda extract: extract.source)
@pytest.mark.parametrize("everything", [True, False], ids=["all tables", "required tables"])
def test_a_source_fills_what_it_says_it_fills(
    extract: Extract, everything: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On tables without rows: both functions run, give the columns they must, and fill the attributes they name."""
    filled: set[str] = set()
    attributes = events._attributes

    def noted(given: Mapping[str, Any]) -> nw.Expr:
        filled.update(given)
        return attributes(given)

    monkeypatch.setattr(events, "_attributes", noted)
    files = []
    for layout in extract.tables:
        if everything or layout.required:
            path = tmp_path / f"{layout.name}.parquet"
            pq.write_table(converted_schema(layout).append(pa.field("_file", pa.string())).empty_table(), path)
            files.append(LandedFile(layout.name, layout.name, None, "", rows=0, rejected=0, left_out=0, converted_path=path))
    with Engine(tmp_path / "spill", threads=1) as engine:
        landed = LandedSource(extract.source, "current", tuple(files))
        people, activity = assemble(extract, landed, engine, dt.date(2026, 1, 1))
        assert people is not None
        assert list(engine.to_arrow(people).schema.names) == list(PersonRecord.columns())
        if activity is not None:
            assert engine.to_arrow(activity).schema.names == Activity.arrow_schema().names
    assert filled == (set(extract.attributes) if everything else filled & set(extract.attributes))


def test_a_source_without_files_is_nothing(tmp_path: Path) -> None:
    with Engine(tmp_path / "spill", threads=1) as engine:
        assert assemble(EXTRACTS[0], LandedSource("register", "missing"), engine, dt.date(2026, 1, 1)) == (None, None)


def test_activity_refuses_an_attribute_that_may_not_travel() -> None:
    frame = nw.from_native(pa.table({"_local_patient_id": ["a"]})).lazy("duckdb")
    with pytest.raises(TypeError, match="no key shoe_size"):
        events.activity(frame, "outpatient", "x", attributes={"shoe_size": "x"})


@pytest.mark.parametrize("name", ["gender", "admission_method", "cld:Service_Component", "qof_register"])
def test_a_list_keeps_its_own_spelling(name: str) -> None:
    found = code_list(name)
    assert {found.find(value) for value in found.kept.values()} == set(found.kept.values())
    assert found.find("no such value") is None


def written(folder: Path, text: str) -> Path:
    (folder / "mine.toml").write_text(text, encoding="utf-8")
    return folder


def test_presets_cover_the_unified_and_udal_names() -> None:
    names = load_mappings().of("sus_apc", "sus_apc")
    assert names.find("patient.identity.nhs_number.value") == "NEWNHSNO"
    assert names.find("spell.admission.date") == "ADMIDATE"
    assert names.find("Der_Provider_Code") == "PROCODE"
    assert names.find("admission_date_of_another") is None
    assert len(list(PRESETS.glob("*.toml"))) == 3


def test_the_projects_own_lines_win(tmp_path: Path) -> None:
    text = '[SUS_APC.sus_apc]\n"x" = "DISDATE"\n'.replace("SUS_APC", "sus_apc") + '"Der Provider_Code" = "SITETRET"\n'
    names = load_mappings(written(tmp_path, text)).of("sus_apc", "sus_apc")
    assert names.find("Der_Provider_Code") == "SITETRET"
    assert names.find("X ") == "DISDATE"
    assert names.find("Admission_Date") == "ADMIDATE"


def test_the_longest_path_wins(tmp_path: Path) -> None:
    text = '[sus_apc.sus_apc]\n"*.date" = "EPISTART"\n"*.admission.date" = "ADMIDATE"\n'
    names = load_mappings(written(tmp_path, text)).of("sus_apc", "sus_apc")
    assert (names.find("a.admission.date"), names.find("a.date"), names.find("date")) == ("ADMIDATE", "EPISTART", "EPISTART")
    assert ColumnNames().parts() == []
    assert ("*.date", "EPISTART") in names.parts()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[sus_apcs.x]\n", "sus_apcs is no source. Cure: did you mean sus_apc?"),
        ("[sus_apc.zzz]\n", "zzz is no table of sus_apc. Cure: one of: sus_apc"),
        ('[sus_apc.sus_apc]\n"x" = "ADMIDATES"\n', "ADMIDATES is no column of sus_apc. Cure: did you mean ADMIDATE?"),
        (
            '[register.register]\n"x" = "date_of_bith"\n',
            "date_of_bith is no column of register. Cure: did you mean DATE_OF_BIRTH?",
        ),
        ("[csds.cyp101referal]\n", "cyp101referal is no table of csds. Cure: did you mean CYP101Referral?"),
        ("[mhsds.zzz]\n", "zzz is no table of mhsds. Cure: one of: MHS001MPI"),
        ("sus_apc = 1\n", "sus_apc is not a section"),
        ("[sus_apc\n", "mine.toml cannot be read"),
    ],
)
def test_a_mapping_that_names_nothing(text: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_mappings(written(tmp_path, text))
    assert said in str(caught.value)
    assert caught.value.__context__ is None


def test_a_mapping_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="UnicodeDecodeError"):
        load_mappings(tmp_path)


def test_lookups(tmp_path: Path) -> None:
    """By folded header, the latest word on each key, in key order."""
    (tmp_path / "lsoa_2025-01.csv").write_text("LSOA Code,Council,Deprivation Decile\nE01000002,South,2\nE01000001,South,9\n")
    (tmp_path / "lsoa_2026-01.csv").write_text("lsoa_code,council,imd_edition\nE01000001,North,2025\n")
    areas, practices = read_lookups(tmp_path)
    assert areas.to_pylist() == [
        {"lsoa_code": "E01000001", "council": "North", "deprivation_decile": None, "imd_edition": "2025"},
        {"lsoa_code": "E01000002", "council": "South", "deprivation_decile": 2, "imd_edition": None},
    ]
    assert practices.num_rows == 0
    assert practices.schema.names == ["gp_practice_code", "locality", "icb"]


def test_a_lookup_with_a_bad_row_says_where(tmp_path: Path) -> None:
    (tmp_path / "practices.csv").write_text("gp_practice_code,locality\nA81001,North\n,South\n")
    with pytest.raises(CaselinkError, match=r"practices.csv, line 3, column gp_practice_code: required"):
        read_lookups(tmp_path)


def test_the_page_names_every_table_and_column() -> None:
    page = reference_page()
    for extract, layout in LAYOUTS:
        assert f"(`{extract.source}`)" in page
        assert f"#### `{layout.name}`" in page
    assert "`DIAG_01` to `DIAG_20`" in page
    assert all(line.count(" | ") == 6 for line in page.splitlines() if line.startswith("| `NHS"))


ATTENDANCES = [
    (extract.source, layout, item)
    for extract in EXTRACTS
    for layout in extract.tables
    for item in layout.fields
    if item.codes == "attended_or_dna"
]


def test_every_attendance_code_says_what_an_empty_one_means() -> None:
    """5 or 6 counts; none counts only where the layout says so, and its words are the rule."""
    assert {source: item.empty_is_seen for source, _, item in ATTENDANCES} == {"sus_op": False, "csds": True, "mhsds": True}
    codes = ["0", "2", "3", "4", "5", "6", "7", None]
    for _, layout, item in ATTENDANCES:
        frame = nw.from_native(duckdb.from_arrow(pa.table({item.name: pa.array(codes, pa.string())}))).lazy()
        kept = frame.filter(events.was_seen(layout, item.name)).collect("pyarrow")[item.name].to_list()
        assert set(kept) == ({"5", "6", None} if item.empty_is_seen else {"5", "6"})
        assert ("so does an empty code" in item.description) is item.empty_is_seen


def test_the_page_tells_of_opt_outs() -> None:
    page = reference_page()
    assert "## Opt-outs" in page
    assert f"more than {UNUSABLE_SHARE * 100:.0f} % of the rows" in page
