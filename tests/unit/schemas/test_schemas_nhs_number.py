"""The NHS number: the truth table, the repairs, the mask, the ranges, and the package nhs-number as oracle.

Numbers written out are of the test range; the others are computed, so that no real-looking number stands in a file.
"""

from __future__ import annotations

import copy
import itertools
import pickle
import random

import nhs_number as package
import pyarrow as pa
import pytest

from schemas.errors import CaselinkError, ConfigurationError
from schemas.nhs_number import (
    NhsNumber,
    NhsNumberKind,
    Reading,
    is_usable,
    numbers_with_a_slip,
    read_nhs_number,
    read_nhs_numbers,
    usable_numbers,
)
from schemas.nhs_number_bytes import _kind_by_first_four
from schemas.nhs_number_rule import KINDS, KINDS_WITH_NUMBER, begins_with_date, passes_modulus_11, placeholders, ranges

TEST_NUMBER = "9434765919"
NO_NUMBER = Reading(NhsNumberKind.BAD_LENGTH, None, False)


def right(beginning: str) -> str:
    """The lowest number that begins so, has a right check digit and is no placeholder."""
    space = 10 ** (9 - len(beginning))
    bodies = (beginning + str(tail).zfill(9 - len(beginning)) if space > 1 else beginning for tail in range(space))
    numbers = (body + str(check) for body in bodies for check in range(10))
    return next(number for number in numbers if passes_modulus_11(number) and number not in placeholders())


def wrong(beginning: str) -> str:
    """The same number with another last digit."""
    number = right(beginning)
    return number[:9] + str((int(number[9]) + 1) % 10)


TRUTH_TABLE = [
    # value                          kind               number given
    (None,                           "missing",         False),
    ("",                             "missing",         False),
    (" \t\u00a0- ",                  "missing",         False),
    ("12345",                        "bad_length",      False),
    ("94347659190",                  "bad_length",      False),
    ("unknown",                      "bad_length",      False),
    ("943476591X",                   "bad_length",      False),
    ("٩٤٣٤٧٦٥٩١٩",                   "bad_length",      False),  # digits of another script
    ("0000000000",                   "placeholder",     False),  # passes the check
    ("4444444444",                   "placeholder",     False),  # passes the check
    ("9999999999",                   "placeholder",     False),  # passes the check, and of the test range
    ("9000000009",                   "placeholder",     False),  # passes the check
    ("233" + "3455667",              "placeholder",     False),  # passes the check, and no date either
    ("1234567890",                   "placeholder",     False),  # fails the check: the list wins
    (wrong("943"),                   "bad_check_digit", False),
    (wrong("400"),                   "bad_check_digit", False),
    (wrong("5"),                     "bad_check_digit", False),  # never issued either: the check wins
    (wrong("0132"),                  "bad_check_digit", False),
    (right("00"),                    "not_issued",      False),
    (right("3113"),                  "not_issued",      False),
    (right("3199"),                  "not_issued",      False),
    (right("5"),                     "not_issued",      False),
    (right("80"),                    "not_issued",      False),
    (right("859"),                   "not_issued",      False),
    (right("86"),                    "not_issued",      False),
    (right("3202"),                  "northern_irish",  True),   # not a date, and need not be
    (right("010199"),                "scottish_chi",    True),
    (right("290200"),                "scottish_chi",    True),
    (right("290204"),                "scottish_chi",    True),
    (right("290203"),                "not_issued",      False),  # no such day
    (right("310499"),                "not_issued",      False),
    (right("320199"),                "northern_irish",  True),
    (right("011399"),                "not_issued",      False),  # no such month
    (right("010099"),                "not_issued",      False),
    (right("311299"),                "scottish_chi",    True),
    (right("32"),                    "northern_irish",  True),
    (right("399"),                   "northern_irish",  True),
    (right("400"),                   "valid",           True),
    (right("499"),                   "valid",           True),
    (right("6"),                     "valid",           True),
    (right("799"),                   "valid",           True),
    (right("900"),                   "test_range",      True),
    (TEST_NUMBER,                    "test_range",      True),
    (right("999"),                   "test_range",      True),
]  # fmt: skip


@pytest.mark.parametrize(("value", "kind", "given"), TRUTH_TABLE)
def test_truth_table(value: str | None, kind: str, given: bool) -> None:
    reading = read_nhs_number(value)
    assert reading.kind == kind
    assert (reading.number is not None) is given
    assert not reading.repaired
    read = read_nhs_numbers(pa.array([value], pa.string())).to_pylist()[0]
    assert read == {"kind": kind, "number": value if given else None, "repaired": False}


