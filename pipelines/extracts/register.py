"""The local register: everybody registered with a practice of the area. The spine of linkage, and the one required source."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pipelines.extracts.layout import (
    FILE,
    LOCAL_ID,
    NOT_SET,
    PERIOD,
    SEQUENCE,
    Extract,
    TableLayout,
    Tables,
    code,
    date,
    nhs_number,
    postcode,
    text,
)
from pipelines.extracts.people import latest, latest_rows

REGISTER = TableLayout(
    name="register",
    title="Register: one row per person, the full list each time",
    full_list=True,
    person_key=(("NHS_NUMBER",),),
    any_of=("NHS_NUMBER", "FAMILY_NAME"),
    fields=(
        nhs_number("NHS_NUMBER", required=True, may_be_empty=True, person="nhs_number"),
        code("NHS_NUMBER_STATUS", "NHS NUMBER STATUS INDICATOR CODE", codes="nhs_number_status", person="nhs_number_status",
             aliases=("NHS NUMBER STATUS INDICATOR CODE",)),
        text("GIVEN_NAME", "PERSON GIVEN NAME", person="given_name"),
        text("OTHER_GIVEN_NAME", "second and later given names", person="other_given_name"),
        text("FAMILY_NAME", "PERSON FAMILY NAME", person="family_name"),
        text("PREVIOUS_FAMILY_NAME", "an earlier family name", person="previous_family_name"),
        date("DATE_OF_BIRTH", "PERSON BIRTH DATE", required=True, may_be_empty=True, person="date_of_birth"),
        code("GENDER", "PERSON STATED GENDER CODE", codes="gender", person="gender"),
        code("ETHNIC_CATEGORY", "ETHNIC CATEGORY", codes="ethnic_category", person="ethnic_category"),
        postcode("POSTCODE", "POSTCODE OF USUAL ADDRESS", person="postcode"),
        postcode("PREVIOUS_POSTCODE", "an earlier postcode", person="previous_postcode"),
        text("ADDRESS", "address lines in one text", person="address"),
        text("UPRN", "unique property reference number", person="uprn"),
        code("LSOA", "lower layer super output area of the address", person="lsoa_code", aliases=("LSOA_CODE",)),
        code("GP_PRACTICE_CODE", "GENERAL MEDICAL PRACTICE CODE", person="gp_practice_code"),
        date("DATE_OF_DEATH", "date of death", person="date_of_death"),
        date("REGISTERED_FROM", "start of registration", person="registered_from"),
        date("REGISTERED_TO", "end of registration; empty while registered", person="registered_to"),
        text("SENSITIVE_FLAG", "a protected identity: never proposed, linked beyond the exact cross-check, or shown; empty, N, "
             "NO, 0 or FALSE is no, every other value is yes", person="protected"),
    ),
)  # fmt: skip

MERGERS = TableLayout(
    name="register_mergers",
    title="Mergers: superseded NHS numbers and the numbers that replaced them",
    required=False,
    event_key=(("OLD_NHS_NUMBER",),),
    fields=(
        nhs_number("OLD_NHS_NUMBER", "the superseded number", required=True),
        nhs_number("NEW_NHS_NUMBER", "the number that replaced it", required=True),
        date("MERGED_ON", "when the register joined the two", links=True),
    ),
)


def to_person_records(tables: Tables) -> nw.LazyFrame[Any] | None:
    """Each person's row in the latest list she is in.

    Somebody who is in an older list only has left it: where that row gives no end of registration, the day of the last
    list she was in stands for it.
    """
    rows = tables["register"].with_columns(SENSITIVE_FLAG=_protected())
    people = latest_rows(rows, REGISTER).join(rows.select(SEQUENCE, PERIOD), on=SEQUENCE, how="inner")
    last = rows.select(_last=nw.col(PERIOD).max())
    left = nw.col("registered_to").is_null() & (nw.col(PERIOD) < nw.col("_last"))
    end = nw.when(left).then(nw.col(PERIOD)).otherwise(nw.col("registered_to"))
    return people.join(last, how="cross").with_columns(registered_to=end).drop(PERIOD, "_last")


def _protected() -> nw.Expr:
    """Whether a person's identity is protected: in doubt it is. One flagged row of a list speaks for all her rows in it."""
    said = nw.col("SENSITIVE_FLAG")
    flagged = nw.when(~said.is_null() & ~said.str.to_uppercase().is_in(NOT_SET)).then(nw.lit(1)).otherwise(nw.lit(0))
    return flagged.max().over(LOCAL_ID, FILE) == 1


def to_activity(_tables: Tables) -> nw.LazyFrame[Any] | None:
    """The register holds no activity."""
    return None


def to_mergers(tables: Tables) -> nw.LazyFrame[Any] | None:
    """Superseded numbers and what replaced them, the latest word on each; None where no mergers file came."""
    if "register_mergers" not in tables:
        return None
    rows = latest(tables["register_mergers"], "OLD_NHS_NUMBER")
    return rows.filter(nw.col("OLD_NHS_NUMBER") != nw.col("NEW_NHS_NUMBER")).select(
        old_nhs_number=nw.col("OLD_NHS_NUMBER"), new_nhs_number=nw.col("NEW_NHS_NUMBER"), merged_on=nw.col("MERGED_ON")
    )


EXTRACT = Extract(
    source="register",
    title="Local register (PDS or practice registration list)",
    in_plain_words="The list of people who are registered with a GP practice here",
    calendar="daily or weekly, the full list",
    tables=(REGISTER, MERGERS),
    to_person_records=to_person_records,
    to_activity=to_activity,
    required=True,
)
