"""Assurance by hand: intervals that resample people, calibration by group, decision curve, drift, and which model is used."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import roc_auc_score

from schemas.errors import CaselinkError
from stratify.assurance import Check, Earlier, alarm, check_model, decide, feature_drift, score_drift
from stratify.assurance.calibration import calibration_by_decile, calibration_by_group, deciles, judged
from stratify.assurance.card_page import card_page
from stratify.assurance.decision_curve import decision_curve
from stratify.assurance.discrimination import FIGURES, GAIN, _figures, at_the_top, figures_with_intervals
from stratify.assurance.drift import stability_index
from stratify.assurance.groups import BREAKDOWNS, NOT_KNOWN, groups_of_people
from stratify.assurance.resampling import interval, person_numbers, resamples
from stratify.assurance.tripod import answers, items
from stratify.models.assessment import Paired, assess_paired, pair


def paired(p: list[float], outcome: list[bool], people: list[str] | None = None) -> Paired:
    names = people or [f"p{place:05d}" for place in range(len(p))]
    return Paired(np.array(names, dtype=object), np.array(p, dtype=float), np.array(outcome, dtype=bool), 0)


def drawn(size: int, *, seed: int = 5, rows_each: int = 1) -> tuple[Paired, Paired]:
    """People with chances that are right, each with as many rows; and a rule that knows a little."""
    chance = np.random.default_rng(seed)
    p = np.repeat(1 / (1 + np.exp(-chance.normal(-2, 1, size))), rows_each)
    happened = np.repeat(chance.random(size) < p[::rows_each], rows_each)
    names = np.repeat([f"p{place:06d}" for place in range(size)], rows_each).tolist()
    rule = np.floor(p * 5)
    return paired(p.tolist(), happened.tolist(), names), paired(rule.tolist(), happened.tolist(), names)


def test_a_person_is_drawn_with_all_her_rows_or_none() -> None:
    people = person_numbers(np.array(["b", "a", "b", "c"], dtype=object))
    assert people.tolist() == [0, 1, 0, 2]
    several = list(resamples(people, repeats=20, seed=1))
    assert all(weights[0] == weights[2] for weights in several)
    assert {float(weights[[0, 1, 3]].sum()) for weights in several} == {3.0}
    assert any(weights[0] == 0 for weights in several)
    assert [weights.tolist() for weights in resamples(people, repeats=2, seed=1)] == [w.tolist() for w in several[:2]]


def test_copies_of_the_same_rows_do_not_narrow_an_interval() -> None:
    """Five equal snapshots of each person say no more than one: resampled by row, the interval would be less than half."""
    once, five = (drawn(400, rows_each=rows) for rows in (1, 5))
    widths = []
    for (chances, rule), capacity in ((once, 20), (five, 100)):
        found = figures_with_intervals(chances, rule, assess_paired(chances, rule, capacity), repeats=200)
        widths.append({name: figure.high - figure.low for name, figure in found.items()})  # type: ignore[operator]
    assert widths[1] == pytest.approx(widths[0], rel=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_a_resample_in_which_everybody_is_drawn_once_gives_the_figures_themselves(seed: int) -> None:
    """The fast weighted sums beside the plain assessment, and beside scikit-learn where rows have weights."""
    chances, rule = drawn(400, seed=seed)
    found = assess_paired(chances, rule, 25)
    once = dict(zip((*FIGURES, GAIN), _figures(chances, rule, found)(np.ones(400)), strict=True))
    assert {name: once[name] for name in FIGURES} == pytest.approx({name: getattr(found, name) for name in FIGURES}, rel=1e-6)
    weights = np.random.default_rng(seed).integers(0, 3, 400).astype(float)
    weighted = dict(zip((*FIGURES, GAIN), _figures(chances, rule, found)(weights), strict=True))
    for name, scores in (("auroc", chances.p), ("baseline_auroc", rule.p)):
        assert weighted[name] == pytest.approx(roc_auc_score(chances.outcome, scores, sample_weight=weights))


def test_figures_lie_within_their_intervals_and_calibration_is_not_rejected() -> None:
    chances, rule = drawn(3000)
    assessment = assess_paired(chances, rule, 60)
    found = figures_with_intervals(chances, rule, assessment, repeats=200)
    for name, (figure, low, high) in found.items():
        assert low < figure < high, name  # type: ignore[operator]
    assert found["auroc"].figure == assessment.auroc
    assert found["expected_observed"].low < 1 < found["expected_observed"].high  # type: ignore[operator]
    assert found["calibration_slope"].low < 1 < found["calibration_slope"].high  # type: ignore[operator]


def test_the_interval_of_a_share_is_as_wide_as_theory_says() -> None:
    """Expected over observed with one chance for all, 200 of 1,000: E/O has the relative error of a binomial count."""
    one = paired([0.2] * 1000, [True] * 200 + [False] * 800)
    found = calibration_by_group(one, groups_of_people(pa.table({"pseudonym": pa.array([], pa.string())})))
    row = found.to_pylist()[0]
    error = np.sqrt(0.8 / 200)
    assert (row["people"], row["events"], row["expected_observed"]) == (1000, 200, pytest.approx(1.0))
    assert row["low"] == pytest.approx(1 / (1 + 1.96 * error), abs=0.02)
    assert row["high"] == pytest.approx(1 / (1 - 1.96 * error), abs=0.02)


def test_without_an_event_in_nearly_every_resample_there_is_no_interval() -> None:
    assert interval(1.0, np.array([np.nan, 1.0, 2.0])) == (1.0, None, None)
    assert interval(None, np.array([1.0, 2.0])) == (None, None, None)
    assert interval(1.0, np.arange(101.0)) == (1.0, 2.5, 97.5)


def test_places_at_the_top_are_filled_by_weight_and_the_last_row_in_part() -> None:
    """Six drawn, a third of the places is two: the first row is drawn three times and fills both."""
    assert at_the_top(np.array([3.0, 1.0, 2.0]), np.array([1.0, 0.0, 0.0]), 1 / 3) == (2.0, 2.0)
    assert at_the_top(np.array([1.0, 3.0, 2.0]), np.array([0.0, 1.0, 0.0]), 1 / 3) == (1.0, 2.0)
    assert at_the_top(np.zeros(0), np.zeros(0), 0.0) == (0.0, 0.0)


def test_tenths_hold_equal_chances_together() -> None:
    assert deciles(np.arange(20) / 20).tolist() == [place // 2 for place in range(20)]
    assert deciles(np.array([0.5] * 7)).tolist() == [5] * 7
    rows = calibration_by_decile(paired([0.1] * 8 + [0.9] * 2, [False] * 8 + [True, False]), repeats=50).to_pylist()
    assert [(row["decile"], row["people"], row["events"]) for row in rows] == [(5, 8, 0), (10, 2, 1)]
    assert rows[1]["expected"] == pytest.approx(0.9)
    assert rows[1]["observed"] == 0.5


PEOPLE = pa.table(
    {
        "pseudonym": ["a", "b", "c"], "age_band": ["60-64", "90+", None], "gender": ["1", "X", "2"],
        "ethnic_category": ["A", "99", "Z"], "deprivation_decile": [1, 10, None], "gp_practice_code": ["A1", None, "A2"],
    }
)  # fmt: skip


def test_not_known_is_a_group_in_every_breakdown() -> None:
    groups = groups_of_people(PEOPLE).to_pydict()
    assert groups["age_band"] == ["40-64", "85+", NOT_KNOWN]
    assert groups["gender"] == ["1", NOT_KNOWN, "2"]
    assert groups["ethnic_category"] == ["A", NOT_KNOWN, "Z"]
    assert groups["deprivation_quintile"] == ["1", "5", NOT_KNOWN]
    assert groups["practice"] == ["A1", NOT_KNOWN, "A2"]
    assert groups["link_quality"] == [NOT_KNOWN] * 3
    stranger = paired([0.5, 0.5], [True, False], ["a", "nobody"])
    found = calibration_by_group(stranger, groups_of_people(PEOPLE), repeats=10).to_pylist()
    assert {row["breakdown"] for row in found if row["category"] == NOT_KNOWN} == set(BREAKDOWNS)


def test_groups_by_hand() -> None:
    """Two men with chances .5 and .3, one admitted: .8 expected over 1. Everybody: 1.0 over 1."""
    rows = calibration_by_group(
        paired([0.5, 0.2, 0.3], [True, False, False], ["a", "b", "c"]), groups_of_people(PEOPLE), repeats=5
    )
    found = {(row["breakdown"], row["category"]): row for row in rows.to_pylist()}
    assert found["all", "all"]["expected_observed"] == pytest.approx(1.0)
    assert found["ethnic_category", "A"]["expected_observed"] == pytest.approx(0.5)
    assert found["gender", NOT_KNOWN]["expected_observed"] is None
    assert found["gender", NOT_KNOWN]["expected"] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("events", "figure", "state"),
    [(100, 0.80, "green"), (100, 1.25, "green"), (100, 0.799, "amber"), (100, 1.251, "amber"), (99, 3.0, "too few events")],
)
def test_a_group_is_judged_from_100_events(events: int, figure: float, state: str) -> None:
    assert judged(events, figure) == state


def test_net_benefit_by_hand() -> None:
    """At .2 three of ten are chosen, two rightly: (2 - 1 x .25) / 10. Choosing everybody: (4 - 6 x .25) / 10."""
    chances = paired([0.9, 0.5, 0.2] + [0.1] * 7, [True, True, False, True, True] + [False] * 5)
    (row,) = decision_curve(chances, (0.2,)).to_pylist()
    assert row == {
        "threshold": 0.2, "people": 10, "events": 4, "chosen": 3, "found": 2,
        "net_benefit": pytest.approx(0.175), "everybody": pytest.approx(0.25),
    }  # fmt: skip
    assert decision_curve(paired([], []), (0.2,))["net_benefit"].to_pylist() == [None]


def test_stability_index_by_hand() -> None:
    """Half of 1,000 flags on, then three quarters: .25 x ln(1.5) + .25 x ln 2, but for the half counts added."""
    last, tonight = np.repeat([0.0, 1.0], 500), np.repeat([0.0, 1.0], [250, 750])
    assert stability_index(last, last) == pytest.approx(0.0)
    assert stability_index(last, tonight) == pytest.approx(0.25 * np.log(1.5) + 0.25 * np.log(2), abs=2e-3)
    assert stability_index(np.zeros(0), last) is None
    silent = np.full(1000, np.nan)
    assert stability_index(last, silent) > 5  # type: ignore[operator]
    assert stability_index(silent, silent) == pytest.approx(0.0)


def test_the_feature_that_moved_most_comes_first_and_a_new_one_has_no_index() -> None:
    last = pa.table({"pseudonym": list("abcd"), "gone": [1, 2, 3, 4], "moved": [1.0, 2.0, 3.0, 4.0], "same": [True, False] * 2})
    tonight = pa.table({"pseudonym": list("abcd"), "new": [1, 2, 3, 4], "moved": [9.0] * 4, "same": [True, False] * 2})
    assert feature_drift(last, tonight)["feature"].to_pylist() == ["moved", "same"]
    scores = pa.table({"pseudonym": list("ab"), "score": ["x", "y"], "value": [0.1, 0.2]})
    assert score_drift(scores, scores, "x") == pytest.approx(0.0)
    assert score_drift(scores, scores, "z") is None


TODAY = dt.date(2026, 11, 28)


@pytest.mark.parametrize(
    ("tonight", "earlier", "model", "why"),
    [
        ("green", None, "tonight", ""),
        ("green", Earlier("green", TODAY), "tonight", ""),
        ("amber", Earlier("green", dt.date(2026, 10, 28)), "yesterday", "2026-10-28 is kept"),
        ("amber", Earlier("amber", dt.date(2026, 11, 27)), "yesterday", "2026-11-27 is kept"),
        ("amber", Earlier("green", dt.date(2026, 10, 27)), "tonight", "more than 31 days ago"),
        ("amber", Earlier("red", dt.date(2026, 11, 27)), "tonight", "fails its gate"),
        ("amber", Earlier("green", dt.date(2026, 11, 27), reads_tonight=False), "tonight", "does not read tonight's features"),
        ("amber", None, "tonight", "no earlier one"),
        ("red", Earlier("green", dt.date(2026, 11, 27)), "none", "failed its gate"),
        ("red", None, "none", "failed its gate"),
    ],
)
def test_which_model_makes_the_list(tonight, earlier, model, why) -> None:  # type: ignore[no-untyped-def]
    found = decide(tonight, earlier, TODAY)
    assert found.model == model
    assert why in found.why
    assert bool(found.why) == bool(why)


def tables(chances: Paired) -> tuple[pa.Table, pa.Table]:
    return (
        pa.table({"pseudonym": chances.pseudonyms.tolist(), "p": chances.p}),
        pa.table({"pseudonym": chances.pseudonyms.tolist(), "outcome": chances.outcome}),
    )


def check_of(chances: Paired, rule: Paired, people: pa.Table = PEOPLE) -> Check:
    predicted, outcome = tables(chances)
    return check_model(predicted, outcome, baseline=tables(rule)[0], people=people, capacity=10, repeats=20)


def test_other_pseudonyms_change_nothing() -> None:
    """Also where many have one chance, so that the list of ten is cut between them and a resample draws some of them."""
    chances, rule = drawn(300)
    chances = chances._replace(p=np.round(chances.p, 1))
    others = np.random.default_rng(3).permutation([f"q{place:05d}" for place in range(300)])
    renamed = [each._replace(pseudonyms=others.astype(object)) for each in (chances, rule)]
    practices = [f"A{place % 3}" for place in range(300)]
    checks = [
        check_of(*each, pa.table({"pseudonym": each[0].pseudonyms.tolist(), "gp_practice_code": practices}))
        for each in ((chances, rule), renamed)
    ]
    assert checks[0] == checks[1]


def test_two_people_with_each_other_s_chance_move_nobody_else() -> None:
    """The first two without the event change chances: figures, tenths and their intervals stay, though their practices differ."""
    chances, rule = drawn(300)
    one, two = np.flatnonzero(~chances.outcome)[:2]
    swapped = []
    for each in (chances, rule):
        p = each.p.copy()
        p[[one, two]] = p[[two, one]]
        swapped.append(each._replace(p=p))
    practices = pa.table({"pseudonym": chances.pseudonyms.tolist(), "gp_practice_code": [f"A{place}" for place in range(300)]})
    before, after = check_of(chances, rule, practices), check_of(*swapped, practices)
    assert (before.figures, before.deciles) == (after.figures, after.deciles)


def test_the_order_of_rows_changes_nothing() -> None:
    chances, rule = drawn(300)
    backwards = [Paired(each.pseudonyms[::-1], each.p[::-1], each.outcome[::-1], 0) for each in (chances, rule)]
    assert check_of(chances, rule) == check_of(*backwards)


@pytest.mark.parametrize(("scale", "said"), [(1.0, ""), (1.3, "expects more events"), (0.7, "expects fewer events")])
def test_an_alarm_where_expected_over_observed_leaves_its_band(scale: float, said: str) -> None:
    chances, rule = drawn(3000)
    assert (said or "none") in (alarm(check_of(chances._replace(p=chances.p * scale), rule)) or "none")


def test_rows_at_several_index_dates_are_paired_by_date_and_one_table_without_dates_is_refused() -> None:
    days = [dt.date(2025, 1, 1), dt.date(2025, 2, 1)]
    predicted = pa.table({"pseudonym": ["a", "a"], "index_date": days, "p": [0.1, 0.2]})
    outcome = pa.table({"pseudonym": ["a", "a"], "index_date": days[::-1], "outcome": [True, False]})
    assert pair(predicted, outcome).outcome.tolist() == [False, True]
    with pytest.raises(CaselinkError, match="E-ASSESS-PEOPLE"):
        pair(predicted, outcome.drop_columns("index_date"))


def test_every_item_of_tripod_ai_is_answered_or_says_why_not() -> None:
    found = items()
    assert len(found) == len({row["item"] for row in found}) == 52
    assert [row["item"] for row in found if bool(row["answer"]) == bool(row["not_answered"])] == []
    assert {int(row["item"].rstrip("abcdefg")) for row in found} == set(range(1, 28))


CARD = {
    "score": "made_up", "title": "made up", "version": "logistic.1+0", "kind": "logistic", "fallback_because": None,
    "state": "amber",
    "intended_use": "Ordering people.", "asked": "adults", "outcome": "It happens.", "features": ["a", "b"],
    "learned": {"night": "2026-11-28", "people": 1000, "events": None, "left_out": 0},
    "checked": {"index_date": "2025-11-28", "rows": 2000, "events": 300, "dropped": 10, "capacity": 40},
    "gates": [{"name": "events in the check", "state": "green", "figure": 300, "bound": "at least 200"}],
    "weights": {"age": 0.25, "earlier use": -0.5},
    "figures": {"auroc": {"value": 0.798, "low": 0.78, "high": 0.81}, "ppv": {"value": None, "low": None, "high": None}},
    "deciles": [{"decile": "1", "people": 200, "events": None, "expected": 0.01, "observed": None, "observed_low": None,
                 "observed_high": None}],
    "groups": [
        {"breakdown": "gender", "category": "2", "people": 1000, "events": 150, "expected_observed": 1.3, "low": 1.1, "high": 1.6,
         "state": "amber", "suppressed": False},
        {"breakdown": "practice", "category": "not known", "people": None, "events": None, "expected_observed": None, "low": None,
         "high": None, "state": "too few events", "suppressed": True},
        {"breakdown": "all", "category": "all", "people": 2000, "events": 300, "expected_observed": 1.0, "low": 0.9, "high": 1.1,
         "state": "green", "suppressed": False},
    ],
    "decision_curve": [{"threshold": 0.2, "chosen": 40, "found": None, "net_benefit_of_1000": None, "everybody_of_1000": -50.0}],
}  # fmt: skip


def test_answers_are_filled_in_from_the_card() -> None:
    found = {each.item: each.answer or each.not_answered for each in answers(CARD)}
    assert found["1"] == "A model of made up, made and checked on the records of this area, for adults."
    assert found["10"].startswith("All there is: learned from 1,000 with * events, checked on 2,000 with 300.")
    assert "AUROC 0.798 (0.78 to 0.81); gain over the prior-use rule *; PPV at capacity *" in found["23a"]
    assert found["23b"] == "No practice has events enough to be judged."
    assert found["25"].startswith("State of the gates: amber. Of 1 groups with events enough, 1 are out of bounds")
    assert not any("{" in answer for answer in found.values())
    fallen = answers({**CARD, "kind": "prior-use-rule", "fallback_because": "80 outcome events, fewer than 200"})
    assert next(each.answer for each in fallen if each.item == "12c").startswith(
        "Prior-use-rule, as there were 80 outcome events"
    )


def test_what_the_controller_declares_stands_on_the_card_and_is_awaited_until_then() -> None:
    awaited = {each.item for each in answers(CARD) if not each.answer}
    assert awaited == {"17", "18a", "18b", "18c", "18d", "19"}
    assert all(
        each.not_answered.startswith("to be answered by the controller, as `") for each in answers(CARD) if not each.answer
    )
    declared = {"approval": "REC 1, {kind}", "funding": "The board | made up"}
    found = {each.item: each for each in answers({**CARD, "declared": declared})}
    assert (found["17"].answer, found["17"].not_answered) == ("REC 1, {kind}", "")
    assert {item for item, each in found.items() if not each.answer} == awaited - {"17", "18a"}
    page = card_page({**CARD, "declared": declared})
    assert "| 18a Open science | Who paid | The board \\| made up |" in page.splitlines()


def test_the_abstract_and_the_shares_of_events_come_from_what_is_shown() -> None:
    found = {each.item: each.answer for each in answers(CARD)}
    assert found["2"].startswith(
        "Aim: made up, of adults. Data: this area's own records, learned on the night of 2026-11-28 from 1,000 "
    )
    assert "checked on people scored at 2025-11-28: 2,000 with 300 events." in found["2"]
    assert found["20c"].startswith("Of those learned from * had the event, of those checked 15.0 %.")


def test_the_page_of_a_card_shows_what_is_withheld_as_a_star() -> None:
    page = card_page(CARD)
    lines = page.splitlines()
    assert lines[0] == "# Model card: made up"
    assert "| 1 | 200 | * | 0.01 | * |" in lines
    assert "| Practice: not known | * | * | * | too few events |" in lines
    assert lines.index("| Everybody | 2,000 | 300 | 1 (0.9 to 1.1) | green |") < lines.index(
        "| Gender: female | 1,000 | 150 | 1.3 (1.1 to 1.6) | amber |"
    )
    assert "| 0.2 | 40 | * | * | -50 |" in lines
    awaited = "Not answered: to be answered by the controller, as `funding` in `[models.card]`."
    assert f"| 18a Open science | Who paid | {awaited} |" in lines
