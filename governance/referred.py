"""Whom a clinician means by an NHS number: the one person whose records carry it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import pyarrow as pa
import pyarrow.compute as pc

from governance.crosswalk import keys
from governance.person_ids import look_up
from governance.register_people import REGISTER, superseding
from schemas.identifiable import Link, PersonRecord, RegisterMerger
from schemas.table import Rows


def person_by_number(
    numbers: Iterable[str], records: Rows[PersonRecord], links: Rows[Link], mergers: Rows[RegisterMerger]
) -> dict[str, str]:
    """Number to person_id, where the records that carry the number, or one merged with it, are of one person.

    The register's record decides where there is one: its own key is its number. A number that nobody, or more than one person,
    carries is left out.
    """
    heirs = superseding(mergers)
    wanted = {number: heirs.get(number, number) for number in numbers}
    same = {*wanted, *wanted.values(), *(old for old, heir in heirs.items() if heir in wanted.values())}
    of_register = pc.equal(records["source"], REGISTER)
    number = pc.if_else(of_register, records["local_patient_id"], records["nhs_number"])
    theirs = records.append_column("number", number).append_column("register", of_register)
    theirs = theirs.filter(pc.is_in(number, value_set=pa.array(sorted(same), pa.string())))
    person_ids = look_up(keys(theirs), keys(links), links["person_id"])
    found: dict[bool, dict[str, set[str]]] = {True: defaultdict(set), False: defaultdict(set)}
    for given, register, person_id in zip(
        theirs["number"].to_pylist(), theirs["register"].to_pylist(), person_ids.to_pylist(), strict=True
    ):
        if person_id is not None:
            found[register][heirs.get(given, given)].add(person_id)
    answers = {}
    for given, current in wanted.items():
        people = found[True].get(current) or found[False].get(current) or set()
        if len(people) == 1:
            answers[given] = next(iter(people))
    return answers
