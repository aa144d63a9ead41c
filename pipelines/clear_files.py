"""A file with names and numbers where tokens were agreed: found by its header, before anything of it is copied into the vault."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from pipelines.config import Configuration
from pipelines.extracts import EXTRACTS
from pipelines.extracts.delivered import list_inbox
from pipelines.extracts.excess import header_cells
from pipelines.extracts.header import field_of
from pipelines.extracts.layout import Extract
from pipelines.extracts.mappings import Mappings, load_mappings
from pipelines.project import Project
from schemas.errors import GovernanceError

# PersonRecord columns that tokens stand for. A token file's own date is the first of a month, under another name.
CLEAR = frozenset(
    {
        "nhs_number", "given_name", "other_given_name", "family_name", "previous_family_name", "alias", "date_of_birth",
        "postcode", "previous_postcode", "address", "uprn", "date_of_death",
    }
)  # fmt: skip


def check_clear_files(project: Project, configuration: Configuration, as_at: dt.date) -> None:
    """Refuse the night where a source of a `[[transit]]` came with a column of identifiers: `GovernanceError` `E-TRANSIT-CLEAR`.

    A column counts by its header, filled or not; a header that cannot be read is the landing's to refuse.
    """
    agreed = {each.source for each in configuration.transit}
    mappings = load_mappings(project.mappings) if agreed else None
    for extract in EXTRACTS:
        if extract.source in agreed and mappings is not None:
            for place, column in clear_columns(extract, project, mappings, as_at):
                raise GovernanceError(
                    "E-TRANSIT-CLEAR",
                    f"{extract.source} was to come as tokens, and its file {place} of inbox/{extract.source} has the column "
                    f"{column}. Nothing of it was copied.",
                    cure="take the file out of the inbox, and have it tokenised: docs/how-to/tokenise-at-the-council.md",
                )


def clear_columns(extract: Extract, project: Project, mappings: Mappings, as_at: dt.date) -> Iterator[tuple[int, str]]:
    """For each file of a source with such a column: its place among the files by name, and the first such column."""
    listed = list_inbox(project.inbox / extract.source, extract.tables, as_at).files
    names = sorted(path.name for path in (project.inbox / extract.source).iterdir()) if listed else []
    for file in listed:
        layout = extract.table(file.table)
        if layout.forgotten:
            continue
        known = (field_of(cell, layout, mappings.of(extract.source, file.table)) for cell in header_cells(file.path))
        found = [name for name, _ in filter(None, known) if layout.field(name).person in CLEAR]
        if found:
            yield names.index(file.name) + 1, found[0]
