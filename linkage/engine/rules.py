"""Blocking rules: columns that must be equal on both sides before a pair is looked at at all."""

from __future__ import annotations

from dataclasses import dataclass

from linkage.engine.conditions import Equal


@dataclass(frozen=True)
class Rule:
    """Columns of the record, and the columns of the resident that they must equal, in turn."""

    ours: tuple[str, ...]
    theirs: tuple[str, ...]

    @property
    def name(self) -> str:
        """`date_of_birth + gender`: how the rule is named to people."""
        return " + ".join(one if one == other else f"{one}={other}" for one, other in zip(self.ours, self.theirs, strict=True))

    @property
    def is_symmetric(self) -> bool:
        """Whether the same columns are asked of both sides."""
        return self.ours == self.theirs

    def questions(self) -> tuple[Equal, ...]:
        """The rule as questions: a pair is of the rule where all are answered yes."""
        return tuple(Equal(one, "" if one == other else other) for one, other in zip(self.ours, self.theirs, strict=True))


def same(*columns: str) -> Rule:
    """The same columns on both sides."""
    return Rule(columns, columns)
