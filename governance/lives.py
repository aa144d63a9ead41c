"""Between which days each record's person lived, as far as her records say. It stays on the identifiable side of the wall."""

from __future__ import annotations

import pyarrow as pa

from governance.crosswalk import KEY, keys
from governance.person_ids import look_up
from governance.person_rows import best_records
from schemas.identifiable import Link, PersonRecord
from schemas.table import Rows

BORN, DIED = "born", "died"


def with_lives(tokens: pa.Table, records: Rows[PersonRecord], links: Rows[Link]) -> pa.Table:
    """`tokens` (source, local_patient_id, pseudonym) with `born` and `died` of the person: the word of her best record counts.

    Null where no record of hers says, as it is for somebody who lives.
    """
    person_ids = look_up(keys(records), keys(links), links["person_id"])
    best = best_records(records.append_column("person_id", person_ids).filter(person_ids.is_valid()))
    theirs = look_up(keys(tokens), keys(links), links["person_id"])
    columns = {
        name: look_up(theirs, best["person_id"], best[column])
        for name, column in ((BORN, "date_of_birth"), (DIED, "date_of_death"))
    }
    return pa.table({**{name: tokens[name] for name in (*KEY, "pseudonym")}, **columns})
