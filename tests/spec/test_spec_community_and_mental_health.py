"""Community and mental health data sets: contacts through their referrals, spells and delays."""

# ruff: noqa: E501 (drawn tables are wide)

from __future__ import annotations

from pathlib import Path

from tests.extract_inbox import ANN, BEN, Inbox, drawn, matches


def csds(inbox: Inbox) -> None:
    inbox.put(
        "csds",
        "CYP001MPI_2026-01.csv",
        drawn(f"""
        LOCAL PATIENT IDENTIFIER (EXTENDED) | OrgIDProv | NHS NUMBER | NHS NUMBER STATUS INDICATOR CODE | PERSON BIRTH DATE | Postcode | GIVEN_NAME | FAMILY_NAME | PERSON DEATH DATE
        P1                                  | RY1       | {ANN}      | 1                                | 1940-02-03        | ZZ99 3VZ | Ann        | Lee         |
        P2                                  | RY1       |            | 07                               | 1950-01-01        | ZZ99 3VZ | Ben        | O'Hara      | 2026-02-01
        """),
    )
    inbox.put(
        "csds",
        "CYP101Referral_2026-01.csv",
        drawn("""
        SERVICE REQUEST IDENTIFIER | LOCAL PATIENT IDENTIFIER (EXTENDED) | OrgIDProv | REFERRAL REQUEST RECEIVED DATE
        R1                         | P1                                  | RY1       | 2026-01-01
        R2                         | P2                                  | RY1       | 2026-01-01
        """),
    )
    inbox.put(
        "csds",
        "CYP201CareContact_2026-01.csv",
        drawn("""
        CARE CONTACT IDENTIFIER | SERVICE REQUEST IDENTIFIER | OrgIDProv | CARE CONTACT DATE | CONSULTATION MECHANISM | ATTENDANCE STATUS
        C1                      | R1                         | RY1       | 2026-01-05        | 01                     | 5
        C2                      | R1                         | RY1       | 2026-01-06        | 01                     | 3
        C3                      | R2                         | RY1       | 2026-01-07        | 02                     |
        C4                      | R9                         | RY1       | 2026-01-08        | 02                     | 5
        """),
    )


def test_a_contact_belongs_to_its_referrals_patient(tmp_path: Path) -> None:
    """Seen (5, 6) or silent of it; a contact of a referral that nobody knows is nobody's."""
    inbox = Inbox.at(tmp_path)
    csds(inbox)
    inbox.put(
        "csds",
        "CYP102ServiceTypeReferredTo_2026-01.csv",
        drawn("""
        SERVICE REQUEST IDENTIFIER | OrgIDProv | SERVICE OR TEAM TYPE REFERRED TO (COMMUNITY CARE)
        R1                         | RY1       | 12
        """),
    )
    people, activity = inbox.rows("csds")
    matches(
        people,
        f"""
        local_patient_id | nhs_number | nhs_number_kind | nhs_number_status | given_name | family_name | date_of_death
        RY1:P1           | {ANN}      | test_range      | 01                | Ann        | Lee         | -
        RY1:P2           | -          | missing         | 07                | Ben        | O'Hara      | 2026-02-01
        """,
    )
    matches(
        activity,
        """
        local_patient_id | activity_type     | start_date | provider_code | attended | contact_medium | team_type | cost_pence | cost_source
        RY1:P1           | community_contact | 2026-01-05 | RY1           | 5        | 01             | 12        | 5965       | reference_cost
        RY1:P2           | community_contact | 2026-01-07 | RY1           | -        | 02             | -         | 4308       | reference_cost
        """,
    )


def test_teams_are_not_needed(tmp_path: Path) -> None:
    """Without CYP102 contacts have no team type."""
    inbox = Inbox.at(tmp_path)
    csds(inbox)
    _, activity = inbox.rows("csds")
    assert [row["attributes"]["team_type"] for row in activity] == [None, None]


