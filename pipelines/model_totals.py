"""Which counts of a model's check add up to which, from their keys alone.

People and events of each tenth and group make up everybody's. What is left over is published nowhere, but anybody can subtract:
those without the event, the missed, the false alarms, those between two cuts of the list, those whom one score was checked on
and another was not. Each has a key of its own, so that the checker looks at it too. What is left over of a pair says in its
`side` of which pair it is.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq

from governance.disclosure_check import Key, Relation
from pipelines.figure_keys import AREA, Figure

CHECK = "check of "  # and the score: the measure of a key
EVERYBODY, DECILE, CUT = "all", "decile", "cut"  # breakdowns beside those of groups; a cut is a threshold of chance, or
LIST = "list"  # as many people as there are places
PEOPLE, EVENTS, REST, DROPPED = "people", "events", "without the event", "not followed"
CHOSEN, FOUND, FALSE, MISSED, NOT_CHOSEN = "chosen", "found", "false alarms", "missed", "not chosen"
BEYOND, NOT_IN = " beyond ", " not in the check of "
# The published tables, where their rows belong, and which counts they have of their own.
TABLES = (
    ("model_calibration", DECILE, "decile", (PEOPLE, EVENTS)),
    ("model_subgroup", "", "category", (PEOPLE, EVENTS)),
    ("decision_curve", CUT, "threshold", (CHOSEN, FOUND)),
)
ASSESSMENT_FILE = "assessment.json"  # in a night's `model` folder; the counts of a score's assessment, and where they belong
ASSESSED = {
    "rows": (EVERYBODY, EVERYBODY, PEOPLE), "events": (EVERYBODY, EVERYBODY, EVENTS),
    "dropped": (EVERYBODY, EVERYBODY, DROPPED), "capacity": (CUT, LIST, CHOSEN),
}  # fmt: skip
# What a reader sees; everything else is worked out from it.
PUBLISHED = (PEOPLE, EVENTS, DROPPED, CHOSEN, FOUND)


def check_key(score: str, breakdown: str, category: str, of: str) -> Figure:
    """The key of one count of a score's check."""
    return Figure(CHECK + score, breakdown, category, AREA, "day", of)


def everybody(key: Figure, of: str) -> Figure:
    """The key of all people, or all events, of the same check."""
    return key._replace(breakdown=EVERYBODY, category=EVERYBODY, side=of)


def beyond(key: Figure, cut: str) -> Figure:
    """The key of what a cut has more than a narrower one, of the same kind."""
    return key._replace(side=f"{key.side}{BEYOND}{cut}")


def not_in(key: Figure, score: str) -> Figure:
    """The key of the people of a group on whom the other score was not checked."""
    return key._replace(side=f"{key.side}{NOT_IN}{score}")


def is_of_models(key: Figure) -> bool:
    """Whether a key is one of a model's check."""
    return key.measure.startswith(CHECK)


def is_left_over(key: Figure) -> bool:
    """Whether a count of a check is published nowhere, and only worked out by subtraction."""
    return is_of_models(key) and key.side not in PUBLISHED


def kind_of(key: Figure) -> tuple[str, str, str]:
    """Figures of one kind are withheld together in the end; what is left over of any pair of cuts is one kind."""
    side = key.side
    for mark in (BEYOND, NOT_IN) if is_of_models(key) else ():
        side = side.partition(mark)[0] + mark if mark in side else side
    return key.measure, key.breakdown, side


def published_model_counts(folder: Path) -> dict[Key, int]:
    """Every count of a check that the tables and the assessment of a published night show; none where it had none."""
    found: dict[Key, int] = {}
    for name, breakdown, category, shown in TABLES:
        path = folder / "aggregate" / f"{name}.parquet"
        for row in pq.read_table(path, partitioning=None).to_pylist() if path.is_file() else []:
            place = row.get("breakdown", breakdown), f"{row[category]:g}" if breakdown == CUT else str(row[category])
            found |= {check_key(row["score"], *place, of): row[of] for of in shown if row[of] is not None}
    assessed = folder / "model" / ASSESSMENT_FILE
    for score, figures in (json.loads(assessed.read_text()) if assessed.is_file() else {}).items():
        found |= {check_key(score, *place): figures[name] for name, place in ASSESSED.items() if figures[name] is not None}
    return found


def model_totals(figures: Iterable[Figure]) -> Iterator[Relation]:
    """Every total over the counts of models among these figures."""
    checks: dict[str, dict[Figure, None]] = defaultdict(dict)
    for key in figures:
        if is_of_models(key):
            checks[key.measure][key] = None
    for own in checks.values():
        yield from _rows(own)
        yield from _breakdowns(own)
        yield from _left_over(own)


def _rows(own: dict[Figure, None]) -> Iterator[Relation]:
    """With and without the event; true and false alarms; found and missed; on the list and off it."""
    for key in own:
        if key.side == PEOPLE:
            yield Relation(key, (key._replace(side=EVENTS), key._replace(side=REST)))
        if key.side == CHOSEN:
            found, false, missed, below = (key._replace(side=name) for name in (FOUND, FALSE, MISSED, NOT_CHOSEN))
            yield Relation(key, (found, false))
            yield Relation(everybody(key, EVENTS), (found, missed))
            yield Relation(everybody(key, PEOPLE), (key, below))


def _breakdowns(own: dict[Figure, None]) -> Iterator[Relation]:
    """All tenths, and all categories of each grouping, make up everybody."""
    parts: dict[tuple[str, str], list[Figure]] = defaultdict(list)
    for key in own:
        if key.side in (PEOPLE, EVENTS, REST) and key.breakdown != EVERYBODY:
            parts[key.breakdown, key.side].append(key)
    for (_, of), each in sorted(parts.items()):
        yield Relation(everybody(each[0], of), tuple(each))


def _left_over(own: dict[Figure, None]) -> Iterator[Relation]:
    """A cut is the narrower cut and what is between; a check is another on some of its people and what is beside."""
    for key in own:
        of, _, cut = key.side.partition(BEYOND)
        if cut:
            whole = key._replace(side=of)
            yield Relation(whole, (whole._replace(category=cut), key))
        of, _, score = key.side.partition(NOT_IN)
        if score:
            whole = key._replace(side=of)
            yield Relation(whole, (whole._replace(measure=CHECK + score), key))
