"""Legal bases and purposes, drawn: what lets a source be read on a day, and the one line that refuses it."""

from __future__ import annotations

import datetime as dt
import textwrap
from typing import Any

import pytest
from pydantic import ValidationError

from governance.legal_basis import check_purposes, state_of, uncovered
from pipelines.settings.purposes import Basis, Purpose
from schemas.errors import GovernanceError

RISK, CASE = "risk-stratification", "case-management"


def basis(**said: Any) -> Basis:
    return Basis.model_validate(
        {
            "source": "ecds", "purpose": RISK, "controller": "Example ICB", "reference": "REF/1", "evidence": "papers/1.pdf",
            "tables": ["ecds"], "valid_from": dt.date(2026, 4, 1), "valid_to": dt.date(2027, 3, 31), **said,
        }
    )  # fmt: skip


def purpose(**said: Any) -> Purpose:
    return Purpose.model_validate(
        {
            "id": RISK, "description": "finding people", "owner": "head", "flow": "section 251", "signed_off": "CG/1",
            "signed_off_on": dt.date(2026, 4, 1), "review_by": dt.date(2027, 3, 31), **said,
        }
    )  # fmt: skip


COVERED = """
    entries                                        | day        | table     | refused
    -----------------------------------------------------------------------------------------------
    none                                           | 2026-06-01 | ecds      | E-BASIS-MISSING
    other source                                   | 2026-06-01 | ecds      | E-BASIS-MISSING
    other purpose                                  | 2026-06-01 | ecds      | E-BASIS-MISSING
    2026-04-01 to 2027-03-31                       | 2026-03-31 | ecds      | E-BASIS-NOT-YET
    2026-04-01 to 2027-03-31                       | 2026-04-01 | ecds      | -
    2026-04-01 to 2027-03-31                       | 2027-03-31 | ecds      | -
    2026-04-01 to 2027-03-31                       | 2027-04-01 | ecds      | E-BASIS-EXPIRED
    2026-04-01 to 2027-03-31                       | 2026-06-01 | ecds_more | E-BASIS-SCOPE
    2025-04-01 to 2026-03-31, 2026-04-01 to 2027-03-31 | 2026-06-01 | ecds  | -
    2025-04-01 to 2026-03-31, 2027-04-01 to 2028-03-31 | 2026-06-01 | ecds  | E-BASIS-EXPIRED
"""


def drawn(picture: str) -> list[list[str]]:
    lines = [line for line in textwrap.dedent(picture).strip().splitlines()[1:] if set(line.strip()) != {"-"}]
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def entries(said: str) -> list[Basis]:
    if said == "none":
        return []
    if said.startswith("other"):
        return [basis(source="csds", tables=["ecds"])] if said == "other source" else [basis(purpose=CASE)]
    spans = [[dt.date.fromisoformat(day) for day in span.split(" to ")] for span in said.split(", ")]
    return [basis(valid_from=first, valid_to=last) for first, last in spans]


@pytest.mark.parametrize(("said", "day", "table", "refused"), drawn(COVERED))
def test_what_lets_a_source_be_read(said: str, day: str, table: str, refused: str) -> None:
    found = uncovered(entries(said), "ecds", {table}, [RISK], dt.date.fromisoformat(day))
    assert (found.code if found else "-") == refused
    if found:
        assert (found.exit_code, "ecds" in str(found)) == (4, True)


def test_every_purpose_has_to_be_covered_and_scopes_of_entries_add_up() -> None:
    both = [basis(tables=["one"]), basis(tables=["two"]), basis(purpose=CASE, tables=["one", "two"])]
    day = dt.date(2026, 6, 1)
    assert uncovered(both, "ecds", {"one", "two"}, [RISK, CASE], day) is None
    found = uncovered(both[:2], "ecds", {"one"}, [RISK, CASE], day)
    assert found is not None
    assert (found.code, CASE in str(found)) == ("E-BASIS-MISSING", True)


@pytest.mark.parametrize(
    ("day", "state"),
    [("2026-03-31", "not yet"), ("2026-04-01", "holds"), ("2027-02-28", "holds"), ("2027-03-01", "ends soon"),
     ("2027-03-31", "ends soon"), ("2027-04-01", "expired")],
)  # fmt: skip
def test_thirty_days_before_its_end_a_basis_is_called_to_mind(day: str, state: str) -> None:
    assert state_of(basis(), dt.date.fromisoformat(day)) == state


@pytest.mark.parametrize(
    ("declared", "day", "code"),
    [
        ([], "2026-06-01", "E-PURPOSE-MISSING"),
        ([purpose()], "2026-03-31", "E-PURPOSE-NOT-YET"),
        ([purpose()], "2027-04-01", "E-PURPOSE-OVERDUE"),
        ([purpose(id=CASE)], "2026-06-01", "E-PURPOSE-MISSING"),
    ],
)
def test_a_purpose_is_declared_signed_off_and_not_overdue(declared: list[Purpose], day: str, code: str) -> None:
    with pytest.raises(GovernanceError, match=code):
        check_purposes(declared, [RISK], dt.date.fromisoformat(day))


@pytest.mark.parametrize("day", ["2026-04-01", "2027-03-31"])
def test_the_first_and_the_last_day_of_a_purpose_count(day: str) -> None:
    check_purposes([purpose()], [RISK], dt.date.fromisoformat(day))


@pytest.mark.parametrize(
    "said",
    [
        {"valid_to": dt.date(2026, 3, 31)},
        {"source": "gp", "tables": ["gp_patient"]},  # of GP data the basis has to say what became of Type 1 objections
        {"evidence": ""},
        {"reference": ""},
        {"tables": []},
    ],
)
def test_an_entry_that_proves_nothing_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        basis(**said)
