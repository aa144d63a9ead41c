"""Opt-out lists: what each is by its name, how old it is, and which uses it stops."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pyarrow as pa
import pytest
from pydantic import ValidationError

from governance.opt_out_rules import OPT_OUTS
from pipelines.config import Configuration
from pipelines.night import Night
from pipelines.objections import (
    OPTED_OUT,
    TABLE,
    OptOutList,
    gp_records_left_out,
    list_of,
    opted_out_rows,
    people_left_out,
    stale_opt_outs,
)
from pipelines.project import Project
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
        ("type_1_2026-10.csv", ("type 1",), dt.date(2026, 10, 31)),
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
        (["opt_outs_2026-10-30.csv"], ""),
    ],
)
def test_the_national_list_has_an_age(tmp_path: Path, names: list[str], stale: str) -> None:
    said = stale_opt_outs(night(tmp_path), [list_of(Path(name)) for name in names], ANALYSIS)
    assert stale in said
    assert bool(said) == bool(stale)
    assert stale_opt_outs(night(tmp_path), [], CASE) == ""  # direct care waits for no list


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
