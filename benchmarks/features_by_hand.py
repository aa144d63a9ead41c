"""The features as an analyst would write them by hand, in DuckDB's SQL: the peer that ours is timed against, and must equal.

Straight SQL over the two Parquet files: one pass of filtered aggregates over all events, small passes for what only some
events tell. Feeds are taken to have spoken up to the index date. Only what is repeated (services, windows, lists of codes) is
filled in by Python.
"""

from __future__ import annotations

import datetime as dt

from schemas.activity_types import SERVICES
from stratify.evidence import CARE_HOME, DIAGNOSIS, LONG_TERM_SUPPORT, MANY_MEDICINES, RECENT, REGISTER
from stratify.features import FEATURES
from stratify.features.diagnosis_groups import DIAGNOSES
from stratify.features.living import STATUSES
from stratify.features.long_term import NOT_PHYSICAL, OWN_COLUMN, REGISTERS
from stratify.features.social_care import REASONS
from stratify.published import rows
from stratify.scores import cambridge, frailty
from stratify.scores.acsc import RULES
from stratify.scores.charlson import PREFIXES, REPLACED_BY, WEIGHTS

WINDOWS = (30, 90, 365, 730)
BEDS = ("inpatient_emergency", "inpatient_elective", "inpatient_other")


def _in(values: object) -> str:
    return "(" + ", ".join(f"'{value}'" for value in values) + ")"  # type: ignore[attr-defined]


def _begins(column: str, prefixes: tuple[str, ...]) -> str:
    return "(" + " OR ".join(f"starts_with({column}, '{prefix}')" for prefix in prefixes) + ")"


def statement(people: str, activity: str, as_at: dt.date) -> str:
    """One statement: a row per registered person, a column per feature, sorted by pseudonym. Paths as in a SQL text."""
    return _of_events(activity, as_at) + _of_care_and_practice(as_at) + _of_codes(as_at) + _together(people, as_at)


def _of_events(activity: str, as_at: dt.date) -> str:
    """What was known of each event, and what is counted of all of them."""
    return f"""
WITH events AS (
    SELECT *,
        DATE '{as_at}' - start_date AS days,
        DATE '{as_at}' - coalesce(end_date, start_date) AS since_end,
        activity_type IN {_in((*BEDS, "delayed_discharge"))} AS told_late,
        attributes.weekly_cost_pence AS by_week
    FROM read_parquet('{activity}') WHERE start_date < DATE '{as_at}'
), timed AS (
    SELECT *,
        (told_late OR activity_type IN ('social_care_service', 'mental_health_spell'))
            AND (end_date IS NULL OR since_end <= 0) AS is_open
    FROM events WHERE NOT told_late OR end_date IS NULL OR since_end > 0
), known AS (
    SELECT *,
        CASE WHEN is_open THEN 0 ELSE greatest(since_end, 0) END AS ended,
        attributes.attended IS NULL OR attributes.attended IN ('5', '6', 'attended', 'unknown') AS kept,
        activity_type = 'inpatient_emergency' AND (attributes.admission_method IS NULL OR attributes.admission_method
            IN ('21', '22', '23', '24', '25', '28', '2A', '2D')) AS emergency,
        activity_type = 'social_care_service' AS package
    FROM timed WHERE days <= 730 OR (is_open OR since_end <= 730)
), counted AS (
    SELECT *,
        CASE WHEN activity_type = 'inpatient_emergency' THEN emergency ELSE kept END AS counts,
        CASE WHEN by_week IS NOT NULL THEN by_week * greatest(least(days, 365) - ended, 0) // 7
             WHEN NOT is_open AND days <= 365 THEN cost_pence END AS pence
    FROM known
), used AS (
    SELECT pseudonym,
        {_use()}
    FROM counted GROUP BY pseudonym
), providers AS (
    SELECT pseudonym, count(*) AS providers_365, max(times)::DOUBLE / sum(times)::DOUBLE AS usual_provider_share
    FROM (SELECT pseudonym, provider_code, count(*) AS times FROM counted
          WHERE counts AND days <= 365 AND provider_code IS NOT NULL AND activity_type NOT IN ('gp_snapshot', 'delayed_discharge')
          GROUP BY ALL)
    GROUP BY pseudonym
), stays AS (
    SELECT pseudonym,
        {_stays()}
    FROM counted WHERE told_late OR activity_type = 'mental_health_spell' GROUP BY pseudonym
), readmitted AS (
    SELECT came.pseudonym, count(DISTINCT came.days) AS readmissions_365
    FROM counted came JOIN counted went USING (pseudonym)
    WHERE came.emergency AND came.days <= 365 AND went.activity_type IN {_in(BEDS)} AND NOT went.is_open
        AND went.ended - came.days BETWEEN 1 AND 30
    GROUP BY came.pseudonym
"""  # noqa: S608


