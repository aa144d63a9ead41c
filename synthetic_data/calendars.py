"""Feed calendars: which files are in the inbox on a day, what period each covers, and whether it is a first or a refreshed one.

A closed financial year comes as one file, the current year month by month (or quarter by quarter). A first file follows its
month by 9 days and its refresh by 24; Client Level Data follows its quarter by 29 days, GP extracts their month by 4.
"""

from __future__ import annotations

from dataclasses import dataclass

from synthetic_data.days import date_of, month_of, month_start
from synthetic_data.settings import AreaSettings

YEAR_END_MONTH = 2  # March, modulo 12


@dataclass(frozen=True)
class Calendar:
    """Months in a period, days after its end until the first file and until the refresh (none where 0)."""

    months: int
    first_after: int
    refresh_after: int = 0


MONTHLY = Calendar(1, 9, 24)
ONCE_A_MONTH = Calendar(1, 9)
GP_MONTHLY = Calendar(1, 4)
QUARTERLY = Calendar(3, 29)


@dataclass(frozen=True)
class Period:
    """One file's period: days `first` to `last`, both included. `first_version`: not everything has arrived yet."""

    name: str
    first: int
    last: int
    first_version: bool

    @property
    def refresh(self) -> bool:
        """Whether the file replaces an earlier one of the same month."""
        return self.name.endswith("_refresh")


def periods(calendar: Calendar, settings: AreaSettings) -> list[Period]:
    """The files to write: all that lie in the inbox at the base date, or those that arrived in the nights since."""
    if settings.night:
        return _arrived(calendar, settings.today, settings.now, settings)
    complete = calendar.refresh_after or calendar.first_after
    return _closed_years(complete, settings) + _open_year(calendar, settings)


def delivered_until(calendar: Calendar, settings: AreaSettings) -> int:
    """Last day that any file delivered so far speaks of."""
    month = month_of(date_of(settings.now))
    while (month - YEAR_END_MONTH) % calendar.months or month_start(month + 1) + calendar.first_after > settings.now:
        month -= 1
    return month_start(month + 1) - 1


def _name(month: int) -> str:
    return date_of(month_start(month)).strftime("%Y-%m")


def _period(first: int, last: int, *, refresh: bool = False, first_version: bool = False) -> Period:
    name = _name(last) + ("_refresh" if refresh else "")
    return Period(name, month_start(first), month_start(last + 1) - 1, first_version)


def _year_ends(complete: int, settings: AreaSettings) -> list[int]:
    """Last months of the financial years whose final files had arrived by the base date."""
    last = month_of(settings.as_at)
    ends = [month for month in range(settings.first_month, last) if month % 12 == YEAR_END_MONTH]
    return [month for month in ends if month_start(month + 1) + complete <= settings.today]


def _closed_years(complete: int, settings: AreaSettings) -> list[Period]:
    return [_period(max(settings.first_month, end - 11), end) for end in _year_ends(complete, settings)]


def _open_months(calendar: Calendar, settings: AreaSettings) -> list[int]:
    """Last months of the periods after the closed years that can have begun by the base date."""
    ends = _year_ends(calendar.refresh_after or calendar.first_after, settings)
    first = ends[-1] + 1 if ends else settings.first_month
    months = range(first, month_of(settings.as_at) + 1)
    return [month for month in months if (month - YEAR_END_MONTH) % calendar.months == 0]


def _open_year(calendar: Calendar, settings: AreaSettings) -> list[Period]:
    """Older months stand in their final form under the plain name; the newest refreshed one has both."""
    months = _open_months(calendar, settings)
    begun = [month for month in months if month_start(month + 1) + calendar.first_after <= settings.today]
    if not calendar.refresh_after:
        return [_period(month - calendar.months + 1, month) for month in begun]
    refreshed = [month for month in begun if month_start(month + 1) + calendar.refresh_after <= settings.today]
    newest = refreshed[-1] if refreshed else settings.first_month - 1
    found = [_period(month, month, first_version=month >= newest) for month in begun]
    return found + [_period(month, month, refresh=True) for month in refreshed[-1:]]


def _arrived(calendar: Calendar, after: int, until: int, settings: AreaSettings) -> list[Period]:
    found = []
    for month in range(month_of(settings.as_at) - 12, month_of(date_of(until)) + 1):
        if (month - YEAR_END_MONTH) % calendar.months:
            continue
        end, first = month_start(month + 1), month - calendar.months + 1
        if after < end + calendar.first_after <= until:
            found.append(_period(first, month, first_version=bool(calendar.refresh_after)))
        if calendar.refresh_after and after < end + calendar.refresh_after <= until:
            found.append(_period(first, month, refresh=True))
    return found


def snapshot_days(settings: AreaSettings) -> list[int]:
    """Days of the GP snapshots: the ends of financial years and of the last two months; on later nights each new month's end."""
    if settings.night:
        return [period.last for period in _arrived(GP_MONTHLY, settings.today, settings.now, settings)]
    months = [month for month in range(settings.first_month, month_of(settings.as_at))
              if month_start(month + 1) + GP_MONTHLY.first_after <= settings.today]  # fmt: skip
    chosen = sorted({month for month in months if month % 12 == YEAR_END_MONTH} | set(months[-2:]))
    return [month_start(month + 1) - 1 for month in chosen]
