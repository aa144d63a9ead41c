"""Opt-out lists: what each is by its name, how old it is, and which uses it stops."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from governance.opt_out_rules import OPT_OUTS
from pipelines import steps
from pipelines.config import Configuration
from pipelines.night import Night, Outcome, Receipt, silent
from pipelines.objections import (
    LISTED,
    OPTED_OUT,
    TABLE,
    OptOutList,
    check_national_list,
    gp_records_left_out,
    in_force,
    kinds_named,
    list_of,
    national_list_age,
    not_in_force_yet,
    opt_out_lists,
    opted_out_rows,
    people_left_out,
    stale_opt_outs,
)
from pipelines.project import Project
from pipelines.publish import publications
from pipelines.shelf import digest
from schemas.errors import GovernanceError
from schemas.identifiable import Link, PersonRecord, RegisterMerger
from schemas.zones import Zone
from tests.extract_inbox import ANN, BEN, CAT
from tests.permitted import permitted

RISK, CASE, ANALYSIS = "risk-stratification", "case-management", "population-analysis"
AS_AT = dt.date(2026, 10, 31)


def night(folder: Path, **sections: object) -> Night:
    sections = {"area": {"name": "x", "synthetic": True}, "opt_outs": {"max_age_days": 7, "reference": "OO/1"}, **sections}
    configuration = Configuration.model_validate(permitted(**sections))
    return Night(Project(folder), configuration, AS_AT, "0123456789abcdef", None)


@pytest.mark.parametrize(
    ("name", "opt_outs", "day"),
    [
        ("national_2026-10-28.csv", ("national",), dt.date(2026, 10, 28)),
        ("NATIONAL-20261028.csv", ("national",), dt.date(2026, 10, 28)),
        ("type_1_2026-10.csv", ("type 1",), dt.date(2026, 10, 1)),  # of a month: nothing says that it was checked later
        ("Type1.csv", ("type 1",), None),
        ("risk-stratification_2026-10-01.csv", ("risk stratification",), dt.date(2026, 10, 1)),
        ("local objections.csv", ("local",), None),
        ("opt_outs.csv", OPT_OUTS, None),
        ("my national list.csv", OPT_OUTS, None),
    ],
)
def test_a_list_is_what_its_name_says_and_in_doubt_everything(name: str, opt_outs: tuple[str, ...], day: dt.date | None) -> None:
    found = list_of(Path(name))
    assert (found.opt_outs, found.checked_on) == (opt_outs, day)


@pytest.mark.parametrize(
    ("names", "stale"),
    [
        ([], "there is no national opt-out list"),
        (["local_2026-10-31.csv"], "there is no national opt-out list"),
        (["national.csv"], "the name of the national opt-out list does not say when it was checked"),
        (["national_2026-11-28.csv", "national_2026-11-01.csv"], "checked on 2026-11-01, after the night's date 2026-10-31"),
        (["national_2026-10-25.csv", "national_2026-11-01.csv"], ""),
        (["national_2026-10-31.csv"], ""),
        (["national_2026-10-24.csv"], ""),
        (["national_2026-10-23.csv"], "8 days old, more than 7"),
        (["national_2026-10-23.csv", "national_2026-10-25.csv"], ""),
        (["national_2026-10.csv"], "30 days old, more than 7"),
        (["national_2026-10-29.csv", "national_2036-10-29.csv"], ""),
        # Of a list of no known name nobody knows what it was checked against.
        (["opt_outs_2026-10-30.csv"], "there is no national opt-out list"),
        (["national_2026-06-01.csv", "leavers_2026-10-30.csv"], "152 days old, more than 7"),
        *((["national_2026-06-01.csv", name], "152 days old") for name in ("ndo_2026-10-30.csv", "typeone_2026-10-30.csv")),
    ],
)
def test_the_national_list_has_an_age(tmp_path: Path, names: list[str], stale: str) -> None:
    said = stale_opt_outs(night(tmp_path), [list_of(Path(name)) for name in names], ANALYSIS)
    assert stale in said
    assert bool(said) == bool(stale)
    assert stale_opt_outs(night(tmp_path), [], CASE) == ""  # direct care waits for no list


def test_a_national_list_of_the_future_is_not_read_and_the_night_says_so() -> None:
    names = ("national_2026-10-28.csv", "national_2036-10-28.csv", "type1_2036-10-28.csv", "SMITH_2036-10-28.csv", "national.csv")
    lists = [list_of(Path(name)) for name in names]
    assert [each.path.name for each in in_force(lists, AS_AT)] == [names[0], *names[2:]]
    assert national_list_age(lists, AS_AT) == 3
    (warning,) = not_in_force_yet(lists, AS_AT)
    assert "national list of 2036-10-28" in warning


GONE = [
    # lists of the last night, and of this one        kinds gone
    (["national", "type1", "local"], ["national"], "type 1, local"),
    (["national", "type1", "local"], [], "national, type 1, local"),
    (["national", "type1", "local"], ["leavers"], "national, type 1, local"),  # other people's list stands for none of them
    (["type1"], ["national", "type1", "local"], ""),
    (["opt_outs"], ["leavers"], ""),  # neither name says a kind
    (["opt_outs"], ["national"], "type 1, risk stratification, local"),
    (["opt_outs"], ["national", "type1", "risk_stratification", "local"], ""),
    (["national"], ["national_2036-10-28"], "national"),  # not read, so not there
    ([], ["national"], ""),
]


@pytest.mark.parametrize(("before", "now", "gone"), GONE)
def test_a_kind_of_list_that_is_gone_stops_the_night(tmp_path: Path, before: list[str], now: list[str], gone: str) -> None:
    last = [list_of(Path(f"{name}.csv")) for name in before]
    tonight = after_a_night_with(tmp_path, last, now)
    if not gone:
        assert len(opt_out_lists(tonight)) == len(now)
        return
    with pytest.raises(GovernanceError, match=f"^E-OPTOUT-GONE: .* has none: {gone}. Cure") as refusal:
        opt_out_lists(tonight)
    assert refusal.value.exit_code == 4
    ended = {"max_age_days": 7, "reference": "OO/1", "ended": dict.fromkeys(gone.split(", "), "OO/2")}
    assert len(opt_out_lists(after_a_night_with(tmp_path, last, now, opt_outs=ended))) == len(now)


def test_a_second_run_of_one_date_looks_at_the_night_that_is_served(tmp_path: Path) -> None:
    tonight = after_a_night_with(tmp_path, [list_of(Path("type1.csv"))], ["national"])
    again = dataclasses.replace(tonight, parent=None)
    assert len(opt_out_lists(again)) == 1
    publications(again.project, again.configuration.stores.application).publish(
        str(tonight.parent), as_at=AS_AT, manifest_sha256="x" * 64
    )
    with pytest.raises(GovernanceError, match=r"^E-OPTOUT-GONE: .* has none: type 1\."):
        opt_out_lists(again)


def test_that_a_kind_ended_needs_the_reference_of_who_decided_it(tmp_path: Path) -> None:
    for ended in ({"type 1": ""}, {"type1": "OO/2"}):
        with pytest.raises(ValidationError, match="ended"):
            night(tmp_path, opt_outs={"ended": ended})


def after_a_night_with(folder: Path, last: list[OptOutList], now: list[str], **sections: object) -> Night:
    """A night with these lists in its inbox, after one that had those, each with one person on it."""
    tonight = dataclasses.replace(night(folder, **sections), parent="fedcba9876543210")
    before = dataclasses.replace(tonight, run_id="fedcba9876543210", parent=None)
    rows = sorted({(kind, "a" * 32) for each in last for kind in each.opt_outs})
    table = pa.table([[row[0] for row in rows], [row[1] for row in rows]], schema=OPTED_OUT)
    before.vault_shelf.put_arrow(Zone.IDENTIFIABLE, TABLE, table)
    Receipt("opt_outs", Outcome(figures={LISTED + kind: 1.0 for kind in kinds_named(last)}), 0.0, 0.0).save(before)
    lists = folder / "inbox" / "opt_outs"
    lists.mkdir(parents=True, exist_ok=True)
    for name in now:
        (lists / f"{name}.csv").write_text(f"{ANN},\n")
    return dataclasses.replace(tonight, inputs=frozenset(digest(path) for path in lists.iterdir()))


def test_without_an_agreed_limit_every_list_is_too_old(tmp_path: Path) -> None:
    assert "max_age_days" in stale_opt_outs(night(tmp_path, opt_outs={}), [list_of(Path("national_2026-10-31.csv"))], ANALYSIS)
    with pytest.raises(ValidationError, match="reference"):
        night(tmp_path, opt_outs={"max_age_days": 7})


def test_where_an_approval_sets_it_aside_its_age_does_not_matter(tmp_path: Path) -> None:
    tonight = night(tmp_path)
    bases = tuple(each.model_copy(update={"opt_outs_set_aside": "CAG/9"}) for each in tonight.configuration.basis)
    settings = tonight.configuration.model_copy(update={"basis": bases})
    assert stale_opt_outs(dataclasses.replace(tonight, configuration=settings), [], ANALYSIS) == ""
    settings = tonight.configuration.model_copy(update={"basis": (*bases[:-1], tonight.configuration.basis[-1])})
    assert stale_opt_outs(dataclasses.replace(tonight, configuration=settings), [], ANALYSIS)


@pytest.mark.parametrize("names", [[], ["national_2026-10-23"], ["leavers_2026-10-30"], ["national_2036-10-30"]])
def test_without_a_fresh_national_list_nobody_is_selected_unless_somebody_decided_so(tmp_path: Path, names: list[str]) -> None:
    lists = [list_of(Path(f"{name}.csv")) for name in names]
    with pytest.raises(GovernanceError, match=r'^E-OPTOUT-STALE: .*for risk-stratification under "section 251"') as refusal:
        check_national_list(night(tmp_path), lists, RISK)
    assert (refusal.value.exit_code, "receive" in refusal.value.cure) == (4, True)
    (warning,) = check_national_list(with_purpose(tmp_path, without_national_check="CG/20"), lists, RISK)
    assert warning.endswith("by CG/20.")
    assert check_national_list(with_purpose(tmp_path, flow="explicit consent"), lists, RISK) == []  # it does not apply to it
    assert check_national_list(night(tmp_path), [list_of(Path("national_2026-10-30.csv"))], RISK) == []


def test_the_night_is_refused_before_anybody_passes_the_wall(tmp_path: Path) -> None:
    tonight = with_purpose(tmp_path)
    for name, table in ((Link, "link"), (PersonRecord, "person_record"), (RegisterMerger, "register_merger")):
        tonight.vault_shelf.put(name, table, name.empty())
    with pytest.raises(GovernanceError, match=r"^E-OPTOUT-STALE"):
        steps.opt_outs(tonight, silent)
    assert not tonight.vault_shelf.path(Zone.IDENTIFIABLE, TABLE).exists()


def test_going_on_without_the_check_is_decided_for_risk_stratification_alone(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="without_national_check"):
        with_purpose(tmp_path, place=2, without_national_check="CG/20")


def with_purpose(folder: Path, *, place: int = 0, **said: str) -> Night:
    """A night whose first purpose (risk stratification), or another one, says something else."""
    declared = permitted()["purpose"]
    declared[place] |= said
    return night(folder, purpose=declared)


def test_each_opt_out_stops_its_own_uses(tmp_path: Path) -> None:
    tonight = night(tmp_path)
    rows = [(kind, f"{place}" * 32) for place, kind in enumerate(OPT_OUTS)]
    table = pa.table([[row[0] for row in rows], [row[1] for row in rows]], schema=OPTED_OUT)
    tonight.vault_shelf.put_arrow(Zone.IDENTIFIABLE, TABLE, table)
    national, type_1, risk, local = (row[1] for row in rows)
    assert people_left_out(tonight, RISK) == {national, risk, local}
    assert people_left_out(tonight, ANALYSIS) == {national, local}
    assert people_left_out(tonight, CASE) == frozenset()
    assert gp_records_left_out(tonight, RISK) == {type_1}
    assert gp_records_left_out(tonight, CASE) == frozenset()


def test_a_later_national_list_replaces_the_earlier_one_and_others_add_up(tmp_path: Path) -> None:
    tonight = night(tmp_path)
    people = {ANN: "a" * 32, BEN: "b" * 32, CAT: "c" * 32}
    records = PersonRecord.conform(
        pa.Table.from_pylist(
            [{"source": "gp", "local_patient_id": number, "nhs_number": number, "nhs_number_kind": "test"} for number in people],
            schema=PersonRecord.arrow_schema(),
        )
    )
    links = pa.Table.from_pylist(
        [{"source": "gp", "local_patient_id": number, "person_id": person} for number, person in people.items()],
        schema=Link.arrow_schema(),
    )
    lists: list[OptOutList] = []
    for name, content in (
        ("national_2026-09-30.csv", f"{ANN},\n"),
        ("national_2026-10-30.csv", f"{BEN},\n"),
        ("type1_2026-01-01.csv", f"{CAT},\n"),
        ("SMITH JOHN.csv", f"{CAT},\n" + f"{CAT},\n" * 30 + "none,\n"),
    ):
        (tmp_path / name).write_text(content)
        lists.append(list_of(tmp_path / name))
    rows, notes = opted_out_rows(tonight, lists, records, links, RegisterMerger.empty())
    found = {(row["opt_out"], row["person_id"][0]) for row in rows.to_pylist()}
    assert found == {("national", "b"), ("type 1", "c"), ("national", "c"), ("risk stratification", "c"), ("local", "c")}
    assert rows.num_rows == len(found)
    assert any("no kind of opt-out" in line for line in notes)
    assert any("1 rows hold no usable NHS number" in line for line in notes)
    assert "SMITH" not in str(notes)
    (tmp_path / "SMITH JOHN.csv").write_text("")
    with pytest.raises(GovernanceError, match="E-OPTOUT-EMPTY: the opt-out list is empty") as refusal:
        opted_out_rows(tonight, lists, records, links, RegisterMerger.empty())
    assert "SMITH" not in str(refusal.value)
