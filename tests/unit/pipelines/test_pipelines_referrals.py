"""Referrals: on which basis they are read, which rows are taken, whom a number means, what is logged, what crosses the wall."""

from __future__ import annotations

import datetime as dt
import hashlib
import stat
import tomllib
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from governance.audit import Audit
from governance.keys import Domain, DomainKey, RootKey
from governance.lives import with_lives
from governance.pseudonymise import tokens as tokens_of
from pipelines.config import Configuration
from pipelines.example_bases import example_bases
from pipelines.fields import FIELDS_FILE
from pipelines.night import Night
from pipelines.objections import OPTED_OUT
from pipelines.objections import TABLE as OPT_OUTS
from pipelines.permission import barred, bases_held
from pipelines.plan import fingerprint
from pipelines.project import Project
from pipelines.referrals import LETTERS, land_referrals, referral_rows
from schemas.errors import CaselinkError, GovernanceError
from schemas.identifiable import GivenReferral, Link, PersonRecord, RegisterMerger
from schemas.pseudonymised import Referral
from schemas.zones import Zone
from tests.extract_inbox import ANN, BEN, CAT
from tests.permitted import permit, permitted

AS_AT = dt.date(2026, 10, 31)
DAN = "9000000041"
HEAD = "nhs_number,referral_date,decision,reason,team\n"
GOOD = f"{HEAD}{ANN},2026-10-01,refer,frailty,north\n"

# Ann's old number is Dan's; a practice has Cat's number on records of two people.
RECORDS = [("register", ANN, None, "ann"), ("register", BEN, None, "ben"), ("gp", "g1", CAT, "cat"), ("gp", "g2", CAT, "eve")]
RECORDS += [("gp", "g3", ANN, "eve")]


def pid(who: str) -> str:
    """A person_id, 32 hex digits."""
    return who.encode().hex().ljust(32, "0")


def tables() -> tuple[pa.Table, pa.Table, pa.Table, pa.Table]:
    """Records, links, mergers and tokens; Ben may not pass the wall."""
    records = [{"source": s, "local_patient_id": i, "nhs_number": n or i} for s, i, n, _ in RECORDS]
    said = {"step": "register", "evidence": "own record", "model_version": "1"}
    links = [{"source": s, "local_patient_id": i, "person_id": pid(who), **said} for s, i, _, who in RECORDS]
    tokens = [{"source": s, "local_patient_id": i, "pseudonym": f"p-{who}"} for s, i, _, who in RECORDS if who != "ben"]
    mergers = pa.Table.from_pylist([{"old_nhs_number": DAN, "new_nhs_number": ANN}], schema=RegisterMerger.arrow_schema())
    return (
        pa.Table.from_pylist(records, schema=PersonRecord.arrow_schema()),
        pa.Table.from_pylist(links, schema=Link.arrow_schema()),
        mergers,
        pa.Table.from_pylist(tokens),
    )


def night_of(folder: Path, *files: str | bytes, **sections: Any) -> Night:
    """A night whose inbox holds these files of referrals."""
    (folder / "caselink.toml").write_text("")
    permit(folder)
    project = Project(folder)
    project.make_folders()
    (project.inbox / "referrals").mkdir(parents=True)
    for place, said in enumerate(files):
        path = project.inbox / "referrals" / f"Wilhelmina Oakley {place}.csv"
        path.write_bytes(said.encode() if isinstance(said, str) else said)
    team = {"id": "north", "name": "North", "locality": "North"}
    configuration = permitted(area={"name": "x", "synthetic": True}, team=[team]) | sections
    planned = frozenset(fingerprint(project.inbox).values())
    night = Night(project, Configuration.model_validate(configuration), AS_AT, "0123456789abcdef", None, planned)
    night.vault_shelf.put_arrow(Zone.IDENTIFIABLE, OPT_OUTS, OPTED_OUT.empty_table())
    return night


def given(folder: Path, *files: str | bytes) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """Rows that cross the wall, warnings and notes of both steps."""
    night = night_of(folder, *files)
    _, landed = land_referrals(night, {})
    table, notes = referral_rows(night, *tables())
    return Referral.validate(table).to_pylist(), list(landed.warnings), [*notes, *landed.notes]


def bases(**changed: Any) -> list[dict[str, Any]]:
    """The example's bases, those of the referrals with changes; without them where `tables` is empty."""
    every = tomllib.loads(example_bases())["basis"]
    mine = [{**each, **changed} for each in every if each["source"] == "referrals"]
    return [each for each in every if each["source"] != "referrals"] + (mine if changed.get("tables", ["x"]) else [])


def log_of(night: Night) -> Audit:
    return Audit(night.project.state / "audit.db")


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


