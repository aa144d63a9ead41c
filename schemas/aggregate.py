"""Tables of the aggregate zone: counts about organisations, never about a person."""

from __future__ import annotations

from schemas.table import Table, date, flag, number, text, whole
from schemas.zones import Zone


class Measure(Table):
    """One row per measure, breakdown, organisation and period."""

    zone = Zone.AGGREGATE
    key = ("measure", "breakdown", "category", "organisation", "period_start")

    measure = text("name of the measure", required=True)
    breakdown = text("what the rows are split by: `source`, `service`, `locality`, `tier`, ...", required=True)
    category = text("value of the breakdown", required=True)
    organisation = text("organisation the row is about; `area` for all", required=True)
    period_start = date("first day of the period", required=True)
    period_end = date("last day of the period", required=True)
    numerator = whole("count or pence above the line; null where suppressed", minimum=0)
    denominator = whole("count below the line; null where suppressed or where there is none", minimum=0)
    rate = number("numerator over denominator; null where suppressed")
    rate_low = number("lower end of the 95 % interval of a rate that is a share; null where suppressed or none is given")
    rate_high = number("upper end of the same interval; once published, both follow from the published counts alone")
    suppressed = flag("true where small numbers were withheld", required=True)


class FeedAge(Table):
    """One row per source: what arrived and how old it is."""

    zone = Zone.AGGREGATE
    key = ("source",)

    source = text("which extract", required=True)
    state = text("`current`, `stale`, `missing`, `refused`, `held` or `barred` (no legal basis)", required=True)
    files = whole("files read", required=True, minimum=0)
    rows = whole("rows read; null where suppressed", minimum=0)
    rejected = whole("rows put in quarantine; null where suppressed", minimum=0)
    data_to = date("last date the data speaks of")
    age_days = whole("days between data_to and as_at")
    message = text("in one line, what the night used instead, where it did")


class WeightBin(Table):
    """One row per bin of match weight: records that were weighed, by the weight of their best candidate and what came of it."""

    zone = Zone.AGGREGATE
    key = ("bin_from",)

    bin_from = number("lower end of the bin in bits, included", required=True)
    bin_to = number("upper end of the bin in bits, not included", required=True)
    linked = whole("records linked by their weight; null where suppressed", minimum=0)
    review = whole("records waiting for a clerk; null where suppressed", minimum=0)
    unlinked = whole("records whose best candidate was not worth a clerk's time; null where suppressed", minimum=0)
    review_weight = number("bits from which a pair is for a clerk, the same in every row", required=True)
    accept_weight = number("bits from which a pair links, the same in every row", required=True)


class ModelFigure(Table):
    """One row per model and figure of its check on people and a time that it has not seen."""

    zone = Zone.AGGREGATE
    key = ("score", "figure")

    score = text("which model's score", required=True)
    figure = text("name of the figure, as in the model's card", required=True)
    value = number("the figure; null where it cannot be given, or rests on few people")
    low = number("lower end of its 95 % interval from resampled people, rounded outwards")
    high = number("upper end of the same interval")


class ModelCalibration(Table):
    """One row per model and tenth of the people checked, by their chance."""

    zone = Zone.AGGREGATE
    key = ("score", "decile")

    score = text("which model's score", required=True)
    decile = whole("1 the lowest chances, 10 the highest; equal chances lie together", required=True, minimum=1)
    people = whole("people, or people at index dates; null where suppressed", minimum=0)
    events = whole("of them with the event; null where suppressed", minimum=0)
    expected = number("mean chance")
    observed = number("events over people, from the shown counts; null where one is suppressed")
    observed_low = number("lower end of the widest 95 % interval (Wilson, of rows) that counts shown so could have")
    observed_high = number("upper end of the same interval")


class ModelSubgroup(Table):
    """One row per model and group of people: events expected over observed."""

    zone = Zone.AGGREGATE
    key = ("score", "breakdown", "category")

    score = text("which model's score", required=True)
    breakdown = text("what the people are split by; `all` for everybody", required=True)
    category = text("the group; `not known` is one", required=True)
    people = whole("people, or people at index dates; null where suppressed", minimum=0)
    events = whole("of them with the event; null where suppressed", minimum=0)
    expected = whole("events that the model expected, shown as a count is; null where suppressed", minimum=0)
    expected_observed = number("expected over observed; null where one is suppressed or none was observed")
    low = number("lower end of its 95 % interval from resampled people, rounded outwards")
    high = number("upper end of the same interval")
    state = text("`green`, `amber`, or `too few events` to be judged", required=True)
    suppressed = flag("true where small numbers were withheld", required=True)


class DecisionCurve(Table):
    """One row per model and threshold of chance: what a list cut there is worth."""

    zone = Zone.AGGREGATE
    key = ("score", "threshold")

    score = text("which model's score", required=True)
    threshold = number("least chance of those who are listed", required=True)
    people = whole("everybody checked; null where suppressed", minimum=0)
    events = whole("of them with the event; null where suppressed", minimum=0)
    chosen = whole("people who are listed; null where suppressed", minimum=0)
    found = whole("of them with the event; null where suppressed", minimum=0)
    net_benefit = number("net benefit a person of the list, from the shown counts; null where one is suppressed")
    everybody = number("net benefit a person of listing everybody; of listing nobody it is 0")


class ModelDrift(Table):
    """One row per night and figure that is followed from night to night, of this night and of those before."""

    zone = Zone.AGGREGATE
    key = ("score", "kind", "of", "as_at")

    score = text("which model's score; `every` for features, which all models share", required=True)
    kind = text(
        "`score stability`, `feature stability` (index against the night before), `expected over observed` (of the check), "
        "`expected over observed of published scores`",
        required=True,
    )
    of = text("the feature; how long before the night published scores were given; else `score`", required=True)
    as_at = date("date of the night", required=True)
    index_date = date("when the people were scored whose outcomes have become known since")
    value = number("the figure; null where it rests on few people")
