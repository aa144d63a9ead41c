"""Made-up pseudonymised people and events at any size, quickly: no linkage and no vault, only what comes after the wall.

Some people are heavy users of everything and stay so, so that a model has something to find. One seed, one area.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.activity_types import ACTIVITY_ATTRIBUTES
from schemas.pseudonymised import AGE_BANDS, PseudonymisedActivity, PseudonymisedPerson

SEED = 20261128
AS_AT = dt.date(2026, 10, 1)
DAYS = 3 * 365  # of events before AS_AT
CHUNK = 500_000  # events made at a time

# Share of all events, by activity type; the rest are GP appointments.
MIX = {
    "accident_and_emergency": 0.09,
    "inpatient_emergency": 0.05,
    "inpatient_elective": 0.03,
    "delayed_discharge": 0.01,
    "outpatient": 0.22,
    "community_contact": 0.18,
    "mental_health_contact": 0.04,
    "mental_health_spell": 0.01,
    "social_care_request": 0.01,
    "social_care_assessment": 0.01,
    "social_care_service": 0.03,
    "social_care_review": 0.01,
    "gp_snapshot": 0.08,
    "gp_appointment": 0.23,
}
STAYS = ("inpatient_emergency", "inpatient_elective", "mental_health_spell", "delayed_discharge")
CODES = ["I500", "J449", "E119", "F03", "N390", "S720", "J181", "I480", "Z960", "K590", "R54", "W19", "C349", "G20"]
BEDS = ("inpatient_emergency", "inpatient_elective")
CARE = ("social_care_request", "social_care_assessment", "social_care_service", "social_care_review")
# Attribute: which events carry it, and its values.
TEXTS: dict[str, tuple[tuple[str, ...], list[str]]] = {
    "admission_method": (("inpatient_emergency",), ["21", "22", "2A", "2B"]),
    "patient_classification": (BEDS, ["1", "1", "1", "2", "3"]),
    "discharge_method": (BEDS, ["1", "1", "1", "2"]),
    "discharge_destination": (BEDS, ["19", "19", "19", "54"]),
    "procedures": (("inpatient_elective",), ["K401|Y981", "W371"]),
    "delay_attribution": (("delayed_discharge",), ["NHS", "SOCIAL_CARE", "BOTH"]),
    "attended": (("outpatient",), ["5", "6", "3"]),
    "first_attendance": (("outpatient",), ["1", "2", "3", "4"]),
    "treatment_function": (("outpatient",), ["430", "110", "320"]),
    "department_type": (("accident_and_emergency",), ["01", "03"]),
    "attendance_category": (("accident_and_emergency",), ["1", "2"]),
    "contact_medium": (("community_contact", "mental_health_contact", "gp_appointment"), ["01", "02", "home visit", "telephone"]),
    "client_type": (CARE, ["Service User", "Service User", "Unpaid Carer"]),
    "service_type": (
        ("social_care_service",),
        ["Long Term Support: Community", "Long Term Support: Nursing Care", "Short Term Support: ST-Max"],
    ),
    "service_component": (("social_care_service",), ["Home Support", "Reablement", "Direct Payment"]),
    "delivery_mechanism": (("social_care_service",), ["CASSR Managed", "Direct Payment"]),
    "primary_support_reason": (CARE, ["Physical Support: Personal care", "Mental Health Support", "Learning Disability Support"]),
    "accommodation_status": (CARE, ["Unknown", "Owner occupier or shared ownership scheme", "Registered Care Home", "Refuge"]),
    "has_unpaid_carer": (CARE, ["Yes", "No", "Unknown"]),
    "smoking": (("gp_snapshot",), ["never", "ex", "current", "not said"]),
}  # fmt: skip
REGISTERS = ["HYP", "DM", "CHD", "COPD", "HF", "DEM", "CKD", "AF", "DEP", "AST", "STIA", "CAN"]

Numbers = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]


def make_area(folder: Path, people: int, events: int) -> None:
    """Write `person.parquet` and `activity.parquet` below `folder`."""
    rng = np.random.default_rng(SEED)
    names = pa.array([f"bench1-{number:026d}0" for number in range(people)])
    age = rng.choice(len(AGE_BANDS), people)
    need = rng.gamma(0.5, 1.0, people) * (0.5 + age / len(AGE_BANDS))
    pq.write_table(_people(names, age, rng), folder / "person.parquet", compression="zstd")
    order = rng.choice(people, events, p=need / need.sum())
    order.sort()
    with pq.ParquetWriter(folder / "activity.parquet", PseudonymisedActivity.arrow_schema(), compression="zstd") as writer:
        for first in range(0, events, CHUNK):
            writer.write_table(_events(names, order[first : first + CHUNK], rng))


def _people(names: pa.Array, age: Whole, rng: np.random.Generator) -> pa.Table:
    count = len(names)
    columns = {
        "pseudonym": names,
        "age_band": pa.array(AGE_BANDS).take(pa.array(age, mask=rng.random(count) < 0.01)),
        "gender": _choice(["1", "2"], count, rng),
        "ethnic_category": _choice(["A", "H", "N", "99"], count, rng),
        "deprivation_decile": pa.array(rng.integers(1, 11, count)),
        "gp_practice_code": _choice([f"Y{number:05d}" for number in range(60)], count, rng),
        "locality": _choice(["North", "South", "East"], count, rng),
        "registered_from": pa.repeat(dt.date(2010, 1, 1), count),
        "link_quality": pa.repeat("number", count),
    }
    schema = PseudonymisedPerson.arrow_schema()
    return pa.table([columns.get(name, pa.nulls(count, schema.field(name).type)) for name in schema.names], schema=schema)


def _events(names: pa.Array, who: Whole, rng: np.random.Generator) -> pa.Table:
    count = len(who)
    kinds = pa.array(list(MIX)).take(pa.array(rng.choice(len(MIX), count, p=np.array(list(MIX.values())) / sum(MIX.values()))))
    kind = kinds.to_numpy(zero_copy_only=False)
    start = np.datetime64(AS_AT) - rng.integers(1, DAYS, count)
    stays = np.isin(kind, STAYS)
    lasting = kind == "social_care_service"
    length = np.where(stays, rng.geometric(0.2, count), np.where(lasting, rng.integers(10, 400, count), 0))
    end = start + length.astype("timedelta64[D]")
    is_open = end >= np.datetime64(AS_AT)
    schema = PseudonymisedActivity.arrow_schema()
    columns = {
        "pseudonym": names.take(pa.array(who)),
        "activity_type": kinds,
        "start_date": pa.array(start, pa.date32()),
        "end_date": pa.array(end, pa.date32(), mask=is_open),
        "provider_code": _choice(["RXX01", "RXX02", "RYY01", "Z0001"], count, rng),
        "codes": _lists(np.isin(kind, BEDS), kind == "gp_snapshot", rng),
        "cost_pence": pa.array(rng.integers(2_000, 300_000, count), mask=rng.random(count) < 0.1),
        "cost_source": _choice(["reference_cost"], count, rng),
        "attributes": _attributes(kind, rng),
    }
    return pa.table([columns[name] for name in schema.names], schema=schema)


def _lists(stays: npt.NDArray[np.bool_], snapshots: npt.NDArray[np.bool_], rng: np.random.Generator) -> pa.Array:
    """Two or three diagnoses for a stay, up to three registers for a snapshot, nothing for the rest."""
    sizes = np.where(stays, rng.integers(2, 4, len(stays)), np.where(snapshots, rng.integers(0, 4, len(stays)), 0))
    offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
    of_stay = np.repeat(stays, sizes)
    picks = rng.integers(0, len(REGISTERS), len(of_stay))
    diagnoses, registers = pa.array(CODES).take(pa.array(picks)), pa.array(REGISTERS).take(pa.array(picks))
    values = pa.array(np.where(of_stay, diagnoses.to_numpy(zero_copy_only=False), registers.to_numpy(zero_copy_only=False)))
    return pa.ListArray.from_arrays(pa.array(offsets), values)


def _attributes(kind: npt.NDArray[np.object_], rng: np.random.Generator) -> pa.Array:
    count = len(kind)
    columns = {name: _where(np.isin(kind, types), values, rng) for name, (types, values) in TEXTS.items()}
    package, snapshot = kind == "social_care_service", kind == "gp_snapshot"
    columns |= {
        "weekly_units": pa.array(rng.integers(2, 40, count).astype(np.float64), mask=~package),
        "weekly_cost_pence": pa.array(rng.integers(5_000, 90_000, count), mask=~package | (rng.random(count) < 0.3)),
        "consultations_12m": pa.array(rng.integers(0, 30, count), mask=~snapshot),
        "repeat_medicines": pa.array(rng.integers(0, 15, count), mask=~snapshot),
        "efi_score": pa.array(rng.random(count).round(2), mask=~snapshot),
        "bmi": pa.array(rng.uniform(8, 60, count).round(1), mask=~snapshot | (rng.random(count) < 0.3)),
    }
    fields = [columns.get(field.name, pa.nulls(count, field.type)) for field in ACTIVITY_ATTRIBUTES]
    return pa.StructArray.from_arrays(fields, fields=list(ACTIVITY_ATTRIBUTES))


def _choice(values: list[str], count: int, rng: np.random.Generator) -> pa.Array:
    return pa.array(values).take(pa.array(rng.integers(0, len(values), count)))


def _where(rows: npt.NDArray[np.bool_], values: list[str], rng: np.random.Generator) -> pa.Array:
    picked = rng.integers(0, len(values), len(rows))
    return pa.array(values).take(pa.array(picked, mask=~rows))
