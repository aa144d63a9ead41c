"""How two records compare, field by field: each comparison answers with a level that has a name.

A comparison is one function from two sides to a level per pair. To add one, write it here, list it in `COMPARISONS`, name its
levels in `LEVELS` and give them probabilities in the model.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from linkage.arrays import Levels, Truth, Whole
from linkage.name_list import NameList
from linkage.people import People

# Jaro-Winkler at which two names are one typing slip apart, and at which they are only alike (linkage levels of the NHS England
# model, NHSE_probabilistic_linkage @e442e3b: .88; the upper one separates a slip from a different short name). It is hard on
# short names (JACK, JSCK: .85), so a single slip counts as near by itself.
CLOSE_NAME = 0.92
NEAR_NAME = 0.88

NAME_LEVELS = ("close", "near", "different")

# From best to worst; `missing` says that one side does not have the field, and is evidence of nothing.
LEVELS: dict[str, tuple[str, ...]] = {
    "nhs_number": ("missing", "same", "different"),
    "date_of_birth": ("missing", "same", "same_placeholder", "swapped", "two_parts", "partial", "different"),
    "given_name": ("missing", "same", "nickname", "swapped", "other", "part", "initial", *NAME_LEVELS),
    "family_name": ("missing", "same", "previous", "swapped", "part", *NAME_LEVELS),
    "postcode": ("missing", "same", "previous", "sector", "district", "different"),
    "gender": ("missing", "same", "different"),
    "gp_practice_code": ("missing", "same", "different"),
}


class Side:
    """One side of the pairs: `side["family"]` is the family name of that side's record in every pair."""

    def __init__(self, people: People, rows: Whole) -> None:
        self.people = people
        self.rows = rows

    def __getitem__(self, column: str) -> Whole:
        """One column of the side's records, in the order of the pairs."""
        values: Whole = getattr(self.people, column)[self.rows]
        return values

    def at(self, pairs: Whole) -> Side:
        """The same side of some of the pairs."""
        return Side(self.people, self.rows[pairs])


def nhs_number(left: Side, right: Side, _names: NameList) -> Levels:
    """Same or different, both usable and superseded ones followed. No usable number is one slip from another: modulus 11."""
    return _exact("nhs_number", left["number"], right["number"])


def date_of_birth(left: Side, right: Side, _names: NameList) -> Levels:
    """Same, day and month swapped, two of three parts the same; known parts the same where a part is only a placeholder."""
    full = (left["full_birth"] >= 0) & (right["full_birth"] >= 0)
    same = {part: (left[part] == right[part]) & (left[part] >= 0) for part in ("year", "month", "day")}
    clash = [(left[part] != right[part]) & (left[part] >= 0) & (right[part] >= 0) for part in same]
    agreeing = sum(part.astype(np.int8) for part in same.values())
    swapped = same["year"] & (left["month"] == right["day"]) & (left["day"] == right["month"])
    return _graded(
        "date_of_birth",
        ("missing", (agreeing == 0) & ~np.any(clash, axis=0)),
        ("same", full & (agreeing == 3)),
        ("swapped", full & swapped),
        ("two_parts", full & (agreeing == 2)),
        ("same_placeholder", ~full & _equal(left["birth"], right["birth"])),
        ("partial", ~full & ~np.any(clash, axis=0)),
    )


def given_name(left: Side, right: Side, names: NameList) -> Levels:
    """Same, nickname, swapped with the family name, another name of hers, first word the same, initial, alike, different."""
    ours, theirs = left["given"], right["given"]
    first, their_first = left["given_first"], right["given_first"]
    other = _any_equal(first, right["other_given"], right["alias"]) | _any_equal(their_first, left["other_given"], left["alias"])
    levels = _graded(
        "given_name",
        ("missing", (ours < 0) | (theirs < 0)),
        ("same", ours == theirs),
        ("nickname", names.related(ours, theirs) | names.related(first, their_first)),
        ("swapped", _are_swapped(left, right, names)),
        ("other", other | _equal(left["alias"], right["alias"])),
        ("part", first == their_first),
        ("initial", names.share_initial(first, their_first)),
    )
    return _alike("given_name", levels, names, first, their_first)