@pytest.mark.parametrize(
    "value",
    [
        "943 476 5919", "943-476-5919", " 9434765919 ", "943\u00a0476\u00a05919", "943\u2009476\u20095919",
        "943\u2011476\u20115919", "９４３４７６５９１９", "9 4 3 4 7 6 5 9 1 9",
        "\ufeff9434765919", "9434765919\r\n", "943\t476\t5919", "943–476—5919",
    ],
)  # fmt: skip
def test_separators_and_full_width_digits_are_no_damage(value: str) -> None:
    assert read_nhs_number(value) == Reading(NhsNumberKind.TEST_RANGE, NhsNumber(TEST_NUMBER), False)


CHI = right("010199")

REPAIRS = [
    # as delivered                 what it was
    (TEST_NUMBER + ".0",           TEST_NUMBER),
    (TEST_NUMBER + ".00",          TEST_NUMBER),
    ("943 476 5919.0",             TEST_NUMBER),
    ("9.434765919E+09",            TEST_NUMBER),
    ("9.434765919e+9",             TEST_NUMBER),
    ("9.4347659190E+09",           TEST_NUMBER),
    (CHI[1:],                      CHI),
    (CHI[1:] + ".0",               CHI),
    (f"{CHI[1]}.{CHI[2:]}E+08",    CHI),
]  # fmt: skip


@pytest.mark.parametrize(("value", "number"), REPAIRS)
def test_spreadsheet_damage_is_mended_where_nothing_is_guessed(value: str, number: str) -> None:
    reading = read_nhs_number(value)
    assert reading.number == NhsNumber(number)
    assert reading.repaired


@pytest.mark.parametrize(
    "value",
    [
        "9.43E+09",                # seven digits lost
        "9.43476591E+09",          # one digit lost: two numbers display so, one above, one below
        "9.434765919E+10",
        "9.434765919E+08",
        "9.434765919E-09",
        "94.34765919E+08",
        TEST_NUMBER + ".5",
        TEST_NUMBER + ".",
        TEST_NUMBER[1:],           # nine digits, and no Scottish number with a 0 in front
        CHI[2:],                   # two digits lost: nothing but Scotland begins with 0, and nothing with 00
        wrong("010199")[1:],       # nine digits whose check digit does not prove the 0
        right("010199")[:9],
        "000000000",
    ],
)  # fmt: skip
def test_what_cannot_be_proven_is_not_mended(value: str) -> None:
    assert read_nhs_number(value) == NO_NUMBER


def test_mended_but_wrong_is_refused_and_not_counted_as_repaired() -> None:
    number = wrong("943")
    assert read_nhs_number(number + ".0") == Reading(NhsNumberKind.BAD_CHECK_DIGIT, None, False)
    assert read_nhs_number(f"{number[0]}.{number[1:]}E+09") == Reading(NhsNumberKind.BAD_CHECK_DIGIT, None, False)
    assert read_nhs_number("9999999999.0") == Reading(NhsNumberKind.PLACEHOLDER, None, False)


def test_a_number_never_shows_its_digits_by_accident() -> None:
    number = NhsNumber(TEST_NUMBER)
    reading = read_nhs_number(TEST_NUMBER)
    shown = [
        repr(number),
        str(number),
        f"{number}",
        f"{number!s:>40}",
        f"{number:>40}",
        f"{number!a}",
        repr([number]),
        f"{reading}",
    ]
    assert not any(digit in text for text in shown for digit in "0123456789")
    assert "%s" % number == "NhsNumber(**********)"  # noqa: UP031


def test_a_number_shows_its_digits_when_asked() -> None:
    assert NhsNumber(TEST_NUMBER).ten_digits() == TEST_NUMBER
    assert NhsNumber(TEST_NUMBER).spaced() == "943 476 5919"


def test_a_number_is_a_value() -> None:
    number = NhsNumber(TEST_NUMBER)
    assert number == NhsNumber(TEST_NUMBER) != NhsNumber(right("900"))
    assert {number: 1}[copy.deepcopy(number)] == 1
    assert pickle.loads(pickle.dumps(number)) == number  # noqa: S301
    with pytest.raises(AttributeError):
        number._digits = ""  # type: ignore[misc]


