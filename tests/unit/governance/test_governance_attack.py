"""The intruder's tools, drawn: each finds what is there to be found, and nothing in a sound release."""

from __future__ import annotations

import base64
import hashlib
import hmac
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from governance.attack import brute_force
from governance.attack.brute_force import (
    UNKEYED,
    keyed_hashes,
    plain_hashes,
    renderings,
    sample_of_space,
    search,
    size_of_space,
)  # fmt: skip
from governance.attack.joining import join_by_tokens, longest_common_prefix, order_by_chance, prefix_by_chance, rank_correlation
from governance.attack.tokens import published_tokens, tokens_of
from governance.attack.uniqueness import uniquely_joined, uniqueness
from governance.keys import Domain, DomainKey
from governance.pseudonyms import ALPHABET, pseudonyms
from schemas.errors import GovernanceError
from schemas.nhs_number_rule import passes_modulus_11

ROOT = bytes(range(32))
CSU, CASTLE = (DomainKey(ROOT, Domain(name, "test")) for name in ("csu", "castle"))
SAMPLE = sample_of_space(1, 50)
OWN = ["9000000009", "9000000017"]
DIGEST = hashlib.sha256(OWN[0].encode()).digest()


def crockford(digest: bytes, bits: int) -> str:
    """The first 128 bits as a pseudonym writes them (130 bits: two zeros first), or from the left."""
    number = int.from_bytes(digest[:16], "big") << (2 if bits == 128 else 0)
    return "".join(ALPHABET[number >> shift & 31] for shift in range(125, -1, -5))


WRITTEN: dict[str, Callable[[bytes], str]] = {
    "hex": bytes.hex,
    "HEX": lambda digest: digest.hex().upper(),
    "half of it in hex": lambda digest: digest[:16].hex(),
    "base32": lambda digest: base64.b32encode(digest).decode(),
    "base64": lambda digest: base64.b64encode(digest).decode(),
    "as a pseudonym": lambda digest: crockford(digest, 130),
    "Crockford from the left": lambda digest: crockford(digest, 128),
}


@pytest.mark.parametrize("how", WRITTEN)
def test_a_hash_is_known_however_it_is_written(how: str) -> None:
    assert DIGEST[:16] in set(tokens_of(WRITTEN[how](DIGEST)))


def test_what_is_no_hash() -> None:
    assert list(tokens_of("too short")) == []
    assert list(tokens_of("=" * 30)) == []


def test_every_kind_of_file_is_opened(tmp_path: Path) -> None:
    text = DIGEST.hex()
    (tmp_path / "list.csv").write_text(f"code,age\n{text},40\n")
    pq.write_table(pa.table({"token": [text], "age": [40]}), tmp_path / "plain.parquet")
    pq.write_table(pa.table({"codes": [[text], None]}), tmp_path / "nested.parquet", compression="zstd")
    with zipfile.ZipFile(tmp_path / "list.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sheet1.xml", f"<t>{text}</t>")
    for path in sorted(tmp_path.iterdir()):
        alone = tmp_path / f"only {path.name}"
        alone.mkdir()
        path.rename(alone / path.name)
        assert DIGEST[:16] in published_tokens(alone), path.name


def test_the_space_has_as_many_numbers_as_pass_the_check_digit() -> None:
    assert size_of_space() == 909_090_910


def test_a_sample_is_of_the_space_and_the_same_every_time() -> None:
    assert all(passes_modulus_11(number) for number in SAMPLE)
    assert (len(SAMPLE), SAMPLE) == (50, sample_of_space(1, 50))
    assert sample_of_space(2, 50) != SAMPLE


