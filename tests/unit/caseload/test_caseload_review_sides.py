"""Two records side by side: which fields agree, and where they differ, drawn. [x] is marked."""

from __future__ import annotations

import pytest

from caseload.review.desk import Pair
from caseload.review.sides import lines_of

DRAWN = [
    # field                left               right              state            left marked          right marked
    ("given_name",         "Ann",             "ANNE",            "differs",       "Ann",               "ANN[E]"),
    ("family_name",        "Blackwell",       "BLACKWELL",       "same",          "Blackwell",         "BLACKWELL"),
    ("date_of_birth",      "1950-03-06",      "1950-06-03",      "differs",       "[6] [March] 1950",  "[3] [June] 1950"),
    ("nhs_number",         "9990000018",      "",                "one side only", "999 000 0018",      ""),
    ("nhs_number",         "9990000018",      "9990000028",      "differs",       "999 000 00[1]8",    "999 000 00[2]8"),
    ("gender",             "1",               "2",               "differs",       "[male]",            "[female]"),
    ("gender",             "9",               "9",               "same",          "indeterminate",     "indeterminate"),
    ("address",            "36 Quarry Close", "151 Quarry Road", "differs",       "[36] Quarry [Close]", "[151] Quarry [Road]"),
    ("postcode",           "ZW1 1GZ",         "ZW1 1GX",         "differs",       "ZW1 1G[Z]",         "ZW1 1G[X]"),
    ("family_name",        "Groß",            "GROSS",           "same",          "Groß",              "GROSS"),
    ("family_name",        "Groß",            "Gross-Lee",       "differs",       "Gro[ß]",            "Gro[ss-Lee]"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "left", "right", "state", "first", "second"), DRAWN)
def test_a_field_of_both(name: str, left: str, right: str, state: str, first: str, second: str) -> None:
    (line,) = lines_of(Pair("p1", {name: (left, right)}))
    assert line.state == state
    for parts, drawn in ((line.left, first), (line.right, second)):
        assert "".join(f"[{part.text}]" if part.marked else part.text for part in parts) == drawn


def test_a_field_that_nobody_has_is_left_out() -> None:
    assert lines_of(Pair("p1", {"alias": ("", ""), "postcode": ("ZW1 1GZ", "ZW1 1GZ")}))[0].title == "Postcode"
