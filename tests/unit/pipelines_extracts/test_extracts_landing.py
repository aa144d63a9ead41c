"""Landing: by content, once, in order; held, released, doubled, private, resumable."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import stat
from pathlib import Path

import pytest

from pipelines.extracts import conversion, landing
from pipelines.extracts.delivered import Delivered, Period, list_inbox, period_of, table_of
from pipelines.extracts.holding import Count, out_of_line, period_lengths
from pipelines.extracts.landed import LandedSource
from pipelines.extracts.layout import TableLayout
from tests.extract_inbox import ANN, BEN, Inbox, source

HEAD = "NHS_NUMBER,FAMILY_NAME,DATE_OF_BIRTH\n"
ROW = f"{ANN},Lee,1940-02-03\n"


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("register_2026-10-30.csv", (2026, 10, 30), (2026, 10, 30)),
        ("sus_apc_2026-02.csv.gz", (2026, 2, 1), (2026, 2, 28)),
        ("cld_202603_refresh.parquet", (2026, 3, 1), (2026, 3, 31)),
        ("x_20240229.csv", (2024, 2, 29), (2024, 2, 29)),
        ("x_2019-04_to_2020-03.csv", (2020, 3, 1), (2020, 3, 31)),
        ("x_2024-03-31_v2.csv", (2024, 3, 31), (2024, 3, 31)),
        ("x_20230229_2022-01.csv", (2022, 1, 1), (2022, 1, 31)),
    ],
)
def test_periods(name: str, start: tuple[int, int, int], end: tuple[int, int, int]) -> None:
    assert period_of(name) == Period(dt.date(*start), dt.date(*end))


@pytest.mark.parametrize("name", ["register.csv", "x_20230229.csv", "x_1234567890.csv", "x_2024-13.csv"])
def test_no_period(name: str) -> None:
    assert period_of(name) is None


def test_the_longest_table_name_wins() -> None:
    tables = source("register").tables
    assert table_of("REGISTER_MERGERS_2026-01-01.csv", tables) == "register_mergers"
    assert table_of("register_2026-01-01.csv", tables) == "register"
    assert table_of("registered_2026-01-01.csv", tables) is None


def test_a_refresh_comes_after_what_it_refreshes(tmp_path: Path) -> None:
    names = ["sus_apc_2026-02.csv", "sus_apc_2026-01_refresh.csv", "sus_apc_2026-01.csv.gz", "sus_apc.csv"]
    for name in names:
        (tmp_path / name).touch()
    (tmp_path / ".hidden.csv").touch()
    listing = list_inbox(tmp_path, source("sus_apc").tables, dt.date(2026, 12, 1))
    assert [file.name for file in listing.files] == list(reversed(names))
    assert listing.warnings == ()
    assert list_inbox(tmp_path / "none", source("sus_apc").tables, dt.date(2026, 12, 1)).files == ()
    assert Delivered(tmp_path / "sus_apc.csv", "sus_apc", None).order[0] == dt.date.min


def test_what_speaks_of_the_future_waits(tmp_path: Path) -> None:
    """A month that has begun may be read; a day that has not come may not."""
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", HEAD + ROW)
    inbox.put("register", "register_2026-11-01.csv", HEAD + ROW * 2)
    landed = inbox.land("register", dt.date(2026, 10, 31))
    assert [file.name for file in landed.files] == ["register_2026-10-30.csv"]
    assert "after the as-at date" in landed.warnings[0]


def test_copies_are_private_and_by_content(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    delivered = inbox.put("register", "register_2026-10-30.csv", HEAD + ROW)
    landed = inbox.land("register")
    vault = tmp_path / "vault" / "landed"
    assert (vault / landed.files[0].sha256).read_bytes() == delivered.read_bytes()
    for path in vault.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", HEAD + ROW)
    first = inbox.land("register")
    monkeypatch.setattr(conversion, "_read_and_cast", lambda *_: pytest.fail("read again"))
    assert inbox.land("register") == first


@pytest.mark.parametrize("change", ["name", "bytes", "mapping", "synthetic", "layout"])
def test_what_a_conversion_depends_on(change: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new name, other bytes, another mapping, mode or layout: converted anew."""
    inbox = Inbox.at(tmp_path)
    path = inbox.put("register", "register_2026-10-30.csv", HEAD + ROW)
    before = inbox.land("register").files[0].converted_path
    synthetic = True
    if change == "name":
        path.rename(path.with_name("register_2026-10-31.csv"))
    elif change == "bytes":
        path.write_text(HEAD + ROW + ROW)
    elif change == "mapping":
        (tmp_path / "mine.toml").write_text('[register.register]\n"Born" = "DATE_OF_BIRTH"\n')
        from pipelines.extracts.mappings import load_mappings

        inbox.mappings = load_mappings(tmp_path)
    elif change == "synthetic":
        synthetic = False
    else:
        monkeypatch.setattr(conversion, "LAYOUT_VERSION", 0)
    assert inbox.land("register", synthetic=synthetic).files[0].converted_path != before


