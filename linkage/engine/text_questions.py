"""What the kernel has to know of questions that read texts: the measure, the bound, and what makes a measure not worth taking."""

from __future__ import annotations

import numpy as np

from linkage.engine.conditions import SIMILARITIES, Alike, Question, Related, Term, columns_of
from linkage.engine.program import DAMERAU_LEVENSHTEIN, JARO, JARO_WINKLER, LEVENSHTEIN, ONE_SLIP, RELATED, SLIP
from linkage.engine.text_measures import least_jaro

TEXT_KINDS = {
    "jaro_winkler": JARO_WINKLER, "jaro": JARO, "slip": SLIP,
    "levenshtein": LEVENSHTEIN, "damerau_levenshtein": DAMERAU_LEVENSHTEIN,
}  # fmt: skip


def has_both(term: Term, column: str) -> bool:
    """Whether a term can hold only where both sides have a value in `column`."""
    return any(columns_of(question) == (column, column) for question in term.yes)


def measure_of(question: Question) -> tuple[int, str, str]:
    """Kind of measure and the two columns."""
    left, right = columns_of(question)
    if isinstance(question, Related):
        return RELATED, left, right
    is_one_slip = isinstance(question, Alike) and question.measure == "slip" and question.bound == 1
    return ONE_SLIP if is_one_slip else TEXT_KINDS[getattr(question, "measure", "")], left, right


def bound_of(question: Question) -> float:
    """What the measure must reach or stay within; 1 of related texts, which measure 1 or 0."""
    return question.bound if isinstance(question, Alike) else 1.0


def is_upwards(question: Question) -> int:
    """1 where the measure must reach its bound, 0 where it must stay within it."""
    return int(isinstance(question, Related) or (isinstance(question, Alike) and question.measure in SIMILARITIES))


def most_changes(question: Question) -> float:
    """Changes beyond which a distance says no; a likeness, even one of 0, is no count of changes."""
    return np.inf if is_upwards(question) else bound_of(question)


def least_jaro_of(question: Question) -> float:
    """The Jaro likeness without which the answer is no; 0 of measures that are none."""
    if isinstance(question, Alike) and question.measure in SIMILARITIES:
        return least_jaro(question.bound) if question.measure == "jaro_winkler" else question.bound
    return 0.0
