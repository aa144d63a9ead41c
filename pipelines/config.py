"""`caselink.toml`: what a project may say, checked before anything is read.

Unknown keys are errors that name the nearest right key. Messages name keys, positions and ids of entries, no other value; and by
its place alone what stands where a key should and is written like none.
"""

from __future__ import annotations

import datetime as dt
import difflib
import hashlib
import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from governance.access.accounts import account
from governance.detectors import rules_found
from pipelines.project import Project
from pipelines.settings.access import AccessSettings
from pipelines.settings.allocation import AllocationSettings, NeedRule, Professional, Ward, check_allocation
from pipelines.settings.answerable import Organisation, TransfersAbroad
from pipelines.settings.attack import Attack
from pipelines.settings.audit import AuditSettings
from pipelines.settings.caseload import CaseloadSettings
from pipelines.settings.costs import CostSettings
from pipelines.settings.disclosure import Disclosure
from pipelines.settings.keys import PLACES, Keys
from pipelines.settings.models import ModelSettings
from pipelines.settings.purposes import PAPERS_ONLY, Basis, Flag, OptOutSettings, Purpose
from pipelines.settings.retention import Retention
from pipelines.settings.section import Name, Section, Share
from pipelines.settings.segments import SegmentSettings
from pipelines.settings.selection import SelectionSettings
from pipelines.settings.supplier_pseudonyms import SupplierPseudonym
from pipelines.settings.take_away import TakeAwaySettings
from pipelines.settings.transit import Transit
from pipelines.settings.vault import VaultSettings
from pipelines.settings.web import UserSettings, WebSettings
from schemas.errors import ConfigurationError
from schemas.identifiable import SOURCES


class Area(Section):
    """Whose night this is."""

    name: str = Field(description="name of the care area, as it stands on reports and lists")
    synthetic: bool = Field(default=False, description="made-up people: 9xx NHS numbers are accepted, lists carry a banner")


class NightSettings(Section):
    """How a night is run."""

    as_at: dt.date | None = Field(default=None, description="reference date; without it --as-at or today's date in London")
    memory_mb: int = Field(default=2500, ge=200, description="memory the engine may use before it spills")
    threads: int = Field(default=2, ge=1, description="threads of the engine; more never change a result")
    refuse_share: Share = Field(default=0.05, description="share of bad rows above which a source is refused")
    require_shut_in: bool | None = Field(
        default=None,
        description="refuse a night whose analytic process cannot be shut in (Linux 5.13 or later, with Landlock); without it a "
        "night of real people is refused, one of made-up people goes on",
    )
    free_disk_mb: int = Field(default=500, ge=0, description="free space below which the night does not start")


class Feeds(Section):
    """Which sources a night expects, and how old each may be."""

    expected: tuple[Literal[SOURCES], ...] = Field(  # type: ignore[valid-type]
        default=("register",),
        description="a source named here that is missing, held, refused or stale makes the night end with 5",
    )
    max_age_days: dict[Literal[SOURCES], Annotated[int, Field(ge=0)]] = Field(  # type: ignore[valid-type]
        default_factory=dict, description="age in days after which a source is stale"
    )

    def limit(self, source: str) -> int:
        """Days after which this source counts as stale."""
        return int(self.max_age_days.get(source, MAX_AGE_DAYS[source]))


# Keys by which an entry of several is known, where their value is a mere name; no other value is ever repeated.
NAMING = ("id", "source", "purpose", "artefact")
ID = re.compile("[a-z][a-z0-9_ -]{0,30}")
KEY = re.compile("[a-z][a-z0-9_]{0,39}")  # how every key of ours is written

# Feed calendars: Client Level Data quarterly, national flows monthly with about six weeks' delay, GP monthly,
# register and client index weekly.
MAX_AGE_DAYS = {
    "register": 14, "asc_person": 14, "gp": 45, "sus_apc": 75, "sus_op": 75, "ecds": 75, "csds": 75, "mhsds": 75, "cld": 140,
}  # fmt: skip


class Linkage(Section):
    """How records are linked, and how the links are checked."""

    model: str = Field(default="", description="model file of the project's own (`caselink link train`); none: the shipped one")
    review_sample: int = Field(
        default=20, ge=0, description="pairs of each stratum of links and non-links that clerks judge beside the review band"
    )
    review_twice: Share = Field(default=0.1, description="share of judged pairs that a second clerk judges too")


class Tiers(Section):
    """Shares of the population (of each locality) that each tier has room for."""

    case_management: Share = Field(default=0.02, description="with an accountable professional")
    care_navigation: Share = Field(default=0.05, description="with a care navigator")
    supported_self_management: Share = Field(default=0.15, description="with support to manage alone")


