"""`RiskAssessment` and `Flag`: what the night says of a person's need, with its words and its doubts."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from caseload.fhir.systems import FLAG_CATEGORY, Names, Resource, by_identifier, resource, to_patient, words

OUTCOME = "emergency admission to hospital within 12 months"
MONTHS = 12
# Flags by where they come from: category code and display of HL7's list, which has none of frailty.
CLINICAL, ADMINISTRATIVE = ("clinical", "Clinical"), ("admin", "Administrative")


def risk_assessment(row: Mapping[str, Any], names: Names, *, version: str, feeds: str | None = None) -> Resource | None:
    """The risk of a `CaseloadList` row; None where the night could not give one.

    version: of the model or rule. feeds: what the night lacked, in words, for the reader to weigh. The probability is of the
    calibrated score, 0 to 1, as FHIR R4 wants a decimal probability to be.
    """
    if row.get("risk") is None:
        return None
    as_at: dt.date = row["data_as_at"]
    prediction: Resource = {
        "outcome": words(OUTCOME), "probabilityDecimal": row["risk"],
        "whenPeriod": {"start": as_at.isoformat(), "end": months_later(as_at, MONTHS).isoformat()},
    }  # fmt: skip
    if row.get("risk_in_words"):
        prediction["qualitativeRisk"] = words(row["risk_in_words"])
    if row.get("reasons"):
        prediction["rationale"] = row["reasons"]
    return resource(
        "RiskAssessment", f"risk-{row['pseudonym']}", status="final",
        identifier=[{"system": names.system("score"), "value": f"{version}:{as_at.isoformat()}"}],
        method=words(version), code=words("risk of emergency admission, from records of health and social care"),
        subject=to_patient(row["pseudonym"]), occurrenceDateTime=as_at.isoformat(), prediction=[prediction],
        note=[{"text": feeds}] if feeds else [],
    )  # fmt: skip


def flags(row: Mapping[str, Any], names: Names, *, warnings: Iterable[str] = ()) -> list[Resource]:
    """What a reader of the row should know before acting: doubtful linkage, frailty, and `warnings` that the door has shown."""
    found: list[tuple[str, tuple[str, str], str]] = []
    confidence = row.get("link_confidence") or ""
    if confidence.startswith(("fair", "none")):
        found.append(("link", ADMINISTRATIVE, f"Link confidence {confidence}"))
    if row.get("frailty") == "high":
        found.append(("frailty", CLINICAL, "Hospital Frailty Risk Score: high"))
    found += [(f"warning{place}", ADMINISTRATIVE, text) for place, text in enumerate(warnings, 1)]
    return [_flag(row, names, *each) for each in found]


def months_later(day: dt.date, months: int) -> dt.date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _flag(row: Mapping[str, Any], names: Names, kind: str, category: tuple[str, str], text: str) -> Resource:
    code, display = category
    return resource(
        "Flag", f"{kind}-{row['pseudonym']}", status="active", category=[words(display, (FLAG_CATEGORY, code, display))],
        code=words(text), subject=to_patient(row["pseudonym"]), period={"start": row["data_as_at"].isoformat()},
        author=by_identifier("Organization", names.system("team"), names.team),
    )  # fmt: skip
