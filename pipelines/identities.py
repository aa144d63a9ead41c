"""`vault/nights/<run>/identities.db`: who each pseudonym of a team stands for, for the door that a professional opens."""

from __future__ import annotations

from governance.access.identity_file import FILE
from governance.access.identity_writer import NightPeople, write_identities
from governance.audit import audit_domain
from governance.keys import DomainKey
from governance.vault import Vault
from pipelines.engine import Engine
from pipelines.extracts.assemble import assemble_contacts
from pipelines.extracts.landed import LandedSource
from pipelines.keys import night_key
from pipelines.night import Night
from pipelines.permission import sources_for
from pipelines.publish import store_url
from pipelines.recipients import team_domain
from pipelines.settings.purposes import CASE_MANAGEMENT
from schemas.identifiable import ContactDetail
from schemas.table import TableRef
from schemas.zones import Zone

CONTACTS = "contact_detail"


def put_contacts(night: Night, landed: LandedSource, engine: Engine) -> TableRef:
    """How people can be reached, into the vault; nobody where the client index may not be used for case management."""
    may = landed.source in sources_for(night.configuration, CASE_MANAGEMENT, night.days)
    rows = assemble_contacts(landed, engine, night.as_at) if may else ContactDetail.empty()
    return night.vault_shelf.put(ContactDetail, CONTACTS, rows)


def keep_identities(night: Night) -> None:
    """Write the file. A night under other pseudonyms writes its own; the one it was linked to stays as it was."""
    shelf, root, configuration = night.vault_shelf, night_key(night), night.configuration
    records, links, mergers = (shelf.get(Zone.IDENTIFIABLE, name) for name in ("person_record", "link", "register_merger"))
    known = shelf.path(Zone.IDENTIFIABLE, CONTACTS).is_file()  # a night of before there were any has none
    contacts = shelf.get(Zone.IDENTIFIABLE, CONTACTS) if known else ContactDetail.empty()
    write_identities(
        shelf.folder / FILE,
        NightPeople(records, links, mergers, contacts, _joined(night)),
        team_keys=[DomainKey(root, team_domain(configuration, team.id)) for team in configuration.team],
        audit_key=DomainKey(root, audit_domain(configuration.keys.epoch)),
        former_keys=[DomainKey(root, audit_domain(epoch)) for epoch in range(1, configuration.keys.epoch)],
        as_at=night.as_at,
    )


def _joined(night: Night) -> list[tuple[str, str]]:
    return Vault(store_url(night.project, night.configuration.stores.vault)).joined(night.run_id)
