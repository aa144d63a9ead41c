"""Chances of rows that are arrays already."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stratify.models.tabular.sheet import Sheet
from stratify.models.tabular.table_model import SLICE, TableModel, sheet_log_odds


def chances(model: TableModel, sheet: Sheet) -> npt.NDArray[np.float64]:
    parts = [sheet_log_odds(model, sheet.in_order(np.arange(first, min(first + SLICE, sheet.rows)))) for first in range(0, sheet.rows, SLICE)]
    odds = model.shift + model.slope * np.concatenate(parts)
    return np.asarray(1 / (1 + np.exp(-np.clip(odds, -30, 30))))
