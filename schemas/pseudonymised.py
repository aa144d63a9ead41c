"""Tables of the pseudonymised zone: need without identity."""

from __future__ import annotations

from schemas.activity_types import ACTIVITY_ATTRIBUTES, ACTIVITY_TYPES, COST_SOURCES, SERVICES
from schemas.table import Column, Table, date, number, text, texts, whole
from schemas.zones import Zone

TIERS = ("case management", "care navigation", "supported self-management", "none")

# Five-year bands up to 90 and over: an age band, never an age, crosses the wall.
AGE_BANDS = (*(f"{low:02d}-{low + 4:02d}" for low in range(0, 90, 5)), "90+")
LINK_QUALITIES = ("number", "demographic", "probabilistic", "unlinked")


class PseudonymisedPerson(Table):
    """One row per person."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("domain tag, 26 Crockford base32 characters and a check symbol", required=True)
    age_band = text("five-year band at as_at, 90+ at the top", codes=frozenset(AGE_BANDS))
    gender = text("1 male, 2 female, 9 indeterminate, X not known")
    ethnic_category = text("ETHNIC CATEGORY, A to Z or 99")
    lsoa_code = text("lower layer super output area")
    deprivation_decile = whole("1 most deprived to 10 least, from the project's look-up", minimum=1)
    council = text("council code, from the project's look-up")
    icb = text("integrated care board code, from the project's look-up")
    gp_practice_code = text("registered practice")
    locality = text("locality of the practice, from the project's look-up")
    registered_from = date("start of registration, first of the month")
    registered_to = date("end of registration, first of the month; null while registered")
    month_of_death = date("first of the month of death; null while living")
    link_quality = text(
        "the weakest way in which a record of this person was linked; `unlinked`: not on the register",
        codes=frozenset(LINK_QUALITIES),
    )


class PseudonymisedActivity(Table):
    """One row per event."""

    zone = Zone.PSEUDONYMISED
    key = ()
    order = ("pseudonym", "start_date", "activity_type", "end_date", "provider_code", "cost_pence")

    pseudonym = text("whose", required=True)
    activity_type = text("a name in ACTIVITY_TYPES", required=True, codes=ACTIVITY_TYPES)
    start_date = date("start of the event", required=True)
    end_date = date("end of the event; null while open")
    provider_code = text("organisation that provided it")
    codes = texts("as in Activity")
    cost_pence = whole("cost of the whole event in pence, in prices of the project's price year", minimum=0)
    cost_source = text("where the cost came from", codes=COST_SOURCES)
    attributes = Column(ACTIVITY_ATTRIBUTES, "as in Activity")


class Score(Table):
    """One row per person and score."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym", "score")

    pseudonym = text("whose", required=True)
    score = text("name of the score", required=True)
    value = number("its value; null where it cannot be given")
    band = text("its band, where the score has bands")
    reasons = texts("why, in words, most telling first")
    version = text("version of the rule or model", required=True)


class ServiceUse(Table):
    """One row per person and service used in 12 months: how much, at what cost from where, and how that compares."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym", "service")

    pseudonym = text("whose", required=True)
    service = text("one of the eight services", required=True, codes=frozenset(SERVICES))
    contacts = whole("contacts that count, as in the features of use; 0 where there is only a cost", required=True, minimum=0)
    costed_contacts = whole("those whose cost is known", required=True, minimum=0)
    cost_pence = whole("their cost, in prices of the project's price year", required=True, minimum=0)
    client_level_pence = whole("of the cost: by the council's own unit cost", required=True, minimum=0)
    sus_pence = whole("of the cost: by the price in SUS or ECDS", required=True, minimum=0)
    site_pence = whole("of the cost: by the area's own unit costs", required=True, minimum=0)
    reference_pence = whole("of the cost: by national averages", required=True, minimum=0)
    percentile = number("share of people in the area who had fewer contacts of this service, in percent", required=True)
    peer_percentile = number("the same among people of the age band in the locality; null among fewer than 20")


class Selection(Table):
    """One row per person: the tier, cut by capacity."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("whose", required=True)
    locality = text("locality in which the tier was cut")
    tier = text("the tier", required=True, codes=frozenset(TIERS))
    rank = whole("place within the locality, 1 is the highest need", minimum=1)
    why = text("why this tier, in words", required=True)


class Proposal(Table):
    """One row per person proposed to a professional, or left without one."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("whose", required=True)
    accountable_professional_id = text("null where nobody had room")
    coordinator_id = text("null where nobody had room")
    team = text("team that may see the proposal; null where unplaced")
    why = text("why placed here, or why nowhere", required=True)
    since = date("since when", required=True)


class CaseloadEntry(Table):
    """One row per person on a list, with its state."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("whose", required=True)
    state = text("proposed, accepted, declined, deferred, active, review due or closed", required=True)
    decision = text("last decision")
    reason = text("coded reason of the decision")
    decided_by = text("id of the professional who decided")
    decided_on = date("when")
