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
    COMMONER, DAMERAU_LEVENSHTEIN, DIFFER, EQUAL, JARO, JARO_WINKLER, LEVENSHTEIN, NO_FREQUENCY, ONE_DIGIT,
    ONE_SLIP, PENDING, RELATED, WITHIN,
)  # fmt: skip
from linkage.text_measures import (
    LONGEST_TEXT, bits_set, damerau_levenshtein, jaro, jaro_winkler, levenshtein, may_reach, one_slip, optimal_alignment,
)  # fmt: skip

TILE = 512
MEMO_SIZE = 1 << 16
# Bounds are added up in another order than weights: pairs this close to the floor are settled before they are dropped.
ROUNDING = 1e-6
BELOW = -1e300  # the weight of a pair that was given up on the way
FAR = 1e9  # farther apart than any two texts
MOST_MEASURES = 64


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
def ask(questions, left, row, right, first, count, words):  # type: ignore[no-untyped-def]
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
def first_found(rules, rule, words, count, scratch):  # type: ignore[no-untyped-def]
    """Places in the tile of pairs that no rule before `rule` finds; how many."""
    is_known, tile = scratch.is_known, scratch.tile
    for j in range(count):
        is_known[j] = 0
    for earlier in range(rule):
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


@woven
def entry_of(comparison, word):  # type: ignore[no-untyped-def]
    """Place of a word's entry in the table."""
    return comparison.entry + np.int64((word >> comparison.shift) & comparison.mask)


@woven
def commonness(level, share):  # type: ignore[no-untyped-def]
    """Bits that a value of this share adds to a level."""
    return level.share * (level.base - np.log2(max(share, level.floor)))


@woven
def commonness_of_pair(program, level, left, row, right, j):  # type: ignore[no-untyped-def]
    """Bits that the two values of a pair add to a level; none where one is missing."""
    if level.frequency == NO_FREQUENCY:
        return 0.0
    one, other = left[row, level.left], right[level.right, j]
    if one < 0 or other < 0:
        return 0.0
    first, second = program.value_share[level.first_share + one], program.value_share[level.first_share + other]
    return commonness(level, max(first, second) if level.frequency == COMMONER else min(first, second))


@woven
def are_related(program, one, other):  # type: ignore[no-untyped-def]
    """Whether a table says that two texts are one name."""
    for place in range(program.first_related[one], program.first_related[one + 1]):
        if program.related[place] == other:
            return True
    return False


@woven
def may_hold(program, measure, one, other):  # type: ignore[no-untyped-def]
    """Whether a measure of two texts can answer any question with yes; their letters and lengths alone are looked at."""
    if measure.kind == RELATED:
        return program.first_related[one + 1] > program.first_related[one]
    a_length, b_length = program.start[one + 1] - program.start[one], program.start[other + 1] - program.start[other]
    a_letters, b_letters = program.letters[one], program.letters[other]
    if measure.least > 0.0:
        return may_reach(a_letters, a_length, b_letters, b_length, measure.least)
    # a change takes at most one letter out of the set and puts one into it
    return abs(a_length - b_length) <= measure.most and bits_set(a_letters ^ b_letters) <= 2.0 * measure.most


