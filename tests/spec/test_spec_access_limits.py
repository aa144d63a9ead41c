"""The five triggers at, below and above their bounds; nights and days by London's clock; what a trigger stops."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from governance.access.limits import NIGHT, PEOPLE, PRACTICE, REQUESTS, SAME_PERSON, TRIGGERS, Limits, breaches, night_of
from governance.access.past import Past, Seen
from governance.audit import Act
from governance.reidentify import reidentify
from schemas.errors import GovernanceError
from tests.access_drawings import FREE, LIMITS, House, ask, codes, house, names, subject, token

LONDON = ZoneInfo("Europe/London")
NOON = dt.datetime(2026, 9, 30, 12, tzinfo=LONDON)
MINUTE = dt.timedelta(minutes=1)


def local(text: str, fold: int = 0) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=LONDON, fold=fold).astimezone(dt.UTC)


def found(history: list[Seen], now: dt.datetime = NOON, limits: Limits = LIMITS, size: int = 10_000) -> dict[str, float]:
    practice_of = {each.subject: "A99001" for each in history if each.subject}
    answers = breaches(Past().with_rows(history), now, limits=limits, practice_of=practice_of, list_sizes={"A99001": size})
    return {each.trigger: each.figure for each in answers}


def requests(count: int, last: dt.datetime = NOON, allowed: bool = False) -> list[Seen]:
    """So many requests a second apart, the last one now; each about another person."""
    return [Seen(last - dt.timedelta(seconds=each), f"p{each}", allowed) for each in range(count)]


@pytest.mark.parametrize(("count", "goes_off"), [(99, False), (100, False), (101, True)])
def test_more_than_100_requests_a_day(count: int, goes_off: bool) -> None:
    """Refused requests count, and one request is one, however many people it names."""
    assert (REQUESTS in found(requests(count))) is goes_off
    assert found([Seen(NOON, f"p{each}", False) for each in range(count)]) == {}


@pytest.mark.parametrize(("now", "goes_off"), [
    ("2026-09-30T23:59:00", True),   # the same day
    ("2026-10-01T00:00:30", False),  # past midnight in London: a new day
])  # fmt: skip
def test_a_day_ends_at_midnight_in_london(now: str, goes_off: bool) -> None:
    earlier = [Seen(local("2026-09-30T12:00:00") + each * MINUTE, "", False) for each in range(100)]
    limits = dataclasses.replace(LIMITS, night_requests=1000)
    assert (REQUESTS in found([*earlier, Seen(local(now), "", False)], local(now), limits)) is goes_off


@pytest.mark.parametrize(("count", "goes_off"), [(299, False), (300, True), (301, True)])
def test_300_people_in_24_hours(count: int, goes_off: bool) -> None:
    one_request = [Seen(NOON, f"p{each}", True) for each in range(count)]
    assert (PEOPLE in found(one_request)) is goes_off
    assert PEOPLE not in found([dataclasses.replace(each, allowed=False) for each in one_request])
    assert PEOPLE not in found([dataclasses.replace(each, subject="p1") for each in one_request])


@pytest.mark.parametrize(("before", "goes_off"), [
    (dt.timedelta(hours=24) - MINUTE, True),
    (dt.timedelta(hours=24), False),  # just out of the window
])  # fmt: skip
def test_24_hours_roll_over_midnight(before: dt.timedelta, goes_off: bool) -> None:
    history = [Seen(NOON.astimezone(dt.UTC) - before, f"p{each}", True) for each in range(299)] + [Seen(NOON, "new", True)]
    assert (PEOPLE in found(history)) is goes_off


@pytest.mark.parametrize(("count", "goes_off"), [(5, False), (6, False), (7, True)])
def test_more_than_6_per_cent_of_a_practice_in_a_week(count: int, goes_off: bool) -> None:
    seen = [Seen(NOON - dt.timedelta(days=each), f"p{each}", True) for each in range(count)]
    assert (PRACTICE in found(seen, size=100)) is goes_off
    older = [dataclasses.replace(each, at=each.at - dt.timedelta(days=7)) for each in seen]
    assert PRACTICE not in found(older, size=100)


def test_a_practice_whose_list_is_not_known_goes_off() -> None:
    """In doubt it is the whole list."""
    past = Past().with_rows([Seen(NOON, "p", True)])
    gone_off = breaches(past, NOON, limits=LIMITS, practice_of={"p": "A1"}, list_sizes={})
    assert PRACTICE in {each.trigger for each in gone_off}


@pytest.mark.parametrize(("times", "goes_off"), [(2, False), (3, True), (4, True)])
def test_the_same_person_3_times_in_a_month(times: int, goes_off: bool) -> None:
    seen = [Seen(NOON - dt.timedelta(days=9 * each), "p", True) for each in range(times)]
    assert (SAME_PERSON in found(seen)) is goes_off
    assert SAME_PERSON not in found([Seen(NOON, "p", True)] * times), "one request is one time"


def test_a_month_is_30_days() -> None:
    seen = [Seen(NOON - dt.timedelta(days=days), "p", True) for days in (0, 1, 30)]
    assert SAME_PERSON not in found(seen)
    assert SAME_PERSON in found([*seen, Seen(NOON - dt.timedelta(days=30) + MINUTE, "p", True)])


@pytest.mark.parametrize(("times", "goes_off"), [
    (["2026-09-30T22:00"], False),                                          # one
    (["2026-09-30T22:00", "2026-09-30T23:00"], True),                       # two
    (["2026-09-30T20:59", "2026-09-30T21:00"], False),                      # 20:59 is day
    (["2026-09-30T21:00", "2026-09-30T21:01"], True),                       # 21:00 is night
    (["2026-09-30T23:59", "2026-10-01T00:00"], True),                       # one night, two days
    (["2026-09-30T23:59", "2026-10-01T05:59"], True),
    (["2026-09-30T23:59", "2026-10-01T06:00"], False),                      # 06:00 is day
    (["2026-09-30T05:00", "2026-09-30T22:00"], False),                      # two nights
    (["2026-09-30T10:00", "2026-09-30T11:00"], False),
])  # fmt: skip
def test_more_than_one_request_at_night(times: list[str], goes_off: bool) -> None:
    moments = [local(each) for each in times]
    assert (NIGHT in found([Seen(each, "", False) for each in moments], moments[-1])) is goes_off


@pytest.mark.parametrize(("moment", "hours"), [
    (local("2026-10-24T23:00"), 10),        # clocks go back at 2 on the 25th: ten hours
    (local("2026-10-25T01:30"), 10),        # the first 01:30
    (local("2026-10-25T01:30", 1), 10),     # the second 01:30, an hour later: the same night
    (local("2027-03-27T23:00"), 8),         # clocks go forward: eight hours
    (local("2027-03-28T05:30"), 8),
    (local("2026-12-31T23:59"), 9),         # over the new year
    (local("2028-02-29T02:00"), 9),         # a leap day
])  # fmt: skip
def test_nights_when_the_clock_changes(moment: dt.datetime, hours: int) -> None:
    begins, ends = night_of(moment, LIMITS) or (moment, moment)
    assert (ends - begins) == dt.timedelta(hours=hours)
    assert begins.astimezone(LONDON).time() == dt.time(21)
    assert ends.astimezone(LONDON).time() == dt.time(6)


@pytest.mark.parametrize(("moment", "is_night"), [
    (dt.datetime(2026, 7, 1, 19, 59, tzinfo=dt.UTC), False),  # 20:59 in summer time
    (dt.datetime(2026, 7, 1, 20, 0, tzinfo=dt.UTC), True),    # 21:00 in summer time
    (dt.datetime(2026, 12, 1, 20, 0, tzinfo=dt.UTC), False),  # 20:00 in winter
    (dt.datetime(2026, 7, 1, 5, 0, tzinfo=dt.UTC), False),    # 06:00 in summer time
    (dt.datetime(2026, 12, 1, 5, 0, tzinfo=dt.UTC), True),    # 05:00 in winter
])  # fmt: skip
def test_it_is_londons_night(moment: dt.datetime, is_night: bool) -> None:
    assert (night_of(moment, LIMITS) is not None) is is_night


def test_a_night_within_one_day() -> None:
    limits = dataclasses.replace(LIMITS, night_from=dt.time(1), night_to=dt.time(5))
    assert night_of(local("2026-09-30T01:00"), limits) == (local("2026-09-30T01:00"), local("2026-09-30T05:00"))
    assert night_of(local("2026-09-30T05:00"), limits) is None


def test_what_came_later_by_the_clock_does_not_count() -> None:
    """A clock that stepped back: rows of the future are none of this window's."""
    assert found([Seen(NOON + MINUTE, f"p{each}", True) for each in range(500)]) == {}