@pytest.mark.parametrize(
    "content",
    [
        b"", b"\xff\xfe\x81\xc3\n", GOOD.encode("utf-16"), HEAD.encode() + b'"' + b"x" * 200_000, b"reason," + HEAD.encode(),
        GOOD.replace("nhs_number", "number").encode(),
    ],
    ids=["empty", "no encoding", "UTF-16", "a cell without end", "a column twice", "a column missing"],
)  # fmt: skip
def test_a_file_that_is_none_refers_nobody_and_its_bytes_are_in_no_word(tmp_path: Path, content: bytes) -> None:
    night = night_of(tmp_path, content)
    source, landed = land_referrals(night, {})
    assert (source.state, source.files) == ("refused", ())
    assert [line.partition(":")[0] for line in landed.warnings] == ["E-REFERRAL-FILE"]
    assert not [path for path in night.project.landed.iterdir() if path.is_file()], "in doubt nothing is copied"


BASIS = """
    entries for referrals             | refused
    -----------------------------------------------------
    none                              | E-BASIS-MISSING
    ended the day before              | E-BASIS-EXPIRED
    begins the day after              | E-BASIS-NOT-YET
    of another table                  | E-BASIS-SCOPE
    holds                             | -
"""
CHANGES: dict[str, dict[str, Any]] = {
    "none": {"tables": []},
    "ended the day before": {"valid_to": AS_AT - dt.timedelta(1)},
    "begins the day after": {"valid_from": AS_AT + dt.timedelta(1)},
    "of another table": {"tables": ["gp_patient"]},
    "holds": {},
}


@pytest.mark.parametrize("line", BASIS.strip().splitlines()[2:])
def test_without_a_basis_that_holds_nothing_is_read(tmp_path: Path, line: str) -> None:
    entries, code = (cell.strip() for cell in line.split("|"))
    night = night_of(tmp_path, GOOD, basis=bases(**CHANGES[entries]))
    refused = barred(night.project, night.configuration, night.days)
    assert [(source, each.code) for source, each in refused.items()] == ([] if code == "-" else [("referrals", code)])
    source, landed = land_referrals(night, refused)
    rows = night.vault_shelf.get(Zone.IDENTIFIABLE, "given_referral")
    assert (source.state, rows.num_rows) == (("current", 1) if code == "-" else ("barred", 0))
    assert landed.warnings == (), "preflight names the refusal"
    assert source.message.partition(":")[0] == (code if code != "-" else ""), "the night's statement gives the code"
    held = {each["source"] for each in bases_held(night.configuration, night.days)}
    assert ("referrals" in held) == (code in ("-", "E-BASIS-SCOPE")), "the manifest lists what holds"


def test_no_files_need_no_basis(tmp_path: Path) -> None:
    night = night_of(tmp_path, basis=bases(tables=[]))
    assert barred(night.project, night.configuration, night.days) == {}
    assert land_referrals(night, {})[0].state == "missing"
    assert log_of(night).rows() == []


def test_the_setting_of_before_says_where_the_agreement_stands_now(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match=r"write a \[\[basis\]\] of the source referrals"):
        night_of(tmp_path, selection={"referrals": "RF/1"})


def test_a_line_in_the_log_for_each_purpose_says_what_was_read_on_which_basis(tmp_path: Path) -> None:
    """Digests in letters; no name of a file, which may be somebody's. One reference is written like a date: its place stands."""
    refused = f"{ANN},2026-10-01,refer,because,north\n{ANN},2026-10-01,refer,frailty\n"
    night = night_of(tmp_path, GOOD + refused, "no,file\n", basis=bases(reference="signed on 2026-01-05"))
    land_referrals(night, {})
    acts = log_of(night).rows()
    place = len(bases())
    assert [(act["action"], act["purpose"], act["run_id"], act["basis"]) for act in acts] == [
        ("read referrals", "risk-stratification", night.run_id, f"[[basis]] number {place - 2}"),
        ("read referrals", "case-management", night.run_id, f"[[basis]] number {place - 1}"),
    ]
    first, second = (hashlib.sha256(text.encode()).hexdigest().translate(LETTERS) for text in (GOOD + refused, "no,file\n"))
    said = f"{first}: 1 rows, code not in list 1, columns do not match the header 1; {second}: no file of referrals"
    assert [act["payload"] for act in acts] == [said, said]


def test_without_a_line_in_the_log_nothing_is_kept(tmp_path: Path) -> None:
    night = night_of(tmp_path, GOOD)
    (night.project.state / "audit.db").write_bytes(b"no database " * 200)
    with pytest.raises(GovernanceError):
        land_referrals(night, {})
    assert not night.vault_shelf.path(Zone.IDENTIFIABLE, "given_referral").is_file()
    assert not list(night.project.landed.iterdir())


