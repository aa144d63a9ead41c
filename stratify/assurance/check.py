"""Everything that is measured of one model on people and a time that it has not seen, in one call."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from stratify.assurance.bounds import AIMED_AT, FEWEST_EVENTS
from stratify.assurance.calibration import calibration_by_decile, calibration_by_group
from stratify.assurance.decision_curve import decision_curve
from stratify.assurance.discrimination import figures_with_intervals
from stratify.assurance.groups import groups_of_people
from stratify.assurance.ordering import in_order_of_content
from stratify.assurance.resampling import REPEATS, SEED, Interval
from stratify.models.assessment import Assessment, assess_paired, pair


@dataclass(frozen=True)
class Check:
    """Figures of a model, exact: they pass the disclosure policy before they are written anywhere.

    `figures` are those of the assessment and the gain in AUROC over the rule, with 95 % intervals; `deciles`, `groups` and
    `curve` are tables of `calibration.DECILE`, `calibration.GROUP` and `decision_curve.CURVE`.
    """

    assessment: Assessment
    figures: dict[str, Interval]
    deciles: pa.Table
    groups: pa.Table
    curve: pa.Table


def check_model(
    predicted: pa.Table,
    outcome: pa.Table,
    *,
    baseline: pa.Table,
    people: pa.Table,
    capacity: int,
    repeats: int = REPEATS,
    seed: int = SEED,
) -> Check:
    """Check (pseudonym, p) against (pseudonym, outcome), beside the rule's (pseudonym, p), for a list of `capacity` rows.

    With several index dates a person each table has `index_date`, too. `people` are `PseudonymisedPerson` rows; who is not among
    them is in the groups that are not known. Rows without a known outcome are counted and left out. The same tables in any
    order, and under any other pseudonyms, give the same figures. Raises `E-ASSESS-PEOPLE` where the tables speak of different
    people.
    """
    groups = groups_of_people(people)
    paired, rule = in_order_of_content(pair(predicted, outcome), pair(baseline, outcome), groups)
    assessment, again = assess_paired(paired, rule, capacity), {"repeats": repeats, "seed": seed}
    with threadpool_limits(limits=1):  # many short sums: threads cost more than they give, and may change the last digit
        return Check(
            assessment=assessment,
            figures=figures_with_intervals(paired, rule, assessment, **again),
            deciles=calibration_by_decile(paired, **again),
            groups=calibration_by_group(paired, groups, **again),
            curve=decision_curve(paired),
        )


def alarm(check: Check) -> str:
    """What the night warns of where expected over observed leaves .90 to 1.10 on later data; empty where it does not.

    With fewer than 200 events it is too uncertain for an alarm; the gates say so.
    """
    found = check.assessment.expected_observed
    return "" if found is None or check.assessment.events < FEWEST_EVENTS else outside(found)


def outside(expected_observed: float) -> str:
    """What is said of expected over observed outside .90 to 1.10; empty where it is within.

    Without the figure: with its digits it would say how many had the event. The model's tables have it as it may be shown.
    """
    if AIMED_AT[0] <= expected_observed <= AIMED_AT[1]:
        return ""
    way = "more" if expected_observed > 1 else "fewer"
    return (
        f"the model expects {way} events than happened later: expected over observed is outside "
        f"{AIMED_AT[0]:.2f} to {AIMED_AT[1]:.2f}"
    )
