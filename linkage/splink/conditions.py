"""What a level's SQL asks, as the questions of `conditions`: any of some terms, each exactly as true as the SQL is.

In SQL a comparison with a missing value is neither true nor false. A level holds where its condition is true: `NOT (a = b)` asks
that both have a value and the two differ. What has no such question is refused with `SqlNotReadError`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

from linkage.engine.conditions import Alike, Both, Differ, Equal, OneDigit, Question, Shallow, Term, Within, no, yes
from linkage.splink.columns import ALWAYS, NUMBERS, UNITS, one_sided, written
from linkage.splink.sql import (
    LEFT,
    RIGHT,
    Call,
    Compared,
    Either,
    Every,
    Expression,
    IsNull,
    Literal,
    Not,
    SqlNotReadError,
)

Terms = tuple[Term, ...]

# DuckDB's similarities and distances, and what they are called here. Both count code points. Its damerau_levenshtein is the
# unrestricted one (CA to ABC in two changes), as ours of that name.
LIKENESS = {"jaro_winkler_similarity": "jaro_winkler", "jaro_similarity": "jaro"}
CHANGES = {"levenshtein": "levenshtein", "damerau_levenshtein": "damerau_levenshtein"}
MOST_TERMS = 32


class Made:
    """The columns that questions ask for, by name."""

    def __init__(self) -> None:
        self.columns: dict[str, Expression] = {}

    def name(self, value: Expression) -> str:
        """The name of a made column."""
        name = written(value)
        self.columns.setdefault(name, value)
        return name

    def pair(self, one: Expression, other: Expression) -> tuple[str, str]:
        """Names of left's and right's column, in the order of a question: the second is empty where it is the same."""
        (side, ours), (other_side, theirs) = one_sided(one), one_sided(other)
        if side == RIGHT or other_side == LEFT:
            side, ours, other_side, theirs = other_side, theirs, side, ours
        if side == RIGHT or other_side == LEFT or not (side or other_side):
            raise SqlNotReadError("a comparison of two values of one record")
        left, right = self.name(ours), self.name(theirs)
        return left, "" if left == right else right


def terms_of(condition: Expression, made: Made) -> Terms:
    """The terms of which any makes `condition` true. Raises `SqlNotReadError`."""
    found = tuple(dict.fromkeys(_terms(condition, made, is_true=True)))
    if len(found) > MOST_TERMS:
        raise SqlNotReadError(f"more than {MOST_TERMS} alternatives")
    return found


def _terms(condition: Expression, made: Made, *, is_true: bool) -> Terms:
    match condition:
        case Not():
            return _terms(condition.of, made, is_true=not is_true)
        case Either() if is_true:
            return _any(_together(condition.of), made, is_true=is_true)
        case Every() if is_true:
            return _all(condition.of, made, is_true=is_true)
        case Either():
            return _all(_together(condition.of), made, is_true=is_true)
        case Every():
            return _any(condition.of, made, is_true=is_true)
        case Call(name="missing"):
            asked = Both(made.name(condition.arguments[0]))
            return (no(asked) if is_true else yes(asked),)
        case IsNull():
            return _is_null(condition, made, is_true=is_true)
        case Compared():
            return _compared(condition, made, is_true=is_true)
        case _:
            raise SqlNotReadError("a value stands where a condition should")


def _any(parts: tuple[Expression, ...], made: Made, *, is_true: bool) -> Terms:
    return tuple(term for part in parts for term in _terms(part, made, is_true=is_true))


def _all(parts: tuple[Expression, ...], made: Made, *, is_true: bool) -> Terms:
    found: Terms = (Term(),)
    for part in parts:
        found = tuple(one & other for one, other in itertools.product(found, _terms(part, made, is_true=is_true)))
    return found


def _together(parts: tuple[Expression, ...]) -> tuple[Expression, ...]:
    """`a_l IS NULL OR a_r IS NULL` as one part, `missing`: it is one question, whether both have a value."""
    null = {one_sided(part.of) for part in parts if isinstance(part, IsNull)}
    either = {value for side, value in null if side == LEFT and (RIGHT, value) in null}
    others = tuple(part for part in parts if not (isinstance(part, IsNull) and one_sided(part.of)[1] in either))
    return (*(Call("missing", (value,)) for value in sorted(either, key=written)), *others)


def _is_null(condition: IsNull, made: Made, *, is_true: bool) -> Terms:
    side, value = one_sided(condition.of)
    if not side:
        raise SqlNotReadError("IS NULL of no column")
    name, always = made.name(value), made.name(ALWAYS)
    asked = Both(name, always) if side == LEFT else Both(always, name)
    return (no(asked) if is_true else yes(asked),)


def _compared(condition: Compared, made: Made, *, is_true: bool) -> Terms:
    sign, left, right = condition.sign, condition.left, condition.right
    if sign in ("=", "<>"):
        columns = made.pair(left, right)
        return (yes(Equal(*columns) if (sign == "=") == is_true else Differ(*columns)),)
    if not isinstance(left, Call) or not isinstance(right, Literal) or not isinstance(right.value, float):
        raise SqlNotReadError(f"{sign} of other than a function and a number")
    for names, wanted, reads in ((LIKENESS, ">=", _alike), (CHANGES, "<=", _few_changes), (NEAR, "<=", _near)):
        if left.name in names and sign == wanted:
            asked = reads(left, right.value, made)
            return tuple(map(yes, asked)) if is_true else (_none_of(asked),)
    raise SqlNotReadError(f"{left.name} {sign}")


def _none_of(asked: tuple[Question, ...]) -> Term:
    """Both have a value, and no question is answered yes; of likenesses there is no such term."""
    if any(isinstance(question, Alike) for question in asked):
        raise SqlNotReadError("NOT of a likeness")
    shallow: tuple[Shallow, ...] = tuple(question for question in asked if isinstance(question, Within | Equal | OneDigit))
    return Term(tuple(Both(question.column, question.other) for question in shallow[:1]), shallow)


def _alike(call: Call, bound: float, made: Made) -> tuple[Question, ...]:
    """DuckDB says 0 of two empty texts, rapidfuzz 1: an empty text is no text here."""
    one, other = _two(call)
    full = (Call("nullif", (value, Literal(""))) for value in (one, other))
    left, right = made.pair(*full)
    return (Alike(LIKENESS[call.name], left, bound, right),)


def _few_changes(call: Call, bound: float, made: Made) -> tuple[Question, ...]:
    left, right = made.pair(*_two(call))
    return (Alike(CHANGES[call.name], left, bound, right),)


def _near(call: Call, bound: float, made: Made) -> tuple[Question, ...]:
    return NEAR[call.name](call, bound, made)


def _difference(call: Call, bound: float, made: Made) -> tuple[Question, ...]:
    """`ABS(a - b) <= n`: of whole numbers, or of the seconds of dates and times."""
    inner = call.arguments[0] if len(call.arguments) == 1 else None
    if not isinstance(inner, Call) or inner.name != "-" or bound < 0:
        raise SqlNotReadError("ABS of other than a difference")
    one, other = inner.arguments
    if isinstance(one, Call) and isinstance(other, Call) and one.name == other.name == "epoch":
        return _apart(one.arguments[0], other.arguments[0], bound, made)
    left, right = made.pair(Call("whole", (one,)), Call("whole", (other,)))
    return (Within(left, int(bound), right),)


def _apart(one: Expression, other: Expression, seconds: float, made: Made) -> tuple[Question, ...]:
    """Days for a column of dates, minutes or seconds for one of times: only the file says which; the other columns stay empty."""
    is_date = isinstance(one, Call) and one.name == "try_strptime"
    asked = []
    for unit, size in UNITS.items():
        if unit == "days" or not is_date:
            left, right = made.pair(Call(unit, (one,)), Call(unit, (other,)))
            asked.append(Within(left, int(seconds // size), right))
    return tuple(asked)


def _hamming(call: Call, bound: float, made: Made) -> tuple[Question, ...]:
    if bound != 1:
        raise SqlNotReadError("hamming other than <= 1")
    one, other = _two(call)
    digits = made.pair(Call("digits", (one,)), Call("digits", (other,)))
    return Equal(*digits), OneDigit(*digits)


def _two(call: Call) -> tuple[Expression, Expression]:
    if len(call.arguments) != 2:
        raise SqlNotReadError(f"{call.name} of other than two values")
    return call.arguments[0], call.arguments[1]


NEAR: dict[str, Callable[[Call, float, Made], tuple[Question, ...]]] = {"abs": _difference, "hamming": _hamming}


def is_number(column: str) -> bool:
    """Whether a made column is compared by size."""
    return column.startswith(tuple(f"{unit}(" for unit in NUMBERS))
