"""Referrals: whom a number means, which rows are taken, and what crosses the wall."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.config import Configuration
from pipelines.night import Night
from pipelines.plan import fingerprint
from pipelines.project import Project
from pipelines.referrals import NOT_READ, referral_rows
from schemas.identifiable import Link, PersonRecord, RegisterMerger
from schemas.pseudonymised import Referral
from tests.extract_inbox import ANN, BEN, CAT
from tests.permitted import permitted

AS_AT = dt.date(2026, 10, 31)
DAN = "9000000041"
HEAD = "nhs_number,referral_date,decision,reason,team\n"

# Ann's old number is Dan's; a practice has Cat's number on records of two people.
RECORDS = [("register", ANN, None, "ann"), ("register", BEN, None, "ben"), ("gp", "g1", CAT, "cat"), ("gp", "g2", CAT, "eve")]
RECORDS += [("gp", "g3", ANN, "eve")]


def tables() -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
    """Records, links, mergers and tokens; Ben may not pass the wall."""
    records = [{"source": s, "local_patient_id": i, "nhs_number": n or i} for s, i, n, _ in RECORDS]
    said = {"step": "register", "evidence": "own record", "model_version": "1"}
    links = [{"source": s, "local_patient_id": i, "person_id": who, **said} for s, i, _, who in RECORDS]
    tokens = [{"source": s, "local_patient_id": i, "pseudonym": f"p-{who}"} for s, i, _, who in RECORDS if who != "ben"]
    mergers = pa.Table.from_pylist([{"old_nhs_number": DAN, "new_nhs_number": ANN}], schema=RegisterMerger.arrow_schema())
    return (
        pa.Table.from_pylist(records, schema=PersonRecord.arrow_schema()),
        pa.Table.from_pylist(links, schema=Link.arrow_schema()),
        mergers,
        pa.Table.from_pylist(tokens),
    )


def given(folder: Path, *files: str, agreed: str = "RF/1") -> tuple[list[dict[str, Any]], list[str], list[str]]:
    project = Project(folder)
    (project.inbox / "referrals").mkdir(parents=True)
    for place, text in enumerate(files):
        (project.inbox / "referrals" / f"file{place}.csv").write_text(text)
    team = {"id": "north", "name": "North", "locality": "North"}
    sections = permitted(area={"name": "x", "synthetic": True}, team=[team], selection={"referrals": agreed})
    planned = frozenset(fingerprint(project.inbox).values())
    night = Night(project, Configuration.model_validate(sections), AS_AT, "0123456789abcdef", None, planned)
    table, warnings, notes = referral_rows(night, *tables())
    return Referral.validate(table).to_pylist(), warnings, notes


def test_the_latest_word_of_a_clinician_crosses_the_wall_as_codes(tmp_path: Path) -> None:
    """Dan's number is Ann's by a merger. The register says whose number it is, though the practice has it elsewhere."""
    rows = f"{ANN},2026-10-01,leave out,known and managed,north\n{DAN},2026-10-02,refer,carer strain,elsewhere\n"
    found, warnings, notes = given(tmp_path, HEAD + rows)
    day = dt.date(2026, 10, 2)
    assert found == [
        {"pseudonym": "p-ann", "decision": "refer", "referral_date": day, "reason": "carer strain", "team": None}
    ]  # fmt: skip
    assert (warnings, notes) == ([], ["referrals that are taken: 1."])


def test_what_cannot_be_used_is_counted_by_its_rule(tmp_path: Path) -> None:
    rows = [
        f"{BEN},2026-10-01,refer,frailty,north",  # may not pass
        f"{CAT},2026-10-01,refer,frailty,north",  # two people carry it
        f"{ANN},01/10/2026,refer,frailty,north",
        f"{ANN},2026-11-01,refer,frailty,north",
        f"{ANN},2026-10-01,refer,because,north",
        f"{ANN},2026-10-01,perhaps,frailty,north",
        "9000000018,2026-10-01,refer,frailty,north",
        f"{ANN},2026-10-01,refer",
        "",
    ]
    found, warnings, notes = given(tmp_path, HEAD + "\n".join(rows) + "\n", "name,number\nx,y\n")
    assert found == []
    assert notes == [
        "referrals that are taken: 0.",
        "referrals not taken, about nobody whom the night may select: 2.",
        "referrals not taken, bad date: 1.",
        "referrals not taken, code not in list: 2.",
        "referrals not taken, columns do not match the header: 1.",
        "referrals not taken, no usable NHS number: 1.",
        "referrals not taken, of a day after the night's: 1.",
    ]
    assert warnings == [
        "E-REFERRAL-FILE: file 2 of inbox/referrals is no file of referrals. Cure: a CSV file in UTF-8, headed "
        "nhs_number,referral_date,decision,reason,team; nobody is referred by it."
    ]


@pytest.mark.parametrize(("files", "warned"), [((HEAD,), [NOT_READ]), ((), [])])
def test_without_an_agreement_nothing_is_read(tmp_path: Path, files: tuple[str, ...], warned: list[str]) -> None:
    assert given(tmp_path, *files, agreed="") == ([], warned, [])
