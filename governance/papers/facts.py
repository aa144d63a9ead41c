"""What the papers are made of: the project's own configuration as plain rows, and nothing that is not written down there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class PurposeFact:
    """A purpose: who answers for it, on what ground, until when, and which opt-outs stop it."""

    id: str
    description: str
    owner: str
    flow: str
    signed_off: str
    review_by: dt.date
    stopped_by: tuple[str, ...]


@dataclass(frozen=True)
class BasisFact:
    """One entry of the legal-basis register."""

    source: str
    purpose: str
    controller: str
    reference: str
    evidence: str
    valid_from: dt.date
    valid_to: dt.date


@dataclass(frozen=True)
class FieldFact:
    """One column of an extract or an output, what it is, and the purposes it may be used for (none: it is not read)."""

    table: str
    column: str
    description: str
    purposes: tuple[str, ...]

    @property
    def source(self) -> str:
        """The source of an extract's table; `out` for an output."""
        return self.table.split(".")[0]


@dataclass(frozen=True)
class RecipientFact:
    """Who gets something, what, and for which purpose."""

    id: str
    what: str
    purpose: str


@dataclass(frozen=True)
class RetentionFact:
    """How long one class of artefact is kept, and where that is written."""

    artefact: str
    days: int
    reference: str


@dataclass(frozen=True)
class Facts:
    """Everything. `sources` are names in words by source; `flags` lines in words; `versions` name to version."""

    area: str
    as_at: dt.date
    synthetic: bool
    purposes: tuple[PurposeFact, ...]
    bases: tuple[BasisFact, ...]
    fields: tuple[FieldFact, ...]
    recipients: tuple[RecipientFact, ...]
    retention: tuple[RetentionFact, ...]
    sources: dict[str, str]
    flags: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; a `|` in a cell is escaped, a line break becomes a blank."""
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    return " ".join(str(value).split()).replace("|", "\\|")


def head(title: str, facts: Facts, what: str) -> str:
    """A paper's title, whose it is, and what it was made from."""
    made_up = "\n\n**Made-up people: this paper describes no real area.**" if facts.synthetic else ""
    return f"# {title}: {facts.area}\n\nAs at {facts.as_at.isoformat()}. {what}{made_up}"
