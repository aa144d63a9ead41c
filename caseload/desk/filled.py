"""What somebody filled in on a form: read field by field, with what is wrong of each in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseload.desk.forms import NOTE, Form
from caseload.entries.policies import ENTERED
from caseload.entries.states import ASSIGN
from governance.notes import MOST_CHARACTERS

DATES = ("since", "until", "due")
PARTS = ("day", "month", "year")
FIELDS = ("reason", "professional", "coordinator", "tier", "of", "carer", *DATES, NOTE)
LACKS = {
    "reason": "Choose a reason", "professional": "Choose a professional", "until": "Enter the day on which to decide",
    "due": "Enter the day by which it is to be done", "of": "Choose a meeting", NOTE: "Write the note",
}  # fmt: skip
NO_DAY = "Enter a real date, such as 28 11 2026"
NUMBER_DIGITS = 10
Value = Callable[[str], str]


@dataclass(frozen=True)
class Choices:
    """What can be chosen: each a code and its words. meetings: by thread."""

    professional: Sequence[tuple[str, str]] = ()
    coordinator: Sequence[tuple[str, str]] = ()
    of: Sequence[tuple[str, str]] = ()

    @property
    def tier(self) -> Sequence[tuple[str, str]]:
        """Tiers that somebody can be accepted for."""
        return [(each, each) for each in ENTERED]


@dataclass(frozen=True)
class Filled:
    """said: field to value, of what was filled in and can be read. errors: field to what is wrong. typed: as it was sent."""

    said: Mapping[str, Any]
    errors: Mapping[str, str]
    typed: Mapping[str, str]


def read(form: Form, value: Value, choices: Choices) -> Filled:
    """What was filled in. What the form does not ask is not looked at."""
    asked = [name for name in FIELDS if name in form.needs | form.asks or (name == "reason" and form.reasons)]
    names = [part for name in asked for part in (parts_of(name) if name in DATES else [name])]
    typed = {name: value(name) for name in names}
    said: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name in asked:
        try:
            found = _field(name, form, typed, choices)
        except ValueError as wrong:
            errors[name] = str(wrong)
            continue
        if found is not None:
            said[name] = found
        elif name == "reason" or name in form.needs:
            errors[name] = LACKS[name]
    if form.step == ASSIGN and not errors and not {"professional", "coordinator"} & set(said):
        errors["professional"] = "Choose who takes over"
    return Filled(said, errors, typed)


def _field(name: str, form: Form, typed: Mapping[str, str], choices: Choices) -> Any:
    if name in DATES:
        return day_of([typed[part] for part in parts_of(name)])
    text = typed[name]
    if not text:
        return None
    if name == NOTE:
        if len(text) > MOST_CHARACTERS:
            raise ValueError(f"The note has {len(text):,} characters; {MOST_CHARACTERS:,} is the most")
        return text
    if name == "carer":
        return _number(text)
    known = list(form.reasons) if name == "reason" else [code for code, _ in getattr(choices, name)]
    if text not in known:
        raise ValueError(LACKS.get(name, "Choose one of the list"))
    return int(text) if name == "of" else text


def parts_of(name: str) -> list[str]:
    """The three fields of a date, as the NHS.UK date input names them."""
    return [f"{name}[{part}]" for part in PARTS]


def day_of(parts: Sequence[str]) -> dt.date | None:
    """A date from its day, month and year as typed; None where all are empty. `ValueError` says what is wrong, in words."""
    if not any(parts):
        return None
    if not all(part.isascii() and part.isdigit() and len(part) <= 4 for part in parts):
        raise ValueError(NO_DAY)
    day, month, year = (int(part) for part in parts)
    try:
        return dt.date(year, month, day)
    except ValueError:
        raise ValueError(NO_DAY) from None


def _number(text: str) -> str:
    digits = "".join(letter for letter in text if letter.isascii() and letter.isdigit())
    if len(digits) != NUMBER_DIGITS:
        raise ValueError("An NHS number has ten digits")
    return digits
