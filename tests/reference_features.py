"""A slow and obvious reference for the features: one person's events, gone through in plain Python.

An event is a dict as `tests.stratify_area.activity_of` takes it: `activity_type`, `start` and `end` in days from the index
date (-1 is the day before it), `cost`, `codes`, and any attribute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from schemas.activity_types import SERVICES
from stratify.features.lags import TYPES_OF
from stratify.features.living import STATUSES
from stratify.features.long_term import OWN_COLUMN, REGISTERS

Event = dict[str, Any]

BEDS = ("inpatient_emergency", "inpatient_elective", "inpatient_other")
TOLD_WHEN_OVER = (*BEDS, "delayed_discharge")
LASTING = (*TOLD_WHEN_OVER, "social_care_service", "mental_health_spell")
CARE = SERVICES["social_care"]
NEVER = 731
SOURCE_OF = {kind: source for source, kinds in TYPES_OF.items() for kind in kinds}


class Known:
    """One event as it was known at the index date."""

    def __init__(self, event: Event, lag: int) -> None:
        self.event, self.kind = event, event["activity_type"]
        self.began = -event["start"]
        end_heard = event.get("end") is not None and -event["end"] > lag
        self.open = self.kind in LASTING and not end_heard
        self.ended = 0 if self.open else -event["end"] if end_heard else self.began

    def __getitem__(self, attribute: str) -> Any:
        return self.event.get(attribute)

    def low(self, attribute: str) -> str:
        return str(self[attribute] or "").lower()

    def nights(self, window: int) -> int:
        return sum(self.ended < night <= self.began for night in range(1, window + 1))

    @property
    def kept(self) -> bool:
        return self["attended"] in (None, "5", "6", "attended", "unknown")

    @property
    def emergency(self) -> bool:
        return self.kind == "inpatient_emergency" and self["admission_method"] not in ("2B", "2C")

    @property
    def counts(self) -> bool:
        return self.emergency if self.kind == "inpatient_emergency" else self.kept

    @property
    def is_for_carer(self) -> bool:
        return self.low("client_type") in ("unpaid carer", "unpaid carer known by association")

    @property
    def own_package(self) -> bool:
        return self.kind == "social_care_service" and not self.is_for_carer

    @property
    def long_term(self) -> bool:
        return self.own_package and self.low("service_type").startswith("long term support:")

    def pence(self) -> int:
        if self["weekly_cost_pence"] is not None:
            return max(0, int(self["weekly_cost_pence"]) * self.nights(365) // 7)
        return max(0, self["cost"] or 0) if not self.open and self.began <= 365 else 0


def known(event: Event, lags: Mapping[str, int]) -> Known | None:
    """What was known of an event; nothing where its feed had not spoken of it."""
    lag = lags.get(SOURCE_OF[event["activity_type"]], 0)
    if -event["start"] <= max(lag, 0):
        return None
    end = event.get("end")
    if event["activity_type"] in TOLD_WHEN_OVER and end is not None and -end <= lag:
        return None
    found = Known(event, lag)
    return found if found.began <= 730 or found.ended <= 730 else None


def reference(history: Iterable[Event], lags: Mapping[str, int] | None = None) -> dict[str, Any]:
    """Every feature that is made of events, but the published indices; where all feeds arrived."""
    lags = lags or {}
    rows = list(history)
    events = [found for event in rows if (found := known(event, lags)) is not None]
    return {
        **use(events),
        **breadth(events),
        **contacts(events),
        **stays(events),
        **care(events),
        **living(events),
        **diagnosed(rows, lags.get("sus_apc", 0)),
        **practice(rows, lags.get("gp", 0)),
    }


def service_of(kind: str) -> str | None:
    return next((service for service, kinds in SERVICES.items() if kind in kinds), None)


def use(events: list[Known]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    rising = 0
    for service in SERVICES:
        own = [event for event in events if service_of(event.kind) == service]
        counted = [event for event in own if event.counts]
        for window in (30, 90, 365, 730):
            values[f"{service}_{window}"] = sum(
                event.began <= window or (event.kind == "social_care_service" and event.ended <= window) for event in counted
            )
        recent = sum(event.began <= 90 for event in counted)
        before = sum(90 < event.began <= 365 for event in counted)
        values[f"{service}_trend"] = recent - before * 90 / 275
        rising += recent >= 2 and recent * 275 > 2 * before * 90
        values[f"days_since_last_{service}"] = least(event.began for event in counted if event.began <= 730)
        values[f"cost_{service}_365"] = sum(event.pence() for event in own)
    return values | {"services_rising": rising}


def least(days: Iterable[int]) -> int:
    return min(days, default=NEVER)


def breadth(events: list[Known]) -> dict[str, Any]:
    counted = [event for event in events if event.counts and service_of(event.kind)]
    running = [event for event in counted if event.kind == "social_care_service" and event.ended <= 365]
    year = [event for event in counted if event.began <= 365]
    either = [*year, *(event for event in running if event.began > 365)]
    providers = Counter(event["provider"] for event in year if event["provider"] is not None)
    return {
        "contacts_365": len(either),
        "services_used_365": len({service_of(event.kind) for event in either}),
        "months_with_contact": len({(event.began - 1) // 30 for event in counted if event.began <= 360}),
        "days_since_last_contact": least(event.began for event in counted if event.began <= 730),
        "providers_365": len(providers),
        "usual_provider_share": max(providers.values()) / sum(providers.values()) if providers else None,
    }


def contacts(events: list[Known]) -> dict[str, Any]:
    def times(kind: str, which: Callable[[Known], bool] = lambda _: True) -> int:
        return sum(event.kind == kind and event.counts and event.began <= 365 and which(event) for event in events)

    face_to_face = ("01", "face to face", "home visit")
    return {
        "major_ae_365": times("accident_and_emergency", lambda event: event["department_type"] == "01"),
        "unplanned_ae_365": times("accident_and_emergency", lambda event: event["attendance_category"] == "1"),
        "frequent_attender": times("accident_and_emergency") >= 5,
        "outpatient_first_365": times("outpatient", lambda event: event["first_attendance"] in ("1", "3")),
        "outpatient_remote_365": times("outpatient", lambda event: event["first_attendance"] in ("3", "4")),
        "elderly_medicine_365": times("outpatient", lambda event: event["treatment_function"] == "430"),
        "community_face_to_face_365": times("community_contact", lambda event: event["contact_medium"] in face_to_face),
        "mental_health_contacts_365": times("mental_health_contact"),
        "mental_health_face_to_face_365": times("mental_health_contact", lambda event: event["contact_medium"] in face_to_face),
        "gp_home_visits_365": times("gp_appointment", lambda event: event["contact_medium"] == "home visit"),
        "gp_remote_365": times("gp_appointment", lambda event: event["contact_medium"] in ("telephone", "video", "online")),
    }


def stays(events: list[Known]) -> dict[str, Any]:
    beds = [event for event in events if event.kind in BEDS]
    begun = [event for event in beds if event.began <= 365]
    emergencies = [event for event in begun if event.emergency]
    delays = [event for event in events if event.kind == "delayed_discharge"]
    wards = [event for event in events if event.kind == "mental_health_spell"]
    discharges = [event.ended for event in beds if not event.open]
    again = {event.began for event in emergencies if any(1 <= left - event.began <= 30 for left in discharges)}
    return {
        "emergency_bed_days_365": sum(event.nights(365) for event in beds if event.kind == "inpatient_emergency"),
        "bed_days_90": sum(event.nights(90) for event in beds),
        "bed_days_365": sum(event.nights(365) for event in beds),
        "in_hospital": any(event.open for event in beds),
        "days_since_discharge": least(left for left in discharges if left <= 730),
        "short_stay_emergency_365": sum(not event.open and event.nights(730) <= 1 for event in emergencies),
        "long_stay_emergency_365": sum(event.nights(730) >= 21 for event in emergencies),
        "admissions_from_ae_365": sum(event["admission_method"] in ("21", "2A") for event in emergencies),
        "readmissions_365": len(again),
        "day_cases_365": sum(event["patient_classification"] == "2" for event in begun),
        "regular_attendances_365": sum(event["patient_classification"] in ("3", "4") for event in begun),
        "self_discharges_365": sum(event["discharge_method"] in ("2", "6", "7") for event in begun),
        "discharged_to_care_home_365": sum(event["discharge_destination"] in ("54", "65", "85") for event in begun),
        "delayed_discharges_365": sum(event.began <= 365 for event in delays),
        "delayed_days_365": sum(event.nights(365) for event in delays),
        "delayed_days_social_care_365": sum(
            event.nights(365) for event in delays if event["delay_attribution"] in ("SOCIAL_CARE", "BOTH")
        ),
        "mental_health_spells_730": sum(event.kept and event.began <= 730 for event in wards),
        "mental_health_bed_days_365": sum(event.nights(365) for event in wards),
        "on_mental_health_ward": any(event.open for event in wards),
    }


def care(events: list[Known]) -> dict[str, Any]:
    events = [event for event in events if event.kind in CARE]
    open_now = [event for event in events if event.own_package and event.open]
    long_term = [event for event in events if event.long_term]
    reablement = [event for event in events if event.low("service_component") == "reablement"]
    packages = [event for event in reablement if event.kind == "social_care_service"]
    reviews = [event for event in events if event.kind in ("social_care_assessment", "social_care_review")]
    year = [event for event in events if event.ended <= 365]
    at_home = [event for event in long_term if event.low("service_type") == "long term support: community"]
    now = sum(hundredths(event) for event in at_home if event.open)
    then = sum(hundredths(event) for event in at_home if event.began >= 180 and event.ended < 180)
    homes = ("long term support: nursing care", "long term support: residential care")
    reviewed = any(event.began <= 365 for event in reviews)

    def begun(kind: str) -> int:
        return sum(event.kind == kind and event.began <= 365 for event in events)

    def reason(beginning: str) -> bool:
        return any(event.low("primary_support_reason").startswith(beginning) for event in year)

    return {
        "care_package_open": any(event.open for event in long_term),
        "home_care_weekly_units": now / 100,
        "home_care_units_change": (now - then) / 100,
        "care_weekly_pence": sum(max(0, event["weekly_cost_pence"] or 0) for event in open_now),
        "nursing_care": any(event.low("service_type") == homes[0] for event in open_now),
        "care_home": any(event.low("service_type") in homes for event in open_now),
        "direct_payment": any(event.low("delivery_mechanism") == "direct payment" for event in open_now),
        "short_term_care_open": any(event.low("service_type").startswith("short term support:") for event in open_now),
        "new_package_90": sum(event.began <= 90 for event in long_term),
        "packages_ended_365": sum(not event.open and event.ended <= 365 for event in long_term),
        "care_requests_365": begun("social_care_request"),
        "care_assessments_365": begun("social_care_assessment"),
        "care_reviews_365": begun("social_care_review"),
        "days_since_care_review": least(event.began for event in reviews if event.began <= 730),
        "review_overdue": any(event.open and event.began > 365 for event in long_term) and not reviewed,
        "reablement_open": any(event.open for event in packages),
        "reablement_365": sum(event.ended <= 365 for event in reablement),
        "days_since_reablement": least(event.ended for event in packages if event.ended <= 730),
        "support_reason_physical": reason("physical support"),
        "support_reason_sensory": reason("sensory support"),
        "support_reason_memory": reason("support with memory"),
        "support_reason_learning_disability": reason("learning disability"),
        "support_reason_mental_health": reason("mental health"),
        "is_carer": any(event.is_for_carer for event in year),
        "has_carer": any(event.low("has_unpaid_carer") in ("yes", "y", "true", "1") for event in year),
        "carer_support_365": sum(
            event.kind == "social_care_service" and event.low("service_type").startswith("unpaid carer support:")
            for event in year
        ),
    }


def hundredths(event: Known) -> int:
    return 0 if event["weekly_units"] is None else max(0, round(float(event["weekly_units"]) * 100))


def living(events: list[Known]) -> dict[str, Any]:
    said = [
        (event.began, event.low("accommodation_status"))
        for event in events
        if event.kind in CARE and event.began <= 730 and event.low("accommodation_status") not in ("", "unknown")
    ]
    latest = [status for began, status in said if began == min(said)[0]]
    return {name: any(status in values for status in latest) if said else None for name, (_, values) in STATUSES.items()}


def diagnosed(rows: list[Event], lag: int) -> dict[str, Any]:
    ended = [
        row
        for row in rows
        if row["activity_type"] in BEDS and -730 <= row["start"] < 0 and row.get("end") is not None and -row["end"] > lag
    ]
    codes = {code.upper()[:4] for row in ended for code in str(row.get("codes") or "").split()}

    def carries(*beginnings: str) -> bool:
        return any(code.startswith(beginnings) for code in codes)

    return {
        "fall_730": carries("W0", "W1"),
        "hip_fracture_730": carries("S720", "S721", "S722"),
        "delirium_730": carries("F05"),
        "pneumonia_730": carries(*(f"J{number}" for number in range(12, 19))),
        "urinary_infection_730": carries("N390"),
        "sepsis_730": carries("A40", "A41"),
        "kidney_failure_730": carries("N17", "N18", "N19"),
        "cancer_730": carries("C"),
        "respiratory_730": carries("J"),
        "circulatory_730": carries("I"),
        "distinct_diagnoses_730": len(codes),
    }


def practice(rows: list[Event], lag: int) -> dict[str, Any]:
    snapshots = [row for row in rows if row["activity_type"] == "gp_snapshot" and -400 <= row["start"] < -lag]
    day = max((row["start"] for row in snapshots), default=None)
    latest = [row for row in snapshots if row["start"] == day]
    lists = [str(row.get("codes") or "").split() for row in latest]
    conditions = set(REGISTERS.values())

    def on(*codes: str) -> bool | None:
        return any(code in each for each in lists for code in codes) if latest else None

    def most(name: str) -> Any:
        return max((row[name] for row in latest if row.get(name) is not None), default=None)

    body_masses = [row["bmi"] for row in latest if row.get("bmi") is not None and 10 <= row["bmi"] <= 80]
    bmi = max(body_masses, default=None)
    smoking = [row["smoking"] for row in latest if row.get("smoking") in ("never", "ex", "current")]
    physical = conditions - {"DEP", "MH", "DEM", "LD"}
    return {
        "long_term_conditions": max((len(conditions & set(each)) for each in lists), default=None),
        **{column: on(REGISTERS[condition]) for condition, column in OWN_COLUMN.items()},
        "mental_and_physical": (on("DEP", "MH") and on(*physical)) if latest else None,
        "palliative_care": on("PC"),
        "snapshot_age_days": None if day is None else -day,
        "repeat_medicines": most("repeat_medicines"),
        "consultations_12m": most("consultations_12m"),
        "efi_score": most("efi_score"),
        "smoker": "current" in smoking if smoking else None,
        "bmi": bmi,
        "underweight": None if bmi is None else bmi < 18.5,
        "obese": None if bmi is None else bmi >= 30,
    }


def heard(event: Event, lags: Mapping[str, int]) -> Event | None:
    """The event as an extract of the index date, from feeds so late that tell of finished spells, would have had it."""
    lag = lags.get(SOURCE_OF[event["activity_type"]], 0)
    if -event["start"] <= lag:
        return None
    end = event.get("end")
    if end is None or -end > lag:
        return event
    return None if event["activity_type"] in TOLD_WHEN_OVER else {**event, "end": None}
