"""What the pages of a team are made of: the tables of its `desk.db`, written by the night under the team's own pseudonyms.

A file of a team holds the people registered with the practices it serves or in its locality, and those proposed to it. Tables
but `person` name a person by her `person` number, which means something in this one file only.
"""

from __future__ import annotations

import pyarrow as pa

from caseload.departures import Departure, Unplaced
from caseload.lists import CaseloadList
from caseload.rising import Rising
from schemas.activity_types import ACTIVITY_TYPES
from schemas.aggregate import FeedAge
from schemas.pseudonymised import TIERS, Fact, Reason, ServiceUse
from schemas.table import Table, date, number, text, whole
from schemas.zones import Zone

FILE = "desk.db"

# Scores that a person's page shows, each with its column for the value and, where it has bands, the one for the band.
SHOWN_SCORES = {
    "emergency_admission_12_months": ("risk", "risk_band"),
    "readmission_30_days": ("readmission_risk", "readmission_band"),
    "long_term_care_12_months": ("long_term_care_risk", "long_term_care_band"),
    "hospital_frailty_risk": ("hospital_frailty", "hospital_frailty_band"),
    "electronic_frailty_index": ("frailty_index", "frailty_index_band"),
    "charlson_index": ("charlson", None),
    "cambridge_multimorbidity": ("cambridge", None),
    "long_term_conditions": ("long_term_conditions", None),
    "polypharmacy": ("repeat_medicines", "polypharmacy_band"),
    "bridges_to_health_segment": (None, "segment"),
    "services_used": ("services_used", None),
    "whole_system_percentile": ("whole_system_percentile", None),
}
# Features that a person's page shows, under their own names.
SHOWN_FEATURES = ("has_carer", "is_carer", "lives_in_care_home", "care_package_open", "home_care_weekly_units", "in_hospital")


class DeskPerson(Table):
    """One row per person of the team: who she is without saying who, what she needs, and where the night placed her."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("the person, under this team's own pseudonym", required=True)
    age_band = text("five-year age band")
    gender = text("1 male, 2 female, 9 indeterminate, X not known")
    gp_practice_code = text("registered practice")
    locality = text("locality of the practice")
    registered_from = date("start of registration, first of the month")
    registered_to = date("end of registration, first of the month; null while registered")
    month_of_death = date("first of the month of death; null while living")
    link_quality = text("the weakest way in which a record of this person was linked")
    tier = text("tier of need; null where not scored", codes=frozenset(TIERS))
    rank = whole("place within the locality; 1 is the highest need", minimum=1)
    tier_reason = text("how she came to be in the tier, as a code")
    tier_why = text("the same in words")
    tier_since = date("in this tier since, without a break")
    exclusion = text("name of the rule that keeps her out of every tier")
    rising_place = whole("place on the locality's list of rising risk", minimum=1)
    rising_why = text("how the risk rose, in words")
    team = text("team that she is proposed to; null where none")
    accountable_professional_id = text("proposed accountable professional")
    coordinator_id = text("proposed coordinator")
    placed_why = text("why placed there, or why nowhere")
    placed_since = date("proposed so since")
    risk = number("risk of an emergency admission in the next 12 months, from 0 to 1")
    risk_band = text("its band")
    readmission_risk = number("risk of a readmission within 30 days of a discharge, from 0 to 1")
    readmission_band = text("its band")
    long_term_care_risk = number("risk of new long-term care in the next 12 months, from 0 to 1")
    long_term_care_band = text("its band")
    hospital_frailty = number("Hospital Frailty Risk Score in points")
    hospital_frailty_band = text("its band; given at 75 and over only")
    frailty_index = number("electronic frailty index as the GP system gives it")
    frailty_index_band = text("its band")
    charlson = number("Charlson comorbidity index")
    cambridge = number("Cambridge multimorbidity score")
    long_term_conditions = number("long-term conditions known")
    repeat_medicines = number("medicines on repeat prescription")
    polypharmacy_band = text("its band")
    segment = text("Bridges to Health segment")
    services_used = number("of the eight services, how many she used in 12 months")
    whole_system_percentile = number("share of people in the area who used less of all services together, in percent")
    has_carer = number("1 where somebody cares for her without pay")
    is_carer = number("1 where she cares for somebody without pay")
    lives_in_care_home = number("1 where she lives in a care home")
    care_package_open = number("1 where a social care package is open")
    home_care_weekly_units = number("hours of home care a week")
    in_hospital = number("1 where she is in hospital as far as is known")


class DeskEvent(Table):
    """One row per event of 24 months, and per package still open: the contacts of a person across services."""

    zone = Zone.PSEUDONYMISED
    key = ()
    order = ("pseudonym", "start_date", "activity_type", "end_date", "provider_code")

    pseudonym = text("whose", required=True)
    start_date = date("start of the event", required=True)
    end_date = date("end of the event; null while open")
    activity_type = text("a name in ACTIVITY_TYPES", required=True, codes=ACTIVITY_TYPES)
    provider_code = text("organisation that provided it")
    categories = text("categories of activity that it belongs to, joined by +: shown to roles that may see all of them")
    admission_method = text("ADMISSION METHOD CODE")
    treatment_function = text("TREATMENT FUNCTION CODE")
    attended = text("ATTENDED OR DID NOT ATTEND CODE")
    department_type = text("EMERGENCY CARE DEPARTMENT TYPE")
    contact_medium = text("CONSULTATION MEDIUM")
    team_type = text("SERVICE OR TEAM TYPE REFERRED TO")
    service_type = text("CLD Service_Type")
    service_component = text("CLD Service_Component")
    event_outcome = text("CLD Event_Outcome")
    weekly_units = number("CLD planned units a week")


DETAILS = (
    "admission_method", "treatment_function", "attended", "department_type", "contact_medium", "team_type", "service_type",
    "service_component", "event_outcome", "weekly_units",
)  # fmt: skip


class DeskNews(Table):
    """One row per attendance or emergency admission that last night's data did not reach."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym", "start_date", "activity_type")

    pseudonym = text("whose", required=True)
    start_date = date("when", required=True)
    activity_type = text("accident_and_emergency or inpatient_emergency", required=True)
    end_date = date("discharge; null while in hospital")
    provider_code = text("where")
    categories = text("as in an event")