def test_a_file_is_kept_by_its_content_once(tmp_path: Path) -> None:
    night = night_of(tmp_path, GOOD, GOOD)
    source, _ = land_referrals(night, {})
    sha256 = hashlib.sha256(GOOD.encode()).hexdigest()
    assert [(file.sha256, file.rows, file.rejected) for file in source.files] == [(sha256, 1, 0)]
    copy = night.project.landed / sha256
    assert (copy.read_text(), stat.S_IMODE(copy.stat().st_mode)) == (GOOD, 0o600)
    rows = GivenReferral.validate(night.vault_shelf.get(Zone.IDENTIFIABLE, "given_referral")).to_pylist()
    assert [(row["file"], row["line"], row["nhs_number"]) for row in rows] == [(sha256, 2, ANN)]


def test_a_column_that_nobody_asked_for_is_not_read_and_its_file_not_copied(tmp_path: Path) -> None:
    night = night_of(tmp_path, f"Case note,{HEAD.upper()}Zebedee,{ANN},2026-10-01,refer,frailty,north\n")
    _, landed = land_referrals(night, {})
    assert landed.notes == ("file 1 of inbox/referrals: 1 columns that no layout or field list knows: not read.",)
    assert night.vault_shelf.get(Zone.IDENTIFIABLE, "given_referral").num_rows == 1
    every = [path for path in night.project.vault.rglob("*") if path.is_file()]
    assert every
    assert not any(b"Zebedee" in path.read_bytes() for path in every)


@pytest.mark.parametrize(("column", "teams"), [("team", [None]), ("nhs_number", []), ("reason", [])])
def test_a_column_that_no_purpose_may_use_is_not_read(tmp_path: Path, column: str, teams: list[None]) -> None:
    """Without the team a referral still says something; without the number, or why, it does not."""
    night = night_of(tmp_path, GOOD)
    fields = tmp_path / FIELDS_FILE
    lines = [line for line in fields.read_text().splitlines(True) if not line.startswith(f"referrals.referral,{column},")]
    fields.write_text("".join(lines))
    source, landed = land_referrals(night, {})
    assert night.vault_shelf.get(Zone.IDENTIFIABLE, "given_referral")["team"].to_pylist() == teams
    assert [line.partition(":")[0] for line in landed.warnings] == ([] if teams else ["E-REFERRAL-FIELDS"])
    assert [file.converted_path.parent.name for file in source.files] == ["referrals" for _ in teams], "it stays where it lies"


def test_a_file_that_came_after_the_night_was_planned_is_refused(tmp_path: Path) -> None:
    night = night_of(tmp_path, GOOD)
    (night.project.inbox / "referrals" / "late.csv").write_text(GOOD.replace("frailty", "recent change"))
    with pytest.raises(CaselinkError, match="E-INBOX-CHANGED"):
        land_referrals(night, {})


WHO = """
    who                                   | is referred
    ----------------------------------------------------
    anybody else                          | yes
    opted out of risk stratification      | no
    opted out of the lists alone          | no
    a protected identity                  | no
    of whom every record was flagged out  | no
"""


@pytest.mark.parametrize("line", WHO.strip().splitlines()[2:])
def test_nobody_is_referred_whom_the_night_may_not_select(tmp_path: Path, line: str) -> None:
    """Through the very tokens that pseudonymise makes: a clinician's word outranks no objection, no flag and no protection."""
    who, referred = (cell.strip() for cell in line.split("|"))
    purposes = [{**each, "flow": "section 251"} for each in tomllib.loads(example_bases())["purpose"]]
    night = night_of(tmp_path, GOOD, purpose=purposes)
    records, links, mergers, _ = tables()
    if who == "a protected identity":
        hidden = [place == 0 for place in range(records.num_rows)]
        records = records.set_column(records.schema.get_field_index("protected"), "protected", pa.array(hidden))
    if who.endswith("flagged out"):  # what landing leaves of her: nothing
        records, links = records.slice(1, 3), links.slice(1, 3)
    if who.endswith("the lists alone"):
        objects = pa.Table.from_pylist([{"opt_out": "national", "person_id": pid("ann")}], schema=OPTED_OUT)
        night.vault_shelf.put_arrow(Zone.IDENTIFIABLE, OPT_OUTS, objects)
    excluded = pa.array([pid("ann")] if who.endswith("of risk stratification") else [], pa.string())
    key = DomainKey(RootKey(b"k" * 32), Domain("night", "selection", 1))
    tokens = with_lives(tokens_of(records, links, domain_key=key, excluded=excluded), records, links)
    land_referrals(night, {})
    table, notes = referral_rows(night, records, links, mergers, tokens)
    assert table.num_rows == (referred == "yes")
    assert ("referrals not taken, about nobody whom the night may select: 1." in notes) == (referred == "no")