def _of_care_and_practice(as_at: dt.date) -> str:
    """Adult social care, where somebody lives, and what the practice knows."""
    return f"""), care AS (
    SELECT *,
        lower(attributes.service_type) AS service_type,
        lower(attributes.service_component) = 'reablement' AS reablement,
        coalesce(lower(attributes.client_type) IN ('unpaid carer', 'unpaid carer known by association'), false) AS carer,
        CASE WHEN attributes.weekly_units IS NOT NULL
             THEN greatest(round_even(attributes.weekly_units * 100, 0)::BIGINT, 0) END AS hundredths
    FROM counted WHERE activity_type IN {_in(SERVICES["social_care"])}
), cared AS (
    SELECT pseudonym,
        {_care()}
    FROM care GROUP BY pseudonym
), said AS (
    SELECT pseudonym, days, lower(attributes.accommodation_status) AS status FROM care
    WHERE days <= 730 AND attributes.accommodation_status IS NOT NULL AND lower(attributes.accommodation_status) <> 'unknown'
), living AS (
    SELECT pseudonym,
        {", ".join(f"bool_or(status IN {_in(values)}) AS {name}" for name, (_, values) in STATUSES.items())}
    FROM said JOIN (SELECT pseudonym, min(days) AS days FROM said GROUP BY pseudonym) USING (pseudonym, days) GROUP BY pseudonym
), snapshots AS (
    SELECT * FROM events WHERE activity_type = 'gp_snapshot' AND start_date >= DATE '{as_at}' - 400
), latest AS (
    SELECT * FROM snapshots JOIN (SELECT pseudonym, max(start_date) AS start_date FROM snapshots GROUP BY pseudonym)
        USING (pseudonym, start_date)
), practice AS (
    SELECT pseudonym,
        {_practice()}
    FROM latest GROUP BY pseudonym
"""  # noqa: S608


