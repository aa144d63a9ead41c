"""Who can be responsible for people: the table that a project's configuration becomes."""

from __future__ import annotations

from schemas.table import Table, text, texts, whole
from schemas.zones import Zone

ACCOUNTABLE = "accountable professional"
COORDINATOR = "coordinator"


class Professional(Table):
    """One row per accountable professional or coordinator. Known by id only: names are not needed to propose."""

    zone = Zone.PSEUDONYMISED
    key = ("professional_id",)

    professional_id = text("their id in the project's configuration", required=True)
    role = text("what they can be to a person", required=True, codes=frozenset({ACCOUNTABLE, COORDINATOR}))
    team = text("their team", required=True)
    locality = text("locality of their team: they are responsible for nobody outside it", required=True)
    practices = texts("practices they work with; empty or null where with none in particular")
    capacity = whole("people they can be responsible for at once", required=True, minimum=0)
