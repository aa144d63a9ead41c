"""Publication rows, drawn as the acts that made them."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from governance.publications import Publication, Publications
from schemas.errors import CaselinkError

NOON = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)
SHA = "0" * 64


def day(number: int) -> dt.date:
    return dt.date(2024, 6, number)


@pytest.fixture
def store(tmp_path: Path) -> Publications:
    return Publications(tmp_path / "application.db", clock=lambda: NOON)


def acted(store: Publications, acts: str) -> Publications:
    """`2` publishes the night of day 2; `<2` goes back to it."""
    for act in acts.split():
        number = int(act.removeprefix("<"))
        if act.startswith("<"):
            store.rollback(f"run-{number}")
        else:
            store.publish(f"run-{number}", as_at=day(number), manifest_sha256=SHA)
    return store


def test_nothing_is_served_before_the_first_night(store: Publications) -> None:
    assert store.current() is None
    assert store.history() == []
    assert store.latest_before(day(9)) is None
    assert store.published("run-1") is None


def test_a_row_says_all_that_was_committed(store: Publications, tmp_path: Path) -> None:
    row = store.publish("run-1", as_at=day(1), manifest_sha256=SHA)
    assert row == Publication(1, "run-1", day(1), NOON, "publish", SHA)
    again = Publications(tmp_path / "application.db")
    assert again.current() == row
    assert again.published("run-1") == row


def test_the_time_is_kept_in_utc(store: Publications) -> None:
    summer = dt.timezone(dt.timedelta(hours=1))
    row = store.publish("run-1", as_at=day(1), manifest_sha256=SHA, published_at=NOON.astimezone(summer))
    assert row.published_at == NOON
    assert store.history()[0].published_at.utcoffset() == dt.timedelta(0)


def test_the_clock_is_asked_where_no_time_is_given(tmp_path: Path) -> None:
    row = Publications(tmp_path / "application.db").publish("run-1", as_at=day(1), manifest_sha256=SHA)
    assert abs(dt.datetime.now(dt.UTC) - row.published_at) < dt.timedelta(minutes=5)


@pytest.mark.parametrize(
    # acts            served    parent of day 9
    ("acts", "served", "parent"),
    [
        ("1", 1, 1),
        ("1 2", 2, 2),
        ("1 1", 1, 1),
        ("2 1", 1, 2),          # an earlier night made again later is served, and is not the parent of the next
        ("1 2 <1", 1, 1),       # the night gone back from is withdrawn
        ("1 2 <1 <1", 1, 1),
        ("1 2 <1 3", 3, 3),
        ("1 2 3 <1 <3", 3, 3),  # going forward again
        ("1 2 3 <2", 2, 2),
        ("1 2 <1 2", 1, 1),     # a withdrawn night published again stays withdrawn: somebody went back on purpose
    ],
)  # fmt: skip
def test_what_is_served_and_what_the_next_night_builds_on(store: Publications, acts: str, served: int, parent: int) -> None:
    acted(store, acts)
    current, before = store.current(), store.latest_before(day(9))
    assert current is not None
    assert before is not None
    assert (current.run_id, before.run_id) == (f"run-{served}", f"run-{parent}")


def test_a_parent_is_earlier_than_the_night(store: Publications) -> None:
    acted(store, "2 4")
    parents = [store.latest_before(day(number)) for number in range(1, 6)]
    assert [row.run_id if row else None for row in parents] == [None, None, "run-2", "run-2", "run-4"]


def test_the_same_run_twice_is_one_row(store: Publications) -> None:
    first = store.publish("run-1", as_at=day(1), manifest_sha256=SHA)
    assert store.publish("run-1", as_at=day(1), manifest_sha256=SHA) == first
    assert len(store.history()) == 1
    with pytest.raises(CaselinkError, match=r"^E-PUBLISH-MANIFEST: "):
        store.publish("run-1", as_at=day(1), manifest_sha256="1" * 64)


def test_only_a_published_night_can_be_gone_back_to(store: Publications) -> None:
    acted(store, "1 2")
    with pytest.raises(CaselinkError, match=r"^E-ROLLBACK-UNKNOWN: "):
        store.rollback("run-3")
    row = store.rollback("run-1", published_at=NOON)
    assert (row.kind, row.as_at, row.manifest_sha256) == ("rollback", day(1), SHA)
    assert store.rollback("run-1") == row
    assert [each.kind for each in store.history()] == ["publish", "publish", "rollback"]
