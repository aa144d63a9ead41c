"""The SQL that Splink writes into its settings, read into a tree: comparisons of two records' columns, and nothing else of SQL.

    "given_name_l" = "given_name_r"                         Compared("=", Column("given_name", "l"), Column("given_name", "r"))
    jaro_winkler_similarity("a_l", "a_r") >= 0.9            Compared(">=", Call("jaro_winkler_similarity", ...), Literal(0.9))
    "a_l" IS NULL OR "a_r" IS NULL                          Either((IsNull(...), IsNull(...)))

What is not of these forms is refused with `SqlNotReadError`, which says what it stumbled on; never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

LEFT, RIGHT = "l", "r"


class SqlNotReadError(Exception):
    """SQL of a form that is not read here; the words say which, and quote no value."""


@dataclass(frozen=True)
class Column:
    """A column, in lower case as DuckDB compares names; `side` is `l` or `r`, or empty where it is meant of either."""

    name: str
    side: str = ""


@dataclass(frozen=True)
class Literal:
    """A text or a number."""

    value: str | float


@dataclass(frozen=True)
class Call:
    """A function of values; `a - b` is a call of `-`, `CAST(a AS TEXT)` one of `cast_text`."""

    name: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True)
class Compared:
    """Two values and the sign between them."""

    sign: str
    left: Expression
    right: Expression


@dataclass(frozen=True)
class IsNull:
    """Whether a value is missing."""

    of: Expression


@dataclass(frozen=True)
class Not:
    """A condition is false; nothing is known to be false of a missing value."""

    of: Expression


@dataclass(frozen=True)
class Every:
    """All conditions hold."""

    of: tuple[Expression, ...]


@dataclass(frozen=True)
class Either:
    """Any condition holds."""

    of: tuple[Expression, ...]


Expression: TypeAlias = Column | Literal | Call | Compared | IsNull | Not | Every | Either
Naming: TypeAlias = Callable[[Sequence[str]], Column]

TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"(?:[^"]|"")+")|(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d*)?(?:[eE][+-]?\d+)?)"""
    r"""|(?P<word>[^\W\d]\w*)|(?P<sign><=|>=|<>|!=|[=<>(),.\-]))"""
)
SIGNS = ("=", "<>", "!=", "<=", ">=", "<", ">")
TEXT_TYPES = ("text", "varchar", "string")


def read_condition(sql: str) -> Expression:
    """The tree of a comparison level's condition, whose columns end in `_l` and `_r`. Raises `SqlNotReadError`."""
    return _Reader(sql, _by_ending).whole()


def read_rule(sql: str) -> Expression:
    """The tree of a blocking rule, whose columns are those of `l` and `r`. Raises `SqlNotReadError`."""
    return _Reader(sql, _by_table).whole()


def _by_ending(parts: Sequence[str]) -> Column:
    name = parts[-1].lower()
    if len(parts) != 1 or name[-2:] not in ("_l", "_r"):
        raise SqlNotReadError("a column does not end in _l or _r")
    return Column(name[:-2], name[-1])


def _by_table(parts: Sequence[str]) -> Column:
    if len(parts) != 2 or parts[0].lower() not in (LEFT, RIGHT):
        raise SqlNotReadError("a column is not one of l or r")
    return Column(parts[1].lower(), parts[0].lower())


class _Reader:
    """Reads one condition, by recursive descent over its tokens."""

    def __init__(self, sql: str, naming: Naming) -> None:
        self.tokens, self.naming, self.place = _tokens(sql), naming, 0

    def whole(self) -> Expression:
        """The condition, when nothing follows it."""
        read = self._either()
        if self.place < len(self.tokens):
            raise SqlNotReadError(f"it goes on where it should end, with {self._kind_of_next()}")
        return read

    def _either(self) -> Expression:
        parts = [self._every()]
        while self._takes("or"):
            parts.append(self._every())
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _every(self) -> Expression:
        parts = [self._negation()]
        while self._takes("and"):
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _negation(self) -> Expression:
        return Not(self._negation()) if self._takes("not") else self._predicate()

    def _predicate(self) -> Expression:
        left = self._difference()
        if self._takes("is"):
            negated = self._takes("not")
            self._expect("null")
            return Not(IsNull(left)) if negated else IsNull(left)
        sign = self._next()[1] if self._next()[1] in SIGNS else ""
        if not sign:
            return left
        self.place += 1
        return Compared("<>" if sign == "!=" else sign, left, self._difference())

    def _difference(self) -> Expression:
        read = self._value()
        while self._takes("-"):
            read = Call("-", (read, self._value()))
        return read

    def _value(self) -> Expression:
        kind, mark = self._next()
        self.place += 1
        if mark == "(":
            read = self._either()
            self._expect(")")
            return read
        if kind == "number":
            return Literal(float(mark))
        if kind == "text":
            return Literal(mark[1:-1].replace("''", "'"))
        if kind == "word" and self._takes("("):
            return self._cast() if mark.lower() == "cast" else Call(mark.lower(), self._arguments())
        if kind in ("word", "quoted"):
            return self._column(mark)
        self.place -= 1
        raise SqlNotReadError(f"{self._kind_of_next()} stands where a value should")

    def _column(self, token: str) -> Column:
        parts = [_bare(token)]
        while self._takes("."):
            parts.append(_bare(self._next()[1]))
            self.place += 1
        return self.naming(parts)

    def _cast(self) -> Call:
        read = self._either()
        self._expect("as")
        kind = self._next()[1].lower()
        if kind not in TEXT_TYPES:
            raise SqlNotReadError("a value is cast to something other than text")
        self.place += 1
        self._expect(")")
        return Call("cast_text", (read,))

    def _arguments(self) -> tuple[Expression, ...]:
        read: list[Expression] = []
        while not self._takes(")"):
            if read:
                self._expect(",")
            read.append(self._either())
        return tuple(read)

    def _next(self) -> tuple[str, str]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")

    def _takes(self, wanted: str) -> bool:
        kind, token = self._next()
        if kind in ("quoted", "text", "end") or token.lower() != wanted:
            return False
        self.place += 1
        return True

    def _expect(self, wanted: str) -> None:
        if not self._takes(wanted):
            raise SqlNotReadError(f"{self._kind_of_next()} stands where {wanted.upper()} should")

    def _kind_of_next(self) -> str:
        kind, token = self._next()
        return {"text": "a text", "number": "a number", "end": "its end"}.get(kind, token)


def _bare(token: str) -> str:
    return token[1:-1].replace('""', '"') if token.startswith('"') else token


def _tokens(sql: str) -> list[tuple[str, str]]:
    found, place = [], 0
    while place < len(sql.rstrip()):
        token = TOKEN.match(sql, place)
        if token is None:
            raise SqlNotReadError(f"the sign {sql[place:].lstrip()[0]} is not known")
        found.append((token.lastgroup or "", token[token.lastgroup or 0]))
        place = token.end()
    return found
