"""Which level two values of a file have: drawn tables, one comparison each."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from linkage.engine.weigher import Weigher
from linkage.engine.weights import Weights
from linkage.files.comparisons import comparisons_of
from linkage.files.fields import parse_fields
from linkage.files.sides import encode_sides

NAMES = [
    # given, family          given, family         level of given   level of family
    (("Ada", "Khan"),        ("ADA", "khan"),      "same",          "same"),
    ((None, "Khan"),         ("Ada", None),        "missing",       "missing"),
    (("Bill", "Khan"),       ("William", "Cahn"),  "nickname",      "far"),
    (("Rose", "Reed"),       ("Reed", "Rose"),     "swapped",       "swapped"),
    (("Rose", "Reeds"),      ("Reed", "Rose"),     "swapped",       "swapped"),
    (("Mary Jane", "Ng"),    ("Mary", "Ng-Lee"),   "part",          "part"),
    (("M", "Ng"),            ("Mary", "Lee"),      "initial",       "different"),
    (("Marigold", "Smith"),  ("Marygold", "Smyth"), "close",         "near"),
    (("Jack", "Jonson"),     ("Jsck", "Jonsson"),  "near",          "close"),
    (("Ada", "Khan"),        ("Zoe", "Pryce"),     "different",     "different"),
]  # fmt: skip

VALUES = [
    # field               left             right              level
    ("date_of_birth",     "1980-05-06",    "06/05/1980",      "same"),
    ("date_of_birth",     "1980-05-06",    "",                "missing"),
    ("date_of_birth",     "1980-05-06",    "1980-06-05",      "swapped"),
    ("date_of_birth",     "1980-05-06",    "1980-05-16",      "one_digit"),
    ("date_of_birth",     "1980-05-06",    "1908-05-06",      "one_digit"),
    ("date_of_birth",     "1980-05-06",    "1980-05-23",      "two_parts"),
    ("date_of_birth",     "1980-05-06",    "1973-05-06",      "two_parts"),
    ("date_of_birth",     "1980-01-01",    "1980-01-01",      "same_year_only"),
    ("date_of_birth",     "1980-01-01",    "1980-05-06",      "year"),
    ("date_of_birth",     "1980-05-06",    "1943-11-29",      "different"),
    ("gender",            "M",             "1",               "same"),
    ("gender",            "M",             "F",               "different"),
    ("gender",            "M",             "unknown",         "missing"),
    ("postcode",          "ZA1 1AB",       "za11ab",          "same"),
    ("postcode",          "ZA1 1AB",       "ZA1 1XY",         "sector"),
    ("postcode",          "ZA1 1AB",       "ZA2 1AB",         "slip"),
    ("postcode",          "ZA1 1AB",       "ZA1 9XY",         "district"),
    ("postcode",          "ZA1 1AB",       "ZB7 4XY",         "different"),
    ("postcode",          "2119",          "2191",            "slip"),
    ("address",           "7 Wallaby Pl",  "7 WALLABY PL.",   "same"),
    ("address",           "7 Wallaby Pl",  "7 wallabyplace",  "same"),
    ("address",           "7 Wallaby Pl",  "9 Wallaby Pl",    "street"),
    ("address",           "7 Wallaby Pl",  "7 Wallabrook Rd", "near"),
    ("address",           "7 Wallaby Pl",  "7 Hoseason St",   "number"),
    ("address",           "7 Wallaby Pl",  "9 Wallabrook Rd", "far"),
    ("address",           "7 Wallaby Pl",  "9 Hoseason St",   "different"),
    ("nhs_number",        "999 000 0018",  "9990000018",      "same"),
    ("nhs_number",        "9990000018",    "9990000081",      "slip"),
    ("nhs_number",        "9990000018",    "9990000026",      "different"),
    ("nhs_number",        "9990000018",    "0000000000",      "missing"),
    ("number:exact",      "18 04974",      "1804974",         "same"),
    ("number:exact",      "1804974",       "1804947",         "slip"),
    ("number:exact",      "1804974",       "1814944",         "near"),
    ("number:exact",      "nsw",           "nsa",             "different"),
    ("suburb:text",       "St Ives",       "st. ives",        "same"),
    ("suburb:text",       "cleveland",     "clevelend",       "close"),
    ("suburb:text",       "road",          "toad",            "near"),
    ("suburb:text",       "granville",     "grantfield",      "far"),
    ("suburb:text",       "eaton",         "utakarra",        "different"),
]  # fmt: skip


def levels(fields: str, left: dict[str, str | None], right: dict[str, str | None]) -> tuple[str, ...]:
    tables = [pa.table({name: pa.array([value or None], pa.string()) for name, value in side.items()}) for side in (left, right)]
    parsed = parse_fields(fields)
    comparisons = comparisons_of(parsed)
    found, _ = Weigher(encode_sides(parsed, tables), comparisons, [], Weights(0.0, {})).compare(np.array([0]), np.array([0]))
    return tuple(comparison.names[code] for comparison, code in zip(comparisons, found[0], strict=True))


@pytest.mark.parametrize(("left", "right", "given", "family"), NAMES)
def test_names(left: tuple[str | None, str], right: tuple[str, str | None], given: str, family: str) -> None:
    sides = ({"given_name": one, "family_name": other} for one, other in (left, right))
    assert levels("given_name,family_name", *sides) == (given, family)


@pytest.mark.parametrize(("field", "left", "right", "level"), VALUES)
def test_values(field: str, left: str, right: str, level: str) -> None:
    name = field.split(":")[0]
    assert levels(field, {name: left}, {name: right}) == (level,)
    assert levels(field, {name: right}, {name: left}) == (level,)


def test_a_family_name_alone_is_not_sought_among_given_names() -> None:
    assert levels("family_name", {"family_name": "Rose"}, {"family_name": "Reed"}) == ("different",)
