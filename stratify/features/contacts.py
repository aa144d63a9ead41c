"""What kind of attendance, appointment or contact it was. How somebody came to A&E reaches no event: nothing tells of it.

There is no feed of 111 or 999 calls, so no feature of them. A missed appointment is no event: the extracts leave it out.
"""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw

from stratify.features.aggregates import of_service, of_type, total
from stratify.features.feature import Feature, Kind, Value, described
from stratify.words import FEEDS

# Frequent attendance at A&E: the Royal College of Emergency Medicine's five or more times a year (guideline of 2017).
FREQUENT = 5


def major_ae_365() -> nw.Expr:
    """A&E attendances in 365 days at a major department (department type 01)."""
    return total("major_365", of_service("accident_and_emergency"))


def unplanned_ae_365() -> nw.Expr:
    """A&E attendances in 365 days that were first and unplanned (attendance category 1)."""
    return total("unplanned_365", of_service("accident_and_emergency"))


def frequent_attender() -> nw.Expr:
    """Whether there were five or more A&E attendances in 365 days."""
    return total("n_365", of_service("accident_and_emergency")) >= FREQUENT


def outpatient_first_365() -> nw.Expr:
    """First outpatient attendances in 365 days (first attendance code 1 or 3)."""
    return total("first_365", of_service("outpatient"))


def outpatient_remote_365() -> nw.Expr:
    """Outpatient attendances in 365 days by telephone or telemedicine (first attendance code 3 or 4)."""
    return total("remote_365", of_service("outpatient"))


def elderly_medicine_365() -> nw.Expr:
    """Outpatient attendances in 365 days in elderly medicine (treatment function 430)."""
    return total("elderly_medicine_365", of_service("outpatient"))


def community_face_to_face_365() -> nw.Expr:
    """Community contacts in 365 days face to face (consultation mechanism 01)."""
    return total("face_to_face_365", of_service("community"))


def mental_health_contacts_365() -> nw.Expr:
    """Kept contacts with a mental health team in 365 days, without spells in a bed."""
    return total("n_365", of_type("mental_health_contact"))


def mental_health_face_to_face_365() -> nw.Expr:
    """Mental health contacts in 365 days face to face (consultation mechanism 01)."""
    return total("face_to_face_365", of_type("mental_health_contact"))


def gp_home_visits_365() -> nw.Expr:
    """GP appointments in 365 days at the patient's home."""
    return total("home_visits_365", of_service("primary_care"))


def gp_remote_365() -> nw.Expr:
    """GP appointments in 365 days by telephone, video or online."""
    return total("remote_365", of_service("primary_care"))


def _feature(
    function: Callable[[], nw.Expr], service: str, *needs: str, kind: Kind = "whole", empty: Value = 0, unit: str = "events"
) -> Feature:
    return described(
        function, kind=kind, frame="use", group=service, feeds=FEEDS[service], services=(service,), needs=needs, empty=empty,
        unit=unit,
    )  # fmt: skip


CONTACTS: list[Feature] = [
    _feature(major_ae_365, "accident_and_emergency", "department_type"),
    _feature(unplanned_ae_365, "accident_and_emergency", "attendance_category"),
    _feature(frequent_attender, "accident_and_emergency", kind="flag", empty=False, unit=""),
    _feature(outpatient_first_365, "outpatient", "first_attendance"),
    _feature(outpatient_remote_365, "outpatient", "first_attendance"),
    _feature(elderly_medicine_365, "outpatient", "treatment_function"),
    _feature(community_face_to_face_365, "community", "contact_medium"),
    _feature(mental_health_contacts_365, "mental_health"),
    _feature(mental_health_face_to_face_365, "mental_health", "contact_medium"),
    _feature(gp_home_visits_365, "primary_care", "contact_medium"),
    _feature(gp_remote_365, "primary_care", "contact_medium"),
]
