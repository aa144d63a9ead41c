"""Any decisions and any joins: a slow reference that keeps lists of rows says what each person's history and state are."""

from __future__ import annotations

import dataclasses
import datetime as dt
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from caseload.entries.joining import Joining
from caseload.entries.states import OPEN, PROPOSED, STATES
from tests.access_drawings import NOON, TODAY, token
from tests.dials import examples
from tests.entries_drawings import caseload, opened

PEOPLE = 5
PERSON = st.integers(1, PEOPLE)
DECISION = st.tuples(st.just("decide"), PERSON, st.sampled_from(["accept", "decline", "close", "begin"]))
NIGHT = st.tuples(st.just("night"), PERSON, PERSON)


@dataclasses.dataclass
class Group:
    """A person as the reference knows her: all rows (number, event) of hers, and those of the entry that goes on."""

    rows: list[tuple[int, str]] = dataclasses.field(default_factory=list)
    entry: list[tuple[int, str]] = dataclasses.field(default_factory=list)

    @property
    def state(self) -> str:
        state = PROPOSED
        for _, event in self.entry:
            state = STATES[state][event]
        return state

    def weight(self) -> tuple[bool, str, int]:
        """An open episode, then the later decision; `since` is the day on which an episode began."""
        begun = [number for number, event in self.entry if event in ("accept", "decline", "close")]
        return self.state in OPEN, f"{begun[-1]:04}" if begun else "", self.entry[-1][0] if self.entry else 0


def joined(one: Group, other: Group) -> Group:
    kept = max(one, other, key=Group.weight)
    return Group(sorted(one.rows + other.rows), kept.entry)


@settings(max_examples=examples(80, 8))
@given(st.lists(st.one_of(DECISION, NIGHT), min_size=1, max_size=14))
def test_any_decisions_and_joins(steps: list[tuple[str, int, object]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        desk = caseload(Path(folder), PEOPLE)
        groups = {number: Group() for number in range(1, PEOPLE + 1)}  # of those who are there
        gone: dict[int, int] = {}
        number, at = 0, NOON
        for kind, one, said in steps:
            at += dt.timedelta(days=1)
            if kind == "decide" and one in groups and said in STATES[groups[one].state]:
                number += 1
                desk.decide(one, str(said), at=at)
                row = (number, str(said))
                groups[one] = Group([*groups[one].rows, row], [*groups[one].entry, row])
            elif kind == "night" and isinstance(said, int) and one in groups and said in groups and one != said:
                groups[said] = joined(groups.pop(one), groups[said])
                gone = {old: said if new == one else new for old, new in gone.items()} | {one: said}
            elif kind == "night" and one in gone:  # comes back
                gone.pop(one)
                groups[one] = Group()
            else:
                continue
            if kind == "night":
                words = {token(old): token(new) for old, new in gone.items()}
                back = [token(each) for each in groups]
                desk.entries.join("castle", Joining(words, back, "n"), at=at)
        for each, group in groups.items():
            history = desk.entries.history("castle", token(each))
            assert [(event.number, event.event) for event in history] == group.rows
            assert desk.state(each) == group.state
            held = {kind for kind, _, _, end in desk.ties(each) if end is None}
            assert held == ({"episode"} if group.state in OPEN else set())
        assert not [tie for each in gone for tie in desk.ties(each) if tie[-1] is None]
        told = desk.entries.current("castle", TODAY)
        assert told["pseudonym"].to_pylist() == sorted(token(each) for each, group in groups.items() if group.entry)
        assert opened(desk.house).mend(at=at, by="system") == 0
