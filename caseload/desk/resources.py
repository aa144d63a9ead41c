"""FHIR resources of a team's people as one visit may have them: what is made of a row of a list, and who a person is.

The resources themselves are made in `caseload.fhir`; here stands what goes into them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseload.desk.my_list import ListRow
from caseload.desk.names import names_of
from caseload.desk.night import PublishedNight
from caseload.desk.own_rows import Listed
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.entries.states import OPEN
from caseload.fhir.lists import caseload_list, provenance
from caseload.fhir.need import flags, risk_assessment
from caseload.fhir.people import ACTIVE, PROPOSED, care_team, patient
from caseload.fhir.systems import Names, Resource
from caseload.lists import RISK
from governance.access.limits import LIMIT

LONGEST_ID = 64  # of a FHIR resource


@dataclass(frozen=True)
class Resources:
    """The resources for one visit, on the night pinned for it. base: address of the API, without a slash at the end."""

    visit: Visit
    services: Services
    night: PublishedNight
    base: str

    @property
    def names(self) -> Names:
        """Systems of ids of this installation, and of the visitor's team."""
        return Names(self.base, self.visit.post.team)

    def risks(self, each: ListRow | Listed) -> Sequence[Resource]:
        """The risk of one person; none where the night could not give one."""
        row = self._row(each)
        made = risk_assessment(row, self.names, version=f"{RISK} {self.visit.run_id}", feeds=row.get("data_lacks"))
        return [made] if made else []

    def teams(self, each: ListRow | Listed) -> Sequence[Resource]:
        """Who looks after one person."""
        status = ACTIVE if each.state in OPEN else PROPOSED
        return [care_team(self._row(each), self.names, team=self._team(), status=status)]

    def flags(self, each: ListRow | Listed) -> Sequence[Resource]:
        """What to know of one person before acting."""
        return flags(self._row(each), self.names)

    def about(self, each: ListRow | Listed) -> list[Resource]:
        """Everything about one person but who she is."""
        return [*self.risks(each), *self.teams(each), *self.flags(each)]

    def list_of(self, rows: Sequence[ListRow | Listed]) -> Resource:
        """The list itself: a practice's, a professional's or the team's, by the visitor's post."""
        made = caseload_list(
            [self._row(each) for each in rows],
            self.names,
            title=f"{self._team()}, night of {self.night.as_at.isoformat()}",
            run_id=self.visit.run_id,
            as_at=self.night.as_at,
        )
        post = self.visit.post
        plain = f"{post.practice or post.professional or post.team}-{self.visit.run_id}"
        return made | {"id": "list-" + "".join(each if each.isalnum() else "-" for each in plain)[-(LONGEST_ID - 5) :]}

    def origin(self, targets: Sequence[Resource], id_: str, recorded: dt.datetime, software: str) -> Resource:
        """Where these resources come from: the night, published at a moment."""
        made = provenance(
            [f"{each['resourceType']}/{each['id']}" for each in targets],
            self.names,
            run_id=self.visit.run_id,
            recorded=recorded,
            as_at=self.night.as_at,
            software=software,
        )
        return made | {"id": id_}

    def shown(self, pseudonyms: Sequence[str]) -> list[Resource]:
        """Those of these people whom the door shows, and, as codes, those whom a limit alone keeps back; nobody else.

        Raises what the door raises.
        """
        names = names_of(self.visit, self.services, self.night, pseudonyms)
        there = [each for each in pseudonyms if each in names.shown or names.refused.get(each) == LIMIT]
        return self.patients(there, names.shown)

    def patients(self, pseudonyms: Collection[str], who: Mapping[str, Mapping[str, Any]]) -> list[Resource]:
        """A Patient for each: with her identity where `who` has it, else a code and her practice."""
        known = self.night.people(self.visit.post.team, pseudonyms)
        practices = {each: (known.get(each) or {}).get("gp_practice_code") for each in pseudonyms}
        return [patient(each, self.names, practice=practices[each], who=who.get(each)) for each in pseudonyms]

    def _team(self) -> str:
        return self.services.teams[self.visit.post.team].name

    def _row(self, each: ListRow | Listed) -> dict[str, Any]:
        """The row as it stands after decisions; somebody whom the night does not list has its date all the same."""
        return {
            **each.row,
            "pseudonym": each.pseudonym,
            "accountable_professional_id": each.professional,
            "coordinator_id": each.coordinator,
            "data_as_at": self.night.as_at,
        }
