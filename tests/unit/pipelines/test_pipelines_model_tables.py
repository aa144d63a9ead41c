"""Of a model's check nothing is shown from which a small count could be solved; what is shown is from shown counts."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from governance.disclosure_check import Cell, Key, System, leaks
from governance.policies import NHSE_HES, ONS10, POLICIES, Policy
from governance.secondary import Figures, disclose, holds
from governance.wall import scan_strings
from pipelines.model_assurance import _quotient
from pipelines.model_cards import write_assessments
from pipelines.model_counts import beside_the_list, model_counts
from pipelines.model_drift import Followed, drift_table
from pipelines.model_figures import EO_GATE, EVENTS_GATE, shown_quotient
from pipelines.model_tables import ModelTables, _widest, decided_alone, model_tables, outwards, put_model_tables
from pipelines.model_totals import (
    CHOSEN,
    CUT,
    EVENTS,
    EVERYBODY,
    FOUND,
    LIST,
    PEOPLE,
    beyond,
    check_key,
    is_left_over,
    kind_of,
    model_totals,
    not_in,
    published_model_counts,
)  # fmt: skip
from pipelines.raw_checks import Nested, RawChecks, gate_rows, nested_checks, put_raw_checks, read_raw_checks
from pipelines.shelf import Shelf
from schemas.intervals import wilson
from stratify.assurance import Check, check_model
from stratify.assurance.drift import PSI
from stratify.assurance.monitoring import Matured
from stratify.assure import Gate

SCORE, OTHER = "made_up", "made_up_of_some"


def check(people: int = 1500, seed: int = 3, first: int = 0) -> Check:
    """People of whom few are of gender 9, and few of one practice; on those from `first` on."""
    chance = np.random.default_rng(seed)
    names = [f"p{number:05d}" for number in range(people)]
    p = 1 / (1 + np.exp(-chance.normal(-2.5, 1.2, people)))
    gender = ["9"] * 5 + ["1", "2"] * ((people - 5) // 2 + 1)
    told = {"gender": gender[:people], "gp_practice_code": ["A1"] * 12 + ["A2"] * 500 + ["A3"] * (people - 512)}
    persons = pa.table({"pseudonym": names, **told})
    predicted = pa.table({"pseudonym": names, "p": p}).slice(first)
    outcome = pa.table({"pseudonym": names, "outcome": chance.random(people) < p}).slice(first)
    return check_model(predicted, outcome, baseline=predicted, people=persons, capacity=people // 50, repeats=20)


CHECK = check()
GATES = gate_rows({SCORE: [Gate(EVENTS_GATE, "amber", float(CHECK.assessment.events), "at least 200")]})
RAW = RawChecks({SCORE: CHECK}, (), GATES)


def alone(policy: Policy) -> ModelTables:
    return model_tables(RAW, decided_alone(RAW, policy), policy)


def cells(tables: ModelTables) -> dict[tuple[str, str, str], int | None]:
    rows = tables.groups.to_pylist()
    return {(row["breakdown"], row["category"], of): row[of] for row in rows for of in ("people", "events")}


@pytest.mark.parametrize("policy", POLICIES, ids=lambda policy: policy.name)
def test_small_counts_are_withheld_and_cannot_be_solved(policy: Policy) -> None:
    counts, shown = model_counts(RAW), cells(alone(policy))
    assert shown["gender", "9", "people"] is None
    known: dict[object, Cell] = {}
    for key, count in counts.items():
        value = shown.get((key.breakdown, key.category, key.side), -1)
        if policy.is_small(count):
            known[key] = Cell(1, policy.withheld_to, is_protected=True)
        elif value is None or value == -1 or policy.adds_up:
            known[key] = Cell(0, np.inf)
        else:
            known[key] = Cell(*policy.behind(policy.shown(count) or 0))
    assert sum(cell.is_protected for cell in known.values()) > 5
    assert leaks(System(known, list(model_totals(counts))), policy.least_values) == {}


def test_without_the_checker_they_could_be_solved() -> None:
    """With exact counts, as `ons10` shows them, the five people of gender 9 are what the two others leave of everybody."""
    counts = model_counts(RAW)
    seen: dict[object, Cell] = {
        key: Cell(1, 9, is_protected=True) if ONS10.is_small(count) else Cell(count, count) for key, count in counts.items()
    }
    found = leaks(System(seen, list(model_totals(counts))), 3)
    assert check_key(SCORE, "gender", "9", PEOPLE) in found
    others = [cells(alone(ONS10))["gender", gender, "people"] for gender in ("1", "2")]
    assert None in others


def test_figures_are_worked_out_from_the_shown_counts() -> None:
    tables = alone(NHSE_HES)
    for row in tables.deciles.to_pylist():
        if row["events"] is None:
            assert row["observed"] is row["observed_low"] is None
        else:
            assert row["observed"] == row["events"] / row["people"]
    for row in tables.groups.to_pylist():
        if row["suppressed"]:
            assert [row[name] for name in ("expected", "expected_observed", "low", "high")] == [None] * 4
        elif row["events"] and row["events"] < 95:
            assert row["expected_observed"] == round(row["expected"] / row["events"], 2)
    for row in tables.curve.to_pylist():
        if row["found"] is not None:
            price = row["threshold"] / (1 - row["threshold"])
            assert row["net_benefit"] == pytest.approx((row["found"] - (row["chosen"] - row["found"]) * price) / row["people"])


Rule = Callable[[float, int], float | None]


def events_that_fit(tables: ModelTables, found: Check, rule: Rule) -> list[int]:
    """Numbers of events that a reader holds possible: tenths are of one size, so their mean chances give what was expected."""
    chances = [row["expected"] for row in tables.deciles.to_pylist()]
    fewest, most = NHSE_HES.behind(NHSE_HES.shown(found.assessment.rows) or 0)
    low, high = (sum(chance + off for chance in chances) / 10 for off in (-0.00005, 0.00005))
    shown = rule(found.assessment.expected_observed or 0, found.assessment.events) or 0
    likely = range(found.assessment.events - 20, found.assessment.events + 21)
    return [
        events
        for events in likely
        if (rule(low * fewest / events, events) or 0) <= shown <= (rule(high * most / events, events) or 0)
    ]


@pytest.mark.parametrize(("people", "seed"), [(1500, 3), (1500, 4), (800, 5)])
def test_the_chances_of_the_tenths_and_the_quotient_do_not_say_how_many_had_the_event(people: int, seed: int) -> None:
    """Seed 4: the checker withholds how many had it. The quotient with three digits would have left one number: 181."""
    found = check(people, seed)
    raw = RawChecks({SCORE: found}, (), gate_rows({SCORE: [Gate(EO_GATE, "green", found.assessment.expected_observed, "")]}))
    tables = model_tables(raw, decided_alone(raw, NHSE_HES), NHSE_HES)
    shown = [row["value"] for row in tables.figures.to_pylist() if row["figure"] == "expected_observed"]
    shown += [row["expected_observed"] for row in tables.groups.to_pylist() if row["breakdown"] == EVERYBODY]
    shown += [*tables.gates["figure"].to_pylist(), tables.assessments[SCORE]["expected_observed"]]
    assert len(shown) == 4
    assert set(shown) - {None} == {shown_quotient(found.assessment.expected_observed, found.assessment.events, NHSE_HES)}
    assert len(events_that_fit(tables, found, lambda quotient, events: shown_quotient(quotient, events, NHSE_HES))) >= 5
    assert events_that_fit(tables, found, lambda quotient, _: round(quotient, 3)) == [found.assessment.events], "it can fail"


def test_the_interval_of_a_tenth_is_the_same_for_all_counts_that_are_shown_so() -> None:
    """An interval from resamples lies about the exact share: of tenths of 150 people it told five in six counts to the person."""
    decided = decided_alone(RAW, NHSE_HES)
    first = model_tables(RAW, decided, NHSE_HES).deciles.to_pylist()
    exact = CHECK.deciles.to_pylist()
    moved = [{**row, "events": row["events"] + 1, "observed_low": 0.001, "observed_high": 0.999} for row in exact]
    other = dataclasses.replace(CHECK, deciles=pa.Table.from_pylist(moved, schema=CHECK.deciles.schema))
    assert model_tables(RAW._replace(checks={SCORE: other}), decided, NHSE_HES).deciles.to_pylist() == first
    known = [(row, true) for row, true in zip(first, exact, strict=True) if row["events"]]
    assert len(known) > 3
    for row, true in known:
        assert row["observed_low"] < true["events"] / true["people"] < row["observed_high"]
        assert row["observed_low"] <= wilson(true["events"], true["people"])[0] + 1e-9
        assert row["observed_high"] >= wilson(true["events"], true["people"])[1] - 1e-9


def test_the_interval_of_a_tenth_by_hand() -> None:
    """20 of 150 are 18 to 22 of 148 to 152: Wilson's lower end of 18 of 152 is .0762, the upper end of 22 of 148 .2148."""
    assert _widest(150, 20, NHSE_HES) == (0.076, 0.215)
    assert _widest(150, 0, NHSE_HES)[0] == 0
    assert _widest(150, None, NHSE_HES) == _widest(None, 20, NHSE_HES) == _widest(0, 0, NHSE_HES) == (None, None)