def _of_codes(as_at: dt.date) -> str:
    """Diagnoses, and the published indices over them."""
    return f"""), codes AS (
    SELECT DISTINCT pseudonym, upper(code)[1:4] AS code
    FROM (SELECT pseudonym, unnest(codes) AS code FROM events
          WHERE activity_type IN {_in(BEDS)} AND days <= 730 AND end_date < DATE '{as_at}')
    WHERE code IS NOT NULL
), groups AS (
    SELECT pseudonym, count(*) AS distinct_diagnoses_730,
        {", ".join(f"bool_or({_begins('code', beginnings)}) AS {name}" for name, (_, _, beginnings) in DIAGNOSES.items())}
    FROM codes GROUP BY pseudonym
), signs AS (
    SELECT pseudonym, '{DIAGNOSIS}' || code AS sign FROM codes
    UNION SELECT pseudonym, '{RECENT}' || upper(code)[1:4]
        FROM (SELECT pseudonym, unnest(codes) AS code FROM events
              WHERE activity_type IN {_in(BEDS)} AND days <= 365 AND end_date < DATE '{as_at}')
        WHERE upper(code)[1:1] IN ('O', 'P')
    UNION SELECT pseudonym, '{REGISTER}' || register || ';' FROM (SELECT pseudonym, unnest(codes) AS register FROM latest)
        WHERE register IS NOT NULL
    UNION SELECT pseudonym, '{MANY_MEDICINES}' FROM latest WHERE attributes.repeat_medicines >= 5
    UNION SELECT pseudonym, '{LONG_TERM_SUPPORT}' FROM care
        WHERE package AND is_open AND NOT carer AND starts_with(service_type, 'long term support:')
    UNION SELECT pseudonym, '{CARE_HOME}' FROM care WHERE package AND is_open AND NOT carer
        AND service_type IN ('long term support: nursing care', 'long term support: residential care')
), evidence AS (
    SELECT DISTINCT sign, name, condition, points
    FROM (SELECT DISTINCT sign FROM signs) JOIN (VALUES {_evidence()}) AS shown(name, condition, beginning, points)
        ON starts_with(sign, beginning)
), conditions AS (
    SELECT pseudonym, sum(points) FILTER (name = 'cambridge')::DOUBLE / 100 AS cambridge,
        (sum(points) FILTER (name = 'deficits'))::BIGINT AS deficits
    FROM (SELECT DISTINCT pseudonym, name, condition, points FROM signs JOIN evidence USING (sign)) GROUP BY pseudonym
), frailty AS (
    SELECT pseudonym, sum(tenths)::BIGINT::DOUBLE / 10 AS hospital_frailty_risk
    FROM (SELECT DISTINCT pseudonym, code[1:3] AS code FROM codes) JOIN (VALUES {_frailty()}) AS points(code, tenths) USING (code)
    GROUP BY pseudonym
), comorbid AS (
    SELECT pseudonym, {", ".join(f"bool_or({_begins('code', prefixes)}) AS {name}" for name, prefixes in PREFIXES.items())}
    FROM codes GROUP BY pseudonym
), charlson AS (
    SELECT pseudonym, {_charlson()} AS charlson_index FROM comorbid
), sensitive AS (
    SELECT pseudonym, count(*) AS chronic_acsc_365
    FROM (SELECT *, upper(codes[1]) AS first, list_transform(codes, lambda code: upper(code)) AS all_codes FROM events)
    WHERE activity_type = 'inpatient_emergency' AND days <= 365 AND end_date < DATE '{as_at}'
        AND (attributes.admission_method IS NULL
             OR attributes.admission_method IN ('21', '22', '23', '24', '25', '28', '2A', '2B', '2C', '2D'))
        AND (attributes.patient_classification IS NULL OR attributes.patient_classification = '1')
        AND (attributes.admission_source IS NULL OR attributes.admission_source NOT IN ('51', '52', '53'))
        AND ({_sensitive()})
    GROUP BY pseudonym
)
"""  # noqa: S608


def _together(people: str, as_at: dt.date) -> str:
    """One row per registered person."""
    return f"""SELECT p.pseudonym, {_finished(as_at)}
FROM read_parquet('{people}') p
LEFT JOIN used USING (pseudonym) LEFT JOIN providers USING (pseudonym) LEFT JOIN stays USING (pseudonym)
LEFT JOIN readmitted USING (pseudonym) LEFT JOIN cared USING (pseudonym) LEFT JOIN living USING (pseudonym)
LEFT JOIN practice USING (pseudonym) LEFT JOIN groups USING (pseudonym) LEFT JOIN frailty USING (pseudonym)
LEFT JOIN charlson USING (pseudonym) LEFT JOIN sensitive USING (pseudonym) LEFT JOIN conditions USING (pseudonym)
WHERE (link_quality IS NULL OR link_quality <> 'unlinked')
    AND (registered_from IS NULL OR registered_from <= DATE '{as_at}')
    AND (registered_to IS NULL OR registered_to > DATE '{as_at}') AND (month_of_death IS NULL OR month_of_death > DATE '{as_at}')
ORDER BY p.pseudonym
"""  # noqa: S608


