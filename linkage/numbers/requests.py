"""Whom to ask the national register about, in the columns that a batch trace takes.

The layout is the request file of the PDS MESH data dictionary (digital.nhs.uk, "Personal Demographics Service MESH", read as a
stored copy in November 2026; the Person_ID Handbook, appendix, table 9, has the same columns in another order): a CSV file, one
header row of column names, dates YYYYMMDD. It says that a number with a date of birth, else family name, date of birth and
gender, are what a trace needs. UNVERIFIED, as the copies we read were cut short: which characters a reference may not have (ours
are A-Z and 2-7), the longest name and address line, the quoting of commas, and the text encoding (ours is UTF-8).

UNIQUE REFERENCE is not the local id. It looks random, is the same every night, and leads back to the record only where the
records are: a local id may hold marks that the service refuses or a spreadsheet takes for a formula, two sources may share one,
and the register has no need of it (Caldicott principle 2). So LOCAL_PATIENT_ID stays empty, too; `caselink link trace import`
matches the answers back.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.dates import birth_dates
from linkage.mergers import successions
from linkage.protected_records import decided_beside, protected_records
from linkage.standardise import VERIFIED_STATUS, standardise
from schemas.identifiable import Conflict, Match, PersonRecord, RegisterMerger
from schemas.table import Rows

ADDRESS_LINES = tuple(f"ADDRESS_LINE{number}" for number in range(1, 6))
LAYOUT = (
    "UNIQUE REFERENCE", "NHS_NO", "FAMILY_NAME", "GIVEN_NAME", "OTHER_GIVEN_NAME", "GENDER", "DATE_OF_BIRTH", "POSTCODE",
    "DATE_OF_DEATH", *ADDRESS_LINES, "ADDRESS_DATE", "GP_PRACTICE_CODE", "NHAIS_POSTING_ID", "AS_AT_DATE", "LOCAL_PATIENT_ID",
    "INTERNAL_ID", "TELEPHONE_NUMBER", "MOBILE_NUMBER", "EMAIL_ADDRESS",
)  # fmt: skip

# Why a record is asked about.
NO_NUMBER, NOT_VERIFIED, IN_CONFLICT = "no usable number", "number not verified", "number in conflict"
# Why one is not.
PROTECTED, TOO_LITTLE = "protected identity", "too little to trace by"

# Steps that checked the number against the register's own record: verified in the sense of ISB 0149.
STEPS_BY_NUMBER = pa.array(["cross_check", "confirmed_number"])
# PERSON FAMILY NAME and the like have up to 35 characters (NHS Data Dictionary, from general knowledge: UNVERIFIED).
LONGEST_TEXT = 35
# PDS gender codes: 0 not known, 1 male, 2 female, 9 not specified; what we call X is 0.
TRACED_GENDERS = ("1", "2", "9")
# What a name or an address line never begins with, and a spreadsheet would take for a formula (OWASP, "CSV Injection").
FORMULA_START = r"^[=+\-@＝＋－＠\s]+"
CONTROL = r"[\x00-\x1f\x7f]+"
REFERENCE_BYTES, REFERENCE_FORM = 15, "^[A-Z2-7]{24}$"


class TraceRequests(NamedTuple):
    """`rows`: text columns of LAYOUT, one row per record, by reference; `asked`, `left_out`: records by (source, reason).

    `about`: source and local_patient_id of the records of `rows`, in no order, for the audit.
    """

    rows: pa.Table
    about: pa.Table
    asked: Counter[tuple[str, str]]
    left_out: Counter[tuple[str, str]]


def trace_requests(
    records: Rows[PersonRecord],
    matches: Rows[Match],
    conflicts: Rows[Conflict],
    mergers: Rows[RegisterMerger],
    *,
    source: str | None = None,
) -> TraceRequests:
    """Requests for the sources' records without a usable number, with one that nobody verified, or with one in conflict.

    A number that cross-check or confirmed number held against the register needs no trace. One in conflict is not sent: a twin's
    would be confirmed by the birth date they share; the answer must come from who the person is. `records` are tonight's with the
    numbers of earlier traces (`with_traced_numbers`); `source` asks about one source's only. Protected identities, and whoever
    might be one, are never asked about.
    """
    decided = decided_beside(records, matches)
    reasons = _reasons(records, decided, conflicts)
    protected = protected_records(records, decided, successions(mergers))
    wanted = pc.is_valid(reasons)
    if source is not None:
        wanted = pc.and_(wanted, pc.equal(records["source"], source))
    asked, reasons = records.filter(pc.and_(wanted, pc.invert(protected))), reasons.filter(pc.and_(wanted, pc.invert(protected)))
    rows = _rows(asked, pc.equal(reasons, NOT_VERIFIED))
    enough = _enough(rows)
    left_out = Counter((each, PROTECTED) for each in records["source"].filter(pc.and_(wanted, protected)).to_pylist())
    left_out.update((each, TOO_LITTLE) for each in asked["source"].filter(pc.invert(enough)).to_pylist())
    by_reason = zip(asked["source"].filter(enough).to_pylist(), reasons.filter(enough).to_pylist(), strict=True)
    about = asked.filter(enough).select(PersonRecord.key)
    return TraceRequests(rows.filter(enough).sort_by(LAYOUT[0]), about, Counter(by_reason), left_out)


def references(records: Rows[PersonRecord]) -> pa.Array:
    """The reference of each record: 24 letters and digits of the SHA-256 of its key, the same on every machine and night.

    Null for the register's own records, which are never asked about.
    """
    asked = _where(pc.not_equal(records["source"], "register"), _keys(records)).to_pylist()
    return pa.array([None if key is None else _reference(key) for key in asked], pa.string())


def _reference(key: str) -> str:
    return base64.b32encode(hashlib.sha256(key.encode()).digest()[:REFERENCE_BYTES]).decode()


def _reasons(records: pa.Table, decided: pa.Table, conflicts: pa.Table) -> Any:
    """Why each record should be asked about; null where it need not be."""
    keys, in_conflict = _keys(records), _keys(conflicts)
    verified = pc.or_(
        pc.fill_null(pc.equal(records["nhs_number_status"], VERIFIED_STATUS), False),
        pc.is_in(decided["step"], value_set=STEPS_BY_NUMBER),
    )
    reason = pc.if_else(verified, pa.scalar(None, pa.string()), NOT_VERIFIED)
    reason = pc.if_else(pc.is_null(records["nhs_number"]), NO_NUMBER, reason)
    reason = pc.if_else(pc.is_in(keys, value_set=in_conflict.combine_chunks()), IN_CONFLICT, reason)
    return pc.if_else(pc.equal(records["source"], "register"), pa.scalar(None, pa.string()), reason)


def _rows(records: pa.Table, with_number: Any) -> pa.Table:
    """Columns of LAYOUT; what stands for "not known" (BABY, ZZ99 postcodes, 1 January) is left empty."""
    known = standardise(records)
    lines = _address_lines(records["address"])
    columns = {
        "UNIQUE REFERENCE": references(records),
        "NHS_NO": _where(with_number, records["nhs_number"]),
        "FAMILY_NAME": _text(_where(pc.is_valid(known["family_name"]), records["family_name"])),
        "GIVEN_NAME": _text(_where(pc.is_valid(known["given_name"]), records["given_name"])),
        "OTHER_GIVEN_NAME": _text(_where(pc.is_valid(known["other_given_name"]), records["other_given_name"])),
        "GENDER": _gender(records["gender"]),
        "DATE_OF_BIRTH": _where(_is_full(records["date_of_birth"]), _date(records["date_of_birth"])),
        "POSTCODE": known["postcode"],
        "DATE_OF_DEATH": _date(records["date_of_death"]),
        **dict(zip(ADDRESS_LINES, lines, strict=True)),
        "GP_PRACTICE_CODE": _text(records["gp_practice_code"]),
    }
    empty = pa.nulls(records.num_rows, pa.string())
    return pa.table({name: columns.get(name, empty) for name in LAYOUT})


def _enough(rows: pa.Table) -> Any:
    """Whether a trace can be made: number and date of birth, or family name, date of birth and gender."""
    by_number = pc.is_valid(rows["NHS_NO"])
    by_name = pc.and_(pc.is_valid(rows["FAMILY_NAME"]), pc.is_in(rows["GENDER"], value_set=pa.array(TRACED_GENDERS)))
    return pc.and_(pc.is_valid(rows["DATE_OF_BIRTH"]), pc.or_(by_number, by_name))


def _keys(rows: pa.Table) -> Any:
    return pc.binary_join_element_wise(rows["source"], rows["local_patient_id"], "|")


def _where(rows: Any, values: Any) -> Any:
    return pc.if_else(rows, values, pa.scalar(None, pa.string()))


def _text(values: Any) -> Any:
    """In one line, without what would begin a formula, at most as long as the service takes; null where nothing is left."""
    plain = pc.replace_substring_regex(pc.replace_substring_regex(values, CONTROL, " "), FORMULA_START, "")
    plain = pc.utf8_trim_whitespace(pc.utf8_slice_codeunits(plain, 0, LONGEST_TEXT))
    return _where(pc.not_equal(plain, ""), plain)


def _address_lines(addresses: Any) -> list[Any]:
    """The parts of an address between its commas, the first five; null where there are fewer."""
    padded = pc.binary_join_element_wise(addresses, pa.scalar("," * len(ADDRESS_LINES)), "")
    parts = pc.split_pattern_regex(padded, r"[,\n]")
    return [_text(pc.list_element(parts, place)) for place in range(len(ADDRESS_LINES))]


def _gender(genders: Any) -> Any:
    not_known = _where(pc.is_valid(genders), pa.scalar("0"))
    return pc.if_else(pc.is_in(genders, value_set=pa.array(TRACED_GENDERS)), genders, not_known)


def _date(dates: Any) -> Any:
    return pc.strftime(dates, format="%Y%m%d")


def _is_full(dates: Any) -> Any:
    return pa.array(np.asarray(birth_dates(dates).is_full))
