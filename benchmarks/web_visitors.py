"""Coordinators at their lists, in a process of their own: each opens her list, thinks, opens a person, decides, and so on.

Reads what to do as JSON from standard input: `origin`, `cookies`, `seconds`, `listed`, `nights`, `until`. Writes what came of it.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

THINKS = (1.0, 3.0)  # seconds between two pages
DECIDES = 0.25  # share of looks at the list after which she decides on somebody
SECONDS = 30.0  # until an answer counts as none
SEED = 20261128
PERSON = re.compile(r'href="(/person/[a-z0-9-]+)"', re.IGNORECASE)
STEP = re.compile(r'href="(/person/[a-z0-9-]+/do/([a-z-]+))"', re.IGNORECASE)
STEPS = ("accept", "defer", "begin", "review")
HIDDEN = re.compile(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"')
REASON = re.compile(r'name="reason" type="radio" value="([^"]+)"')
PROFESSIONAL = re.compile(r'name="professional".*?<option value="([^"]+)"', re.DOTALL)


@dataclass
class Tally:
    """What came of it all. Times in seconds."""

    asked: dict[str, Any]
    lists: list[float] = field(default_factory=list)
    people: list[float] = field(default_factory=list)
    decisions: list[float] = field(default_factory=list)
    errors: Counter[str] = field(default_factory=Counter)
    mixed: int = 0

    def check_list(self, page: str) -> None:
        """Count a page whose head, rows and names are not all of one night, and one that does not name everybody."""
        said = [
            (page.count(f"night of {night['day']}"), page.count(night["word"]), page.count(f">{night['given']} "))
            for night in self.asked["nights"]
        ]
        self.mixed += sum(any(counts) for counts in said) > 1
        everybody = self.asked["listed"]
        if not any(head and rows == names == everybody for head, rows, names in said):
            self.errors["not everybody is listed and named"] += 1


async def _timed(client: httpx.AsyncClient, tally: Tally, method: str, path: str, times: list[float], **more: Any) -> Any:
    """The answer, or None where it is not what it should be."""
    began = time.perf_counter()
    try:
        answer = await client.request(method, path, **more)
    except httpx.HTTPError as error:
        tally.errors[type(error).__name__] += 1
        return None
    times.append(time.perf_counter() - began)
    if answer.status_code != (303 if method == "POST" else 200):
        code = re.search(r"E-[A-Z]+(?:-[A-Z]+)+", answer.text)
        tally.errors[f"{method} {answer.status_code} {code[0] if code else ''}".strip()] += 1
        return None
    return answer


async def _visit(client: httpx.AsyncClient, tally: Tally, rng: random.Random, until: float) -> None:
    await asyncio.sleep(rng.uniform(0, THINKS[1]))
    while time.perf_counter() < until:
        listed = await _timed(client, tally, "GET", "/list", tally.lists)
        if listed is not None:
            tally.check_list(listed.text)
        await asyncio.sleep(rng.uniform(*THINKS))
        if listed is not None and rng.random() < DECIDES:
            await _decide(client, tally, rng, sorted(set(PERSON.findall(listed.text))))


async def _decide(client: httpx.AsyncClient, tally: Tally, rng: random.Random, people: list[str]) -> None:
    """Open somebody, take the first step that her page offers of those of STEPS, and fill in its form."""
    person = await _timed(client, tally, "GET", rng.choice(people), tally.people)
    offered = STEP.findall(person.text) if person is not None else []
    path = next((path for step in STEPS for path, slug in offered if slug == step), None)
    if path is None:
        return
    await asyncio.sleep(rng.uniform(*THINKS))
    form = await _timed(client, tally, "GET", path, tally.people)
    if form is None:
        return
    await asyncio.sleep(rng.uniform(*THINKS))
    await _timed(client, tally, "POST", path, tally.decisions, data=filled(form.text, tally.asked["until"]))
    await asyncio.sleep(rng.uniform(*THINKS))


def filled(page: str, until: str) -> dict[str, str]:
    """The fields of a step's form: hidden ones as they are, the first reason, the first professional, and a day where one is
    wanted (ISO 8601)."""
    said = dict(HIDDEN.findall(page[page.index("/do/") :]))
    reason, holder = REASON.search(page), PROFESSIONAL.search(page)
    said |= {"reason": reason[1]} if reason else {}
    said |= {"professional": holder[1]} if holder else {}
    year, month, day = until.split("-")
    return said | {"until[day]": day, "until[month]": month, "until[year]": year}


async def _all(asked: dict[str, Any]) -> Tally:
    tally, until = Tally(asked), time.perf_counter() + asked["seconds"]
    async with asyncio.TaskGroup() as group:
        for number, cookie in enumerate(asked["cookies"]):
            group.create_task(_one(asked["origin"], cookie, tally, random.Random(SEED + number), until))  # noqa: S311 - nothing secret
    return tally


async def _one(origin: str, cookie: str, tally: Tally, rng: random.Random, until: float) -> None:
    headers = {"cookie": cookie, "origin": origin}
    async with httpx.AsyncClient(base_url=origin, headers=headers, timeout=SECONDS, trust_env=False) as client:
        await _visit(client, tally, rng, until)


def main() -> int:
    """Visit until the time is over."""
    tally = asyncio.run(_all(json.load(sys.stdin)))
    said = {
        "lists": tally.lists,
        "people": tally.people,
        "decisions": tally.decisions,
        "mixed": tally.mixed,
        "errors": tally.errors,
    }
    print(json.dumps(said))
    return 0


if __name__ == "__main__":
    sys.exit(main())