def _use() -> str:
    """Counts, recency, trend, breadth and cost, service by service."""
    lines = []
    for service, types in SERVICES.items():
        mine = f"activity_type IN {_in(types)}"
        running = " OR (package AND ended <= {0})" if service == "social_care" else ""
        for window in WINDOWS:
            inside = f"(days <= {window}{running.format(window)})"
            lines.append(f"count(*) FILTER ({mine} AND counts AND {inside}) AS {service}_{window}")
        lines.append(f"min(days) FILTER ({mine} AND counts AND days <= 730) AS days_since_last_{service}")
        lines.append(f"coalesce(sum(pence) FILTER ({mine} AND pence > 0), 0)::BIGINT AS cost_{service}_365")
        lines += [f"count(*) FILTER ({mine} AND counts AND days <= {window}) AS began_{service}_{window}" for window in (90, 365)]
    every = "activity_type NOT IN ('gp_snapshot', 'delayed_discharge')"
    in_year = "counts AND days <= 365"
    of = {name: f"activity_type IN {_in(types)} AND {in_year}" for name, types in SERVICES.items()}
    lines += [
        f"min(days) FILTER ({every} AND counts AND days <= 730) AS days_since_last_contact",
        f"count(*) FILTER ({of['accident_and_emergency']} AND attributes.department_type = '01') AS major_ae_365",
        f"count(*) FILTER ({of['accident_and_emergency']} AND attributes.attendance_category = '1') AS unplanned_ae_365",
        f"count(*) FILTER ({of['outpatient']} AND attributes.first_attendance IN ('1', '3')) AS outpatient_first_365",
        f"count(*) FILTER ({of['outpatient']} AND attributes.first_attendance IN ('3', '4')) AS outpatient_remote_365",
        f"count(*) FILTER ({of['outpatient']} AND attributes.treatment_function = '430') AS elderly_medicine_365",
        f"count(*) FILTER ({of['community']} AND attributes.contact_medium IN ('01', 'face to face', 'home visit')) "
        "AS community_face_to_face_365",
        f"count(*) FILTER (activity_type = 'mental_health_contact' AND {in_year}) AS mental_health_contacts_365",
        f"count(*) FILTER (activity_type = 'mental_health_contact' AND {in_year} AND attributes.contact_medium "
        "IN ('01', 'face to face', 'home visit')) AS mental_health_face_to_face_365",
        f"count(*) FILTER ({of['primary_care']} AND attributes.contact_medium = 'home visit') AS gp_home_visits_365",
        f"count(*) FILTER ({of['primary_care']} AND attributes.contact_medium IN ('telephone', 'video', 'online')) "
        "AS gp_remote_365",
        f"count(DISTINCT CASE WHEN days <= 360 THEN (days - 1) // 30 END) FILTER ({every} AND counts) AS months_with_contact",
    ]
    return ",\n        ".join(lines)


def _stays() -> str:
    bed, nights = f"activity_type IN {_in(BEDS)}", "greatest(least(days, {0}) - ended, 0)"
    year, delayed = nights.format(365), "activity_type = 'delayed_discharge'"
    emergency = "emergency AND days <= 365"
    return f"""coalesce(sum({year}) FILTER (activity_type = 'inpatient_emergency'), 0)::BIGINT AS emergency_bed_days_365,
        coalesce(sum({nights.format(90)}) FILTER ({bed}), 0)::BIGINT AS bed_days_90,
        coalesce(sum({year}) FILTER ({bed}), 0)::BIGINT AS bed_days_365,
        coalesce(bool_or({bed} AND is_open), false) AS in_hospital,
        min(ended) FILTER ({bed} AND NOT is_open AND ended <= 730) AS days_since_discharge,
        count(*) FILTER ({emergency} AND NOT is_open AND {nights.format(730)} <= 1) AS short_stay_emergency_365,
        count(*) FILTER ({emergency} AND {nights.format(730)} >= 21) AS long_stay_emergency_365,
        count(*) FILTER ({emergency} AND attributes.admission_method IN ('21', '2A')) AS admissions_from_ae_365,
        count(*) FILTER ({bed} AND days <= 365 AND attributes.patient_classification = '2') AS day_cases_365,
        count(*) FILTER ({bed} AND days <= 365 AND attributes.patient_classification IN ('3', '4')) AS regular_attendances_365,
        count(*) FILTER ({bed} AND days <= 365 AND attributes.discharge_method IN ('2', '6', '7')) AS self_discharges_365,
        count(*) FILTER ({bed} AND days <= 365 AND attributes.discharge_destination IN ('54', '65', '85'))
            AS discharged_to_care_home_365,
        count(*) FILTER ({delayed} AND days <= 365) AS delayed_discharges_365,
        coalesce(sum({year}) FILTER ({delayed}), 0)::BIGINT AS delayed_days_365,
        coalesce(sum({year}) FILTER ({delayed} AND attributes.delay_attribution IN ('SOCIAL_CARE', 'BOTH')), 0)::BIGINT
            AS delayed_days_social_care_365,
        count(*) FILTER (activity_type = 'mental_health_spell' AND kept AND days <= 730) AS mental_health_spells_730,
        coalesce(sum({year}) FILTER (activity_type = 'mental_health_spell'), 0)::BIGINT AS mental_health_bed_days_365,
        coalesce(bool_or(activity_type = 'mental_health_spell' AND is_open), false) AS on_mental_health_ward"""


