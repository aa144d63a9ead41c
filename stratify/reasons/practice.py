"""What the practice's last extract says of the listed people: registers, repeat medicines, frailty index, and of which day."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from stratify.admissions import attribute
from stratify.features.long_term import PALLIATIVE_CARE, REGISTERS, latest_snapshot, on_register
from stratify.reasons.look import Look

ON = "on_"


def practice_rows(activity: nw.LazyFrame[Any], listed: nw.LazyFrame[Any], look: Look) -> nw.LazyFrame[Any]:
    """One row per listed person with a snapshot known at the look.

    `snapshot_date`, a flag `on_<code>` for each register, `repeat_medicines` and `efi_score`.
    """
    mine = activity.join(listed.select("pseudonym"), on="pseudonym", how="inner")
    flags = {f"{ON}{code}": on_register(code).any() for code in (*REGISTERS.values(), PALLIATIVE_CARE)}
    return (
        latest_snapshot(mine, look.as_at, look.lags)
        .group_by("pseudonym")
        .agg(
            snapshot_date=nw.col("start_date").max(),
            repeat_medicines=attribute("repeat_medicines").max(),
            efi_score=attribute("efi_score").max(),
            **flags,
        )
    )
