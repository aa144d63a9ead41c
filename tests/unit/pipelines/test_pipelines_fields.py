"""`fields.csv`: read, refused where it is wrong, and what it lets in and out."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.extracts import EXTRACTS
from pipelines.extracts.layout import FieldType
from pipelines.fields import count_fields, known_fields, load_fields, widest_list
from pipelines.settings.purposes import CASE_MANAGEMENT, NIGHT_PURPOSES, POPULATION_ANALYSIS, RISK_STRATIFICATION
from schemas.errors import ConfigurationError, GovernanceError

HEAD = "table,column,purposes\n"
IDENTIFIERS = {"nhs_number", "given_name", "family_name", "previous_family_name", "alias", "date_of_birth", "address", "uprn"}


def written(folder: Path, text: str) -> Path:
    path = folder / "fields.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_list_to_start_from_names_every_column_and_lets_what_is_used_be_read(tmp_path: Path) -> None:
    allowed = load_fields(written(tmp_path, widest_list()))
    for extract in EXTRACTS:
        for layout in extract.tables:
            assert set(allowed.tables[f"{extract.source}.{layout.name}"]) == {item.name for item in layout.fields}
            assert allowed.read(extract.source, layout.name) == {item.name for item in layout.fields if item.carried}
    outputs = [row for row in count_fields(allowed) if row["table"].startswith("out.")]
    fewer = {row["table"]: int(row["of"]) - int(row["columns"]) for row in outputs if row["columns"] != row["of"]}
    assert fewer == {"out.caseload": 1, "out.selection": 6, "out.proposal": 6}, "restricted; what would join two recipients' rows"
    assert {row["purpose"] for row in count_fields(allowed)} == set(NIGHT_PURPOSES)


def test_the_list_to_start_from_lets_no_identifier_be_used_for_population_analysis() -> None:
    """Nor any column that is not carried further for anything; what analysts need is there."""
    uses = {(row["table"], row["column"]): set(row["purposes"].split()) for row in csv.DictReader(widest_list().splitlines())}
    linkage = {RISK_STRATIFICATION, CASE_MANAGEMENT}
    for extract in EXTRACTS:
        for layout in extract.tables:
            for item in layout.fields:
                identifies = item.person in IDENTIFIERS or item.type in (FieldType.NHS_NUMBER, FieldType.POSTCODE)
                if item.carried and (identifies or item.name.startswith("Token_")):
                    assert uses[f"{extract.source}.{layout.name}", item.name] == linkage, item.name
    for column in ("NHS_NUMBER", "GIVEN_NAME", "FAMILY_NAME", "DATE_OF_BIRTH", "POSTCODE", "ADDRESS", "UPRN"):
        assert uses["register.register", column] == linkage
    for table, column in (
        ("sus_apc.sus_apc", "LOPATID"), ("gp.gp_appointment", "local_patient_id"), ("mhsds.MHS101Referral", "Person_ID"),
        ("cld.cld", "LA_Person_Unique_Identifier"), ("register.register_mergers", "MERGED_ON"),
    ):  # fmt: skip
        assert uses[table, column] == linkage
    for table, column in (
        ("cld.cld", "Dementia"), ("ecds.ecds", "CHIEF_COMPLAINT"),
        ("sus_op.sus_op", "OUTCOME"),
    ):  # fmt: skip
        assert uses[table, column] == set()
    for table, column in (
        ("register.register", "GENDER"), ("register.register", "LSOA"), ("register.register", "SENSITIVE_FLAG"),
        ("sus_apc.sus_apc", "DIAG_01"), ("gp.gp_patient", "registers"), ("cld.cld", "Unit_Cost"),
    ):  # fmt: skip
        assert uses[table, column] == set(NIGHT_PURPOSES)
    assert uses["out.person", "age_band"] == {POPULATION_ANALYSIS}


def test_a_column_is_read_for_any_purpose_and_leaves_for_its_own_only(tmp_path: Path) -> None:
    text = HEAD + f"gp.gp_patient,sex,{POPULATION_ANALYSIS}\ngp.gp_patient,bmi,\nout.person,pseudonym,{POPULATION_ANALYSIS}\n"
    allowed = load_fields(written(tmp_path, text))
    assert allowed.read("gp", "gp_patient") == {"sex"}
    assert allowed.read("gp", "gp_appointment") == frozenset()
    assert allowed.written("person", POPULATION_ANALYSIS) == {"pseudonym"}
    assert allowed.written("person", CASE_MANAGEMENT) == frozenset()
    rows = pa.table({"pseudonym": ["csu1-0"], "lsoa_code": ["E01000001"]})
    assert allowed.limit(rows, "person", POPULATION_ANALYSIS).column_names == ["pseudonym"]
    with pytest.raises(GovernanceError, match="E-FIELDS-PSEUDONYM"):
        allowed.limit(rows, "person", CASE_MANAGEMENT)


@pytest.mark.parametrize(
    ("text", "code", "says"),
    [
        (None, "E-FIELDS-NONE", "--write"),
        (HEAD + "gp.gp_patient,bmi\n", "E-FIELDS-FORM", "line 2"),
        (HEAD + "gp.gp_patient,bmi,\n\ngp.gp_patient,bmi,\n", "E-FIELDS-FORM", "line 4"),
        (HEAD + "gp.gp_patients,bmi,\n", "E-FIELDS-NAME", "gp.gp_patient?"),
        (HEAD + "gp.gp_patient,bmi1,\n", "E-FIELDS-NAME", "bmi?"),
        (HEAD + "gp.gp_patient,bmi,research\n", "E-FIELDS-NAME", "line 2"),
        (HEAD + "gp.gp_patient,bmi,population-analyses\n", "E-FIELDS-NAME", "population-analysis?"),
    ],
)
def test_a_wrong_list_is_refused(tmp_path: Path, text: str | None, code: str, says: str) -> None:
    path = tmp_path / "fields.csv" if text is None else written(tmp_path, text)
    with pytest.raises(ConfigurationError, match=code) as refusal:
        load_fields(path)
    assert says in str(refusal.value)


def test_every_output_has_a_purpose_and_no_extract_column_is_nameless() -> None:
    known = known_fields()
    assert {name for name in known if name.startswith("out.")} == {
        "out.caseload", "out.departures", "out.unplaced", "out.rising", "out.desk_person", "out.desk_event", "out.desk_news",
        "out.desk_reason", "out.desk_fact", "out.desk_service_use", "out.desk_weight", "out.person", "out.activity", "out.score",
        "out.selection",
        "out.proposal", "out.feature",
    }  # fmt: skip
    rows = list(csv.DictReader(widest_list().splitlines()))
    assert all(row["column"] and set(row["purposes"].split()) <= set(NIGHT_PURPOSES) for row in rows)


def test_a_new_list_keeps_from_the_analysts_what_would_join_their_tables_to_a_teams_list(tmp_path: Path) -> None:
    allowed = load_fields(written(tmp_path, widest_list()))
    assert allowed.written("selection", POPULATION_ANALYSIS) == {"pseudonym", "locality", "tier", "left", "exclusion"}
    assert allowed.written("proposal", POPULATION_ANALYSIS) == {"pseudonym", "team", "why", "since"}
    assert {"rank", "accountable_professional_id", "coordinator_id"} <= allowed.written("caseload", CASE_MANAGEMENT)
    again = load_fields(written(tmp_path, HEAD + "out.selection,rank,population-analysis\n"))
    assert again.written("selection", POPULATION_ANALYSIS) == {"rank"}
