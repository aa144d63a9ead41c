"""Transit keys and their tokens: published vectors, one token for one text, nothing shown, unsafe files refused."""

from __future__ import annotations

import hashlib
import hmac
import pickle
import re
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.transit import TransitKey, check_transit, create_transit_key, read_transit_key
from linkage.tokens.texts import token_parts, token_texts
from schemas.errors import GovernanceError
from schemas.identifiable import PersonRecord
from schemas.nhs_number import read_nhs_numbers, usable_numbers

KEY = bytes(range(32))
PAGE = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "pseudonymised-input.md"
VECTORS = re.findall(r"^\| `(\w+)` \| `([^`]+)` \| `([a-p]{32})` \|$", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE)


def plain_token(key: bytes, kind: str, text: str) -> str:
    """The same with nothing but HMAC: HKDF (RFC 5869) of one block, without salt."""
    info = b"caselink/transit/v1" + len(kind).to_bytes(4, "big") + kind.encode()
    extracted = hmac.digest(bytes(32), key, hashlib.sha256)
    kind_key = hmac.digest(extracted, info + b"\x01", hashlib.sha256)
    first = hmac.digest(kind_key, text.encode(), hashlib.sha256)[:16]
    return "".join("abcdefghijklmnop"[half] for byte in first for half in (byte >> 4, byte & 15))


def token(kind: str, text: str, key: bytes = KEY) -> str:
    (found,) = TransitKey(key).tokens(kind, pa.array([text])).to_pylist()
    return str(found)


def test_the_published_vectors_hold() -> None:
    assert len(VECTORS) >= 3
    for kind, text, expected in VECTORS:
        assert token(kind, text) == expected == plain_token(KEY, kind, text)


@given(st.sampled_from(["nhs_number", "given_birth", "local_id"]), st.text(max_size=20))
def test_tokens_are_those_of_the_plain_rule(kind: str, text: str) -> None:
    assert token(kind, text) == plain_token(KEY, kind, text)


def test_kinds_and_keys_share_no_token() -> None:
    assert len({token("nhs_number", "1"), token("given_birth", "1"), token("nhs_number", "1", bytes(32))}) == 3


def test_nothing_has_no_token() -> None:
    assert TransitKey(KEY).tokens("nhs_number", pa.array([None, "1", None, "1"])).null_count == 2


RENDERINGS = st.sampled_from(["{a}{b}{c}", "{a} {b} {c}", "{a}-{b}-{c}", " {a}{b}{c} ", "{a}\u00a0{b}\u00a0{c}", "{a}{b}{c}.0"])


@given(RENDERINGS, st.booleans())
def test_every_rendering_of_a_number_has_one_token(form: str, full_width: bool) -> None:
    number = "9000000017"
    written = form.format(a=number[:3], b=number[3:6], c=number[6:])
    if full_width:
        written = written.translate({ord(str(digit)): chr(0xFF10 + digit) for digit in range(10)})
    read = usable_numbers(read_nhs_numbers(pa.array([written])), synthetic=True)
    row = [{"source": "gp", "local_patient_id": "1", "nhs_number": read.to_pylist()[0]}]
    records = PersonRecord.conform(pa.Table.from_pylist(row, schema=PersonRecord.arrow_schema()))
    texts = token_texts(token_parts(records), "nhs_number")
    assert TransitKey(KEY).tokens("nhs_number", texts).to_pylist() == [token("nhs_number", f"10:{number}")]


def test_a_key_shows_nothing_and_stays_in_its_process() -> None:
    key = TransitKey(KEY)
    assert KEY.hex() not in repr(key)
    assert repr(key) == f"TransitKey(check value {key.check_value})"
    with pytest.raises(GovernanceError, match="E-KEY-PICKLE"):
        pickle.dumps(key)


def test_a_new_key_is_private_and_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "transit.key"
    made = create_transit_key(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_transit_key(path, made.check_value).check_value == made.check_value
    with pytest.raises(GovernanceError, match="E-KEY-EXISTS"):
        create_transit_key(path)


def test_unsafe_and_wrong_keys_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "transit.key"
    create_transit_key(path)
    with pytest.raises(GovernanceError, match="E-TRANSIT-WRONG"):
        read_transit_key(path, "00000000")
    path.chmod(0o644)
    with pytest.raises(GovernanceError, match="E-KEY-MODE"):
        read_transit_key(path)
    check_transit(TransitKey(KEY), TransitKey(KEY).check_value)
