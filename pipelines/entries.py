"""A project's caseload: its history, under the pseudonyms of the configuration's epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from caseload.entries.entries import Entries
from caseload.entries.policies import Ward
from governance.access.relationship_store import Relationships
from governance.access.tables import access_store
from governance.stores import Store
from pipelines.auditing import audit_log
from pipelines.config import Configuration
from pipelines.project import Project
from pipelines.publish import store_url
from pipelines.recipients import team_domain


def entries_of(
    project: Project,
    configuration: Configuration,
    accounts: Mapping[str, Sequence[str]] | None = None,
    *,
    store: Store | None = None,
) -> Entries:
    """The project's entries. `accounts`: of each professional; without them an episode ties the team alone. `store`: the
    application's, where it is open already."""
    store = store or access_store(store_url(project, configuration.stores.application))
    return Entries(
        audit_log(project, configuration),
        {team.id: Relationships(store, team_domain(configuration, team.id)) for team in configuration.team},
        professionals={each.id: each.team for each in configuration.professional},
        accounts=accounts,
        wards={each.id: Ward(each.team, each.beds) for each in configuration.ward},
        rules=configuration.caseload.rules(),
    )
