"""The kernel: pairs are scored while they are enumerated, and only those over a floor are ever written down.

For each left record the equal-key range of right records is taken a tile at a time:

1 `ask`          every shallow question of all pairs of the tile: one bit each, a plain loop over one column
2 `find_known`   mark pairs that an earlier rule has found: a pair belongs to the first
3 `hopeful`      look the bits up: what is the most this pair can weigh? Drop what cannot reach the floor
4 `settle`       for the few that are left read the texts, then add up the exact weight

Nothing is allocated inside, so memory does not grow with pairs. See `program.py` for the arrays, `plain_scorer.py` for the same
answer in plain words.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from linkage.engine.compiled import compiled, woven
from linkage.engine.kernel_pairs import ROUNDING, find_levels, pattern_of, settle, weight_of
from linkage.engine.program import DIFFER, EQUAL, ONE_DIGIT, WITHIN
from linkage.engine.text_measures import LONGEST_TEXT

TILE = 512
MEMO_SIZE = 1 << 16
# Pairs of a tile up to which they are asked one by one.
FEW = 3


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
def ask_few(questions, left, row, right, first, count, words):  # type: ignore[no-untyped-def]
    """The same of a few pairs, one pair after the other: quicker where a loop over pairs is hardly begun."""
    for j in range(count):
        word = np.uint64(0)
        for q in range(len(questions)):
            question = questions[q]
            value, theirs = left[row, question.left], right[question.right, first + j]
            if value >= 0 and theirs >= 0:
                word |= question.both
                if question.kind == EQUAL:
                    holds = value == theirs
                elif question.kind == DIFFER:
                    holds = value != theirs
                elif question.kind == WITHIN:
                    holds = abs(theirs - value) <= question.steps
                else:
                    holds = one_digit_differs(value, theirs)
                if holds:
                    word |= question.yes
        words[j] = word


@woven
def ask_tile(questions, left, row, right, first, count, words):  # type: ignore[no-untyped-def]
    """Answer every shallow question of a tile, the quicker way."""
    if count <= FEW:
        ask_few(questions, left, row, right, first, count, words)
    else:
        ask(questions, left, row, right, first, count, words)


@woven
def find_known(rules, rule, left_out, count, scratch):  # type: ignore[no-untyped-def]
    """Mark pairs that a rule before `rule` finds; how many are new. Rules that `left_out` this record found nothing of it."""
    words, is_known = scratch.words, scratch.is_known
    for j in range(count):
        is_known[j] = 0
    for earlier in range(rule):
        if (left_out >> earlier) & 1 == 1:
            continue
        bits = rules[earlier]
        for j in range(count):
            is_known[j] |= (words[j] & bits) == bits
    new = 0
    for j in range(count):
        new += 1 - is_known[j]
    return new


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
                scaled[c] = program.value_bits[level.first_value + code]


@woven
def hopeful(program, floor, count, scratch):  # type: ignore[no-untyped-def]
    """Places of the new pairs that may reach the floor, and the most each can weigh, in `tile` and `bounds`; how many."""
    words, bounds, tile = scratch.words, scratch.bounds, scratch.tile
    base = program.prior[0] + program.prior[1]
    for j in range(count):
        bounds[j] = base
    for g in range(len(program.groups)):
        shift, mask, first = program.groups[g].shift, program.groups[g].mask, program.groups[g].entry
        for j in range(count):
            bounds[j] += program.group_most[first + np.int64((words[j] >> shift) & mask)]
    for c in range(len(scratch.scaled)):
        bits, more = program.comparisons[c].scaled_bits, scratch.scaled[c]
        if more != 0.0:
            for j in range(count):
                bounds[j] += more if (words[j] & bits) == bits else 0.0
    found = 0
    for j in range(count):
        tile[found] = j
        found += (bounds[j] >= floor - ROUNDING) & (scratch.is_known[j] == 0)
    return found


@compiled
def keep(program, left, right, start, stop, first, last, rule, left_out, floor, scratch, kept):  # type: ignore[no-untyped-def]
    """Score left records `first` to `last` against their right ranges; write pairs over the floor to `kept`.

    Answers (next left place, pairs written, pairs scored): it stops early where `kept` might overflow.
    """
    written, scored = 0, 0
    for i in range(first, last):
        if len(kept.left) - written < stop[i] - start[i]:
            return i, written, scored
        is_scaled = False
        for tile_first in range(start[i], stop[i], TILE):
            count = min(TILE, stop[i] - tile_first)
            ask_tile(program.questions, left, i, right, tile_first, count, scratch.words)
            new = find_known(program.rules, rule, left_out[i], count, scratch)
            if new == 0:
                continue
            scored += new
            if not is_scaled:
                scale(program, left, i, scratch.scaled)
                is_scaled = True
            for place in range(hopeful(program, floor, count, scratch)):
                j = scratch.tile[place]
                most = scratch.bounds[j]
                weight = settle(program, scratch.words[j], left, i, right, tile_first + j, most, floor, scratch)
                if weight >= floor:
                    kept.left[written] = i
                    kept.right[written] = tile_first + j
                    kept.weight[written] = weight
                    kept.pattern[written] = pattern_of(program.comparisons, scratch.levels)
                    written += 1
    return last, written, scored


@compiled
def count(program, left, right, start, stop, first, last, rule, left_out, scratch, histogram):  # type: ignore[no-untyped-def]
    """Count the patterns of all pairs of left records `first` to `last` that no earlier rule finds."""
    for i in range(first, last):
        for tile_first in range(start[i], stop[i], TILE):
            count = min(TILE, stop[i] - tile_first)
            ask_tile(program.questions, left, i, right, tile_first, count, scratch.words)
            find_known(program.rules, rule, left_out[i], count, scratch)
            for j in range(count):
                if scratch.is_known[j]:
                    continue
                find_levels(program, scratch.words[j], left, i, right, tile_first + j, scratch)
                histogram[pattern_of(program.comparisons, scratch.levels)] += 1


@compiled
def compare(program, left, right, first, last, scratch, levels, weights):  # type: ignore[no-untyped-def]
    """Levels and weight of given pairs: left record `i` with right place `i`, from `first` to `last`."""
    for i in range(first, last):
        ask_few(program.questions, left, i, right, i, 1, scratch.words)
        find_levels(program, scratch.words[0], left, i, right, i, scratch)
        for c in range(len(scratch.levels)):
            levels[i, c] = scratch.levels[c]
        weights[i] = weight_of(program, left, i, right, i, scratch.levels)


@compiled
def rows_in_order(sheet, rows, first, last, to):  # type: ignore[no-untyped-def]
    """Records `rows` of a sheet (a row per record), from place `first` to `last`, as rows of `to`."""
    for i in range(first, last):
        row = rows[i]
        for c in range(sheet.shape[1]):
            to[i, c] = sheet[row, c]


@compiled
def columns_in_order(sheet, rows, first, last, to):  # type: ignore[no-untyped-def]
    """The same as columns of `to`, which has a row per column."""
    for i in range(first, last):
        row = rows[i]
        for c in range(sheet.shape[1]):
            to[c, i] = sheet[row, c]
