"""Handlers of /api: what the pages show, as JSON. A list gives codes; names where they are asked for, as the door opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from caseload.desk.my_list import PAGE_ROWS, SORTS, Asked, ListRow, is_asked, named, own_list
from caseload.desk.names import Names, names_of
from caseload.desk.person import person_page
from caseload.desk.posts import Post, Visit
from caseload.lists import CaseloadList
from caseload.web.api.route import body, post_code
from caseload.web.route import Answer, absent
from caseload.web.route import Asked as Sent

# What a list row says; reasons that not everybody may see are not in it.
LIST_COLUMNS = tuple(name for name in CaseloadList.columns() if name not in ("pseudonym", "reasons_restricted"))
WHO = ("name", "given_name", "family_name", "nhs_number", "date_of_birth", "gender", "address", "postcode")
REACHED = ("telephone", "preferred_language", "communication_needs", "next_of_kin", "visiting_warnings")
OF_DECISION = ("at", "actor", "role", "event", "state", "reason", "until", "due")
OF_EVENT = ("start_date", "end_date", "activity_type", "service", "provider_code", "words", "happened")


def me(visit: Visit, _services: Any, asked: Sent) -> Answer:
    """Who calls, the posts she may choose, whether the agreement is accepted, and the night served."""
    own = asked.own
    user = own.user(visit.account)
    settings = own.settings
    return body(
        {
            "account": visit.account,
            "post": _post(visit.post),
            "posts": [_post(each) for each in (user.posts if user else ())],
            "agreement": {
                "version": settings.agreement_text.version,
                "accepted": settings.agreements.has_accepted(visit.account),
            },
            "night": None if asked.night is None else {"run_id": asked.night.run_id, "as_at": asked.night.as_at},
        }
    )


def night(visit: Visit, _services: Any, asked: Sent) -> Answer:
    """The night served, and how far each source's data reach."""
    return body({"run_id": visit.run_id, "as_at": asked.night.as_at, "feeds": asked.night.feeds(visit.post.team)})


def own_people(visit: Visit, services: Any, asked: Sent) -> Answer:
    """A page of one's own list. Asked for by a machine: no look of the user's is written down, and nothing counts as read."""
    wanted = Asked.of(asked.query)
    rows, _ = own_list(visit, services, asked.night, whole_team=wanted.whole_team)
    chosen = sorted(
        (each for each in rows if is_asked(each, wanted)), key=lambda each: (SORTS[wanted.sort](each), each.pseudonym)
    )
    pages = max(1, -(-len(chosen) // PAGE_ROWS))
    shown = chosen[(wanted.page - 1) * PAGE_ROWS : wanted.page * PAGE_ROWS]
    names = Names({}, {})
    if asked.query.get("names") == "yes":
        names = names_of(visit, services, asked.night, [each.pseudonym for each in shown])
    return body(
        {
            "run_id": visit.run_id,
            "as_at": asked.night.as_at,
            "total": len(chosen),
            "page": wanted.page,
            "pages": pages,
            "names": names.line,
            "people": [_listed(named(each, names)) for each in shown],
        }
    )


def person(visit: Visit, services: Any, asked: Sent) -> Answer:
    """One of one's own people, as her page tells of her."""
    found = person_page(visit, services, asked.night, asked.path.get("pseudonym", ""), looked=False)
    if found is None:
        return absent()
    told = {name: value for name, value in asdict(found).items() if name not in ("desk", "who", "entry", "decisions", "timeline")}
    return body(
        told
        | {
            "run_id": visit.run_id,
            "as_at": asked.night.as_at,
            "identity": _identity(found.who, REACHED),
            "state": found.entry.state,
            "since": found.entry.since,
            "due": found.entry.due,
            "need": {name: value for name, value in (found.desk or {}).items() if name not in ("person", "pseudonym")},
            "reasons": [_reason(each) for each in found.reasons],
            "news": [each["words"] for each in found.news],
            "timeline": [_of(each, OF_EVENT) for each in found.timeline],
            "packages": [_of(each, OF_EVENT) for each in found.packages],
            "decisions": [_of(asdict(each), OF_DECISION) for each in found.decisions],
        }
    )


def _post(post: Post) -> dict[str, str]:
    return {
        "code": post_code(post),
        "role": post.role,
        "team": post.team,
        "practice": post.practice,
        "professional": post.professional,
    }


def _listed(each: ListRow) -> dict[str, Any]:
    return {
        "pseudonym": each.pseudonym,
        "state": each.state,
        "professional": each.professional,
        "coordinator": each.coordinator,
        "review_due": each.due,
        "marks": list(each.marks),
        "identity": _identity(each.who),
        "unnamed": each.unnamed,
    } | {name: each.row.get(name) for name in LIST_COLUMNS}


def _identity(who: Mapping[str, Any] | None, more: tuple[str, ...] = ()) -> dict[str, Any] | None:
    return None if who is None else _of(who, (*WHO, *more))


def _reason(each: Mapping[str, Any]) -> dict[str, Any]:
    facts = [{"words": fact["words"], "told_by": fact["told_by"]} for fact in each["facts"]]
    return {"group": each["group"], "size": each["size"], "facts": facts}


def _of(row: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row.get(name) for name in names}