def test_the_list_is_a_cut_among_the_others_and_what_lies_between_two_cuts_is_a_count() -> None:
    """30 places: a narrower threshold is inside the list, a wider one around it; true and false alarms are nested alike."""
    counts = model_counts(RAW)
    cuts = sorted((count, key.category) for key, count in counts.items() if (key.breakdown, key.side) == (CUT, CHOSEN))
    place = [name for _, name in cuts].index(LIST)
    assert cuts[place][0] == CHECK.assessment.capacity == 30
    inside, around = cuts[place - 1], cuts[place + 1]
    listed = check_key(SCORE, CUT, LIST, CHOSEN)
    assert counts[beyond(listed, inside[1])] == 30 - inside[0] > 0
    assert counts[beyond(listed._replace(category=around[1]), LIST)] == around[0] - 30 > 0
    assert counts[listed._replace(side=FOUND)] / 30 == CHECK.assessment.ppv


@pytest.mark.parametrize(("fewer", "withheld"), [(3, True), (20, False)])
def test_of_a_threshold_and_a_list_that_few_people_lie_between_the_list_is_shown(fewer: int, withheld: bool) -> None:
    """The list ends `fewer` people above a threshold: three, two of them hits, are too few to give away; twenty are not."""
    cut = max(CHECK.curve.to_pylist(), key=lambda row: (row["chosen"] < 200, row["chosen"]))
    places, hits = cut["chosen"] - fewer, cut["found"] - (2 if withheld else 0)
    near = dataclasses.replace(CHECK, assessment=dataclasses.replace(CHECK.assessment, capacity=places, ppv=hits / places))
    raw = RawChecks({SCORE: near}, (), GATES)
    beside = {key.category for key in beside_the_list(raw, NHSE_HES)}
    assert beside == ({f"{cut['threshold']:g}"} if withheld else set())
    tables = model_tables(raw, decided_alone(raw, NHSE_HES), NHSE_HES)
    shown = {row["threshold"]: row["chosen"] for row in tables.curve.to_pylist()}
    assert (shown[cut["threshold"]] is None) is withheld
    assert tables.assessments[SCORE]["ppv"] is not None


