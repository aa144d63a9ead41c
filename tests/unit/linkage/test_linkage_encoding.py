"""Records as codes: what a later night adds, and what is kept of those who have left."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from linkage.encoding import LISTS, Encoded, encode
from linkage.standardise import standardise_distinct
from tests.linkage_tables import drawn, person_records

FIRST = """
    id | given | family | born       | sex | postcode
    p0 | Ann   | Hill   | 1950-05-04 | 2   | M1 1AE
    p1 | Joe   | Field  | 1961-07-08 | 1   | B33 8TH
    p2 | Ann   | Field  | 1972-09-10 | 2   | B33 8TH
"""
# Joe has left, Ann Hill has another name, and Zoe has come.
LATER = """
    id | given | family | born       | sex | postcode
    p0 | Ann   | Brook  | 1950-05-04 | 2   | M1 1AE
    p2 | Ann   | Field  | 1972-09-10 | 2   | B33 8TH
    p3 | Zoe   | Field  | 1980-01-02 | 2   | LS1 4AP
"""


def encoded(picture: str, size: int | None = None) -> Encoded:
    table = person_records(drawn(picture, source="gp"))
    return encode(standardise_distinct(table.slice(0, size)))


def decoded(records: Encoded) -> list[dict[str, object]]:
    """The records in words, whatever the codes."""
    columns = {
        column: [values[code].as_py() if code >= 0 else None for code in records.columns[column]]
        for name, values in records.values.items()
        for column in LISTS[name]
    }
    columns |= {name: column.tolist() for name, column in records.columns.items() if name not in columns}
    return pa.table(columns).to_pylist()


def succeeded() -> Encoded:
    first = encoded(FIRST)
    changed = np.array([0, 2])
    fresh = encode(standardise_distinct(person_records(drawn(LATER, source="gp")).take(pa.array(changed))), first.values)
    return first.succeeded(place=np.array([0, 2, -1]), changed=changed, fresh=fresh, former=np.array([0, 1]))


def test_a_later_night_reads_as_if_it_were_encoded_anew() -> None:
    both = succeeded()
    assert decoded(both.first(3)) == decoded(encoded(LATER))
    assert decoded(both)[3:] == decoded(encoded(FIRST))[:2]
    assert both.columns["given"][0] == both.columns["given"][3], "one name, one code, tonight and the night before"


def test_nothing_is_kept_of_who_has_left() -> None:
    tonight = succeeded().first(3)
    assert {"JOE", "HILL"} <= set(tonight.values["name"].to_pylist())
    kept = tonight.compact()
    assert sorted(kept.values["name"].to_pylist()) == ["ANN", "BROOK", "FIELD", "ZOE"]
    assert decoded(kept) == decoded(tonight)


def test_what_a_vault_keeps_is_the_same_and_holds_only_what_somebody_has() -> None:
    tonight = succeeded().first(3)
    records, values = tonight.tables()
    assert decoded(Encoded.from_tables(records, values)) == decoded(tonight)
    assert "JOE" not in values["value"].to_pylist()
    assert records.num_rows == 3


def test_a_list_without_any_value_stays_empty() -> None:
    nobody = encoded(FIRST, size=0)
    assert all(len(values) == 0 for values in nobody.values.values())
    assert decoded(Encoded.from_tables(*nobody.tables())) == []
    people, _ = nobody.people()
    assert len(people) == 0
