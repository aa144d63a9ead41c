"""Generated deliveries: nothing is lost, lines are right, order and delivery do not matter."""

from __future__ import annotations

import csv
import datetime as dt
import io
import random
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.extracts.layout import Field, FieldType
from pipelines.extracts.lines import line_numbers
from pipelines.extracts.parsers import parse_dates, parse_money
from tests.extract_inbox import ANN, BEN, CAT, Inbox

CELLS = st.text(st.sampled_from('ab",\n\r|é '), max_size=6)
FEW = settings(max_examples=60, deadline=None)


@FEW
@given(
    rows=st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=1, max_size=12),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
def test_line_numbers_are_those_of_an_editor(rows: list[tuple[str, str, str]], quoting: int) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=quoting, lineterminator="\r\n")  # type: ignore[arg-type]
    starts = []
    for row in [("x", "y", "z"), *rows]:
        starts.append(len(text.getvalue().replace("\r\n", "\n").replace("\r", "\n").split("\n")))
        writer.writerow(row)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "text"
        path.write_text(text.getvalue(), encoding="utf-8", newline="")
        numbers = line_numbers(path, "text", ",")
        found = [int(numbers.of(numbers._rows * 0 + row)[0]) if len(numbers._rows) else row for row in range(1, len(starts) + 1)]
    assert found == starts


LINES = st.sampled_from(
    [
        f"{ANN},Lee,1940-02-03",
        f"{BEN},Low,bad",
        f"{CAT},Lea",
        f"{CAT},Lea,1940-01-01,x",
        ",,",
        "",
        '"' + ANN + '","a\nb",1950-01-01',
        ",Zo\x00e,1940-02-03",
        f'{ANN},O"Hara,03/02/1940',
    ]
)


@FEW
@given(lines=st.lists(LINES, max_size=30), ending=st.sampled_from(["\n", "\r\n"]))
def test_good_rows_and_refused_rows_are_the_rows_of_the_file(lines: list[str], ending: str) -> None:
    expected_bad = sum(line.count(",") in (1, 3) or "\x00" in line for line in lines)
    expected_rows = sum(line not in ("", ",,") for line in lines)
    with TemporaryDirectory() as folder:
        inbox = Inbox.at(Path(folder))
        inbox.put("register", "register_2026-10-30.csv", ending.join(["NHS_NUMBER,FAMILY_NAME,DATE_OF_BIRTH", *lines, ""]))
        landed = inbox.land("register")
        if not expected_rows:  # a register without a row is none
            assert (landed.state, landed.files) == ("refused", ())
            return
        file = landed.files[0]
        assert (file.rows, file.rejected) == (expected_rows, expected_bad)
        assert pq.read_metadata(file.converted_path).num_rows == expected_rows - expected_bad
        assert landed.rejects().num_rows == expected_bad + file.left_out


@FEW
@given(
    day=st.dates(dt.date(1850, 1, 1), dt.date(2199, 12, 31)),
    form=st.sampled_from(["%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d.%m.%Y %H:%M"]),
)
def test_every_date_comes_back(day: dt.date, form: str) -> None:
    values, bad = parse_dates(pa.array([day.strftime(form)]), Field("x", FieldType.DATE, "x"))
    assert (values.to_pylist(), bad.to_pylist()) == ([day], [False])


@FEW
@given(pence=st.integers(1 - 10**11, 10**11 - 1), grouped=st.booleans())
def test_every_amount_comes_back(pence: int, grouped: bool) -> None:
    pounds, rest = divmod(abs(pence), 100)
    text = ("-" if pence < 0 else "") + (f"{pounds:,}" if grouped else str(pounds)) + f".{rest:02}"
    values, bad = parse_money(pa.array([text]), Field("x", FieldType.MONEY, "x"))
    assert (values.to_pylist(), bad.to_pylist()) == ([pence], [False])


@pytest.mark.parametrize("seed", [1, 2])
def test_neither_the_order_of_rows_nor_of_months_changes_a_spell(seed: int, tmp_path: Path) -> None:
    """The same episodes in any order, in one file or each in one of its own, are the same spells."""
    chance = random.Random(seed)
    lines = [
        f"L{spell},RH8,S{spell},{order},2026-01-0{order},{chance.choice(['I50', 'J18', 'F03', ''])},{chance.choice(['X501', ''])}"
        for spell in range(6)
        for order in range(1, chance.randint(1, 4) + 1)
    ]
    head = "LOPATID,PROCODE,PROVSPNOPS,EPIORDER,ADMIDATE,DIAG_01,OPERTN_01\n"
    together, apart = Inbox.at(tmp_path / "one"), Inbox.at(tmp_path / "many")
    together.put("sus_apc", "sus_apc_2026-01.csv", head + "\n".join(lines) + "\n")
    for number, line in enumerate(chance.sample(lines, len(lines))):
        apart.put("sus_apc", f"sus_apc_2026-01_{number:02}.csv", f"{head}{line}\n")
    assert together.rows("sus_apc") == apart.rows("sus_apc")
