"""`caselink link explain`: the waterfall of one pair of the served night. No audit row, no explanation."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from linkage.explain import Explanation, Key, explain
from linkage.mergers import successions
from linkage.protected_records import decided_beside, protected_records
from linkage.review.judgements import PAIR
from linkage.review.pairs import RECORD, SEPARATOR, keys, places
from linkage.review.queue import SHOWN_FIELDS
from pipelines.auditing import operator_act
from pipelines.clerical_review import audit_pairs, open_desk
from pipelines.linkage_model import link_settings
from pipelines.project import Project
from pipelines.traced import known_records
from schemas.errors import ConfigurationError
from schemas.zones import Zone

ACTION, PURPOSE = "link explain", "explaining one pair of linkage"
BETWEEN = "|"


def explain_pair(project: Project, one: str, other: str, *, show_values: bool, at: dt.datetime) -> dict[str, Any]:
    """Explain a pair, each given as `source|local_patient_id`; with `show_values` what both records say as well.

    The order given changes nothing but `first_given`: which of the two, 1 or 2, the decision is of and the values begin with.

    Raises `ConfigurationError` `E-EXPLAIN-RECORD` where one of them is no record of the night served now, `E-EXPLAIN-PROTECTED`
    where one is, or may be, a protected identity's. Refused or not, the act is in the audit log first.
    """
    pair = _key(one), _key(other)
    desk = open_desk(project)
    audit_pairs(desk, operator_act(at, ACTION, PURPOSE, run_id=desk.shelf.run_id), _as_pairs(pair))
    records = known_records(desk.shelf)
    matches, mergers, review_pairs = (
        desk.shelf.get(Zone.IDENTIFIABLE, name) for name in ("match", "register_merger", "review_pair")
    )
    _check_shown(pair, records, matches, mergers)
    settings = link_settings(desk.project, desk.configuration)
    found = explain(pair, records, mergers, matches=matches, review_pairs=review_pairs, settings=settings)
    values = {"values": _values(found.pair, records)} if show_values else {}
    first = {"first": found.pair[0][0], "first_given": pair.index(found.pair[0]) + 1}
    return {"run_id": desk.shelf.run_id, **first, **_told(found), **values}


def _key(text: str) -> Key:
    source, found, local_id = text.partition(BETWEEN)
    if not (found and source and local_id):
        raise ConfigurationError(
            "E-EXPLAIN-RECORD",
            "a record is not given as source|local_patient_id.",
            cure="caselink link explain 'gp|...' 'register|...'",
        )
    return source, local_id


def _as_pairs(pair: tuple[Key, Key]) -> pa.Table:
    """Both records as rows that the audit names people by."""
    return pa.table(
        {**{name: [key[place] for key in pair] for place, name in enumerate(RECORD)}, PAIR[2]: pa.nulls(2, pa.string())}
    )


def _check_shown(pair: tuple[Key, Key], records: pa.Table, matches: pa.Table, mergers: pa.Table) -> None:
    hidden = protected_records(records, decided_beside(records, matches), successions(mergers))
    of_pair = pc.is_in(keys(records, *RECORD), value_set=pa.array([SEPARATOR.join(key) for key in pair]))
    if pc.any(pc.and_(hidden, of_pair)).as_py():
        raise ConfigurationError("E-EXPLAIN-PROTECTED", "one of the two is, or may be, a protected identity's: nothing is shown.")


def _told(found: Explanation) -> dict[str, Any]:
    return {
        "prior": found.prior,
        "parts": [part._asdict() for part in found.parts],
        "dependences": [{"why": why, "bits": bits} for why, bits in found.dependences],
        "weight": found.weight,
        "probability": found.probability,
        "rules": list(found.rules),
        "decision": dict(found.decision),
    }


def _values(pair: tuple[Key, Key], records: pa.Table) -> dict[str, list[Any]]:
    """What the two records say, field by field."""
    rows = records.take(places(pa.array([SEPARATOR.join(key) for key in pair]), keys(records, *RECORD)))
    return {name: rows[name].cast(pa.string()).to_pylist() for name in SHOWN_FIELDS}
