"""What humans have decided, as tonight goes by it: from the teams' pseudonyms to the night's own, before the wall.

The night reads decisions up to a number that is part of its name, so that one made while it runs changes nothing before the next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from governance.crosswalk import keys
from governance.former_ids import FormerIds
from governance.keys import DomainKey
from governance.opt_outs import protected_people
from governance.person_ids import look_up
from governance.person_rows import best_records
from governance.pseudonyms import pseudonyms
from pipelines.config import Configuration
from pipelines.entries_following import former_people, split_tonight
from pipelines.keys import night_key
from pipelines.night import Night
from pipelines.project import Project
from pipelines.publish import store_url
from pipelines.recipients import team_domain, working_domain
from schemas.identifiable import Link, PersonRecord
from schemas.pseudonymised import OPEN_STATES, OpenEntry
from schemas.table import Rows

DIED, MOVED = "died", "moved"
LOST, JOINED, SPLIT, DIVIDED = "lost", "joined", "split", "divided"
FATES = {
    LOST: "entries of the caseload whose person is not in tonight's records",
    JOINED: "entries of the caseload that follow their person, whose records were found to be another's, too",
    SPLIT: "entries of the caseload that stay where they are, though records of their person were found to be another's",
    DIVIDED: "entries of the caseload that are nobody's now: the records of their person were found to be several people's",
}


def decisions_position(project: Project, configuration: Configuration) -> int:
    """The number of the last decision on the caseload; 0 where there is none."""
    from caseload.entries.open_entries import last_decision
    from governance.audit import Audit

    return last_decision(Audit(store_url(project, configuration.stores.audit)).store)


def entry_rows(
    night: Night, records: Rows[PersonRecord], links: Rows[Link], excluded: Any
) -> tuple[Rows[OpenEntry], list[str]]:  # fmt: skip
    """`OpenEntry` rows under the night's own pseudonyms, and notes.

    Of people whom the night may not score (`excluded`) only those with an open episode: it stays with its professional, and
    nothing but that crosses. Protected people have no row. An entry follows its person to the id that has her
    records tonight; whose pseudonym is nobody's, and whose records were split, is counted.
    """
    if not night.decisions:
        return OpenEntry.empty(), []
    from caseload.entries.open_entries import one_each, open_entries
    from pipelines.entries import entries_of

    entries, people = entries_of(night.project, night.configuration), _array(pc.unique(links["person_id"]).drop_null())
    former = former_people(night, people)
    split, divided = set(split_tonight(night)), sorted(former.divided)
    ids = pa.concat_arrays([people, pa.array([*former.joined, *divided], pa.string())])
    now = pa.concat_arrays([people, pa.array([*former.joined.values(), *[None] * len(divided)], pa.string())])
    found, lost = [], Counter[str]()
    for team in night.configuration.team:
        rows = open_entries(entries, team.id, night.as_at, up_to=night.decisions)
        names = pseudonyms(ids, DomainKey(night_key(night), team_domain(night.configuration, team.id)))
        held, who = (look_up(rows["pseudonym"], names, of) for of in (ids, now))
        lost.update(_fates(held.to_pylist(), former, split))
        found.append(rows.append_column("person_id", who).filter(who.is_valid()))
    rows = _with_left(_who_may(pa.concat_tables(found), records, links, excluded), night, records, links)
    key = DomainKey(night_key(night), working_domain(night.configuration))
    rows = rows.set_column(0, "pseudonym", pseudonyms(rows["person_id"], key)).select(OpenEntry.columns())
    table = one_each(rows)
    notes = [f"entries of the caseload that the night goes by: {table.num_rows}."]
    return table, notes + [f"{words}: {lost[fate]}." for fate, words in FATES.items() if lost[fate]]


def _fates(held: list[str | None], former: FormerIds, split: set[str]) -> Iterator[str]:
    """What became of each entry's person, where something did: a name in FATES."""
    for each in held:
        if each is None:
            yield LOST
        elif each in former.divided:
            yield DIVIDED
        elif each in former.joined:
            yield JOINED
        if each in split:
            yield SPLIT


def _who_may(rows: pa.Table, records: Rows[PersonRecord], links: Rows[Link], excluded: Any) -> pa.Table:
    out = pc.is_in(rows["person_id"], value_set=_array(excluded))
    kept = pc.or_(pc.invert(out), pc.is_in(rows["state"], value_set=pa.array(OPEN_STATES)))
    protected = pc.is_in(rows["person_id"], value_set=_array(protected_people(records, links)))
    return rows.filter(pc.and_(kept, pc.invert(protected)))


def _with_left(rows: pa.Table, night: Night, records: Rows[PersonRecord], links: Rows[Link]) -> pa.Table:
    """The rows with why somebody is nobody's in the area any more: the word of her best record counts, as for the lists."""
    person_ids = look_up(keys(records), keys(links), links["person_id"])
    best = best_records(records.append_column("person_id", person_ids).filter(person_ids.is_valid()))
    today = pa.scalar(night.as_at, pa.date32())

    def by_today(column: str) -> Any:
        return pc.fill_null(pc.less_equal(look_up(rows["person_id"], best["person_id"], best[column]), today), False)

    left = pc.if_else(by_today("date_of_death"), DIED, pc.if_else(by_today("registered_to"), MOVED, None))
    place = rows.column_names.index("left")
    return rows.set_column(place, "left", left.cast(pa.string()))


def _array(values: Any) -> Any:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
