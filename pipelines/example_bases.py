"""The purposes and legal bases of an example project: as a real register would look, with references that exist nowhere."""

from __future__ import annotations

from pipelines.settings.purposes import CASE_MANAGEMENT, POPULATION_ANALYSIS, RISK_STRATIFICATION

# What a project without an example has instead: how one is written. Without them no night runs.
BASES_TO_WRITE = """\
# Every purpose and every source's basis has to be written down before a night may run. See docs/how-to/legal-bases.md.
# [[purpose]]
# id = "risk-stratification"          # also needed: case-management, population-analysis
# description = "what it is for, in plain words"
# owner = "the role that answers for it"
# flow = "section 251"                # which purpose may have which is in docs/how-to/legal-bases.md
# evidence = "where the signed paper lies"   # for every flow but "section 251" and "gp case finding"
# signed_off = "reference of the Caldicott Guardian's sign-off"
# signed_off_on = 2026-04-01
# review_by = 2027-03-31

# While a figure of [access] is missing nobody's name is shown to anybody. See docs/reference/access.md.
# [access]
# reference = "where these figures were agreed"
# agreement = "1"                     # version of the user agreement in force

# [[basis]]
# source = "register"
# purpose = "risk-stratification"
# controller = "whose data they are"
# reference = "approval, statute or agreement, with its number"
# evidence = "where the signed paper lies"
# tables = ["register", "register_mergers"]
# valid_from = 2026-04-01
# valid_to = 2027-03-31
# article_6 = "UK GDPR Article 6 condition, as the signed paper says it"      # these two stand in the papers
# article_9 = "Article 9 condition for health data"

# Who answers for the data, for the notice to the public and the record of processing; a gap shows where it is missing.
# [[organisation]]
# name = "as [[basis]] writes the controller"
# role = "controller"                 # or "joint controller", "processor"
# contact = "address, e-mail or telephone for the public"
# data_protection_officer = "how the officer is reached"

# [transfers_abroad]
# statement = "none, or to whom, where and with which safeguard"
# reference = "where that is written down"

# Of GP data a basis also says what became of Type 1 objectors.
# [[basis]]
# source = "gp"
# purpose = "risk-stratification"
# controller = "the practices of the area, jointly"
# reference = "approval, statute or agreement, with its number"
# evidence = "where the signed paper lies"
# tables = ["gp_patient", "gp_appointment"]
# valid_from = 2026-04-01
# valid_to = 2027-03-31
# type_1 = "flagged"                  # a [[flag]] names the column; or "removed at source", by the supplier

# [[flag]]
# name = "type 1 objection"           # or another word of docs/reference/configuration.md
# source = "gp"
# table = "gp_patient"
# column = "the column's header"
# values = ["9Nu0", "Y"]              # 9Nu0 is a retired Read code; ask the supplier which codes it sends
# rule = "leave out"                  # or "protect"
# reference = "where the codes are written down"

# How long things are kept. Without any of these nothing can be purged. See docs/how-to/papers-and-retention.md.
# [[retention]]
# artefact = "published night"        # also: vault night, landed file, audit payload
# days = 365
# reference = "the records schedule, and its number"

"""

OPT_OUTS = """\
[opt_outs]
max_age_days = 7              # older, and nobody is selected anew; the lists served stay
reference = "EXAMPLE/OO/1"

"""

RETENTION = """
[[retention]]
artefact = "{artefact}"
days = {days}
reference = "EXAMPLE/RETENTION/1"
"""

# Days that an example keeps things, so that a purge has something to go by. Real ones are in the records schedule.
KEPT = {"published night": 365, "vault night": 90, "landed file": 365, "audit payload": 2920}


def example_retention() -> str:
    """The retention schedule of an example, as TOML."""
    return "".join(RETENTION.format(artefact=artefact, days=days) for artefact, days in KEPT.items())


OPT_OUTS_TO_WRITE = """\
# Without these two every national opt-out list is too old: no night runs under section 251. See docs/how-to/legal-bases.md.
# [opt_outs]
# max_age_days = 7
# reference = "who agreed that, and where it is written"
# most_opted_out = 0.2                # share above which a first answer of the national check is taken for cut short
# most_growth = 0.05                  # and how far the share may grow at one check

"""