def mhsds(inbox: Inbox) -> None:
    inbox.put(
        "mhsds",
        "MHS001MPI_2026-01.csv",
        drawn(f"""
        Person_ID | OrgIDProv | NHSNumber | NHSNumberStatus | PersonBirthDate | Gender | LSOA
        Q1        | RX2       | {ANN}     | 01              | 1940-02-03      | 2      | E01000001
        Q2        | RX2       | {BEN}     | 02              | 1950-04-05      | 1      | E01000002
        """),
    )
    inbox.put("mhsds", "MHS101Referral_2026-01.csv", "UniqServReqID,Person_ID,OrgIDProv\nU1,Q1,RX2\nU2,Q2,RX2\n")
    inbox.put(
        "mhsds",
        "MHS201CareContact_2026-01.csv",
        drawn("""
        UniqCareContID | UniqServReqID | OrgIDProv | CareContDate | AttendStatus | ConsMechanismMH
        K1             | U1            | RX2       | 2026-01-04   | 5            | 01
        K2             | U2            | RX2       | 2026-01-05   | 7            | 01
        """),
    )


def test_mental_health_contacts_spells_and_delays(tmp_path: Path) -> None:
    """The person of a spell comes through its referral, that of a delay through its spell; attribution in our words."""
    inbox = Inbox.at(tmp_path)
    mhsds(inbox)
    inbox.put("mhsds", "MHS002GP_2026-01.csv", "Person_ID,OrgIDProv,GMPReg\nQ1,RX2,A81001\nQ2,RX2,V81997\n")
    inbox.put(
        "mhsds",
        "MHS501HospProvSpell_2026-01.csv",
        drawn("""
        UniqHospProvSpellID | UniqServReqID | OrgIDProv | StartDateHospProvSpell | DischDateHospProvSpell | MethAdmMHHospProvSpell | DestOfDischHospProvSpell
        H1                  | U2            | RX2       | 2026-01-10             | 2026-01-30             | 2A                     | 19
        """),
    )
    inbox.put(
        "mhsds",
        "MHS518ClinReadyforDischarge_2026-01.csv",
        drawn("""
        UniqHospProvSpellID | OrgIDProv | StartDateClinReadyforDisch | EndDateClinReadyforDisch | ClinReadyforDischDelayReason | AttribToIndic
        H1                  | RX2       | 2026-01-20                 | 2026-01-25               | 3                            | 5
        H1                  | RX2       | 2026-01-26                 |                          | 98                           |
        """),
    )
    people, activity = inbox.rows("mhsds")
    matches(
        people,
        """
        local_patient_id | gp_practice_code | lsoa_code
        Q1               | A81001           | E01000001
        Q2               | -                | E01000002
        """,
    )
    matches(
        activity,
        """
        local_patient_id | activity_type         | start_date | end_date   | delay_attribution | delay_reason | admission_method | cost_pence
        Q1               | mental_health_contact | 2026-01-04 | 2026-01-04 | -                 | -            | -                | 30594
        Q2               | mental_health_spell   | 2026-01-10 | 2026-01-30 | -                 | -            | 2A               | 1675120
        Q2               | delayed_discharge     | 2026-01-20 | 2026-01-25 | SOCIAL_CARE       | 03           | -                | -
        Q2               | delayed_discharge     | 2026-01-26 | -          | UNKNOWN           | 98           | -                | -
        """,
    )


def test_a_delay_may_name_its_person_itself(tmp_path: Path) -> None:
    """Where no spells are delivered; local ids carry the provider."""
    inbox = Inbox.at(tmp_path)
    inbox.put("mhsds", "MHS001MPI_2026-01.csv", "LocalPatientId,OrgIDProv,NHSNumber\nL1,RX2,\n")
    inbox.put("mhsds", "MHS101Referral_2026-01.csv", "UniqServReqID,LocalPatientId,OrgIDProv\nU1,L1,RX2\n")
    inbox.put("mhsds", "MHS201CareContact_2026-01.csv", "UniqCareContID,UniqServReqID,CareContDate\n")
    inbox.put(
        "mhsds",
        "MHS518ClinReadyforDischarge_2026-01.csv",
        "LocalPatientId,OrgIDProv,StartDateClinReadyforDisch,AttribToIndic\nL1,RX2,2026-01-20,06\n",
    )
    people, activity = inbox.rows("mhsds")
    assert [row["local_patient_id"] for row in people] == ["RX2:L1"]
    matches(
        activity,
        """
        local_patient_id | activity_type     | start_date | delay_attribution
        RX2:L1           | delayed_discharge | 2026-01-20 | BOTH
        """,
    )
