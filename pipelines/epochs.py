"""Of which key and epoch a published night is, and what follows where tonight's are others."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from governance.key_epochs import KeyEpoch
from governance.keys import Domain, DomainKey, RootKey, key_check_value
from governance.pseudonymise import recipient_map, retokenise
from governance.vault import Vault
from pipelines.config import Configuration
from pipelines.keys import night_key, previous_key
from pipelines.night import Night
from pipelines.project import Project
from pipelines.publish import MANIFEST, publications, read_manifest, store_url
from pipelines.recipients import TEAM_PURPOSE
from pipelines.shelf import Shelf
from schemas.errors import GovernanceError
from schemas.zones import Zone


def vault_of(project: Project, configuration: Configuration) -> Vault:
    """The project's vault."""
    return Vault(store_url(project, configuration.stores.vault))


def key_epoch(project: Project, vault: Vault, run_id: str) -> KeyEpoch:
    """Epoch and check value of a published night, from its manifest.

    Of a night published before manifests said so: the vault's first epoch, as nobody could raise it then.
    """
    said = read_manifest(project.night(run_id)).get("keys")
    if said is not None:
        return KeyEpoch(said["epoch"], said["check_value"])
    return next(iter(vault.key_epochs()), KeyEpoch(1, ""))


def check_epoch(night: Night) -> None:
    """Refuse (`E-KEY-EPOCH`) a night whose key or epoch is not that of the night served now and of its own parent.

    Everybody would get new pseudonyms, so every list would begin anew: `caselink governance rekey` carries them over first.
    """
    project, configuration = night.project, night.configuration
    current = publications(project, configuration.stores.application).current()
    wanted = (configuration.keys.epoch, night.key)
    for run_id in dict.fromkeys(row for row in (current.run_id if current else None, night.parent) if row):
        if not (project.night(run_id) / MANIFEST).is_file():
            continue  # `check_whole` and publishing say so where it matters
        found = key_epoch(project, vault_of(project, configuration), run_id)
        if (found.epoch, found.check_value) != wanted:
            raise GovernanceError(
                "E-KEY-EPOCH",
                f"run {run_id} is of key epoch {found.epoch} (check value {found.check_value}), "
                f"the configuration of epoch {wanted[0]} (check value {wanted[1]}).",
                cure="`caselink governance rekey`, or the former keys.epoch and key; after a rekey, a later date",
            )
    if current is not None and current.as_at == night.as_at and current.run_id != night.run_id:
        _check_not_rekeyed(project, current.run_id)


def _check_not_rekeyed(project: Project, run_id: str) -> None:
    """Refuse (`E-KEY-EPOCH`) another night of the same date in the place of a rekeyed one, whose lists carry the old ones on."""
    if (project.night(run_id) / MANIFEST).is_file() and read_manifest(project.night(run_id)).get("rekeyed_from") is not None:
        raise GovernanceError(
            "E-KEY-EPOCH",
            f"run {run_id}, served now, is a rekeyed night of this date; another run of the date would take its place.",
            cure="go on with a later date",
        )


def in_this_epoch(night: Night, last: pa.Table, team: str) -> pa.Table:
    """A team's list of an earlier epoch under tonight's pseudonyms; rows that no key at hand explains are left out."""
    root = night_key(night)
    roots = {key_check_value(each): each for each in (root, previous_key(night.project, night.configuration))}
    new = DomainKey(root, Domain(team, TEAM_PURPOSE, night.configuration.keys.epoch))
    found = [last.slice(0, 0)]
    for epoch in vault_of(night.project, night.configuration).key_epochs():
        old = Domain(team, TEAM_PURPOSE, epoch.epoch)
        mine = last.filter(pc.starts_with(last["pseudonym"], f"{old.tag}-"))
        if mine.num_rows and epoch.check_value in roots and old != new.domain:
            found.append(_carried_over(night, mine, DomainKey(roots[epoch.check_value], old), new))
    return pa.concat_tables(found)


def _carried_over(night: Night, rows: pa.Table, old: DomainKey, new: DomainKey) -> pa.Table:
    words = recipient_map(people_of_nights(night), old, new)
    return retokenise(rows.filter(pc.is_in(rows["pseudonym"], value_set=words["working"].combine_chunks())), words)


def people_of_nights(night: Night) -> pa.ChunkedArray:
    """The person ids of a night and of its parent: somebody of the last list may have another id tonight, or be gone."""
    shelves = [
        Shelf(night.project.vault_night(run_id), run_id, identifiable=True) for run_id in (night.run_id, night.parent) if run_id
    ]
    paths = [path for shelf in shelves if (path := shelf.path(Zone.IDENTIFIABLE, "link")).is_file()]
    return pa.concat_tables(pq.read_table(path, columns=["person_id"], partitioning=None) for path in paths)["person_id"]


def check_previous(root: RootKey, served: KeyEpoch) -> None:
    """Refuse (`E-KEY-WRONG`) a former root key that is not the served night's."""
    if key_check_value(root) != served.check_value:
        raise GovernanceError(
            "E-KEY-WRONG",
            f"the night served now was made with the key {served.check_value}; the former key given is {key_check_value(root)}.",
            cure="name the former key's file in keys.previous_file",
        )
