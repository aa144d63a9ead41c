"""The shapes linkage computes with: whole numbers, truths and weights, one per record or per pair."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Whole: TypeAlias = npt.NDArray[np.int64]
Codes: TypeAlias = npt.NDArray[np.int32]
Truth: TypeAlias = npt.NDArray[np.bool_]
Bits: TypeAlias = npt.NDArray[np.float64]
Levels: TypeAlias = npt.NDArray[np.int8]

NONE = -1  # the code of a missing value