def _care() -> str:
    own, home = "package AND NOT carer", "service_type = 'long term support: community' AND hundredths IS NOT NULL"
    lasting = f"{own} AND starts_with(service_type, 'long term support:')"
    review = "activity_type IN ('social_care_assessment', 'social_care_review')"
    named = "lower(attributes.primary_support_reason)"
    reasons = ",\n        ".join(
        f"coalesce(bool_or(starts_with({named}, '{beginning}') AND ended <= 365), false) AS {name}"
        for name, (beginning, _) in REASONS.items()
    )
    return f"""coalesce(bool_or({lasting} AND is_open), false) AS care_package_open,
        coalesce(sum(hundredths) FILTER ({own} AND is_open AND {home}), 0)::BIGINT::DOUBLE / 100 AS home_care_weekly_units,
        (coalesce(sum(hundredths) FILTER ({own} AND is_open AND {home}), 0) - coalesce(sum(hundredths)
            FILTER ({own} AND {home} AND days >= 180 AND ended < 180), 0))::BIGINT::DOUBLE / 100 AS home_care_units_change,
        coalesce(sum(greatest(by_week, 0)) FILTER ({own} AND is_open AND by_week IS NOT NULL), 0)::BIGINT AS care_weekly_pence,
        coalesce(bool_or({own} AND is_open AND service_type = 'long term support: nursing care'), false) AS nursing_care,
        coalesce(bool_or({own} AND is_open AND service_type IN ('long term support: nursing care',
            'long term support: residential care')), false) AS care_home,
        coalesce(bool_or({own} AND is_open AND lower(attributes.delivery_mechanism) = 'direct payment'), false) AS direct_payment,
        coalesce(bool_or({own} AND is_open AND starts_with(service_type, 'short term support:')), false) AS short_term_care_open,
        count(*) FILTER ({lasting} AND days <= 90) AS new_package_90,
        count(*) FILTER ({lasting} AND NOT is_open AND ended <= 365) AS packages_ended_365,
        count(*) FILTER (activity_type = 'social_care_request' AND days <= 365) AS care_requests_365,
        count(*) FILTER (activity_type = 'social_care_assessment' AND days <= 365) AS care_assessments_365,
        count(*) FILTER (activity_type = 'social_care_review' AND days <= 365) AS care_reviews_365,
        min(days) FILTER ({review} AND days <= 730) AS days_since_care_review,
        coalesce(bool_or({lasting} AND is_open AND days > 365), false)
            AND NOT coalesce(bool_or({review} AND days <= 365), false) AS review_overdue,
        coalesce(bool_or(package AND is_open AND reablement), false) AS reablement_open,
        count(*) FILTER (reablement AND ended <= 365) AS reablement_365,
        min(ended) FILTER (package AND reablement AND ended <= 730) AS days_since_reablement,
        {reasons},
        coalesce(bool_or(carer AND ended <= 365), false) AS is_carer,
        coalesce(bool_or(lower(attributes.has_unpaid_carer) IN ('yes', 'y', 'true', '1') AND ended <= 365), false) AS has_carer,
        count(*) FILTER (package AND starts_with(service_type, 'unpaid carer support:') AND ended <= 365) AS carer_support_365"""


def _practice() -> str:
    listed = {condition: f"list_contains(codes, '{code}')" for condition, code in REGISTERS.items()}
    own = ", ".join(f"bool_or({listed[condition]}) AS {name}" for condition, name in OWN_COLUMN.items())
    physical = " OR ".join(test for condition, test in listed.items() if condition not in NOT_PHYSICAL)
    plausible = "CASE WHEN attributes.bmi BETWEEN 10 AND 80 THEN attributes.bmi END"
    return f"""{" + ".join(f"bool_or({test})::BIGINT" for test in listed.values())} AS long_term_conditions,
        {own},
        bool_or({listed["depression"]} OR {listed["serious mental illness"]}) AND bool_or({physical}) AS mental_and_physical,
        bool_or(list_contains(codes, 'PC')) AS palliative_care,
        min(days) AS snapshot_age_days,
        max(attributes.repeat_medicines) AS repeat_medicines,
        max(attributes.consultations_12m) AS consultations_12m,
        max(attributes.efi_score) AS efi_score,
        bool_or(CASE WHEN attributes.smoking IN ('never', 'ex', 'current') THEN attributes.smoking = 'current' END) AS smoker,
        max({plausible}) AS bmi, max({plausible}) < 18.5 AS underweight, max({plausible}) >= 30 AS obese"""