def family_name(left: Side, right: Side, names: NameList) -> Levels:
    """Same, equal to an earlier one, swapped with the given name, part of a double-barrelled one, alike, different."""
    ours, theirs = left["family"], right["family"]
    halves = [(one, other) for one in ("family_first", "family_last") for other in ("family_first", "family_last")]
    levels = _graded(
        "family_name",
        ("missing", (ours < 0) | (theirs < 0)),
        ("same", ours == theirs),
        ("previous", _equal(ours, right["previous_family"]) | _equal(left["previous_family"], theirs)),
        ("swapped", _are_swapped(left, right, names)),
        ("part", np.any([_equal(left[one], right[other]) for one, other in halves], axis=0)),
    )
    return _alike("family_name", levels, names, ours, theirs)


def postcode(left: Side, right: Side, _names: NameList) -> Levels:
    """Same, equal to an earlier one, the same sector, the same outward part, different."""
    ours, theirs = left["postcode"], right["postcode"]
    return _graded(
        "postcode",
        ("missing", (ours < 0) | (theirs < 0)),
        ("same", ours == theirs),
        ("previous", _equal(ours, right["previous_postcode"]) | _equal(left["previous_postcode"], theirs)),
        ("sector", left["sector"] == right["sector"]),
        ("district", left["outward"] == right["outward"]),
    )


def gender(left: Side, right: Side, _names: NameList) -> Levels:
    """Same or different, where both are male or female."""
    return _exact("gender", left["gender"], right["gender"])


def gp_practice_code(left: Side, right: Side, _names: NameList) -> Levels:
    """Same or different general practice."""
    return _exact("gp_practice_code", left["practice"], right["practice"])


Comparison = Callable[[Side, Side, NameList], Levels]

COMPARISONS: list[Comparison] = [nhs_number, date_of_birth, given_name, family_name, postcode, gender, gp_practice_code]


def _exact(field: str, ours: Whole, theirs: Whole) -> Levels:
    return _graded(field, ("missing", (ours < 0) | (theirs < 0)), ("same", ours == theirs))


def _graded(field: str, *rules: tuple[str, Truth]) -> Levels:
    """The level of the first rule that holds; `different` where none does."""
    names = LEVELS[field]
    levels = np.full(len(rules[0][1]), names.index("different"), dtype=np.int8)
    for name, holds in reversed(rules):
        levels[holds] = names.index(name)
    return levels


def _alike(field: str, levels: Levels, names: NameList, ours: Whole, theirs: Whole) -> Levels:
    """Raise `different` to `near` or `close` where the letters say so."""
    rows = np.flatnonzero(levels == LEVELS[field].index("different"))
    likeness = names.likeness(ours[rows], theirs[rows])
    is_near = (likeness >= NEAR_NAME) | names.one_slip_apart(ours[rows], theirs[rows])
    levels[rows[is_near]] = LEVELS[field].index("near")
    levels[rows[likeness >= CLOSE_NAME]] = LEVELS[field].index("close")
    return levels


def _equal(ours: Whole, theirs: Whole) -> Truth:
    answer: Truth = (ours == theirs) & (ours >= 0)
    return answer


def _any_equal(ours: Whole, *theirs: Whole) -> Truth:
    answer: Truth = np.any([_equal(ours, other) for other in theirs], axis=0)
    return answer


def _are_swapped(left: Side, right: Side, names: NameList) -> Truth:
    """Whether each one's given name is the other's family name; one of the two may be a nickname or have a slip in it."""
    one = _equal(left["given"], right["family"])
    other = _equal(left["family"], right["given"])
    swapped = one & other
    for sure, mine, hers in ((one, "family", "given"), (other, "given", "family")):
        rows = np.flatnonzero(sure & ~swapped)
        ours, theirs = left.at(rows)[mine], right.at(rows)[hers]
        swapped[rows] = names.related(ours, theirs) | (names.likeness(ours, theirs) >= CLOSE_NAME)
    return swapped
