"""The kernel: pairs are scored while they are enumerated, and only those over a floor are ever written down.

For each left record the equal-key range of right records is taken a tile at a time:

1 `ask`          every shallow question of all pairs of the tile: one bit each, a plain loop over one column
2 `first_found`  drop pairs that an earlier rule has found: a pair belongs to the first
3 `hopeful`      look the bits up: what is the most this pair can weigh? Drop what cannot reach the floor
4 `settle`       for the few that are left read the texts, then add up the exact weight

Nothing is allocated inside, so memory does not grow with pairs. See `program.py` for the arrays, `reference.py` for the same
answer in plain words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from linkage.compiled import compiled, woven
from linkage.kernel_pairs import ROUNDING, commonness, find_levels, pattern_of, settle, weight_of
from linkage.program import DIFFER, EQUAL, ONE_DIGIT, WITHIN
from linkage.text_measures import LONGEST_TEXT

TILE = 512
MEMO_SIZE = 1 << 16


class Scratch(NamedTuple):
    """Working space of one thread."""

    words: Any
    is_known: Any
    tile: Any
    bounds: Any
    scaled: Any
    levels: Any
    flags: Any
    rows: Any
    memo_key: Any
    memo_value: Any


class Kept(NamedTuple):
    """Room for pairs over the floor: places of the two records in their key order, weight, pattern of levels."""

    left: Any
    right: Any
    weight: Any
    pattern: Any


def new_scratch(comparisons: int) -> Scratch:
    """Working space for one thread."""
    return Scratch(
        words=np.zeros(TILE, np.uint64),
        is_known=np.zeros(TILE, np.uint8),
        tile=np.zeros(TILE, np.int64),
        bounds=np.zeros(TILE, np.float64),
        scaled=np.zeros(comparisons, np.float64),
        levels=np.zeros(comparisons, np.int64),
        flags=np.zeros(2 * LONGEST_TEXT, np.uint8),
        rows=np.zeros((LONGEST_TEXT + 2, LONGEST_TEXT + 2), np.int64),
        memo_key=np.full(MEMO_SIZE, -1, np.int64),
        memo_value=np.zeros(MEMO_SIZE, np.float64),
    )


@woven
def ask(questions, left, row, right, first, count, words):  # type: ignore[no-untyped-def]  # noqa: C901 - one loop per kind
    """Answer every shallow question of one left record and the `count` right records from `first`."""
    nothing = np.uint64(0)
    for j in range(count):
        words[j] = nothing
    for q in range(len(questions)):
        kind, yes, both, steps = questions[q].kind, questions[q].yes, questions[q].both, questions[q].steps
        value = left[row, questions[q].left]
        if value < 0:
            continue
        theirs = right[questions[q].right, first : first + count]
        if kind == EQUAL:
            for j in range(count):
                words[j] |= (yes if theirs[j] == value else nothing) | (both if theirs[j] >= 0 else nothing)
        elif kind == DIFFER:
            for j in range(count):
                words[j] |= yes if (theirs[j] >= 0) & (theirs[j] != value) else nothing
        elif kind == WITHIN:
            for j in range(count):
                words[j] |= yes if (theirs[j] >= 0) & (abs(theirs[j] - value) <= steps) else nothing
        elif kind == ONE_DIGIT:
            for j in range(count):
                words[j] |= yes if one_digit_differs(value, theirs[j]) else nothing


@woven
def one_digit_differs(one, other):  # type: ignore[no-untyped-def]
    """Whether exactly one digit of two whole numbers differs, four bits a digit; a missing one (-1) is no number."""
    apart = np.uint32(one) ^ np.uint32(other)
    digits = (apart | (apart >> np.uint32(1)) | (apart >> np.uint32(2)) | (apart >> np.uint32(3))) & np.uint32(0x11111111)
    return (other >= 0) & (digits != np.uint32(0)) & ((digits & (digits - np.uint32(1))) == np.uint32(0))


@woven
def first_found(rules, rule, left_out, count, scratch):  # type: ignore[no-untyped-def]
    """Places in the tile of pairs that no rule before `rule` finds; how many. Those `left_out` found nothing of this record."""
    words, is_known, tile = scratch.words, scratch.is_known, scratch.tile
    for j in range(count):
        is_known[j] = 0
    for earlier in range(rule):
        if (left_out >> earlier) & 1 == 1:
            continue
        bits = rules[earlier]
        for j in range(count):
            is_known[j] |= (words[j] & bits) == bits
    kept = 0
    for j in range(count):
        tile[kept] = j
        kept += 1 - is_known[j]
    return kept


@woven
def scale(program, left, row, scaled):  # type: ignore[no-untyped-def]
    """What the commonness of a left record's values adds to the scaled level of each comparison."""
    for c in range(len(scaled)):
        scaled[c] = 0.0
        comparison = program.comparisons[c]
        if comparison.scaled >= 0:
            level = program.levels[comparison.first_level + comparison.scaled]
            code = left[row, level.left]
            if code >= 0:
                scaled[c] = commonness(level, program.value_share[level.first_share + code])


