"""What came of proposals: how often professionals agreed, why not, and how often they decided unread. Counts, never people.

It is for people to read. Nothing of it goes to features or models: who was accepted says as much of lists, capacity and habit as
of need, and a score that is fitted on it would learn those (guide: stratify.md section 2).

Small counts are withheld under the project's disclosure policy, together with as many more as it takes that nobody can solve
them: the answers of a group add up to those who were decided, the groups to everybody, the teams to the area, the reasons to the
declined.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from caseload.entries.history import events_of_team
from caseload.entries.reading import ENTRY, Readings
from caseload.entries.states import ACCEPT, DECLINE, DEFER, REASONS, REFER
from caseload.lists import GENDERS
from governance.access.decision import LONDON
from governance.disclosure_check import Relation
from governance.policies import Policy
from governance.secondary import Figures, disclose

AREA, EVERYBODY, UNKNOWN = "area", "everybody", "unknown"
DECIDED, UNREAD = "decided", "unread"
ANSWERS = {ACCEPT: "accepted", DECLINE: "declined", DEFER: "deferred"}
BY, NIGHT, REFERRAL = "put forward by", "the night", "a referral"
REASON = "decline reason"
SUBGROUPS = ("age band", "sex", "deprivation", "ethnic category")

FEEDBACK = pa.schema(
    [
        ("team", pa.string()), ("breakdown", pa.string()), ("category", pa.string()), (DECIDED, pa.int64()),
        *((each, pa.int64()) for each in ANSWERS.values()), (UNREAD, pa.int64()), ("agreement", pa.float64()),
        ("unread_share", pa.float64()), ("suppressed", pa.bool_()),
    ]
)  # fmt: skip
DECLINED = pa.schema(
    [
        ("team", pa.string()),
        ("reason", pa.string()),
        ("declined", pa.int64()),
        ("share", pa.float64()),
        ("suppressed", pa.bool_()),
    ]
)


class Answer(NamedTuple):
    """What was decided last of one person in a period: accepted, declined or deferred; why, and whether it was read before."""

    team: str
    pseudonym: str
    answer: str
    reason: str
    unread: bool
    put_forward_by: str


class Cell(NamedTuple):
    """One count."""

    team: str
    breakdown: str
    category: str
    counted: str


class Feedback(NamedTuple):
    """FEEDBACK and DECLINED rows as they may be shown; null: withheld."""

    decisions: pa.Table
    reasons: pa.Table


def answers(entries: Readings, teams: Iterable[str], first: dt.date, last: dt.date) -> list[Answer]:
    """The last answer to each person of these teams from a first day to a last one, both in it, by London's calendar."""
    return [each for team in sorted(teams) for each in _answers(entries, team, first, last)]


def _answers(entries: Readings, team: str, first: dt.date, last: dt.date) -> list[Answer]:
    rows, names = entries.read(lambda connection: (events_of_team(connection, team, ENTRY), entries.names(connection, team)))
    people: dict[int, Answer] = {}
    referred: set[int] = set()  # people whom a referral put forward, and who are not decided yet
    for row in rows:
        person, by = row["person"], REFERRAL if row["person"] in referred else NIGHT
        if row["event"] in ANSWERS and first <= _day(row) <= last:
            people[person] = Answer(team, names.get(person, ""), ANSWERS[row["event"]], row["reason"], row["unread"], by)
        if row["event"] == REFER:
            referred.add(person)
        elif row["event"] != DEFER:
            referred.discard(person)
    return [each for _, each in sorted(people.items())]


def feedback(decided: Sequence[Answer], people: pa.Table, policy: Policy) -> Feedback:
    """The two tables. `people`: pseudonym, age_band, gender, deprivation_decile, ethnic_category, under the teams' pseudonyms.

    Rates are of the shown counts, null where one of them is withheld or nobody was decided. Somebody of whom `people` does not
    tell counts among the unknown. Raises `GovernanceError` `E-DISCLOSURE-*` where a withheld count could be solved all the same.
    """
    counts = _counts(decided, {row["pseudonym"]: row for row in people.to_pylist()})
    figures = Figures(counts, list(_totals(counts)), group=lambda cell: cell.breakdown)  # type: ignore[attr-defined]
    shown = disclose(figures, policy).shown
    groups = sorted({cell[:3] for cell in counts if cell.breakdown != REASON})
    reasons = sorted({(cell.team, cell.category) for cell in counts if cell.breakdown == REASON})
    return Feedback(
        pa.Table.from_pylist([_decisions_row(group, shown) for group in groups], schema=FEEDBACK),
        pa.Table.from_pylist([_reason_row(team, reason, shown) for team, reason in reasons], schema=DECLINED),
    )


