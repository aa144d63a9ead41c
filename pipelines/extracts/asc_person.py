"""The council's client index: names and addresses for Client Level Data, which carries none."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pipelines.extracts.layout import LOCAL_ID, Extract, TableLayout, Tables, code, date, nhs_number, postcode, text
from pipelines.extracts.people import latest, latest_rows
from pipelines.extracts.token_file import token_layout, with_token_people

CLIENTS = TableLayout(
    name="asc_person",
    title="Client index: one row per person known to adult social care, the full list each time",
    full_list=True,
    person_key=(("LA_Code", "LA_Person_Unique_Identifier"),),
    fields=(
        code("LA_Code", "council code as in Client Level Data", required=True),
        text("LA_Person_Unique_Identifier", "the council's own key for the person", required=True),
        nhs_number("NHS_Number", person="nhs_number"),
        text("Given_Name", "PERSON GIVEN NAME", person="given_name"),
        text("Family_Name", "PERSON FAMILY NAME", person="family_name"),
        text("Alias", "another name the council knows the person by", person="alias"),
        date("Date_of_Birth", "PERSON BIRTH DATE", person="date_of_birth"),
        code("Gender", "1, 2, 9, X, or the words Male, Female, ...", codes="gender", person="gender"),
        text("Address", "address lines in one text", person="address"),
        text("UPRN", "unique property reference number", person="uprn"),
        postcode("Postcode", "POSTCODE OF USUAL ADDRESS", person="postcode"),
        code("GP_Practice_Code", "GENERAL MEDICAL PRACTICE CODE", person="gp_practice_code"),
        text("Telephone", "telephone number, for the professional who looks after the person", shown=True),
        text("Preferred_Language", "language she prefers, for the same", shown=True),
        text("Communication_Needs", "what she needs to be understood, for the same", shown=True),
        text("Next_Of_Kin", "whom to ring in her place, as the council writes it down, for the same", shown=True),
        text("Visiting_Warnings", "what a visitor should know before going, for the same", shown=True),
    ),
)


TOKENS = token_layout("asc_person", stands_for=CLIENTS.name)


def to_person_records(tables: Tables) -> nw.LazyFrame[Any] | None:
    """Each person's row in the latest list she is in."""
    clear = latest_rows(tables[CLIENTS.name], CLIENTS) if CLIENTS.name in tables else None
    return with_token_people(clear, tables.get(TOKENS.name), TOKENS)


def to_contacts(tables: Tables) -> nw.LazyFrame[Any] | None:
    """How each person can be reached, by the latest list she is in; a token file says nothing of it."""
    if CLIENTS.name not in tables:
        return None
    rows = tables[CLIENTS.name].filter(~nw.col(LOCAL_ID).is_null())
    contacts = {
        "telephone": "Telephone",
        "preferred_language": "Preferred_Language",
        "communication_needs": "Communication_Needs",
        "next_of_kin": "Next_Of_Kin",
        "visiting_warnings": "Visiting_Warnings",
    }
    return latest(rows, LOCAL_ID).select(
        nw.lit("asc_person").alias("source"), nw.col(LOCAL_ID).alias("local_patient_id"),
        *(nw.col(column).alias(name) for name, column in contacts.items()),
    )  # fmt: skip


def to_activity(_tables: Tables) -> nw.LazyFrame[Any] | None:
    """The client index holds no activity."""
    return None


EXTRACT = Extract(
    source="asc_person",
    title="Council's client index",
    in_plain_words="The council's list of people whom its social care knows",
    calendar="monthly or weekly, the full list",
    tables=(CLIENTS, TOKENS),
    to_person_records=to_person_records,
    to_activity=to_activity,
)
