"""`vault/nights/<run>/identities.db`: who each pseudonym of a team stands for, for the door that a professional opens."""

from __future__ import annotations

from governance.access.identity_file import FILE
from governance.access.identity_writer import write_identities
from governance.audit import audit_domain
from governance.keys import DomainKey
from pipelines.keys import night_key
from pipelines.night import Night
from pipelines.recipients import team_domain
from schemas.zones import Zone


def keep_identities(night: Night) -> None:
    """Write the file. A night under other pseudonyms writes its own; the one it was linked to stays as it was."""
    shelf, root, configuration = night.vault_shelf, night_key(night), night.configuration
    records, links, mergers = (shelf.get(Zone.IDENTIFIABLE, name) for name in ("person_record", "link", "register_merger"))
    write_identities(
        shelf.folder / FILE,
        records,
        links,
        mergers,
        team_keys=[DomainKey(root, team_domain(configuration, team.id)) for team in configuration.team],
        audit_key=DomainKey(root, audit_domain(configuration.keys.epoch)),
        as_at=night.as_at,
    )
