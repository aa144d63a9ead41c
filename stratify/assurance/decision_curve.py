"""What a list cut at a threshold of chance is worth, beside listing everybody and nobody.

Net benefit (Vickers and Elkin 2006, Med. Decis. Making 26:565-574) at threshold t: true alarms less false alarms times
t / (1 - t), a person. Who lists at t holds one missed event to be as bad as (1 - t) / t false alarms.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stratify.models.assessment import Paired

THRESHOLDS = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.125, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6)

CURVE = pa.schema(
    [
        ("threshold", pa.float64()), ("people", pa.int64()), ("events", pa.int64()), ("chosen", pa.int64()),
        ("found", pa.int64()), ("net_benefit", pa.float64()), ("everybody", pa.float64()),
    ]
)  # fmt: skip


def decision_curve(paired: Paired, thresholds: tuple[float, ...] = THRESHOLDS) -> pa.Table:
    """`CURVE` rows: people with at least the threshold's chance, those of them with the event, and net benefit a person.

    `everybody` is the net benefit of listing everybody; that of listing nobody is 0.
    """
    people, events = len(paired.p), int(paired.outcome.sum())
    rows = []
    for threshold in thresholds:
        chosen = paired.p >= threshold
        found = int((chosen & paired.outcome).sum())
        counts = {"people": people, "events": events, "chosen": int(np.count_nonzero(chosen)), "found": found}
        rows.append(
            {
                "threshold": threshold,
                **counts,
                "net_benefit": net_benefit(threshold, counts["chosen"], found, people),
                "everybody": net_benefit(threshold, people, events, people),
            }
        )
    return pa.Table.from_pylist(rows, schema=CURVE)


def net_benefit(threshold: float, chosen: int, found: int, people: int) -> float | None:
    """Net benefit a person of listing `chosen` of `people`, of whom `found` had the event; null without people."""
    return (found - (chosen - found) * threshold / (1 - threshold)) / people if people else None
