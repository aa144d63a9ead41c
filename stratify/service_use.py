"""Each person's use by service: contacts, cost with its sources, and how that compares with everybody and with people alike.

What counts, and what it costs in the year, is what the features of use say (`stratify/features/use.py`): the contacts of a
service are its `*_365` feature and the cost is its `cost_*_365`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from schemas.activity_types import SERVICES
from schemas.pseudonymised import ServiceUse
from schemas.table import Rows
from stratify.features.events import YEAR, known_events
from stratify.features.lags import NO_LAGS
from stratify.features.use import measured, within
from stratify.percentiles import Numbers, numbers, peers, percentile, percentile_among

# Column of ServiceUse to cost source.
PENCE_BY = {
    "client_level_pence": "client_level_unit_cost",
    "sus_pence": "sus_final_price",
    "site_pence": "site_file",
    "reference_pence": "reference_cost",
}


def service_use(
    people: pa.Table, activity: nw.LazyFrame[Any], as_at: dt.date, *, lags: Mapping[str, int] = NO_LAGS
) -> Rows[ServiceUse]:
    """Use in the 365 days before `as_at` of `people` (PseudonymisedPerson rows of those who have features), in key order.

    Percentiles are among all of `people`, whoever used nothing among them. Give the same `lags` as to the features. No row for a
    service somebody did not use, nor for one whose feed did not arrive: the features tell which.
    """
    used = _used(activity, as_at, lags).collect("pyarrow").to_native()
    used = used.filter(pc.is_in(used["pseudonym"], value_set=people["pseudonym"]))
    people = people.sort_by("pseudonym")
    alike = peers(people)
    parts = [_compared(used.filter(pc.equal(used["service"], service)), people, alike) for service in SERVICES]
    return ServiceUse.sort(ServiceUse.validate(pa.concat_tables([ServiceUse.empty(), *map(ServiceUse.conform, parts)])))


def _used(activity: nw.LazyFrame[Any], as_at: dt.date, lags: Mapping[str, int]) -> nw.LazyFrame[Any]:
    """One row per person and service with any contact or cost."""
    events = measured(known_events(activity, as_at, lags)).with_columns(
        service=_service(), contact=_one(nw.col("counts") & within(YEAR)), priced=~nw.col("pence_in_year").is_null()
    )
    pence = {
        name: _sum(nw.when(nw.col("cost_source") == source).then(nw.col("pence_in_year"))) for name, source in PENCE_BY.items()
    }
    summed = (
        events.filter(~nw.col("service").is_null())
        .group_by("pseudonym", "service")
        .agg(
            contacts=_sum(nw.col("contact")),
            costed_contacts=_sum(nw.when(nw.col("priced")).then(nw.col("contact"))),
            cost_pence=_sum(nw.col("pence_in_year")),
            **pence,
        )
    )
    filled = summed.with_columns(nw.col(name).fill_null(0) for name in ("costed_contacts", "cost_pence", *PENCE_BY))
    return filled.filter((nw.col("contacts") > 0) | (nw.col("cost_pence") > 0))


def _service() -> nw.Expr:
    answer = nw.lit(None).cast(nw.String)
    for service, kinds in SERVICES.items():
        answer = nw.when(nw.col("activity_type").is_in(kinds)).then(nw.lit(service)).otherwise(answer)
    return answer


def _one(condition: nw.Expr) -> nw.Expr:
    return nw.when(condition).then(nw.lit(1)).otherwise(nw.lit(0))


def _sum(values: nw.Expr) -> nw.Expr:
    return values.sum().cast(nw.Int64)


def _compared(used: pa.Table, people: pa.Table, alike: Any) -> pa.Table:
    """The rows of one service with their percentiles."""
    places = pc.index_in(used["pseudonym"], value_set=people["pseudonym"].combine_chunks()).to_numpy()
    contacts: Numbers = np.zeros(people.num_rows)
    contacts[places] = numbers(used["contacts"])
    for name, share in (("percentile", percentile(contacts)), ("peer_percentile", percentile_among(contacts, alike))):
        used = used.append_column(name, pa.array(share[places], pa.float64(), from_pandas=True))
    return used