@pytest.mark.parametrize("digits", ["", "943", "943 476 5919", "9999999999", wrong("943"), right("5")])
def test_nothing_else_can_be_made_a_number_and_the_refusal_does_not_show_it(digits: str) -> None:
    with pytest.raises(CaselinkError) as refusal:
        NhsNumber(digits)
    assert refusal.value.code == "E-NHS-NUMBER"
    assert not digits or digits not in str(refusal.value)


USABLE = {
    # kind:         (live, synthetic)
    "valid":        (True, True),
    "test_range":   (False, True),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_which_kinds_link_people(kind: NhsNumberKind) -> None:
    assert (is_usable(kind, synthetic=False), is_usable(kind, synthetic=True)) == USABLE.get(kind, (False, False))


def test_usable_numbers_of_a_column() -> None:
    live, chi, irish = right("400"), right("010199"), right("32")
    read = read_nhs_numbers(pa.chunked_array([[live, TEST_NUMBER, None], [chi, irish, "9999999999", "x"]]))
    assert usable_numbers(read, synthetic=False).to_pylist() == [live, None, None, None, None, None, None]
    assert usable_numbers(read, synthetic=True).to_pylist() == [live, TEST_NUMBER, None, None, None, None, None]


def test_a_slip_keeps_its_digits_and_nothing_else_does() -> None:
    slip = wrong("943")
    spaced = f"{slip[:3]} {slip[3:6]}-{slip[6:]}"
    column = pa.array([TEST_NUMBER, slip, None, spaced, slip + ".0", "9999999999", right("010199"), right("5"), "12345", ""])
    given = numbers_with_a_slip(column, read_nhs_numbers(column))
    assert given.to_pylist() == [None, slip, None, slip, slip, None, None, None, None, None]


def test_every_slip_in_one_digit_and_every_exchange_of_neighbours_keeps_its_digits() -> None:
    slips = [
        TEST_NUMBER[:i] + other + TEST_NUMBER[i + 1 :] for i in range(10) for other in "0123456789" if other != TEST_NUMBER[i]
    ]
    slips += [TEST_NUMBER[:i] + TEST_NUMBER[i + 1] + TEST_NUMBER[i] + TEST_NUMBER[i + 2 :] for i in range(9)]
    column = pa.array(slips)
    assert numbers_with_a_slip(column, read_nhs_numbers(column)).to_pylist() == slips


MIXED = [
    None, TEST_NUMBER, "943 476 5919", "", "9.434765919E+09", wrong("943"), TEST_NUMBER + ".0", "943-476-5919", CHI[1:],
    "no", right("400"), "９４３４７６５９１９", None, "abcdefghij", right("5"), "9999999999.0", "943476591é", "1234567890",
]  # fmt: skip


@pytest.mark.parametrize(
    "column",
    [
        pa.array(MIXED),
        pa.array(["x", *MIXED, TEST_NUMBER])[1:-1],
        pa.array(MIXED, pa.large_string()),
        pa.array(MIXED, pa.string_view()),
        pa.array(MIXED).dictionary_encode(),
        pa.chunked_array([MIXED[:5], [], MIXED[5:6], MIXED[6:]]),
        pa.chunked_array([pa.array(MIXED).dictionary_encode()]),
    ],
    ids=["text", "slice", "large text", "text view", "dictionary", "chunks", "dictionary chunk"],
)
def test_the_shape_of_the_column_does_not_matter(column: pa.Array | pa.ChunkedArray) -> None:
    read = read_nhs_numbers(column)
    readings = [read_nhs_number(value) for value in MIXED]
    assert read["kind"].to_pylist() == [reading.kind for reading in readings]
    assert read["number"].to_pylist() == [reading.number.ten_digits() if reading.number else None for reading in readings]
    assert read["repaired"].to_pylist() == [reading.repaired for reading in readings]


def test_columns_and_types_are_the_promised_ones_whatever_comes_in() -> None:
    nothing, nulls = read_nhs_numbers(pa.array([], pa.string())), read_nhs_numbers(pa.nulls(2))
    whole = read_nhs_numbers(pa.array([int(TEST_NUMBER), int(CHI)]))
    assert nothing.num_rows == 0
    assert nulls["kind"].to_pylist() == ["missing", "missing"]
    assert whole["kind"].to_pylist() == ["test_range", "scottish_chi"]
    assert nothing.schema == nulls.schema == whole.schema
    assert nothing.schema.field("kind").type == pa.dictionary(pa.int8(), pa.string())
    assert (nothing.schema.field("number").type, nothing.schema.field("repaired").type) == (pa.string(), pa.bool_())


def test_many_blocks_lie_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("schemas.nhs_number.BLOCK_ROWS", 3)
    read = read_nhs_numbers(pa.array(MIXED))
    assert read["kind"].to_pylist() == [read_nhs_number(value).kind for value in MIXED]


def test_every_first_four_digits_read_alike_both_ways() -> None:
    values = [number for four in range(10_000) for number in (right(f"{four:04d}"), wrong(f"{four:04d}"))]
    assert read_nhs_numbers(pa.array(values))["kind"].to_pylist() == [read_nhs_number(value).kind for value in values]


def test_placeholders_pass_the_check_so_the_check_is_not_enough() -> None:
    assert sum(passes_modulus_11(value) for value in placeholders()) == len(placeholders()) - 1 == 20


def test_ranges_cover_all_numbers_without_gap_or_overlap() -> None:
    edges = [(int(first), int(last)) for first, last, _ in ranges()]
    assert edges[0][0] == 0
    assert edges[-1][1] == 9_999_999_999
    assert all(later[0] == earlier[1] + 1 for earlier, later in itertools.pairwise(edges))
    assert {kind for _, _, kind in ranges()} == KINDS_WITH_NUMBER | {NhsNumberKind.NOT_ISSUED}


def test_a_range_that_ends_within_four_digits_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = (("0000000000", "0000499999", NhsNumberKind.VALID), ("0000500000", "9999999999", NhsNumberKind.VALID))
    monkeypatch.setattr("schemas.nhs_number_bytes.ranges", lambda: cut)
    with pytest.raises(ConfigurationError, match="E-REFERENCE-RANGE"):
        _kind_by_first_four("0000")


# --- the package nhs-number 2.2.0 as oracle ---------------------------------------------------------------------------------


def ours_as_the_package_says(value: str) -> bool:
    """Our answer to the package's question: does the check digit fit, and is a Scottish birth date a date?"""
    kind = read_nhs_number(value).kind
    if kind in (NhsNumberKind.PLACEHOLDER, NhsNumberKind.NOT_ISSUED):  # differences 1 and 2
        scottish = "0100" <= value[:4] <= "3112"
        return passes_modulus_11(value) and (not scottish or begins_with_date(value))
    return kind in KINDS_WITH_NUMBER


def test_any_ten_digits_agree_with_the_package() -> None:
    draw = random.Random(20261122)
    values = [f"{draw.randrange(10**10):010d}" for _ in range(20_000)]
    values += [right(f"{draw.randrange(10**8):08d}"[:7]) for _ in range(2_000)]
    assert [value for value in values if ours_as_the_package_says(value) != package.is_valid(value)] == []


def test_every_scottish_day_agrees_with_the_package() -> None:
    days = [f"{day:02d}{month:02d}{year}" for day in range(1, 32) for month in range(13) for year in ("00", "01", "04", "99")]
    values = [right(day) for day in days]
    assert [value for value in values if ours_as_the_package_says(value) != package.is_valid(value)] == []


DIFFERENCES = [
    # value                    package  ours                why
    ("4444444444",             True,    "placeholder"),     # 1 placeholders pass the check
    ("9000000009",             True,    "placeholder"),
    (right("5"),               True,    "not_issued"),      # 2 ranges that nobody was given a number from
    (right("80"),              True,    "not_issued"),
    (right("3113"),            True,    "not_issued"),
    (right("00"),              True,    "not_issued"),
    ("943\u00a0476\u00a05919", False,   "test_range"),      # 3 other separators, other places
    ("94 34 76 59 19",         False,   "test_range"),
    ("９４３ ４７６ ５９１９", True,    "test_range"),      #   (full-width digits: both read them)
    ("٩٤٣٤٧٦٥٩١٩",             True,    "bad_length"),      # 4 digits of other scripts
    (TEST_NUMBER + ".0",       False,   "test_range"),      # 5 spreadsheet damage
    ("9.434765919E+09",        False,   "test_range"),
    (CHI[1:],                  False,   "scottish_chi"),
]  # fmt: skip


@pytest.mark.parametrize(("value", "theirs", "ours"), DIFFERENCES)
def test_differences_from_the_package(value: str, theirs: bool, ours: str) -> None:
    assert package.is_valid(value) is theirs
    assert read_nhs_number(value).kind == ours
