"""What the values of a file become: dates, postcodes, addresses, numbers, codes, names; each distinct value once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from linkage.engine.sheets import Sheet
from linkage.files.dates import date_digits
from linkage.files.fields import FileField, fields_of, parse_fields
from linkage.files.reading import read_file
from linkage.files.sides import encode_sides
from linkage.files.values import PARTS
from schemas.errors import ConfigurationError
from schemas.nhs_number import read_nhs_numbers


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("1962-03-14", "19620314"),
        ("19620314", "19620314"),
        ("1962/3/4", "19620304"),
        ("14/03/1962", "19620314"),
        ("4.3.1962", "19620304"),
        (" 1962-03-14T00:00:00 ", "19620314"),
        ("1962-03-14 00:00:00.000", "19620314"),
        ("19620314.0", "19620314"),
        ("14-Mar-1962", "19620314"),
        ("4 SEPT 1962", "19620904"),
        ("14 March 1962", "19620314"),
        ("29/02/2000 00:00", "20000229"),
        ("1-Foo-1962", None),
        ("0000-00-00", None),
        ("1990-13-45", None),
        ("31/02/1990", None),
        ("19450231", None),
        ("19900000", None),
        ("29/02/1900", None),
        ("01/01/0001", None),
        ("9999-12-31", None),
        ("2101-01-02", None),
        ("1900-01-01", None),
        ("1901-07-04", None),
        ("1902-07-04", "19020704"),
        ("194502", None),
        ("", None),
    ],
)
def test_dates_in_many_forms(text: str, digits: str | None) -> None:
    assert date_digits(text) == digits


def parts(kind: str, name: str, *values: str | None) -> dict[str, Any]:
    made = PARTS[kind](name, pa.array(values, pa.string()))
    return {part: column.tolist() if isinstance(column, np.ndarray) else column.to_pylist() for part, column in made.items()}


def test_a_first_of_january_tells_only_the_year() -> None:
    found = parts("date", "born", "1980-01-01", "1980-05-06", None)
    assert found["born"] == ["19800101", "19800506", None]
    assert found["born.full"] == [None, "19800506", None]
    assert found["born.digits"] == [-1, 0x19800506, -1]
    assert (found["born.year"], found["born.month"], found["born.day"]) == ([1980, 1980, -1], [-1, 5, -1], [-1, 6, -1])


def test_british_postcodes_have_parts_and_pseudo_ones_are_missing() -> None:
    found = parts("postcode", "postcode", "za1 1ab", "ZA120BD", "ZZ99 3VZ", "none")
    assert found["postcode"] == ["ZA1 1AB", "ZA12 0BD", None, None]
    assert found["postcode.sector"] == ["ZA1 1", "ZA12 0", None, None]
    assert found["postcode.outward"] == ["ZA1", "ZA12", None, None]


def test_other_countries_codes_stay_as_they_are() -> None:
    found = parts("postcode", "postcode", "2119", " 31-65", None)
    assert found["postcode"] == ["2119", "3165", None]
    assert found["postcode.sector"] == [None, None, None]
    assert found["postcode.outward"] == ["21", "31", None]


def test_addresses_are_number_and_street() -> None:
    found = parts("address", "address", "Flat 2, 14 High St.", "The Old Mill", "221b baker street", " , ")
    assert found["address"] == ["FLAT 2 14 HIGH ST", "THE OLD MILL", "221B BAKER STREET", None]
    assert found["address.number"] == ["2", None, "221B", None]
    assert found["address.street"] == ["FLAT HIGH ST", "THE OLD MILL", "BAKER STREET", None]
    assert found["address.street_name"] == ["FLATHIGHST", "THEOLDMILL", "BAKERSTREET", None]


def test_nhs_numbers_keep_a_slip_and_lose_placeholders() -> None:
    found = parts("nhs_number", "nhs_number", "999 000 0018", "9990000019", "0000000000", "12")
    assert found["nhs_number"] == ["9990000018", "9990000019", None, None]


def test_the_test_range_is_used_only_where_most_numbers_are_of_it() -> None:
    real = [f"4{digits:08}" for digits in range(0, 40, 13)]
    read = (
        read_nhs_numbers(pa.array([f"{nine}{digit}" for nine in real for digit in range(10)]))["number"].drop_null().to_pylist()
    )
    assert len(read) >= 2
    made_up = "9990000018"
    assert parts("nhs_number", "nhs_number", made_up, *read)["nhs_number"] == [None, *read]
    assert parts("nhs_number", "nhs_number", made_up, "9990000026", read[0])["nhs_number"][0] == made_up


def test_genders_are_two_codes_however_they_are_written() -> None:
    found = parts("gender", "gender", "1.0", "2.00", "01", " m", "Female", "woman", "1", "9", "0.0", "3", "other", "10", None)
    assert found["gender"] == ["1", "2", "1", "1", "2", "2", "1", None, None, None, None, None, None]


def test_names_codes_and_texts() -> None:
    names = parts("name", "family_name", "Smith-Jones", "o'brien", "J", "unknown")
    assert names["family_name"] == ["SMITHJONES", "OBRIEN", "J", None]
    assert (names["family_name.first"][0], names["family_name.last"][0]) == ("SMITH", "JONES")
    assert names["family_name.only_initial"] == [None, None, "J", None]
    assert names["family_name.beginning"] == ["SMI", "OBR", "J", None]
    codes = parts("exact", "ward", "e05-00932", "nsw", "")
    assert (codes["ward"], codes["ward.long"], codes["ward.end"]) == (
        ["E0500932", "NSW", None],
        ["E0500932", None, None],
        ["0932", None, None],
    )
    assert parts("text", "suburb", "St.  Ives", None)["suburb"] == ["ST IVES", None]


def test_every_part_of_both_sides_is_coded_alike() -> None:
    left = pa.table({"given_name": ["Bill", None], "family_name": ["Rose", "Khan"], "date_of_birth": ["1980-05-06", None]})
    right = pa.table({"given_name": ["rose", "BILL"], "family_name": ["bill", None], "date_of_birth": ["06/05/1980", "x"]})
    sides = encode_sides(fields_of([left, right]), [left, right])
    assert sides.right is not None
    assert sides.left["given_name"][0] == sides.right["family_name"][0] == sides.right["given_name"][1]
    assert sides.left["given_name"][1] == sides.right["family_name"][1] == -1
    assert sides.left["date_of_birth"].tolist() == [sides.right["date_of_birth"][0], -1]
    assert sides.shares["date_of_birth"].tolist() == [1.0]
    assert sides.shares["family_name"].sum() == pytest.approx(1.0)
    assert isinstance(sides.left, Sheet)


def test_fields_are_parsed_and_found() -> None:
    assert parse_fields("given_name, ward:exact,notes:text") == (
        FileField("given_name", "name"),
        FileField("ward", "exact"),
        FileField("notes", "text"),
    )
    assert parse_fields("postcode:exact") == (FileField("postcode", "exact"),)
    tables = [pa.table({"record_id": ["1"], "gender": ["1"], "address": ["x"]}), pa.table({"record_id": ["1"], "gender": ["1"]})]
    assert fields_of(tables) == (FileField("gender", "gender"),)


def test_files_are_read_as_texts_in_the_order_of_their_ids(tmp_path: Path) -> None:
    table = pa.table({"record_id": [10, 9], "date_of_birth": [dt.date(1980, 5, 6), None], "given_name": ["  ", "ADA"]})
    pa.parquet.write_table(table, tmp_path / "a.parquet")
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbfrecord_id,date_of_birth,given_name\n10,1980-05-06,  \n9,,ADA\n")
    for source in (table, tmp_path / "a.parquet", str(tmp_path / "a.csv")):
        read = read_file(source, "left")
        assert read.to_pydict() == {"record_id": ["10", "9"], "date_of_birth": ["1980-05-06", None], "given_name": [None, "ADA"]}


def test_two_columns_of_one_name_are_refused() -> None:
    table = pa.Table.from_arrays([pa.array(["1"]), pa.array(["x"])], names=["record_id", "record_id"])
    with pytest.raises(ConfigurationError, match="two columns of one name"):
        read_file(table, "right")
