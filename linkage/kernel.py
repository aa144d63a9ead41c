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
from linkage.program import (
    BOTH, COMMONER, DAMERAU_LEVENSHTEIN, DIFFER, EQUAL, JARO, JARO_WINKLER, LEVENSHTEIN, NO_FREQUENCY, ONE_DIGIT,
    ONE_SLIP, PENDING, RELATED, WITHIN,
)  # fmt: skip
from linkage.text_measures import (
    LONGEST_TEXT, damerau_levenshtein, jaro, jaro_winkler, levenshtein, may_reach, one_slip, optimal_alignment,
)  # fmt: skip

TILE = 512
MEMO_SIZE = 1 << 16
# Bounds are added up in another order than weights: pairs this close to the floor are settled before they are dropped.
ROUNDING = 1e-6
BELOW = -1e300  # the weight of a pair that was given up on the way
FAR = 1e9  # farther apart than any two texts


class Scratch(NamedTuple):
    """Working space of one thread."""

    words: Any
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
def ask(questions, left, right, i, first, count, words):  # type: ignore[no-untyped-def]
    """Answer every shallow question of left record `i` and the `count` right records from `first`."""
    for j in range(count):
        words[j] = 0
    for q in range(len(questions)):
        value, bit, kind, steps = left[questions[q].left, i], questions[q].bit, questions[q].kind, questions[q].steps
        if value < 0:
            continue
        theirs = right[questions[q].right, first : first + count]
        if kind == EQUAL:
            for j in range(count):
                words[j] |= np.uint64(theirs[j] == value) << bit
        elif kind == BOTH:
            for j in range(count):
                words[j] |= np.uint64(theirs[j] >= 0) << bit
        elif kind == DIFFER:
            for j in range(count):
                words[j] |= np.uint64((theirs[j] >= 0) & (theirs[j] != value)) << bit
        elif kind == WITHIN:
            for j in range(count):
                words[j] |= np.uint64((theirs[j] >= 0) & (abs(theirs[j] - value) <= steps)) << bit
        elif kind == ONE_DIGIT:
            for j in range(count):
                words[j] |= np.uint64(one_digit_differs(value, theirs[j])) << bit


@woven
def one_digit_differs(one, other):  # type: ignore[no-untyped-def]
    """Whether exactly one digit of two whole numbers differs, four bits a digit; a missing one (-1) is no number."""
    apart = np.uint32(one) ^ np.uint32(other)
    digits = (apart | (apart >> np.uint32(1)) | (apart >> np.uint32(2)) | (apart >> np.uint32(3))) & np.uint32(0x11111111)
    return (other >= 0) & (digits != np.uint32(0)) & ((digits & (digits - np.uint32(1))) == np.uint32(0))


@woven
def first_found(rules, rule, words, count, tile):  # type: ignore[no-untyped-def]
    """Places in the tile of pairs that no rule before `rule` finds; how many."""
    kept = 0
    for j in range(count):
        word = words[j]
        is_new = True
        for earlier in range(rule):
            is_new &= (word & rules[earlier]) != rules[earlier]
        tile[kept] = j
        kept += is_new
    return kept


@woven
def scale(program, left, i, scaled):  # type: ignore[no-untyped-def]
    """What the commonness of left record `i`'s values adds to the scaled level of each comparison."""
    for c in range(len(scaled)):
        scaled[c] = 0.0
        comparison = program.comparisons[c]
        if comparison.scaled >= 0:
            level = program.levels[comparison.first_level + comparison.scaled]
            code = left[level.left, i]
            if code >= 0:
                scaled[c] = commonness(level, program.value_share[level.first_share + code])


@woven
def hopeful(program, scaled, floor, words, tile, kept, bounds):  # type: ignore[no-untyped-def]
    """Of the pairs in `tile` those that may reach the floor, with the most each can weigh; how many."""
    base = program.prior[0] + program.prior[1]
    for place in range(kept):
        bounds[place] = base
    for c in range(len(scaled)):
        shift, mask, first = program.comparisons[c].shift, program.comparisons[c].mask, program.comparisons[c].entry
        more = scaled[c]
        for place in range(kept):
            entry = program.entries[first + np.int64((words[tile[place]] >> shift) & mask)]
            bounds[place] += entry.most + entry.is_scaled * more
    left_over = 0
    for place in range(kept):
        most = bounds[place]
        tile[left_over] = tile[place]
        bounds[left_over] = most
        left_over += most >= floor - ROUNDING
    return left_over