def _frailty() -> str:
    return ", ".join(f"('{row['icd10_3char']}', {round(float(row['points']) * 10)})" for row in rows("hfrs"))


def _evidence() -> str:
    """(index, condition, beginning of a sign, points) of the Cambridge score and the counted deficits."""
    shown = [
        ("cambridge", cambridge.CONDITIONS, cambridge.HUNDREDTHS),
        ("deficits", frailty.SHOWN, dict.fromkeys(frailty.SHOWN, 1)),
    ]
    lines = [
        f"('{name}', '{condition}', '{beginning}', {points[condition]})"
        for name, conditions, points in shown
        for condition, beginnings in conditions.items()
        for beginning in beginnings
    ]
    return ", ".join(lines)


def _charlson() -> str:
    parts = []
    for name, weight in WEIGHTS["quan_2011"].items():
        graver = REPLACED_BY.get(name)
        parts.append(f"{weight} * ({name}{f' AND NOT {graver}' if graver else ''})::BIGINT")
    return " + ".join(parts)


def _sensitive() -> str:
    tests = []
    for rule in RULES:
        test = [_begins("first", rule.codes)]
        for wanted, prefixes in (("", rule.needs), ("NOT ", rule.not_with)):
            if prefixes:
                any_code = " OR ".join(f"starts_with(code, '{prefix}')" for prefix in prefixes)
                test.append(f"{wanted}coalesce(list_bool_or(list_transform(all_codes, lambda code: {any_code})), false)")
        if rule.not_with_procedures:
            done = " OR ".join(f"starts_with(done, '{prefix}')" for prefix in rule.not_with_procedures)
            procedures = "string_split(upper(attributes.procedures), '|')"
            test.append(f"NOT coalesce(list_bool_or(list_transform({procedures}, lambda done: {done})), false)")
        tests.append("(" + " AND ".join(test) + ")")
    return "\n            OR ".join(tests)


def _finished(as_at: dt.date) -> str:
    """Each feature as its final column: nobody's zero for who is in no row, and what is made of other columns."""
    own = {
        "age": "CASE WHEN age_band IS NOT NULL THEN greatest(age_band[1:2]::DOUBLE + 2.5, 0) END",
        "female": "CASE WHEN gender IN ('1', '2') THEN gender = '2' END",
        "deprivation_decile": "deprivation_decile",
        "years_registered": f"(DATE '{as_at}' - registered_from)::DOUBLE / 365.25",
        "contacts_365": " + ".join(f"coalesce({service}_365, 0)" for service in SERVICES),
        "services_used_365": " + ".join(f"(coalesce({service}_365, 0) > 0)::BIGINT" for service in SERVICES),
        "frequent_attender": "coalesce(accident_and_emergency_365 >= 5, false)",
        "services_rising": "coalesce(" + " + ".join(_rising(service) for service in SERVICES) + ", 0)",
        "cambridge_multimorbidity": "CASE WHEN snapshot_age_days IS NOT NULL THEN coalesce(cambridge, 0) END",
        "frailty_deficits": "CASE WHEN snapshot_age_days IS NOT NULL THEN coalesce(deficits, 0) END",
        **{f"{service}_trend": _trend(service) for service in SERVICES},
        **{feature.name: "false" for feature in FEATURES if feature.frame == "feed"},
    }
    return ",\n    ".join(
        f"{own.get(feature.name) or _filled(feature.name, feature.empty)} AS {feature.name}" for feature in FEATURES
    )


def _filled(name: str, empty: object) -> str:
    return name if empty is None else f"coalesce({name}, {str(empty).lower()})"


def _trend(service: str) -> str:
    recent, year = f"began_{service}_90", f"began_{service}_365"
    return f"coalesce({recent}::DOUBLE - ({year} - {recent})::DOUBLE * 90 / 275, 0.0)"


def _rising(service: str) -> str:
    recent, year = f"began_{service}_90", f"began_{service}_365"
    return f"({recent} >= 2 AND {recent} * 275 > ({year} - {recent}) * 180)::BIGINT"