def test_a_conversion_that_was_cut_off_is_done_again(tmp_path: Path) -> None:
    """A folder without its summary is none; staging folders do not stay."""
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", HEAD + ROW)
    folder = inbox.land("register").files[0].converted_path.parent
    (folder / "summary.json").unlink()
    (folder / "data.parquet").write_bytes(b"half")
    assert inbox.land("register").files[0].rows == 1
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_landed_copy_that_was_cut_off_is_made_again(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", HEAD + ROW)
    digest = inbox.land("register").files[0].sha256
    copy = tmp_path / "vault" / "landed" / digest
    copy.write_bytes(b"half")
    shutil.rmtree(tmp_path / "vault" / "landed" / "converted")
    assert inbox.land("register").files[0].rows == 1


def test_live_projects_use_no_test_numbers(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", HEAD + ROW)
    people, _ = inbox.rows("register")
    assert people[0]["nhs_number"] == ANN
    landed = inbox.land("register", synthetic=False)
    import pyarrow.parquet as pq

    cure = "these are test numbers: set [area] synthetic = true if the people are made up"
    assert landed.warnings == (f"register_2026-10-30.csv: no row carries a usable NHS number; {cure}.",)
    row = pq.read_table(landed.files[0].converted_path).to_pylist()[0]
    assert (row["NHS_NUMBER"], row["NHS_NUMBER__kind"]) == (None, "test_range")
    assert row["_local_patient_id"].startswith("d-")


@pytest.mark.parametrize(
    ("usable", "said"),
    [
        (0, "no row carries a usable NHS number: few people can be linked."),
        (1, "fewer than one row in ten carries a usable NHS number: few people can be linked."),
        (4, "fewer than a quarter of the rows carry a usable NHS number: few people can be linked."),
        (9, "fewer than half of the rows carry a usable NHS number: few people can be linked."),
        (10, None),
    ],
)
def test_a_register_of_few_usable_numbers(usable: int, said: str | None, tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", HEAD + ROW * usable + ROW.replace(ANN, "") * (20 - usable))
    landed = inbox.land("register")
    assert landed.state == "current"
    assert landed.warnings == ((f"register_2026-10-30.csv: {said}",) if said else ())


def test_test_numbers_that_refuse_a_live_source(tmp_path: Path) -> None:
    """Another limit is no cure where every row is bad; that the people may be made up is one."""
    cure = "Cure: these are test numbers: set [area] synthetic = true if the people are made up"
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", HEAD + ROW)
    inbox.put("register", "register_mergers_2026-10-30.csv", "OLD_NHS_NUMBER,NEW_NHS_NUMBER\n" + f"{ANN},{BEN}\n" * 12)
    landed = inbox.land("register", synthetic=False, refuse_share=0.05)
    assert landed.state == "refused"
    assert "12 of 12 rows are bad, most often: NHS number of the test range" in landed.message
    assert cure in landed.message
    inbox.put("gp", "gp_patient_2026-10.csv", "nhs_number,practice_code,date_of_birth\n" + f"{ANN},A00001,1940-02-03\n" * 2)
    inbox.put("gp", "gp_appointment_2026-10.csv", "nhs_number,practice_code,start_date\n" + f"{ANN},A00001,2026-10-02\n" * 12)
    landed = inbox.land("gp", synthetic=False, refuse_share=0.05)
    assert landed.state == "refused"
    assert landed.message.startswith("E-LAND-ROWS: gp_appointment_2026-10.csv, line 2, column nhs_number")
    assert cure in landed.message


@pytest.mark.parametrize(("bad", "raises"), [(20, False), (19, False), (17, True)])
def test_another_limit_is_no_cure_where_nearly_all_rows_are_bad(bad: int, raises: bool, tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", HEAD + ROW * (20 - bad) + f"{ANN}\n" * bad)
    landed = inbox.land("register", refuse_share=0.05)
    assert landed.state == "refused"
    assert "Cure: ask the supplier for a corrected file" in landed.message
    assert ("refuse_share" in landed.message) is raises


def test_a_drop_is_held_until_released(tmp_path: Path) -> None:
    """F18: the earlier list is used meanwhile; a released one is a measure for the next."""
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-28.csv", HEAD + ROW * 200)
    inbox.put("register", "register_2026-10-29.csv", HEAD + ROW * 80)
    landed = inbox.land("register")
    assert landed.state == "held"
    assert [file.rows for file in landed.files] == [200]
    assert "register_2026-10-29.csv" in landed.message
    assert "80 rows where 200 are usual" in landed.message
    assert "publish release register" in landed.message
    assert landed.data_to == dt.date(2026, 10, 28)
    again = inbox.land("register", released=frozenset(landed.held))
    assert again.state == "current"
    assert [file.rows for file in again.files] == [200, 80]


def test_a_doubling_is_held_and_tables_of_a_few_rows_are_not(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-28.csv", HEAD + ROW * 100)
    inbox.put("register", "register_2026-10-29.csv", HEAD + ROW * 200)
    inbox.put("register", "register_mergers_2026-10-28.csv", f"OLD_NHS_NUMBER,NEW_NHS_NUMBER\n{ANN},{BEN}\n")
    inbox.put("register", "register_mergers_2026-10-29.csv", "OLD_NHS_NUMBER,NEW_NHS_NUMBER\n" + f"{ANN},{BEN}\n" * 90)
    landed = inbox.land("register")
    assert len(landed.held) == 1
    assert "register_2026-10-29.csv: 200 rows where 100 are usual" in landed.message


EVENTS = TableLayout("x", "x", ())


def test_events_are_measured_against_periods_as_long() -> None:
    """A year's file says nothing of a month's; a refresh covers what was first delivered; the first of a kind is not judged."""
    ends = [dt.date(2024, 3, 31), dt.date(2025, 3, 31), dt.date(2025, 4, 30), dt.date(2025, 5, 31), dt.date(2025, 5, 31), None]
    assert period_lengths(ends) == [None, 365, 30, 30, 30, None]
    counts = [Count(end, rows) for end, rows in zip(ends, [9000, 9000, 700, 250, 720, 1], strict=True)]
    reasons = out_of_line(counts, EVENTS, [False] * 6)
    assert [reason is not None for reason in reasons] == [False, False, False, True, False, False]


def test_a_landed_source_survives_json(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", HEAD + ROW + f"{ANN}\n")
    landed = inbox.land("register")
    again = LandedSource.from_dict(json.loads(json.dumps(landed.to_dict(), default=str)))
    assert again == landed
    assert again.rejects().num_rows == 1


def test_carrying_forward_says_so(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    path = inbox.put("register", "register_2026-10-30.csv", HEAD + ROW)
    before = inbox.land("register")
    path.write_text("")
    tonight = inbox.land("register")
    assert tonight.usable_files == ()
    stale = tonight.with_files_of(before)
    assert stale.state == "stale"
    assert stale.files == before.files
    assert "empty" in stale.message
    assert "up to 2026-10-30" in stale.message


def test_files_of_no_date_are_the_oldest(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register.csv", HEAD + ROW)
    landed = inbox.land("register")
    assert (landed.state, landed.data_to, landed.files[0].period) == ("current", None, None)
    people, _ = inbox.rows("register")
    assert len(people) == 1


def test_rows_add_up_over_threads(tmp_path: Path) -> None:
    """However many files are converted at once."""
    inbox = Inbox.at(tmp_path)
    for day in range(1, 9):
        inbox.put("register", f"register_2026-10-0{day}.csv", HEAD + ROW * day)
    landed = inbox.land("register", threads=4)
    assert [file.rows for file in landed.files] == list(range(1, 9))
    assert landing.LandSettings().threads == 2


def test_the_same_empty_table_every_month_is_worth_no_warning(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", HEAD + ROW)
    for day in (1, 2):
        inbox.put("register", f"register_mergers_2026-10-0{day}.csv", "OLD_NHS_NUMBER,NEW_NHS_NUMBER\n")
    assert inbox.land("register").warnings == ()


def test_warnings_of_many_files_are_one_line(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    for day in (1, 2, 3):
        inbox.put("register", f"register_2026-10-0{day}.csv", f"NHS_NUMBER,FAMILY_NAME,DATE_OF_BIRTH,X,Y\n{ANN},a,bad{day},,\n")
    assert inbox.land("register").warnings == (
        "register_2026-10-01.csv and 2 other files: columns 4, 5 not in the layout, not read.",
        "register_2026-10-01.csv and 2 other files: column DATE_OF_BIRTH, values left out: 3.",
    )


def test_a_column_with_few_dates_says_nothing_of_swapped_days(tmp_path: Path) -> None:
    inbox = Inbox.at(tmp_path)
    inbox.put("register", "register_2026-10-30.csv", HEAD + f"{ANN},Lee,1940-02-05\n" * 4 + f"{ANN},Lee,\n" * 600)
    assert not [warning for warning in inbox.land("register").warnings if "changed places" in warning]


@pytest.mark.parametrize(("days", "warned"), [(range(1, 13), True), (range(1, 14), False), ([1], False)])
def test_days_that_never_pass_the_twelfth_are_suspect(days: list[int], warned: bool, tmp_path: Path) -> None:
    """F21: no date is bad, and yet day and month may have changed places. The first of the month alone is a habit."""
    inbox = Inbox.at(tmp_path)
    rows = "".join(f"{ANN},Lee,1940-02-{day:02}\n" for day in days) * 240
    inbox.put("register", "register_2026-10-30.csv", HEAD + rows)
    said = "register_2026-10-30.csv: column DATE_OF_BIRTH, no day after the 12th of a month: have day and month changed places."
    assert inbox.land("register").warnings == ((said,) if warned else ())
