"""What landing says of a source, and what the night keeps of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from schemas.identifiable import Reject

# current: every file was read. held: some files wait for a person; the others were read.
# refused: a file broke a rule of the whole; nothing was read. missing: no file. stale: an earlier night's files.
# barred: no legal basis lets it be read; nothing of it is used, not even what an earlier night read.
STATES = ("current", "held", "refused", "missing", "stale", "barred")


@dataclass(frozen=True)
class LandedFile:
    """One file that the night reads.

    `rows` = good rows + `rejected` + `kept_out` by a flag; `left_out`: emptied values; `marked`: rows with a flag.
    """

    name: str
    table: str
    period: dt.date | None
    sha256: str
    rows: int
    rejected: int
    left_out: int
    converted_path: Path
    kept_out: int = 0
    marked: int = 0


@dataclass(frozen=True)
class LandedSource:
    """One source tonight: the files the night may read, in their order, and in one line what is wrong, if anything.

    `files` is empty where the source is refused, missing or barred. `held`: SHA-256 of the files that wait for a person.
    `quarantine`: where the rejects of every file that was converted lie, read or not.
    """

    source: str
    state: str
    files: tuple[LandedFile, ...] = ()
    message: str = ""
    warnings: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    quarantine: tuple[Path, ...] = ()

    @property
    def data_to(self) -> dt.date | None:
        """Last day the files' names speak of."""
        return max((file.period for file in self.files if file.period is not None), default=None)

    @property
    def usable_files(self) -> tuple[LandedFile, ...]:
        """Files the night may read."""
        return self.files

    def with_files_of(self, earlier: LandedSource) -> LandedSource:
        """The same source with an earlier night's files, marked stale; the reason stays."""
        message = f"{self.message or 'no file arrived'} The night used the files up to {earlier.data_to or 'an unknown date'}."
        return replace(self, state="stale", files=earlier.files, message=message)

    def rejects(self) -> pa.Table:
        """Every reject of tonight's files, also of refused and held ones, as rows of Reject."""
        tables = [pq.read_table(path, partitioning=None) for path in self.quarantine]
        return pa.concat_tables([Reject.empty(), *tables])

    def to_dict(self) -> dict[str, Any]:
        """As plain values, for a file in the vault."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> LandedSource:
        """What `to_dict` gave, also after JSON."""
        files = tuple(_file(each) for each in values["files"])
        many = {name: tuple(values[name]) for name in ("warnings", "held")}
        quarantine = tuple(Path(path) for path in values["quarantine"])
        return cls(values["source"], values["state"], files, values["message"], **many, quarantine=quarantine)


def _file(values: Mapping[str, Any]) -> LandedFile:
    period = values["period"]
    period = dt.date.fromisoformat(period) if isinstance(period, str) else period
    return LandedFile(**{**values, "period": period, "converted_path": Path(values["converted_path"])})
