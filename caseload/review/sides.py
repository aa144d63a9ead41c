"""Two records side by side: which fields agree, and where two texts differ, so that a page can mark it without colour."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from caseload.review.desk import Pair

SAME, DIFFERS, ONE_SIDE = "same", "differs", "one side only"
TITLES = {
    "nhs_number": "NHS number", "given_name": "Given name", "other_given_name": "Other given name", "alias": "Also known as",
    "family_name": "Family name", "previous_family_name": "Previous family name", "date_of_birth": "Date of birth",
    "gender": "Gender", "postcode": "Postcode", "previous_postcode": "Previous postcode", "address": "Address",
    "gp_practice_code": "GP practice", "date_of_death": "Date of death",
}  # fmt: skip
BY_WORDS = ("address", "gender", "date_of_birth", "date_of_death")
GENDERS = {"1": "male", "2": "female", "9": "indeterminate", "X": "not known"}  # NHS Data Dictionary


@dataclass(frozen=True)
class Part:
    """A piece of a text. `marked`: the other side has something else there."""

    text: str
    marked: bool = False


@dataclass(frozen=True)
class Line:
    """One field of both records. `state`: SAME, DIFFERS or ONE_SIDE."""

    title: str
    state: str
    left: Sequence[Part]
    right: Sequence[Part]


def lines_of(pair: Pair) -> list[Line]:
    """A line for each field that at least one of the two has."""
    return [_line(name, left, right) for name, (left, right) in pair.fields.items() if left or right]


def _line(name: str, left: str, right: str) -> Line:
    title = TITLES.get(name, name.replace("_", " ").capitalize())
    first, second = (_words(name, text) for text in (left, right))
    if not left or not right:
        return Line(title, ONE_SIDE, _whole(first), _whole(second))
    if first.casefold() == second.casefold():
        return Line(title, SAME, _whole(first), _whole(second))
    return Line(title, DIFFERS, *_parts(first, second, by_words=name in BY_WORDS))


def _words(name: str, text: str) -> str:
    """A field as people read it: dates in full, the NHS number as 3, 3 and 4 digits."""
    if name.startswith("date_") and text:
        day = dt.date.fromisoformat(text)
        return f"{day.day} {day:%B %Y}"
    if name == "nhs_number" and len(text) == len("3334445555"):
        return f"{text[:3]} {text[3:6]} {text[6:]}"
    return GENDERS.get(text, text) if name == "gender" else text


def _whole(text: str) -> list[Part]:
    return [Part(text)] if text else []


def _parts(left: str, right: str, *, by_words: bool) -> tuple[list[Part], list[Part]]:
    """Both texts cut where they differ; capital and small letters are the same.

    Names and numbers letter by letter, addresses and dates word by word: two different streets have letters in common by chance.
    """
    first, second = (re.findall(r"\S+|\s+", text) if by_words else list(text) for text in (left, right))
    ours, theirs = ([each.casefold() for each in side] for side in (first, second))
    steps = SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes()
    return (
        [Part("".join(first[begin:end]), kind != "equal") for kind, begin, end, _, _ in steps if begin < end],
        [Part("".join(second[begin:end]), kind != "equal") for kind, _, _, begin, end in steps if begin < end],
    )
