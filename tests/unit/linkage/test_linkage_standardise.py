"""Names, dates, postcodes and numbers in the one form that linkage compares."""

from __future__ import annotations

import datetime
import itertools
import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage import standardise
from linkage.dates import birth_dates
from linkage.encoding import encode
from linkage.mergers import successions
from linkage.names import LONGEST_NAME, clean_names, family_names, first_words, given_names, last_words, whole_names
from schemas.identifiable import RegisterMerger
from tests.linkage_tables import NUMBERS, drawn, person_records, register_mergers
from tests.reference_cascade import family_words, given_words, words


@pytest.mark.parametrize(
    ("raw", "given_name", "family_name"),
    [
        ("O’Brien", "OBRIEN", "OBRIEN"),
        ("o'brien", "OBRIEN", "OBRIEN"),
        ("Mr. John", "JOHN", "JOHN"),
        ("Rev Dr Ada", "ADA", "ADA"),
        ("Dr", "DR", "DR"),
        ("Mary Ann Jnr", "MARY ANN", "MARY ANN"),
        ("Smith - Jones", "SMITH JONES", "SMITH JONES"),
        ("van der Berg", "VAN DER BERG", "VANDERBERG"),
        ("de la Cruz da Silva", "DE LA CRUZ DA SILVA", "DELACRUZ DASILVA"),
        ("ƀo a", "ɃO A", "ɃO A"),
        ("Abdul Rahman", "ABDULRAHMAN", "ABDULRAHMAN"),
        ("Zoë", "ZOE", "ZOE"),
        ("Łukasz Ærø", "LUKASZ AERO", "LUKASZ AERO"),
        ("Straße", "STRASSE", "STRASSE"),
        ("محمَد", "محمد", "محمد"),
        ("देवी", "देवी", "देवी"),
        ("Σοφία", "ΣΟΦΙΑ", "ΣΟΦΙΑ"),
        ("BABY", None, "BABY"),
        ("Twin 2", None, "TWIN"),
        ("second twin", None, "SECOND TWIN"),
        ("na", None, "NA"),
        ("N/A", None, None),
        ("unknown male", None, None),
        ("Not known", None, None),
        ("XX", None, None),
        ("Surname", "SURNAME", None),
        ("12", None, None),
        ("  ", None, None),
        (None, None, None),
    ],
)
def test_names(raw: str | None, given_name: str | None, family_name: str | None) -> None:
    cleaned = clean_names(pa.array([raw], pa.string()))
    assert given_names(cleaned).to_pylist() == [given_name]
    assert family_names(cleaned).to_pylist() == [family_name]


def test_words_of_a_name() -> None:
    names = pa.array(["MARY JANE", "SMITH", None])
    assert whole_names(names).to_pylist() == ["MARYJANE", "SMITH", None]
    assert first_words(names).to_pylist() == ["MARY", "SMITH", None]
    assert last_words(names).to_pylist() == ["JANE", "SMITH", None]


def test_a_very_long_name_is_cut() -> None:
    assert clean_names(pa.array(["a" * 10_000])).to_pylist() == ["A" * LONGEST_NAME]


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cn"]), max_size=30))
def test_names_equal_the_reference_for_any_text(raw: str) -> None:
    cleaned = clean_names(pa.array([raw]))
    assert (given_names(cleaned)[0].as_py() or "").split() == given_words(raw)
    assert (family_names(cleaned)[0].as_py() or "").split() == family_words(raw)


def test_every_letter_of_every_script_stays_in_a_name() -> None:
    """One name for each code point, against the reference: none is lost for the age of a Unicode table."""
    letters = [chr(point) for point in range(0x80, 0x30000) if unicodedata.category(chr(point)) not in ("Cs", "Cn")]
    cleaned = clean_names(pa.array(letters)).to_pylist()
    assert [letter for letter, name in zip(letters, cleaned, strict=True) if (name or "").split() != words(letter)] == []


@pytest.mark.parametrize(
    ("born", "year", "month", "day", "has_code", "is_full"),
    [
        ("1950-05-04", 1950, 5, 4, True, True),
        ("1969-12-31", 1969, 12, 31, True, True),
        ("1950-01-01", 1950, -1, -1, True, False),
        ("1900-01-01", -1, -1, -1, False, False),
        ("1901-05-04", -1, 5, 4, False, False),
        ("9999-12-31", -1, -1, -1, False, False),
        (None, -1, -1, -1, False, False),
    ],
)
def test_dates(born: str | None, year: int, month: int, day: int, *, has_code: bool, is_full: bool) -> None:
    date = None if born is None else datetime.date.fromisoformat(born)
    parts = birth_dates(pa.chunked_array([pa.array([date], pa.date32())]))
    assert (parts.year[0], parts.month[0], parts.day[0]) == (year, month, day)
    assert (parts.code[0] >= 0, parts.is_full[0]) == (has_code, is_full)


