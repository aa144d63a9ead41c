"""Client Level Data events as they may leave a council whose people are tokens: allow-listed columns and no free text.

column                                        what leaves
--------------------------------------------  -----------------------------------------------------------------------
LA_Code, dates of the period and the event    as they are
LA_Person_Unique_Identifier                   its keyed token
columns with a code list                      values of the list; others were emptied on reading
Request_Route_of_Access, Assessment_Type      a keyed token: they tell two events apart, and their text may be anything
Cost_Frequency_Unit_Type                      one of nine words
Unit_Cost, Planned_units_per_week             as they are
Date_of_Death                                 nothing; ends after it are moved to it, and open services end on it
anything else                                 nothing
"""

from __future__ import annotations

from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.extracts.care_events import ONE_OFF, WEEKLY_SHARE
from pipelines.extracts.layout import LINE, LOCAL_ID

PERSON = "LA_Person_Unique_Identifier"
AS_THEY_ARE = ("Reporting_Period_Start_Date", "Reporting_Period_End_Date", "Event_Start_Date")
CODED_TEXTS = (
    "Client_Type", "Primary_Support_Reason", "Accommodation_Status", "Has_Unpaid_Carer", "Event_Type", "Event_Outcome",
    "Service_Type", "Service_Component", "Delivery_Mechanism",
)  # fmt: skip
KEYED_TEXTS = ("Request_Route_of_Access", "Assessment_Type")
FREQUENCY, OTHER_UNIT = "Cost_Frequency_Unit_Type", "Per unit"
# A word for each beginning that `care_events` knows, in its order.
FREQUENCY_WORDS = dict(zip(WEEKLY_SHARE, ("Weekly", "Fortnightly", "4-weekly", "Monthly", "Quarterly", "Annual"), strict=True))


class Tokens(Protocol):
    """What turns texts into keyed tokens of a kind: `governance.transit.TransitKey`."""

    def tokens(self, kind: str, texts: Any) -> Any:
        """One token per text; null for null."""
        ...


def minimised_events(rows: pa.Table, key: Tokens) -> pa.Table:
    """Converted rows of `cld` as texts, in the order of their keyed ids and dates. Rows must name a person."""
    rows = rows.sort_by([(LINE, "ascending")])
    start = rows["Event_Start_Date"]
    columns = {
        "LA_Code": rows["LA_Code"],
        PERSON: key.tokens("local_id", rows[LOCAL_ID].combine_chunks()),
        **{name: rows[name].cast(pa.string()) for name in AS_THEY_ARE},
        "Event_End_Date": _ends(rows, start).cast(pa.string()),
        **{name: rows[name] for name in CODED_TEXTS},
        **{name: key.tokens(f"text {name}", rows[name].combine_chunks()) for name in KEYED_TEXTS},
        FREQUENCY: _frequency(rows[FREQUENCY]),
        "Unit_Cost": _pounds(rows["Unit_Cost"]),
        "Planned_units_per_week": rows["Planned_units_per_week"].cast(pa.string()),
    }
    table = pa.table(columns)
    return table.sort_by([(name, "ascending") for name in table.column_names])


def _ends(rows: pa.Table, start: Any) -> Any:
    """Ends cropped at the person's death; an open service ends on it. Nothing ends before it starts for that."""
    died = rows.group_by(LOCAL_ID).aggregate([("Date_of_Death", "max")])
    place = pc.index_in(rows[LOCAL_ID], value_set=died[LOCAL_ID].combine_chunks())
    death = died["Date_of_Death_max"].combine_chunks().take(place.combine_chunks())
    end = rows["Event_End_Date"]
    is_service = pc.equal(rows["Event_Type"], "Service")
    open_end = pc.if_else(is_service, death, None)
    cropped = pc.min_element_wise(pc.coalesce(end, open_end), pc.if_else(pc.is_valid(end), death, None))
    return pc.if_else(pc.less(pc.coalesce(death, start), start), pc.coalesce(end, open_end), cropped)


def _frequency(values: Any) -> Any:
    lower = pc.utf8_lower(values)
    answer = pc.if_else(pc.is_valid(values), OTHER_UNIT, None)
    for beginning, word in {**FREQUENCY_WORDS, ONE_OFF: "One-off"}.items():
        answer = pc.if_else(pc.fill_null(pc.match_substring_regex(lower, beginning), False), word, answer)
    return answer


def _pounds(pence: Any) -> Any:
    """Whole pence as pounds and pence, exactly."""
    texts = [None if amount is None else f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"
             for amount in pence.to_pylist()]  # fmt: skip
    return pa.array(texts, pa.string())
