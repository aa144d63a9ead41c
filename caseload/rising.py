"""A team's second list: people of the locality whose risk rose most and who are not in case management. Nobody is proposed."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from caseload.lists import RISK, NightTables, risk_in_words
from caseload.told import MOST_REASONS, told_columns, told_of
from schemas.pseudonymised import TIERS
from schemas.table import Rows, Table, text, whole
from schemas.zones import Zone


class Rising(Table):
    """One row per person on the locality's list of rising risk. Pseudonyms only; the greatest rise first."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("the person, under this team's own pseudonym", required=True)
    rising_place = whole("place on the list; 1 is the greatest rise of the odds", required=True, minimum=1)
    rising_why = text("how the risk rose", required=True)
    tier = text("tier of need", required=True, codes=frozenset(TIERS))
    rank = whole("place within the locality; 1 is the highest need", minimum=1)
    risk_in_words = text("the risk of an emergency admission in the next 12 months, in words")
    reasons = text("why this risk, most telling first, with dates and the day to which each feed speaks")
    since_last = text("what is new since the last look, in one sentence")
    age_band = text("five-year age band")
    gp_practice_code = text("registered practice")


def rising(night: NightTables, locality: str) -> Rows[Rising]:
    """The locality's list, in order of place; no rows where the selection knows of nobody."""
    chosen = night.selection.filter(pc.equal(night.selection["locality"], locality))
    chosen = chosen.filter(chosen["rising_place"].is_valid())
    who = chosen["pseudonym"]
    scored = night.scores.filter(
        pc.and_(pc.equal(night.scores["score"], RISK), pc.is_in(night.scores["pseudonym"], value_set=who))
    )
    scores = {row["pseudonym"]: row for row in scored.to_pylist()}
    people = {
        row["pseudonym"]: row for row in night.people.filter(pc.is_in(night.people["pseudonym"], value_set=who)).to_pylist()
    }
    reasons = told_of(night.reasons, night.facts, RISK, who)
    rows = []
    for row in chosen.to_pylist():
        score, person = scores.get(row["pseudonym"], {}), people.get(row["pseudonym"], {})
        told = {name: row[name] for name in ("pseudonym", "rising_place", "rising_why", "tier", "rank")}
        told["risk_in_words"] = risk_in_words(score.get("value"), score.get("band"))
        short = "; ".join((score.get("reasons") or [])[:MOST_REASONS]) or None
        told |= told_columns(reasons.get(row["pseudonym"]), short)
        rows.append(told | {name: person.get(name) for name in ("age_band", "gp_practice_code")})
    table = Rising.validate(pa.Table.from_pylist(rows, schema=Rising.arrow_schema()))
    return table.sort_by([("rising_place", "ascending"), ("pseudonym", "ascending")])  # type: ignore[no-any-return]
