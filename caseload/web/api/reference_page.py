"""docs/reference/api.md, from the list of routes."""

from __future__ import annotations

from caseload.web.api.callers import POST_HEADER
from caseload.web.api.openapi import STATUSES
from caseload.web.api.route import ApiRoute
from caseload.web.api.routes import API_ROUTES
from caseload.web.permissions import may, needs_agreement
from governance.access.roles import ROLES

HEAD = f"""# The API

Generated from `caseload/web/api/routes.py`. Read only; REST under `/api`, described in OpenAPI at `/api/openapi.json`, and
FHIR R4 under `/fhir`, described at `/fhir/metadata`. It shows what the pages show, to whom they show it: by the same roles,
agreement, limits, audit rows and night. Names are asked of the door and written down first; `/api/list` gives none unless
`names=yes`.

**Who calls.** A browser with its session; or another system with `Authorization: Bearer`, an access token of the sign-in
service whose audience is `[web] api_audience` and nothing else, not older than a session may be. A token grants no post:
those of its account stand in `[[user]]`. An account with several names one by its code, in the header `{POST_HEADER}` or the
query's `post`; `/api/me` says which there are. A machine's call is no look: nothing counts as read by it.

**Addresses** take pseudonyms of the caller's team and codes, never an identifier; a parameter that is not listed is refused.
Lists come 60 people a page (`page`). A Guardian's AuditEvents name people by their pseudonyms in the audit's own domain.
Somebody who is not there and somebody else's person are answered alike: by 404, in a search by an empty Bundle.

**Refusals** are an OperationOutcome under `/fhir` and a problem (RFC 9457) under `/api`, with the code of the refusal:"""


def reference_page() -> str:
    """The page as Markdown."""
    head = ["address", "what it gives", "asks", "needs", *(role.name for role in ROLES)]
    rows = [_row(each) for each in API_ROUTES]
    table = "\n".join("| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows])
    statuses = "\n".join(f"- {status}: {words}" for status, words in STATUSES.items())
    return "\n\n".join([HEAD, statuses, table]) + "\n"


def _row(route: ApiRoute) -> list[str]:
    needs = [word for word, wanted in (("agreement", needs_agreement(route)), ("night", route.needs_night)) if wanted]
    asks = ", ".join(f"`{each.name}`" for each in route.query)
    marks = ["everybody" if route.everybody else "yes" if may(role.name, route) else "" for role in ROLES]
    return [f"`{route.path}`", route.purpose, asks, ", ".join(needs), *marks]
