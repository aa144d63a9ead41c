"""What the papers are made of: the project's own configuration as plain rows, and nothing that is not written down there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

GAP = "[to be written: "  # how a reader, and a test, finds what nobody has written down yet
PROCESSOR = "processor"


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
    """One entry of the legal-basis register, with the conditions of UK GDPR Articles 6 and 9 where they are written down."""

    source: str
    purpose: str
    controller: str
    reference: str
    evidence: str
    valid_from: dt.date
    valid_to: dt.date
    article_6: str | None = None
    article_9: str | None = None


@dataclass(frozen=True)
class OrganisationFact:
    """A controller, a joint controller or a processor, and how it is reached."""

    name: str
    role: str
    contact: str
    data_protection_officer: str | None = None
    does: str | None = None
    agreement: str | None = None


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
    """Who gets something, what, and for which purpose; its category, all that in plain words, and its name where it has one."""

    id: str
    category: str
    what: str
    purpose: str
    in_plain_words: str
    name: str = ""


@dataclass(frozen=True)
class RetentionFact:
    """How long one class of artefact is kept, and where that is written."""

    artefact: str
    days: int
    reference: str


@dataclass(frozen=True)
class Facts:
    """Everything. `sources` are names by source, `plain_sources` the same in plain words; `flags` lines in words; `versions` name
    to version; `transfers` a sentence and its reference; `missing_purposes` and `missing_retention` what nobody has declared."""

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
    plain_sources: dict[str, str] = field(default_factory=dict)
    organisations: tuple[OrganisationFact, ...] = ()
    transfers: tuple[str, str] = ("", "")
    missing_purposes: tuple[str, ...] = ()
    missing_retention: tuple[str, ...] = ()

    def controllers(self) -> list[OrganisationFact]:
        """Every controller: those declared, and those that a basis names and nobody has declared, without a contact."""
        declared = {each.name: each for each in self.organisations if each.role != PROCESSOR}
        named = {each.controller for each in self.bases} | set(declared)
        return [declared.get(name) or OrganisationFact(name, "", "") for name in sorted(named)]

    def processors(self) -> list[OrganisationFact]:
        """Organisations that work on the data for a controller."""
        return [each for each in self.organisations if each.role == PROCESSOR]


def gap(what: str) -> str:
    """What stands in a paper in place of something that the configuration does not say."""
    return f"{GAP}{what}]"


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
