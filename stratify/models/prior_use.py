"""The plain rule beside which every model is shown, and on which the night falls back: who was admitted before.

People in the order of their emergency admissions in 12 months, those with as many in the order of their A&E
attendances. As a chance it gives the share of people with as many earlier admissions who were admitted.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stratify.models.design import KEY, Numbers, as_numbers

ADMISSIONS = "emergency_inpatient_365"
ATTENDANCES = "accident_and_emergency_365"

# Groups of the rule: none, one, two, three or more emergency admissions.
MOST = 3

# Attendances only break ties between people with as many admissions.
ATTENDANCE_WEIGHT = 0.001


def prior_use(features: pa.Table) -> pa.Table:
    """(pseudonym, p): the rule's order as a number, not a chance. A feed that did not arrive counts as no use."""
    order = _column(features, ADMISSIONS) + ATTENDANCE_WEIGHT * _column(features, ATTENDANCES)
    return pa.table({KEY: features[KEY], "p": order})


def fit_rates(features: pa.Table, outcome: npt.NDArray[np.bool_]) -> tuple[float, ...]:
    """Share admitted of those with 0, 1, 2 and 3 or more admissions: never falling, never 0 or 1.

    Half an event is added to the area's rate and one person with that rate to each group, so that no group is certain.
    """
    area = (outcome.sum() + 0.5) / (len(outcome) + 1)
    groups = group_of(features)
    rates = []
    for group in range(MOST + 1):
        members = groups == group
        rates.append(float((outcome[members].sum() + area) / (members.sum() + 1)))
    return tuple(float(rate) for rate in np.maximum.accumulate(rates))


def group_of(features: pa.Table) -> npt.NDArray[np.int64]:
    """0, 1, 2 or 3 (and more) emergency admissions in 12 months."""
    return np.minimum(_column(features, ADMISSIONS), MOST).astype(np.int64)


def _column(features: pa.Table, name: str) -> Numbers:
    if name not in features.column_names:
        return np.zeros(features.num_rows)
    return np.nan_to_num(as_numbers(features[name]), nan=0.0)
