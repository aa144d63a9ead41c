"""A route, what a handler is given, and what it answers: plain data, nothing of the web's own types."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from caseload.desk.posts import Visit
from governance.access.roles import ROLES

if TYPE_CHECKING:
    from caseload.web.front import Front

EVERY_ROLE = frozenset(role.name for role in ROLES)
OWN = ""  # the resource of pages about the user herself: every role that the route names may open them


@dataclass(frozen=True)
class Asked:
    """What a request says, once it was let in. `night`: the night pinned for it (None where none is published).

    path: parts of the address. query: the first value of each. form: every value of each field of a POST.
    """

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    night: Any = None
    front: Front | None = None

    @property
    def own(self) -> Front:
        """The web's own parts; every request has them."""
        if self.front is None:
            raise TypeError("a page of the web's own was asked without its parts")
        return self.front

    def value(self, name: str) -> str:
        """The first value of a form's field, without blanks around it; empty where there is none."""
        return (self.form.get(name) or ("",))[0].strip()


@dataclass(frozen=True)
class Answer:
    """A page's data, or the path to go to, or a file.

    template: another than the route's. redirect: a path of this site, after a change. file: name, media type, bytes.
    """

    data: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    template: str = ""
    redirect: str = ""
    file: tuple[str, str, bytes] | None = None


def page(template: str = "", status: int = 200, **data: Any) -> Answer:
    """A page with this data."""
    return Answer(data, status=status, template=template)


def go_to(path: str) -> Answer:
    """After a change: the page to show next (303, so that a reload changes nothing)."""
    return Answer(redirect=path)


def absent() -> Answer:
    """There is nobody and nothing there for this user: the same page whether it is not there or not hers."""
    return Answer(status=404)


def download(name: str, media_type: str, content: bytes) -> Answer:
    """A file to keep."""
    return Answer(file=(name, media_type, content))


Handler = Callable[[Visit, Any, Asked], Answer]


@dataclass(frozen=True)
class Route:
    """One address.

    resource: what of `governance.access.roles.RESOURCES` it shows; OWN for pages about the user herself. roles: who may open it.
    menu: its words in the navigation; empty: not in it. needs_night: 503 while no night is published. purpose: in a few words,
    for the list of routes.
    """

    path: str
    handler: Handler
    template: str = ""
    methods: tuple[str, ...] = ("GET",)
    resource: str = OWN
    roles: frozenset[str] = frozenset()
    menu: str = ""
    needs_night: bool = True
    purpose: str = ""

    @property
    def name(self) -> str:
        """The route in one text."""
        return f"{'/'.join(self.methods)} {self.path}"