def found(published: set[bytes], own: list[str] = OWN) -> dict[str, int]:
    return {each.key: each.found for each in search(published, own, SAMPLE, [CSU, CASTLE])}


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "sha256"])
@pytest.mark.parametrize("text", ["9000000009", "900 000 0009", "900-000-0009", "9000000009\n"])
def test_a_plain_hash_is_cracked(algorithm: str, text: str) -> None:
    token = hashlib.new(algorithm, text.encode(), usedforsecurity=False).digest()[:16]
    assert found({token}) == {UNKEYED: 1, "csu1": 0, "castle1": 0}


def test_a_keyed_hash_of_the_number_is_cracked_by_whoever_has_that_key() -> None:
    """What this product does not do. The key is the recipient's; HMAC as the standard library computes it."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    key = HKDF(hashes.SHA256(), 32, None, Domain("csu", "test").info()).derive(ROOT)
    token = hmac.digest(key, OWN[1].encode(), hashlib.sha256)[:16]
    assert found({token}) == {UNKEYED: 0, "csu1": 1, "castle1": 0}


def test_pseudonyms_of_random_ids_are_not_cracked_with_any_key() -> None:
    source = random.Random(7)
    ids = pa.array([f"{source.getrandbits(128):032x}" for _ in range(50)])
    tokens = {token for text in pseudonyms(ids, CSU).to_pylist() for token in tokens_of(text.rpartition("-")[2])}
    assert len(tokens) >= 50
    assert found(tokens) == {UNKEYED: 0, "csu1": 0, "castle1": 0}


def test_the_time_for_the_whole_space_follows_from_the_speed() -> None:
    first = search(set(), OWN, SAMPLE, [])[0]
    assert (first.numbers, first.own_numbers) == (52, 2)
    assert first.whole_space_seconds == pytest.approx(909_090_910 / first.numbers_per_second)


@pytest.mark.parametrize("broken", [lambda _number: iter([b""]), lambda number: iter([random.randbytes(16)] if number else [])])
def test_an_attack_that_cannot_crack_anything_fails(monkeypatch: pytest.MonkeyPatch, broken: Any) -> None:
    monkeypatch.setattr(brute_force, "plain_hashes", broken)
    with pytest.raises(GovernanceError, match="E-ATTACK-CONTROL"):
        search(set(), OWN, SAMPLE, [])


def test_an_attack_without_numbers_fails() -> None:
    with pytest.raises(GovernanceError, match="E-ATTACK-CONTROL"):
        search(set(), OWN, [], [])


def test_hashes_differ_by_rendering_and_key() -> None:
    number = OWN[0]
    assert len(list(renderings(number))) == 5
    assert len(set(plain_hashes(number))) == 15
    assert not set(keyed_hashes(CSU)(number)) & set(keyed_hashes(CASTLE)(number))


PEOPLE = pa.table({
    "pseudonym": ["a", "b", "c", "d", "e"],
    "age_band": ["40-44", "40-44", "40-44", "90+", None],
    "gender":   ["1", "1", "2", "2", None],
})  # fmt: skip


@pytest.mark.parametrize(
    ("known", "k", "unique", "below"),
    [
        (("age_band",), 1, 0.4, 0.4),             # 90+ and null are alone; a missing value is a value
        (("gender",), 1, 0.2, 1.0),
        (("age_band", "gender"), 1, 0.6, 1.0),    # only a and b are alike
        (("age_band", "gender", "lsoa_code"), 1, 0.6, 1.0),  # a column that is not there tells nothing
        (("lsoa_code",), 5, 0.0, 0.0),
    ],
)  # fmt: skip
def test_uniqueness(known: tuple[str, ...], k: int, unique: float, below: float) -> None:
    found = uniqueness(PEOPLE, known, recipient="csu", name="person", below=3)
    assert (found.rows, found.k, found.unique_share, found.below_k_share) == (5, k, pytest.approx(unique), pytest.approx(below))


def test_an_empty_table_has_nobody_alone() -> None:
    for columns in (("age_band",), ()):
        found = uniqueness(PEOPLE.slice(0, 0), columns, recipient="csu", name="person", below=3)
        assert (found.k, found.unique_share) == (0, 0)


def test_rows_that_fit_one_row() -> None:
    team = pa.table({"pseudonym": ["x", "y"], "age_band": ["90+", "40-44"], "gender": ["2", "1"]})
    assert uniquely_joined(team, PEOPLE, ("age_band", "gender", "lsoa_code")) == (("age_band", "gender"), 0.5)
    assert uniquely_joined(team, PEOPLE, ("lsoa_code",)) == ((), 0.0)
    assert uniquely_joined(team.slice(0, 0), PEOPLE, ("age_band",)) == (("age_band",), 0.0)


def test_a_count_joins_whether_it_is_written_whole_or_with_a_point() -> None:
    whole, point = pa.table({"contacts": [3, 4, None]}), pa.table({"contacts": [3.0, 4.5, None]})
    assert uniquely_joined(whole, point, ("contacts",)) == (("contacts",), 2 / 3)


def tokens(tag: str, bodies: list[str]) -> list[str]:
    return [f"{tag}-{body}" for body in bodies]


def made_up(seed: int, size: int) -> list[str]:
    source = random.Random(seed)
    return ["".join(source.choices(ALPHABET, k=27)) for _ in range(size)]


def test_two_recipients_of_a_sound_release_share_nothing() -> None:
    ours, theirs = tokens("csu1", made_up(1, 500)), tokens("castle1", made_up(2, 500))
    shuffled = random.Random(3).sample(theirs, len(theirs))
    joined = join_by_tokens("csu", "castle", ours, shuffled, dict(zip(ours, theirs, strict=True)))
    assert (joined.equal_tokens, joined.people_in_both, joined.is_joinable) == (0, 500, False)
    assert joined.longest_prefix <= joined.prefix_by_chance == 8


def test_equal_tokens_under_two_tags_are_found() -> None:
    bodies = made_up(1, 20)
    joined = join_by_tokens("csu", "castle", tokens("csu1", bodies), tokens("castle1", bodies[:3]), {})
    assert (joined.equal_tokens, joined.is_joinable) == (3, True)


def test_a_common_prefix_beyond_the_tag_is_found() -> None:
    bodies = made_up(1, 20)
    theirs = [body[:12] + end[12:] for body, end in zip(bodies, made_up(2, 20), strict=True)]
    joined = join_by_tokens("csu", "castle", tokens("csu1", bodies), tokens("castle1", theirs), {})
    assert (joined.longest_prefix, joined.is_joinable) == (12, True)


@pytest.mark.parametrize("backwards", [False, True])
def test_a_common_order_of_rows_is_found(backwards: bool) -> None:
    ours, theirs = tokens("csu1", made_up(1, 40)), tokens("castle1", made_up(2, 40))
    same = dict(zip(ours, theirs, strict=True))
    joined = join_by_tokens("csu", "castle", ours, theirs[::-1] if backwards else theirs, same)
    assert joined.is_joinable
    assert joined.order == pytest.approx(-1 if backwards else 1)


def test_few_people_have_no_order() -> None:
    ours, theirs = tokens("csu1", made_up(1, 9)), tokens("castle1", made_up(2, 9))
    joined = join_by_tokens("csu", "castle", ours, theirs, dict(zip(ours, theirs, strict=True)))
    assert (joined.order, joined.is_joinable) == (None, False)


def test_measures_of_likeness() -> None:
    assert longest_common_prefix(["ABCD", "XY"], ["ABZ", "Q"]) == 2
    assert longest_common_prefix(["ABCD"], ["ABCD"]) == 4
    assert longest_common_prefix(["A"], []) == 0
    assert prefix_by_chance(1, 1) == 5
    assert rank_correlation([(0, 5), (1, 9), (2, 30)]) == pytest.approx(1)
    assert order_by_chance(10) < 1
    assert order_by_chance(101) == pytest.approx(0.5)
