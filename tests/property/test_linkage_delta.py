"""A delta night against a full one: whatever changed in sources, register, mergers and judgements, the tables are the same."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage import Encoded, Linked, LinkSettings, link_records, population
from linkage import delta as delta_night
from linkage.delta import Before
from schemas.identifiable import Judgement, PersonRecord
from tests.dials import examples
from tests.property.test_linkage_equals_reference import FIELDS, MERGERS, NUMBERS, to_tables

SOURCES = ("gp", "sus_apc", "cld", "asc_person")
IDS = [("register", f"r{n}") for n in range(6)] + [(source, f"p{n}") for source in SOURCES for n in range(3)]

RECORD = st.fixed_dictionaries({**FIELDS, "nhs_number_given": st.sampled_from([None, None, "9990000019", "9990000081"])})
NIGHT = st.dictionaries(st.sampled_from(IDS), RECORD, min_size=4)
# What becomes of some records: gone, or another row.
CHANGES = st.dictionaries(st.sampled_from(IDS), st.one_of(st.none(), RECORD), max_size=4)
SAID = st.lists(
    st.tuples(
        st.sampled_from([each for each in IDS if each[0] != "register"]),
        st.sampled_from(["r0", "r1", "r2"]),
        st.sampled_from(["link", "non-link", "unsure"]),
    ),
    max_size=3,
)


def rows_of(night: dict[tuple[str, str], dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"source": source, "local_patient_id": local_id, **row} for (source, local_id), row in night.items()]


def judgements_of(said: list[Any]) -> pa.Table:
    rows = [
        {
            "source": source, "local_patient_id": local_id, "register_id": register_id, "decision": decision, "reviewer": "ann",
            "decided_at": dt.datetime(2026, 4, 1, hour, tzinfo=dt.UTC), "model_version": "fixed-2",
        }
        for hour, ((source, local_id), register_id, decision) in enumerate(said)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=Judgement.arrow_schema())


def check_equal(one: Linked, other: Linked) -> None:
    for name in ("matches", "review_pairs", "near_misses", "conflicts", "waterfall"):
        mine, hers = getattr(one, name), getattr(other, name)
        assert mine.to_pylist() == hers.to_pylist(), name
        assert mine.schema.equals(hers.schema)


def before_of(tables: tuple[pa.Table, pa.Table], judgements: pa.Table, linked: Linked, kept: str = "as it was") -> Before:
    """The night before; what it kept of its encoding is nothing, all of it, or only values that are still somebody's."""
    ways = {"nothing": None, "as it was": linked.encoded, "from the vault": Encoded.from_tables(*linked.encoded.tables())}
    return Before(
        *tables, judgements, linked.matches, linked.review_pairs, linked.near_misses, linked.conflicts, linked.basis, ways[kept]
    )


def check_delta(
    night: dict[Any, Any],
    changes: dict[Any, Any],
    mergers: dict[str, str],
    other_mergers: dict[str, str],
    same_mergers: bool,
    said: list[Any],
    more: list[Any],
    block_cap: int,
    kept: str,
    crowd: int,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in (population, delta_night):
            patch.setattr(module, "CROWD", crowd)
        check_three_nights(night, changes, mergers, other_mergers, same_mergers, said, more, block_cap, kept)


def check_three_nights(
    night: dict[Any, Any],
    changes: dict[Any, Any],
    mergers: dict[str, str],
    other_mergers: dict[str, str],
    same_mergers: bool,
    said: list[Any],
    more: list[Any],
    block_cap: int,
    kept: str,
) -> None:
    chosen = LinkSettings(block_cap=block_cap)
    first = to_tables(rows_of(night), mergers)
    before = before_of(first, judgements_of(said), link_records(*first, chosen, judgements_of(said)), kept)
    tonight = {key: row for key, row in (night | changes).items() if row is not None}
    second = to_tables(rows_of(tonight), mergers if same_mergers else other_mergers)
    judgements = judgements_of(said + more)
    full = link_records(*second, chosen, judgements)
    delta = link_records(*second, chosen, judgements, before=before)
    check_equal(delta, full)
    # And the night after that, which starts from what a delta night has kept.
    third = link_records(*first, chosen, judgements, before=before_of(second, judgements, delta, kept))
    check_equal(third, link_records(*first, chosen, judgements))


EVERYTHING = (
    NIGHT,
    CHANGES,
    MERGERS,
    MERGERS,
    st.booleans(),
    SAID,
    SAID,
    st.sampled_from([1, 2, 500]),
    st.sampled_from(["nothing", "as it was", "from the vault"]),
    st.sampled_from([1, 2, 500]),
)
test_delta_equals_full = settings(max_examples=examples(30, 15), deadline=None)(given(*EVERYTHING)(check_delta))
test_delta_equals_full_of_many = pytest.mark.deep(settings(max_examples=600, deadline=None)(given(*EVERYTHING)(check_delta)))


def test_nothing_changed_decides_nothing_again() -> None:
    row: dict[str, Any] = {
        "nhs_number": NUMBERS[0], "given_name": "Anna", "family_name": "Khan", "date_of_birth": dt.date(1950, 5, 4), "gender": "2"
    }  # fmt: skip
    tables = to_tables(rows_of({("register", "r0"): row, ("gp", "p0"): row, ("gp", "p1"): {**row, "nhs_number": NUMBERS[1]}}), {})
    linked = link_records(*tables)
    again = link_records(*tables, before=before_of(tables, Judgement.empty(), linked))
    check_equal(again, linked)
    assert (linked.notes["records decided"], again.notes["records decided"]) == (2, 0)
    rows = [{**each, "postcode": "M1 1AE"} if each["local_patient_id"] == "p1" else each for each in tables[0].to_pylist()]
    moved = pa.Table.from_pylist(rows, schema=PersonRecord.arrow_schema())
    assert link_records(moved, tables[1], before=before_of(tables, Judgement.empty(), linked)).notes["records decided"] == 1


def test_after_a_night_without_anybody_comes_a_full_one() -> None:
    nobody = to_tables([], {})
    before = before_of(nobody, Judgement.empty(), link_records(*nobody))
    row: dict[str, Any] = {"nhs_number": NUMBERS[0], "given_name": "Anna", "date_of_birth": dt.date(1950, 5, 4)}
    tonight = to_tables(rows_of({("register", "r0"): row, ("gp", "p0"): row}), {})
    check_equal(link_records(*tonight, before=before), link_records(*tonight))
