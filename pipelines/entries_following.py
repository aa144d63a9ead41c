"""Histories of the caseload follow their people where linkage found two ids to be one: once the night is published.

The vault says which ids; each team's history goes by the present id's pseudonym from then on. After a split it stays.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from governance.access.relationship_store import Relationships
from governance.access.relationships import CASELOAD
from governance.access.tables import access_store
from governance.audit import Audit
from governance.former_ids import FormerIds, former_ids
from governance.keys import DomainKey
from governance.pseudonyms import pseudonyms
from governance.publications import utc_now
from governance.vault import Vault
from pipelines.keys import night_key
from pipelines.night import Night
from pipelines.publish import store_url
from pipelines.recipients import team_domain
from schemas.zones import Zone

NIGHT = "night"  # by whom a row is that follows from linkage
PAIRS = pa.schema([("working", pa.string()), ("recipient", pa.string())])


def former_people(night: Night, person_ids: Any) -> FormerIds:
    """What became of former ids, given the ids that tonight's records are about."""
    moves = Vault(store_url(night.project, night.configuration.stores.vault)).moves(night.run_id)
    named = pa.array(sorted({each for move in moves for each in move[1:]}), pa.string())
    return former_ids(moves, set(named.filter(pc.is_in(named, value_set=pc.unique(person_ids))).to_pylist()))


def split_tonight(night: Night) -> list[str]:
    """Ids that records were taken from tonight and given to another person, while others still hold them."""
    events = Vault(store_url(night.project, night.configuration.stores.vault)).events(night.run_id)
    return sorted(set(events.filter(pc.equal(events["kind"], "split"))["old_person_id"].to_pylist()))


def follow_people(night: Night) -> None:
    """Let every team's histories, and users' own lists, follow; done again it changes nothing."""
    from caseload.entries.joining import Joining
    from caseload.entries.open_entries import has_people
    from pipelines.entries import entries_of

    configuration = night.configuration
    former = former_people(night, night.vault_shelf.get(Zone.IDENTIFIABLE, "link")["person_id"])
    known = has_people(Audit(store_url(night.project, configuration.stores.audit)).store)
    if not former.joined and not former.back:
        return
    tonight, at = _moved_tonight(night), utc_now()
    entries = entries_of(night.project, configuration) if known else None
    for team in configuration.team:
        words = _words(night, former.joined, team.id)
        back = _words(night, {each: each for each in former.back}, team.id)
        _own_lists(night, team.id, _words(night, {k: v for k, v in former.joined.items() if k in tonight}, team.id), at)
        if entries is not None:
            entries.join(team.id, Joining(words, list(back), night.run_id), at=at)


def _own_lists(night: Night, team: str, words: dict[str, str], at: dt.datetime) -> None:
    """Whom a user has on her own list she has there under the present pseudonym."""
    store = access_store(store_url(night.project, night.configuration.stores.application))
    ties = Relationships(store, team_domain(night.configuration, team))
    pairs = pa.table({"working": list(words), "recipient": list(words.values())}, schema=PAIRS)
    ties.carry_over(ties, pairs, at=at, by=NIGHT, kinds=(CASELOAD,))


def _words(night: Night, people: Mapping[str, str], team: str) -> dict[str, str]:
    """The same of pseudonyms in a team's domain."""
    key = DomainKey(night_key(night), team_domain(night.configuration, team))
    old, new = (pseudonyms(pa.array(list(ids), pa.string()), key).to_pylist() for ids in (people.keys(), people.values()))
    return dict(zip(old, new, strict=True))


def _moved_tonight(night: Night) -> set[str]:
    return set(
        Vault(store_url(night.project, night.configuration.stores.vault)).events(night.run_id)["old_person_id"].to_pylist()
    )