class DeskWeight(Table):
    """One row per person on a list who counts as more than one, by the rules of `[[need]]`."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("who", required=True)
    weight_tenths = whole("how many ordinary people she counts as, in tenths", required=True, minimum=10)


class DeskPractice(Table):
    """One row per practice whose people are in this file because the team serves it."""

    zone = Zone.PSEUDONYMISED
    key = ("gp_practice_code",)

    gp_practice_code = text("practice", required=True)
    locality = text("locality it lies in")
    people = whole("living people registered there", required=True, minimum=0)


# Lists as they are handed out; and tables of people, by their names in the field list.
LISTS: dict[str, type[Table]] = {"caseload": CaseloadList, "departures": Departure, "unplaced": Unplaced, "rising": Rising}
DESK: dict[str, type[Table]] = {
    "desk_person": DeskPerson, "desk_event": DeskEvent, "desk_news": DeskNews, "desk_reason": Reason, "desk_fact": Fact,
    "desk_service_use": ServiceUse, "desk_weight": DeskWeight,
}  # fmt: skip
# Tables that name a person by number, and in which order they lie.
BY_PERSON = {
    "desk_reason": ("person", "score", "place"),
    "desk_fact": ("person", "place"),
    "desk_service_use": ("person", "service"),
    "desk_weight": ("person",),
}

# An event in the file: its person, its place among all, its days, and the number of what else it says (`desk_kind`).
EVENT = pa.schema(
    [("person", pa.int64()), ("place", pa.int64()), ("start_date", pa.date32()), ("end_date", pa.date32()), ("kind", pa.int64())]
)  # fmt: skip
KIND = pa.schema(
    [
        ("kind", pa.int64()),
        *((name, DeskEvent.columns()[name].type) for name in ("activity_type", "provider_code", "categories", *DETAILS)),
    ]
)
FEED_COLUMNS = ("source", "state", "data_to", "age_days", "message")
FEED = pa.schema([("title", pa.string()), *((name, FeedAge.columns()[name].type) for name in FEED_COLUMNS)])
ABOUT = pa.schema([("name", pa.string()), ("value", pa.string())])
