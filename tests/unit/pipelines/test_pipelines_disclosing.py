"""Counts in sentences, rows as they are shown, settings that need a reason, and changes between two nights."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from pydantic import ValidationError

from governance.disclosure_check import Range
from governance.policies import NHSE_HES, ONS10, OPENSAFELY
from governance.secondary import State
from pipelines.attack_command import what_is_seen
from pipelines.attacking import Release, check_limits
from pipelines.config import Configuration
from pipelines.disclosing import Exact, _row, figure_of
from pipelines.figure_keys import Figure
from pipelines.history import _shown_changes, small
from pipelines.published_totals import period_of
from pipelines.released import released_as
from pipelines.settings.attack import Attack
from pipelines.settings.disclosure import Disclosure
from pipelines.small_counts import in_words, written
from schemas.errors import GovernanceError


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("one source, one person twice: cld: 2", "one source, one person twice: cld: *"),
        ("one source, one person twice: ecds: 481", "one source, one person twice: ecds: 480"),
        ("opt_outs.csv: 3 rows hold no usable NHS number", "opt_outs.csv: * rows hold no usable NHS number"),
        ("80 outcome events, fewer than 200", "80 outcome events, fewer than 200"),
        ("4 outcome events", "* outcome events"),
        ("records decided: 7,026", "records decided: 7,025"),
        ("batch trace, matched: 12.", "batch trace, matched: 10."),
        ("sus_op_2022-03.csv and 5 other files: column ATTENDED, values left out: 11.",
         "sus_op_2022-03.csv and 5 other files: column ATTENDED, values left out: 10."),
        ("ecds_2026-08.csv: the same bytes as another; ignored.", "ecds_2026-08.csv: the same bytes as another; ignored."),
        ("gp is stale: older than the 45 days its calendar allows", "gp is stale: older than the 45 days its calendar allows"),
        ("0 rows", "0 rows"),
    ],
)  # fmt: skip
def test_counts_in_sentences(line: str, shown: str) -> None:
    assert in_words(line, NHSE_HES) == shown


def test_one_count_in_words() -> None:
    assert [written(count) for count in (0, 3, 1234)] == ["0", "*", "1,235"]
    assert [small(count, ONS10) for count in (0, 9, 11)] == [0, "*", 11]


DAY = dt.date(2026, 9, 30)
ROW: dict[str, Any] = {
    "measure": "m", "breakdown": "b", "category": "c", "organisation": "area", "period_start": DAY, "period_end": DAY,
    "numerator": 20, "denominator": 100, "rate": 0.2, "rate_low": 0.1, "rate_high": 0.3, "suppressed": False,
}  # fmt: skip
ABOVE, BELOW = figure_of(ROW, "numerator"), figure_of(ROW, "denominator")


@pytest.mark.parametrize(
    ("above", "below", "rate", "suppressed", "low"),
    [
        (20, 100, 0.2, False, 0.1),        # as it was
        (None, 100, None, True, None),     # withheld besides
        (20, None, None, True, None),
        (25, 100, 0.25, False, None),      # a total of rounded parts: no interval of counts that are not there
    ],
)  # fmt: skip
def test_rows_as_they_are_shown(
    above: int | None, below: int | None, rate: float | None, suppressed: bool, low: float | None
) -> None:
    row = _row(ROW, {ABOVE: above, BELOW: below})
    assert [row[name] for name in ("numerator", "denominator", "rate", "suppressed", "rate_low")] == [
        above, below, rate, suppressed, low,
    ]  # fmt: skip


def test_periods_that_end_with_the_night_are_the_same_every_night() -> None:
    assert period_of({"period_start": DAY, "period_end": DAY}) == "day"
    assert period_of({"period_start": DAY - dt.timedelta(365), "period_end": DAY - dt.timedelta(1)}) == "year"
    assert period_of({"period_start": dt.date(2026, 8, 1), "period_end": dt.date(2026, 8, 31)}) == "2026-08"


def test_what_came_and_went_is_not_solved_from_what_was_and_is() -> None:
    counts = {"before": 102, "after": 108, "new": 7, "gone": 1, "changed": 0}
    shown = _shown_changes(counts, NHSE_HES)
    assert (shown["new"], shown["gone"]) == ("*", "*")
    assert "*" in (shown["before"], shown["after"])  # 100 and 110 would leave 7 and 1, and nothing else
    plain = _shown_changes({"before": 100, "after": 100, "new": 20, "gone": 20, "changed": 30}, NHSE_HES)
    assert plain == {"before": 100, "after": 100, "new": 20, "gone": 20, "changed": 30}


def seen(state: State, shown: int | None, before: Range | None = None, *, exact: int | None = None) -> tuple[float, float, bool]:
    key = Figure("m", "b", "c", "area", "day", "numerator")
    exact = {State.SMALL: 3}.get(state, 20) if exact is None else exact
    system = what_is_seen({key: Exact(exact, None, state)}, {} if shown is None else {key: shown}, NHSE_HES,
                          {} if before is None else {key: before})  # fmt: skip
    return tuple(system.cells[key])  # type: ignore[return-value]


def test_what_a_reader_sees_of_a_figure() -> None:
    assert seen(State.SHOWN, 20) == (18, 22, False)
    assert seen(State.SMALL, None) == (1, 7, True)
    assert seen(State.SMALL, 3) == (3, 3, True)  # a leak: solved
    assert seen(State.HIDDEN, None) == (1, float("inf"), True)
    assert seen(State.WITHHELD_WHOLE, None) == (0, float("inf"), False)
    assert seen(State.WITHHELD_WHOLE, None, exact=0) == (0, float("inf"), False)  # its star says nothing
    assert seen(State.WITHHELD_WHOLE, None, exact=3) == (0, float("inf"), True)
    assert seen(State.WITHHELD_TOO, None) == (8, float("inf"), False)
    assert seen(State.WITHHELD_TOO, None, Range(18, 22)) == (18, 22, False)
    assert seen(State.WITHHELD_TOO, None, Range(40, 44)) == (8, float("inf"), False)  # it has changed since
    assert seen(State.SHOWN, 40) == (0, float("inf"), False)  # a total of rounded parts


def test_a_limit_needs_its_evidence() -> None:
    assert Attack().analysts_unique_share is None
    with pytest.raises(ValidationError, match="a limit needs evidence"):
        Attack(joined_share=0.1)
    assert Attack(joined_share=0.1, evidence="DPIA 12").joined_share == 0.1


def test_a_policy_without_evidence_is_said_to_have_none() -> None:
    assert Disclosure().missing_evidence() == (
        "nobody has written down why the disclosure policy nhse-hes is right for this area.",
    )
    assert Disclosure(evidence="DPIA 12").missing_evidence() == ()
    assert Disclosure(policy="opensafely", least_values=4).chosen().least_values == 4
    assert Disclosure(policy="opensafely").chosen().adds_up is OPENSAFELY.adds_up is True
    with pytest.raises(ValidationError):
        Disclosure(policy="ours")


def test_no_limit_stops_nothing_and_a_limit_does() -> None:
    from governance.attack.uniqueness import Uniqueness
    from pipelines.attacking import FitsOne

    found = Release(
        [Uniqueness("castle", "caseload", 100, ("age_band",), 1, 0.7, 1.0)],
        joined=[FitsOne("castle", "csu", "what is known", ("age_band",), 0.3, 100),
                FitsOne("castle", "csu", "every shared column", ("rank",), 1.0, 100)],
    )  # fmt: skip
    check_limits(found, configuration())
    check_limits(found, configuration(teams_unique_share=0.7, joined_share=0.3, analysts_unique_share=0.0))
    with pytest.raises(GovernanceError, match=r"^E-ATTACK-UNIQUE: castle, caseload: .*: 70.0%, above 50.0%"):
        check_limits(found, configuration(teams_unique_share=0.5))
    with pytest.raises(GovernanceError, match=r"^E-ATTACK-JOIN: castle and csu: .*: 30.0%, above 20.0%"):
        check_limits(found, configuration(joined_share=0.2))


def test_a_share_of_which_a_small_count_would_follow_is_withheld_and_the_others_are_of_rounded_counts() -> None:
    from governance.attack.joining import Joined
    from governance.attack.uniqueness import Uniqueness
    from pipelines.attacking import FitsOne

    lists = [
        Uniqueness("castle", "caseload", 120, ("age_band",), 1, 4 / 120, 56 / 120),
        Uniqueness("harbour", "caseload", 7, ("age_band",), 1, 0.0, 1.0),
    ]
    tokens = [Joined("csu", "castle", 0, 4, 9, 123, 0.135648308910341)]
    release = Release(lists, tokens, [FitsOne("castle", "csu", "what is known", ("age_band",), 0.0, 120)])
    said = release.as_dict(NHSE_HES)
    assert [(each["k"], each["unique_share"], each["below_k_share"]) for each in said["uniqueness"]] == [
        (1, None, 0.46), (1, None, None),
    ]  # fmt: skip
    assert all("rows" not in each for each in said["uniqueness"] + said["joined"])
    assert said["joined"][0]["share"] == 0.0
    assert (said["tokens"][0]["people_in_both"], said["tokens"][0]["order"]) == (125, 0.14)
    untold = release.as_dict(NHSE_HES, {"castle"})
    assert untold["uniqueness"][0]["below_k_share"] is untold["joined"][0]["share"] is None


def test_files_that_join_by_every_shared_column_are_refused_over_a_limit_and_warned_of_without_one() -> None:
    from pipelines.attacking import FitsOne, undecided

    found = Release(joined=[FitsOne("castle", "csu", "every shared column", ("rank",), 1.0, 100),
                            FitsOne("csu", "castle", "every shared column", ("rank",), 0.5, 100),
                            FitsOne("castle", "csu", "what is known", ("age_band",), 1.0, 100)])  # fmt: skip
    with pytest.raises(GovernanceError, match=r"^E-ATTACK-JOIN: castle and csu: .* by every shared column: 100.0%, above 90.0%"):
        check_limits(found, configuration(shared_share=0.9))
    check_limits(found, configuration(shared_share=1.0))
    few = Release(joined=[FitsOne("castle", "csu", "every shared column", ("rank",), 1.0, 6)])
    with pytest.raises(GovernanceError, match=r"by every shared column: above 90.0%"):
        check_limits(few, configuration(shared_share=0.9))
    assert undecided(found, Attack(shared_share=1.0, evidence="DPIA 12")) == []
    assert undecided(found, Attack()) == [
        "most rows of castle fit one row of csu's by all that both say; [attack] shared_share has no limit."
    ]


def configuration(**limits: float) -> Configuration:
    return Configuration.model_validate({"area": {"name": "x"}, "attack": {**limits, "evidence": "test"}})


def test_files_of_a_night() -> None:
    listed = released_as("out/castle/caseload.csv")
    assert listed is not None
    assert listed.route == "rows"
    assert released_as("aggregate/fresh.parquet") is None
