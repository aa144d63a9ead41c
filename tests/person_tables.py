"""A made-up person-level table with every kind of column, for the tests of `stratify.models`."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def person_table(people: int = 1500, seed: int = 0) -> pa.Table:
    """Age (some missing) and admissions matter, and the ward; the rest says nothing. Two rows a person, in two years."""
    draw = np.random.default_rng(seed)
    rows = 2 * people
    age = draw.uniform(18, 95, rows)
    admissions = draw.poisson(np.exp(draw.normal(-1, 1, rows)))
    ward = draw.choice([f"0{number:02}" for number in range(40)], rows)
    odds = -1.7 + 0.03 * (age - 50) + 1.2 * np.log1p(admissions) + 0.8 * (ward < "010")
    return pa.table(
        {
            "person": pa.array([f"p{number // 2}" for number in range(rows)]),
            "year": pa.array([2020 + number % 2 for number in range(rows)]),
            "age": pa.array(np.where(draw.random(rows) < 0.1, np.nan, age), from_pandas=True),
            "admissions": pa.array(admissions),
            "cost": pa.array(np.where(draw.random(rows) < 0.01, np.inf, draw.lognormal(3, 2, rows))),
            "carer": pa.array(draw.random(rows) < 0.2),
            "ward": pa.array(ward),
            "smoker": pa.array(draw.choice(["true", "false", ""], rows)),
            "constant": pa.array(np.full(rows, 7)),
            "nothing": pa.nulls(rows, pa.float64()),
            "local_id": pa.array([f"id-{number}" for number in draw.permutation(rows)]),
            "y": pa.array(draw.random(rows) < 1 / (1 + np.exp(-odds))),
        }
    )
