"""The benchmark of the pages: its area is one that pages can be read of, and its visitors notice what must not be."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from benchmarks.web import _p95
from benchmarks.web_area import GIVEN, LISTED, WORDS, make_area, night_days, publish
from benchmarks.web_visitors import STEP, Tally, filled
from caseload.web.app import create_app
from caseload.web.gate import COOKIE
from caseload.web.rendering import day
from pipelines.serving import services_of
from pipelines.web_serving import web_settings
from tests.web_site import client

TODAY = dt.datetime.now(dt.UTC).date()
NIGHTS = [
    {"day": day(date), "word": word, "given": given} for date, word, given in zip(night_days(TODAY), WORDS, GIVEN, strict=True)
]
ASKED = {"listed": LISTED, "nights": NIGHTS}


def test_the_area_has_full_lists_of_either_night_and_takes_a_decision(tmp_path: Path) -> None:
    area = make_area(tmp_path / "area", people=700, users=2, port=8123, stores={}, today=TODAY)
    settings = web_settings(area.project, area.configuration)
    app = create_app(services_of(area.project, area.configuration, settings.users), settings)
    browser = client(app, "http://127.0.0.1:8123")
    browser.cookies.set(COOKIE, area.sessions["user 1"])
    tally = Tally(ASKED)
    for number in (0, 1, 0):
        publish(area.project, area.configuration, number, TODAY)
        page = browser.get("/list").text
        assert page.count(WORDS[number]) == LISTED
        assert f"night of {NIGHTS[number]['day']}" in page
        tally.check_list(page)
    assert (tally.mixed, dict(tally.errors)) == (0, {})
    person = browser.get(f"/person/{page.split('/person/')[1].split(chr(34))[0]}").text
    path = next(path for path, step in STEP.findall(person) if step == "accept")
    answer = browser.post(path, data=filled(browser.get(path).text, (TODAY + dt.timedelta(days=30)).isoformat()))
    assert answer.status_code == 303, answer.text


def listed_page(head: int, rows: int, names: int, *, count: int = LISTED) -> str:
    texts = [f"night of {NIGHTS[head]['day']}", *[WORDS[rows]] * count, *[f">{GIVEN[names]} Family1<"] * count]
    return "\n".join(texts)


@pytest.mark.parametrize(
    ("page", "mixed", "errors"),
    [
        (listed_page(0, 0, 0), 0, 0),
        (listed_page(1, 1, 1), 0, 0),
        (listed_page(0, 1, 1), 1, 1),
        (listed_page(0, 0, 1), 1, 1),
        (listed_page(0, 0, 0, count=LISTED - 1), 0, 1),
        (listed_page(0, 0, 0) + listed_page(1, 1, 1), 1, 0),
    ],
)
def test_a_page_of_two_nights_and_one_that_is_not_full_are_noticed(page: str, mixed: int, errors: int) -> None:
    tally = Tally(ASKED)
    tally.check_list(page)
    assert (min(tally.mixed, 1), min(sum(tally.errors.values()), 1)) == (mixed, errors)


@pytest.mark.parametrize(("times", "found"), [([], None), ([0.1], 100.0), ([n / 1000 for n in range(1, 101)], 95.0)])
def test_95_in_100_came_within_it(times: list[Any], found: float | None) -> None:
    assert _p95(times) == found
