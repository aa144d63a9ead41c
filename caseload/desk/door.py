"""Doors of one project: what they have in common, and one made for a team and a night. The pages' code alone may make one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from governance.access.agreement import Agreements
from governance.access.break_glass import BreakGlass
from governance.access.bulk import Bulk
from governance.access.decision import Ground
from governance.access.guardian import GuardianQueue
from governance.access.identity import IdentitySource
from governance.access.limits import BreakGlassRules, BulkRules, Limits
from governance.access.past import Pasts
from governance.access.reasons import Reasons
from governance.access.relationships import RelationshipSource
from governance.audit import Audit
from governance.keys import Domain
from governance.legal_basis import PurposeEntry
from governance.reidentify import Door
from governance.stores import Store


@dataclass(frozen=True)
class DoorKit:
    """What the configuration and the stores give to every door. `agreement`: its version in force. See `Door` for the others."""

    store: Store
    audit: Audit
    reasons: Reasons
    agreement: str
    purposes: Sequence[PurposeEntry]
    grounds: Sequence[Ground]
    limits: Limits
    break_glass: BreakGlassRules
    bulk: BulkRules
    pasts: Pasts = field(default_factory=Pasts)

    def glass(self, domain: Domain) -> BreakGlass:
        """Openings of people whom a domain's pseudonyms name."""
        return BreakGlass(self.store, domain, self.audit, GuardianQueue(self.store), self.reasons, self.break_glass)

    def door(
        self, domain: Domain, identities: IdentitySource, relationships: RelationshipSource, served: Iterable[tuple[str, str]]
    ) -> Door:
        """The door to the people whom a domain's pseudonyms name."""
        return Door(
            audit=self.audit,
            identities=identities,
            relationships=relationships,
            agreements=Agreements(self.store, self.agreement),
            purposes=self.purposes,
            grounds=self.grounds,
            limits=self.limits,
            queue=GuardianQueue(self.store),
            break_glass=self.glass(domain),
            bulk=Bulk(self.store, self.audit, self.bulk),
            served=list(served),
            pasts=self.pasts,
        )


__all__ = ["Door", "DoorKit"]
