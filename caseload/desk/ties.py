"""Relationships that a published list gives: whoever stands on a user's own list is hers, as long as the list is served.

They are never stored: the night proposes, and the next night may propose otherwise. A decision outranks the night: where one
stands, the entries say whose the person is (`caseload.entries.ties`), and the list says nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from caseload.desk.night import PublishedNight
from caseload.entries.entries import Entries
from caseload.entries.states import DEFERRED, PROPOSED
from governance.access.relationship_store import Relationships
from governance.access.relationships import CASELOAD, RELATIONSHIP, USER

LISTED = (PROPOSED, DEFERRED)  # states in which the night's proposal still says whose list somebody is on


@dataclass(frozen=True)
class ListTies:
    """The relationships of a team's people: those recorded, and those of the night's list. `accounts`: of each professional."""

    stored: Relationships
    night: PublishedNight
    team: str
    entries: Entries
    accounts: Mapping[str, Sequence[str]]

    def of(self, pseudonyms: Sequence[str]) -> pa.Table:
        """RELATIONSHIP rows of these people, whatever the day."""
        wanted = set(pseudonyms)
        proposed = [row for row in self.night.listed(self.team) if row["pseudonym"] in wanted]
        outranked = self._outranked([row["pseudonym"] for row in proposed])
        held = [row for row in proposed if row["pseudonym"] not in outranked]
        named = {name for row in held for name in _named(row)}
        accounts = {
            name: self.accounts.get(name, ()) for name in named
        }  # asked once each: they are those of a file that may change
        rows = [tie for row in held for tie in _ties(row, accounts)]
        return pa.concat_tables([self.stored.of(pseudonyms), pa.Table.from_pylist(rows, schema=RELATIONSHIP)])

    def _outranked(self, pseudonyms: list[str]) -> set[str]:
        if not pseudonyms:
            return set()
        entries = self.entries.standing(self.team, self.night.as_at, pseudonyms)
        return {each.pseudonym for each in entries if each.state not in LISTED or each.professional}


def _named(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["accountable_professional_id"] or "", row["coordinator_id"] or ""


def _ties(row: Mapping[str, Any], accounts: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    since: dt.date = row["since"]
    holders = sorted({account for name in _named(row) for account in accounts[name]})
    tie = {"pseudonym": row["pseudonym"], "kind": CASELOAD, "holder_kind": USER, "valid_from": since, "valid_to": None}
    return [tie | {"holder": holder} for holder in holders]