def test_every_total_that_is_declared_of_a_check_holds() -> None:
    raw = RAW._replace(checks={SCORE: CHECK, OTHER: check(first=600)}, nested=(Nested(SCORE, OTHER),))
    counts = model_counts(raw)
    declared = list(model_totals(counts))
    assert len(declared) > 250
    assert [each for each in declared if not holds(each, counts)] == []
    in_totals = {key for each in declared for key in (each.total, *each.parts)}
    assert {key.side for key in counts if key not in in_totals} == {"not followed"}
    practice = check_key(SCORE, "practice", "A3", PEOPLE)
    assert counts[not_in(practice, OTHER)] == 88  # of 988, the first 600 less the 12 and 500 of the other two are not checked
    assert not_in(check_key(SCORE, "practice", "A1", PEOPLE), OTHER) not in counts  # nobody of A1 is in the other check


def test_a_check_is_nested_where_everybody_with_a_known_outcome_is_in_the_other_on_the_same_day() -> None:
    day, later = dt.date(2025, 6, 30), dt.date(2025, 7, 30)

    def rows(*named: tuple[str, dt.date, bool | None]) -> pa.Table:
        return pa.Table.from_pylist([dict(zip(("pseudonym", "index_date", "outcome"), each, strict=True)) for each in named])

    wide = rows(("a", day, True), ("b", day, False), ("c", day, False))
    some, none = rows(("a", day, False), ("b", day, True), ("z", day, None)), rows(("a", later, True))
    assert nested_checks({"wide": wide, "some": some, "none": none}) == (("wide", "some"),)
    assert nested_checks({"b": wide, "a": wide}) == (("a", "b"),), "one way where they are equal"
    assert nested_checks({"wide": wide, "nobody": rows(("a", day, None))}) == ()


def test_a_count_that_one_check_gives_away_of_another_is_withheld_in_both() -> None:
    """20 people of a practice are in one check, 18 of them in the other. `ons10` shows both: two are in the one alone."""
    wide, narrow = check_key("wide", "practice", "A1", PEOPLE), check_key("narrow", "practice", "A1", PEOPLE)
    counts: dict[Key, int] = {}
    for key, people in ((wide, 20), (narrow, 18)):
        for breakdown, category in ((EVERYBODY, EVERYBODY), ("practice", "A1")):
            place = key._replace(breakdown=breakdown, category=category)
            counts |= {place: people, place._replace(side="events"): 0, place._replace(side="without the event"): people}
    apart = disclose(Figures(counts, list(model_totals(counts)), group=kind_of), ONS10)  # type: ignore[arg-type]
    assert (apart.shown[wide], apart.shown[narrow]) == (20, 18)
    beside = counts | {not_in(wide, "narrow"): 2}
    found = disclose(Figures(beside, list(model_totals(beside)), group=kind_of), ONS10)  # type: ignore[arg-type]
    assert None in (found.shown[wide], found.shown[narrow])


