"""Comparisons, weights and blocking rules as flat arrays: what the kernel runs.

Every shallow question gets one bit of a 64-bit word; the bits of one comparison lie side by side, so that a table looked up
with them says at once which level a pair has, or that texts must be read first, and how much the comparison can weigh at most.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

# Kinds of shallow questions, of measures of texts, and of how commonness counts.
EQUAL, DIFFER, WITHIN, ONE_DIGIT = range(4)

JARO_WINKLER, JARO, LEVENSHTEIN, DAMERAU_LEVENSHTEIN, SLIP, RELATED, ONE_SLIP = range(7)

PENDING = -1  # in a comparison's table: only the texts can say
NO_FREQUENCY, LESSER, GREATER = range(3)  # of the bits that two values add


def _record(**fields: type) -> np.dtype[Any]:
    return np.dtype(list(fields.items()))


# Shallow questions of two columns, asked in one go: their kind, the places of the columns, the bits in the word that are set
# where the answer is yes and those that are set where both have a value, and the steps of `Within`.
QUESTION = _record(kind=np.int64, left=np.int64, right=np.int64, yes=np.uint64, both=np.uint64, steps=np.int64)

# A comparison: where its bits lie in the word, its first entry in the table, its levels (the last is `otherwise`), what one
# level counts for in a pattern, its measures, the level whose commonness the table leaves to the left value (-1: none), and the
# bits that are all set where a pair has that level and nowhere else.
COMPARISON = _record(
    shift=np.uint64, mask=np.uint64, entry=np.int64, first_level=np.int64, last_level=np.int64, stride=np.int64,
    first_measure=np.int64, stop_measure=np.int64, scaled=np.int64, scaled_bits=np.uint64,
)  # fmt: skip

# Comparisons whose bits are few enough for one table of the most that they weigh together.
GROUP = _record(shift=np.uint64, mask=np.uint64, entry=np.int64)

# An entry of the table: the level (or PENDING), and the level where no text question is answered yes.
ENTRY = _record(level=np.int32, otherwise=np.int32)

# A level: its terms, its bits, and how commonness counts: of which value, the column's places, where its values' bits start.
LEVEL = _record(
    first_term=np.int64, stop_term=np.int64, bits=np.float64,
    frequency=np.int64, left=np.int64, right=np.int64, first_value=np.int64,
)  # fmt: skip

# A term holds where the word has all bits of `yes`, none of `no`, and its text questions are answered yes.
TERM = _record(yes=np.uint64, no=np.uint64, first_text=np.int64, stop_text=np.int64)

# A text question: its measure must reach `bound` where `is_upwards`, stay within it elsewhere.
TEXT_QUESTION = _record(measure=np.int64, bound=np.float64, is_upwards=np.int64)

# A measure of two texts: kind, places of the columns and of those with the texts' outlines, its first text, and what matters of
# it: the least Jaro likeness or the most changes.
MEASURE = _record(
    kind=np.int64, left=np.int64, right=np.int64, left_outline=np.int64, right_outline=np.int64,
    first=np.int64, least=np.float64, most=np.float64,
)  # fmt: skip


class Program(NamedTuple):
    """All that the kernel needs to know: arrays of the records above, and the texts of all columns, one after the other."""

    questions: Any
    rules: Any  # per rule the bits of its questions
    comparisons: Any
    entries: Any
    most: Any  # per entry: the most its level can weigh, commonness left out where it is left to the left value
    groups: Any
    group_most: Any  # per word of a group's bits: the sum of `most`, and what dependences within the group can add
    levels: Any
    terms: Any
    text_questions: Any
    measures: Any
    value_bits: Any  # what the commonness of each value adds, for every frequency of a level
    prior: (
        Any  # two numbers: bits before anything is compared, and the most that dependences can add that `group_most` leaves out
    )
    dependence_levels: Any  # per dependence and comparison: bits of the levels it stands for
    dependence_bits: Any
    points: Any  # code points of all texts
    start: Any  # where each text starts
    first_related: Any  # where the related texts of each text start
    related: Any  # related texts, by number
