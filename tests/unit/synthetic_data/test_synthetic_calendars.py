"""Which files lie in the inbox on a day: the picture of the feed calendars."""

from __future__ import annotations

import datetime as dt

import pytest

from schemas.errors import ConfigurationError
from synthetic_data.area import AreaSettings
from synthetic_data.calendars import (
    GP_MONTHLY,
    MONTHLY,
    QUARTERLY,
    Calendar,
    delivered_until,
    periods,
    snapshot_days,
)
from synthetic_data.days import date_of

YEARS = "2022-03 2023-03 2024-03 2025-03 2026-03"


def names(calendar: Calendar, as_at: str, night: int = 0) -> str:
    settings = AreaSettings(500, 1, dt.date.fromisoformat(as_at), night=night)
    return " ".join(period.name + ("*" if period.first_version else "") for period in periods(calendar, settings))


# Closed financial years, then months (* is a first version, still incomplete), then the refresh of the newest refreshed month.
@pytest.mark.parametrize(("calendar", "as_at", "expected"), [
    (MONTHLY, "2026-11-22", f"{YEARS} 2026-04 2026-05 2026-06 2026-07 2026-08 2026-09* 2026-10* 2026-09_refresh"),
    (MONTHLY, "2026-11-25", f"{YEARS} 2026-04 2026-05 2026-06 2026-07 2026-08 2026-09 2026-10* 2026-10_refresh"),
    (MONTHLY, "2026-05-12", f"{YEARS} 2026-04*"),
    (MONTHLY, "2026-04-28", YEARS),
    (GP_MONTHLY, "2026-06-05", f"{YEARS} 2026-04 2026-05"),
    (GP_MONTHLY, "2026-06-04", f"{YEARS} 2026-04"),
    (QUARTERLY, "2026-11-22", f"{YEARS} 2026-06 2026-09"),
    (QUARTERLY, "2026-04-28", "2022-03 2023-03 2024-03 2025-03 2025-06 2025-09 2025-12"),
])  # fmt: skip
def test_files_at_the_base_date(calendar: Calendar, as_at: str, expected: str) -> None:
    found = names(calendar, as_at)
    first = expected.split()[0]
    assert found.split()[found.split().index(first) :] == expected.split()


@pytest.mark.parametrize(("calendar", "night", "expected"), [
    (MONTHLY, 1, ""),
    (MONTHLY, 2, ""),
    (MONTHLY, 3, "2026-10_refresh"),
    (MONTHLY, 18, "2026-10_refresh 2026-11*"),
    (MONTHLY, 33, "2026-10_refresh 2026-11* 2026-11_refresh"),
    (GP_MONTHLY, 12, ""),
    (GP_MONTHLY, 13, "2026-11"),
    (QUARTERLY, 68, ""),
    (QUARTERLY, 69, "2026-12"),
])  # fmt: skip
def test_files_of_following_nights(calendar: Calendar, night: int, expected: str) -> None:
    assert names(calendar, "2026-11-22", night) == expected


def test_a_period_covers_its_months_to_the_last_day() -> None:
    settings = AreaSettings(500, 1, dt.date(2026, 11, 22))
    spans = {period.name: (date_of(period.first), date_of(period.last)) for period in periods(MONTHLY, settings)}
    assert spans["2022-03"] == (dt.date(2021, 11, 1), dt.date(2022, 3, 31))
    assert spans["2024-03"] == (dt.date(2023, 4, 1), dt.date(2024, 3, 31))
    assert spans["2026-09"] == spans["2026-09_refresh"] == (dt.date(2026, 9, 1), dt.date(2026, 9, 30))
    assert [period.name for period in periods(MONTHLY, settings) if period.refresh] == ["2026-09_refresh"]


def test_patient_lists_speak_of_year_ends_and_the_last_two_months() -> None:
    days = [str(date_of(when)) for when in snapshot_days(AreaSettings(500, 1, dt.date(2026, 11, 22)))]
    assert days == ["2022-03-31", "2023-03-31", "2024-03-31", "2025-03-31", "2026-03-31", "2026-09-30", "2026-10-31"]
    later = AreaSettings(500, 1, dt.date(2026, 11, 22), night=50)
    assert [str(date_of(when)) for when in snapshot_days(later)] == ["2026-11-30", "2026-12-31"]


@pytest.mark.parametrize(("calendar", "as_at", "until"), [
    (MONTHLY, "2026-11-10", "2026-10-31"),
    (MONTHLY, "2026-11-09", "2026-09-30"),
    (QUARTERLY, "2026-11-22", "2026-09-30"),
])  # fmt: skip
def test_the_last_day_any_file_speaks_of(calendar: Calendar, as_at: str, until: str) -> None:
    settings = AreaSettings(500, 1, dt.date.fromisoformat(as_at))
    assert str(date_of(delivered_until(calendar, settings))) == until


@pytest.mark.parametrize(("changed", "code"), [
    ({"people": 199}, "E-SYNTH-PEOPLE"),
    ({"years": 1}, "E-SYNTH-YEARS"),
    ({"years": 11}, "E-SYNTH-YEARS"),
    ({"night": -1}, "E-SYNTH-NIGHT"),
    ({"night": 366}, "E-SYNTH-NIGHT"),
])  # fmt: skip
def test_settings_out_of_range_are_refused(changed: dict[str, int], code: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        AreaSettings(**{"people": 500, "seed": 1, "as_at": dt.date(2026, 1, 1), **changed})  # type: ignore[arg-type]
    assert refused.value.code == code