def test_dates_have_one_code_each() -> None:
    days = [datetime.date(1902, 1, 1) + datetime.timedelta(days=step) for step in range(0, 60_000, 7)]
    codes = birth_dates(pa.chunked_array([pa.array(days, pa.date32())])).code
    assert len(np.unique(codes)) == len(days)
    assert codes.min() >= 0


def test_mergers_are_followed_through_chains() -> None:
    chains = successions(register_mergers(n1="n2", n2="n3", n4="n3"))
    numbers = pa.chunked_array([[NUMBERS["n1"], NUMBERS["n2"], NUMBERS["n3"], NUMBERS["n5"], None]])
    n3 = NUMBERS["n3"]
    assert chains.follow(numbers).to_pylist() == [n3, n3, n3, NUMBERS["n5"], None]
    assert chains.in_a_cycle == 0


def test_a_long_chain_is_followed_to_its_end() -> None:
    names = [f"{step:010d}" for step in range(300)]
    rows = [{"old_nhs_number": old, "new_nhs_number": new} for old, new in itertools.pairwise(names)]
    chains = successions(pa.Table.from_pylist(rows, schema=RegisterMerger.arrow_schema()))
    assert set(chains.follow(pa.chunked_array([names])).to_pylist()) == {names[-1]}


def test_mergers_in_a_cycle_lead_nowhere() -> None:
    chains = successions(register_mergers(n1="n2", n2="n3", n3="n1", n4="n1", n5="n5"))
    numbers = pa.chunked_array([[NUMBERS[name] for name in ("n1", "n4", "n5")]])
    assert chains.follow(numbers).to_pylist() == numbers.to_pylist()
    assert chains.in_a_cycle == 4


def test_no_mergers() -> None:
    chains = successions(RegisterMerger.empty())
    assert chains.follow(pa.chunked_array([[None, "1"]], pa.string())).to_pylist() == [None, "1"]


def test_standardised_columns() -> None:
    rows = drawn(
        """
        source | id | number | status | given     | other     | family      | born       | sex | postcode | protected
        gp     | p1 | n1     | 01     | Mary-Jane | Ann Lucy  | O'Hara-Day  | 1950-05-04 | 2   | swia 1aa | yes
        gp     | p2 |        | 02     | baby      |           | unknown     |            | 9   | ZZ99 3VZ |
        """
    )
    one, two = standardise(person_records(rows)).to_pylist()
    assert one == {
        "source": "gp", "local_patient_id": "p1", "nhs_number": NUMBERS["n1"], "nhs_number_given": None, "number_verified": True,
        "given_name": "MARYJANE",
        "given_first": "MARY", "other_given_name": "ANN", "alias": None, "family_name": "OHARADAY", "family_first": "OHARA",
        "family_last": "DAY", "previous_family_name": None, "date_of_birth": datetime.date(1950, 5, 4), "gender": "2",
        "postcode": "SW1A 1AA", "outward": "SW1A", "sector": "SW1A 1", "previous_postcode": None, "gp_practice_code": None,
        "protected": True,
    }  # fmt: skip
    assert {name for name, value in two.items() if value is not None} == {
        "source", "local_patient_id", "number_verified", "protected"
    }  # fmt: skip
    assert (two["number_verified"], two["protected"]) == (False, False)


def test_names_share_one_list_of_codes() -> None:
    rows = drawn(
        """
        source | id | given | other | family | previous
        gp     | p1 | Anna  | Kit   | Bell   |
        gp     | p2 | Bell  |       | Anna   | Kit
        """
    )
    people, texts = encode(standardise(person_records(rows))).people()
    named = {texts["given"].text(code): code for code in range(len(texts["given"]))}
    assert set(named) == {"ANNA", "BELL", "KIT"}
    assert people.given.tolist() == people.family[::-1].tolist() == [named["ANNA"], named["BELL"]]
    assert (people.other_given[0], people.previous_family[1], people.alias[0]) == (named["KIT"], named["KIT"], -1)
    assert len(people.take(np.array([1]))) == 1
