"""Pages for what went wrong: words for people, the code for whoever is asked, and no detail that is not ours."""

from __future__ import annotations

from typing import NamedTuple

from schemas.errors import CaselinkError, GovernanceError


class Trouble(NamedTuple):
    """Title and words of one kind of trouble."""

    title: str
    words: str


TROUBLES = {
    400: Trouble("That cannot be read", "What was sent could not be read. Go back and try again."),
    401: Trouble("You are signed out", "Your session has ended. Sign in and try again; nothing was changed."),
    403: Trouble("You cannot open this page", "What you work as does not open it."),
    404: Trouble("Not found", "There is no such page, or nothing here that you may see."),
    405: Trouble("That cannot be done here", "This page does not take that kind of request."),
    409: Trouble("Nothing was changed", "Something changed before you did, or it is not possible now."),
    413: Trouble("Too much was sent", "That is more than may be sent at once."),
    429: Trouble("Too many requests", "You have asked for this page too often. Wait a little, then try again."),
    500: Trouble("Something went wrong", "The fault is ours. Nothing of it is shown here; tell the operator when it happened."),
    503: Trouble("Not available now", "Try again later. Nothing was changed."),
}
# Codes whose trouble passes: the vault, the audit log or a store cannot be used, or no night is published yet.
PASSING = (
    "E-ACCESS-LIMITS", "E-ACCESS-VAULT", "E-ACCESS-STORE", "E-ACCESS-AUDIT", "E-AUDIT-STORE", "E-ENTRY-STORE", "E-NIGHT-",
    "E-STORE-", "E-SIGN-IN-SERVICE",
)  # fmt: skip
NOT_NOW = ("E-ENTRY-", "E-REVIEW-", "E-BREAK-GLASS-STATE", "E-AGREEMENT-VERSION")


def status_of(error: CaselinkError) -> int:
    """The status of a coded refusal."""
    if error.code.startswith(PASSING):
        return 503
    if error.code == "E-ACCESS-LIMIT":
        return 429
    if error.code.startswith(NOT_NOW):
        return 409
    return 403 if isinstance(error, GovernanceError) else 500