def _counts(decided: Sequence[Answer], people: Mapping[str, Mapping[str, Any]]) -> dict[Cell, int]:
    """Every count, zeros too: an absent row would say that there is nobody."""
    found: Counter[Cell] = Counter()
    for each in decided:
        for team in (each.team, AREA):
            for breakdown, category in _groups(each, people.get(each.pseudonym, {})):
                counted = (DECIDED, each.answer, *([UNREAD] if each.unread else []))
                found.update(Cell(team, breakdown, category, name) for name in counted)
            if each.answer == ANSWERS[DECLINE]:
                found[Cell(team, REASON, each.reason, each.answer)] += 1
    groups = {cell[1:3] for cell in found if cell.breakdown != REASON}
    teams = {cell.team for cell in found}
    every = [Cell(team, *group, name) for team in teams for group in groups for name in (DECIDED, *ANSWERS.values(), UNREAD)]
    every += [Cell(team, REASON, reason, ANSWERS[DECLINE]) for team in teams for reason in REASONS[DECLINE]]
    return {cell: found[cell] for cell in sorted(every)}


def _groups(each: Answer, person: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    decile = person.get("deprivation_decile")
    fifth = f"fifth {(decile + 1) // 2} of 5, 1 the most deprived" if decile else UNKNOWN
    sex = GENDERS.get(person.get("gender") or "", UNKNOWN)
    values = (person.get("age_band") or UNKNOWN, sex, fifth, person.get("ethnic_category") or UNKNOWN)
    yield EVERYBODY, EVERYBODY
    yield BY, each.put_forward_by
    yield from zip(SUBGROUPS, values, strict=True)


def _totals(counts: Mapping[Cell, int]) -> Iterator[Relation]:
    """Everything that adds up, as whoever reads the tables knows."""
    of_area, of_whole = defaultdict[Cell, list[Cell]](list), defaultdict[Cell, list[Cell]](list)
    for cell in counts:
        if cell.team != AREA:
            of_area[cell._replace(team=AREA)].append(cell)
        if cell.breakdown != EVERYBODY:
            of_whole[cell._replace(breakdown=EVERYBODY, category=EVERYBODY)].append(cell)
        if cell.counted == DECIDED:
            yield Relation(cell, tuple(cell._replace(counted=name) for name in ANSWERS.values()))
            yield Relation(cell, (cell._replace(counted=UNREAD),), at_least=True)
    for total, parts in of_area.items():
        yield Relation(total, tuple(parts))
    for total, parts in of_whole.items():
        for breakdown in sorted({part.breakdown for part in parts}):
            yield Relation(total, tuple(part for part in parts if part.breakdown == breakdown))


def _decisions_row(group: tuple[str, str, str], shown: Mapping[Any, int | None]) -> dict[str, Any]:
    values = {name: shown[Cell(*group, name)] for name in (DECIDED, *ANSWERS.values(), UNREAD)}
    return {
        "team": group[0],
        "breakdown": group[1],
        "category": group[2],
        **values,
        "agreement": _share(values[ANSWERS[ACCEPT]], values[DECIDED]),
        "unread_share": _share(values[UNREAD], values[DECIDED]),
        "suppressed": any(each is None for each in values.values()),
    }


def _reason_row(team: str, reason: str, shown: Mapping[Any, int | None]) -> dict[str, Any]:
    answer = ANSWERS[DECLINE]
    count, whole = shown[Cell(team, REASON, reason, answer)], shown[Cell(team, EVERYBODY, EVERYBODY, answer)]
    return {"team": team, "reason": reason, "declined": count, "share": _share(count, whole), "suppressed": count is None}


def _share(above: int | None, below: int | None) -> float | None:
    """Rounded counts can overshoot their whole: a share is never more than one."""
    return None if above is None or not below else min(1.0, round(above / below, 4))


def _day(row: Mapping[str, Any]) -> dt.date:
    return dt.datetime.fromisoformat(row["at"]).astimezone(LONDON).date()