@woven
def measure_texts(program, m, one, other, scratch):  # type: ignore[no-untyped-def]
    """The measure `m` of two texts; what was computed lately is remembered."""
    measure = program.measures[m]
    if measure.kind == RELATED:
        return 1.0 if are_related(program, one, other) else 0.0
    key = ((one << 31) | other) * MOST_MEASURES + m
    slot = np.int64((np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(48))
    if scratch.memo_key[slot] != key:
        a, b = program.start[one], program.start[other]
        lengths = program.start[one + 1] - a, program.start[other + 1] - b
        scratch.memo_key[slot] = key
        scratch.memo_value[slot] = computed(measure.kind, program.points, a, lengths[0], b, lengths[1], scratch.flags, scratch.rows)
    return scratch.memo_value[slot]


@compiled
def computed(kind, points, a, a_length, b, b_length, flags, rows):  # type: ignore[no-untyped-def]
    """One measure of two texts."""
    if kind == JARO_WINKLER:
        return jaro_winkler(points, a, a_length, b, b_length, flags)
    if kind == JARO:
        return jaro(points, a, a_length, b, b_length, flags)
    if kind == LEVENSHTEIN:
        return np.float64(levenshtein(points, a, a_length, b, b_length, rows))
    if kind == DAMERAU_LEVENSHTEIN:
        return np.float64(damerau_levenshtein(points, a, a_length, b, b_length, rows))
    if kind == ONE_SLIP:
        return 1.0 if one_slip(points, a, a_length, b, b_length) else FAR
    return np.float64(optimal_alignment(points, a, a_length, b, b_length, rows))


@woven
def term_holds(program, t, word, left, row, right, j, scratch):  # type: ignore[no-untyped-def]
    """Whether a term holds of a pair, its texts read."""
    term = program.terms[t]
    if (word & term.yes) != term.yes or (word & term.no) != np.uint64(0):
        return False
    for q in range(term.first_text, term.stop_text):
        question = program.text_questions[q]
        measure = program.measures[question.measure]
        one, other = left[row, measure.left], right[measure.right, j]
        if one < 0 or other < 0:
            return False
        one, other = measure.first + one, measure.first + other
        if not may_hold(program, measure, one, other):
            return False
        value = measure_texts(program, question.measure, one, other, scratch)
        if question.is_upwards:
            if value < question.bound:
                return False
        elif value > question.bound:
            return False
    return True


@woven
def texts_may_tell(program, comparison, left, row, right, j):  # type: ignore[no-untyped-def]
    """Whether any text question of a comparison may be answered yes."""
    for m in range(comparison.first_measure, comparison.stop_measure):
        measure = program.measures[m]
        one, other = left[row, measure.left], right[measure.right, j]
        if one >= 0 and other >= 0 and may_hold(program, measure, measure.first + one, measure.first + other):
            return True
    return False


@compiled
def level_of(program, c, word, left, row, right, j, scratch):  # type: ignore[no-untyped-def]
    """The level of a comparison: the first of which a term holds."""
    comparison = program.comparisons[c]
    for number in range(comparison.first_level, comparison.last_level):
        level = program.levels[number]
        for t in range(level.first_term, level.stop_term):
            if term_holds(program, t, word, left, row, right, j, scratch):
                return number - comparison.first_level
    return comparison.last_level - comparison.first_level


@woven
def weight_of(program, left, row, right, j, found):  # type: ignore[no-untyped-def]
    """The exact match weight of a pair with the levels `found`."""
    weight = program.prior[0]
    for c in range(len(found)):
        level = program.levels[program.comparisons[c].first_level + found[c]]
        weight += level.bits
        weight += commonness_of_pair(program, level, left, row, right, j)
    for d in range(len(program.dependence_bits)):
        holds = True
        for c in range(len(found)):
            holds &= (program.dependence_levels[d, c] >> found[c]) & 1 == 1
        if holds:
            weight += program.dependence_bits[d]
    return weight


@woven
def settle(program, word, left, row, right, j, most, floor, scratch):  # type: ignore[no-untyped-def]
    """The exact weight of one pair, its levels in `scratch.levels`; BELOW where it is seen on the way not to reach the floor.

    Texts are read twice over: first their letters only, for all comparisons, then what is left.
    """
    found = scratch.levels
    for c in range(len(found)):
        comparison = program.comparisons[c]
        place = entry_of(comparison, word)
        found[c] = program.entries[place].level
        if found[c] == PENDING and not texts_may_tell(program, comparison, left, row, right, j):
            found[c] = program.entries[place].otherwise
            level = program.levels[comparison.first_level + found[c]]
            most += level.bits + commonness_of_pair(program, level, left, row, right, j) - program.most[place]
    for c in range(len(found)):
        if most < floor - ROUNDING:
            return BELOW
        if found[c] == PENDING:
            found[c] = level_of(program, c, word, left, row, right, j, scratch)
            comparison = program.comparisons[c]
            level = program.levels[comparison.first_level + found[c]]
            bits = level.bits + commonness_of_pair(program, level, left, row, right, j)
            most += bits - program.most[entry_of(comparison, word)]
    if most < floor - ROUNDING:
        return BELOW
    return weight_of(program, left, row, right, j, found)


@woven
def pattern_of(comparisons, found):  # type: ignore[no-untyped-def]
    """The levels of a pair as one whole number."""
    pattern = np.int64(0)
    for c in range(len(found)):
        pattern += comparisons[c].stride * found[c]
    return pattern


@compiled
def keep(program, left, rows, right, start, stop, first, last, rule, floor, scratch, kept):  # type: ignore[no-untyped-def]
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
            found = first_found(program.rules, rule, scratch.words, count, scratch)
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
def count(program, left, rows, right, start, stop, first, last, rule, scratch, histogram):  # type: ignore[no-untyped-def]
    """Count the patterns of all pairs of left records `rows[first]` to `rows[last]` that no earlier rule finds."""
    for i in range(first, last):
        row = rows[i]
        for tile_first in range(start[i], stop[i], TILE):
            count = min(TILE, stop[i] - tile_first)
            ask(program.questions, left, row, right, tile_first, count, scratch.words)
            found = first_found(program.rules, rule, scratch.words, count, scratch)
            for place in range(found):
                j = scratch.tile[place]
                find_levels(program, scratch.words[j], left, row, right, tile_first + j, scratch)
                histogram[pattern_of(program.comparisons, scratch.levels)] += 1


@woven
def find_levels(program, word, left, row, right, j, scratch):  # type: ignore[no-untyped-def]
    """The levels of one pair, in `scratch.levels`."""
    for c in range(len(scratch.levels)):
        comparison = program.comparisons[c]
        entry = program.entries[entry_of(comparison, word)]
        level = entry.level
        if level == PENDING:
            level = entry.otherwise
            if texts_may_tell(program, comparison, left, row, right, j):
                level = level_of(program, c, word, left, row, right, j, scratch)
        scratch.levels[c] = level


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
