"""Who may open which page. One function, asked by the navigation and by every request; what it does not allow is refused."""

from __future__ import annotations

from caseload.web.route import OWN, Route
from governance.access.roles import ROLES, can

# Resources that are about nobody: opened without the user agreement. Every other one waits for it (Caldicott principle 5).
ABOUT_NOBODY = frozenset({OWN, "run status", "aggregates", "purposes and bases"})
NAMES = frozenset(role.name for role in ROLES)


def may(role: str, route: Route) -> bool:
    """Whether a role may open a route: the route names it, and it may see what the route shows. An unknown role: no."""
    return role in NAMES and role in route.roles and (route.resource == OWN or can(role, route.resource))


def needs_agreement(route: Route) -> bool:
    """Whether the current user agreement must be accepted first."""
    return route.resource not in ABOUT_NOBODY
