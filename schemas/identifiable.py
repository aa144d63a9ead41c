"""Tables of the identifiable zone: they live under `vault/` and nowhere else."""

from __future__ import annotations

import pyarrow as pa

from schemas.activity_types import ACTIVITY_ATTRIBUTES, ACTIVITY_TYPES, COST_SOURCES
from schemas.pseudonymised import REFERRAL_DECISIONS, REFERRAL_REASONS
from schemas.table import Column, Table, date, flag, number, text, texts, whole
from schemas.zones import Zone

# How sources are named everywhere: folder under inbox/, `source` column, report rows.
SOURCES = ("register", "sus_apc", "sus_op", "ecds", "csds", "mhsds", "gp", "cld", "asc_person")
# Whom clinicians refer: no records and no events, so no source of linkage, but one that needs a legal basis like the others.
REFERRALS = "referrals"
GOVERNED_SOURCES = (*SOURCES, REFERRALS)

LINK_STEPS = (
    "register",             # the record is the register's own
    "judged",               # before the cascade: clerks looked at the pair and said link
    "cross_check",          # cascade step 1
    "confirmed_number",     # step 2
    "alphanumeric",         # step 3
    "unique_demographic",   # step 4
    "probabilistic",        # step 5
    "same_local_id",        # Client Level Data follows its council's client index
    "token_number",         # a file of match tokens: the number with the date of birth, or confirmed by another token
    "token_demographic",    # a file of match tokens: names, date of birth and postcode, one candidate
    "supplier_pseudonym",   # the register carries the same supplier's pseudonym
    "review",               # step 6: not linked; a clerk has one or more candidates to look at (ReviewPair)
    "unlinked",             # step 7: not linked and nothing to look at; a persistent person_id of her own
)  # fmt: skip


class PersonRecord(Table):
    """One row per person as one source knows them."""

    zone = Zone.IDENTIFIABLE
    key = ("source", "local_patient_id")

    source = text("which extract", required=True, codes=frozenset(SOURCES))
    local_patient_id = text("the source's own key for the person, prefixed by the organisation where needed", required=True)
    nhs_number = text("ten digits, only where the number may be used for linkage; else null", digits=10)
    nhs_number_given = text(
        "ten digits as delivered where they are not a usable number (a slip in one digit fails the check); null otherwise",
        digits=10,
    )
    nhs_number_kind = text("what the delivered value was: a name of NhsNumberKind")
    nhs_number_status = text("NHS NUMBER STATUS INDICATOR CODE 01-08")
    given_name = text("PERSON GIVEN NAME, as delivered")
    other_given_name = text("second and later given names, as delivered")
    family_name = text("PERSON FAMILY NAME, as delivered")
    previous_family_name = text("an earlier family name, where the source keeps one")
    alias = text("another name the source knows the person by")
    date_of_birth = date("PERSON BIRTH DATE")
    gender = text("PERSON STATED GENDER CODE: 1 male, 2 female, 9 indeterminate, X not known")
    postcode = text("POSTCODE OF USUAL ADDRESS, as delivered")
    previous_postcode = text("an earlier postcode, where the source keeps one")
    address = text("address lines in one text")
    uprn = text("unique property reference number")
    lsoa_code = text("lower layer super output area, E01 and six digits")
    gp_practice_code = text("GENERAL MEDICAL PRACTICE CODE, six characters; null for V81997, V81998, V81999")
    registered_from = date("register only: start of registration")
    registered_to = date("register only: end of registration; null while registered")
    date_of_death = date("date of death, where the source knows of it")
    ethnic_category = text("ETHNIC CATEGORY, A to Z or 99")
    protected = flag("a protected identity: never proposed, linked beyond the exact cross-check, or shown")


class ContactDetail(Table):
    """One row per person of a source that says how she can be reached; for the professional who looks after her."""

    zone = Zone.IDENTIFIABLE
    key = ("source", "local_patient_id")

    source = text("which extract", required=True, codes=frozenset(SOURCES))
    local_patient_id = text("as in PersonRecord", required=True)
    telephone = text("telephone number, as delivered")
    preferred_language = text("language she prefers, as delivered")
    communication_needs = text("what she needs to be understood, as delivered: large print, an interpreter, ...")
    next_of_kin = text("whom to ring in her place, as delivered: relation, name, telephone")
    visiting_warnings = text("what a visitor should know before going, as delivered: two to a visit, a dog, ...")


