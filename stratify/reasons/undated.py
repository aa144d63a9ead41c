"""Facts without an event: the practice's registers, medicines and frailty index, and that nobody has seen the person."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from stratify.features.long_term import PALLIATIVE_CARE, REGISTERS
from stratify.reasons.categories import MENTAL_HEALTH, MENTAL_HEALTH_REGISTERS, ORDINARY
from stratify.reasons.practice import ON
from stratify.reasons.wording import Words
from stratify.words import plural

Row = Mapping[str, Any]

# eFI bands of the index's authors (Clegg et al., Age and Ageing 2016;45:353): fit to .12, mild to .24, moderate to .36, severe.
FRAIL = ((0.36, "severe frailty", "very frail"), (0.24, "moderate frailty", "frail"), (0.12, "mild frailty", "slightly frail"))

# Conditions whose name on a register is a professional's word, as a patient may be told them.
PLAIN_NAMES = {
    "atrial fibrillation": "an irregular heartbeat (atrial fibrillation)",
    "COPD": "a lung condition (COPD)",
    "coronary heart disease": "heart disease",
    "chronic kidney disease": "kidney disease",
    "hypertension": "high blood pressure",
    "osteoporosis": "weak bones (osteoporosis)",
    "peripheral arterial disease": "poor blood flow to the legs",
    "rheumatoid arthritis": "arthritis",
    "serious mental illness": "a mental health condition",
    "stroke or TIA": "a stroke or mini-stroke",
}

# Without a contact for so long the records may have lost sight of somebody who is on a list for her need. Our own choice.
NO_CONTACT_DAYS = 180


@dataclass(frozen=True)
class Undated:
    """One kind of fact made of one row a person: `say` is null where there is nothing to tell."""

    name: str
    group: str | None
    say: Callable[[Row], Words | None]
    category: str = ORDINARY
    feed: str | None = None


def joined(names: list[str]) -> str:
    """`asthma`, `asthma and diabetes`, `asthma, diabetes and heart failure`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def conditions(row: Row, *, apart: bool) -> list[str]:
    """Conditions on whose registers a person is; `apart`: those that are shown as mental health."""
    return [words for words, code in REGISTERS.items() if row.get(f"{ON}{code}") and (code in MENTAL_HEALTH_REGISTERS) is apart]


def _registers(apart: bool) -> Callable[[Row], Words | None]:
    def say(row: Row) -> Words | None:
        names = conditions(row, apart=apart)
        if not names:
            return None
        registers = "register" if len(names) == 1 else "registers"
        plain = joined([PLAIN_NAMES.get(name, name) for name in names])
        return Words(f"{joined(names)} on the practice's {registers}", f"Your GP has noted {plain}.")

    return say


def _palliative(row: Row) -> Words | None:
    is_on = row.get(f"{ON}{PALLIATIVE_CARE}")
    return Words("on the palliative care register", "Your GP practice gives you palliative care.") if is_on else None


def _medicines(row: Row) -> Words | None:
    count = row.get("repeat_medicines")
    said = plural(count, ("repeat medicine", "repeat medicines")) if count else ""
    return Words(said, f"Your GP prescribes you {said}.") if said else None


def _frailty_index(row: Row) -> Words | None:
    index = row.get("efi_score")
    for above, band, plain in FRAIL:
        if index is not None and index > above:
            return Words(f"electronic frailty index {index:.2f} ({band})", f"Your GP records suggest that you are {plain}.")
    return None


PRACTICE: list[Undated] = [
    Undated("palliative_care", "long-term conditions", _palliative),
    Undated("conditions", "long-term conditions", _registers(False)),
    Undated("mental_health_conditions", "long-term conditions", _registers(True), MENTAL_HEALTH),
    Undated("medicines", "medicines", _medicines),
    Undated("frailty_index", "frailty", _frailty_index),
]


def no_contact(last: dt.date | None, as_at: dt.date, said: Callable[[dt.date, dt.date], str]) -> Words | None:
    """That no service has told of a contact for half a year or longer; `said` puts a day into words."""
    if last is not None and (as_at - last).days < NO_CONTACT_DAYS:
        return None
    when = f"since {said(last, as_at)}" if last else "in two years"
    return Words(f"no contact of any kind {when}", f"We know of no contact between you and our services {when}.")
