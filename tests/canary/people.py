"""Made-up people whose every identifier is a canary, and single marks for single columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from tests.canary.marks import DATE, NHS_NUMBER, TEXT, Canary

FIRST_NUMBER = 937_104_000  # bodies of numbers of the test range; the check digit follows
# Before any other date of an area, so that a date alone gives a person away; nobody's is a month's first.
FIRST_BIRTH = dt.date(1911, 2, 4)
GIVEN = ("Zqxéphine", "Zqxandrós", "Zqxürsula", "Zqxaoirsé", "Zqxîrvano", "Zqxåstride", "Zqxñatalio", "Zqxçeleste")
FAMILY = (
    "Wyqndélius",
    "O’Qxárraghy",
    "Vqxüllenbach",
    "Qxłodzimska",
    "Ŝqxmithwyck",
    "Xqøstergaard",
    "Jqxrşahinol",
    "Bqxèauregard",
)
COUNT = len(GIVEN)


@dataclass(frozen=True)
class Person:
    """One of them: PersonRecord column to value, and what no column is for."""

    number: str
    values: dict[str, str]
    telephone: str
    email: str

    @property
    def free_text(self) -> str:
        """A note as somebody might write it into any field."""
        said = self.values
        return (
            f"Spoke to {said['given_name']} {said['family_name']} (NHS {spaced(self.number)}, born {said['date_of_birth']}) "
            f"of {said['address']}, {said['postcode']}; ring {self.telephone} or write to {self.email}"
        )

    def canaries(self, name: str) -> Iterator[Canary]:
        """Everything about her that must not be found."""
        yield Canary(f"{name} number", NHS_NUMBER, self.number)
        yield Canary(f"{name} telephone", TEXT, self.telephone)
        yield Canary(f"{name} email", TEXT, self.email)
        for column, value in self.values.items():
            if column != "nhs_number":
                yield Canary(f"{name} {column}", DATE if column.startswith("date") else TEXT, value)


def numbers() -> Iterator[str]:
    """Numbers of the test range that pass the check digit, without end."""
    body = FIRST_NUMBER
    while True:
        body += 7
        total = sum((10 - place) * int(digit) for place, digit in enumerate(str(body)))
        check = (11 - total % 11) % 11
        if check < 10:
            yield f"{body}{check}"


def people(source: Iterator[str]) -> list[Person]:
    """All of them."""
    return [_person(place, number) for place, number in zip(range(COUNT), source, strict=False)]


def _person(place: int, number: str) -> Person:
    family = FAMILY[place]
    values = {
        "nhs_number": number, "given_name": GIVEN[place], "other_given_name": f"Oqxtavía{'abcdefgh'[place]}",
        "family_name": family,
        "previous_family_name": f"Formqxer{'abcdefgh'[place]}é", "alias": f"Alqxíasso{'abcdefgh'[place]}",
        "date_of_birth": (FIRST_BIRTH + dt.timedelta(days=37 * place)).isoformat(), "postcode": f"ZQ{place + 1} 9XJ",
        "previous_postcode": f"ZQ{place + 1} 8XK", "address": f"{place + 11} Zqxmoor Würzel Lane", "uprn": f"99007134055{place}",
    }  # fmt: skip
    return Person(number, values, f"07700 90047{place}", f"{family[-6:].lower()}{place}@zqx.example.org")


def spaced(number: str) -> str:
    """As printed on letters."""
    return f"{number[:3]} {number[3:6]} {number[6:]}"


def rendered(number: str, turn: int) -> str:
    """A number in one of six renderings: plain, spaced, hyphenated, full-width, as a spreadsheet's float, digit by digit."""
    full = "".join(chr(0xFF10 + int(digit)) for digit in number)
    return (number, spaced(number), spaced(number).replace(" ", "-"), full, f"{number}.0", " ".join(number))[turn % 6]


def mark(place: int) -> str:
    """A word for one cell, like no other word; without digits, as names are."""
    return f"Zqmark{''.join(chr(ord('a') + int(digit)) for digit in f'{place:04d}')}kv"