@woven
def entry_of(comparison, word):  # type: ignore[no-untyped-def]
    """Place of a word's entry in the table."""
    return comparison.entry + np.int64((word >> comparison.shift) & comparison.mask)


@woven
def commonness(level, share):  # type: ignore[no-untyped-def]
    """Bits that a value of this share adds to a level."""
    return level.share * (level.base - np.log2(max(share, level.floor)))


@woven
def commonness_of_pair(program, level, left, right, i, j):  # type: ignore[no-untyped-def]
    """Bits that the two values of a pair add to a level; none where one is missing."""
    if level.frequency == NO_FREQUENCY:
        return 0.0
    one, other = left[level.left, i], right[level.right, j]
    if one < 0 or other < 0:
        return 0.0
    first, second = program.value_share[level.first_share + one], program.value_share[level.first_share + other]
    return commonness(level, max(first, second) if level.frequency == COMMONER else min(first, second))


@woven
def are_related(related, first, stop, wanted):  # type: ignore[no-untyped-def]
    """Whether the sorted numbers from `first` to `stop` hold `wanted`."""
    last = stop
    while first < last:
        middle = (first + last) // 2
        if related[middle] < wanted:
            first = middle + 1
        else:
            last = middle
    return first < stop and related[first] == wanted


@woven
def measure_texts(program, m, left_code, right_code, scratch):  # type: ignore[no-untyped-def]
    """The measure `m` of two texts by code; what cannot matter is not computed, what was computed lately is remembered."""
    measure = program.measures[m]
    if measure.kind == RELATED:
        wanted = np.int64(left_code) * measure.width + right_code
        return 1.0 if are_related(program.related, measure.first_related, measure.stop_related, wanted) else 0.0
    one, other = measure.first + left_code, measure.first + right_code
    a, b = program.start[one], program.start[other]
    a_length, b_length = program.start[one + 1] - a, program.start[other + 1] - b
    if measure.kind == ONE_SLIP:
        return 1.0 if one_slip(program.points, a, a_length, b, b_length) else FAR
    if measure.least > 0.0 and not may_reach(program.letters[one], a_length, program.letters[other], b_length, measure.least):
        return 0.0
    key = ((one << 31) | other) * len(program.measures) + m
    slot = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(48))
    if scratch.memo_key[slot] != key:
        scratch.memo_key[slot] = key
        scratch.memo_value[slot] = computed(measure.kind, program.points, a, a_length, b, b_length, scratch)
    return scratch.memo_value[slot]


@compiled
def computed(kind, points, a, a_length, b, b_length, scratch):  # type: ignore[no-untyped-def]
    """One measure of two texts."""
    if kind == JARO_WINKLER:
        return jaro_winkler(points, a, a_length, b, b_length, scratch.flags)
    if kind == JARO:
        return jaro(points, a, a_length, b, b_length, scratch.flags)
    if kind == LEVENSHTEIN:
        return np.float64(levenshtein(points, a, a_length, b, b_length, scratch.rows))
    if kind == DAMERAU_LEVENSHTEIN:
        return np.float64(damerau_levenshtein(points, a, a_length, b, b_length, scratch.rows))
    return np.float64(optimal_alignment(points, a, a_length, b, b_length, scratch.rows))


@woven
def term_holds(program, t, word, left, right, i, j, scratch):  # type: ignore[no-untyped-def]
    """Whether a term holds of a pair, its texts read."""
    term = program.terms[t]
    if (word & term.yes) != term.yes or (word & term.no) != np.uint64(0):
        return False
    for q in range(term.first_text, term.stop_text):
        question = program.text_questions[q]
        measure = program.measures[question.measure]
        one, other = left[measure.left, i], right[measure.right, j]
        if one < 0 or other < 0:
            return False
        value = measure_texts(program, question.measure, one, other, scratch)
        if question.is_upwards:
            if value < question.bound:
                return False
        elif value > question.bound:
            return False
    return True


@woven
def level_of(program, comparison, word, left, right, i, j, scratch):  # type: ignore[no-untyped-def]
    """The level of a comparison: the first of which a term holds."""
    for number in range(comparison.first_level, comparison.last_level):
        level = program.levels[number]
        for t in range(level.first_term, level.stop_term):
            if term_holds(program, t, word, left, right, i, j, scratch):
                return number - comparison.first_level
    return comparison.last_level - comparison.first_level


