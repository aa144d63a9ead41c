"""The sheet that a person on a list may be given: what the list is, what was noticed, who sees it, how to say no."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from stratify.reasons.categories import ORDINARY
from stratify.reasons.look import FEED_WORDS

Row = Mapping[str, Any]

# Facts that lie apart from what services did: they stand last, under "About you".
ABOUT_YOU = "About you"
HEADINGS = {
    "sus_apc": "Hospital",
    "ecds": "A&E",
    "sus_op": "Hospital clinics",
    "csds": "Health care near home",
    "mhsds": "Mental health care",
    "gp": "Your GP practice",
    "cld": "Care from the council",
}
# What a person is told by somebody who sits with her, not by a sheet: she may not know it yet.
NOT_ON_PAPER = frozenset({"palliative_care"})
MOST_LINES = 12  # a sheet of more lines is not read

WHAT = (
    "Some people use many services at once, or are more likely than others to need a hospital in a hurry. Each night a computer "
    "looks at the records of health and care services and makes a list of people who may need more help. You are on that list. "
    "The list decides nothing. A nurse, a doctor or a social worker looks at it and asks you first."
)
SEES = (
    "Your GP practice and the health and care team that works with it can see the list. They see it so that they can care for "
    "you. Nobody else may use it to decide about you, about your money or about your insurance. Each time somebody opens your "
    "name on the list, this is written down."
)
NO = (
    "You can say no. Tell your GP practice, or the person who gave you this sheet. You can ask not to be looked at in this way, "
    "and you can ask to have a mistake put right. Your care stays the same, whatever you say."
)
HIDDEN = "Other records may have been looked at too. If you want to know which, ask the person who gave you this sheet."


def plain_sheet(facts: Sequence[Row], *, gaps: Sequence[str] = (), categories: Collection[str] = (ORDINARY,)) -> str:
    """The sheet of one person as Markdown, from her `Fact` rows. No name stands on it: who hands it over knows whose it is.

    `gaps` are the sentences of `Look.gaps`. Facts of other categories than `categories` are left out, because a sheet lies
    about at home, and so is what she may not have been told (`NOT_ON_PAPER`).
    """
    shown = [row for row in facts if row["category"] in categories and row["fact"] not in NOT_ON_PAPER]
    news = [row["plain_words"] for row in shown if row["fact"] == "since_last"]
    told = [row for row in shown if row["fact"] != "since_last"]
    parts = ["# Why you are on our list", WHAT, "## What we noticed", *_noticed(told), *_lines(gaps)]
    if news:
        parts += ["## What is new", *news]
    return "\n\n".join([*parts, HIDDEN, "## Who sees this", SEES, "## How to say no", NO]) + "\n"


def _noticed(told: Sequence[Row]) -> list[str]:
    """A heading and bullets for each feed, with the day to which it speaks."""
    found = []
    for feed in (*FEED_WORDS, None):
        rows = [row for row in told if row["feed"] == feed][:MOST_LINES]
        if rows:
            title = HEADINGS[feed] if feed else ABOUT_YOU
            until = f" ({_until(rows[0]['told_by'])})" if rows[0]["told_by"] else ""
            found += [f"### {title}{until}", *_lines([row["plain_words"] for row in rows])]
    return found or ["Nothing in the last two years."]


def _until(told_by: str) -> str:
    """`what we know up to 24 November`."""
    for word in (" to ", " of "):
        if word in told_by:
            return f"what we knew {'up to' if word == ' to ' else 'on'} {told_by.split(word)[-1]}"
    return "what we know"


def _lines(sentences: Sequence[str]) -> list[str]:
    return ["\n".join(f"- {each}" for each in sentences)] if sentences else []
