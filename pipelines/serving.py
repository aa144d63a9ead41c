"""The services of one project's pages, from its configuration and what its nights left: nothing here knows of the web.

No key is read: what a pseudonym stands for was written into the vault when the night was made.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from caseload.desk.door import Door, DoorKit
from caseload.desk.night import PublishedNight
from caseload.desk.services import Away, ProfessionalWords, Services, TakenCode, TeamWords, Use, WardWords
from caseload.desk.ties import ListTies
from caseload.entries.entries import Entries
from caseload.web.users import User
from governance.access.identity_file import FILE, FiledIdentities
from governance.access.reasons import Reasons
from governance.access.relationship_store import Relationships
from governance.access.tables import access_store
from governance.audit import Audit
from governance.keys import Domain
from governance.publications import Publication, Publications, utc_now
from governance.stores import Store
from governance.table_files import TableReader
from pipelines.config import Configuration
from pipelines.entries import entries_of
from pipelines.notes_serving import ServedNotes
from pipelines.oversight import ServedOversight
from pipelines.plain_sheets import sheet_of
from pipelines.project import Project
from pipelines.publish import MANIFEST, publications, read_manifest, store_url
from pipelines.recipients import team_domain
from pipelines.review_serving import ServedReview
from pipelines.settings.allocation import Professional
from pipelines.shelf import digest
from schemas.errors import CaselinkError, GovernanceError

Users = Callable[[], Mapping[str, User]]
REGISTER = "register"  # whose bases are grounds for showing an identity
KEPT_NIGHTS = 3  # opened at once: the one served, and those that pages being shown are pinned to
MOST_MISSED = 10  # nights of which a reader who comes back is told; of more, the last ten


@dataclass
class ServedNights:
    """The night that is served, by its publication row; opened once by its run id."""

    project: Project
    store: Publications
    _open: dict[str, PublishedNight] = field(default_factory=dict)
    _gone_by: dict[str, PublishedNight] = field(default_factory=dict)
    _between: dict[tuple[str, str], list[PublishedNight]] = field(default_factory=dict)  # while no other row is written
    _last_row: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def current(self) -> PublishedNight | None:
        """The night; None where nothing is published. It stays itself while another is being published."""
        row = self.store.current()
        if row is None:
            return None
        with self._lock:
            if row.id != self._last_row:
                self._last_row, self._between = row.id, {}
            if row.run_id not in self._open:
                while len(self._open) >= KEPT_NIGHTS:
                    del self._open[next(iter(self._open))]
                self._open[row.run_id] = self._night(row)
            return self._open[row.run_id]

    def missed(self, night: PublishedNight, looked: str) -> list[PublishedNight]:
        """See `Nights`. Of nights of one day the last; those whose manifest is not as it was published are left out."""
        known = self._between  # of the row that stood when this began: what it is told afterwards goes with it
        if (night.run_id, looked) not in known:
            known[night.run_id, looked] = self._look_up(night, looked)
        return known[night.run_id, looked]

    def _look_up(self, night: PublishedNight, looked: str) -> list[PublishedNight]:
        seen = self.store.published(looked)
        if seen is None:
            return []
        between = {row.as_at: row for row in self.store.standing() if seen.as_at < row.as_at < night.as_at}
        found = []
        for day in sorted(between, reverse=True)[:MOST_MISSED]:
            with suppress(CaselinkError):
                found.append(self._gone(between[day]))
        return found

    def _gone(self, row: Publication) -> PublishedNight:
        """A night gone by, kept once it was opened: to see that its files are whole takes its time."""
        with self._lock:
            if row.run_id not in self._gone_by:
                while len(self._gone_by) >= 2 * MOST_MISSED:
                    del self._gone_by[next(iter(self._gone_by))]
                self._gone_by[row.run_id] = self._night(row)
            return self._gone_by[row.run_id]

    def _night(self, row: Publication) -> PublishedNight:
        folder = self.project.night(row.run_id)
        if not (folder / MANIFEST).is_file() or digest(folder / MANIFEST) != row.manifest_sha256:
            raise _damaged()
        files = read_manifest(folder)["files"]

        def check(path: Path) -> None:
            listed, there = files.get(str(path.relative_to(folder))), path.is_file()
            if (listed is not None or there) and (not there or listed != digest(path)):
                raise _damaged()

        return PublishedNight(row.run_id, row.as_at, folder, check)


def _damaged() -> CaselinkError:
    return CaselinkError(
        "E-NIGHT-DAMAGED",
        "the night served is not as it was published.",
        cure="`caselink publish rollback` to an earlier night, or restore the files from a backup",
    )


class ProfessionalAccounts(Mapping[str, Sequence[str]]):
    """The accounts of each professional, by her id, as the users are now. Whoever changes users gives another mapping of them."""

    def __init__(self, users: Users) -> None:
        self._users = users
        self._known: tuple[Mapping[str, User], dict[str, list[str]]] | None = None  # as made of these users, and of no others

    def __getitem__(self, professional: str) -> Sequence[str]:
        """Accounts that hold a post as this professional; `KeyError` where none does."""
        return self._by_professional()[professional]

    def __iter__(self) -> Iterator[str]:
        """Professionals with an account."""
        return iter(self._by_professional())

    def __len__(self) -> int:
        """How many professionals have an account."""
        return len(self._by_professional())

    def _by_professional(self) -> dict[str, list[str]]:
        users, known = self._users(), self._known
        if known is not None and known[0] is users:
            return known[1]
        found: dict[str, list[str]] = {}
        for user in users.values():
            for professional in sorted({post.professional for post in user.posts if post.professional}):
                found.setdefault(professional, []).append(user.account)
        self._known = (users, found)
        return found


@dataclass
class Doors:
    """The door of one team for a night; made once for each night. `kit`: asked for when the first door is wanted, so that pages
    without people open while the figures of `[access]` are not agreed."""

    project: Project
    team: str
    domain: Domain
    kit: Callable[[], DoorKit]
    entries: Entries
    _made: dict[str, Door] = field(default_factory=dict)

    def __call__(self, night: PublishedNight) -> Door:
        """See `governance.reidentify.Door`. `GovernanceError` `E-ACCESS-VAULT` where the night's identities are not there."""
        if night.run_id not in self._made:
            while len(self._made) >= KEPT_NIGHTS:
                self._made.pop(next(iter(self._made)), None)
            self._made[night.run_id] = self._door(night)
        return self._made[night.run_id]

    def directory(self, night: PublishedNight) -> FiledIdentities:
        """The people of the night, found by what somebody says of them."""
        path = self.project.vault_night(night.run_id) / FILE
        if not path.is_file():
            raise GovernanceError("E-ACCESS-VAULT", "the vault has no identities of the night served.", cure="run a night")
        return FiledIdentities(TableReader(path), self.domain, night.as_at)

    def _door(self, night: PublishedNight) -> Door:
        stored = Relationships(self.kit().store, self.domain)
        ties = ListTies(stored, night, self.team, self.entries, self.entries.accounts)
        served = [(self.team, row["gp_practice_code"]) for row in night.practices(self.team)]
        return self.kit().door(self.domain, self.directory(night), ties, served)


