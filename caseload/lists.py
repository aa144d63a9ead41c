"""A team's caseload list: whom the night proposes, why, and what has changed since the last list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caseload.told import MOST_REASONS, told_columns, told_of
from schemas.activity_types import SERVICES
from schemas.pseudonymised import TIERS
from schemas.table import Rows, Table, date, number, text, whole
from schemas.zones import Zone

# Names of the scores and features that a list shows, as stratify gives them.
RISK = "emergency_admission_12_months"
FRAILTY = "hospital_frailty_risk"
CHARLSON = "charlson_index"
KNOWN_TO_FOUR = "known_to_four_led_by_none"
CONTACTS = {f"contacts_{service}": f"{service}_365" for service in SERVICES}

# A risk that moved by this much since the last list is shown as up or down: five people in a hundred. Smaller moves
# happen every night and tell a reader nothing. Our own choice.
MOVED = 0.05

CHANGES = frozenset({"new", "same", "up", "down"})
RISK_DIGITS = 4  # more would pretend to a precision that no model has

PLACED = ("pseudonym", "accountable_professional_id", "coordinator_id")

GENDERS = {"1": "male", "2": "female", "9": "indeterminate", "X": "not known"}
LINK_CONFIDENCE = {
    "number": "high: linked by NHS number",
    "demographic": "good: linked by name, birth date and address",
    "probabilistic": "fair: linked because it is likely; check before acting",
    "unlinked": "none: records of one source only",
}


class CaseloadList(Table):
    """One row per person proposed to a professional of the team. Pseudonyms only; sorted by rank."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("the person, under this team's own pseudonym", required=True)
    change = text(
        "since the last list: new, same, up or down in risk", required=True, codes=frozenset({"new", "same", "up", "down"})
    )
    tier = text("tier of need", required=True, codes=frozenset(TIERS))
    rank = whole("place within the locality; 1 is the highest need", minimum=1)
    accountable_professional_id = text("proposed accountable professional", required=True)
    coordinator_id = text("proposed coordinator")
    risk = number("risk of an emergency admission in the next 12 months; from 0 to 1, in the workbook from 0% to 100%")
    risk_in_words = text("the same risk in words")
    reasons = text("why this risk, most telling first, with dates and the day to which each feed speaks")
    since_last = text("what is new since the last look, in one sentence")
    reasons_restricted = text("reasons and news of mental health: not for everybody who may open a list")
    age_band = text("five-year age band")
    gender = text("gender")
    locality = text("locality of the practice")
    gp_practice_code = text("registered practice")
    frailty = text("band of the Hospital Frailty Risk Score; given at 75 and over only")
    frailty_score = number("Hospital Frailty Risk Score in points")
    charlson = number("Charlson comorbidity index")
    contacts_accident_and_emergency = whole("A&E attendances in 12 months; empty where the feed did not arrive")
    contacts_emergency_inpatient = whole("emergency admissions in 12 months")
    contacts_planned_inpatient = whole("planned admissions in 12 months")
    contacts_outpatient = whole("outpatient appointments kept in 12 months")
    contacts_community = whole("community contacts in 12 months")
    contacts_mental_health = whole("mental health contacts and spells in 12 months")
    contacts_primary_care = whole("GP appointments kept in 12 months")
    contacts_social_care = whole("social care requests, assessments, reviews and packages in 12 months")
    known_to_four = text(
        "where four of the five sectors know the person: whether the feeds speak of anybody who leads; empty for all others, and "
        "where a missing feed leaves it open"
    )
    why_placed = text("why this professional", required=True)
    usual_professional_id = text("whose she is, where somebody covers an absence")
    virtual_ward = text("bed of a virtual ward that she is proposed to, and for how long yet")
    since = date("with this professional since", required=True)
    link_confidence = text("how surely the records belong to one person")
    in_tier_since = date("in this tier since, without a break")
    in_tier_by = text("how she came to be in the tier: by rank, by a referral, or because she stays")
    data_lacks = text(
        "feeds that are missing, late or held tonight, with the day each speaks of; and what gave the risk where tonight's model "
        "did not; empty where nothing lacks"
    )
    data_as_at = date("reference date of the night; each feed's own age is on the first sheet", required=True)


@dataclass(frozen=True)
class NightTables:
    """Tables of one night that lists are made of, under one domain's pseudonyms.

    Without `reasons` and `facts` a list falls back on the short reasons that stand beside a score. `entries` are OpenEntry rows,
    `wards` WardPlace rows; without them nobody has decided anything, and there are no virtual wards.
    """

    proposals: pa.Table
    selection: pa.Table
    scores: pa.Table
    people: pa.Table
    features: pa.Table
    reasons: pa.Table | None = None
    facts: pa.Table | None = None
    entries: pa.Table | None = None
    wards: pa.Table | None = None


