"""The notes of a project's vault, as the pages of a team read and write them."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from caseload.desk.night import PublishedNight
from caseload.desk.notes import NoteBook
from governance.access.identity_file import FiledIdentities
from governance.notes import Notes
from pipelines.config import Configuration
from pipelines.project import Project
from pipelines.publish import store_url


@dataclass(frozen=True)
class ServedNotes:
    """A team's notes on a night. `people`: by team, the night's own. The vault is opened when the first note is asked for."""

    notes: Callable[[], Notes]
    people: Mapping[str, Callable[[PublishedNight], FiledIdentities]]

    @classmethod
    def of(
        cls, project: Project, configuration: Configuration, people: Mapping[str, Callable[[PublishedNight], FiledIdentities]]
    ) -> ServedNotes:  # fmt: skip
        """Of one project."""
        return cls(functools.cache(lambda: Notes(store_url(project, configuration.stores.vault))), people)

    def __call__(self, team: str, night: PublishedNight) -> NoteBook | None:
        """None for a team that there is not."""
        return NoteBook(self.notes, self.people[team](night)) if team in self.people else None
