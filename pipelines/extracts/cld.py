"""Adult Social Care Client Level Data, Release 2 (Release 1 wording still read): requests, assessments, services, reviews."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pipelines.extracts.care_events import care_events
from pipelines.extracts.events import activity
from pipelines.extracts.layout import (
    Extract,
    TableLayout,
    Tables,
    code,
    date,
    money,
    nhs_number,
    number,
    postcode,
    text,
    whole,
)
from pipelines.extracts.people import latest_values
from pipelines.extracts.token_file import token_layout, with_token_people

EVENTS = TableLayout(
    name="cld",
    title="Events: one row per request, assessment, service or review in the reporting period",
    person_key=(("LA_Code", "LA_Person_Unique_Identifier"),),
    any_of=("LA_Person_Unique_Identifier", "NHS_Number"),
    fields=(
        code("LA_Code", "council code", required=True),
        date("Reporting_Period_Start_Date", "first day of the reporting period", carried=False),
        date("Reporting_Period_End_Date", "last day of the reporting period; the file's period where empty"),
        nhs_number("NHS_Number", person="nhs_number"),
        text("LA_Person_Unique_Identifier", "the council's own key for the person"),
        code("GP_Practice_Code", "GENERAL MEDICAL PRACTICE CODE", person="gp_practice_code"),
        code("Gender", "1, 2, 9, X, or the words Male, Female, ...", codes="gender", person="gender"),
        code("Ethnicity", "ETHNIC CATEGORY", codes="ethnic_category", person="ethnic_category"),
        date("Date_of_Birth", "PERSON BIRTH DATE", person="date_of_birth"),
        date("Date_of_Death", "date of death", person="date_of_death"),
        postcode("Postcode", "POSTCODE OF USUAL ADDRESS", person="postcode"),
        text("Given_Name", "Release 1 flat file only: PERSON GIVEN NAME", person="given_name"),
        text("Family_Name", "Release 1 flat file only: PERSON FAMILY NAME", person="family_name"),
        text("Client_Type", "Service user, Unpaid carer, Unpaid carer known by association", codes="cld:Client_Type"),
        text("Primary_Support_Reason", "why support is given", codes="cld:Primary_Support_Reason", partial=True),
        text("Accommodation_Status", "where the person lives", codes="cld:Accommodation_Status", partial=True),
        text("Employment_Status", "not carried further", carried=False),
        text("Has_Unpaid_Carer", "Yes, No, Unknown", codes="yes_no_unknown", partial=True),
        text("Autism_Spectrum_Disorder_ASD", "not carried further", carried=False),
        text("Visual_Impairment", "not carried further", carried=False),
        text("Hearing_Impairment", "not carried further", carried=False),
        text("Dementia", "not carried further", carried=False),
        text("Client_Funding_Status", "who pays", carried=False),
        text("Event_Type", "Request, Assessment, Service or Review", required=True, codes="cld:Event_Type"),
        text("Event_Reference", "the council's reference; does not identify an event", carried=False),
        date("Event_Start_Date", "start of the event", required=True),
        date("Event_End_Date", "end of the event; empty while a service is open"),
        text("Event_Description", "not carried further", carried=False),
        text("Event_Outcome", "what the event led to", codes="cld:Event_Outcome", partial=True),
        text("Request_Route_of_Access", "how the request came"),
        text("Assessment_Type", "Short term assessment, Long term assessment, ..."),
        text("Eligible_Needs_Identified", "not carried further", carried=False),
        text("Method_of_Assessment", "not carried further", carried=False),
        number("Total_Hrs_Caring_per_week", "not carried further", carried=False),
        whole("No_of_adults_being_cared_for", "not carried further", carried=False),
        text("Service_Type", "Long term support: ..., Short term support: ..., Unpaid carer support: ...",
             codes="cld:Service_Type"),
        text("Service_Component", "Reablement, Home support or domiciliary care, ...", codes="cld:Service_Component",
             partial=True),
        text("Delivery_Mechanism", "Direct payment, CASSR managed personal budget, CASSR commissioned support",
             codes="cld:Delivery_Mechanism", partial=True),
        text("Provider_CQC_Location_ID", "the provider's location at the regulator", carried=False),
        text("Review_Reason", "not carried further", carried=False),
        text("Review_Outcomes_Achieved", "not carried further", carried=False),
        text("Method_of_Review", "not carried further", carried=False),
        money("Unit_Cost", "price of one unit in pounds"),
        text("Cost_Frequency_Unit_Type", "Weekly, Fortnightly, 4-weekly, Monthly, Quarterly, Annual, One-off; else a unit"),
        number("Planned_units_per_week", "units planned in a week"),
    ),
)  # fmt: skip


TOKENS = token_layout("cld")


def to_person_records(tables: Tables) -> nw.LazyFrame[Any] | None:
    """People as the events know them."""
    return with_token_people(latest_values(tables["cld"], EVENTS), tables.get(TOKENS.name), TOKENS)


def to_activity(tables: Tables) -> nw.LazyFrame[Any] | None:
    """Requests, assessments, reviews, and services with their cost."""
    rows = care_events(tables["cld"])
    kind = nw.concat_str(nw.lit("social_care_"), nw.col("Event_Type").str.to_lowercase())
    return activity(
        rows,
        kind,
        "Event_Start_Date",
        "_end",
        provider="LA_Code",
        cost="_cost",
        cost_source="client_level_unit_cost",
        attributes={
            "client_type": "Client_Type",
            "service_type": "Service_Type",
            "service_component": "Service_Component",
            "delivery_mechanism": "Delivery_Mechanism",
            "primary_support_reason": "Primary_Support_Reason",
            "accommodation_status": "Accommodation_Status",
            "has_unpaid_carer": "Has_Unpaid_Carer",
            "event_outcome": "Event_Outcome",
            "weekly_units": "Planned_units_per_week",
            "weekly_cost_pence": "_weekly",
        },
    )


EXTRACT = Extract(
    source="cld",
    title="Adult Social Care Client Level Data",
    in_plain_words="Social care that the council arranges",
    calendar="quarterly",
    tables=(EVENTS, TOKENS),
    to_person_records=to_person_records,
    to_activity=to_activity,
    attributes=(
        "client_type", "service_type", "service_component", "delivery_mechanism", "primary_support_reason",
        "accommodation_status", "has_unpaid_carer", "event_outcome", "weekly_units", "weekly_cost_pence",
    ),
)  # fmt: skip
