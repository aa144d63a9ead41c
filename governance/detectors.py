"""What an identifier looks like in text: a pattern and a check for each kind.

The patterns use only what Arrow's RE2 and Python's `re` both know. Arrow reads millions of values with them and decides
nothing; what it lets through is read again one by one, with the pattern's borders and its check. Values are first brought to
plain characters. Names and addresses have no shape to look for: the columns themselves keep them out (lock 1, and the column
names that lock 2 refuses), and the canary test looks for them.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

DASHES = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212"
INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
TO_PLAIN = str.maketrans(dict.fromkeys(DASHES, "-") | dict.fromkeys(INVISIBLE))

# Our own pseudonyms, a tag and 27 symbols of Crockford's base32: by chance their digits look like anything.
PSEUDONYM = "[a-z][a-z0-9-]*[0-9]-[0-7][0-9A-HJKMNP-TV-Z]{26}"

# Postcode areas. In a column of codes an unspaced text is a postcode only in one of these: organisation codes have that shape.
AREAS = frozenset(
    {
        "AB", "AL", "B", "BA", "BB", "BD", "BH", "BL", "BN", "BR", "BS", "BT", "CA", "CB", "CF", "CH", "CM", "CO", "CR",
        "CT", "CV", "CW", "DA", "DD", "DE", "DG", "DH", "DL", "DN", "DT", "DY", "E", "EC", "EH", "EN", "EX", "FK", "FY",
        "G", "GL", "GU", "GY", "HA", "HD", "HG", "HP", "HR", "HS", "HU", "HX", "IG", "IM", "IP", "IV", "JE", "KA", "KT",
        "KW", "KY", "L", "LA", "LD", "LE", "LL", "LN", "LS", "LU", "M", "ME", "MK", "ML", "N", "NE", "NG", "NN", "NP", "NR",
        "NW", "OL", "OX", "PA", "PE", "PH", "PL", "PO", "PR", "RG", "RH", "RM", "S", "SA", "SE", "SG", "SK", "SL", "SM",
        "SN", "SO", "SP", "SR", "SS", "ST", "SW", "SY", "TA", "TD", "TF", "TN", "TQ", "TR", "TS", "TW", "UB", "W", "WA",
        "WC", "WD", "WF", "WN", "WR", "WS", "WV", "YO", "ZE",
    }
)  # fmt: skip
PSEUDO_AREA = "ZZ"  # ZZ99 3VZ, no fixed abode, and its like say nothing of a person
SNOMED_PARTITIONS = ("00", "01", "10", "11")  # concepts and descriptions, of the core and of extensions

DIGEST = re.compile("[0-9a-f]{32,}", re.IGNORECASE)

NOT_IN_DIGITS = ("(?<![0-9])(?<![0-9][.])", "(?![0-9])")  # nor behind a decimal point
NOT_IN_WORD = ("(?<![0-9A-Za-z])", "(?![0-9A-Za-z])")
NOT_AN_AMOUNT = ("(?<![0-9£$€])(?<![0-9][.,])(?<![£$€] )", "(?![0-9])(?!,[0-9]{3})")  # nor a part of a longer number

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
MONTH = f"(?:{'|'.join(MONTHS)})[a-z]*"
YEAR = "(?:18|19|20)[0-9]{2}"
DAY = "[0-9]{1,2}(?:st|nd|rd|th)?"


@dataclass(frozen=True)
class Detector:
    """One kind of identifier: candidates fit `pattern` between its borders; `check(candidate, coded)` decides."""

    rule: str
    pattern: str
    borders: tuple[str, str]
    check: Callable[[re.Match[str], bool], bool]

    def finds(self, text: str, *, coded: bool) -> bool:
        """Whether a plain text holds such an identifier; `coded` where it stands in a column of codes."""
        bordered = f"{self.borders[0]}(?:{self.pattern}){self.borders[1]}"
        return any(self.check(found, coded) for found in re.finditer(bordered, text, re.IGNORECASE))


def plain(texts: Any) -> Any:
    """An Arrow column of texts with full-width digits, odd blanks and dashes as plain ones; invisible marks gone."""
    without_marks = pc.replace_substring_regex(texts, f"[{INVISIBLE}]", "")
    return pc.utf8_normalize(pc.replace_substring_regex(without_marks, f"[{DASHES}]", "-"), form="NFKC")


def plain_text(text: str) -> str:
    """One text as `plain` writes it."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text.translate(TO_PLAIN))


def rules_found(text: str, *, coded: bool) -> set[str]:
    """Names of the rules that a text breaks, however its characters are written."""
    readable = plain_text(text)
    return {detector.rule for detector in DETECTORS if detector.finds(readable, coded=coded)}


def looks_identifying(texts: Any, *, coded: bool) -> Any:
    """Whether each text of an Arrow array breaks a rule; null breaks none. `coded` as for `Detector.finds`."""
    readable = plain(texts)
    suspects = pc.fill_null(pc.match_substring_regex(readable, CANDIDATE), False)
    if not pc.any(suspects).as_py():
        return suspects
    pairs = zip(suspects.to_pylist(), readable.to_pylist(), strict=True)
    return pa.array([suspect and bool(rules_found(text, coded=coded)) for suspect, text in pairs], pa.bool_())


def is_snomed(text: str) -> bool:
    """Whether a text has the form of a SNOMED CT identifier: 6 to 18 digits, partition, Verhoeff's check digit."""
    return re.fullmatch("[1-9][0-9]{5,17}", text) is not None and text[-3:-1] in SNOMED_PARTITIONS and _verhoeff(text)


