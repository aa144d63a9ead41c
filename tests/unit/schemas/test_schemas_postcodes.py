"""Postcodes: one form, letters and digits by position, pseudo-postcodes told apart."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import postcodes
from schemas.code_lists import load
from schemas.postcodes import is_pseudo_postcode, standardise_postcode

FORMS = [
    # as delivered      standard form
    ("m1 1ae",          "M1 1AE"),
    ("M11AE",           "M1 1AE"),
    ("B33 8TH",         "B33 8TH"),
    ("CR2 6XH",         "CR2 6XH"),
    ("DN55 1PT",        "DN55 1PT"),
    ("W1A 0AX",         "W1A 0AX"),
    ("EC1A 1BB",        "EC1A 1BB"),
    (" sw1a\u00a01aa ", "SW1A 1AA"),
    ("S.W.1.A-1AA",     "SW1A 1AA"),
    ("BF1 4PN",         "BF1 4PN"),
    ("MI IAE",          "M1 1AE"),
    ("WIA OAX",         "W1A 0AX"),
    ("ECIA IBB",        "EC1A 1BB"),
    ("C01 1AA",         "CO1 1AA"),
    ("P015 5RR",        "PO15 5RR"),
    ("PO1S 5RR",        None),       # only O and 0, I and 1 are mended
    ("0X1 1AA",         "OX1 1AA"),
    ("1P1 1AA",         "IP1 1AA"),
    ("B1I 1AA",         "B11 1AA"),
    ("BSO 1AA",         "BS0 1AA"),
    ("N1 0AA",          "N1 0AA"),
    ("ZZ99 3VZ",        "ZZ99 3VZ"),
    ("zz993wz",         "ZZ99 3WZ"),
    ("M1 1AC",          None),       # C I K M O V never stand in the inward part
    ("M1 1A0",          None),       # ... so a 0 there is no O
    ("Q1 1AA",          None),
    ("AI1 1AA",         "A11 1AA"),  # no area has I second
    ("A1I1 1AA",        None),
    ("M1",              None),
    ("M1 1AEE",         None),
    ("NOT KNOWN",       None),
    ("",                None),
    (None,              None),
]  # fmt: skip


@pytest.mark.parametrize(("delivered", "form"), FORMS)
def test_forms(delivered: str | None, form: str | None) -> None:
    assert standardise_postcode(delivered) == form


def test_a_column_reads_as_its_values_do() -> None:
    column = pa.chunked_array([[delivered for delivered, _ in FORMS], [FORMS[0][0]]])
    assert postcodes.standardise_postcodes(column).to_pylist() == [form for _, form in FORMS] + [FORMS[0][1]]


@settings(deadline=None)  # test machines are busy
@given(st.text(alphabet="ABCIKMNOSVWZ0189 ", max_size=9))
def test_standard_form_is_a_fixed_point(text: str) -> None:
    form = standardise_postcode(text)
    assert form is None or standardise_postcode(form) == form
    assert form is None or standardise_postcode(form.replace("1", "I").replace("0", "O")) == form
    assert standardise_postcode(text.lower().replace(" ", "")) == form


@pytest.mark.parametrize("postcode", [*load("pseudo_postcodes").codes, "ZZ99 9ZZ"])
def test_pseudo_postcodes_stand_for_no_place(postcode: str) -> None:
    assert standardise_postcode(postcode) == postcode
    assert is_pseudo_postcode(postcode)


def test_real_postcodes_are_not_pseudo() -> None:
    assert not is_pseudo_postcode("M1 1AE")
    assert postcodes.real_postcodes(pa.array(["M1 1AE", "ZZ99 3VZ", None])).to_pylist() == ["M1 1AE", None, None]


PARTS = [
    # postcode     outward  sector    district
    ("SW1A 1AA",   "SW1A",  "SW1A 1", "SW1"),
    ("M1 1AE",     "M1",    "M1 1",   "M1"),
    ("DN55 1PT",   "DN55",  "DN55 1", "DN55"),
    ("W1A 0AX",    "W1A",   "W1A 0",  "W1"),
    ("ZZ99 3VZ",   "ZZ99",  "ZZ99 3", "ZZ99"),
]  # fmt: skip


@pytest.mark.parametrize(("postcode", "outward", "sector", "district"), PARTS)
def test_parts(postcode: str, outward: str, sector: str, district: str) -> None:
    assert (postcodes.outward(postcode), postcodes.sector(postcode), postcodes.district(postcode)) == (outward, sector, district)
    column = pa.array([postcode, None])
    assert postcodes.outwards(column).to_pylist() == [outward, None]
    assert postcodes.sectors(column).to_pylist() == [sector, None]
    assert postcodes.districts(column).to_pylist() == [district, None]