class MatchToken(Table):
    """One row per match token of a record that came without identifiers; in memory while a night links, and nowhere else."""

    zone = Zone.IDENTIFIABLE
    key = ("source", "local_patient_id", "kind")

    source = text("which extract", required=True, codes=frozenset(SOURCES))
    local_patient_id = text("as in PersonRecord: itself a token of the supplier's own id", required=True)
    kind = text("what the token is made of: a kind of linkage.tokens.kinds", required=True)
    token = text("32 letters a to p, computed with the transit key of the supplier pair", required=True)


class RegisterMerger(Table):
    """One row per superseded NHS number in the register: follow it before linking."""

    zone = Zone.IDENTIFIABLE
    key = ("old_nhs_number",)

    old_nhs_number = text("the superseded number", required=True)
    new_nhs_number = text("the number that replaced it", required=True)
    merged_on = date("when the register joined the two")


class Activity(Table):
    """One row per spell, attendance, contact, appointment or care package."""

    zone = Zone.IDENTIFIABLE
    key = ()
    order = ("source", "local_patient_id", "start_date", "activity_type", "end_date", "provider_code", "cost_pence")

    source = text("which extract", required=True, codes=frozenset(SOURCES))
    local_patient_id = text("as in PersonRecord", required=True)
    activity_type = text("a name in ACTIVITY_TYPES", required=True, codes=ACTIVITY_TYPES)
    start_date = date("admission, arrival, contact, appointment or package start", required=True)
    end_date = date("discharge or package end; null while open")
    provider_code = text("organisation that provided it: ODS or council code")
    codes = texts("diagnosis codes, primary first, without dot (ICD-10); for gp_snapshot the registers; for ECDS SNOMED CT")
    cost_pence = whole("cost of the whole event in pence; null where not known", minimum=0)
    cost_source = text("where the cost came from", codes=COST_SOURCES)
    attributes = Column(ACTIVITY_ATTRIBUTES, "what else the event may say: the fields of ACTIVITY_ATTRIBUTES")


class Reject(Table):
    """One row per refused row of an extract: where and why, never what."""

    zone = Zone.IDENTIFIABLE
    key = ()
    order = ("source", "file", "line", "rule", "column")

    source = text("which extract", required=True, codes=frozenset(SOURCES))
    file = text("file name as delivered", required=True)
    line = whole("line in the file where the row starts; the header is line 1; for Parquet the row number", required=True)
    rule = text("the rule it broke", required=True)
    column = text("the column that broke it; null where it is the whole row")


class GivenReferral(Table):
    """One row per usable row of a file of referrals: whom a clinician puts on the list, or takes off it."""

    zone = Zone.IDENTIFIABLE
    key = ("file", "line")

    file = text("SHA-256 of the file it stands in", required=True)
    line = whole("line in the file where the row ends; the header is line 1", required=True)
    nhs_number = text("ten digits", required=True, digits=10)
    referral_date = date("when it was made", required=True)
    decision = text("`refer` or `leave out`", required=True, codes=frozenset(REFERRAL_DECISIONS))
    reason = text("coded reason", required=True, codes=frozenset(REFERRAL_REASONS))
    team = text("id of the team it was made by; null where the file names none of the project's")


class Match(Table):
    """One row per person record: what linkage says of it, before the vault gives a person_id."""

    zone = Zone.IDENTIFIABLE
    key = ("source", "local_patient_id")

    source = text("which extract", required=True)
    local_patient_id = text("as in PersonRecord", required=True)
    register_id = text("local_patient_id of the register's record it was linked to; null where unlinked or in review")
    cluster = text(
        "where register_id is null: `source|local_patient_id` of the group's first record. Records of equal cluster are known "
        "to be one person (a client index record and the Client Level Data that follows it); null where register_id is given"
    )
    step = text("step of the cascade that decided", required=True, codes=frozenset(LINK_STEPS))
    evidence = text(
        "which fields agreed, one field=answer pattern, for example `nhs=same dob=same given=nickname`; of the best candidate "
        "where in review; `own record` or `nhs=superseded` for the register's"
    )
    match_weight = number("log2 odds of a match, the prior included, where the step is probabilistic; else null")
    margin = number("bits between best and second-best candidate; null where there was one")
    model_version = text("version of the cascade or model that decided", required=True)


class Link(Table):
    """One row per person record: the person it belongs to, and why."""

    zone = Zone.IDENTIFIABLE
    key = ("source", "local_patient_id")

    source = text("which extract", required=True)
    local_patient_id = text("as in PersonRecord", required=True)
    person_id = text("random 128-bit id, 32 hex digits, born in the vault, stable from night to night", required=True)
    step = text("step of the cascade that decided", required=True, codes=frozenset(LINK_STEPS))
    evidence = text("as in Match")
    match_weight = number("as in Match")
    margin = number("as in Match")
    model_version = text("as in Match", required=True)


