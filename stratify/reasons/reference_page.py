"""The generated page of reasons: every kind of fact with an example of its words, and the sizes of shares."""

from __future__ import annotations

import datetime as dt
import math

from stratify.reasons.kinds import KINDS, Kind
from stratify.reasons.look import FEED_WORDS
from stratify.reasons.personal import PERSONAL
from stratify.reasons.shares import LEAST_SHARE, SIZES
from stratify.reasons.undated import PRACTICE, Undated
from stratify.reasons.wording import SAYINGS, Seen, Words

AS_AT = dt.date(2026, 11, 28)
EXAMPLE = Seen(AS_AT, 2, dt.date(2026, 3, 9), dt.date(2026, 11, 12), None, 14)

# A person by whom the undated facts are drawn.
SOMEBODY = {
    "age": 82.5, "female": True, "deprivation_decile": 2, "hospital_frailty_risk": 12.3, "charlson_index": 5, "on_HF": True,
    "on_COPD": True, "on_DEM": True, "on_PC": True, "repeat_medicines": 9, "efi_score": 0.31, "pneumonia_730": True,
    "delirium_730": True, "lives_in_supported_housing": True, "review_overdue": True, "hip_fracture_730": True,
    "services_used_365": 6, "smoker": True, "years_registered": 0.5, "missing_gp": True,
}  # fmt: skip

INTRODUCTION = """# Reasons

Made from `stratify/reasons`: change the words there. Everybody in a tier, or on the list of rising risk, has reasons; nobody
else's events are read for them. Tables: `reason` (shares) and `fact` (facts) in [tables](tables.md).

A share is what a group of features adds to the log-odds of a score before it is recalibrated. Shares of groups that raise it
by at least {least}, *everything else* and *the average person* add up to it exactly. In words it is a size:
{sizes}; below that it is no reason.

Facts are told as they were known on the night, each with the day to which its feed speaks. Counts are of 12 months. Where
the last column says so, a fact is kept from those who may not see that category."""


def reference_page() -> str:
    """The page as Markdown."""
    sizes = ", ".join(f"*{words}* from {share:.2f} (odds times {math.exp(share):.2f})" for share, words in SIZES)
    rows = [*map(_of_kind, KINDS), *(_of_row(each, "GP") for each in PRACTICE), *(_of_row(each, "") for each in PERSONAL)]
    head = "| fact | feed | group | for a professional | for the person | category |\n|---|---|---|---|---|---|"
    return "\n".join([INTRODUCTION.format(least=LEAST_SHARE, sizes=sizes), "", head, *rows]) + "\n"


def _of_kind(kind: Kind) -> str:
    return _row(kind.name, FEED_WORDS[kind.feed], ", else ".join(kind.groups), SAYINGS[kind.name](EXAMPLE), kind.category)


def _of_row(each: Undated, feed: str) -> str:
    feed = FEED_WORDS[each.feed] if each.feed else feed
    return _row(each.name, feed, each.group or "", each.say(SOMEBODY), each.category)


def _row(name: str, feed: str, group: str, words: Words | None, category: str) -> str:
    said = words or Words("", "")
    return f"| `{name}` | {feed} | {group} | {said.words} | {said.plain} | {category} |"
