"""Drawn tables for the tests of `stratify`, and a small seeded area with a need that a model can find."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import narwhals as nw
import numpy as np
import pyarrow as pa

from schemas.activity_types import ACTIVITY_ATTRIBUTES, ACTIVITY_TYPES
from schemas.pseudonymised import AGE_BANDS, PseudonymisedActivity, PseudonymisedPerson
from stratify.features import FEATURES, build_features
from stratify.features.feature import carried

AS_AT = dt.date(2026, 4, 1)
ATTRIBUTES = {item.name: item.type for item in ACTIVITY_ATTRIBUTES}
Row = Mapping[str, Any]

# What is available where every feed arrived with every attribute.
EVERY_FEED = frozenset(service for feature in FEATURES for service in feature.services) | frozenset(
    carried(kind, name) for kind in ACTIVITY_TYPES for name in ATTRIBUTES
)
CONNECTION = duckdb.connect()


def lazy(table: pa.Table) -> nw.LazyFrame[Any]:
    """An Arrow table as the lazy table a step is given."""
    return nw.from_native(CONNECTION.from_arrow(table))


def drawn(picture: str) -> list[dict[str, str]]:
    """Rows of a picture of a table: a heading, a rule of dashes, cells between bars; empty cells are left out."""
    lines = [line.strip().strip("|") for line in picture.strip().splitlines()]
    heading = [cell.strip() for cell in lines[0].split("|")]
    rows = [[cell.strip() for cell in line.split("|")] for line in lines[2:]]
    return [{name: cell for name, cell in zip(heading, row, strict=True) if cell} for row in rows]


def activity_of(rows: Iterable[Row]) -> pa.Table:
    """Activity rows; `start` and `end` are days from AS_AT (`-10`), any attribute is a column, codes stand in one text."""
    events = []
    for row in rows:
        event: dict[str, Any] = {"pseudonym": row["pseudonym"], "activity_type": row["activity_type"]}
        event["start_date"] = day(row["start"])
        event["end_date"] = day(row["end"]) if row.get("end") not in (None, "") else None
        event["provider_code"] = row.get("provider")
        event["codes"] = str(row.get("codes", "")).split()
        event["cost_pence"] = int(row["cost"]) if row.get("cost") not in (None, "") else None
        event["attributes"] = {name: _typed(name, row[name]) for name in ATTRIBUTES if row.get(name) is not None}
        events.append(event)
    return pa.Table.from_pylist(events, schema=PseudonymisedActivity.arrow_schema())


def day(text: str | int) -> dt.date:
    """AS_AT and so many days."""
    return AS_AT + dt.timedelta(days=int(text))


def _typed(name: str, text: Any) -> Any:
    kind = ATTRIBUTES[name]
    if pa.types.is_integer(kind):
        return int(text)
    if pa.types.is_floating(kind):
        return float(text)
    return day(text) if pa.types.is_date(kind) else text


def people_of(rows: Iterable[Row]) -> pa.Table:
    """PseudonymisedPerson rows; what is not given is an ordinary person registered long ago."""
    ordinary = {"age_band": "70-74", "gender": "2", "locality": "North", "registered_from": dt.date(2010, 1, 1)}
    return pa.Table.from_pylist([{**ordinary, **row} for row in rows], schema=PseudonymisedPerson.arrow_schema())


def features_of(
    activity: pa.Table, people: pa.Table | None = None, *, as_at: dt.date = AS_AT, **options: Any
) -> dict[str, dict[str, Any]]:
    """Pseudonym to features. Without `people`, everybody in the activity is an ordinary person."""
    if people is None:
        people = people_of({"pseudonym": name} for name in sorted(set(activity["pseudonym"].to_pylist())))
    table = build_features(lazy(people), lazy(activity), as_at, **options).collect("pyarrow").to_native()
    return {row["pseudonym"]: row for row in table.to_pylist()}


# What a seeded person with need 1 uses in a year, and what one event costs in pence.
YEARLY = {
    "accident_and_emergency": (0.45, 28_000),
    "inpatient_emergency": (0.17, 271_000),
    "inpatient_elective": (0.10, 108_000),
    "outpatient": (1.2, 12_000),
    "community_contact": (0.8, 6_000),
    "mental_health_contact": (0.3, 28_000),
    "gp_appointment": (3.0, 4_000),
    "social_care_review": (0.1, 9_000),
}
CODES = ("I50", "J440", "N390", "F03", "E119", "I10X", "K520", "S720")


def seeded_area(people: int = 3000, *, seed: int = 7, years: float = 4.0) -> tuple[pa.Table, pa.Table]:
    """(people, activity) of a made-up area up to AS_AT in which need, growing with age, drives the use of everything."""
    rng = np.random.default_rng(seed)
    bands = rng.integers(0, len(AGE_BANDS), people)
    need = rng.gamma(0.7, 1.0, people) * (0.35 + 1.3 * (bands / 18.0) ** 2)
    names = [f"p{number:05d}" for number in range(people)]
    days = int(365 * years)
    parts = []
    for kind, (rate, pence) in YEARLY.items():
        times = rng.poisson(rate * years * need)
        who = np.repeat(np.arange(people), times)
        start = rng.integers(1, days, len(who))
        stay = rng.integers(1, 20, len(who)) if kind.startswith("inpatient") else np.zeros(len(who), int)
        codes = rng.choice(CODES, (len(who), 2)) if kind.startswith("inpatient") else np.empty((len(who), 0), str)
        parts += [
            {
                "pseudonym": names[w],
                "activity_type": kind,
                "start": -s,
                "end": min(-s + d, 0),
                "cost": pence,
                "codes": " ".join(c),
            }
            for w, s, d, c in zip(who.tolist(), start.tolist(), stay.tolist(), codes.tolist(), strict=True)
        ]
    rows = [
        {
            "pseudonym": name,
            "age_band": AGE_BANDS[band],
            "gender": "12"[number % 2],
            "locality": ("North", "South")[number % 2],
            "deprivation_decile": number % 10 + 1,
        }
        for number, (name, band) in enumerate(zip(names, bands.tolist(), strict=True))
    ]
    return people_of(rows), activity_of(parts)
