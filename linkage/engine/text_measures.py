"""How alike two texts are, compiled: texts are slices of one array of code points, so every script counts alike.

Each function is proved equal to rapidfuzz's of the same name by tests. `a` and `b` are the arrays of code points, given as whole
array, start and length. Scratch space comes from the caller: nothing is allocated while pairs are scored.
"""

from __future__ import annotations

import numpy as np

from linkage.engine.compiled import compiled

# Jaro-Winkler raises the Jaro likeness of texts over this by 0.1 for each of up to four equal first letters (Winkler 1990).
BOOST_THRESHOLD = 0.7
PREFIX_WEIGHT = 0.1
LONGEST_PREFIX = 4

# Texts longer than this are cut where they enter the kernel; it bounds scratch space and the work of a pair.
LONGEST_TEXT = 256


@compiled
def jaro(points, a, a_length, b, b_length, flags):  # type: ignore[no-untyped-def]
    """Jaro likeness, 0 to 1. `flags` is scratch of 2 x LONGEST_TEXT bytes."""
    if a_length == 0 or b_length == 0:
        return 1.0 if a_length == b_length else 0.0
    window = max(0, max(a_length, b_length) // 2 - 1)
    flags[: a_length + b_length] = 0
    found = 0
    for i in range(a_length):
        point = points[a + i]
        for j in range(max(0, i - window), min(b_length, i + window + 1)):
            if flags[a_length + j] == 0 and points[b + j] == point:
                flags[i] = 1
                flags[a_length + j] = 1
                found += 1
                break
    if found == 0:
        return 0.0
    moved = 0
    j = 0
    for i in range(a_length):
        if flags[i]:
            while flags[a_length + j] == 0:
                j += 1
            if points[a + i] != points[b + j]:
                moved += 1
            j += 1
    return (found / a_length + found / b_length + (found - moved // 2) / found) / 3.0


@compiled
def jaro_winkler(points, a, a_length, b, b_length, flags):  # type: ignore[no-untyped-def]
    """Jaro-Winkler likeness, 0 to 1."""
    likeness = jaro(points, a, a_length, b, b_length, flags)
    if likeness > BOOST_THRESHOLD:
        same = 0
        while same < min(LONGEST_PREFIX, a_length, b_length) and points[a + same] == points[b + same]:
            same += 1
        likeness += same * PREFIX_WEIGHT * (1.0 - likeness)
    return likeness


@compiled
def levenshtein(points, a, a_length, b, b_length, rows):  # type: ignore[no-untyped-def]
    """Letters changed, lost or added. `rows` is scratch of at least 4 rows of LONGEST_TEXT + 2 whole numbers."""
    before = rows[0]
    now = rows[1]
    for j in range(b_length + 1):
        before[j] = j
    for i in range(1, a_length + 1):
        now[0] = i
        for j in range(1, b_length + 1):
            cost = 0 if points[a + i - 1] == points[b + j - 1] else 1
            now[j] = min(before[j] + 1, now[j - 1] + 1, before[j - 1] + cost)
        before, now = now, before
    return before[b_length]


@compiled
def optimal_alignment(points, a, a_length, b, b_length, rows):  # type: ignore[no-untyped-def]
    """Letters changed, lost, added or swapped with their neighbour, no letter touched twice (optimal string alignment)."""
    before_that = rows[0]
    before = rows[1]
    now = rows[2]
    for j in range(b_length + 1):
        before[j] = j
    for i in range(1, a_length + 1):
        now[0] = i
        for j in range(1, b_length + 1):
            cost = 0 if points[a + i - 1] == points[b + j - 1] else 1
            least = min(before[j] + 1, now[j - 1] + 1, before[j - 1] + cost)
            if i > 1 and j > 1 and points[a + i - 1] == points[b + j - 2] and points[a + i - 2] == points[b + j - 1]:
                least = min(least, before_that[j - 2] + 1)
            now[j] = least
        before_that, before, now = before, now, before_that
    return before[b_length]


@compiled
def damerau_levenshtein(points, a, a_length, b, b_length, rows):  # type: ignore[no-untyped-def]
    """Letters changed, lost, added or swapped, a swapped pair may be parted by later changes (unrestricted Damerau-Levenshtein).

    Follows the recurrence of Lowrance and Wagner (1975), with the last place of each letter found by looking back. `rows` is
    scratch of LONGEST_TEXT + 2 rows.
    """
    for j in range(b_length + 1):
        rows[0, j] = j
    for i in range(1, a_length + 1):
        rows[i, 0] = i
        last_column = 0
        for j in range(1, b_length + 1):
            last_row = i - 1
            while last_row > 0 and points[a + last_row - 1] != points[b + j - 1]:
                last_row -= 1
            same = points[a + i - 1] == points[b + j - 1]
            least = min(rows[i - 1, j] + 1, rows[i, j - 1] + 1, rows[i - 1, j - 1] + (0 if same else 1))
            if last_row > 0 and last_column > 0:
                gap = rows[last_row - 1, last_column - 1] + (i - last_row - 1) + 1 + (j - last_column - 1)
                least = min(least, gap)
            rows[i, j] = least
            if same:
                last_column = j
    return rows[a_length, b_length]


@compiled
def one_slip(points, a, a_length, b, b_length):  # type: ignore[no-untyped-def]
    """Whether at most one letter is changed, lost, added or swapped with its neighbour: what is left between equal ends says."""
    if abs(a_length - b_length) > 1:
        return False
    shorter = min(a_length, b_length)
    head = 0
    while head < shorter and points[a + head] == points[b + head]:
        head += 1
    tail = 0
    while tail < shorter - head and points[a + a_length - 1 - tail] == points[b + b_length - 1 - tail]:
        tail += 1
    a_left, b_left = a_length - head - tail, b_length - head - tail
    if max(a_left, b_left) <= 1:
        return True
    swapped = a_left == 2 and b_left == 2
    return swapped and points[a + head] == points[b + head + 1] and points[a + head + 1] == points[b + head]


@compiled
def bits_set(word):  # type: ignore[no-untyped-def]
    """How many bits of a 64-bit word are set."""
    word = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((word * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled
def may_reach(a_letters, a_length, b_letters, b_length, least):  # type: ignore[no-untyped-def]
    """Whether two texts can have a Jaro likeness of `least`, from their sets of letters (as bits) and lengths alone.

    A letter in common counts once for the set and for as many repeats as the shorter text has; the third part of the Jaro
    likeness is at most 1. Two letters that share a bit of the set only make the bound looser.
    """
    if a_length == 0 or b_length == 0:
        return a_length == b_length
    repeats = min(a_length - bits_set(a_letters), b_length - bits_set(b_letters))
    common = min(bits_set(a_letters & b_letters) + repeats, a_length, b_length)
    return common / a_length + common / b_length + 1.0 >= 3.0 * least - 1e-9


def least_jaro(likeness: float) -> float:
    """The Jaro likeness without which no prefix lifts Jaro-Winkler to `likeness`."""
    lifted = (likeness - LONGEST_PREFIX * PREFIX_WEIGHT) / (1 - LONGEST_PREFIX * PREFIX_WEIGHT)
    return min(likeness, max(BOOST_THRESHOLD, lifted))
