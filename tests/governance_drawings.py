"""Nights of the vault drawn as small tables, and NHS numbers of the test range."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa

from governance.vault import Vault
from schemas.identifiable import Match, RegisterMerger


def nhs_number(serial: int) -> str:
    """The first NHS number of the test range at or after 9 and this serial of eight digits."""
    while True:
        first_nine = f"9{serial:08d}"
        check = 11 - sum(int(digit) * weight for digit, weight in zip(first_nine, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            return first_nine + str(check % 11)
        serial += 1


def numbered_ids() -> Callable[[], str]:
    """Ids 1, 2, 3, ... in the form of person ids: `name` shows them short."""
    counter: Iterator[int] = itertools.count(1)
    return lambda: f"{next(counter):032x}"


def name(person_id: str) -> str:
    """The short form of a numbered id: `p1`."""
    return f"p{int(person_id, 16)}"


def rows(drawing: str) -> list[list[str]]:
    """The words of a drawing's lines; `-` stands for nothing."""
    return [line.split() for line in drawing.strip().splitlines()]


def matches(drawing: str) -> pa.Table:
    """Matches drawn as `source id person cluster`: person is the register's id, `-` where unlinked."""
    found = [(line + ["-"] * 4)[:4] for line in rows(drawing)]
    said = [[None if word == "-" else word for word in line] for line in found]
    step = ["register" if line[0] == "register" else "cross_check" if line[2] else "unlinked" for line in said]
    columns = list(zip(*said, strict=True)) or [(), (), (), ()]
    return Match.conform(
        pa.table(
            {
                "source": pa.array(columns[0], pa.string()),
                "local_patient_id": pa.array(columns[1], pa.string()),
                "register_id": pa.array(columns[2], pa.string()),
                "cluster": pa.array(columns[3], pa.string()),
                "step": pa.array(step, pa.string()),
                "model_version": pa.array(["1"] * len(said), pa.string()),
            }
        )
    )


def mergers(drawing: str = "") -> pa.Table:
    """Mergers drawn as `old new`."""
    pairs = rows(drawing) if drawing.strip() else []
    return RegisterMerger.conform(
        pa.table(
            {
                "old_nhs_number": pa.array([old for old, _ in pairs], pa.string()),
                "new_nhs_number": pa.array([new for _, new in pairs], pa.string()),
            }
        )
    )


class Nights:
    """A vault lived through night by night: what each draws, whom it finds, what it records."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.vault = Vault(path, numbered_ids())
        self.number = 0

    def night(self, drawing: str, merged: str = "", *, publish: bool = True) -> dict[str, str]:
        """Run one night; `source:id` to person, in short."""
        self.number += 1
        run_id = f"n{self.number}"
        links = self.vault.assign_person_ids(matches(drawing), mergers(merged), run_id)
        if publish:
            self.vault.confirm(run_id)
        return {f"{row['source']}:{row['local_patient_id']}": name(row["person_id"]) for row in links.to_pylist()}

    def events(self) -> set[str]:
        """The last night's events as `kind source:id old>new`."""
        return {
            f"{row['kind']} {row['source']}:{row['local_patient_id']} {name(row['old_person_id'])}>{name(row['new_person_id'])}"
            for row in self.vault.events(f"n{self.number}").to_pylist()
        }
