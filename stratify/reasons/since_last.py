"""One sentence since the last look: what became known, what changed in care, and whether the risk moved to another band.

An event is new where it is known tonight and was not known at the last look, whenever it took place: a feed that was late then
tells now. Nothing is said of a first look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stratify.reasons.categories import MENTAL_HEALTH, ORDINARY
from stratify.reasons.dates_in_words import day_in_words
from stratify.reasons.facts import HUNDREDTHS, Line, line
from stratify.reasons.kinds import KINDS, Kind
from stratify.reasons.look import Look
from stratify.reasons.wording import Words, hours_a_week, how_often

SINCE_LAST = "since_last"

# Counted kinds that are news, and how: for a professional, and as a clause for the person. Clinics and the practice's own
# appointments are many and tell a reader little.
HAPPENED: dict[str, tuple[str, str]] = {
    "emergency_admissions": ("admitted as an emergency", "you were admitted to hospital as an emergency"),
    "attendances": ("at A&E", "you went to A&E"),
    "planned_admissions": ("admitted as planned", "you had a planned stay in hospital"),
    "requests": ("the council was asked for support", "the council was asked to support you"),
    "community": ("seen by a community health team", "a community health team saw you"),
    "mental_health": ("seen by a mental health team", "a mental health team saw you"),
}
LASTED: dict[str, tuple[str, str]] = {
    "care_home": ("care home", "care in a care home"),
    "home_care": ("home care", "home care"),
    "other_support": ("other long-term support from the council", "support from the council"),
    "reablement": ("reablement", "help to get back on your feet"),
    "mental_health_ward": ("stay on a mental health ward", "stay on a mental health ward"),
}
BANDS = ("low", "moderate", "high", "very high")


def since_last(
    events: pa.Table,
    listed: Collection[str],
    before: Look,
    now: Look,
    *,
    bands: Mapping[str, tuple[str | None, str | None]],
    listed_before: Collection[str],
) -> Iterable[Line]:
    """A line for everybody in `listed` and, where there is such news, a second one that is shown as mental health.

    `events` as `aggregated` gives them against the look `before`; `bands`: a person's band of risk then and now.
    """  # fmt: skip
    news = _news(events)
    since = f"since {day_in_words(before.as_at, now.as_at)}"
    for pseudonym in sorted(listed):
        found = news.get(pseudonym, [])
        ordinary = [words for category, words in found if category == ORDINARY]
        ordinary += _moved(*bands.get(pseudonym, (None, None)))
        is_new = pseudonym not in listed_before
        yield line(pseudonym, SINCE_LAST, sentence(since, ordinary, is_new=is_new), category=ORDINARY)
        apart = [words for category, words in found if category == MENTAL_HEALTH]
        if apart:
            yield line(pseudonym, SINCE_LAST, sentence(since, apart), category=MENTAL_HEALTH)


def sentence(since: str, found: list[Words], *, is_new: bool = False) -> Words:
    """`Since 21 November: admitted as an emergency once; at A&E twice.`, or `Nothing new since 21 November.`"""
    start, plain_start = ("New on the list. ", "You are new on the list. ") if is_new else ("", "")
    if not found:
        return Words(f"{start}Nothing new {since}.", f"{plain_start}Nothing new {since}.")
    capital = since[0].upper() + since[1:]
    told, plain = ("; ".join(each[place] for each in found) for place in (0, 1))
    return Words(f"{start}{capital}: {told}.", f"{plain_start}{capital}: {plain}.")


def _news(events: pa.Table) -> dict[str, list[tuple[str, Words]]]:
    """Person to (category, words) of everything new, in the order of the kinds."""
    news: dict[str, list[tuple[str, Words]]] = {}
    for kind in KINDS:
        told = _happened(kind, events) if kind.name in HAPPENED else _changed(kind, events) if kind.name in LASTED else ()
        for pseudonym, words in told:
            news.setdefault(pseudonym, []).append((kind.category, words))
    return news


def _happened(kind: Kind, events: pa.Table) -> Iterable[tuple[str, Words]]:
    column = f"{kind.name}_news"
    words, plain = HAPPENED[kind.name]
    for row in events.filter(pc.greater(events[column], 0)).select(["pseudonym", column]).to_pylist():
        often = how_often(row[column])
        yield row["pseudonym"], Words(f"{words} {often}", f"{plain} {often}")


def _changed(kind: Kind, events: pa.Table) -> Iterable[tuple[str, Words]]:
    names = ["times", "then", *(["amount", "amount_then"] if kind.amount is not None else [])]
    table = events.select(["pseudonym", *(f"{kind.name}_{name}" for name in names)]).rename_columns(["pseudonym", *names])
    for row in table.filter(pc.or_(pc.greater(table["times"], 0), pc.greater(table["then"], 0))).to_pylist():
        change = _change(row)
        if change:
            words, plain = LASTED[kind.name]
            yield row["pseudonym"], Words(f"{words} {change}", f"your {plain} {change}")


def _change(row: Mapping[str, Any]) -> str | None:
    now, then = ((row.get(name) or 0) / HUNDREDTHS for name in ("amount", "amount_then"))
    if not row["then"]:
        return f"began, {hours_a_week(now)}" if now else "began"
    if not row["times"]:
        return "ended"
    return f"went from {then:g} to {hours_a_week(now)}" if now != then else None


def _moved(then: str | None, now: str | None) -> list[Words]:
    """The risk in another band than at the last look."""
    if then is None or now is None or then == now or not {then, now} <= set(BANDS):
        return []
    verb = "rose" if BANDS.index(now) > BANDS.index(then) else "fell"
    return [Words(f"risk {verb} from {then} to {now}", f"your score {verb} from {then} to {now}")]
