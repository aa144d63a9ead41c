"""Tables of the pseudonymised zone: need without identity."""

from __future__ import annotations

from schemas.activity_types import ACTIVITY_ATTRIBUTES, ACTIVITY_TYPES, COST_SOURCES, SERVICES
from schemas.table import Column, Table, date, number, text, texts, whole
from schemas.zones import Zone

TIERS = ("case management", "care navigation", "supported self-management", "none")

# Why somebody is in a tier, or in none: the reason in `why` begins with it in other words.
TIER_REASONS = (
    "by rank",         # the rank is within the tier's reach
    "stays",           # in the tier on the last night; beyond its reach by less than it takes to leave
    "minimum stay",    # in the tier for fewer days than the minimum stay
    "leaves soon",     # far enough beyond its reach to leave, and others leave tonight: on one of the next nights
    "referral",        # a clinician's referral is in force
    "waits",           # the rank is within reach of a higher tier, whose places are taken by those who stay
    "beyond",          # beyond the reach of every tier
    "excluded",        # a rule or a clinician keeps her out of every tier
    "no score",        # no score could be given
    "no locality",     # the practice is in no locality
    "no places",       # no places are set for the locality
)  # fmt: skip

# Why somebody is no longer in the tier of the last night.
EXIT_REASONS = ("moved up", "beyond its reach", "no place left", "excluded", "no score", "moved locality")

# What a clinician may ask of the list.
REFERRAL_DECISIONS = ("refer", "leave out")
REFERRAL_REASONS = (
    "clinical concern", "recent change", "carer strain", "frailty", "requested by the person", "in another programme",
    "end of life care", "known and managed", "declined by the person",
)  # fmt: skip

# States of a person's history on a caseload, as far as the night has to know them, and which of them are open episodes.
OPEN_STATES = ("accepted", "active", "review due")
ENTRY_STATES = ("proposed", *OPEN_STATES, "declined", "deferred", "closed")
LEFT_AREA = ("died", "moved", "gone")

# By which stage of the allocation a person has her place, or why she has none.
PLACE_REASONS = (
    "open episode",     # a human accepted her: she stays with her professional
    "stays",            # proposed to the same professional as on the last night
    "returns",          # her own professional is back
    "covered",          # somebody covers for her own professional, who is away
    "not covered",      # her own professional is away, and nobody of the team can cover
    "placed",           # a free place, by priority
    "no locality",      # no locality is known
    "no professional",  # nobody works in the locality
    "no skill",         # nobody there can do what she needs
    "all away",         # everybody who could is away
    "no room",          # everybody who could has a full list
)  # fmt: skip

WARD_ROUTES = ("step-up", "step-down")

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


class Reason(Table):
    """Why a listed person's score is what it is: the shares of her rows for one score add up to its log-odds."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym", "score", "place")

    pseudonym = text("whose", required=True)
    score = text("name of the score", required=True)
    place = whole("1 is the weightiest; the last two are everything else and the average person", required=True, minimum=1)
    group = text("group of features", required=True)
    share = number("what the group adds to the log-odds before recalibration", required=True)
    size = text("the share in words", required=True)
    category = text("which roles may see it: a category of activity", required=True)


class Fact(Table):
    """What a feed tells of a listed person, in words: one row per person and fact."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym", "place")

    pseudonym = text("whose", required=True)
    place = whole("in the order in which facts are told", required=True, minimum=1)
    fact = text("name of the fact", required=True)
    group = text("group of features that it belongs to; null where to none")
    words = text("for a professional", required=True)
    plain_words = text("for the person herself, as a sentence", required=True)
    feed = text("source that tells it; null where several do")
    told_by = text("the same in words, with the day to which it speaks")
    data_to = date("last day of which the source speaks")
    category = text("which roles may see it: a category of activity", required=True)
    times = whole("how often, where it is counted", minimum=0)
    amount = number("how much, where it is measured: nights, hours a week, medicines")
    first_date = date("the first time in 12 months, or since when")
    last_date = date("the last time")


class Referral(Table):
    """One row per person whom a clinician refers to the list, or asks to leave out of it: the latest one in force."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("whose", required=True)
    decision = text("`refer` or `leave out`", required=True, codes=frozenset(REFERRAL_DECISIONS))
    referral_date = date("when it was made", required=True)
    reason = text("coded reason", required=True, codes=frozenset(REFERRAL_REASONS))
    team = text("id of the team it was made by; null where the file names none of the project's")


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
    rank = whole("place within the locality, 1 is the highest need; null where excluded or not scored", minimum=1)
    why = text("why this tier, in words", required=True)
    reason = text("the same as a code", codes=frozenset(TIER_REASONS))
    since = date("in this tier since, without a break")
    left = text("why no longer in the tier of the last night; null where there is nothing to say", codes=frozenset(EXIT_REASONS))
    exclusion = text("name of the rule that keeps her out of every tier")
    rising_place = whole("place on the locality's list of rising risk; null where not on it", minimum=1)
    rising_why = text("how the risk rose, in words")


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
    reason = text("the same as a code", codes=frozenset(PLACE_REASONS))
    usual_professional_id = text("whose she is, where somebody covers; null where nobody does")
    usual_coordinator_id = text("the same of the coordinator")
    skills = texts("skills that she needs; sensitive where her needs are")


class OpenEntry(Table):
    """One row per person with a history on a caseload: how it stands as the night begins. A human's decision, never the night's.

    Beside `state` the night reads `exit`: a person with one leaves tonight, as a closed one does. `left` is told by the side
    that knows her also where she has opted out, and the night's tables do not.
    """

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("whose, in the night's working domain", required=True)
    state = text("where the history stands", required=True, codes=frozenset(ENTRY_STATES))
    accountable_professional_id = text("whose the episode is, or was")
    coordinator_id = text("who coordinates it; null where nobody was chosen: the night proposes one")
    since = date("of the last decision", required=True)
    until = date("day from which she may be proposed again; null: not before a new event")
    exit = text("coded reason why the episode ends; null while it does not")
    left = text("why she is no longer anybody's in the area; null where she is", codes=frozenset(LEFT_AREA))


class WardPlace(Table):
    """One row per person proposed to a bed of a virtual ward, or lately in one."""

    zone = Zone.PSEUDONYMISED
    key = ("pseudonym",)

    pseudonym = text("whose", required=True)
    ward_id = text("id of the ward; null where no bed is free")
    team = text("team of the ward", required=True)
    route = text(
        "step-up: instead of a hospital bed; step-down: home from one sooner", required=True, codes=frozenset(WARD_ROUTES)
    )
    event_date = date("attendance or discharge that speaks for it", required=True)
    since = date("in the ward, or waiting for a bed, since", required=True)
    due = date("day on which the ward's length of stay is reached; null while waiting")
    left_on = date("night from which no longer in the ward; null while there")
    why = text("why in this ward, why waiting, or why no longer there", required=True)


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
