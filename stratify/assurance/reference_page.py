"""docs/reference/model-card.md: what a card holds, what its figures mean, what of TRIPOD+AI it answers. `make docs` writes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stratify.assurance.bounds import (
    AIMED_AT,
    FEWEST_EVENTS,
    GAIN_AIMED_AT,
    JUDGED_FROM,
    KEPT_DAYS,
    PSI_LOOK,
    PSI_MOVED,
    TOLERATED,
)
from stratify.assurance.card_page import FIGURES
from stratify.assurance.decision_curve import THRESHOLDS
from stratify.assurance.resampling import REPEATS
from stratify.assurance.tripod import items

AIMED, BOUND = f"{AIMED_AT[0]:.2f} to {AIMED_AT[1]:.2f}", f"{TOLERATED[0]:.2f} to {TOLERATED[1]:.2f}"

GATES = (
    ("model", "a fitted model", "the prior-use rule, with why", ""),
    ("events in the check", f"at least {FEWEST_EVENTS}", "fewer", ""),
    ("calibration slope", AIMED, BOUND, "outside"),
    ("expected over observed", AIMED, BOUND, "outside"),
    ("AUROC gain over prior use", f"from {GAIN_AIMED_AT:+.2f}", "from 0", "below 0"),
    ("expected over observed of the group furthest off", BOUND, f"outside, in any group with {JUDGED_FROM} events or more", ""),
)
USED = (
    ("green", "any", "tonight's"),
    ("amber", f"not red, fitted {KEPT_DAYS} days ago or less, reads tonight's features", "yesterday's; the night says so"),
    ("amber", "red, older, of other features, or none", "tonight's; the night says so"),
    ("red", "any", "nobody's: exit code 3, and yesterday's list is served"),
)


def reference_page() -> str:
    """The page as Markdown."""
    parts = [
        "# Model cards",
        "Generated from `stratify/assurance/`. A night writes for each model, in its folder `model/`, the fitted model "
        "(`.skops`), its card as JSON and the same card as a page (`.html`). A card names no person and no path. Its "
        "counts are decided under the project's disclosure policy together with all other figures of the night, and with what "
        "earlier nights showed: nothing in it lets a withheld count be worked out.",
        "## Figures",
        f"On people and a time that the model has not seen, each with a 95 % interval from {REPEATS} resamples of people. "
        "Somebody with several index dates is drawn with all of them or with none. The seed is fixed: the same night "
        "gives the same interval. Capacity is the share of people in case management that the project configures.",
        _table(("figure", "in the card", "meaning"), [(label, f"`{name}`", meaning) for name, label, meaning in FIGURES]),
        "By tenth of chance: people, events, mean chance expected, share observed, with the widest 95 % interval that counts "
        "shown so could have. Equal chances lie in one tenth.",
        "By group: people, events, events expected, expected over observed, by age, sex, ethnic category, fifth of deprivation, "
        f"practice and the weakest way in which a person's records were linked. Not known is a group in each. {JUDGED_FROM} "
        "events or more: judged. Fewer: shown where the policy allows, not judged.",
        f"Decision curve: net benefit of 1,000 people at {len(THRESHOLDS)} thresholds from {min(THRESHOLDS):.0%} to "
        f"{max(THRESHOLDS):.0%}, beside listing everybody; listing nobody is worth 0.",
        "## Gates",
        _table(("gate", "green", "amber", "red"), GATES),
        f"Never red on the fallback rule, or with fewer than {FEWEST_EVENTS} events in the check: then the figures cannot bear "
        f"it. Outside {AIMED} on later data the night also warns (exit code 5).",
        "## Which model makes the list",
        _table(("tonight's", "yesterday's", "the list is made by"), USED),
        "No model that failed its gate is published.",
        "## Followed from night to night",
        "The stability index of each score and feature against the night before, over tenths of last night's values, with"
        f" a bin for no value: from {PSI_LOOK:.2f} look at it, from {PSI_MOVED:.2f} much has moved. These bounds are a "
        "habit and no test, and the index can be small though a model is wrong. So expected over observed is followed, "
        "too, on people whose outcomes have become known since. Both are in `aggregate/model_drift.parquet`, for a year "
        "of nights.",
        "## TRIPOD+AI",
        "What a report of a prediction model should say (BMJ 2024, bmj-2023-078378), item by item, asked in our words. Words in "
        "braces are filled in from the card.",
        _table(("item", "section", "asked", "answer"), map(_item, items())),
    ]
    return "\n\n".join(parts) + "\n"


def _item(row: dict[str, str]) -> tuple[str, ...]:
    answer = row["answer"] or f"Not answered: {row['not_answered']}."
    return row["item"], row["section"], row["asks"], answer


def _table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heading, ["---"] * len(heading), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
