"""Reasons: dates and sizes in words, exact shares, the plain sheet, and that nothing is without words."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pyarrow as pa
import pytest

from governance.access.categories import CATEGORIES, marks
from schemas.pseudonymised import Selection
from stratify.features import FEATURES
from stratify.features.lags import TYPES_OF
from stratify.features.long_term import PALLIATIVE_CARE, REGISTERS
from stratify.models.reasons import RowByRow
from stratify.models.wording import WORDINGS
from stratify.models.wording_situation import HOMES
from stratify.reasons import Contributions, Look, group_shares, listed_people, plain_sheet, reason_rows
from stratify.reasons.categories import MENTAL_HEALTH, MENTAL_HEALTH_REGISTERS, ORDINARY, category_of_group
from stratify.reasons.dates_in_words import day_in_words, month_in_words, on_day
from stratify.reasons.facts import places
from stratify.reasons.kinds import KINDS
from stratify.reasons.look import FEED_WORDS
from stratify.reasons.personal import PERSONAL, PERSONAL_COLUMNS, PLAIN_HOMES
from stratify.reasons.plain_sheet import HEADINGS, HIDDEN, NO, SEES
from stratify.reasons.reference_page import SOMEBODY
from stratify.reasons.shares import size_in_words
from stratify.reasons.since_last import HAPPENED, LASTED
from stratify.reasons.undated import FRAIL, PLAIN_NAMES, PRACTICE, joined
from stratify.reasons.wording import SAYINGS, Seen

NIGHT = dt.date(2026, 11, 28)


@pytest.mark.parametrize(
    ("day", "month", "to_the_day", "on"),
    [
        (dt.date(2026, 11, 12), "November", "12 November", "on 12 November"),
        (dt.date(2025, 12, 1), "December", "1 December", "on 1 December"),
        (dt.date(2025, 11, 30), "November 2025", "November 2025", "in November 2025"),
        (dt.date(2024, 2, 29), "February 2024", "February 2024", "in February 2024"),
    ],
)
def test_dates_in_words(day: dt.date, month: str, to_the_day: str, on: str) -> None:
    assert (month_in_words(day, NIGHT), day_in_words(day, NIGHT), on_day(day, NIGHT)) == (month, to_the_day, on)


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (math.log(2), "raises it strongly"),
        (math.log(1.5), "raises it clearly"),
        (0.4, "raises it somewhat"),
        (0.05, "raises it somewhat"),
        (0.049, "barely moves it"),
        (-0.049, "barely moves it"),
        (-0.05, "lowers it"),
    ],
)
def test_a_share_is_a_size_in_words(share: float, words: str) -> None:
    assert size_in_words(share) == words


def test_a_worked_case_of_shares() -> None:
    """Two columns of one group add up; what lowers or barely moves the risk is in everything else."""
    values = np.array([[0.5, 0.25, 0.8, -0.3, 0.01], [0.0, 0.0, -1.0, 0.0, 0.0]])
    shares = group_shares(
        Contributions(("x1", "x2", "y", "z", "w"), values, -2.0), {"x1": "use", "x2": "use", "y": "mental_health", "z": "sex"}
    )
    assert shares.groups == ("mental_health", "sex", "use", "w")
    assert shares.log_odds().tolist() == pytest.approx([-0.74, -3.0])
    rows = reason_rows("risk", ["b", "a"], shares).to_pylist()
    assert [tuple(row.values()) for row in rows[2:]] == [
        ("b", "risk", 1, "mental_health", 0.8, "raises it strongly", "mental health"),
        ("b", "risk", 2, "use", 0.75, "raises it strongly", "ordinary"),
        ("b", "risk", 3, "everything else", pytest.approx(-0.29), "lowers it", "ordinary"),
        ("b", "risk", 4, "the average person", -2.0, "where everybody starts", "ordinary"),
    ]
    assert [(row["pseudonym"], row["place"], row["share"]) for row in rows[:2]] == [("a", 1, -1.0), ("a", 2, -2.0)]


def test_nobody_has_no_reasons() -> None:
    shares = group_shares(Contributions(("x",), np.zeros((0, 1)), -1.0), {})
    assert reason_rows("risk", [], shares).num_rows == 0
    assert places(pa.chunked_array([pa.array([], pa.string())])).to_pylist() == []


def test_places_begin_anew_with_each_person() -> None:
    assert places(pa.chunked_array([["a", "a", "b", "c", "c", "c"]])).to_pylist() == [1, 2, 1, 1, 2, 3]


def test_who_is_listed() -> None:
    rows = [
        {"pseudonym": name, "tier": tier, "why": "x"} for name, tier in (("c", "care navigation"), ("a", "none"), ("b", "none"))
    ]
    selection = pa.Table.from_pylist(rows, schema=Selection.arrow_schema())
    assert listed_people(selection)["pseudonym"].to_pylist() == ["c"]
    rising = pa.array([None, None, 3], pa.int64())
    if "rising_place" in selection.column_names:
        selection = selection.drop_columns(["rising_place"])
    assert listed_people(selection.append_column("rising_place", rising))["pseudonym"].to_pylist() == ["b", "c"]


# ---------------------------------------------------------------- no words, no release


def test_every_kind_has_words_a_feed_and_a_group() -> None:
    assert [kind.name for kind in KINDS] == list(dict.fromkeys(kind.name for kind in KINDS))
    assert {kind.name for kind in KINDS} == SAYINGS.keys()
    assert {*HAPPENED, *LASTED} <= SAYINGS.keys()
    assert {kind.feed for kind in KINDS} <= TYPES_OF.keys()
    assert FEED_WORDS.keys() == TYPES_OF.keys() == HEADINGS.keys()
    groups = {feature.group for feature in FEATURES}
    assert all(groups.intersection(kind.groups) for kind in KINDS)
    assert not HAPPENED.keys() & LASTED.keys()


def test_every_group_of_features_that_a_model_weighs_has_words() -> None:
    told = {group for kind in KINDS for group in kind.groups} | {each.group for each in (*PRACTICE, *PERSONAL)}
    assert {feature.group for feature in FEATURES} - {"cost"} <= told
    assert {feature.group for feature in FEATURES} - {"cost"} <= WORDINGS.keys()


@pytest.mark.parametrize("name", SAYINGS)
def test_nothing_seen_gives_no_words(name: str) -> None:
    assert SAYINGS[name](Seen(NIGHT)) is None


def test_the_categories_are_those_by_which_activity_is_hidden() -> None:
    assert {ORDINARY, MENTAL_HEALTH} <= set(CATEGORIES)
    of_register = {mark.value: mark.category for mark in marks() if mark.column == "registers"}
    told = {*REGISTERS.values(), PALLIATIVE_CARE}
    assert {code for code in told if of_register[code] == MENTAL_HEALTH} == MENTAL_HEALTH_REGISTERS
    assert {of_register[code] for code in told} == {ORDINARY, MENTAL_HEALTH}
    types = {mark.value for mark in marks() if mark.column == "activity_type" and mark.category == MENTAL_HEALTH}
    assert types == set(TYPES_OF["mhsds"])
    assert all((kind.category == MENTAL_HEALTH) == (kind.feed == "mhsds") for kind in KINDS)
    assert category_of_group("mental_health") == MENTAL_HEALTH


class Asked(dict[str, object]):
    """A row of which is noted what somebody looks at."""

    def __init__(self, row: dict[str, object]) -> None:
        super().__init__(row)
        self.seen: set[str] = set()

    def get(self, name: str, default: object = None) -> object:  # type: ignore[override]
        self.seen.add(name)
        return super().get(name, default)


def test_personal_facts_look_at_declared_columns_alone_and_all_have_words() -> None:
    row = Asked(SOMEBODY)
    assert all(each.say(row) for each in PERSONAL)
    nobody = Asked({})
    assert not any(each.say(nobody) for each in PERSONAL)
    assert row.seen | nobody.seen <= {*PERSONAL_COLUMNS, *HOMES}


# ---------------------------------------------------------------- single sayings


def test_a_care_home_that_a_package_pays_for_is_told_by_the_package() -> None:
    home = next(each for each in PERSONAL if each.name == "home")
    assert home.say({"lives_in_care_home": True}) == ("in a care home", "You live in a care home.")
    assert home.say({"lives_in_care_home": True, "care_home": True}) is None
    assert PLAIN_HOMES.keys() <= HOMES.keys()


def test_habits_are_one_sentence() -> None:
    lifestyle = next(each for each in PERSONAL if each.name == "lifestyle")
    assert lifestyle.say({"smoker": True, "obese": True}) == (
        "smokes; obese", "Your GP has noted that you smoke and your weight is high.",
    )  # fmt: skip


def test_a_row_brings_in_the_columns_that_are_asked_for() -> None:
    rows = RowByRow(pa.table({"a": [1, 2], "b": [3, None]}))
    assert [rows.at(place).get("b") for place in (0, 1)] == [3, None]
    assert (rows.get("c", 9), list(rows.columns), [*rows], len(rows)) == (9, ["b"], ["a", "b"], 2)


def test_names_are_joined_as_people_do() -> None:
    assert [joined(["a"]), joined(["a", "b"]), joined(["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
    assert PLAIN_NAMES.keys() <= REGISTERS.keys()


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"hospital_frailty_risk": 15.1}, ("hospital frailty points 15.1", "Your hospital records show many signs of frailty.")),
        ({"hospital_frailty_risk": 5.0}, ("hospital frailty points 5.0", "Your hospital records show some signs of frailty.")),
        ({"hospital_frailty_risk": 0.4}, ("hospital frailty points 0.4", "Your hospital records show few signs of frailty.")),
        ({"hospital_frailty_risk": 0.0}, None),
        ({}, None),
    ],
)
def test_hospital_frailty(row: dict[str, float], words: tuple[str, str] | None) -> None:
    assert next(each for each in PERSONAL if each.name == "hospital_frailty").say(row) == words


@pytest.mark.parametrize(
    ("index", "words"),
    [(0.12, None), (0.13, "0.13 (mild frailty)"), (0.25, "0.25 (moderate frailty)"), (0.37, "0.37 (severe frailty)")],
)
def test_the_frailty_index_has_the_bands_of_its_authors(index: float, words: str | None) -> None:
    said = next(each for each in PRACTICE if each.name == "frailty_index").say({"efi_score": index})
    assert (said.words if said else None) == (words and f"electronic frailty index {words}")
    assert [above for above, *_ in FRAIL] == [0.36, 0.24, 0.12]


def test_what_the_feeds_lack_is_said() -> None:
    look = Look(NIGHT, {"sus_apc": dt.date(2026, 11, 5), "gp": None, "cld": dt.date(2026, 9, 30), "ecds": dt.date(2026, 11, 27)})
    assert look.gaps({"sus_apc": True, "gp": True, "ecds": False}) == [
        "Hospital data stop at 5 November: what came after is not counted.",
        "GP data are missing: nothing of them is counted.",
    ]
    assert look.told_by("csds") == "community health data"
    assert look.lags == {"cld": 58, "ecds": 0, "sus_apc": 22}


# ---------------------------------------------------------------- the plain sheet


def fact(name: str, plain: str, feed: str | None = "sus_apc", category: str = ORDINARY) -> dict[str, str | None]:
    told_by = f"{FEED_WORDS[feed]} data to 24 November" if feed else None
    return {"fact": name, "plain_words": plain, "feed": feed, "category": category, "told_by": told_by}


def test_the_plain_sheet_tells_by_feed_and_keeps_mental_health_off_paper() -> None:
    facts = [
        fact("since_last", "Since 21 November: you went to A&E once.", None),
        fact("nights", "You spent 9 nights in hospital in the last 12 months."),
        fact("home_care", "You have had home care since June, 14 hours a week.", "cld"),
        fact("mental_health", "A mental health team saw you.", "mhsds", MENTAL_HEALTH),
        fact("palliative_care", "Your GP practice gives you palliative care.", "gp"),
        fact("age", "You are aged 80 to 84.", None),
    ]
    sheet = plain_sheet(facts, gaps=["GP data are missing: nothing of them is counted."])
    order = [
        "# Why you are on our list", "### Hospital (what we knew up to 24 November)", "- You spent 9 nights",
        "### Care from the council (what we knew up to 24 November)", "- You have had home care", "### About you",
        "aged 80 to 84", "- GP data are missing", "## What is new", "you went to A&E once", HIDDEN, SEES, NO,
    ]  # fmt: skip
    found = [sheet.index(words) for words in order]
    assert found == sorted(found)
    assert "mental health" not in sheet.casefold()
    whole = plain_sheet(facts, categories=(ORDINARY, MENTAL_HEALTH))
    assert "A mental health team saw you." in whole
    assert "palliative" not in whole, "told by a person, not by a sheet"


def test_a_sheet_without_facts_says_so() -> None:
    assert "Nothing in the last two years." in plain_sheet([])
