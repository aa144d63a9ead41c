"""docs/reference/pages.md, from the list of routes and the function that says who may open them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from caseload.web.permissions import may, needs_agreement
from caseload.web.route import OWN, Route
from caseload.web.routes import ROUTES
from governance.access.roles import ROLES

HEAD = """# Pages

Generated from `caseload/web/routes.py`. What `caselink serve` answers, and to whom: every role that is not marked is refused,
and the refusal is written down. A change (POST) carries the session's own token. *agreement*: the user agreement in force must be
accepted first. *night*: needs a published night.

The sign-in's own addresses (`/sign-in`, `/sign-in/start`, `/sign-in/done`, `/sign-out`, `/post`; in a demonstration
`/demo/...` in place of the service's) show nothing of anybody."""


def reference_page(routes: Sequence[Route] = ROUTES) -> str:
    """The page as Markdown."""
    head = ["address", "what it is", "resource", "needs", *(role.name for role in ROLES)]
    lines = [head, ["---"] * len(head), *(_row(route) for route in routes)]
    return "\n\n".join([HEAD, "\n".join(_line(cells) for cells in lines)]) + "\n"


def _row(route: Route) -> list[str]:
    needs = [word for word, wanted in (("agreement", needs_agreement(route)), ("night", route.needs_night)) if wanted]
    marks = ["yes" if may(role.name, route) else "" for role in ROLES]
    return [f"`{route.name}`", route.purpose, "herself" if route.resource == OWN else route.resource, ", ".join(needs), *marks]


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
