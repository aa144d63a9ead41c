"""Comparisons level by level, the evidence they leave, and likeness of names by either engine."""

from __future__ import annotations

import jellyfish
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linkage import COMPARISONS, standardise
from linkage.comparisons import COMPARISON_FUNCTIONS, LEVELS
from linkage.encoding import encode
from linkage.nicknames import nickname_groups
from linkage.pairs import FIELDS, SHORT_NAMES, Pairs, compare, comparer, join_pairs
from tests.linkage_tables import drawn, person_records


def levels_of(left: dict[str, str], right: dict[str, str]) -> dict[str, str]:
    """Level of every field for two people given by their drawn cells."""
    heads = sorted({*left, *right})
    lines = ["gp | p | " + " | ".join(row.get(head, "") for head in heads) for row in (left, right)]
    picture = "\n".join(["source | id | " + " | ".join(heads), *lines])
    people, texts = encode(standardise(person_records(drawn(picture)))).people()
    pairs = compare(comparer(people, people, texts), np.array([0]), np.array([1]))
    return {field: LEVELS[field][level] for field, level in zip(FIELDS, pairs.levels[0].tolist(), strict=True)}


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("1950-05-04", "1950-05-04", "same"),
        ("1950-05-04", "1950-04-05", "swapped"),
        ("1950-05-04", "1950-05-14", "two_parts"),
        ("1950-05-04", "1951-05-04", "two_parts"),
        ("1950-05-04", "1950-06-04", "two_parts"),
        ("1950-05-04", "1950-07-09", "different"),
        ("1950-05-04", "1982-11-30", "different"),
        ("1950-01-01", "1950-01-01", "same_placeholder"),
        ("1950-01-01", "1950-05-04", "partial"),
        ("1950-01-01", "1951-05-04", "different"),
        ("1901-05-04", "1950-05-04", "partial"),
        ("1901-05-04", "1901-05-04", "partial"),
        ("1900-01-01", "1900-01-01", "missing"),
        ("1900-01-01", "1950-05-04", "missing"),
        ("", "1950-05-04", "missing"),
        ("", "", "missing"),
    ],
)
def test_date_of_birth(one: str, other: str, level: str) -> None:
    assert levels_of({"born": one}, {"born": other})["date_of_birth"] == level
    assert levels_of({"born": other}, {"born": one})["date_of_birth"] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ({"given": "Zoë"}, {"given": "ZOE"}, "same"),
        ({"given": "Mary Jane"}, {"given": "Mary-Jane"}, "same"),
        ({"given": "Bill"}, {"given": "William"}, "nickname"),
        ({"given": "Bill Henry"}, {"given": "William"}, "nickname"),
        ({"given": "Mohammed"}, {"given": "Muhammad"}, "nickname"),
        ({"given": "Chen", "family": "Wei"}, {"given": "Wei", "family": "Chen"}, "swapped"),
        ({"given": "Begum", "family": "Yasmeen"}, {"given": "Yasmin", "family": "Begum"}, "swapped"),
        ({"given": "Choedhury", "family": "Nasreen"}, {"given": "Nasreen", "family": "Chowdhury"}, "swapped"),
        ({"given": "Noor"}, {"given": "Fatima", "other": "Noor Jahan"}, "other"),
        ({"given": "Kit"}, {"given": "Rosamund", "alias": "Kit"}, "other"),
        ({"given": "Rosamund", "alias": "Kit"}, {"given": "Penelope", "alias": "Kit"}, "other"),
        ({"given": "Mohammed Ali"}, {"given": "Mohammed Hassan"}, "part"),
        ({"given": "R"}, {"given": "Rosamund"}, "initial"),
        ({"given": "Rosamund"}, {"given": "Rosamond"}, "close"),
        ({"given": "Jayden"}, {"given": "Hayden"}, "near"),
        ({"given": "Jsck"}, {"given": "Jack"}, "near"),
        ({"given": "Eaw"}, {"given": "Ewa"}, "near"),
        ({"given": "Li"}, {"given": "Lo"}, "different"),
        ({"given": "Rosamund"}, {"given": "Clive"}, "different"),
        ({"given": "Alexander"}, {"given": "Clive"}, "different"),
        ({"given": "baby"}, {"given": "Rosamund"}, "missing"),
        ({}, {}, "missing"),
    ],
)
def test_given_name(one: dict[str, str], other: dict[str, str], level: str) -> None:
    assert levels_of(one, other)["given_name"] == level
    assert levels_of(other, one)["given_name"] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ({"family": "O'Brien"}, {"family": "O BRIEN"}, "same"),
        ({"family": "Begum"}, {"family": "Khan", "previous": "Begum"}, "previous"),
        ({"given": "Chen", "family": "Wei"}, {"given": "Wei", "family": "Chen"}, "swapped"),
        ({"family": "Smith"}, {"family": "Smith-Jones"}, "part"),
        ({"family": "Jones-Smith"}, {"family": "Smith-Jones"}, "part"),
        ({"family": "de Souza"}, {"family": "de Costa"}, "different"),
        ({"family": "Thompson"}, {"family": "Thomson"}, "close"),
        ({"family": "Hadley"}, {"family": "Hedley"}, "near"),
        ({"family": "Thompson"}, {"family": "Quill"}, "different"),
        ({"family": "Thompson"}, {}, "missing"),
    ],
)
def test_family_name(one: dict[str, str], other: dict[str, str], level: str) -> None:
    assert levels_of(one, other)["family_name"] == level
    assert levels_of(other, one)["family_name"] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ({"postcode": "sw1a1aa"}, {"postcode": "SW1A 1AA"}, "same"),
        ({"postcode": "SW1A 1AA"}, {"postcode": "M1 1AE", "old postcode": "SW1A 1AA"}, "previous"),
        ({"postcode": "SW1A 1AA"}, {"postcode": "SW1A 1AB"}, "sector"),
        ({"postcode": "SW1A 1AA"}, {"postcode": "SW1A 2AA"}, "district"),
        ({"postcode": "SW1A 1AA"}, {"postcode": "M1 1AE"}, "different"),
        ({"postcode": "ZZ99 3VZ"}, {"postcode": "ZZ99 3VZ"}, "missing"),
        ({"postcode": "nowhere"}, {"postcode": "M1 1AE"}, "missing"),
    ],
)
def test_postcode(one: dict[str, str], other: dict[str, str], level: str) -> None:
    assert levels_of(one, other)["postcode"] == level
    assert levels_of(other, one)["postcode"] == level