# What goes off in one's own caseload is an alarm; outside it the rows are refused.
TIGHT = {
    REQUESTS: {"requests_a_day": 0},
    PEOPLE: {"people_in_24_hours": 1},
    PRACTICE: {"practice_share_in_a_week": 0.0},
    SAME_PERSON: {"same_person_in_a_month": 1},
    NIGHT: {"night_requests": 0, "night_from": dt.time(11), "night_to": dt.time(13)},
}


def with_limits(home: House, limits: Limits) -> House:
    return dataclasses.replace(home, door=dataclasses.replace(home.door, limits=limits))


@pytest.mark.parametrize("trigger", TRIGGERS)
def test_a_trigger_alarms_within_ones_caseload_and_refuses_outside_it(tmp_path: Path, trigger: str) -> None:
    home = with_limits(house(tmp_path), dataclasses.replace(FREE, **TIGHT[trigger]))  # type: ignore[arg-type]
    home.tie(1)  # her own caseload
    home.tie(2, "referral")  # referred to her: not on it
    answer = reidentify(ask(), [token(1), token(2), token(3)], home.door)
    assert names(answer) == ["Given1", None, None]
    assert codes(answer) == [None, "LIMIT", "RELATIONSHIP"]
    [alert] = home.door.queue.alerts()
    assert (alert.kind, alert.actor) == ("limit", "ann")
    assert alert.about.startswith(trigger)
    assert "castle1-" not in repr(alert)
    assert "audit1-" not in repr(alert)
    rows = {(row["subject"], row["decision"], row["purpose"].rpartition(" ")[2]) for row in home.door.audit.rows()}
    assert (subject(2), "denied", "E-ACCESS-LIMIT") in rows
    assert (subject(1), "allowed", "case-management") in rows


