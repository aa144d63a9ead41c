"""Facts made of a person's features: what no single event tells, in the words that models use too, and plainly beside them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from stratify.models import wording_situation as situation
from stratify.models.wording import WORDINGS
from stratify.reasons.categories import MENTAL_HEALTH
from stratify.reasons.undated import Undated, joined
from stratify.reasons.wording import Words
from stratify.scores.hfrs import HIGH_ABOVE, INTERMEDIATE_FROM

Row = Mapping[str, Any]

PLAIN_HOMES = {
    "lives_in_care_home": "You live in a care home.",
    "no_settled_home": "You have no settled home.",
    "lives_in_supported_housing": "You live in supported housing.",
    "lives_with_family": "You live with family or friends.",
    "rents_home": "You rent your home.",
    "lives_in_own_home": "You live in your own home.",
}
PLAIN_HABITS = {"smoker": "you smoke", "underweight": "your weight is low", "obese": "your weight is high"}


def _of_group(group: str, plain: Callable[[Row, str], str]) -> Callable[[Row], Words | None]:
    """The words that models use of a group's features, and a plain sentence beside them."""

    def say(row: Row) -> Words | None:
        words = WORDINGS[group](row)
        return Words(words, plain(row, words)) if words else None

    return say


def _points(row: Row) -> Words | None:
    points = row.get("hospital_frailty_risk")
    if not points:
        return None
    signs = "many" if points > HIGH_ABOVE else "some" if points >= INTERMEDIATE_FROM else "few"
    return Words(f"hospital frailty points {points:.1f}", f"Your hospital records show {signs} signs of frailty.")


def _home(row: Row) -> Words | None:
    """A care home that a package pays for is told with its date, by the package."""
    if row.get("care_home") or row.get("nursing_care"):
        return None
    return next((Words(situation.HOMES[name], plain) for name, plain in PLAIN_HOMES.items() if row.get(name)), None)


def _flag(name: str, words: str, plain: str) -> Callable[[Row], Words | None]:
    return lambda row: Words(words, plain) if row.get(name) else None


def _habits(row: Row, _words: str) -> str:
    return f"Your GP has noted that {joined([plain for name, plain in PLAIN_HABITS.items() if row.get(name)])}."


PERSONAL: list[Undated] = [
    Undated("age", "age", _of_group("age", lambda _, said: f"You are {said}.")),
    Undated("sex", "sex", _of_group("sex", lambda _, said: f"Your records say that you are {said}.")),
    Undated(
        "deprivation", "deprivation", _of_group("deprivation", lambda *_: "You live in an area with more hardship than most.")
    ),
    Undated("home", "living situation", _home, feed="cld"),
    Undated(
        "review_overdue", "social_care",
        _flag("review_overdue", "no review of long-term care for a year", "Nobody has looked at your care plan for a year."),
        feed="cld",
    ),
    Undated("hospital_frailty", "frailty", _points, feed="sus_apc"),
    Undated(
        "hip_fracture", "falls",
        _flag("hip_fracture_730", "broken hip within two years", "You broke your hip in the last two years."), feed="sus_apc",
    ),
    Undated(
        "diagnoses", "diagnoses", _of_group("diagnoses", lambda *_: "Hospitals have noted serious illnesses in two years."),
        feed="sus_apc",
    ),
    Undated(
        "delirium", "diagnoses",
        _flag("delirium_730", "delirium in hospital within two years", "You were confused during a stay in hospital."),
        MENTAL_HEALTH, feed="sus_apc",
    ),
    Undated(
        "several_services", "several services",
        _of_group(
            "several services", lambda row, _: f"You used {row['services_used_365']} kinds of service in the last 12 months."
        ),
    ),
    Undated("lifestyle", "lifestyle", _of_group("lifestyle", _habits), feed="gp"),
    Undated("registration", "registration", _of_group("registration", lambda *_: "You are new to your GP practice.")),
    Undated(
        "feeds", "feeds", _of_group("feeds", lambda *_: "We do not have the latest records of every service.")
    ),
]  # fmt: skip

# Columns of the feature table that these look at, as far as it has them.
PERSONAL_COLUMNS = (
    "age", "female", "deprivation_decile", "hospital_frailty_risk", "charlson_index", "care_home", "nursing_care", *PLAIN_HOMES,
    "review_overdue", "hip_fracture_730", "fall_730", *situation.ILLNESSES, "delirium_730", "services_used_365", *PLAIN_HABITS,
    "years_registered", *situation.FEED_WORDS,
)  # fmt: skip
