"""What tonight may be read, and of it which columns and whom: legal bases, the field list and the flags, put together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from governance.legal_basis import uncovered
from pipelines.config import Configuration
from pipelines.extracts.border import Border, FlagRule
from pipelines.extracts.delivered import list_inbox
from pipelines.extracts.landed import LandedSource
from pipelines.extracts.layout import Extract
from pipelines.fields import FIELDS_FILE, FieldList, load_fields
from pipelines.governed import GOVERNED, BesideExtracts, referral_files
from pipelines.project import Project
from pipelines.settings.purposes import CASE_MANAGEMENT, RISK_STRATIFICATION
from schemas.errors import ConfigurationError, GovernanceError

# Scores rest on every source that is read, and lists on the scores: a source has to be covered for both.
NEEDED = (RISK_STRATIFICATION, CASE_MANAGEMENT)


def field_list(project: Project) -> FieldList:
    """The project's `fields.csv`."""
    return load_fields(project.root / FIELDS_FILE)


def borders(project: Project, configuration: Configuration) -> dict[tuple[str, str], Border]:
    """What the files of each table have to pass, by (source, table).

    Raises `ConfigurationError` `E-FLAG-TABLE` where a flag names a table that its source has not; see also `load_fields`.
    """
    allowed = field_list(project)
    found = {}
    for extract in GOVERNED:
        flags = [each for each in configuration.flag if each.source == extract.source]
        names = {layout.name for layout in extract.tables}
        if any(each.table not in names for each in flags):
            raise ConfigurationError("E-FLAG-TABLE", f"a [[flag]] names a table that {extract.source} has not.")
        for layout in extract.tables:
            rules = [
                FlagRule(each.name, each.column, _folded(each.values), each.rule, _folded(each.other_values))
                for each in flags if each.table == layout.name
            ]  # fmt: skip
            found[extract.source, layout.name] = Border(allowed.read(extract.source, layout.name), tuple(rules))
    return found


def _folded(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(value.strip().upper() for value in values)


def barred(
    project: Project, configuration: Configuration, days: Sequence[dt.date], earlier: Sequence[LandedSource] = ()
) -> Mapping[str, GovernanceError]:
    """Sources with files, tonight's or an earlier night's, that no legal basis lets be read on all of these days, and why.

    The first of the days is the night's date.
    """
    before = {each.source: {file.table for file in each.files} for each in earlier}
    found = {}
    for extract in GOVERNED:
        tables = _tables_in(project, extract, days[0]) | before.get(extract.source, set())
        refusal = _refusal(configuration, extract.source, tables, NEEDED, days) if tables else None
        if refusal is not None:
            found[extract.source] = refusal
    return found


def _refusal(
    configuration: Configuration, source: str, tables: Iterable[str], purposes: Iterable[str], days: Iterable[dt.date]
) -> GovernanceError | None:
    """Why the source is not covered on the first of the days on which it is not."""
    refusals = (uncovered(configuration.basis, source, tables, purposes, day) for day in days)
    return next(filter(None, refusals), None)


def _tables_in(project: Project, extract: Extract | BesideExtracts, as_at: dt.date) -> set[str]:
    if isinstance(extract, BesideExtracts):
        return {layout.name for layout in extract.tables} if referral_files(project.inbox) else set()
    return {file.table for file in list_inbox(project.inbox / extract.source, extract.tables, as_at).files}


def sources_for(configuration: Configuration, purpose: str, days: Iterable[dt.date]) -> frozenset[str]:
    """Sources of which every table is covered for a purpose on each day; tables of tokens count where tokens are agreed."""
    tokenised = {each.source for each in configuration.transit}
    tables = {
        extract.source: {table.name for table in extract.tables if not table.forgotten or extract.source in tokenised}
        for extract in GOVERNED
    }
    every = tuple(days)
    return frozenset(
        source for source, names in tables.items() if _refusal(configuration, source, names, [purpose], every) is None
    )


def bases_held(configuration: Configuration, days: Iterable[dt.date]) -> list[dict[str, str]]:
    """For the manifest: the entries of the register that hold on each of these days."""
    every = tuple(days)
    return [
        {"source": each.source, "purpose": each.purpose, "reference": each.reference, "valid_to": each.valid_to.isoformat()}
        for each in configuration.basis
        if all(map(each.holds, every))
    ]
