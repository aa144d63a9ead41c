"""u: how often each level occurs among pairs of two people. Levels of equality are counted exactly, others from random pairs.

Two records taken at random are hardly ever one person, so u is first the share of all pairs; `without_matches` takes out the few
that are. A level is counted exactly where it asks for equality alone:

    equal            number of pairs with one value = sum over values of (records with it on the left x on the right)
    same sector      pairs of one sector, less those of one postcode, which are a better level (inclusion and exclusion)

Everything else (names alike, one digit apart) is seen in random pairs, with a standard error, and scaled so that the levels of a
comparison add up to 1 over the pairs where it is not missing.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linkage.arrays import NONE, Bits, Codes, Whole
from linkage.engine.conditions import Both, Comparison, Equal, Term, columns_of
from linkage.engine.joins import combine
from linkage.engine.key_order import find_ranges
from linkage.engine.sheets import Sheet
from linkage.engine.weigher import Sides
from linkage.model_file import MISSING
from linkage.training.draws import all_pairs

# Inclusion and exclusion over more terms than this would count longer than sampling.
MOST_TERMS = 4
# Up to so many different values are counted, more are sorted.
MOST_COUNTERS = 1 << 22
# Records at which it is mostly seen that one column does not decide another.
FIRST_LOOK = 2_000
# Half a pair: what a level that no random pair shows is taken to have.
UNSEEN_PAIRS = 0.5


@dataclass(frozen=True)
class LevelShares:
    """By level of one comparison, in the order of its names: u over pairs where it is not missing (0 for `missing`), the standard
    error where it was sampled (else 0), and `present`, the share of pairs where it is not missing.
    """

    u: Bits
    error: Bits
    present: float


def level_shares(comparison: Comparison, sides: Sides, sampled: Bits) -> LevelShares:
    """u of one comparison; `sampled` are the numbers of random pairs by level."""
    total = all_pairs(sides)
    missing = missing_place(comparison)
    counted = _counted(comparison, sides)
    drawn = float(sampled.sum())
    present = _present(comparison, sides, total)
    if present is None:
        present = 1.0 if missing is None or not drawn else 1 - float(sampled[missing]) / drawn
    seen = np.array(sampled, dtype=np.float64)
    is_exact = np.array([place in counted for place in range(len(seen))], dtype=np.bool_)
    wanted = np.ones(len(seen), dtype=np.bool_)
    if missing is not None:
        wanted[missing] = False
    u = np.zeros(len(seen))
    pairs = max(total * present, 1.0)
    for place, found in counted.items():
        u[place] = max(found, UNSEEN_PAIRS) / pairs
    rest = wanted & ~is_exact
    if rest.any():
        guess = np.maximum(seen[rest], UNSEEN_PAIRS)
        u[rest] = guess / guess.sum() * max(1 - u.sum(), UNSEEN_PAIRS / pairs)
    u = np.where(wanted, u, 0.0) / max(u.sum(), np.finfo(float).tiny)
    return LevelShares(u, np.where(rest, _error(u, drawn * present, total * present), 0.0), present)


def missing_place(comparison: Comparison) -> int | None:
    """Code of the level `missing`, None where the comparison has none."""
    return comparison.names.index(MISSING) if MISSING in comparison.names else None


def without_matches(shares: Bits, m: Bits, match_share: float) -> Bits:
    """u from shares among all pairs: the share of the pairs that are one person is taken out.

    Where nearly all pairs of a level are matches (an NHS number) what is left is as uncertain as `match_share`, so at least a
    twentieth stays.
    """
    left = np.maximum((shares - match_share * m) / (1 - match_share), shares / 20)
    u: Bits = np.where(shares > 0, left, 0.0) / left.sum()
    return u


def _error(u: Bits, drawn: float, total: float) -> Bits:
    """Standard error of a share seen in random pairs, less the nearer these are to all pairs."""
    unseen = max(0.0, 1 - drawn / max(total, 1.0))
    error: Bits = np.sqrt(u * (1 - u) / max(drawn, 1.0) * unseen)
    return error


class _PairCounts:
    """Numbers of pairs that agree in columns, each counted once; a column that another one decides is not asked again."""

    def __init__(self, sides: Sides, needed: Sequence[Both]) -> None:
        self.sides, self.needed = sides, needed
        self.known: dict[frozenset[tuple[str, str]], float] = {}
        self.decides: dict[tuple[str, str], bool] = {}

    def any_of(self, terms: Sequence[frozenset[tuple[str, str]]]) -> float:
        """Pairs for which at least one of the terms holds, by inclusion and exclusion."""
        total = 0.0
        for size in range(1, len(terms) + 1):
            for chosen in itertools.combinations(terms, size):
                total += (-1) ** (size + 1) * self.all_of(frozenset().union(*chosen))
        return total

    def all_of(self, columns: frozenset[tuple[str, str]]) -> float:
        """Pairs that agree in all `columns` (left's, right's)."""
        wanted = frozenset(pair for pair in columns if not self._is_decided(pair, columns))
        if wanted not in self.known:
            self.known[wanted] = equal_pairs(sorted(wanted), self.sides, self.needed)
        return self.known[wanted]

    def _is_decided(self, pair: tuple[str, str], among: frozenset[tuple[str, str]]) -> bool:
        """Whether another of the columns decides this one: a postcode its sector."""
        own, other = pair
        finer = (one for one, two in among if one == two and one != own)
        return own == other and any(self._decides(one, own) and not (self._decides(own, one) and own < one) for one in finer)

    def _decides(self, finer: str, coarser: str) -> bool:
        if (finer, coarser) not in self.decides:
            sheets = (self.sides.left, self.sides.other)
            codes, parts = (np.concatenate([sheet[name] for sheet in sheets]) for name in (finer, coarser))
            self.decides[finer, coarser] = _decides(codes[:FIRST_LOOK], parts[:FIRST_LOOK]) and _decides(codes, parts)
        return self.decides[finer, coarser]


def _decides(codes: Codes, parts: Codes) -> bool:
    """Whether equal codes always have equal parts, none of them missing."""
    present = codes >= 0
    codes, parts = codes[present], parts[present]
    part_of = np.full(int(codes.max(initial=0)) + 1, NONE, dtype=parts.dtype)
    part_of[codes] = parts
    return bool(np.all((part_of[codes] == parts) & (parts >= 0)))


def _counted(comparison: Comparison, sides: Sides) -> dict[int, float]:
    """Numbers of pairs by level, of the levels that can be counted: those that ask for equality alone, after others that do."""
    counts = _PairCounts(sides, _needed(comparison))
    better: list[frozenset[tuple[str, str]]] = []
    found: dict[int, float] = {}
    for place, level in enumerate(comparison.levels):
        if level.name == MISSING:
            continue
        if not all(_is_equality(term) for term in level.any_of) or len(better) + len(level.any_of) > MOST_TERMS:
            break
        terms = [frozenset(columns_of(question) for question in term.yes) for term in level.any_of]
        found[place] = counts.any_of([*better, *terms]) - counts.any_of(better)
        better += terms
    return found


def equal_pairs(columns: Sequence[tuple[str, str]], sides: Sides, needed: Sequence[Both] = ()) -> float:
    """How many pairs agree in all `columns` (left's, right's) and have a value in those that `needed` names."""
    ours, theirs = combine(
        [sides.left[one].astype(np.int64) for one, _ in columns], [sides.other[other].astype(np.int64) for _, other in columns]
    )
    ours, theirs = _where_present(ours, sides.left, needed, 0), _where_present(theirs, sides.other, needed, 1)
    pairs = _pairs_of(ours, theirs)
    if sides.right is not None:
        return pairs
    return (pairs - float(((ours == theirs) & (ours != NONE)).sum())) / 2  # no pair with oneself, and each pair once


def _where_present(keys: Whole, sheet: Sheet, needed: Sequence[Both], side: int) -> Whole:
    for question in needed:
        keys = np.where(sheet[columns_of(question)[side]] < 0, NONE, keys)
    return keys


def _pairs_of(ours: Whole, theirs: Whole) -> float:
    """Sum over values of (how often on the left x how often on the right): by counting where values are few, else by sorting."""
    left, right = ours[ours != NONE], theirs[theirs != NONE]
    top = int(max(left.max(initial=0), right.max(initial=0))) + 1
    if top <= MOST_COUNTERS:
        return float(np.bincount(left, minlength=top) @ np.bincount(right, minlength=top))
    left, right = np.sort(left), np.sort(right)
    start, stop = np.empty(len(left), np.int64), np.empty(len(left), np.int64)
    find_ranges(left, right, start, stop)
    return float((stop - start).sum())


def _needed(comparison: Comparison) -> list[Both]:
    """What must be there for a pair not to be missing; empty where the comparison does not say so in plain terms."""
    missing = missing_place(comparison)
    if missing is None or missing >= len(comparison.levels):
        return []
    terms = comparison.levels[missing].any_of
    return [question for term in terms for question in term.no if isinstance(question, Both)] if _says_plainly(terms) else []


def _says_plainly(terms: Sequence[Term]) -> bool:
    return all(not term.yes and len(term.no) == 1 and isinstance(term.no[0], Both) for term in terms)


def _is_equality(term: Term) -> bool:
    return bool(term.yes) and not term.no and all(isinstance(question, Equal) for question in term.yes)


def _present(comparison: Comparison, sides: Sides, total: float) -> float | None:
    """The share of pairs where nothing is missing, counted; None where only random pairs can tell."""
    needed = _needed(comparison)
    if not needed or not total:
        return None if not total or missing_place(comparison) is not None else 1.0
    ours, theirs = (
        _where_present(np.zeros(len(sheet), dtype=np.int64), sheet, needed, side) == 0
        for side, sheet in enumerate((sides.left, sides.other))
    )
    pairs = float(ours.sum()) * float(theirs.sum())
    if sides.right is None:
        pairs = (pairs - float((ours & theirs).sum())) / 2
    return pairs / total
