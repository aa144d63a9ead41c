"""Histories that follow their people where linkage found two to be one: each case drawn by hand."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from caseload.entries.joining import Joined, Joining
from caseload.entries.strands import ACTION, PLAN, STAY
from caseload.entries.tables import TABLES
from schemas.errors import GovernanceError
from tests.access_drawings import NOON, TODAY, token
from tests.entries_drawings import Caseload, caseload, opened

DAY = dt.timedelta(days=1)


def join(desk: Caseload, *pairs: tuple[int, int], back: tuple[int, ...] = (), days: int = 1) -> Joined:
    said = Joining({token(old): token(new) for old, new in pairs}, [token(each) for each in back], "n2")
    return desk.entries.join("castle", said, at=NOON + days * DAY)


def rows(desk: Caseload) -> list[int]:
    with desk.house.door.audit.store.read() as connection:
        return [connection.execute(select(func.count()).select_from(table)).scalar_one() for table in TABLES]


def events(desk: Caseload, number: int, *strands: str) -> list[str]:
    return [each.event for each in desk.entries.history("castle", token(number), *strands)]


def test_an_open_episode_belongs_to_the_person_under_her_new_pseudonym(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept", coordinator="sam")
    desk.take("plan made", "care and support plan", number=1)
    desk.take("step up", "needs watching", number=1, ward="ward-1")
    assert join(desk, (1, 2)) == Joined(followed=1)
    assert (desk.state(2), events(desk, 2)) == ("accepted", ["accept"])
    assert [each.event for each in desk.entries.threads("castle", PLAN, [token(2)])] == ["plan made"]
    assert [each.pseudonym for each in desk.entries.threads("castle", STAY)] == [token(2)]
    assert desk.entries.current("castle", TODAY)["pseudonym"].to_pylist() == [token(2)]
    # Her relationships too: the old ones end on the day, so that nobody holds one with a name that is nobody's.
    assert ("episode", "castle", TODAY, None) in desk.ties(2)
    assert {end for *_, end in desk.ties(1)} == {TODAY + DAY}
    before = rows(desk)
    assert join(desk, (1, 2), days=2) == Joined()
    assert rows(desk) == before
    assert desk.decide(2, "begin", at=NOON + 2 * DAY).state == "active"
    assert opened(desk.house).mend(at=NOON + 2 * DAY, by="system") == 0


def test_of_two_histories_the_open_episode_goes_on_and_both_are_shown(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept", professional="sam")
    desk.decide(2, "decline", at=NOON + DAY)  # later, and yet it does not go on
    assert join(desk, (1, 2), days=2) == Joined(followed=1, met=1)
    assert (desk.state(2), events(desk, 2)) == ("accepted", ["accept", "decline"])
    assert desk.entries.entry("castle", token(2), TODAY).professional == "sam"
    assert desk.decide(2, "close", at=NOON + 3 * DAY).state == "closed"
    assert desk.state(2) == "closed", "the other history does not come back"
    assert desk.entries.current("castle", TODAY)["pseudonym"].to_pylist() == [token(2)]


def test_of_two_open_episodes_the_later_one_goes_on_and_the_other_ties_nobody(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept", professional="pat")
    desk.decide(2, "accept", professional="sam", at=NOON + DAY)
    assert join(desk, (1, 2), days=2) == Joined(followed=1, met=1, both_open=1)
    assert desk.entries.entry("castle", token(2), TODAY).professional == "sam"
    open_ties = {holder for _, holder, _, end in [*desk.ties(1), *desk.ties(2)] if end is None}
    assert open_ties == {"castle", "sam.1", "sam.2"}
    desk.decide(2, "close", at=NOON + 3 * DAY)
    assert desk.state(2) == "closed"
    assert not [tie for tie in desk.ties(2) if tie[-1] is None]


def test_whoever_comes_back_begins_anew_and_what_was_joined_stays(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept")
    join(desk, (1, 2))
    assert join(desk, back=(1,), days=5) == Joined(begun_anew=1)
    assert join(desk, back=(1,), days=5) == Joined()
    assert (desk.state(1), events(desk, 1), desk.state(2)) == ("proposed", [], "accepted")
    desk.decide(1, "decline", at=NOON + 5 * DAY)
    assert (events(desk, 1), events(desk, 2)) == (["decline"], ["accept"])
    assert desk.entries.current("castle", TODAY)["state"].to_pylist().count("accepted") == 1
    desk.decide(3, "defer", at=NOON + 5 * DAY)  # a new person gets a number of her own
    assert events(desk, 3) == ["defer"]
    # And joined once more, all three decisions are one person's.
    assert join(desk, (1, 2), days=6) == Joined(followed=1, met=1)
    assert (desk.state(2), events(desk, 2)) == ("accepted", ["accept", "decline"])


def test_several_ids_meet_in_one_whatever_the_order(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept")
    desk.decide(2, "defer")
    desk.take("plan made", "contingency plan", number=3)
    assert join(desk, (3, 4), (2, 4), (1, 4)).followed == 3
    assert (desk.state(4), sorted(events(desk, 4))) == ("accepted", ["accept", "defer"])
    assert events(desk, 4, "plan") == ["plan made"]


def test_what_two_had_each_is_not_begun_a_third_time_and_each_can_end(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    stays = [desk.take("step up", "needs watching", number=number, ward="ward-1") for number in (1, 2)]
    desk.decide(1, "accept")
    join(desk, (1, 2))
    again: dict[str, Any] = {"number": 2, "ward": "ward-1", "at": NOON + DAY}
    with pytest.raises(GovernanceError, match="E-ENTRY-STATE"):
        desk.take("step up", "needs watching", **again)
    for stay in stays:
        desk.take("stay ended", "recovered", number=2, thread=stay.thread, last=stay.number, at=NOON + DAY)
    assert desk.take("step up", "needs watching", **again).state == "on the ward"
    with pytest.raises(GovernanceError, match="E-ENTRY-NONE"):
        desk.take("stay ended", "recovered", number=3, thread=stays[0].thread, last=99)


def test_nobody_is_her_own_carer_after_all_and_a_carer_goes_by_her_new_name(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.take("carer linked", "child", number=1, carer=token(2))
    desk.take("carer linked", "partner", number=3, carer=token(2))
    join(desk, (2, 1))
    assert desk.entries.carers("castle", [token(1), token(3)]) == {token(3): [(token(1), "partner")]}


def test_a_meeting_that_had_both_has_her_once(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    meeting = desk.meet()
    desk.take("attendee invited", of=meeting.thread, account="mia")
    for number in (1, 2):
        desk.take("item added", "asked for", number=number, of=meeting.thread)
    desk.take("action agreed", "gp review", number=1, professional="pat", due=TODAY + 9 * DAY)
    join(desk, (1, 2), days=0)
    assert desk.entries.on_agenda("castle", meeting.thread) == [token(2)]
    assert [tie[:2] for tie in desk.ties(2)] == [("meeting", "mia")]
    (action,) = desk.entries.threads("castle", ACTION, [token(2)])
    assert desk.take("action done", number=2, thread=action.thread, last=action.number).state == "done"


def test_pages_of_the_night_before_find_the_same_history_by_the_old_name(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept")
    desk.decide(2, "defer")
    join(desk, (1, 2), days=0)
    both = desk.entries.current("castle", TODAY, [token(1), token(2)])
    assert (both["pseudonym"].to_pylist(), both["state"].to_pylist()) == (sorted([token(1), token(2)]), ["accepted"] * 2)
    assert desk.decide(1, "begin").state == "active"  # a page that was open over night
    assert desk.state(2) == "active"
    assert not [tie for tie in desk.ties(1) if tie[-1] is None]
    assert ("episode", "castle", TODAY, None) in desk.ties(2)


def test_a_new_epoch_s_names_lead_to_the_joined_history(tmp_path: Path) -> None:
    desk = caseload(tmp_path)
    desk.decide(1, "accept")
    desk.decide(2, "decline")
    join(desk, (1, 2))
    assert desk.entries.carry_over("castle", {token(2): token(7)}, at=NOON) == 1
    assert desk.state(7) == "accepted"
    assert events(desk, 7) == ["accept", "decline"]
