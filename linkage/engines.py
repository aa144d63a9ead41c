"""Who compares names in step 5: a list to choose from by `LinkSettings.engine`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linkage.arrays import Bits
from linkage.name_list import Similarity
from schemas.errors import ConfigurationError


def recordlinkage(left: Sequence[str], right: Sequence[str]) -> Bits:
    """Jaro-Winkler by the recordlinkage toolkit's `Compare`, over distinct pairs of names."""
    import pandas
    from recordlinkage import Compare  # takes seconds to import: scikit-learn comes with it

    compare = Compare()
    compare.string("name", "name", method="jarowinkler", label="likeness")
    positions = pandas.RangeIndex(len(left))
    pairs = pandas.MultiIndex.from_arrays([positions, positions])
    likeness = compare.compute(pairs, pandas.DataFrame({"name": left}), pandas.DataFrame({"name": right}))
    return np.asarray(likeness["likeness"], dtype=np.float64)


ENGINES: dict[str, Similarity] = {"recordlinkage": recordlinkage}


def engine_named(name: str) -> Similarity:
    """The engine of this name. Raises `ConfigurationError` `E-LINK-ENGINE` for another name."""
    if name not in ENGINES:
        raise ConfigurationError(
            "E-LINK-ENGINE", "linkage: there is no engine of this name.", cure=f"one of: {', '.join(sorted(ENGINES))}"
        )
    return ENGINES[name]
