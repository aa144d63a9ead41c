"""Promises of the scheme over generated domains and people."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from governance.keys import Domain, DomainKey
from governance.pseudonyms import ALPHABET, check_symbol, parse_pseudonym, pseudonym, pseudonyms
from schemas.errors import GovernanceError

recipients = st.from_regex(r"\A[a-z](?:[a-z0-9-]{0,10}[a-z0-9])?\Z")
domains = st.builds(Domain, recipients, st.text(min_size=1, max_size=12).filter(str.strip), st.integers(1, 9999))
person_ids = st.binary(min_size=16, max_size=16).map(bytes.hex)
roots = st.binary(min_size=32, max_size=32)
bodies = st.text(ALPHABET, min_size=26, max_size=26)


@settings(deadline=None)
@given(roots, domains, st.lists(person_ids, unique=True, max_size=8))
def test_one_domain_is_stable_and_keeps_people_apart(root: bytes, domain: Domain, people: list[str]) -> None:
    made = pseudonyms(pa.array(people, pa.string()), DomainKey(root, domain)).to_pylist()
    assert made == [pseudonym(person, DomainKey(root, domain)) for person in people]
    assert len(set(made)) == len(people)
    for each in made:
        assert parse_pseudonym(each.lower(), domain) == each
        assert not each.isdigit()


@settings(deadline=None)
@given(roots, domains, domains, person_ids)
def test_two_domains_have_nothing_in_common(root: bytes, one: Domain, other: Domain, person: str) -> None:
    assume(one != other)
    first, second = pseudonym(person, DomainKey(root, one)), pseudonym(person, DomainKey(root, other))
    assert first.rpartition("-")[2][:12] != second.rpartition("-")[2][:12]
    if one.tag != other.tag:
        with pytest.raises(GovernanceError):
            parse_pseudonym(first, other)


@settings(deadline=None)
@given(domains, domains)
def test_a_tag_names_one_recipient_and_epoch(one: Domain, other: Domain) -> None:
    assert (one.tag == other.tag) == ((one.recipient, one.epoch) == (other.recipient, other.epoch))


@settings(deadline=None)
@given(bodies, st.integers(0, 24))
def test_swapped_neighbours_are_found_but_for_one_pair(body: str, place: int) -> None:
    swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    assume(swapped != body and {body[place], body[place + 1]} != {"0", "Z"})  # the known gap of Luhn: 0 and the last symbol
    assert check_symbol(swapped) != check_symbol(body)


@settings(max_examples=20, deadline=None)
@given(roots, roots, person_ids)
def test_two_roots_have_nothing_in_common(one: bytes, other: bytes, person: str) -> None:
    assume(one != other)
    domain = Domain("csu", "analysis")
    assert pseudonym(person, DomainKey(one, domain)) != pseudonym(person, DomainKey(other, domain))


def test_many_at_once_are_what_each_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Bulk takes blocks, chunks and nulls in its stride; how much quicker it is, `benchmarks.pseudonyms` measures."""
    key = DomainKey(bytes(32), Domain("csu", "analysis"))
    people = [None if number % 97 == 0 else f"{number * 2654435761:032x}" for number in range(2_000)]
    alone = [pseudonym(person, key) if person else None for person in people]
    assert pseudonyms(pa.array(people, pa.string()), key).to_pylist() == alone
    monkeypatch.setattr("governance.pseudonyms.BLOCK_ROWS", 300)
    assert pseudonyms(pa.array(people, pa.string()), key).to_pylist() == alone
    pieces = pa.chunked_array([people[:1], people[1:700], [], people[700:]], pa.string())
    assert pseudonyms(pieces, key).to_pylist() == alone
    assert pseudonyms(pa.array(people, pa.string()).slice(500, 1_000), key).to_pylist() == alone[500:1_500]
