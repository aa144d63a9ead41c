"""Referrals of `inbox/referrals`: whom a clinician puts on the list, or takes off it, irrespective of rank.

They are a source like the others: read only under a `[[basis]]` of the source `referrals`, of their columns what `fields.csv`
lets in, with a line in the audit log for each purpose before anything of them is kept. On this side of the wall a number becomes
a person; across it goes a pseudonym with a date, a decision and coded words, and nothing else. A row that cannot be used is
counted by its rule; so is one about somebody who is not known or may not be selected: which, is not said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from governance.crosswalk import keys
from governance.detectors import rules_found
from governance.person_ids import look_up
from governance.publications import utc_now
from governance.referred import person_by_number
from pipelines.auditing import audit_log, operator_act
from pipelines.extracts.border import Border
from pipelines.extracts.copying import land_copy
from pipelines.extracts.excess import has_excess
from pipelines.extracts.landed import LandedFile, LandedSource
from pipelines.extracts.mappings import ColumnNames
from pipelines.governed import REFERRAL, referral_files
from pipelines.night import Night, Outcome
from pipelines.objections import people_left_out
from pipelines.permission import NEEDED, borders
from pipelines.plan import check_planned
from pipelines.referral_files import Read, read_referrals
from pipelines.settings.purposes import CASE_MANAGEMENT
from pipelines.shelf import digest
from schemas.errors import CaselinkError
from schemas.identifiable import REFERRALS, GivenReferral, Link, PersonRecord, RegisterMerger
from schemas.pseudonymised import Referral
from schemas.table import Rows
from schemas.zones import Zone

TABLE = "given_referral"
ACTION = "read referrals"
UNKNOWN = "about nobody whom the night may select"
# A digest in letters: ten of its figures in a row may look like a telephone number, which the log refuses.
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")


class _Taken(NamedTuple):
    """A file that was read, the name by which it may be shown, its SHA-256, and what it holds; None where it is none of ours."""

    path: Path
    shown: str
    sha256: str
    read: Read | None


def land_referrals(night: Night, barred: Mapping[str, CaselinkError]) -> tuple[LandedSource, Outcome]:
    """What lies in `inbox/referrals` into the vault: a table of every row that may be used, and a copy of each file.

    Nothing is opened where the source is `barred` (preflight names the refusal). A file with a column that may not be read is not
    copied. Raises `CaselinkError` `E-INBOX-CHANGED` where a file came, or changed, after the night was planned, `GovernanceError`
    `E-AUDIT-*` where the audit log takes no line: nothing is kept then.
    """
    files = [] if REFERRALS in barred else referral_files(night.project.inbox)
    border = borders(night.project, night.configuration)[REFERRALS, REFERRAL.name] if files else Border()
    withheld, warnings = border.withheld(REFERRAL), list[str]()
    if withheld:
        refusal = CaselinkError(
            "E-REFERRAL-FIELDS", f"referrals: the field list does not let {withheld[0]} be read.", cure="look through fields.csv"
        )
        files, warnings = [], [f"{refusal}; nobody is referred."]
    taken = list[_Taken]()
    for place, path in enumerate(files, 1):
        sha256, shown, read = digest(path), f"file {place} of inbox/{REFERRALS}", None
        check_planned(night, [sha256])
        if any(each.sha256 == sha256 for each in taken):  # the same bytes under a second name
            continue
        try:
            read = read_referrals(path, night, border, name=shown)
        except CaselinkError as refusal:
            warnings.append(f"{refusal}; nobody is referred by it.")
        check_planned(night, [digest(path)])  # still
        taken.append(_Taken(path, shown, sha256, read))
    if taken:
        _audit(night, taken)
    table = night.vault_shelf.put(GivenReferral, TABLE, _given(taken))
    landed = tuple(_copied(night, each, border) for each in taken if each.read is not None)
    state = "barred" if REFERRALS in barred else "current" if landed else "refused" if taken or withheld else "missing"
    message = str(barred.get(REFERRALS) or next(iter(warnings), ""))
    return LandedSource(REFERRALS, state, landed, message), Outcome((table,), tuple(warnings), tuple(_notes(taken)))


def _audit(night: Night, taken: list[_Taken]) -> None:
    """A line for each purpose that they serve, on its own basis: every file's digest, its rows, and by rule what was refused."""
    act = operator_act(utc_now(), ACTION, "", run_id=night.run_id, payload="; ".join(map(_said, taken)))
    log = audit_log(night.project, night.configuration)
    for purpose in NEEDED:
        log.append(replace(act, purpose=purpose, basis=_basis(night, purpose)))