def _verhoeff(digits: str) -> bool:
    """Verhoeff's check: the digits, each moved by a permutation of its place, multiplied in the group of a pentagon give 0."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        moved = int(digit)
        for _ in range(place % 8):
            moved = int("1576283094"[moved])
        total = _pentagon(total, moved)
    return total == 0


def _pentagon(one: int, other: int) -> int:
    """Product in the symmetry group of the pentagon: 0-4 turn it, 5-9 turn it over."""
    turned = (one + other) % 5 if one < 5 else (one - other) % 5
    return turned if (one < 5) == (other < 5) else turned + 5


def _is_nhs_number(found: re.Match[str], coded: bool) -> bool:
    """Modulus 11 holds. Repeated digits stand for "none"; ten digits inside a digest are part of it.

    In a column of codes a SNOMED CT identifier is what it looks like: of 1,000 NHS numbers four have that form by chance.
    """
    mantissa = found[0].upper().partition("E")[0]
    text, digits = found.string, re.sub("[^0-9]", "", mantissa).ljust(10, "0")
    weighted = sum(int(digit) * weight for digit, weight in zip(digits, range(10, 0, -1), strict=True))
    return len(set(digits)) > 1 and weighted % 11 == 0 and not _in_digest(found) and not (coded and is_snomed(text))


def _in_digest(found: re.Match[str]) -> bool:
    """Whether a candidate is part of a longer text of hex digits, as digests are."""
    return any(each.start() <= found.start() and found.end() <= each.end() for each in DIGEST.finditer(found.string))


def _is_postcode(found: re.Match[str], coded: bool) -> bool:
    candidate = found[0]
    area = "".join(itertools.takewhile(str.isalpha, candidate.upper()))
    return area != PSEUDO_AREA and (not coded or " " in candidate or area in AREAS)


def _is_date(found: re.Match[str], coded: bool) -> bool:
    """A day that exists, whichever of its numbers is day, month and year."""
    candidate = found[0]
    if coded and is_snomed(found.string):
        return False
    words = re.findall("[a-z]{3,}", candidate.lower())
    numbers = [int(number) for number in re.findall("[0-9]+", candidate)]
    if words:
        return _exists(numbers[-1], MONTHS.index(words[0][:3]) + 1, numbers[0])
    if len(numbers) == 1:
        first, last = int(candidate[:4]), int(candidate[4:])
        return _exists(first, last // 100, last % 100) or _exists(last, first % 100, first // 100)
    one, two, three = numbers
    return _exists(one, two, three) or _exists(three, two, one) or _exists(three, one, two)


def _exists(year: int, month: int, day: int) -> bool:
    year += 0 if year > 99 else 1900
    if not 1850 <= year < 2100:
        return False
    try:
        dt.date(year, month, day)
    except ValueError:
        return False
    return True


def _always(_found: re.Match[str], _coded: bool) -> bool:
    return True


DETECTORS = (
    Detector(
        "NHS number", r"[0-9]{3}[ \t._/-]?[0-9]{3}[ \t._/-]?[0-9]{4}|[0-9](?:[ \t-][0-9]){9}", NOT_IN_DIGITS, _is_nhs_number
    ),
    # As a spreadsheet writes a large number: in thousands, and with an exponent and without the zeros at the end of it. Fewer
    # digits than eight before the exponent are a measurement's (cells in a litre).
    Detector("NHS number", "[0-9](?:,[0-9]{3}){3}", NOT_AN_AMOUNT, _is_nhs_number),
    Detector("NHS number", "[0-9][.][0-9]{7,9}E[+]?0?9", NOT_IN_DIGITS, _is_nhs_number),
    Detector("postcode", "[A-Z]{1,2}[0-9][0-9A-Z]? {0,2}[0-9][ABD-HJLNP-UW-Z]{2}", NOT_IN_WORD, _is_postcode),
    Detector("e-mail address", r"[A-Z0-9._%+-]+@[A-Z0-9-]+\.[A-Z]{2}", ("", ""), _always),
    Detector(
        "telephone number",
        r"(?:\+44|0044)[ ()-]*(?:0[ ()-]*)?[1-35-8](?:[ ()-]*[0-9]){9}|0[1-35-8](?:[ ()-]*[0-9]){9}",
        ("(?<![0-9A-Za-z.])", "(?![0-9])"),
        _always,
    ),
    Detector("date", f"{YEAR}[-/.][0-9]{{1,2}}[-/.][0-9]{{1,2}}", NOT_IN_DIGITS, _is_date),
    Detector("date", f"[0-9]{{1,2}}[-/. ][0-9]{{1,2}}[-/. ]{YEAR}|[0-9]{{1,2}}/[0-9]{{1,2}}/[0-9]{{2}}", NOT_IN_DIGITS, _is_date),
    Detector("date", f"{DAY}[ -]*(?:of )?{MONTH}[ ,.-]*{YEAR}|{MONTH}[ .-]*{DAY}[ ,]+{YEAR}", NOT_IN_DIGITS, _is_date),
    Detector("date", f"{YEAR}[0-9]{{4}}|[0-9]{{4}}{YEAR}", NOT_IN_WORD, _is_date),
    Detector("national insurance number", "[A-CEGHJ-PR-TW-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]", NOT_IN_WORD, _always),
    Detector("person id", "[0-9a-f]{32}", NOT_IN_WORD, _always),
)

# Every candidate of every detector, for Arrow.
CANDIDATE = "(?i)" + "|".join(f"(?:{detector.pattern})" for detector in DETECTORS)