def build_list(
    night: NightTables, team: str, as_at: dt.date, previous: pa.Table | None = None, *, data_lacks: str | None = None
) -> Rows[CaseloadList]:
    """Everybody proposed to a professional of `team`, in order of rank.

    `previous` is the team's last list (a `CaseloadList` under the same pseudonyms); without it everybody is new.
    Missing scores, features and people leave their columns empty. `data_lacks` is what every row has to say of feeds and model.
    """
    mine = night.proposals.filter(pc.equal(night.proposals["team"], team))
    who = mine["pseudonym"]
    selection, people, features = (_by_pseudonym(table, who) for table in (night.selection, night.people, night.features))
    scores = _scores(night.scores, who)
    told = told_of(night.reasons, night.facts, RISK, who)
    last = _by_pseudonym(previous, who) if previous is not None else {}
    beds = _by_pseudonym(night.wards, who) if night.wards is not None else {}
    rows = []
    for proposal in mine.to_pylist():
        pseudonym = proposal["pseudonym"]
        row = _about(people.get(pseudonym, {})) | _need(scores.get(pseudonym, {})) | _use(features.get(pseudonym, {}))
        row |= told_columns(told.get(pseudonym), row["reasons"]) | _placed(proposal) | {"data_as_at": as_at}
        row |= _chosen(selection.get(pseudonym, {})) | {"data_lacks": data_lacks}
        row |= {"virtual_ward": ward_in_words(beds.get(pseudonym), as_at)}
        rows.append(row | {"change": _change(last.get(pseudonym), row["risk"])})
    return by_rank(CaseloadList.validate(pa.Table.from_pylist(rows, schema=CaseloadList.arrow_schema())))  # type: ignore[no-any-return]


def by_rank(table: pa.Table) -> pa.Table:
    """Rows as a reader wants them: highest need first, those without a rank last."""
    return table.sort_by([("rank", "ascending"), ("pseudonym", "ascending")])


def _about(person: dict[str, Any]) -> dict[str, Any]:
    columns = {name: person.get(name) for name in ("age_band", "locality", "gp_practice_code")}
    gender, link = person.get("gender"), person.get("link_quality")
    return {**columns, "gender": GENDERS.get(gender or ""), "link_confidence": LINK_CONFIDENCE.get(link or "")}


def _chosen(choice: dict[str, Any]) -> dict[str, Any]:
    """What selection says; nothing of somebody who is listed for an open episode alone."""
    told = {"tier": choice.get("tier") or TIERS[-1], "rank": choice.get("rank")}
    return told | {"in_tier_since": choice.get("since"), "in_tier_by": choice.get("reason")}


def ward_in_words(place: Mapping[str, Any] | None, as_at: dt.date) -> str | None:
    """`north-ward: step-down, day 3 of 14`; null where there is no ward for her, or she has left it."""
    if place is None or place["left_on"] is not None:
        return None
    if place["ward_id"] is None:
        return f"waits for a bed: {place['route']}"
    day, days = (as_at - place["since"]).days + 1, (place["due"] - place["since"]).days
    return f"{place['ward_id']}: {place['route']}, day {day} of {days}"


def _need(scores: dict[str, dict[str, Any]]) -> dict[str, Any]:
    risk, frailty = scores.get(RISK, {}), scores.get(FRAILTY, {})
    return {
        "risk": None if risk.get("value") is None else round(risk["value"], RISK_DIGITS),
        "risk_in_words": risk_in_words(risk.get("value"), risk.get("band")),
        "reasons": "; ".join((risk.get("reasons") or [])[:MOST_REASONS]) or None,
        "frailty": frailty.get("band"),
        "frailty_score": frailty.get("value"),
        "charlson": scores.get(CHARLSON, {}).get("value"),
        "known_to_four": scores.get(KNOWN_TO_FOUR, {}).get("band"),
    }


def risk_in_words(value: float | None, band: str | None) -> str | None:
    """`high: about 34 in 100 such people have an emergency admission in the next 12 months`; null where there is no value."""
    if value is None:
        return None
    hundred = round(value * 100)
    share = "fewer than 1" if hundred < 1 else "more than 99" if hundred > 99 else f"about {hundred}"
    words = f"{share} in 100 such people have an emergency admission in the next 12 months"
    return f"{band}: {words}" if band else words


def _use(features: dict[str, Any]) -> dict[str, Any]:
    return {column: features.get(feature) for column, feature in CONTACTS.items()}


def _placed(proposal: dict[str, Any]) -> dict[str, Any]:
    columns = {name: proposal[name] for name in (*PLACED, "since")}
    columns["usual_professional_id"] = proposal.get("usual_professional_id")
    return {**columns, "why_placed": proposal["why"]}


def _change(last: dict[str, Any] | None, risk: float | None) -> str:
    if last is None:
        return "new"
    if risk is None or last["risk"] is None or abs(risk - last["risk"]) < MOVED:
        return "same"
    return "up" if risk > last["risk"] else "down"


def _by_pseudonym(table: pa.Table, who: Iterable[str]) -> dict[str, dict[str, Any]]:
    return {row["pseudonym"]: row for row in _only(table, who).to_pylist()}


def _scores(table: pa.Table, who: Iterable[str]) -> dict[str, dict[str, dict[str, Any]]]:
    shown = table.filter(pc.is_in(table["score"], value_set=pa.array([RISK, FRAILTY, CHARLSON, KNOWN_TO_FOUR])))
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for row in _only(shown, who).to_pylist():
        found.setdefault(row["pseudonym"], {})[row["score"]] = row
    return found


def _only(table: pa.Table, who: Any) -> pa.Table:
    return table.filter(pc.is_in(table["pseudonym"], value_set=who))
