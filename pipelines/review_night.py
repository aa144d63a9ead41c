"""What clerical review needs of one published night, small enough to be kept while the pages are served.

The night's tables are read once. Of them stay the pairs that may be shown and the records of those pairs, and for each record by
which pseudonym the audit log names its person. A protected identity's record is gone before anything is kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from governance.access.identity_file import FILE
from governance.table_files import TableReader
from linkage.review.judgements import PAIR
from linkage.review.pairs import RECORD, is_in, keys, may_show
from linkage.review.queue import Night
from pipelines.clerical_review import night_of
from pipelines.shelf import Shelf
from schemas.errors import GovernanceError
from schemas.identifiable import Judgement
from schemas.table import Rows
from schemas.zones import Zone

Record = tuple[str, str]  # source and local id


@dataclass(frozen=True)
class ReviewNight:
    """`night`: the tables of review, of pairs that may be shown alone. `subjects`: of each record of those pairs."""

    night: Night
    subjects: Mapping[Record, str]

    def people(self, pair: Mapping[str, str]) -> list[str]:
        """By which pseudonyms the audit log names the two records' people: one, where both are the same person's."""
        records = ((pair["source"], pair["local_patient_id"]), ("register", pair["register_id"]))
        return sorted({self.subjects[each] for each in records})


def review_night(shelf: Shelf, judgements: Rows[Judgement]) -> ReviewNight:
    """The night in this folder of the vault, with every pair that waits, was sampled or was judged so far.

    `GovernanceError` `E-ACCESS-VAULT` where its identities are not there: nothing could be written down.
    """
    whole = night_of(shelf)
    names = [*PAIR]
    tables = (whole.review_pairs, whole.sample, judgements)
    pairs = pa.concat_tables([table.select(names) for table in tables])
    shown = pairs.filter(may_show(pairs, whole.records, whole.matches, whole.mergers))
    ours = pa.concat_arrays([*keys(shown, *RECORD).chunks, *_of_register(shown).chunks])
    records = whole.records.filter(is_in(keys(whole.records, *RECORD), ours))
    waiting, sample = (table.filter(is_in(keys(table, *PAIR), keys(shown, *PAIR))) for table in tables[:2])
    night = Night(records, whole.matches.slice(0, 0), whole.mergers.slice(0, 0), waiting, sample)
    return ReviewNight(night, _subjects(shelf, records))


def _of_register(pairs: pa.Table) -> pa.ChunkedArray:
    register = pa.table({"source": pa.repeat("register", pairs.num_rows), "local_patient_id": pairs["register_id"]})
    return keys(register, *RECORD)


def _subjects(shelf: Shelf, records: pa.Table) -> dict[Record, str]:
    links = shelf.get(Zone.IDENTIFIABLE, "link")
    theirs = links.filter(is_in(keys(links, *RECORD), keys(records, *RECORD)))
    named = dict(_identities(shelf).among_rows("SELECT person_id, subject FROM person WHERE person_id IN", _ids(theirs)))
    rows = theirs.select([*RECORD, "person_id"]).to_pylist()
    found = {(row["source"], row["local_patient_id"]): named.get(row["person_id"], "") for row in rows}
    if len(found) < records.num_rows or not all(found.values()):
        raise GovernanceError("E-ACCESS-VAULT", "the vault does not say whose some records are, so no pair is shown.")
    return found


def _ids(links: pa.Table) -> list[str]:
    return list(pc.unique(links["person_id"]).drop_null().to_pylist())


def _identities(shelf: Shelf) -> TableReader:
    path: Path = shelf.folder / FILE
    if not path.is_file():
        raise GovernanceError("E-ACCESS-VAULT", "the vault has no identities of the night served.", cure="run a night")
    return TableReader(path)
