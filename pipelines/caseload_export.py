"""`caselink caseload export --fhir`: one team's list as a collection Bundle, with codes; identities through the door alone."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from caseload.desk.names import Names, names_of
from caseload.desk.night import PublishedNight
from caseload.desk.own_rows import Listed, team_rows
from caseload.desk.posts import Post, Visit
from caseload.desk.resources import Resources
from caseload.desk.services import Services
from caseload.fhir.lists import bundle
from caseload.web.api.software import SOFTWARE
from caseload.web.users import User
from governance.access.accounts import account
from pipelines.auditing import operator_act, user_at_work
from pipelines.config import load_configuration
from pipelines.history import list_runs
from pipelines.output_files import check_writable
from pipelines.private_csv import check_place, private_text
from pipelines.project import Project
from pipelines.serving import services_of
from pipelines.web_users import ListedUsers
from schemas.errors import ConfigurationError, GovernanceError

ACTION = "caseload export"


class ForWhom(NamedTuple):
    """For whose eyes identities are: an account of [[user]] in a role of hers, and the purpose. Empty: nobody's, codes alone."""

    account: str = ""
    role: str = ""
    purpose: str = ""


def export_fhir(project: Project, out: Path, team: str, whom: ForWhom) -> dict[str, Any]:
    """Write the Bundle, mode 0600, and say how many people are in it and how many of them by name.

    The command is written down, and each identity as the door writes it. Raises `ConfigurationError` `E-ARGUMENT`, `E-RUN-NONE`;
    `GovernanceError` `E-EXPORT-PLACE`, `E-EXPORT-GIT`, `E-EXPORT-USER`, and what the door raises.
    """
    configuration = load_configuration(project)
    place = check_place(project, out)
    check_writable(place, "--fhir")
    if team not in {each.id for each in configuration.team}:
        raise ConfigurationError("E-ARGUMENT", "--team names no [[team]].", cure="see caselink.toml")
    users = ListedUsers(project)
    services = services_of(project, configuration, users)
    night = services.nights.current()
    if night is None:
        raise ConfigurationError("E-RUN-NONE", "no night has been published yet.", cure="`caselink run`")
    visit = _visit(users(), services, Post("", team), whom, run_id=night.run_id)
    rows = team_rows(visit, services, night)
    said = f"fhir, team {team}: {len(rows)} people" + (f", for {whom.purpose}" if whom.account else "")
    services.audit.append(operator_act(services.clock(), ACTION, said, run_id=night.run_id))
    names = _names(visit, services, night, rows, whom.purpose)
    made = _bundle(project, Resources(visit, services, night, configuration.web.origin), rows, names)
    with private_text(place) as stream:
        json.dump(made, stream, ensure_ascii=False, indent=1)
        stream.write("\n")
    return {"run_id": night.run_id, "team": team, "people": len(rows), "named": len(names.shown), "words": names.line}


def _visit(users: Mapping[str, User], services: Services, nobody: Post, whom: ForWhom, *, run_id: str) -> Visit:
    """The visit of whoever the identities are for; one without a role, to whom the door opens nothing, where nobody is named."""
    if not whom.account:
        return Visit(user_at_work(), nobody, services.clock(), run_id)
    if not (whom.role and whom.purpose):
        raise ConfigurationError("E-ARGUMENT", "--account needs --role and --purpose.", cure="say in what role, and what for")
    name = account(whom.account)
    user = users.get(name)
    post = next((post for post in (user.posts if user else ()) if (post.role, post.team) == (whom.role, nobody.team)), None)
    if post is None:
        raise GovernanceError("E-EXPORT-USER", "the account holds no such post in this team.", cure="see [[user]]")
    return Visit(name, post, services.clock(), run_id)


def _names(visit: Visit, services: Services, night: PublishedNight, rows: Sequence[Listed], purpose: str) -> Names:
    if not visit.post.role:
        return Names({}, {})
    return names_of(visit, services, night, [each.pseudonym for each in rows], purpose=purpose)


def _bundle(project: Project, resources: Resources, rows: Sequence[Listed], names: Names) -> Mapping[str, Any]:
    listed = resources.list_of(rows)
    about = [made for each in rows for made in resources.about(each)]
    people = resources.patients([each.pseudonym for each in rows], names.shown)
    published = [row["published_at"] for row in list_runs(project) if row["run_id"] == resources.visit.run_id]
    recorded = dt.datetime.fromisoformat(published[-1])
    origin = resources.origin([listed, *about], f"night-{resources.visit.run_id}", recorded, SOFTWARE)
    return bundle([listed, *people, *about, origin], resources.names)
