"""Brute force over the NHS numbers: hash every number that there can be, and look for it in what was published.

There are 909,090,910 numbers that pass the check digit (a count over digits and remainders, below). Nobody needs to hash all of
them to know what would be found: only a number of somebody whose records came in can be in the files. So all of those are tried,
and a seeded sample of the space besides, which gives the speed; the time for the whole space follows by

    seconds = 909,090,910 / numbers hashed in a second

Without a key each number is written in five ways and hashed with MD5, SHA-1 and SHA-256. With a recipient's key it is hashed as
HMAC-SHA-256, as the pseudonyms are. Nothing may be found; in a table made of such hashes everything must be, in the same run:
an attack that finds nothing there would find nothing anywhere.
"""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

from governance.attack.tokens import PREFIX_BYTES, tokens_of
from governance.keys import DomainKey
from schemas.errors import GovernanceError
from schemas.nhs_number_rule import WEIGHTS, passes_modulus_11

PLAIN = (hashlib.md5, hashlib.sha1, hashlib.sha256)
CONTROL_NUMBERS = 5
UNKEYED = "no key"

Hashes = Callable[[str], Iterable[bytes]]


@dataclass(frozen=True)
class Search:
    """One search: with which key, how many numbers of which so many were of people in the night, what was found, how fast."""

    key: str
    numbers: int
    own_numbers: int
    found: int
    numbers_per_second: float

    @property
    def whole_space_seconds(self) -> float:
        """How long every NHS number would take on this machine, one process."""
        return size_of_space() / self.numbers_per_second


def size_of_space() -> int:
    """How many ten-digit texts pass the check digit: nine digits by weighted sum, less those that need a check digit of 10."""
    ways = [1] + [0] * 10
    for weight in WEIGHTS[:9]:
        ways = [sum(ways[(rest - weight * digit) % 11] for digit in range(10)) for rest in range(11)]
    return sum(count for rest, count in enumerate(ways) if (11 - rest) % 11 != 10)


def sample_of_space(seed: int, size: int) -> list[str]:
    """NHS numbers drawn evenly from all that pass the check digit."""
    source = random.Random(seed)  # noqa: S311 - a sample, no secret
    drawn: list[str] = []
    while len(drawn) < size:
        start = f"{source.randrange(10**9):09d}"
        drawn += (start + str(last) for last in range(10) if passes_modulus_11(start + str(last)))
    return drawn[:size]


def search(published: Collection[bytes], own: Collection[str], sample: list[str], keys: Iterable[DomainKey]) -> list[Search]:
    """Search without a key, and with each key; `own` are the numbers of the night's people.

    Raises `GovernanceError` `E-ATTACK-CONTROL` where the attack does not find what was put there to be found.
    """
    searches = [(UNKEYED, plain_hashes), *((key.domain.tag, keyed_hashes(key)) for key in keys)]
    done = []
    for name, hashes in searches:
        _check_control(hashes, sample)
        found = _count(published, hashes, own)
        start = time.perf_counter()
        found += _count(published, hashes, sample)
        seconds = time.perf_counter() - start
        done.append(Search(name, len(sample) + len(own), len(own), found, len(sample) / max(seconds, 1e-9)))
    return done


def _count(published: Collection[bytes], hashes: Hashes, numbers: Iterable[str]) -> int:
    return sum(any(each in published for each in hashes(number)) for number in numbers)


def plain_hashes(number: str) -> Iterator[bytes]:
    """The first bytes of what anybody can compute of a number."""
    for text in renderings(number):
        for algorithm in PLAIN:
            yield algorithm(text, usedforsecurity=False).digest()[:PREFIX_BYTES]


def keyed_hashes(key: DomainKey) -> Hashes:
    """What somebody who has stolen a recipient's key could compute of a number."""

    def hashes(number: str) -> Iterator[bytes]:
        for text in renderings(number):
            inner, outer = key.inner.copy(), key.outer.copy()
            inner.update(text)
            outer.update(inner.digest())
            yield outer.digest()[:PREFIX_BYTES]

    return hashes


def renderings(number: str) -> Iterator[bytes]:
    """A number as people and programs write it."""
    spaced, dashed = (mark.join((number[:3], number[3:6], number[6:])) for mark in " -")
    yield from (text.encode() for text in (number, spaced, dashed, number + "\n"))
    yield int(number).to_bytes(PREFIX_BYTES, "big")


def _check_control(hashes: Hashes, sample: list[str]) -> None:
    """A table of hashes, written in hex as a careless supplier would, is cracked to the last row, or the attack is no attack."""
    chosen = sample[:CONTROL_NUMBERS]
    table = [next(iter(hashes(number))).hex() for number in chosen]
    published = {token for text in table for token in tokens_of(text)}
    if not chosen or _count(published, hashes, chosen) != len(chosen):
        raise GovernanceError(
            "E-ATTACK-CONTROL",
            "the attack did not crack a table made to be cracked.",
            cure="this is a defect in Caselink",
        )