@woven
def weight_of(program, left, right, i, j, found):  # type: ignore[no-untyped-def]
    """The exact match weight of a pair with the levels `found`."""
    weight = program.prior[0]
    for c in range(len(found)):
        level = program.levels[program.comparisons[c].first_level + found[c]]
        weight += level.bits
        weight += commonness_of_pair(program, level, left, right, i, j)
    for d in range(len(program.dependence_bits)):
        holds = True
        for c in range(len(found)):
            holds &= (program.dependence_levels[d, c] >> found[c]) & 1 == 1
        if holds:
            weight += program.dependence_bits[d]
    return weight


@woven
def settle(program, word, left, right, i, j, most, floor, scratch):  # type: ignore[no-untyped-def]
    """The exact weight of one pair, its levels in `scratch.levels`; BELOW where it is seen on the way not to reach the floor."""
    found = scratch.levels
    for c in range(len(found)):
        comparison = program.comparisons[c]
        entry = program.entries[entry_of(comparison, word)]
        found[c] = entry.level
        if entry.level == PENDING:
            found[c] = level_of(program, comparison, word, left, right, i, j, scratch)
            level = program.levels[comparison.first_level + found[c]]
            most += level.bits + commonness_of_pair(program, level, left, right, i, j) - entry.most
            if most < floor - ROUNDING:
                return BELOW
    return weight_of(program, left, right, i, j, found)


@woven
def pattern_of(comparisons, found):  # type: ignore[no-untyped-def]
    """The levels of a pair as one whole number."""
    pattern = np.int64(0)
    for c in range(len(found)):
        pattern += comparisons[c].stride * found[c]
    return pattern


@compiled
def keep(program, left, right, start, stop, first, last, rule, floor, scratch, kept):  # type: ignore[no-untyped-def]
    """Score left places `first` to `last` against their right ranges; write pairs over the floor to `kept`.

    Answers (next left place, pairs written, pairs scored): it stops early where `kept` might overflow.
    """
    written, scored = 0, 0
    for i in range(first, last):
        if len(kept.left) - written < stop[i] - start[i]:
            return i, written, scored
        scale(program, left, i, scratch.scaled)
        for tile_first in range(start[i], stop[i], TILE):
            count = min(TILE, stop[i] - tile_first)
            ask(program.questions, left, right, i, tile_first, count, scratch.words)
            found = first_found(program.rules, rule, scratch.words, count, scratch.tile)
            scored += found
            found = hopeful(program, scratch.scaled, floor, scratch.words, scratch.tile, found, scratch.bounds)
            for place in range(found):
                j = scratch.tile[place]
                most = scratch.bounds[place]
                weight = settle(program, scratch.words[j], left, right, i, tile_first + j, most, floor, scratch)
                if weight >= floor:
                    kept.left[written] = i
                    kept.right[written] = tile_first + j
                    kept.weight[written] = weight
                    kept.pattern[written] = pattern_of(program.comparisons, scratch.levels)
                    written += 1
    return last, written, scored


@compiled
def count(program, left, right, start, stop, first, last, rule, scratch, histogram):  # type: ignore[no-untyped-def]
    """Count the patterns of all pairs of left places `first` to `last` that no earlier rule finds."""
    for i in range(first, last):
        for tile_first in range(start[i], stop[i], TILE):
            count = min(TILE, stop[i] - tile_first)
            ask(program.questions, left, right, i, tile_first, count, scratch.words)
            found = first_found(program.rules, rule, scratch.words, count, scratch.tile)
            for place in range(found):
                j = scratch.tile[place]
                find_levels(program, scratch.words[j], left, right, i, tile_first + j, scratch)
                histogram[pattern_of(program.comparisons, scratch.levels)] += 1


@woven
def find_levels(program, word, left, right, i, j, scratch):  # type: ignore[no-untyped-def]
    """The levels of one pair, in `scratch.levels`."""
    for c in range(len(scratch.levels)):
        comparison = program.comparisons[c]
        level = program.entries[entry_of(comparison, word)].level
        if level == PENDING:
            level = level_of(program, comparison, word, left, right, i, j, scratch)
        scratch.levels[c] = level


@compiled
def compare(program, left, right, first, last, scratch, levels, weights):  # type: ignore[no-untyped-def]
    """Levels and weight of given pairs: place `i` of left with place `i` of right, from `first` to `last`."""
    for i in range(first, last):
        ask(program.questions, left, right, i, i, 1, scratch.words)
        find_levels(program, scratch.words[0], left, right, i, i, scratch)
        for c in range(len(scratch.levels)):
            levels[i, c] = scratch.levels[c]
        weights[i] = weight_of(program, left, right, i, i, scratch.levels)
