"""SUS+ admitted patient care: one row per episode in, one activity per spell out. HES names."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pipelines.extracts.events import activity
from pipelines.extracts.layout import (
    LOCAL_ID,
    Extract,
    TableLayout,
    Tables,
    clinical,
    code,
    codes,
    date,
    money,
    nhs_number,
    postcode,
    text,
    whole,
)
from pipelines.extracts.people import latest_values
from pipelines.extracts.spells import admission_type, spells, was_delayed

DIAGNOSES = tuple(f"DIAG_{n:02}" for n in range(1, 21))
OPERATIONS = tuple(f"OPERTN_{n:02}" for n in range(1, 25))

EPISODES = TableLayout(
    name="sus_apc",
    title="Episodes: one row per finished consultant episode",
    person_key=(("PROCODE", "LOPATID"),),
    any_of=("NEWNHSNO", "LOPATID"),
    event_key=(
        ("PROCODE", "EPIKEY"),
        ("PROCODE", "PROVSPNOPS", "EPIORDER"),
        ("PROCODE", "PROVSPNOPS", "EPISTART"),
        ("PROCODE", "PROVSPNOPS"),
        ("PROCODE", LOCAL_ID, "ADMIDATE", "EPIORDER"),
        ("PROCODE", LOCAL_ID, "ADMIDATE"),
    ),
    lists={"DIAGNOSES": (*DIAGNOSES, "DIAG_ALL"), "PROCEDURES": OPERATIONS},
    fields=(
        nhs_number("NEWNHSNO", person="nhs_number", aliases=("NHS NUMBER",)),
        code("NHSNOIND", "NHS NUMBER STATUS INDICATOR CODE", codes="nhs_number_status", person="nhs_number_status",
             aliases=("NHS NUMBER STATUS INDICATOR CODE",)),
        text("LOPATID", "LOCAL PATIENT IDENTIFIER", aliases=("LOCAL PATIENT IDENTIFIER",)),
        date("DOB", "PERSON BIRTH DATE", person="date_of_birth", aliases=("PERSON BIRTH DATE",)),
        code("SEX", "PERSON STATED GENDER CODE", codes="gender", person="gender", aliases=("PERSON STATED GENDER CODE",)),
        code("ETHNOS", "ETHNIC CATEGORY", codes="ethnic_category", person="ethnic_category", aliases=("ETHNIC CATEGORY",)),
        postcode("HOMEADD", "POSTCODE OF USUAL ADDRESS", person="postcode", aliases=("POSTCODE OF USUAL ADDRESS",)),
        code("LSOA11", "lower layer super output area, 2011 edition", person="lsoa_code", aliases=("LSOA",)),
        code("GPPRAC", "GENERAL MEDICAL PRACTICE CODE (PATIENT REGISTRATION)", person="gp_practice_code"),
        text("EPIKEY", "key of the episode, where the file has one"),
        text("PROVSPNOPS", "HOSPITAL PROVIDER SPELL NUMBER", aliases=("HOSPITAL PROVIDER SPELL NUMBER",)),
        date("ADMIDATE", "START DATE (HOSPITAL PROVIDER SPELL)", required=True,
             aliases=("START DATE (HOSPITAL PROVIDER SPELL)",)),
        code("ADMIMETH", "ADMISSION METHOD CODE", codes="admission_method",
             aliases=("ADMISSION METHOD CODE", "ADMISSION METHOD CODE (HOSPITAL PROVIDER SPELL)")),
        code("ADMISORC", "SOURCE OF ADMISSION CODE", longest=2, aliases=("SOURCE OF ADMISSION CODE",)),
        code("CLASSPAT", "PATIENT CLASSIFICATION CODE", codes="patient_classification",
             aliases=("PATIENT CLASSIFICATION CODE",)),
        date("DISDATE", "DISCHARGE DATE (HOSPITAL PROVIDER SPELL); empty while in hospital",
             aliases=("DISCHARGE DATE", "DISCHARGE DATE (HOSPITAL PROVIDER SPELL)")),
        date("DISREADYDATE", "DISCHARGE READY DATE", aliases=("DISCHARGE READY DATE",)),
        code("DISMETH", "DISCHARGE METHOD CODE", codes="discharge_method", aliases=("DISCHARGE METHOD CODE",)),
        code("DISDEST", "DISCHARGE DESTINATION CODE", codes="discharge_destination", aliases=("DISCHARGE DESTINATION CODE",)),
        *(clinical(name, "ICD-10 diagnosis, primary first") for name in DIAGNOSES),
        codes("DIAG_ALL", "all diagnoses in one text, primary first, where the file has no DIAG_01"),
        *(clinical(name, "OPCS-4 procedure") for name in OPERATIONS),
        code("MAINSPEF", "main specialty", carried=False),
        code("TRETSPEF", "ACTIVITY TREATMENT FUNCTION CODE", longest=3),
        code("PROCODE", "provider, three characters",
             aliases=("PROCODE3", "PROVIDER CODE", "ORGANISATION IDENTIFIER (CODE OF PROVIDER)")),
        code("PROCODE5", "provider, five characters", carried=False),
        code("SITETRET", "site of treatment", carried=False),
        date("EPISTART", "episode start"),
        date("EPIEND", "episode end", carried=False),
        whole("EPIORDER", "number of the episode in the spell"),
        code("EPISTAT", "episode status: 1 unfinished, 3 finished", carried=False),
        code("SUSHRG", "healthcare resource group", aliases=("HRGNHS",), carried=False),
        money("FINAL_PRICE", "price of the spell or episode in pounds"),
    ),
)  # fmt: skip


def to_person_records(tables: Tables) -> nw.LazyFrame[Any] | None:
    """People as the episodes know them."""
    return latest_values(tables["sus_apc"], EPISODES)


def to_activity(tables: Tables) -> nw.LazyFrame[Any] | None:
    """Spells; and beside a spell that ended after the patient was ready, the delay. SUS says of nobody whose it was."""
    delay = nw.when(was_delayed()).then(nw.lit("delayed_discharge"))
    rows = spells(tables["sus_apc"]).with_columns(_kind=nw.list(admission_type(), delay)).explode("_kind")
    rows = rows.filter(~nw.col("_kind").is_null())
    is_delay = nw.col("_kind") == "delayed_discharge"
    of_spell = {
        "admission_method": "ADMIMETH",
        "admission_source": "ADMISORC",
        "patient_classification": "CLASSPAT",
        "discharge_method": "DISMETH",
        "discharge_destination": "DISDEST",
        "procedures": "PROCEDURES",
        "treatment_function": "TRETSPEF",
    }
    return activity(
        rows,
        nw.col("_kind"),
        nw.when(is_delay).then(nw.col("DISREADYDATE")).otherwise(nw.col("ADMIDATE")),
        "DISDATE",
        provider="PROCODE",
        codes=nw.when(~is_delay).then(nw.col("DIAGNOSES")),
        cost=nw.when(~is_delay).then(nw.col("FINAL_PRICE")),
        cost_source="sus_final_price",
        attributes={
            **{name: nw.when(~is_delay).then(nw.col(column)) for name, column in of_spell.items()},
            "ready_date": "DISREADYDATE",
            "delay_attribution": nw.when(is_delay).then(nw.lit("UNKNOWN")),
        },
    )


EXTRACT = Extract(
    source="sus_apc",
    title="SUS+ admitted patient care",
    in_plain_words="Stays in hospital",
    calendar="monthly, with a refresh",
    tables=(EPISODES,),
    to_person_records=to_person_records,
    to_activity=to_activity,
    attributes=(
        "admission_method", "admission_source", "patient_classification", "discharge_method", "discharge_destination",
        "ready_date", "procedures", "treatment_function", "delay_attribution",
    ),
)  # fmt: skip