def test_the_assessment_and_the_gate_follow_what_was_decided_of_the_counts() -> None:
    decided = decided_alone(RAW, NHSE_HES)
    events, listed = check_key(SCORE, EVERYBODY, EVERYBODY, EVENTS), check_key(SCORE, CUT, LIST, CHOSEN)
    tables = model_tables(RAW, decided, NHSE_HES)
    assert tables.assessments[SCORE]["events"] == tables.gates["figure"][0].as_py() == decided.shown[events]
    withheld = dataclasses.replace(decided, shown={**decided.shown, events: None, listed: None})
    tables = model_tables(RAW, withheld, NHSE_HES)
    said = tables.assessments[SCORE]
    assert tables.gates["figure"][0].as_py() is None
    assert [said[name] for name in ("events", "capacity", "ppv", "sensitivity", "lift")] == [None] * 5
    assert said["rows"] == 1500
    values = {row["figure"]: row["value"] for row in tables.figures.to_pylist()}
    assert values["ppv"] is values["sensitivity"] is values["lift"] is None


def test_raw_checks_come_back_from_the_shelf_as_they_were_put(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, "0" * 16, identifiable=False)
    raw = RAW._replace(checks={SCORE: CHECK, OTHER: check(first=600)}, nested=(Nested(SCORE, OTHER),))
    put_raw_checks(shelf, raw)
    assert read_raw_checks(shelf) == raw


def test_the_counts_of_a_published_night_are_those_that_were_decided(tmp_path: Path) -> None:
    shelf, decided = Shelf(tmp_path, "0" * 16, identifiable=False), decided_alone(RAW, NHSE_HES)
    tables = model_tables(RAW, decided, NHSE_HES)
    put_model_tables(shelf, tables)
    (tmp_path / "model").mkdir()
    write_assessments(tmp_path / "model", tables.assessments)
    shown = {key: value for key, value in decided.shown.items() if value is not None and not is_left_over(key)}  # type: ignore[arg-type]
    assert published_model_counts(tmp_path).items() <= shown.items()
    assert {key.side for key in shown.keys() - published_model_counts(tmp_path).keys()} <= {FOUND}  # type: ignore[attr-defined]
    assert published_model_counts(tmp_path / "none") == {}


def test_the_digits_of_an_interval_never_make_it_narrower() -> None:
    assert outwards(0.9261, 1.0364, 2) == (0.92, 1.04)
    assert outwards(None, 1.0, 2) == (None, None)


TONIGHT = dt.date(2026, 11, 28)


def test_tonight_is_added_to_the_nights_before_and_takes_the_place_of_the_same_date() -> None:
    psi = pa.Table.from_pylist([{"feature": f"f{number}", "psi": 0.9 - number / 10} for number in range(7)], schema=PSI)
    first = drift_table(None, dt.date(2025, 11, 26), {SCORE: Followed(None, dt.date(2024, 11, 26), 1.0)}, None)
    second = drift_table(first, dt.date(2026, 11, 27), {SCORE: Followed(0.0123456, dt.date(2025, 11, 27), None)}, psi)
    once = drift_table(second, TONIGHT, {SCORE: Followed(0.02, dt.date(2025, 11, 28), 1.1)}, psi)
    assert [row["kind"] for row in first.to_pylist()] == ["expected over observed"]
    rows = second.to_pylist()
    assert [row["of"] for row in rows if row["kind"] == "feature stability"] == ["f0", "f1", "f2", "f3", "f4"]
    assert [row["value"] for row in rows if row["kind"] == "score stability"] == [0.012]
    nights = {row["as_at"] for row in once.to_pylist()}
    assert nights == {dt.date(2026, 11, 27), TONIGHT}  # the first is more than a year ago
    assert drift_table(once, TONIGHT, {SCORE: Followed(0.02, dt.date(2025, 11, 28), 1.1)}, psi) == once


def test_published_scores_that_have_matured_are_kept_by_the_day_they_were_given() -> None:
    given = dt.date(2025, 11, 1)
    one = drift_table(None, dt.date(2026, 11, 27), {}, None, {(SCORE, given): 1.18765})
    scan_strings(one, name="model_drift")
    both = drift_table(one, TONIGHT, {}, None, {(SCORE, dt.date(2026, 10, 1)): None})
    assert [(row["of"], row["index_date"], row["value"]) for row in both.to_pylist()] == [
        ("391 days before", given, 1.188), ("58 days before", dt.date(2026, 10, 1), None),
    ]  # fmt: skip


def test_a_quotient_of_few_events_is_withheld() -> None:
    counts = {52: 0.9, 8: None, 7: None, 0: None, 94: None, 92: 0.5}
    for events, shown in counts.items():
        assert _quotient(Matured(SCORE, TONIGHT, 100, events, 46.0), NHSE_HES) == shown
