"""Postcodes in one form, `SW1A 1AA`: upper case, one space, letters and digits where they belong.

Form: an outward part (area, district) and an inward part of a digit and two letters that are never C I K M O V. Which letters
the outward part takes, place by place, is the commonly published validation pattern. Checked is the form, not whether the
postcode was ever issued.
"""

from __future__ import annotations

import functools
import re
from typing import Any

import pyarrow.compute as pc

from schemas.code_lists import load
from schemas.distinct import map_distinct

# The six forms of an outward part: A9 A99 AA9 AA99 A9A AA9A.
POSTCODE = re.compile(
    r"[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9]{1,2}|[0-9][ABCDEFGHJKPSTUW]|[A-HK-Y][0-9][ABEHMNPRVWXY])[0-9][ABD-HJLNP-UW-Z]{2}"
)
# ZZ99 is no place: no fixed abode, not known, abroad. The shipped list is not complete, so the whole of ZZ99 counts.
PSEUDO_OUTWARD = "ZZ99"
PSEUDO_POSTCODE = re.compile(PSEUDO_OUTWARD + r"[0-9][A-Z]{2}")

OTHER_MARKS = re.compile(r"[^A-Z0-9]")
TO_DIGIT = str.maketrans("OI", "01")
TO_LETTER = str.maketrans("01", "OI")


def standardise_postcode(text: str | None) -> str | None:
    """The postcode in standard form, or None where it is none, even with O and 0, I and 1 put right by position.

    A pseudo-postcode (`ZZ99 3VZ`) keeps its form: ask `is_pseudo_postcode`.
    """
    marks = OTHER_MARKS.sub("", (text or "").upper())
    outward, inward = marks[:-3], marks[-3:]
    mended = _mend_outward(outward) + inward[:1].translate(TO_DIGIT) + inward[1:].translate(TO_LETTER)
    if POSTCODE.fullmatch(mended) or PSEUDO_POSTCODE.fullmatch(mended):
        return f"{mended[:-3]} {mended[-3:]}"
    return None


def _mend_outward(outward: str) -> str:
    """Letters first, digit at the place where every form has one.

    Four places: two letters, a digit, either. Three: the second is a letter only as in CO1, PO1, SO1 (no area has I second,
    no district of two digits begins with 0); the third is then, as always, a digit where it could be either. Two: letter, digit.
    """
    letters = 2 if len(outward) == 4 or (len(outward) == 3 and _is_letter(outward[1])) else 1
    return outward[:letters].translate(TO_LETTER) + outward[letters:].translate(TO_DIGIT)


def _is_letter(mark: str) -> bool:
    return mark in "O0" or (mark.isalpha() and mark != "I")


def standardise_postcodes(values: Any) -> Any:
    """`standardise_postcode` over an Arrow column of text, once per distinct value."""
    return map_distinct(values, standardise_postcode)


@functools.cache
def _listed_pseudo_postcodes() -> frozenset[str]:
    return frozenset(load("pseudo_postcodes").codes)


def is_pseudo_postcode(postcode: str) -> bool:
    """Whether a standardised postcode stands for no address: never block or match on it."""
    return postcode.startswith(PSEUDO_OUTWARD) or postcode in _listed_pseudo_postcodes()


def real_postcodes(postcodes: Any) -> Any:
    """A column of standardised postcodes with the pseudo-postcodes made null."""
    return map_distinct(postcodes, lambda postcode: None if is_pseudo_postcode(postcode) else postcode)


def outward(postcode: str) -> str:
    """The part before the space of a standardised postcode: `SW1A 1AA` gives `SW1A`."""
    return postcode.split(" ")[0]


def sector(postcode: str) -> str:
    """A standardised postcode without its last two letters: `SW1A 1AA` gives `SW1A 1`."""
    return postcode[:-2]


def district(postcode: str) -> str:
    """The outward part without the letter that some districts in London carry at the end: `SW1A 1AA` gives `SW1`."""
    return outward(postcode).rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def outwards(postcodes: Any) -> Any:
    """`outward` over an Arrow column."""
    return pc.replace_substring_regex(postcodes, pattern=" .*", replacement="")


def sectors(postcodes: Any) -> Any:
    """`sector` over an Arrow column."""
    return pc.utf8_slice_codeunits(postcodes, 0, -2)


def districts(postcodes: Any) -> Any:
    """`district` over an Arrow column."""
    return pc.replace_substring_regex(postcodes, pattern="[A-Z]? .*", replacement="")
