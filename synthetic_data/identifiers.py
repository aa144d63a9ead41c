"""NHS numbers in the test range, and what happens to numbers on their way into a system."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthetic_data.chance import Chance, Ints
from synthetic_data.days import parts

# 9xx numbers are never issued. The 999 block and 9000000009 serve others as examples, so they are left out.
FIRST_BODY, LAST_BODY = 900_000_001, 998_999_999
NO_NUMBER = 0
PLACEHOLDERS = ("0000000000", "9999999999", "1234567890", "9000000009", "1111111111")


def check_digits(bodies: Ints) -> Ints:
    """Modulus 11 check digit of nine-digit bodies; 10 where the body has no number."""
    total = np.zeros(len(bodies), np.int64)
    for place in range(9):
        total += (bodies // 10 ** (8 - place)) % 10 * (10 - place)
    return (11 - total % 11) % 11


def draw_numbers(chance: Chance, count: int) -> Ints:
    """So many different valid numbers of the range 900-998, in no order."""
    tries = np.arange(int(count * 1.25) + 100)
    bodies = chance.whole("NHS number", FIRST_BODY, LAST_BODY, tries)
    digits = check_digits(bodies)
    repeated = bodies % 111_111_111 == 0
    _, first = np.unique(bodies, return_index=True)
    usable = np.zeros(len(bodies), bool)
    usable[first] = True
    usable &= (digits < 10) & ~repeated
    drawn: Ints = (bodies * 10 + digits)[usable]
    return drawn[:count]


def scottish_numbers(chance: Chance, born: Ints, who: Ints) -> Ints:
    """Community Health Index numbers: date of birth, three digits of which no check digit is impossible, check digit."""
    year, month, day = parts(born)
    start = (day * 10_000 + month * 100 + year % 100) * 1000
    serial = chance.whole("Scottish serial", 0, 899, who)
    bodies = start + serial
    for _ in range(5):  # a body without a number moves on by one; never two in a row
        bodies = np.where(check_digits(bodies) == 10, bodies + 1, bodies)
    numbers: Ints = bodies * 10 + check_digits(bodies)
    return numbers


def spell_numbers(numbers: Ints) -> pa.Array:
    """Ten digits as text; null for NO_NUMBER."""
    text = pa.array(numbers + 10**10).cast(pa.string())
    text = pc.utf8_slice_codeunits(text, 1, 11)
    return pc.if_else(pa.array(numbers != NO_NUMBER), text, pa.scalar(None, pa.string()))


def spaced(numbers: list[str]) -> list[str]:
    """As printed on letters: 3 3 4."""
    return [f"{text[:3]} {text[3:6]} {text[6:]}" for text in numbers]


def one_digit_wrong(numbers: Ints, place: Ints, by: Ints) -> Ints:
    """One digit replaced by another: the check digit never fits again."""
    weight = 10 ** (9 - place)
    digit = numbers // weight % 10
    wrong: Ints = numbers + ((digit + by) % 10 - digit) * weight
    return wrong
