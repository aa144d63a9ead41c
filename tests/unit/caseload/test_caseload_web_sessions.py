"""Sessions: known by a hash, made anew at every sign-in, ended by time, by the user, by an operator and by a change of posts."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from caseload.desk.posts import Post
from caseload.web.sessions import FLOW_MINUTES, Sessions, csrf_token
from caseload.web.users import User
from tests.places import place
from tests.web_site import Clock

POST = Post("care coordinator", team="north")
USER = User("sub-1", (POST, Post("mdt member", team="north")))
IDLE, ABSOLUTE = dt.timedelta(minutes=15), dt.timedelta(hours=10)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def sessions(tmp_path: Path, clock: Clock) -> Sessions:
    return Sessions(place(tmp_path, "application"), idle=IDLE, absolute=ABSOLUTE, clock=clock)


def is_open(sessions: Sessions, id_: str, user: User | None = USER) -> bool:
    return sessions.find(id_, lambda _: user) is not None


def test_an_id_has_256_bits_and_is_not_in_the_store(sessions: Sessions, tmp_path: Path) -> None:
    ids = {sessions.begin(USER, POST.key) for _ in range(20)}
    assert len(ids) == 20
    assert {len(each) for each in ids} == {43}  # 32 bytes in base 64
    written = b"".join(path.read_bytes() for path in (tmp_path / "state").iterdir())
    assert not any(each.encode() in written or csrf_token(each).encode() in written for each in ids)


def test_nobody_is_there_without_an_id_that_was_given(sessions: Sessions) -> None:
    id_ = sessions.begin(USER, POST.key)
    assert is_open(sessions, id_)
    assert not any(is_open(sessions, each) for each in ("", id_ + "x", id_[:-1], id_.swapcase(), "'; DROP TABLE web_session --"))


def test_a_new_session_ends_the_one_that_the_browser_held(sessions: Sessions) -> None:
    first = sessions.begin(USER, POST.key)
    second = sessions.begin(USER, USER.posts[1].key, instead_of=first)
    assert (is_open(sessions, first), is_open(sessions, second)) == (False, True)


def test_it_ends_after_so_long_without_a_request(sessions: Sessions, clock: Clock) -> None:
    id_ = sessions.begin(USER, POST.key)
    for _ in range(3):
        clock.pass_by(minutes=14)
        assert is_open(sessions, id_)
    clock.pass_by(minutes=15)
    assert not is_open(sessions, id_)
    assert sessions.open() == []


def test_it_ends_after_so_long_at_all(sessions: Sessions, clock: Clock) -> None:
    id_ = sessions.begin(USER, POST.key)
    for _ in range(59):
        clock.pass_by(minutes=10)
        assert is_open(sessions, id_)
    clock.pass_by(minutes=10)
    assert not is_open(sessions, id_)


@pytest.mark.parametrize(
    "now", [None, User("sub-1"), User("sub-1", (POST,)), User("sub-1", (*USER.posts, Post("analyst"))),
            User("sub-1", (Post("care coordinator", team="south"), USER.posts[1]))],
)  # fmt: skip
def test_it_ends_for_good_when_the_posts_change(sessions: Sessions, now: User | None) -> None:
    id_ = sessions.begin(USER, POST.key)
    assert not is_open(sessions, id_, now)
    assert not is_open(sessions, id_)


def test_the_order_of_posts_and_the_name_change_nothing(sessions: Sessions) -> None:
    id_ = sessions.begin(USER, POST.key)
    assert is_open(sessions, id_, User("sub-1", USER.posts[::-1], name="Another name"))


def test_signing_out_ends_one_and_an_operator_ends_all_of_an_account(sessions: Sessions) -> None:
    ids = [sessions.begin(USER, POST.key) for _ in range(3)]
    other = sessions.begin(User("sub-2", (POST,)), POST.key)
    sessions.end(ids[0])
    assert [is_open(sessions, each) for each in ids] == [False, True, True]
    assert sessions.end_all(" SUB-1 ") == 2
    assert [is_open(sessions, each) for each in ids] == [False] * 3
    assert is_open(sessions, other, User("sub-2", (POST,)))
    assert [each.account for each in sessions.open()] == ["sub-2"]
    assert sessions.end_all("sub-1") == 0


def test_a_sign_in_that_began_is_taken_once_and_within_its_minutes(sessions: Sessions, clock: Clock) -> None:
    id_, flow = sessions.begin_flow()
    assert len({flow.state, flow.nonce, flow.verifier, id_}) == 4
    assert sessions.take_flow("another") is None
    assert sessions.take_flow(id_) == flow
    assert sessions.take_flow(id_) is None
    late, _ = sessions.begin_flow()
    clock.pass_by(minutes=FLOW_MINUTES, seconds=1)
    assert sessions.take_flow(late) is None


def test_two_sessions_have_two_form_tokens(sessions: Sessions) -> None:
    first, second = (sessions.begin(USER, POST.key) for _ in range(2))
    assert csrf_token(first) != csrf_token(second)
    assert first not in csrf_token(first)
