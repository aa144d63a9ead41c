"""Following nights: the same people, and only what is new."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pyarrow.compute as pc
import pytest
from area_on_disk import AS_AT, SETTINGS, read_text

from synthetic_data.area import write_area

SMALL = replace(SETTINGS, people=1200, years=2)


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[int, set[str]]]:
    """A small area and three nights in one inbox; the files that each brought."""
    folder = tmp_path_factory.mktemp("nights")
    brought, before = {}, set[str]()
    for night in (0, 1, 2, 3, 4, 120):
        write_area(replace(SMALL, night=night), folder / "inbox", folder / "truth")
        now = {str(path.relative_to(folder / "inbox")) for path in (folder / "inbox").rglob("*.csv")}
        brought[night], before = now - before, now
    return folder, brought


def without_mergers(files: set[str]) -> set[str]:
    return {name for name in files if "mergers" not in name}


def test_most_nights_bring_a_register_and_a_client_index(nights: tuple[Path, dict[int, set[str]]]) -> None:
    _, brought = nights
    for night in (1, 2, 4):
        date = AS_AT + dt.timedelta(days=night)
        expected = {f"register/register_{date}.csv", f"asc_person/asc_person_{date}.csv"}
        assert without_mergers(brought[night]) == expected


def test_the_third_night_brings_the_refresh_and_later_ones_the_next_months(nights: tuple[Path, dict[int, set[str]]]) -> None:
    _, brought = nights
    assert "sus_apc/sus_apc_2026-10_refresh.csv" in brought[3]
    assert {"sus_apc/sus_apc_2026-11.csv", "sus_apc/sus_apc_2026-11_refresh.csv", "gp/gp_patient_2026-11.csv"} <= brought[120]
    assert not any(name.startswith(("lookups", "opt_outs")) for night in (1, 3, 120) for name in brought[night])


def test_the_same_people_move_die_and_are_born(nights: tuple[Path, dict[int, set[str]]]) -> None:
    folder, _ = nights
    registers = []
    for night in (0, 120):
        table = read_text(folder / "inbox" / "register" / f"register_{AS_AT + dt.timedelta(days=night)}.csv")
        registers.append({row["NHS_NUMBER"]: row for row in table.to_pylist()})
    base, later = registers
    mergers = {
        row["OLD_NHS_NUMBER"]: row["NEW_NHS_NUMBER"]
        for path in (folder / "inbox" / "register").glob("register_mergers*")
        for row in read_text(path).to_pylist()
    }
    assert set(base) - set(later) <= set(mergers), "nobody vanishes but into a merger"
    assert all(new in later for old, new in mergers.items() if old in base)
    shared = set(base) & set(later)
    assert all(base[number]["DATE_OF_BIRTH"] == later[number]["DATE_OF_BIRTH"] for number in shared)
    assert all(base[number]["GIVEN_NAME"] == later[number]["GIVEN_NAME"] for number in shared)
    fresh = [later[number] for number in set(later) - set(base)]
    assert any(row["DATE_OF_BIRTH"] > str(AS_AT) for row in fresh), "births"
    assert any(row["DATE_OF_BIRTH"] < "2020" for row in fresh), "arrivals"
    moved = [number for number in shared if base[number]["POSTCODE"] != later[number]["POSTCODE"]]
    died = [number for number in shared if base[number]["DATE_OF_DEATH"] != later[number]["DATE_OF_DEATH"]]
    assert moved
    assert 0 < len(died) < 0.02 * len(shared)


def test_what_was_delivered_stays_as_it_is(nights: tuple[Path, dict[int, set[str]]]) -> None:
    folder, _ = nights
    path = folder / "inbox" / "sus_apc" / "sus_apc_2026-10_refresh.csv"
    path.write_text("as delivered", encoding="utf-8")
    write_area(replace(SMALL, night=121), folder / "inbox", folder / "truth")
    assert path.read_text(encoding="utf-8") == "as delivered"


def test_a_night_is_the_same_whether_or_not_others_were_written(nights: tuple[Path, dict[int, set[str]]], tmp_path: Path) -> None:
    folder, _ = nights
    write_area(replace(SMALL, night=120), tmp_path / "inbox", tmp_path / "truth")
    date = AS_AT + dt.timedelta(days=120)
    for name in (f"register/register_{date}.csv", f"asc_person/asc_person_{date}.csv", "sus_op/sus_op_2026-11.csv"):
        assert (tmp_path / "inbox" / name).read_bytes() == (folder / "inbox" / name).read_bytes()


def test_events_of_the_base_area_stand_in_the_following_files_unchanged(nights: tuple[Path, dict[int, set[str]]]) -> None:
    """October's refresh of night 3 repeats what the base area's first file of October said."""
    folder, _ = nights
    contacts = folder / "inbox" / "csds"
    first = read_text(contacts / "CYP201CareContact_2026-10.csv")
    refresh = read_text(contacts / "CYP201CareContact_2026-10_refresh.csv")
    known = {row["CARE_CONTACT_IDENTIFIER"]: row for row in refresh.to_pylist()}
    assert first.num_rows <= refresh.num_rows
    for row in first.to_pylist():
        later = known[row["CARE_CONTACT_IDENTIFIER"]]
        assert {name: value for name, value in row.items() if name != "CLINICAL_CONTACT_DURATION"} == {
            name: value for name, value in later.items() if name != "CLINICAL_CONTACT_DURATION"
        }
    assert pc.sum(pc.is_valid(first["CARE_CONTACT_DATE"])).as_py() == first.num_rows
