"""Files whose size is out of line with their forerunners wait for a person: a supplier's cut or a doubled delivery."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from pipelines.extracts.layout import TableLayout

# F18 holds a count that drops by 60 % or doubles against the median before it. A feed with half its rows has to be found too, so
# we hold at a drop of 40 %: months differ by a fifth at most (working days, bank holidays).
DROP_TO = 0.6
GROWTH_TO = 2.0
LEAST_ROWS = 60  # a median below this says nothing: a count of 60 falls to 36 by chance once in a thousand times


class Count(NamedTuple):
    """Rows of one file, in the order of its table."""

    period: dt.date | None
    rows: int


def out_of_line(counts: Sequence[Count], layout: TableLayout, released: Sequence[bool]) -> list[str | None]:
    """For each file of one table, why it is to be held, or None. Files a person has released are not held.

    A full list is measured against all full lists before it; a file of events against those before it that cover a
    period as long (a year's file says nothing of a month's). Files held are no measure for later ones.
    """
    lengths = [None] * len(counts) if layout.full_list else period_lengths([count.period for count in counts])
    answers: list[str | None] = []
    for index, count in enumerate(counts):
        before = [
            counts[earlier].rows for earlier in range(index) if lengths[earlier] == lengths[index] and answers[earlier] is None
        ]
        known = layout.full_list or lengths[index] is not None
        answers.append(_reason(count.rows, before) if known and before and not released[index] else None)
    return answers


def _reason(rows: int, before: list[int]) -> str | None:
    usual = statistics.median(before)
    if usual >= LEAST_ROWS and not usual * DROP_TO < rows < usual * GROWTH_TO:
        return f"{rows} rows where {usual:.0f} are usual"
    return None


def period_lengths(ends: Sequence[dt.date | None]) -> list[int | None]:
    """Days each file covers, in steps (about a day, week, month, quarter, year), by the end of the period before it.

    None where no earlier period is known. A refresh of the same period covers what the first delivery did.
    """
    lengths: list[int | None] = []
    for index, end in enumerate(ends):
        before = [other for other in ends[:index] if other is not None and end is not None and other < end]
        lengths.append(_step((end - max(before)).days) if before and end is not None else None)
    return lengths


def _step(days: int) -> int:
    steps = (1, 7, 14, 30, 91, 182, 365)
    return min(steps, key=lambda step: abs(days - step) / step)
