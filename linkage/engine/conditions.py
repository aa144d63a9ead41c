"""What a comparison may ask of two records, as data: one declaration that the kernel compiles and the reference reads aloud.

A comparison is a list of levels, best first; a pair has the first level whose condition holds, or the one named `otherwise`.
A condition is any of several terms; a term is some questions that must be answered yes and some that must be answered no.

    Comparison("gender", (level("missing", no(Both("gender"))), level("same", yes(Equal("gender")))), otherwise="different")

Questions name columns of the two sides. A missing value is equal to nothing, differs from nothing and is like nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias, TypeGuard


@dataclass(frozen=True)
class Equal:
    """Left's `column` and right's `other` (the same column where not given) hold the same value."""

    column: str
    other: str = ""


@dataclass(frozen=True)
class Both:
    """Left has a value in `column`, right in `other`."""

    column: str
    other: str = ""


@dataclass(frozen=True)
class Differ:
    """Both have a value, and the two are not the same."""

    column: str
    other: str = ""


@dataclass(frozen=True)
class Within:
    """Both have a value, and the two whole numbers are at most `steps` apart (days, for dates)."""

    column: str
    steps: int
    other: str = ""


@dataclass(frozen=True)
class OneDigit:
    """Both have a value, and exactly one of its decimal digits differs: of dates as YYYYMMDD, for example."""

    column: str
    other: str = ""


@dataclass(frozen=True)
class Alike:
    """Both have a text, and `measure` says that they are alike: `at_least` so similar, or so few changes apart.

    Measures: `jaro_winkler` and `jaro` (similarity 0 to 1, at least), `levenshtein` and `damerau_levenshtein` (letters changed,
    lost, added; for the second also swapped with a neighbour, unrestricted: at most), `slip` (optimal string alignment: at most).
    """

    measure: str
    column: str
    bound: float
    other: str = ""


@dataclass(frozen=True)
class Related:
    """Both have a text, and a table of related texts (nicknames) holds the pair."""

    column: str
    other: str = ""


Shallow: TypeAlias = Equal | Both | Differ | Within | OneDigit
Deep: TypeAlias = Alike | Related
Question: TypeAlias = Shallow | Deep

SIMILARITIES = ("jaro_winkler", "jaro")
DISTANCES = ("levenshtein", "damerau_levenshtein", "slip")
MEASURES = (*SIMILARITIES, *DISTANCES)


@dataclass(frozen=True)
class Term:
    """Every question of `yes` is answered yes and every one of `no` is answered no. Only shallow questions may be in `no`."""

    yes: tuple[Question, ...] = ()
    no: tuple[Shallow, ...] = ()

    def __and__(self, other: Term) -> Term:
        """Both terms hold."""
        return Term(self.yes + other.yes, self.no + other.no)


def yes(*questions: Question) -> Term:
    """A term: all these are so."""
    return Term(yes=questions)


def no(*questions: Shallow) -> Term:
    """A term: none of these is so."""
    return Term(no=questions)


@dataclass(frozen=True)
class Level:
    """One answer of a comparison, and the terms of which any is enough for it."""

    name: str
    any_of: tuple[Term, ...]


def level(name: str, *any_of: Term) -> Level:
    """A level that holds where any of the terms does."""
    return Level(name, any_of)


@dataclass(frozen=True)
class Comparison:
    """Levels in the order in which they are tried; a pair for which none holds has the level `otherwise`."""

    name: str
    levels: tuple[Level, ...]
    otherwise: str = "different"

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all levels; a level's place here is its code."""
        return (*(level.name for level in self.levels), self.otherwise)

    def questions(self) -> Iterator[Question]:
        """Every question asked, in order, repeated where asked again."""
        for level in self.levels:
            for term in level.any_of:
                yield from term.yes
                yield from term.no


def columns_of(question: Question) -> tuple[str, str]:
    """The left and the right column that a question reads."""
    return question.column, question.other or question.column


def is_deep(question: Question) -> bool:
    """Whether the answer takes reading texts, not only comparing whole numbers."""
    return isinstance(question, Alike | Related)


def is_shallow(question: Question) -> TypeGuard[Shallow]:
    """Whether comparing whole numbers is enough for the answer."""
    return not is_deep(question)
