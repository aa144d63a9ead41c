"""*Person*: everything that one role may see of one person, on one published night."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from caseload.desk.names import Names, names_of
from caseload.desk.night import PublishedNight, Row
from caseload.desk.posts import Visit
from caseload.desk.services import Services
from caseload.desk.words import ACTIVITY_WORDS, SERVICE_WORDS, event_in_words, happened, index_rows
from caseload.entries.history import Entry, Event
from caseload.lists import LINK_CONFIDENCE, RISK, risk_in_words
from caseload.told import of_groups
from governance.access.categories import MENTAL_HEALTH, sees
from governance.access.limits import LIMIT
from schemas.activity_types import SERVICES

SERVICE_OF = {kind: service for service, kinds in SERVICES.items() for kind in kinds}
PACKAGE = "social_care_service"
SENSITIVE_USE = {"mental_health": MENTAL_HEALTH}  # services whose very use is of a category


@dataclass(frozen=True)
class PersonPage:
    """The page. `who`: her identity, or None with `unnamed` saying why. `desk`: her DeskPerson row, None where the night has none
    (an unscored person is cared for all the same). `hidden`: whether something is kept from this role. `news` is since the
    night before, for everybody alike; `looked_at`: when the visitor last opened this person on another night."""

    pseudonym: str
    who: Row | None
    unnamed: str
    desk: Row | None
    entry: Entry
    decisions: Sequence[Event]
    reasons: Sequence[Row]
    news: Sequence[Row]
    looked_at: dt.datetime | None
    timeline: Sequence[Row]
    packages: Sequence[Row]
    use: Sequence[Row]
    indices: Sequence[Row]
    risk_words: str
    link_confidence: str
    last_contact: Row | None
    feeds: Sequence[Row]
    hidden: bool
    professional: str
    coordinator: str


@dataclass(frozen=True)
class Opened:
    """Somebody whom the door opened to a visit. `who`: None with `unnamed` saying why, where only a limit kept her name."""

    pseudonym: str
    who: Row | None
    unnamed: str

    @property
    def title(self) -> str:
        """What a page calls her."""
        return str(self.who["name"]) if self.who else f"Person {self.pseudonym[-6:]}"


def opened(
    visit: Visit, services: Services, night: PublishedNight, pseudonym: str, *, contacts: bool = False
) -> Opened | None:  # fmt: skip
    """Ask the door for one person; None for somebody who is not there or not the visitor's. Raises what the door raises."""
    names = names_of(visit, services, night, [pseudonym], contacts=contacts)
    if not _may_open(names, pseudonym):
        return None
    return Opened(pseudonym, names.shown.get(pseudonym), names.why(pseudonym))


def person_page(
    visit: Visit, services: Services, night: PublishedNight, pseudonym: str, *, looked: bool = True
) -> PersonPage | None:
    """The page; None for somebody who is not there or not the visitor's: which of the two, nobody can tell.

    A look is written down, so that a decision taken without one is known as such; not where a machine asks (`looked`). Raises
    what the door raises.
    """
    opening = opened(visit, services, night, pseudonym, contacts=True)
    if opening is None:
        return None
    team = visit.post.team
    earlier = services.entries.last_look(visit.request(), pseudonym)
    if looked:
        services.entries.look(visit.request(), pseudonym)
    desk = night.person(team, pseudonym)
    entry = services.entries.entry(team, pseudonym, visit.request().day)
    may = _Categories(visit.post.role, services.sees)
    events, facts, reasons, use = _of(night, team, desk)
    seen_events = [row for row in events if may.see((row["categories"] or "").split("+"))]
    seen_facts = [row for row in facts if may.see([row["category"]])]
    seen_reasons = [row for row in reasons if row["score"] == RISK and may.see([row["category"]])]
    contacts = [_told(row) for row in seen_events]
    return PersonPage(
        pseudonym=pseudonym,
        who=opening.who,
        unnamed=opening.unnamed,
        desk=desk,
        entry=entry,
        decisions=services.entries.history(team, pseudonym),
        reasons=_groups(seen_reasons, seen_facts),
        news=[row for row in seen_facts if row["fact"] == "since_last"],
        looked_at=earlier.at if earlier else None,
        timeline=contacts,
        packages=[row for row in contacts if row["activity_type"] == PACKAGE and _is_open(row, night.as_at)],
        use=[_use(row) for row in use if may.see([SENSITIVE_USE.get(row["service"], "ordinary")])],
        indices=index_rows(desk) if desk else [],
        risk_words=risk_in_words(desk["risk"], desk["risk_band"]) or "" if desk else "",
        link_confidence=LINK_CONFIDENCE.get(desk["link_quality"] or "", "") if desk else "",
        last_contact=next((row for row in contacts if row["activity_type"] in SERVICE_OF and row["happened"]), None),
        feeds=night.feeds(team),
        hidden=len(seen_events) + len(seen_facts) < len(events) + len(facts),
        professional=entry.professional or (desk or {}).get("accountable_professional_id") or "",
        coordinator=entry.coordinator or (desk or {}).get("coordinator_id") or "",
    )


@dataclass(frozen=True)
class _Categories:
    """What a role sees; `own`: as the project's Guardian decided."""

    role: str
    own: Mapping[str, Collection[str]]

    def see(self, categories: Sequence[str]) -> bool:
        """Whether it may see all of them. What has no category is hidden."""
        return all(sees(self.role, each, self.own) for each in categories)


def _may_open(names: Names, pseudonym: str) -> bool:
    """Whether she is the visitor's: named, or unnamed for a limit alone, which is only ever asked of one's own."""
    return pseudonym in names.shown or names.refused.get(pseudonym) == LIMIT


def _of(night: PublishedNight, team: str, desk: Row | None) -> tuple[list[Row], list[Row], list[Row], list[Row]]:
    if desk is None:
        return [], [], [], []
    number = desk["person"]
    return night.timeline(team, number), night.facts(team, number), night.reasons(team, number), night.service_use(team, number)


def _groups(reasons: Sequence[Row], facts: Sequence[Row]) -> list[Row]:
    """The groups that tell why, most telling first, each with how much it weighs and its facts."""
    found = []
    for row in reasons:
        told = of_groups([row["group"]], facts)
        if told:
            words = SERVICE_WORDS.get(row["group"]) or row["group"].replace("_", " ")
            found.append({"group": words, "size": row["size"], "facts": told})
    return found


def _told(row: Row) -> Row:
    return {
        **row,
        "service": ACTIVITY_WORDS.get(row["activity_type"], row["activity_type"]),
        "words": event_in_words(row),
        "happened": happened(row),
    }


def _is_open(row: Row, as_at: dt.date) -> bool:
    return row["end_date"] is None or row["end_date"] >= as_at


def _use(row: Row) -> Row:
    return row | {"words": SERVICE_WORDS.get(row["service"], row["service"])}