def test_without_a_trigger_both_are_shown(tmp_path: Path) -> None:
    """The control of the test above: with loose bounds nothing goes off."""
    home = with_limits(house(tmp_path), FREE)
    home.tie(1)
    home.tie(2, "referral")
    assert names(reidentify(ask(), [token(1), token(2)], home.door)) == ["Given1", "Given2"]
    assert home.door.queue.alerts() == []


def test_the_same_person_is_refused_and_others_are_not(tmp_path: Path) -> None:
    home = with_limits(house(tmp_path), dataclasses.replace(FREE, same_person_in_a_month=3))
    for number in (1, 2):
        home.tie(number, "referral")
    shown = [names(reidentify(ask(at=NOON + each * MINUTE), [token(1)], home.door)) for each in range(3)]
    assert shown == [["Given1"], ["Given1"], [None]]
    assert names(reidentify(ask(at=NOON + 9 * MINUTE), [token(1), token(2)], home.door)) == [None, "Given2"]


def test_one_practice_is_refused_and_another_is_not(tmp_path: Path) -> None:
    home = house(tmp_path, 12, gp_practice_code={12: "A99002"})
    home = with_limits(home, dataclasses.replace(FREE, practice_share_in_a_week=0.2))
    for number in (1, 2, 3, 4):
        home.tie(number, "referral")
    assert names(reidentify(ask(), [token(1), token(2)], home.door)) == ["Given1", "Given2"]  # 2 of 11
    assert names(reidentify(ask(at=NOON + MINUTE), [token(3)], home.door)) == [None]
    assert names(reidentify(ask(at=NOON + 2 * MINUTE), [token(1)], home.door)) == ["Given1"]  # still 2 of 11


def test_another_users_requests_are_not_hers(tmp_path: Path) -> None:
    home = with_limits(house(tmp_path), dataclasses.replace(FREE, requests_a_day=1))
    home.tie(1, "referral")
    home.door.audit.append(Act(NOON - MINUTE, "bea", "reidentify", "case-management"))
    home.door.audit.append(Act(NOON - MINUTE, "ann", "look up", "case-management"))
    assert names(reidentify(ask(), [token(1)], home.door)) == ["Given1"]
    assert names(reidentify(ask(at=NOON + MINUTE), [token(1)], home.door)) == [None]


def test_two_requests_at_once_do_not_pass_a_limit_together(tmp_path: Path) -> None:
    """Each is counted before its own rows are written down and after: what came in between counts too."""
    home = with_limits(house(tmp_path), dataclasses.replace(FREE, people_in_24_hours=2))
    home.tie(1, "referral")
    of_actor, calls = home.door.audit.of_actor, []

    def meanwhile(*arguments: object, **more: object) -> object:
        found = of_actor(*arguments, **more)  # type: ignore[arg-type]
        if not calls:
            act = Act(NOON - MINUTE, "ann", "reidentify", "case-management")
            home.door.audit.append(act, [subject(2)])
        calls.append(1)
        return found

    home.door.audit.of_actor = meanwhile  # type: ignore[method-assign, assignment]
    answer = reidentify(ask(), [token(1)], home.door)
    assert codes(answer) == ["LIMIT"]
    assert home.vault.reads == 0
    assert home.audited() == [(subject(2), "allowed"), (subject(1), "allowed"), (subject(1), "denied")]


def test_an_alarm_comes_once_a_day(tmp_path: Path) -> None:
    home = with_limits(house(tmp_path), dataclasses.replace(FREE, requests_a_day=0))
    home.tie(1)
    for each in range(3):
        reidentify(ask(at=NOON + each * MINUTE), [token(1)], home.door)
    reidentify(ask(at=NOON + dt.timedelta(days=1)), [token(1)], home.door)
    assert [alert.at.date().day for alert in home.door.queue.alerts()] == [30, 1]
    assert len(home.door.queue.alerts(after=1)) == 1


def test_more_people_than_a_request_may_name(tmp_path: Path) -> None:
    home = with_limits(house(tmp_path), dataclasses.replace(FREE, most_rows=2))
    for number in (1, 2, 3):
        home.tie(number)
    assert names(reidentify(ask(), [token(1), token(2), token(1)], home.door)) == ["Given1", "Given2", "Given1"]
    with pytest.raises(GovernanceError, match=r"^E-ACCESS-ROWS"):
        reidentify(ask(at=NOON + MINUTE), [token(1), token(2), token(3)], home.door)
    assert home.audited()[-1] == ("", "denied")
    assert home.vault.reads == 1
