"""What a layout says is carried: the functions of its source ask for these columns, and for no other."""

from __future__ import annotations

import duckdb
import narwhals as nw
import pyarrow as pa
import pytest

from pipelines.extracts import EXTRACTS, register
from pipelines.extracts.casting import converted_schema
from pipelines.extracts.layout import AS_AT, FILE, PERIOD, SEQUENCE, Extract, TableLayout

ADDED = {FILE: pa.string(), SEQUENCE: pa.int64(), PERIOD: pa.date32(), AS_AT: pa.date32()}  # by assembling, to every table


def asked_for(extract: Extract, without: tuple[TableLayout, frozenset[str]] | None = None) -> bool:
    """Whether the source's functions fail without these columns of one of its tables."""
    with duckdb.connect() as engine:
        tables = {}
        for layout in extract.tables:
            gone = without[1] if without is not None and without[0] is layout else frozenset[str]()
            columns = {each.name: each.type for each in converted_schema(layout)} | ADDED
            schema = pa.schema([each for each in columns.items() if each[0] not in gone])
            tables[layout.name] = nw.from_native(engine.from_arrow(schema.empty_table()))
        functions = (
            extract.to_person_records,
            extract.to_activity,
            *([register.to_mergers] if extract.source == "register" else []),
        )
        try:
            for function in functions:
                made = function(tables)
                if made is not None:
                    made.to_native().fetchall()
        except (duckdb.Error, nw.exceptions.NarwhalsError):
            return True
    return False


LAYOUTS = [pytest.param(extract, layout, id=layout.name) for extract in EXTRACTS for layout in extract.tables]


@pytest.mark.parametrize(("extract", "layout"), LAYOUTS)
def test_nothing_is_made_of_a_column_that_is_not_carried(extract: Extract, layout: TableLayout) -> None:
    left = frozenset(item.name for item in layout.fields if not item.carried)
    assert not any(layout.field(name).required for name in left)
    assert not asked_for(extract, (layout, left))


@pytest.mark.parametrize(("extract", "layout"), LAYOUTS)
def test_a_column_that_is_carried_is_asked_for_or_names_a_person_or_an_event(extract: Extract, layout: TableLayout) -> None:
    keys = {name for key in (*layout.person_key, *layout.event_key, *layout.refers_to.values(), layout.any_of) for name in key}
    parts = {name for names in layout.lists.values() for name in names}
    elsewhere = {*keys, *parts, *layout.forgotten} | {item.name for item in layout.fields if item.links or item.shown}
    carried = [item.name for item in layout.fields if item.carried and item.name not in elsewhere]
    assert [name for name in carried if not asked_for(extract, (layout, frozenset([name])))] == []
    assert all(asked_for(extract, (layout, frozenset([name]))) for name in layout.lists)
