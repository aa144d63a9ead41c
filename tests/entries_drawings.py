"""Entries of a small made-up practice population, for tests: Ann coordinates, Pat (`pat.1`) and Sam (`sam.1`) take people on."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from caseload.entries.entries import Entries
from caseload.entries.history import Entry, Event
from caseload.entries.policies import Decision, EntryRules, Ward
from caseload.entries.steps import Doing, take
from governance.audit import Audit
from tests.access_drawings import NOON, TODAY, House, ask, house, token

REASON = {
    "accept": "frailty", "decline": "known and managed", "defer": "in hospital", "begin": "first contact", "review": "continues",
    "assign": "absence", "close": "goals met", "refer": "clinical concern", "reconsider": "situation changed",
}  # fmt: skip
PROFESSIONALS = {"pat": "castle", "sam": "castle", "far": "other"}
ACCOUNTS = {"pat": ("pat.1",), "sam": ("sam.1", "sam.2")}
WARDS = {"ward-1": Ward("castle", 2), "ward-far": Ward("other", 9)}


@dataclasses.dataclass
class Caseload:
    """A house with entries. `decide(1, "accept")` is Ann's decision about person 1 at noon, on what stands now."""

    house: House
    entries: Entries

    def decide(self, number: int, event: str, **said: Any) -> Entry:
        about = {name: said.pop(name) for name in tuple(said) if name in ("at", "actor", "role", "run_id", "team", "practice")}
        request = ask(**about)
        if event in ("accept", "assign"):
            said = {"professional": "pat"} | said
        if event == "defer":
            said = {"until": request.day + dt.timedelta(days=14)} | said
        last = self.entries.entry("castle", token(number), request.day).last
        decision = Decision(event, **({"reason": REASON.get(event, ""), "last": last} | said))
        return self.entries.decide(request, token(number), decision, self.house.door)

    def take(self, step: str, reason: str = "", *, number: int = 0, at: dt.datetime = NOON, **said: Any) -> Event:
        """A step of a strand; `number`: about which person."""
        about = {name: said.pop(name) for name in tuple(said) if name in ("actor", "role", "team")}
        doing = Doing(step, reason, person=token(number) if number else "", **said)
        return take(self.entries, ask(at=at, **about), doing, self.house.door)

    def meet(self, **said: Any) -> Event:
        """A meeting tomorrow; its window is today to the day after it."""
        days = {"since": TODAY, "due": TODAY + dt.timedelta(days=1), "until": TODAY + dt.timedelta(days=2)}
        return self.take("meeting planned", "mdt", **(days | said))

    def state(self, number: int, day: dt.date = TODAY) -> str:
        return self.entries.entry("castle", token(number), day).state

    def ties(self, number: int) -> list[tuple[Any, ...]]:
        """kind, holder, first day and last day of what ties people to the person, without Ann's own list."""
        rows = self.house.ties.of([token(number)]).to_pylist()
        names = ("kind", "holder", "valid_from", "valid_to")
        return sorted((tuple(row[name] for name in names) for row in rows if row["kind"] != "caseload"), key=str)

    def audited(self) -> list[tuple[str, str]]:
        return [(row["action"], row["decision"]) for row in self.house.door.audit.rows()]


def caseload(folder: Path, count: int = 4, *, urls: Sequence[str] = (), rules: EntryRules | None = None) -> Caseload:
    """A new caseload; everybody of it is on Ann's list."""
    made = house(folder, count, urls=urls)
    for number in range(1, count + 1):
        made.tie(number)
    return Caseload(made, opened(made, rules=rules))


def opened(made: House, audit: Audit | None = None, rules: EntryRules | None = None) -> Entries:
    """The entries of a house, opened once more."""
    return Entries(
        audit or made.door.audit, {"castle": made.ties}, professionals=PROFESSIONALS, accounts=ACCOUNTS, wards=WARDS, rules=rules
    )
