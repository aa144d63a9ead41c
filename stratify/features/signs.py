"""The signs of conditions that were known of each person at an index date, as `stratify/evidence.py` reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw

from stratify.admissions import attribute
from stratify.diagnoses import diagnoses
from stratify.evidence import CARE_HOME, DIAGNOSIS, LONG_TERM_SUPPORT, MANY_MEDICINES, RECENT, REGISTER
from stratify.features.events import CARE_HOME_TYPES, CARER_CLIENT_TYPES, LONG_TERM, PACKAGE, known_events
from stratify.features.lags import NO_LAGS, lag_of
from stratify.features.long_term import latest_snapshot

YEAR = 365

# Repeat medicines that make polypharmacy: five, the most common definition (Masnoon et al., BMC Geriatrics 2017;17:230).
MANY = 5


def signs(activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int] = NO_LAGS) -> nw.LazyFrame[Any]:
    """(pseudonym, sign), each once: registers and medicines of the latest snapshot, diagnoses, open long-term support."""
    told = as_at - lag_of("sus_apc", lags)
    coded = diagnoses(activity, as_at, ended_before=told)
    recent = diagnoses(activity, as_at, ended_before=told, days=YEAR).filter(nw.col("code").str.slice(0, 1).is_in(("O", "P")))
    snapshot = latest_snapshot(activity, as_at, lags)
    registers = snapshot.select("pseudonym", code=nw.col("codes")).explode("code").filter(~nw.col("code").is_null())
    every = [
        _sign(coded, nw.lit(DIAGNOSIS), nw.col("code")),
        _sign(recent, nw.lit(RECENT), nw.col("code")),
        _sign(registers, nw.lit(f"{REGISTER}:"), nw.col("code"), nw.lit(";")),
        _sign(snapshot.filter(attribute("repeat_medicines") >= MANY), nw.lit(MANY_MEDICINES)),
        *_care(activity, as_at, lags),
    ]
    return nw.concat(every).unique()


def _care(activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int]) -> list[nw.LazyFrame[Any]]:
    packages = known_events(activity.filter(nw.col("activity_type") == PACKAGE), as_at, lags).filter(nw.col("open"))
    own = packages.filter(~attribute("client_type").str.to_lowercase().is_in(CARER_CLIENT_TYPES).fill_null(False))
    kind = attribute("service_type").str.to_lowercase()
    return [
        _sign(own.filter(kind.str.starts_with(LONG_TERM)), nw.lit(LONG_TERM_SUPPORT)),
        _sign(own.filter(kind.is_in(CARE_HOME_TYPES)), nw.lit(CARE_HOME)),
    ]


def _sign(rows: nw.LazyFrame[Any], *parts: nw.Expr) -> nw.LazyFrame[Any]:
    return rows.select("pseudonym", sign=nw.concat_str(*parts))
