"""Generated nights: whatever linkage says from one to the next, the vault keeps its promises."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from governance.vault import Vault
from tests.governance_drawings import matches, mergers, numbered_ids

NUMBERS = ("1", "2", "3", "4")
RECORDS = ("gp a", "gp b", "cld a", "cld b", "ecds a", "sus_op a")
MERGERS = ("", "1 2", "2 1", "1 2 \n 2 3", "4 3", "1 2 \n 2 1")


@st.composite
def nights(draw: st.DrawFn) -> tuple[list[str], str]:
    """One night: the lines of its matches, and its mergers."""
    register = draw(st.lists(st.sampled_from(NUMBERS), unique=True, max_size=4))
    merged = draw(st.sampled_from(MERGERS))
    lines = [f"register {number} - -" for number in register]
    for record in draw(st.lists(st.sampled_from(RECORDS), unique=True, max_size=6)):
        person = draw(st.sampled_from(["-", *register]))
        cluster = draw(st.sampled_from(["x", "y", record.replace(" ", "|")])) if person == "-" else "-"
        lines.append(f"{record} {person} {cluster}")
    return lines, merged


def lived(vault: Vault, night: tuple[list[str], str], run_id: str) -> pa.Table:
    lines, merged = night
    return vault.assign_person_ids(matches("\n".join(lines)), mergers(merged), run_id)


@settings(max_examples=15, deadline=None)
@given(st.lists(nights(), min_size=2, max_size=3), st.integers(0, 99))
def test_nights_keep_the_vaults_promises(drawn: list[tuple[list[str], str]], seed: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        one, other = (Vault(Path(folder) / f"{name}" / "vault.db", numbered_ids()) for name in ("one", "other"))
        for number, (lines, merged) in enumerate(drawn):
            run_id = f"n{number}"
            links = lived(one, (lines, merged), run_id)
            assert lived(Vault(Path(folder) / "one" / "vault.db"), (lines, merged), run_id).equals(links)  # killed, resumed
            one.confirm(run_id)

            shuffled = random.Random(seed).sample(lines, len(lines))
            elsewhere = lived(other, (shuffled, merged), run_id)
            other.confirm(run_id)
            assert by_record(elsewhere) == by_record(links)  # another machine, rows in another order

            check_people(matches("\n".join(lines)), by_record(links), bool(merged))
            check_events(one, run_id)


def by_record(links: pa.Table) -> dict[tuple[str, str], str]:
    return {(row["source"], row["local_patient_id"]): row["person_id"] for row in links.to_pylist()}


def check_people(drawn: pa.Table, person: dict[tuple[str, str], str], merging: bool) -> None:
    rows = drawn.to_pylist()
    numbers = [row["local_patient_id"] for row in rows if row["source"] == "register"]
    if not merging:
        assert len({person["register", number] for number in numbers}) == len(numbers)
    clusters: dict[str, set[str]] = {}
    for row in rows:
        mine = person[row["source"], row["local_patient_id"]]
        if row["register_id"]:
            assert mine == person["register", row["register_id"]]
        elif row["source"] != "register":
            clusters.setdefault(row["cluster"], set()).add(mine)
            assert mine not in {person["register", number] for number in numbers}
    assert all(len(ids) == 1 for ids in clusters.values())


def check_events(vault: Vault, run_id: str) -> None:
    events = vault.events(run_id).to_pylist()
    now = {(row["source"], row["local_patient_id"]): row["person_id"] for row in vault.crosswalk(run_id).to_pylist()}
    for event in events:
        assert event["old_person_id"] != event["new_person_id"]
        assert now[event["source"], event["local_patient_id"]] == event["new_person_id"]
