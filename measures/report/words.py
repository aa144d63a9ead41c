"""How the report says things: names of sources, steps and services, numbers, dates, withheld values."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterable, Sequence

from measures.rows import AREA, UNKNOWN

# A withheld small number, and a figure that does not exist (a rate of nothing).
WITHHELD = "*"
NO_FIGURE = "–"

SOURCES = {
    "register": "Register",
    "sus_apc": "Admissions (SUS)",
    "sus_op": "Outpatients (SUS)",
    "ecds": "A&E (ECDS)",
    "csds": "Community (CSDS)",
    "mhsds": "Mental health (MHSDS)",
    "gp": "GP extract",
    "cld": "Social care (CLD)",
    "asc_person": "Council client index",
}

SERVICES = {
    "accident_and_emergency": "A&E",
    "emergency_inpatient": "Emergency admission",
    "planned_inpatient": "Planned admission",
    "outpatient": "Outpatients",
    "community": "Community",
    "mental_health": "Mental health",
    "primary_care": "General practice",
    "social_care": "Social care",
}

SECTORS = {
    "acute": "Acute",
    "community": "Community",
    "mental_health": "Mental health",
    "primary_care": "Primary care",
    "social_care": "Social care",
}

COST_SOURCES = {
    "client_level_unit_cost": "The council's unit cost",
    "sus_final_price": "Price in SUS or ECDS",
    "site_file": "The area's own unit cost",
    "reference_cost": "National average",
    "no_price": "No cost known",
}

STEPS = {
    "register": "Register's own record",
    "judged": "Clerk's decision",
    "cross_check": "Number and birth date",
    "confirmed_number": "Number, confirmed",
    "alphanumeric": "Name, birth year, postcode",
    "unique_demographic": "Unique demographics",
    "probabilistic": "Likelihood",
    "same_local_id": "Council client index",
    "token_number": "Token of the number",
    "token_demographic": "Token of name and birth date",
    "supplier_pseudonym": "Supplier's pseudonym",
    "review": "Waiting for a clerk",
    "unlinked": "Not linked",
}

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def place_name(organisation: str) -> str:
    """A locality by its name; everybody as `Whole area`, people without one as `No known locality`."""
    return {AREA: "Whole area", UNKNOWN: "No known locality"}.get(organisation, organisation)


def name_of(names: dict[str, str], key: str) -> str:
    """The report's name of a source, step or service; the key itself, with blanks, where it has none."""
    return names.get(key, key.replace("_", " "))


def in_order(names: dict[str, str], keys: Iterable[str]) -> list[str]:
    """Each key once, in the order of the names; keys without a name come last, by alphabet."""
    places = {name: place for place, name in enumerate(names)}
    return sorted(set(keys), key=lambda key: (places.get(key, len(places)), key))


def whole(value: int | None) -> str:
    """`12,345`; `*` where withheld."""
    return WITHHELD if value is None else f"{value:,}"


def percent(value: float | None, *, withheld: bool = False) -> str:
    """`97.3%`; `*` where withheld, a dash where there is no such rate."""
    if value is None:
        return WITHHELD if withheld else NO_FIGURE
    return f"{value:.1%}"


def pounds(pence: int | None) -> str:
    """`£1.2m`, `£345k` or `£89`; `*` where withheld."""
    if pence is None:
        return WITHHELD
    amount = pence / 100
    if amount >= 999_500:
        return f"£{amount / 1_000_000:,.1f}m"
    return f"£{amount / 1_000:,.0f}k" if amount >= 10_000 else f"£{amount:,.0f}"


def day(date: dt.date | None) -> str:
    """`31 October 2026`, whatever the machine's language."""
    return NO_FIGURE if date is None else f"{date.day} {MONTHS[date.month - 1]} {date.year}"


def month(date: dt.date) -> str:
    """`Oct 26`."""
    return f"{MONTHS[date.month - 1][:3]} {date.year % 100:02d}"


def plural(count: int, one: str, more: str | None = None) -> str:
    """`1 record`, `2,000 records`."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"


def listed(words: Sequence[str]) -> str:
    """`a, b and c`; `none` where there are none."""
    if len(words) < 2:
        return "".join(words) or "none"
    return ", ".join(words[:-1]) + " and " + words[-1]


def in_lines(label: str, characters: int, *, lines: int = 2) -> str:
    """The label broken into a few lines for the side of a chart; the last one ends in … where it does not fit."""
    return "\n".join(textwrap.wrap(label, characters, max_lines=lines, placeholder="…"))
