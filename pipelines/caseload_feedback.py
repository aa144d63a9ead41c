"""`caselink caseload feedback`: what came of proposals in a quarter, by team and subgroup, under the disclosure policy."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from caseload.entries.feedback import answers, feedback
from governance.keys import DomainKey
from governance.pseudonymise import recipient_map
from pipelines.config import Configuration, load_configuration
from pipelines.entries import entries_of
from pipelines.keys import root_key
from pipelines.project import Project
from pipelines.publish import check_whole, publications
from pipelines.recipients import team_domain, working_domain
from pipelines.shelf import Shelf
from schemas.errors import ConfigurationError
from schemas.zones import Zone

QUARTER = re.compile(r"(20\d\d)Q([1-4])")
PERSON = ("pseudonym", "age_band", "gender", "deprivation_decile", "ethnic_category")


def feedback_of(project: Project, quarter: str | None = None) -> dict[str, Any]:
    """The two tables as rows, with the period: a quarter, that of the night served where none is named, up to that night.

    Periods do not overlap and end with a night, so that no two answers can be subtracted but as nights can. Raises
    `ConfigurationError` `E-RUN-NONE` where no night is published, `E-FEEDBACK-QUARTER`; `GovernanceError` `E-DISCLOSURE-*`.
    """
    configuration = load_configuration(project)
    row = publications(project, configuration.stores.application).current()
    if row is None:
        raise ConfigurationError("E-RUN-NONE", "no night has been published yet.", cure="`caselink run`")
    check_whole(project.night(row.run_id))
    first, last = period(quarter, row.as_at)
    people = pa.concat_tables([_people(project, configuration, row.run_id, team.id) for team in configuration.team])
    decided = answers(entries_of(project, configuration), [team.id for team in configuration.team], first, last)
    found = feedback(decided, people, configuration.disclosure.chosen())
    return {
        "from": first,
        "to": last,
        "run_id": row.run_id,
        "policy": configuration.disclosure.policy,
        "decisions": found.decisions.to_pylist(),
        "reasons": found.reasons.to_pylist(),
    }


def period(quarter: str | None, as_at: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of a quarter (`2026Q3`), the last no later than `as_at`; of the quarter of `as_at` without one."""
    found = QUARTER.fullmatch(quarter or f"{as_at.year}Q{(as_at.month + 2) // 3}")
    if found is None:
        raise ConfigurationError("E-FEEDBACK-QUARTER", "a quarter is written 2026Q3.")
    first = dt.date(int(found[1]), 3 * int(found[2]) - 2, 1)
    after = dt.date(first.year + first.month // 10, (first.month + 2) % 12 + 1, 1)
    if first > as_at:
        raise ConfigurationError("E-FEEDBACK-QUARTER", "the quarter has not begun on the day of the night served.")
    return first, min(after - dt.timedelta(days=1), as_at)


def _people(project: Project, configuration: Configuration, run_id: str, team: str) -> pa.Table:
    """PERSON of everybody of the night served, under a team's pseudonyms. It is counted here and goes nowhere."""
    links = Shelf(project.vault_night(run_id), run_id, identifiable=True).get(Zone.IDENTIFIABLE, "link")
    root = root_key(project, configuration)
    working, own = working_domain(configuration), team_domain(configuration, team)
    words = recipient_map(links["person_id"], DomainKey(root, working), DomainKey(root, own))
    people = pq.read_table(project.night(run_id) / "pseudonymised" / "person.parquet", columns=list(PERSON), partitioning=None)
    place = pc.index_in(people["pseudonym"], value_set=words["working"].combine_chunks())
    return people.set_column(0, "pseudonym", words["recipient"].take(place))
