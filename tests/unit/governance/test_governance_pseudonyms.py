"""Pseudonyms against the published vectors and against the scheme written out once more, slowly, from the standard library."""

from __future__ import annotations

import hashlib
import hmac
import re
from pathlib import Path

import pyarrow as pa
import pytest

from governance import pseudonyms as module
from governance.keys import Domain, DomainKey, RootKey
from governance.pseudonyms import check_symbol, is_person_id, parse_pseudonym, pseudonym, pseudonyms
from schemas.errors import GovernanceError

PAGE = Path(__file__).resolve().parents[3] / "docs" / "reference" / "pseudonyms.md"
VECTOR = re.compile(r"^\| ([a-z0-9-]+) \| ([a-z ]+) \| ([0-9]+) \| ([0-9a-f]{32}) \| (\S+) \|$", re.MULTILINE)
CSU = Domain("csu", "population analysis", 7)
GOOD = "csu7-6YGGEKWH5YRTEDVHEAXG7Q33YAJ"


def by_the_book(root: bytes, domain: Domain, person_id: str) -> str:
    """RFC 5869 and RFC 2104 as they are written, and base32 by division."""
    fields = [domain.recipient.encode(), domain.purpose.encode(), str(domain.epoch).encode()]
    info = b"caselink/pseudonym/v1" + b"".join(len(field).to_bytes(4, "big") + field for field in fields)
    extracted = hmac.new(bytes(32), root, hashlib.sha256).digest()
    key = hmac.new(extracted, info + b"\x01", hashlib.sha256).digest()
    number = int.from_bytes(hmac.new(key, bytes.fromhex(person_id), hashlib.sha256).digest()[:16], "big")
    body = ""
    for _ in range(26):
        number, symbol = divmod(number, 32)
        body = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"[symbol] + body
    return f"{domain.tag}-{body}{check_symbol(body)}"


def test_published_vectors() -> None:
    page = PAGE.read_text()
    root = RootKey(bytes.fromhex(re.findall("Root key `([0-9a-f]{64})`", page)[0]))
    vectors = VECTOR.findall(page)
    assert len(vectors) == 15
    for recipient, purpose, epoch, person_id, published in vectors:
        domain = Domain(recipient, purpose, int(epoch))
        assert pseudonym(person_id, DomainKey(root, domain)) == published == by_the_book(root, domain, person_id)
        assert parse_pseudonym(published, domain) == published


def test_arrays_keep_order_repeats_and_nulls(root: RootKey) -> None:
    key = DomainKey(root, CSU)
    one, two = "0" * 32, "f" * 32
    given = pa.array([one, None, two, one, None])
    wanted = [pseudonym(one, key), None, pseudonym(two, key), pseudonym(one, key), None]
    assert pseudonyms(given, key).to_pylist() == wanted
    assert pseudonyms(given.slice(1, 3), key).to_pylist() == wanted[1:4]
    assert pseudonyms(pa.chunked_array([given, given]), key).to_pylist() == wanted * 2
    assert pseudonyms(pa.array([], pa.string()), key).to_pylist() == []
    assert pseudonyms(pa.array([None], pa.string()), key).to_pylist() == [None]


def test_blocks_make_no_difference(root: RootKey, monkeypatch: pytest.MonkeyPatch) -> None:
    key = DomainKey(root, CSU)
    ids = pa.array([f"{number:032x}" for number in range(100)])
    whole = pseudonyms(ids, key)
    monkeypatch.setattr(module, "BLOCK_ROWS", 7)
    assert pseudonyms(ids, key).equals(whole)
    whole.validate(full=True)


@pytest.mark.parametrize("wrong", ["", "0" * 31, "0" * 33, "A" * 32, "g" * 32, "0 " * 16, "é" * 16, "é" * 32])
def test_ids_of_another_form_are_refused_without_showing_them(root: RootKey, wrong: str) -> None:
    with pytest.raises(GovernanceError, match=r"^E-PERSON-ID: 1 person ids") as caught:
        pseudonyms(pa.array(["0" * 32, wrong]), DomainKey(root, CSU))
    assert not wrong or wrong not in str(caught.value)
    assert caught.value.__context__ is None
    assert not is_person_id(wrong)


@pytest.mark.parametrize(
    "typed", [GOOD, GOOD.lower(), f" {GOOD}\n", GOOD.replace("1", "I"), GOOD.replace("1", "l").replace("0", "o")]
)
def test_typed_pseudonyms_are_read(typed: str) -> None:
    assert parse_pseudonym(typed, CSU) == GOOD


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (GOOD.replace("csu7", "csu1"), "DOMAIN"),
        (GOOD.replace("csu7", "night1"), "DOMAIN"),
        (GOOD.replace("csu7-", ""), "DOMAIN"),
        ("", "DOMAIN"),
        (GOOD[:-1], "FORM"),
        (GOOD + "0", "FORM"),
        (GOOD.replace("6", "U", 1), "FORM"),
        (GOOD.replace("-6", "-8"), "FORM"),
        (GOOD.replace("-6Y", "-Y6"), "FORM"),
        (GOOD.replace("GG", "GH"), "CHECK"),
        (GOOD.replace("EK", "KE"), "CHECK"),
        (GOOD[:-1] + "K", "CHECK"),
    ],
)
def test_wrong_pseudonyms_are_refused_without_showing_them(typed: str, code: str) -> None:
    with pytest.raises(GovernanceError, match=f"^E-PSEUDONYM-{code}: ") as caught:
        parse_pseudonym(typed, CSU)
    assert not typed or typed not in str(caught.value)


def test_every_single_wrong_symbol_is_found() -> None:
    body, check = GOOD[5:-1], GOOD[-1]
    for place in range(len(body)):
        for symbol in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            changed = body[:place] + symbol + body[place + 1 :]
            assert (check_symbol(changed) == check) == (changed == body)