@woven
def hopeful(program, floor, kept, scratch):  # type: ignore[no-untyped-def]
    """Of the pairs in the tile those that may reach the floor, with the most each can weigh; how many."""
    words, tile, bounds = scratch.words, scratch.tile, scratch.bounds
    base = program.prior[0] + program.prior[1]
    for place in range(kept):
        bounds[place] = base
    for c in range(len(scratch.scaled)):
        shift, mask, first = program.comparisons[c].shift, program.comparisons[c].mask, program.comparisons[c].entry
        more = scratch.scaled[c]
        if more == 0.0:
            for place in range(kept):
                bounds[place] += program.most[first + np.int64((words[tile[place]] >> shift) & mask)]
        else:
            for place in range(kept):
                entry = first + np.int64((words[tile[place]] >> shift) & mask)
                bounds[place] += program.most[entry] + program.is_scaled[entry] * more
    left_over = 0
    for place in range(kept):
        most = bounds[place]
        tile[left_over] = tile[place]
        bounds[left_over] = most
        left_over += most >= floor - ROUNDING
    return left_over


@compiled
def keep(program, left, rows, right, start, stop, first, last, rule, left_out, floor, scratch, kept):  # type: ignore[no-untyped-def]
    """Score left records `rows[first]` to `rows[last]` against their right ranges; write pairs over the floor to `kept`.

    Answers (next left place, pairs written, pairs scored): it stops early where `kept` might overflow.
    """
    written, scored = 0, 0
    for i in range(first, last):
        if len(kept.left) - written < stop[i] - start[i]:
            return i, written, scored
        row = rows[i]
        scale(program, left, row, scratch.scaled)
        for tile_first in range(start[i], stop[i], TILE):
            count = min(TILE, stop[i] - tile_first)
            ask(program.questions, left, row, right, tile_first, count, scratch.words)
            found = first_found(program.rules, rule, left_out[row], count, scratch)
            scored += found
            found = hopeful(program, floor, found, scratch)
            for place in range(found):
                j = scratch.tile[place]
                most = scratch.bounds[place]
                weight = settle(program, scratch.words[j], left, row, right, tile_first + j, most, floor, scratch)
                if weight >= floor:
                    kept.left[written] = row
                    kept.right[written] = tile_first + j
                    kept.weight[written] = weight
                    kept.pattern[written] = pattern_of(program.comparisons, scratch.levels)
                    written += 1
    return last, written, scored


@compiled
def count(program, left, rows, right, start, stop, first, last, rule, left_out, scratch, histogram):  # type: ignore[no-untyped-def]
    """Count the patterns of all pairs of left records `rows[first]` to `rows[last]` that no earlier rule finds."""
    for i in range(first, last):
        row = rows[i]
        for tile_first in range(start[i], stop[i], TILE):
            count = min(TILE, stop[i] - tile_first)
            ask(program.questions, left, row, right, tile_first, count, scratch.words)
            found = first_found(program.rules, rule, left_out[row], count, scratch)
            for place in range(found):
                j = scratch.tile[place]
                find_levels(program, scratch.words[j], left, row, right, tile_first + j, scratch)
                histogram[pattern_of(program.comparisons, scratch.levels)] += 1


@compiled
def compare(program, left, rows, right, first, last, scratch, levels, weights):  # type: ignore[no-untyped-def]
    """Levels and weight of given pairs: left record `rows[i]` with right place `i`, from `first` to `last`."""
    for i in range(first, last):
        ask(program.questions, left, rows[i], right, i, 1, scratch.words)
        find_levels(program, scratch.words[0], left, rows[i], right, i, scratch)
        for c in range(len(scratch.levels)):
            levels[i, c] = scratch.levels[c]
        weights[i] = weight_of(program, left, rows[i], right, i, scratch.levels)


@compiled
def columns_in_order(sheet, rows, columns):  # type: ignore[no-untyped-def]
    """Records `rows` of a sheet (a row per record) as columns, a row per column."""
    for i in range(len(rows)):
        row = rows[i]
        for c in range(len(columns)):
            columns[c, i] = sheet[row, c]
