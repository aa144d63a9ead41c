"""Every file of a published night, and what keeps small numbers and people apart in it. A file that is not listed fails a test.

`DISCLOSURE`: its counts pass `pipelines.disclosing`. `DRAWN`: made of such tables, and of words in which `small_counts` withholds
counts. `ROWS`: one row per person, for one recipient under her own pseudonyms; the intruder test measures it. `INSIDE`: stays
with the night, beside the pseudonymised rows from which anybody who may read it could count the same. `SAYS_HOW`: of itself.
"""

from __future__ import annotations

import enum
from fnmatch import fnmatch
from typing import NamedTuple


class Route(enum.StrEnum):
    """What keeps a file safe."""

    DISCLOSURE = "disclosure"
    DRAWN = "drawn"
    ROWS = "rows"
    INSIDE = "inside"
    SAYS_HOW = "says how"


class Released(NamedTuple):
    """Files of a night: a pattern, the route, the columns that count people or their rows, and why other numbers do not."""

    pattern: str
    route: Route
    counts: tuple[str, ...] = ()
    other_numbers: tuple[str, ...] = ()
    because: str = ""


RELEASED = (
    Released(
        "aggregate/measure.parquet",
        Route.DISCLOSURE,
        ("numerator", "denominator"),
        ("rate", "rate_low", "rate_high"),
        "worked out from the shown counts alone",
    ),
    Released(
        "aggregate/weight_bin.parquet",
        Route.DISCLOSURE,
        ("linked", "review", "unlinked"),
        ("bin_from", "bin_to", "review_weight", "accept_weight"),
        "settings of the model",
    ),
    Released(
        "aggregate/feed_age.parquet",
        Route.DISCLOSURE,
        ("rows", "rejected"),
        ("files", "age_days"),
        "files and days, not people",
    ),
    Released(
        "aggregate/gate.parquet",
        Route.DISCLOSURE,
        (),
        ("figure",),
        "pass the policy in `pipelines.model_figures`",
    ),
    Released(
        "aggregate/model_figure.parquet",
        Route.DISCLOSURE,
        (),
        ("value", "low", "high"),
        "worked out from the shown counts, or of three digits (`pipelines.model_tables`)",
    ),
    Released(
        "aggregate/model_calibration.parquet",
        Route.DISCLOSURE,
        ("people", "events"),
        ("decile", "expected", "observed", "observed_low", "observed_high"),
        "worked out from the shown counts, or of three digits (`pipelines.model_tables`)",
    ),
    Released(
        "aggregate/model_subgroup.parquet",
        Route.DISCLOSURE,
        ("people", "events", "expected"),
        ("expected_observed", "low", "high"),
        "worked out from the shown counts, or of two digits (`pipelines.model_tables`)",
    ),
    Released(
        "aggregate/decision_curve.parquet",
        Route.DISCLOSURE,
        ("people", "events", "chosen", "found"),
        ("threshold", "net_benefit", "everybody"),
        "worked out from the shown counts",
    ),
    Released(
        "aggregate/model_drift.parquet",
        Route.DISCLOSURE,
        (),
        ("value",),
        "indices over everybody, of three digits, and a figure that has passed the policy",
    ),
    Released("report.html", Route.DRAWN),
    Released("handover.md", Route.DRAWN),
    Released("out/*", Route.ROWS),
    Released("pseudonymised/*", Route.INSIDE, because="the rows themselves, and raw measures for tonight's disclosure control"),
    Released("model/*.json", Route.DRAWN),
    Released("model/*.html", Route.DRAWN),
    Released("model/*", Route.INSIDE, because="the fitted model, which scores need to the last digit"),
    Released("manifest.json", Route.INSIDE, because="digests of every file and rows of the tables beside it, to find damage"),
    Released("plan.json", Route.INSIDE, because="digests and dates"),
    Released("attack.json", Route.SAYS_HOW, because="shares and sizes of classes, of the intruder test"),
    Released("disclosure.json", Route.SAYS_HOW, because="the policy that the counts were published under"),
)


def released_as(name: str) -> Released | None:
    """How a file of a night is kept safe; None where nobody has thought of it."""
    return next((each for each in RELEASED if fnmatch(name, each.pattern)), None)
