"""Everybody of a night on one row each: what the pages of a team say of a person beside her lists, reasons and events."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from caseload.desk.tables import SHOWN_FEATURES, SHOWN_SCORES, DeskPerson
from governance.person_ids import look_up
from pipelines.config import Configuration, Team

OF_PERSON = (
    "pseudonym", "age_band", "gender", "gp_practice_code", "locality", "registered_from", "registered_to", "month_of_death",
    "link_quality",
)  # fmt: skip
OF_SELECTION = {
    "tier": "tier", "rank": "rank", "tier_reason": "reason", "tier_why": "why", "tier_since": "since", "exclusion": "exclusion",
    "rising_place": "rising_place", "rising_why": "rising_why",
}  # fmt: skip
OF_PROPOSAL = {
    "team": "team", "accountable_professional_id": "accountable_professional_id", "coordinator_id": "coordinator_id",
    "placed_why": "why", "placed_since": "since",
}  # fmt: skip


def everybody(tables: Mapping[str, pa.Table]) -> pa.Table:
    """DeskPerson rows of a night's people under its working pseudonyms; what a table does not say of somebody is null.

    `tables`: person, selection, proposal, score and feature.
    """
    people = tables["person"]
    who = people["pseudonym"]
    columns = {name: people[name] for name in OF_PERSON}
    for table, names in ((tables["selection"], OF_SELECTION), (tables["proposal"], OF_PROPOSAL)):
        columns |= {new: look_up(who, table["pseudonym"], table[old]) for new, old in names.items()}
    for score, (value, band) in SHOWN_SCORES.items():
        mine = tables["score"].filter(pc.equal(tables["score"]["score"], score))
        named = ((value, "value"), (band, "band"))
        columns |= {new: look_up(who, mine["pseudonym"], mine[old]) for new, old in named if new is not None}
    features = tables["feature"]
    columns |= {name: look_up(who, features["pseudonym"], features[name]) for name in SHOWN_FEATURES}
    return DeskPerson.conform(pa.table(columns))


def of_team(people: pa.Table, team: Team, configuration: Configuration) -> pa.Table:
    """The people whom a team's pages are about: in its locality, of a practice that its professionals work with, or proposed to
    it."""
    practices = sorted({code for each in configuration.professional if each.team == team.id for code in each.practices})
    mine = [
        pc.equal(people["locality"], team.locality),
        pc.is_in(people["gp_practice_code"], value_set=pa.array(practices, pa.string())),
        pc.equal(people["team"], team.id),
    ]
    first, second, third = (pc.fill_null(mask, False) for mask in mine)
    return people.filter(pc.or_(pc.or_(first, second), third))