def door_kit(project: Project, configuration: Configuration, store: Store, audit: Audit) -> DoorKit:
    """What every door of the project has in common; `ConfigurationError` `E-ACCESS-LIMITS` where a figure is not agreed."""
    access = configuration.access
    return DoorKit(
        store=store,
        audit=audit,
        reasons=Reasons(store_url(project, configuration.stores.vault)),
        agreement=access.agreement,
        purposes=configuration.purpose,
        grounds=[each for each in configuration.basis if each.source == REGISTER],
        limits=access.limits(),
        break_glass=access.break_glass(),
        bulk=access.bulk(),
    )


def services_of(project: Project, configuration: Configuration, users: Users) -> Services:
    """The services of one project; `users` are asked at every request."""
    store = access_store(store_url(project, configuration.stores.application))
    entries = entries_of(project, configuration, ProfessionalAccounts(users), store=store)
    audit = entries.audit
    published = publications(project, configuration.stores.application)
    for each in (store, audit.store, published.store):
        each.keep_connections()
    domains = {team.id: team_domain(configuration, team.id) for team in configuration.team}
    kit = functools.cache(lambda: door_kit(project, configuration, store, audit))
    doors = {team: Doors(project, team, domain, kit, entries) for team, domain in domains.items()}
    directories = {team: door.directory for team, door in doors.items()}
    return Services(
        area=configuration.area.name,
        synthetic=configuration.area.synthetic,
        clock=utc_now,
        nights=ServedNights(project, published),
        doors=doors,
        directories=directories,
        entries=entries,
        audit=audit,
        teams={team.id: TeamWords(team.id, team.name, team.locality) for team in configuration.team},
        professionals={each.id: _in_words(each) for each in configuration.professional},
        sees=configuration.access.sees,
        break_glass=lambda team: kit().glass(domains[team]),
        review=ServedReview(project, configuration, audit),
        oversight=ServedOversight(project, configuration, store, audit),
        plain_sheet=sheet_of,
        codes=TakenCode(taken.code, taken.term) if (taken := configuration.take_away).code else None,
        wards={each.id: WardWords(each.id, each.team, each.beds, each.length_of_stay_days) for each in configuration.ward},
        uses=_uses(configuration),
        policy=configuration.disclosure.chosen(),
        notes=ServedNotes.of(project, configuration, directories),
    )


def _in_words(each: Professional) -> ProfessionalWords:
    absences = [Away(one.from_date, one.to_date, one.cover or "") for one in each.absence]
    return ProfessionalWords(each.id, each.team, each.role, each.capacity, absences)


def _uses(configuration: Configuration) -> list[Use]:
    """What the register of purposes and bases says, whatever the day."""
    described = {each.id: each.description for each in configuration.purpose}
    return [
        Use(
            each.purpose, described[each.purpose], each.source, each.controller, each.reference, each.valid_from, each.valid_to
        )
        for each in sorted(configuration.basis, key=lambda each: (each.purpose, each.source, each.valid_from, each.reference))
        if each.purpose in described
    ]  # fmt: skip