PURPOSE = """
[[purpose]]
id = "{id}"
description = "{description}"
owner = "{owner}"
flow = "{flow}"
evidence = "papers/{id}.pdf"
signed_off = "EXAMPLE/CG/{number}"
signed_off_on = 2026-01-05
review_by = 2028-01-04
"""

BASIS = """
[[basis]]
source = "{source}"
purpose = "{purpose}"
controller = "{controller}"
reference = "{reference}"
evidence = "papers/{source}-{purpose}.pdf"
tables = [{tables}]
valid_from = 2026-01-05
valid_to = 2028-01-04
article_6 = "{article_6}"
article_9 = "{article_9}"
{more}"""

PURPOSES = (
    (RISK_STRATIFICATION, "Finding people who may need more help, from how they use services", "Head of population health",
     "section 251"),
    (CASE_MANAGEMENT, "Offering these people a named professional who looks after their care", "Lead for integrated care",
     "direct care"),
    (POPULATION_ANALYSIS, "Planning services from pseudonymised records", "Head of analytics", "section 251"),
)  # fmt: skip

# Who controls a source's data, in an area that does not exist.
CONTROLLERS = {
    "register": "Example ICB", "gp": "the practices of the example area, jointly", "asc_person": "Example Council",
    "cld": "Example Council", "sus_apc": "NHS England", "sus_op": "NHS England", "ecds": "NHS England", "csds": "NHS England",
    "mhsds": "NHS England", "referrals": "the practices of the example area, jointly",
}  # fmt: skip

# Made up like everything here: what a real area may rely on, its own lawyers say.
ARTICLE_6 = "Article 6(1)(e), a public task (EXAMPLE/LAW/6)"
ARTICLE_9 = {
    RISK_STRATIFICATION: "Article 9(2)(h), managing health and care services (EXAMPLE/LAW/9)",
    CASE_MANAGEMENT: "Article 9(2)(h), giving health and care (EXAMPLE/LAW/9)",
    POPULATION_ANALYSIS: "Article 9(2)(h), managing health and care services (EXAMPLE/LAW/9)",
}

DUTIES = "Health and Social Care Act 2012, s251A (consistent identifier) and s251B (duty to share); EXAMPLE/SHARING/1"
APPROVAL = "EXAMPLE/CAG/1 (section 251)"


# The bounds on which NHS England's re-identification service reports a breach, as its published code states them; the others
# are made up for the example.
ACCESS = """
[access]
reference = "EXAMPLE/ACCESS/1"
agreement = "1"
requests_a_day = 100
people_in_24_hours = 300
practice_share_in_a_week = 0.06
same_person_in_a_month = 3
night_requests = 1
night_from = 21:00:00
night_to = 06:00:00
most_rows = 300
register_days = 14
break_glass_minutes = 60
break_glass_review_days = 5
break_glass_in_a_week = 5
break_glass_same_person_in_a_month = 2
bulk_rows = 500
bulk_hours = 24
"""


def example_bases() -> str:
    """Purposes and bases of an example, as TOML: every source for every purpose."""
    from pipelines.governed import GOVERNED

    text = ""
    for number, (name, description, owner, flow) in enumerate(PURPOSES, 1):
        text += PURPOSE.format(id=name, description=description, owner=owner, flow=flow, number=number)
    for extract in GOVERNED:
        tables = ", ".join(f'"{layout.name}"' for layout in extract.tables)
        more = 'type_1 = "removed at source"\n' if extract.source == "gp" else ""
        for purpose, *_ in PURPOSES:
            reference = DUTIES if purpose == CASE_MANAGEMENT else APPROVAL
            text += BASIS.format(
                source=extract.source, purpose=purpose, controller=CONTROLLERS[extract.source], reference=reference,
                tables=tables, more=more, article_6=ARTICLE_6, article_9=ARTICLE_9[purpose],
            )  # fmt: skip
    return text