def test_exact_fields() -> None:
    found = levels_of({"number": "n1", "sex": "1", "practice": "A81001"}, {"number": "n2", "sex": "1", "practice": "A81001"})
    assert (found["nhs_number"], found["gender"], found["gp_practice_code"]) == ("different", "same", "same")
    found = levels_of({"number": "n1", "sex": "9"}, {"number": "n1", "sex": "1"})
    assert (found["nhs_number"], found["gender"], found["gp_practice_code"]) == ("same", "missing", "missing")


def test_every_comparison_has_words_levels_and_a_short_name() -> None:
    for declare, comparison in zip(COMPARISON_FUNCTIONS, COMPARISONS, strict=True):
        assert declare.__doc__
        assert "\n" not in declare.__doc__
        assert declare.__name__ == comparison.name
        levels = LEVELS[comparison.name]
        assert {"missing", "same", "different"} <= set(levels)
        assert len(set(levels)) == len(levels)
    assert set(FIELDS) == set(LEVELS) == set(SHORT_NAMES)


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ({"number": "n1"}, {"number": "n1"}, "same"),
        ({"number": "n1"}, {"number": "n2"}, "different"),
        ({"number": "n1"}, {"nhs_number_given": "9990000019"}, "near"),
        ({"number": "n1"}, {"nhs_number_given": "9990000081"}, "near"),
        ({"number": "n1"}, {"nhs_number_given": "9990000118"}, "near"),
        ({"number": "n1"}, {"nhs_number_given": "9990001180"}, "missing"),
        ({"number": "n1"}, {}, "missing"),
        ({}, {}, "missing"),
    ],
)
def test_nhs_number(one: dict[str, str], other: dict[str, str], level: str) -> None:
    assert levels_of(one, other)["nhs_number"] == level
    assert levels_of(other, one)["nhs_number"] == level


def test_evidence_names_each_field_once() -> None:
    levels = np.array([[LEVELS[field].index(level) for field in FIELDS] for level in ("same", "missing")], dtype=np.int8)
    nothing = np.full(2, np.nan)
    pairs = Pairs(np.arange(2), np.arange(2), levels, nothing, nothing)
    assert pairs.evidence() == [
        "nhs=same dob=same given=same family=same postcode=same gender=same practice=same",
        "nhs=missing dob=missing given=missing family=missing postcode=missing gender=missing practice=missing",
    ]
    assert join_pairs([]).evidence() == []
    assert len(join_pairs([pairs, pairs.take(np.array([1]))])) == 3


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [("Alex", "Alexander", "nickname"), ("Alex", "Alexandra", "nickname"), ("Alexander", "Alexandra", "close")],
)
def test_nicknames_are_both_ways_and_stay_in_their_group(one: str, other: str, level: str) -> None:
    """ALEX is short for both, who are two names."""
    assert levels_of({"given": one}, {"given": other})["given_name"] == level
    assert levels_of({"given": other}, {"given": one})["given_name"] == level


def test_nickname_table_is_tidy() -> None:
    for group in nickname_groups():
        assert len(group) > 1
        assert all(name.isascii() and name.isupper() and name.isalpha() for name in group)


NAMES = st.text(st.sampled_from("ABCDEÉŁمح"), min_size=1, max_size=12)


@settings(max_examples=60, deadline=None)
@given(NAMES, NAMES)
def test_a_slip_makes_names_near(one: str, other: str) -> None:
    """Of names of three letters and more, whatever the script; standardising folds what is written in two ways."""
    pictures = [{"family": one}, {"family": other}]
    names = standardise(person_records([{"source": "gp", "local_patient_id": "p", "family_name": name} for name in (one, other)]))
    mine, hers = names["family_name"].to_pylist()
    level = levels_of(*pictures)["family_name"]
    if mine is None or hers is None:
        assert level == "missing"
        return
    score, slips = jellyfish.jaro_winkler_similarity(mine, hers), jellyfish.damerau_levenshtein_distance(mine, hers)
    is_near = score >= 0.88 or (min(len(mine), len(hers)) >= 3 and slips == 1)
    expected = "same" if mine == hers else "close" if score >= 0.92 else "near" if is_near else "different"
    assert level == expected
