"""A bucket of tokens for each user and page: so many at once, then steadily."""

from __future__ import annotations

from caseload.web import buckets as module
from caseload.web.buckets import Buckets


def test_so_many_at_once_then_one_each_time_a_share_of_the_minute_passed() -> None:
    now = [0.0]
    buckets = Buckets(6, timer=lambda: now[0])
    assert [buckets.take("a", "/") for _ in range(7)] == [0.0] * 6 + [10.0]
    now[0] = 4.0
    assert buckets.take("a", "/") == 6.0
    now[0] = 10.0
    assert (buckets.take("a", "/"), buckets.take("a", "/") > 0) == (0.0, True)
    assert (buckets.take("b", "/"), buckets.take("a", "/list")) == (0.0, 0.0)
    now[0] = 3600.0
    assert [buckets.take("a", "/") for _ in range(7)] == [0.0] * 6 + [10.0]


def test_what_is_remembered_has_a_bound(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(module, "MOST_BUCKETS", 3)
    buckets = Buckets(1, timer=lambda: 0.0)
    for name in "abcd":
        assert buckets.take(name, "/") == 0.0
    assert buckets.take("d", "/") > 0
    assert buckets.take("a", "/") == 0.0  # forgotten, so full again