class Team(Section):
    """A locality team: a recipient with pseudonyms of its own."""

    id: Name = Field(description="names the folder of its lists and its domain of pseudonyms")
    name: str = Field(description="as it stands on its lists")
    locality: str = Field(description="locality it serves, as in lookups/practices.csv")


class Stores(Section):
    """Databases: a path inside the project, or a URL."""

    vault: str = Field(default="vault/vault.db", description="who is who: person ids and the crosswalk")
    application: str = Field(default="state/application.db", description="publications")
    audit: str = Field(default="state/audit.db", description="who opened or changed what, and why")


class Analysts(Section):
    """The recipient of the analysts' Parquet."""

    id: Name = Field(default="csu", description="names the folder of their tables and their domain of pseudonyms")
    name: str = Field(default="", description="who they are, in words, as it stands in the papers")


class Hook(Section):
    """A command that is told the outcome of each night, for e-mail or chat."""

    command: tuple[str, ...] = Field(
        default=(), description="program and arguments; the outcome comes as JSON on its standard input"
    )
    timeout_seconds: int = Field(default=30, ge=1, description="after which the hook is ended and a warning given")


class Configuration(Section):
    """All of `caselink.toml`."""

    area: Area
    night: NightSettings = NightSettings()
    feeds: Feeds = Feeds()
    linkage: Linkage = Linkage()
    tiers: Tiers = Tiers()
    costs: CostSettings = CostSettings()
    selection: SelectionSettings = SelectionSettings()
    caseload: CaseloadSettings = CaseloadSettings()
    models: ModelSettings = ModelSettings()
    segments: SegmentSettings = SegmentSettings()
    team: tuple[Team, ...] = ()
    professional: tuple[Professional, ...] = ()
    allocation: AllocationSettings = AllocationSettings()
    need: tuple[NeedRule, ...] = ()
    ward: tuple[Ward, ...] = ()
    keys: Keys = Keys()
    stores: Stores = Stores()
    analysts: Analysts = Analysts()
    hook: Hook = Hook()
    purpose: tuple[Purpose, ...] = ()
    basis: tuple[Basis, ...] = ()
    flag: tuple[Flag, ...] = ()
    opt_outs: OptOutSettings = OptOutSettings()
    organisation: tuple[Organisation, ...] = ()
    transfers_abroad: TransfersAbroad = TransfersAbroad()
    retention: tuple[Retention, ...] = ()
    vault: VaultSettings = VaultSettings()
    access: AccessSettings = AccessSettings()
    disclosure: Disclosure = Disclosure()
    attack: Attack = Attack()
    audit: AuditSettings = AuditSettings()
    transit: tuple[Transit, ...] = ()
    supplier_pseudonym: tuple[SupplierPseudonym, ...] = ()
    web: WebSettings = WebSettings()
    user: tuple[UserSettings, ...] = ()
    take_away: TakeAwaySettings = TakeAwaySettings()

    @model_validator(mode="after")
    def _references(self) -> Configuration:
        teams = [team.id for team in self.team]
        names = [person.id for person in self.professional]
        if len(set(teams)) < len(teams) or len(set(names)) < len(names):
            raise ValueError("the ids of teams and of professionals must each be different")
        if self.analysts.id in teams:
            raise ValueError("analysts.id must differ from every team's id: recipients may not share pseudonyms")
        check_allocation(self.team, self.professional, self.ward, self.need)
        if len({each.id for each in self.purpose}) < len(self.purpose):
            raise ValueError("a purpose is declared twice")
        if len({each.name for each in self.organisation}) < len(self.organisation):
            raise ValueError("an organisation is declared twice")
        if len({each.artefact for each in self.retention}) < len(self.retention):
            raise ValueError("a kind of artefact has two lines of retention")
        hidden = [*(each.source for each in self.transit), *(each.source for each in self.supplier_pseudonym)]
        if len(set(hidden)) < len(hidden):
            raise ValueError("a source is named twice in [[transit]] and [[supplier_pseudonym]]")
        flagged = {each.source for each in self.flag if each.name == "type 1 objection" and each.rule == "leave out"}
        if any(each.type_1 == "flagged" and each.source not in flagged for each in self.basis):
            raise ValueError(
                'a basis says that Type 1 objections are "flagged", and no [[flag]] that leaves out names their column'
            )
        return self

    @model_validator(mode="after")
    def _users(self) -> Configuration:
        accounts = [account(each.account) for each in self.user]
        posts = [post for each in self.user for post in each.post]
        if len(set(accounts)) < len(accounts):
            raise ValueError("an account of [[user]] is declared twice")
        if {post.team for post in posts if post.team} - {team.id for team in self.team}:
            raise ValueError("a [[user]] names a team that is not declared")
        if {post.professional for post in posts if post.professional} - {person.id for person in self.professional}:
            raise ValueError("a [[user]] names a professional that is not declared")
        return self

    def digest(self) -> str:
        """A hash of every setting that can change a night's result: not the hook, who may see what, where things lie, or what
        only the papers say."""
        left_out: dict[str, Any] = {
            "analysts": {"name"},
            "basis": {"__all__": PAPERS_ONLY},
            "hook": True,
            "organisation": True,
            "transfers_abroad": True,
            "retention": True,
            "stores": True,
            "vault": True,
            "access": True,
            "web": True,
            "user": True,
            "take_away": True,
            "caseload": True,
            "audit": True,
            "keys": PLACES,
            "opt_outs": {"most_opted_out", "most_growth"},
        }
        return hashlib.sha256(self.model_dump_json(exclude=left_out).encode()).hexdigest()


