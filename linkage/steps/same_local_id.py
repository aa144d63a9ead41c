"""Client Level Data follows its council's client index: both carry the council's own id, and only the index has names.

    dates of birth   own cross-check     index record is     the Client Level Data record
    --------------   -----------------   -----------------   ---------------------------------------------
    contradict       -                   -                   goes its own way through the cascade
    not              the same resident   linked              links by its own cross-check
    not              none                linked              follows: step same_local_id
    not              another resident    linked              review, and a conflict: the index has names, the number has not
    not              any                 in review, unlinked stays with it: they share one identity of their own

A protected identity is never linked by following, nor are two verified numbers that differ. Where the index record has no
number that the register knows, it takes the Client Level Data record's, so that the number is checked against the names.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import NONE, Truth, Whole
from linkage.engine.joins import is_member
from linkage.findings import NUMBER_CONFLICT, ONE_PERSON_TWO_NUMBERS, Findings
from linkage.pairs import compare, comparer, join_pairs
from linkage.people import People
from linkage.population import Population
from linkage.steps.cross_check import cross_check

FOLLOWER, LEADER = "cld", "asc_person"


@dataclass(frozen=True)
class Following:
    """`followers` and their `leaders`, as rows of the sources' records, and what the two have in common."""

    followers: Whole
    leaders: Whole
    evidence: list[str]

    def take(self, rows: Truth) -> Following:
        """Some of the pairs."""
        chosen = np.flatnonzero(rows)
        return Following(self.followers[rows], self.leaders[rows], [self.evidence[row] for row in chosen])


def find_followers(table: pa.Table, population: Population) -> Following:
    """Pairs of Client Level Data and client index records of one local id whose dates of birth do not contradict."""
    follower, leader = (np.flatnonzero(pc.equal(table["source"], name).to_numpy()) for name in (FOLLOWER, LEADER))
    ids = table["local_patient_id"]
    found = pc.index_in(ids.take(pa.array(follower)), value_set=ids.take(pa.array(leader)).combine_chunks())
    place = np.asarray(pc.fill_null(found, NONE).to_numpy(), dtype=np.int64)
    known = np.flatnonzero(place >= 0)
    people = population.records
    pairs = compare(comparer(people, people, population.texts), follower[known], leader[place[known]])
    verified = people.verified[pairs.record] & people.verified[pairs.resident]
    protected = people.protected[pairs.record] | people.protected[pairs.resident]
    two_people = pairs.at("date_of_birth", "different") | (pairs.at("nhs_number", "different") & verified) | protected
    pairs = pairs.take(~two_people)
    return Following(pairs.record, pairs.resident, [f"local_id=same {pattern}" for pattern in pairs.evidence()])


def lend_numbers(records: People, residents: People, following: Following) -> People:
    """Records in which a leader without a number that the register knows has that of its follower."""
    follower, leader = following.followers, following.leaders
    lacks = ~is_member(records.number[leader], residents.number) & is_member(records.number[follower], residents.number)
    number, verified = records.number.copy(), records.verified.copy()
    number[leader[lacks]] = records.number[follower[lacks]]
    verified[leader[lacks]] = records.verified[follower[lacks]]
    return replace(records, number=number, verified=verified)


@dataclass(frozen=True)
class Followed:
    """What became of the followers: `own` links and reviews, those `linked` as their leader, those `staying` with it."""

    own: Findings
    linked: Following
    staying: Following


def follow(population: Population, following: Following, resident_of: Whole) -> Followed:
    """Decide the followers, given the resident (-1: none) to which each record of the sources was linked."""
    own = cross_check(population, following.followers).links
    own_person = np.full(len(population.records), NONE)
    own_person[own.record] = population.persons(own)
    mine, leaders = own_person[following.followers], resident_of[following.leaders]
    elsewhere = (mine >= 0) & (leaders >= 0) & (mine != leaders)
    may_follow = (leaders >= 0) & (mine < 0)
    would = population.compare(following.followers[may_follow], leaders[may_follow])
    may_follow[may_follow] = population.may_link(would)
    by_leader = population.compare(following.followers[elsewhere], leaders[elsewhere])
    torn = join_pairs([own.take(is_member(own.record, by_leader.record)), by_leader])
    findings = Findings(
        links=own.take(is_member(own.record, following.followers[(mine >= 0) & (mine == leaders)])),
        reviews=((NUMBER_CONFLICT, torn),),
        conflicts=((ONE_PERSON_TWO_NUMBERS, by_leader),),
    )
    return Followed(findings, following.take(may_follow), following.take(leaders < 0))
