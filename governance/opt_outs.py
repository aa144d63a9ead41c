"""Opt-outs: people who appear in nothing beyond their own care. The list, and whom it means.

The list comes in the form of the national check service: one NHS number a row, then a comma. A list that cannot be read
stops the night: taken for an empty one it would let everybody through.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from governance.crosswalk import keys
from governance.register_people import superseding
from schemas.errors import GovernanceError
from schemas.identifiable import Link, PersonRecord, RegisterMerger
from schemas.nhs_number import read_nhs_numbers, usable_numbers
from schemas.table import Rows

UNUSABLE_SHARE = 0.05  # of the rows: beyond it the file is taken for something else than a list of NHS numbers


@dataclass(frozen=True, repr=False)
class OptOuts:
    """A list as read: its numbers, the file's SHA-256, how many rows it had and how many held no usable number."""

    numbers: frozenset[str]
    sha256: str
    checked_rows: int
    unusable: int

    def __repr__(self) -> str:
        return f"OptOuts({len(self.numbers)} numbers, {self.unusable} of {self.checked_rows} rows unusable)"


def read_opt_outs(path: Path, *, synthetic: bool, name: str = "the list") -> OptOuts:
    """Read a list; numbers of the test range count in a synthetic project only. A header row is passed over.

    `name` is what messages call it: a file may be named after a person.

    Raises `GovernanceError`: `E-OPTOUT-FILE` where the file cannot be read as text, `E-OPTOUT-EMPTY` where it has no row
    (an area where nobody has opted out sends a row that holds only a comma), `E-OPTOUT-UNUSABLE` where more than 5 % of the
    rows hold no usable number, `E-OPTOUT-COLUMNS` where a row holds more than the number.
    """
    content = _read(path, name)
    rows = [line.strip() for line in content.decode("utf-8-sig").splitlines() if line.strip()]
    if not rows:
        raise GovernanceError(
            "E-OPTOUT-EMPTY", f"{name} is empty.", cure="if nobody has opted out, send a row that holds only a comma"
        )
    values = [row.removesuffix(",").strip().strip('"').strip() for row in rows]
    wide = sum("," in value for value in values)
    if wide:
        raise GovernanceError(
            "E-OPTOUT-COLUMNS", f"{name}: {wide} rows hold more than one value.", cure="one NHS number a row, then a comma"
        )
    if not any(character.isdigit() for character in values[0]):
        values = values[1:]
    values = [value for value in values if value]
    usable = usable_numbers(read_nhs_numbers(pa.array(values, pa.string())), synthetic=synthetic).drop_null().to_pylist()
    unusable = len(values) - len(usable)
    if unusable > UNUSABLE_SHARE * len(values):
        raise GovernanceError(
            "E-OPTOUT-UNUSABLE",
            f"{name}: {unusable} of {len(values)} rows hold no usable NHS number.",
            cure="send the list again: one NHS number a row, then a comma",
        )
    return OptOuts(frozenset(usable), hashlib.sha256(content).hexdigest(), len(values), unusable)


def opted_out_people(
    records: Rows[PersonRecord], links: Rows[Link], opt_outs: OptOuts, *, mergers: Rows[RegisterMerger] | None = None
) -> Any:
    """Ids of the people who have opted out, sorted, as an Arrow array of text.

    A person is meant where any record linked to her carries a listed number, or one that a listed number was merged into or
    out of. Where a record carries somebody else's number too many are left out rather than too few.
    """
    numbers = pa.array(sorted(opt_outs.numbers | _same_person(opt_outs.numbers, mergers)), pa.string())
    # A register record's own key is its number: it counts even where the number may not be used for linkage.
    meant = pc.or_(
        pc.is_in(records["nhs_number"], value_set=numbers),
        pc.and_(pc.equal(records["source"], "register"), pc.is_in(records["local_patient_id"], value_set=numbers)),
    )
    return people_of(records.filter(meant), links)


def protected_people(records: Rows[PersonRecord], links: Rows[Link]) -> Any:
    """Ids of the people whom any source marks as a protected identity, sorted."""
    return people_of(records.filter(pc.fill_null(records["protected"], False)), links)


def people_of(records: Rows[PersonRecord], links: Rows[Link]) -> Any:
    """Ids of the people these records are linked to, sorted, as an Arrow array of text."""
    found = links["person_id"].filter(pc.is_in(keys(links), value_set=keys(records).combine_chunks()))
    ids = pc.unique(found).drop_null()
    return ids.take(pc.sort_indices(ids))


def _same_person(numbers: frozenset[str], mergers: Rows[RegisterMerger] | None) -> set[str]:
    """Numbers that stand for the same people: what the listed ones were merged into, and what was merged into that."""
    heirs = superseding(mergers) if mergers is not None else {}
    current = {heirs.get(number, number) for number in numbers}
    return current | {old for old, heir in heirs.items() if heir in current}


def _read(path: Path, name: str) -> bytes:
    if not path.is_file():
        raise GovernanceError("E-OPTOUT-FILE", f"{name} is not there, or is no plain file.", cure="give the file's right name")
    content = b""
    failure = ""
    try:
        content = path.read_bytes()
        content.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        failure = type(error).__name__  # raised below, outside the except block: the decoder's error holds the bytes
    if failure:
        raise GovernanceError("E-OPTOUT-FILE", f"{name} cannot be read as text ({failure}).", cure="send the list again")
    return content