class ReviewPair(Table):
    """One row per pair that a clerk should look at."""

    zone = Zone.IDENTIFIABLE
    key = ("source", "local_patient_id", "register_id")

    source = text("which extract", required=True)
    local_patient_id = text("as in PersonRecord", required=True)
    register_id = text("the candidate: local_patient_id in the register", required=True)
    step = text("step of the cascade that sent it to review", required=True)
    reason = text("why it was not linked: `twin`, `number of another person`, `margin`, `band`, ...", required=True)
    evidence = text("as in Match")
    match_weight = number("as in Match")
    margin = number("as in Match")
    model_version = text("as in Match", required=True)


class Conflict(Table):
    """One row per contradiction found while linking; never a silent merge."""

    zone = Zone.IDENTIFIABLE
    key = ()
    order = ("source", "local_patient_id", "kind", "register_id")

    source = text("which extract", required=True)
    local_patient_id = text("as in PersonRecord", required=True)
    register_id = text("the register's record involved, where there is one")
    kind = text("`one number, two people`, `one person, two numbers`, `twin`, `dead, active later`, ...", required=True)


# What a batch trace against the national register answers for one record; the codes behind each are in linkage.numbers.answers.
TRACE_OUTCOMES = (
    "matched",     # one person, and her number
    "superseded",  # one person, and the number that replaced the one asked with
    "none",        # nobody
    "several",     # more than one person fits
    "protected",   # a sensitive record: no number is taken, and it is a protected identity's
    "not traced",  # too little was given, or the service could not ask
)  # fmt: skip


class TraceAnswer(Table):
    """One row per answer of a batch trace against the national register."""

    zone = Zone.IDENTIFIABLE
    key = ()
    order = ("reference", "outcome", "nhs_number", "date_of_birth")

    reference = text("the record that was asked about, as `linkage.numbers.requests.references` names it", required=True)
    outcome = text("what the register answered", required=True, codes=frozenset(TRACE_OUTCOMES))
    nhs_number = text("ten digits where matched or superseded; else null")
    date_of_birth = date("the date of birth of the person found, where the answer gives it")


NUMBER_FINDINGS = ("found", "superseded", "conflicting")


class NumberReturn(Table):
    """One row per record about whose NHS number its source should know something."""

    zone = Zone.IDENTIFIABLE
    key = ("source", "local_patient_id")

    source = text("which extract", required=True)
    local_patient_id = text("as in PersonRecord", required=True)
    finding = text("`found`, `superseded` or `conflicting`", required=True, codes=frozenset(NUMBER_FINDINGS))
    held_nhs_number = text("what the source holds: a number, or ten digits that are none; null where it holds nothing")
    current_nhs_number = text("the person's number tonight; always null where conflicting: it may be somebody else's")
    step = text("which step of linkage, or `trace`, says so; null where nothing but the source's own records does")
    action = text("what to do, in words", required=True)


class Judgement(Table):
    """One row per decision of a clerk; append-only."""

    zone = Zone.IDENTIFIABLE
    key = ()
    order = ("decided_at", "source", "local_patient_id", "register_id", "reviewer")

    source = text("which extract", required=True)
    local_patient_id = text("as in PersonRecord", required=True)
    register_id = text("the candidate judged", required=True)
    decision = text("link, non-link or unsure", required=True, codes=frozenset({"link", "non-link", "unsure"}))
    reviewer = text("who decided", required=True)
    decided_at = Column(pa.timestamp("us", tz="UTC"), "when", required=True)
    model_version = text("model that proposed the pair", required=True)


class ReviewSample(Table):
    """One row per pair that was drawn to estimate how right linkage is: of the links, the review band, the pairs just under it.

    Drawn once for a model and a quarter and then carried from night to night, so that judgements are of the pairs drawn.
    """

    zone = Zone.IDENTIFIABLE
    key = ("source", "local_patient_id", "register_id")

    source = text("which extract", required=True)
    local_patient_id = text("as in PersonRecord", required=True)
    register_id = text("the register's record of the pair", required=True)
    kind = text("what the cascade made of the pair", required=True, codes=frozenset({"link", "review", "non-link"}))
    stratum = text("step, reason or band of match weight that the pair was drawn from", required=True)
    stratum_size = whole("pairs in the stratum when it was drawn", required=True, minimum=1)
    sampling_weight = number("pairs of the stratum that each drawn pair stands for: stratum_size / pairs drawn", required=True)
    model_version = text("as in Match", required=True)
    drawn_for = text("model and quarter: while it is the same the sample is kept", required=True)
