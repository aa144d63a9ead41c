"""A small made-up area whose model has a gate of the colour that a test needs: a register and four years of admissions.

Who is admitted is drawn by age, so that a model finds more than earlier admissions tell. How many people are admitted in each
year is exact: as many in the last year as before and the calibration is right; many more and the model, which has
learned the years before, expects too few.
"""

from __future__ import annotations

import csv
import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from tests.conftest import caselink

PEOPLE = 2000
ADMITTED = 300  # people in a year
YEARS = (2023, 2024, 2025, 2026)  # each from 1 September of the year before to 31 August
FIRST = dt.date(2026, 9, 30)

BORN_LATEST, OLDEST = dt.date(2006, 1, 1), 75 * 365
EMERGENCY, ELECTIVE = "21", "11"
NEVER_ADMITTED = range(PEOPLE - 60, PEOPLE)  # kept free for rows that cannot be

# So many of each row that cannot be: enough to be shown under the disclosure policy.
ODD = 10


def number(person: int) -> str:
    """An NHS number of the test range with its check digit."""
    digits = f"9{person * 7 + 10_000_000:08d}"
    check = -sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    return digits + str(check) if check < 10 else ""


NEW = 10  # people who may come to the register later
NUMBERS = [found for found in map(number, range(3 * PEOPLE)) if found][: PEOPLE + NEW]


def born(person: int) -> dt.date:
    """People are of every age from 20 to 95."""
    return BORN_LATEST - dt.timedelta(days=person * 7919 % OLDEST)


def make(folder: Path) -> Path:
    """The project, before its first night."""
    made = caselink("init", str(folder), "--example", "--people", "200", "--quiet")
    assert made.returncode == 0, made.stderr
    for source in (folder / "inbox").iterdir():
        if source.name not in ("register", "sus_apc", "lookups", "opt_outs"):
            shutil.rmtree(source)
    for source in ("register", "sus_apc"):
        for path in (folder / "inbox" / source).iterdir():
            path.unlink()
    settings = folder / "caselink.toml"
    lines = settings.read_text().splitlines()
    lines = ['expected = ["register", "sus_apc"]' if line.startswith("expected") else line for line in lines]
    settings.write_text("\n".join(line for line in lines if not line.startswith("as_at")) + "\n")
    register(folder, FIRST, people=PEOPLE)
    for year in YEARS:
        deliver(folder, year, admitted=ADMITTED)
    return folder


def register(folder: Path, day: dt.date, *, people: int) -> None:
    """The register's list of a day."""
    _write(folder / "inbox" / "register" / f"register_{day}.csv", [_registered(person) for person in range(people)])


def _registered(person: int) -> dict[str, Any]:
    return {
        "NHS_NUMBER": NUMBERS[person], "GIVEN_NAME": f"Given{person}", "FAMILY_NAME": f"Family{person}",
        "DATE_OF_BIRTH": born(person), "GENDER": "12"[person % 2], "POSTCODE": f"ZX1 {person % 9 + 1}AA",
        "GP_PRACTICE_CODE": f"A9900{person % 3 + 1}", "DATE_OF_DEATH": "2026-06-30" if person in NEVER_ADMITTED[:ODD] else "",
        "REGISTERED_FROM": "2015-01-01", "REGISTERED_TO": "",
    }  # fmt: skip


def deliver(folder: Path, year: int, *, admitted: int, odd: bool = False) -> None:
    """The year's file of admissions with so many people in it, each once; with `odd` some rows that cannot be beside them.

    Every file has the same number of rows: who has no emergency admission in it has a planned one.
    """
    chance = np.random.default_rng(year)
    ages = np.array([(dt.date(year, 1, 1) - born(person)).days / 365 for person in range(NEVER_ADMITTED[0])])
    weight = np.exp(ages / 11)
    who = chance.choice(len(ages), size=2 * ADMITTED, replace=False, p=weight / weight.sum())
    days = chance.integers(0, 360, size=len(who))
    first = dt.date(year - 1, 9, 1)
    rows = [
        _episode(person, first + dt.timedelta(days=day), EMERGENCY if place < admitted else ELECTIVE, f"{year}{place}")
        for place, (person, day) in enumerate(zip(who.tolist(), days.tolist(), strict=True))
    ]
    _write(folder / "inbox" / "sus_apc" / f"sus_apc_{year}-08.csv", [*rows, *(_odd_rows(year) if odd else [])])


def _episode(person: int, start: dt.date, method: str, key: str, **changed: Any) -> dict[str, Any]:
    return {
        "NEWNHSNO": NUMBERS[person], "NHSNOIND": "01", "LOPATID": f"L{person}", "DOB": born(person), "SEX": "12"[person % 2],
        "PROVSPNOPS": f"S{key}", "ADMIDATE": start, "ADMIMETH": method, "CLASSPAT": "1", "DISDATE": start + dt.timedelta(days=2),
        "DIAG_01": "I500", "PROCODE": "RZ1", "EPISTART": start, "EPIORDER": 1, "FINAL_PRICE": 1500,
    } | changed  # fmt: skip


def _odd_rows(year: int) -> list[dict[str, Any]]:
    """Before a birth, after a death, an end before its start, a negative cost, a code that is in no list: some of each."""
    rows = []
    day = dt.date(year, 7, 15)
    for place in range(ODD):
        dead, *others = NEVER_ADMITTED[place::ODD]
        rows += [
            _episode(others[0], born(others[0]) - dt.timedelta(days=30), ELECTIVE, f"{year}b{place}"),
            _episode(dead, day, ELECTIVE, f"{year}d{place}"),
            _episode(others[1], day, ELECTIVE, f"{year}e{place}", DISDATE=day - dt.timedelta(days=3)),
            _episode(others[2], day, ELECTIVE, f"{year}c{place}", FINAL_PRICE=-20),
            _episode(others[3], day, "ZZ", f"{year}m{place}"),
        ]
    return rows


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def refit_after(folder: Path, days: int) -> None:
    """Set `[models] refit_days`."""
    path = folder / "caselink.toml"
    text = path.read_text().split("\n[models]\n")[0]
    path.write_text(f"{text}\n[models]\nrefit_days = {days}\n")
