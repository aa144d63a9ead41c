"""One pair in the kernel: its levels, texts read where bits cannot tell, and its exact weight.

`left` has a row per record, `right` a row per column with the records in key order; a pair is (left row, right place j). See
`program.py` for the arrays and `plain_scorer.py` for the same answer in plain words.
"""

from __future__ import annotations

import numpy as np

from linkage.engine.compiled import compiled, woven
from linkage.engine.program import (
    DAMERAU_LEVENSHTEIN,
    JARO,
    JARO_WINKLER,
    LESSER,
    LEVENSHTEIN,
    NO_FREQUENCY,
    ONE_SLIP,
    PENDING,
    RELATED,
)  # fmt: skip
from linkage.engine.text_measures import (
    bits_set,
    damerau_levenshtein,
    jaro,
    jaro_winkler,
    levenshtein,
    may_reach,
    one_slip,
    optimal_alignment,
)  # fmt: skip

# Bounds are added up in another order than weights: pairs this close to the floor are settled before they are dropped.
ROUNDING = 1e-6
BELOW = -1e300  # the weight of a pair that was given up on the way
FAR = 1e9  # farther apart than any two texts
MOST_MEASURES = 64
LETTERS = np.uint32((1 << 26) - 1)  # of an outline, as `sheets` makes it; its length stands above them
LETTER_BITS = np.uint32(26)
LONGEST_OUTLINE = 63


@woven
def entry_of(comparison, word):  # type: ignore[no-untyped-def]
    """Place of a word's entry in the table."""
    return comparison.entry + np.int64((word >> comparison.shift) & comparison.mask)


@woven
def commonness_of_pair(program, level, left, row, right, j):  # type: ignore[no-untyped-def]
    """Bits that the two values of a pair add to a level, the one that is there where the other is missing."""
    if level.frequency == NO_FREQUENCY:
        return 0.0
    one, other = left[row, level.left], right[level.right, j]
    one, other = one if one >= 0 else other, other if other >= 0 else one
    if one < 0:
        return 0.0
    first, second = program.value_bits[level.first_value + one], program.value_bits[level.first_value + other]
    return min(first, second) if level.frequency == LESSER else max(first, second)


@woven
def are_related(program, one, other):  # type: ignore[no-untyped-def]
    """Whether a table says that two texts are one name."""
    found = False
    for place in range(program.first_related[one], program.first_related[one + 1]):
        found |= program.related[place] == other
    return found


@woven
def may_hold(program, measure, left, row, right, j):  # type: ignore[no-untyped-def]
    """Whether a measure of two texts can answer any question with yes; their outlines alone are looked at."""
    if measure.kind == RELATED:
        one = measure.first + left[row, measure.left]
        return program.first_related[one + 1] > program.first_related[one]
    a, b = np.uint32(left[row, measure.left_outline]), np.uint32(right[measure.right_outline, j])
    a_length, b_length = np.int64(a >> LETTER_BITS), np.int64(b >> LETTER_BITS)
    if max(a_length, b_length) == LONGEST_OUTLINE:
        return True
    a_letters, b_letters = np.uint64(a & LETTERS), np.uint64(b & LETTERS)
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
        scratch.memo_value[slot] = computed(
            measure.kind, program.points, a, lengths[0], b, lengths[1], scratch.flags, scratch.rows
        )
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
        if not may_hold(program, measure, left, row, right, j):
            return False
        value = measure_texts(program, question.measure, measure.first + one, measure.first + other, scratch)
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
        is_there = left[row, measure.left] >= 0 and right[measure.right, j] >= 0
        if is_there and may_hold(program, measure, left, row, right, j):
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
            if most < floor - ROUNDING:
                return BELOW
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


@woven
def pattern_of(comparisons, found):  # type: ignore[no-untyped-def]
    """The levels of a pair as one whole number."""
    pattern = np.int64(0)
    for c in range(len(found)):
        pattern += comparisons[c].stride * found[c]
    return pattern
