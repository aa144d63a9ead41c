"""Keeps the kernel's compiled code on the disk, so that no night waits for the compiler: `python -m linkage.warm_up`."""

from __future__ import annotations

import shutil

import numpy as np
import pyarrow as pa

from linkage.engine.compiled import cache_folder
from linkage.engine.conditions import MEASURES, Alike, Comparison, Equal, level, yes
from linkage.engine.joins import is_member
from linkage.engine.rules import same
from linkage.engine.sheets import Sheet, encode_values, lay_out
from linkage.engine.weigher import Sides, Weigher
from linkage.engine.weights import LevelWeight, Weights


def warm_up() -> None:
    """Look up a key, and score two made-up records in every mode: what is not on the disk yet is compiled and kept there."""
    values, (names,) = encode_values(pa.chunked_array([pa.array(["ANN", "ANNE"])]))
    sheet = Sheet({"name": names, "town": np.zeros(2, dtype=np.int32)})
    likeness = (level(measure, yes(Alike(measure, "name", 1.0))) for measure in MEASURES)
    comparison = Comparison("name", (level("same", yes(Equal("name"))), *likeness))
    weights = Weights(0.0, {"name": {"same": LevelWeight(1.0)}})
    weigher = Weigher(Sides(sheet, None, {"name": lay_out(values)}, {}), (comparison,), (same("town"),), weights)
    weigher.keep(-np.inf)
    weigher.count()
    is_member(np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64))
    weigher.compare(np.zeros(1, dtype=np.int64), np.ones(1, dtype=np.int64))


def remove_stale() -> None:
    """Remove what other versions of the code have left beside the folder of this one."""
    current = cache_folder()
    for folder in current.parent.glob("compiled-*"):
        if folder != current:
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    remove_stale()
    warm_up()