def _said(file: _Taken) -> str:
    counts = [] if file.read is None else [f"{len(file.read.rows)} rows", *_refused(file.read.refused)]
    return f"{file.sha256.translate(LETTERS)}: {', '.join(counts) or 'no file of referrals'}"


def _refused(counts: Mapping[str, int]) -> list[str]:
    return [f"{rule} {count}" for rule, count in sorted(counts.items())]


def _basis(night: Night, purpose: str) -> str:
    """References of the bases that hold; of one that is written like an identifier, its place in caselink.toml."""
    held = {
        f"[[basis]] number {place}" if rules_found(each.reference, coded=False) else each.reference
        for place, each in enumerate(night.configuration.basis, 1)
        if (each.source, each.purpose) == (REFERRALS, purpose) and any(map(each.holds, night.days))
    }
    return "; ".join(sorted(held))


def _given(taken: list[_Taken]) -> Rows[GivenReferral]:
    rows = {(each.sha256, row["line"]): row for each in taken if each.read for row in each.read.rows}
    table = pa.Table.from_pylist(
        [{"file": sha256, **row} for (sha256, _), row in rows.items()], schema=GivenReferral.arrow_schema()
    )
    return GivenReferral.sort(GivenReferral.validate(table))


def _copied(night: Night, file: _Taken, border: Border) -> LandedFile:
    """The file as landed: in the vault, so that the night can be shown to rest on it, unless it holds what may not be kept."""
    keep = not has_excess(file.path, REFERRAL, ColumnNames(), border)
    copy, sha256 = land_copy(file.path, night.project.landed, keep=keep)
    check_planned(night, [sha256])
    rows, rejected = (len(file.read.rows), file.read.refused.total()) if file.read else (0, 0)
    return LandedFile(file.path.name, REFERRAL.name, None, sha256, rows=rows, rejected=rejected, left_out=0, converted_path=copy)


def _notes(taken: list[_Taken]) -> Iterator[str]:
    """For the handover: columns not read by file, and rows by the rule that they break."""
    refused = Counter[str]()
    for each in taken:
        if each.read is not None:
            refused.update(each.read.refused)
            if each.read.unread:
                yield f"{each.shown}: {each.read.unread} columns that no layout or field list knows: not read."
    yield from (f"referrals not taken, {rule}: {count}." for rule, count in sorted(refused.items()))


def referral_rows(
    night: Night, records: Rows[PersonRecord], links: Rows[Link], mergers: Rows[RegisterMerger], tokens: pa.Table
) -> tuple[Rows[Referral], list[str]]:
    """The referrals as they cross the wall, and notes. `tokens`: pseudonyms of everybody who may be selected, and no other."""
    given = night.vault_shelf.get(Zone.IDENTIFIABLE, TABLE).to_pylist()
    if not given:
        return Referral.empty(), []
    people = person_by_number({row["nhs_number"] for row in given}, records, links, mergers)
    out = people_left_out(night, CASE_MANAGEMENT)  # a list is what they ask for: its opt-outs count beside those of the scores
    may = {number: person_id for number, person_id in people.items() if person_id not in out}
    table, unknown = cross(given, may, links, tokens)
    notes = [f"referrals that are taken: {table.num_rows}."]
    return table, notes + ([f"referrals not taken, {UNKNOWN}: {unknown}."] if unknown else [])


def cross(
    given: list[dict[str, Any]], people: Mapping[str, str], links: Rows[Link], tokens: pa.Table
) -> tuple[Rows[Referral], int]:
    """One row per person, the latest referral; and how many rows are about nobody who has a pseudonym.

    `given`: rows of `GivenReferral`; `people`: NHS number to person_id. Of two of one day, to refer counts: a person then looks
    at her.
    """
    person_ids = look_up(keys(tokens), keys(links), links["person_id"]).to_pylist()
    pseudonyms = dict(zip(person_ids, tokens["pseudonym"].to_pylist(), strict=True))
    named = [(pseudonyms.get(people.get(row["nhs_number"], "")), row) for row in given]
    latest = dict(sorted(((who, row) for who, row in named if who), key=_order))
    names = Referral.columns()
    rows = [{name: value for name, value in {**row, "pseudonym": who}.items() if name in names} for who, row in latest.items()]
    table = Referral.sort(Referral.validate(pa.Table.from_pylist(rows, schema=Referral.arrow_schema())))
    return table, sum(who is None for who, _ in named)


def _order(named: tuple[str, dict[str, Any]]) -> tuple[Any, ...]:
    who, row = named
    return who, row["referral_date"], row["decision"] == "refer", row["reason"], row["team"] or ""
