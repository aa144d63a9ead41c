"""A night in which one feed comes under a supplier's pseudonym that most of the register carries too."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from pipelines.small_counts import written
from schemas.nhs_number import read_nhs_number
from tests.conftest import FALLS_BACK, caselink

pytestmark = pytest.mark.deep  # nights of their own; what they check is checked by its parts in every run

SETTING = """
[[supplier_pseudonym]]
source = "sus_op"
supplier = "Example Supplier"
register_column = "SUPPLIER_ID"
reference = "EXAMPLE/SUPPLIER/1"
"""
NUMBER = "NHS_NUMBER"
WITHOUT = 5  # every fifth person of the register has no pseudonym


def pseudonym(written: str) -> str:
    """What the supplier would put in the number's place: nothing for nothing."""
    number = read_nhs_number(written).number
    return hashlib.sha256(b"supplier" + number.ten_digits().encode()).hexdigest()[:16] + "-s" if number else ""


def rewrite(path: Path, *, register: bool) -> None:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        rows, columns = list(reader), list(reader.fieldnames or [])
    name = next(column for column in columns if column.upper().replace(" ", "_") in (NUMBER, "NEWNHSNO"))
    for place, row in enumerate(rows):
        found = pseudonym(row[name])
        row["SUPPLIER_ID" if register else name] = "" if register and place % WITHOUT == 0 else found
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*columns, "SUPPLIER_ID"] if register else columns)
        writer.writeheader()
        writer.writerows(rows)


def test_a_feed_under_pseudonyms_is_linked_through_the_register_or_stands_alone(project: Path) -> None:
    for path in (project / "inbox" / "sus_op").glob("*.csv"):
        rewrite(path, register=False)
    for path in (project / "inbox" / "register").glob("register_2*.csv"):
        rewrite(path, register=True)
    with (project / "caselink.toml").open("a", encoding="utf-8") as stream:
        stream.write(SETTING)
    done = caselink("run", "--direct", "--quiet", "--project", str(project))
    assert done.returncode == FALLS_BACK, done.stdout + done.stderr

    (night,) = (project / "vault" / "nights").iterdir()
    links = pq.read_table(night / "link.parquet")
    mine = links.filter(pc.equal(links["source"], "sus_op"))
    steps = Counter(mine["step"].to_pylist())
    assert set(steps) == {"supplier_pseudonym", "unlinked"}
    assert steps["supplier_pseudonym"] > steps["unlinked"] > 0

    (run,) = (path.parent for path in (project / "runs").glob("*/handover.md"))
    said = (run / "handover.md").read_text(encoding="utf-8")
    linked, apart = (written(steps[step]) for step in ("supplier_pseudonym", "unlinked"))  # as the policy shows counts
    assert f"sus_op: {linked} records linked by a supplier's pseudonym; {apart} records stand alone" in said
    passed = pq.read_table(run / "pseudonymised" / "activity" / "sus_op.parquet")
    people = pq.read_table(run / "pseudonymised" / "person.parquet")
    assert passed.num_rows > 0
    assert set(passed["pseudonym"].to_pylist()) <= set(people["pseudonym"].to_pylist())
    everybody = len(set(links["person_id"].to_pylist()))
    alone = len(set(mine.filter(pc.equal(mine["step"], "unlinked"))["person_id"].to_pylist()))
    assert people.num_rows <= everybody - alone
