"""What the propose step goes by beside tonight's selection: professionals, absences, needs, what humans have decided, wards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.analytic import Bench
from pipelines.analytic_tables import PSEUDONYMISED, last_night
from pipelines.needs import MOST_DAYS, days_before, events_of, needs_of
from schemas.pseudonymised import TIERS, WardPlace
from schemas.table import TableRef

if TYPE_CHECKING:
    from caseload.allocate import Beside

# The table of what humans have decided, under the night's working pseudonyms (OpenEntry rows). It is put on the shelf before the
# wall, by the side that may translate a team's pseudonyms; where it is not there, nobody has decided anything.
ENTRY = "entry"
WARD_PLACE = "ward_place"


def beside(bench: Bench, selection: pa.Table) -> Beside:
    """Everything that the allocation is told of beside people, professionals and the selection."""
    from caseload.allocate import Beside

    features, entries = bench.shelf.get(PSEUDONYMISED, "feature"), _there(bench, ENTRY)
    settings = bench.allocation
    return Beside(
        entries=entries,
        events=events_of(settings.new_event, features, _there(bench, "referral"), bench.as_at) if entries is not None else None,
        needs=needs_of(bench.needs, _who(selection, entries), _tables(bench, features, selection)) if bench.needs else None,
        absences=absences(bench),
        cover_after_days=settings.cover_after_days,
    )


def _there(bench: Bench, name: str) -> pa.Table | None:
    return bench.shelf.get(PSEUDONYMISED, name) if bench.shelf.path(PSEUDONYMISED, name).is_file() else None


def _who(selection: pa.Table, entries: pa.Table | None) -> set[str]:
    """Whoever may be proposed tonight."""
    chosen = selection.filter(pc.equal(selection["tier"], TIERS[0]))["pseudonym"].to_pylist()
    return {*chosen, *(entries["pseudonym"].to_pylist() if entries is not None else ())}


def _tables(bench: Bench, features: pa.Table, selection: pa.Table) -> dict[str, pa.Table]:
    person, score = (bench.shelf.get(PSEUDONYMISED, name) for name in ("person", "score"))
    return {"feature": features, "selection": selection, "person": person, "score": score}


def professionals(bench: Bench) -> pa.Table:
    """The configuration's professionals as the allocation takes them."""
    from caseload.professionals import Professional

    locality = {team.id: team.locality for team in bench.teams}
    rows = [
        {
            "professional_id": each.id,
            "role": each.role,
            "team": each.team,
            "locality": locality[each.team],
            "practices": list(each.practices),
            "skills": list(each.skills),
            "capacity": each.capacity,
        }
        for each in bench.professionals
    ]
    return pa.Table.from_pylist(rows, schema=Professional.arrow_schema())


def absences(bench: Bench) -> pa.Table:
    """The configuration's absences as the allocation takes them."""
    from caseload.professionals import Absence

    rows = [{"professional_id": who.id, **each.model_dump()} for who in bench.professionals for each in who.absence]
    return pa.Table.from_pylist(rows, schema=Absence.arrow_schema())


def put_ward_places(bench: Bench, proposals: pa.Table, selection: pa.Table) -> tuple[TableRef, ...]:
    """Who is proposed to a bed of a virtual ward; nothing where no ward is configured and none was last night."""
    from caseload.wards import Ward, ward_places

    previous = last_night(bench, WARD_PLACE)
    if not bench.wards and previous is None:
        return ()
    rows = [
        {
            "ward_id": each.id,
            "team": each.team,
            "beds": each.beds,
            "length_of_stay_days": each.length_of_stay_days,
            "step_up_days": each.step_up_days if each.step_up else None,
            "step_down_days": each.step_down_days if each.step_down else None,
        }
        for each in bench.wards
    ]
    wards = pa.Table.from_pylist(rows, schema=Ward.arrow_schema())
    order = selection.filter(selection["rank"].is_valid()).sort_by([("rank", "ascending"), ("pseudonym", "ascending")])
    found = ward_places(
        proposals, ward_signs(bench, proposals), wards, previous, bench.as_at, order=order["pseudonym"].to_pylist()
    )
    return (bench.shelf.put(WardPlace, WARD_PLACE, found),)


SIGNS = {"attended": "days_since_last_accident_and_emergency", "discharged": "days_since_discharge"}


def ward_signs(bench: Bench, proposals: pa.Table) -> pa.Table:
    """What a virtual ward looks at, of everybody with a proposal; null where a feature was not built tonight."""
    from caseload.wards import WardSign

    features = bench.shelf.get(PSEUDONYMISED, "feature")
    mine = features.filter(pc.is_in(features["pseudonym"], value_set=proposals["pseudonym"])).to_pylist()
    rows = [
        {"pseudonym": row["pseudonym"], "in_hospital": row.get("in_hospital")}
        | {name: _day(bench, row.get(feature)) for name, feature in SIGNS.items()}
        for row in mine
    ]
    return pa.Table.from_pylist(rows, schema=WardSign.arrow_schema())


def _day(bench: Bench, days: Any) -> Any:
    return None if days is None or days > MOST_DAYS else days_before(bench.as_at, days)
