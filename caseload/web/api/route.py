"""A route of the API: a route of the pages, and what may be asked of it in the query."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caseload.desk.posts import Post
from caseload.web.route import Answer, Route

POST = "post"  # of a query, or the header's end: which of her posts the caller uses
LONGEST_VALUE = 200


@dataclass(frozen=True)
class Parameter:
    """One parameter of a query. `codes`: the values there are; none: any text of ours, as an id."""

    name: str
    words: str
    codes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ApiRoute(Route):
    """One address of the API. `answers`: the name of what it gives. `everybody`: answered without signing in; it shows nobody."""

    query: tuple[Parameter, ...] = ()
    answers: str = ""
    everybody: bool = False

    @property
    def is_fhir(self) -> bool:
        """Whether it speaks FHIR."""
        return self.path.startswith("/fhir/")


def body(of: Mapping[str, Any]) -> Answer:
    """An answer with this object."""
    return Answer(of)


def post_code(post: Post) -> str:
    """A post as a caller names it: `care-coordinator:north`, `gp-practice-user:north:A99001`."""
    return post.key.replace(" ", "-").replace("|", ":").rstrip(":")


def wrong_query(asked: Sequence[tuple[str, str]], route: ApiRoute) -> str:
    """What is wrong with a query, in words; empty where nothing is.

    A parameter that we do not know is refused: left out, it would give more than was asked for.
    """
    known = {each.name: each for each in route.query}
    names = [name for name, _ in asked if name != POST]
    if set(names) - set(known):
        return f"A parameter of the query is not known here. Known: {', '.join(known) or 'none'}."
    if len({name for name, _ in asked}) < len(asked):
        return "A parameter of the query is given twice."
    for name, value in asked:
        codes = known[name].codes if name in known else ()
        if len(value) > LONGEST_VALUE or (codes and value not in codes):
            return f"{name} is none of the values that it may have" + (f": {', '.join(codes)}." if codes else ".")
    return ""