def load_configuration(project: Project) -> Configuration:
    """Read and check the project's `caselink.toml`; `ConfigurationError` in one line where it is wrong."""
    problem, written = "", {}
    try:
        written = tomllib.loads(project.configuration.read_text(encoding="utf-8"))
        return Configuration.model_validate(written)
    except tomllib.TOMLDecodeError as error:
        problem = f"caselink.toml is not valid TOML ({_position(str(error))})."
    except UnicodeDecodeError:
        problem = "caselink.toml is not UTF-8 text."
    except ValidationError as error:
        problem = _first(error, written)
    raise ConfigurationError("E-CONFIG", problem, cure="see docs/reference/configuration.md")


def _position(message: str) -> str:
    start = message.rfind("(at ")
    return message[start + 1 : -1] if start >= 0 else "position unknown"


def _first(error: ValidationError, written: dict[str, Any]) -> str:
    problems = error.errors(include_input=False, include_url=False)
    problem = min(problems, key=lambda each: each["type"] != "extra_forbidden")  # a misspelt key also leaves another missing
    entry, inner, said = _entry(problem["loc"], written)
    place = ".".join(_place(inner, said))
    if problem["type"] == "extra_forbidden":
        known = list(_known_keys(problem["loc"][:-1]))
        nearest = difflib.get_close_matches(str(problem["loc"][-1]), known, n=1, cutoff=0.0)
        return f"caselink.toml: {entry}unknown key {place}; the nearest right key is {nearest[0]}."
    return f"caselink.toml: {entry}{f'{place}: ' if place else '' if entry else 'whole file: '}{problem['msg']}."


def _entry(place: tuple[Any, ...], written: dict[str, Any]) -> tuple[str, tuple[Any, ...], Any]:
    """For a place within one of several entries: which, counted from 1 and by its ids; the place within it, and what it says."""
    if len(place) < 2 or not isinstance(place[1], int):
        return "", place, written
    said = written[place[0]][place[1]]
    ids = [said.get(name) for name in NAMING] if isinstance(said, dict) else []
    names = ", ".join(each for each in ids if isinstance(each, str) and ID.fullmatch(each))
    return f"[[{place[0]}]] number {place[1] + 1}{f' ({names})' if names else ''}: ", place[2:], said


def _place(path: Sequence[Any], said: Any) -> Iterator[str]:
    """The parts of a path into the file: keys as they stand, or, where one is written like none of ours, `(key 2 of 3)`."""
    for part in path:
        if isinstance(part, int) or part == "[key]" or (KEY.fullmatch(part) and not rules_found(part, coded=False)):
            yield str(part)
        else:
            keys = list(said) if isinstance(said, dict) else []
            yield f"(key {keys.index(part) + 1} of {len(keys)})" if part in keys else "(a key)"
        said = _within(said, part)


def _within(said: Any, part: Any) -> Any:
    if isinstance(said, dict):
        return said.get(part)
    return said[part] if isinstance(said, list) and isinstance(part, int) and part < len(said) else None


def _known_keys(path: Sequence[Any]) -> Iterator[str]:
    section: Any = Configuration
    for part in path:
        if isinstance(part, str) and part in section.model_fields:
            section = _section_of(section.model_fields[part].annotation)
    yield from section.model_fields


def _section_of(annotation: Any) -> Any:
    inner = [kind for kind in getattr(annotation, "__args__", ()) if isinstance(kind, type)]
    return inner[0] if inner else annotation
