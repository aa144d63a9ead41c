"""Everybody in one run: the records of the sources, the residents of the register, and who of these is one person already."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from linkage.arrays import NONE, Bits, Codes, Truth, Whole
from linkage.engine.joins import CROWD, is_member
from linkage.engine.sheets import Texts
from linkage.engine.weigher import Crowd, Weigher
from linkage.pairs import Pairs, compare, comparer
from linkage.people import People


@dataclass(frozen=True)
class Population:
    """The two sides of linkage, and the texts of the columns that are read.

    `person` gives each resident's row, or the row of the record that superseded hers.

    A superseded record stays a resident to compare with, as it may hold an earlier name or address of the same person.
    `banned` are keys (see `pair_keys`) of records and persons that clerks have parted.
    """

    records: People
    residents: People
    texts: Mapping[str, Texts]
    person: Whole
    banned: Whole = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def pair_keys(self, record: Whole, resident: Whole) -> Whole:
        """One number for each record and person."""
        return record.astype(np.int64) * len(self.person) + self.person[resident]

    def compare(self, record: Whole, resident: Whole) -> Pairs:
        """The pairs, compared in every field."""
        return compare(self._comparer, record, resident)

    @functools.cached_property
    def _comparer(self) -> Weigher:
        return comparer(self.records, self.residents, self.texts)

    def shares(self, columns: Iterable[str]) -> dict[str, Bits]:
        """By column, the share of the residents with a value who have each; a value that none has counts as one resident's."""
        return {column: _shares(getattr(self.records, column), getattr(self.residents, column)) for column in columns}

    def persons(self, pairs: Pairs) -> Whole:
        """The person of each pair's resident."""
        return self.person[pairs.resident]

    def are_two_people(self, pairs: Pairs) -> Truth:
        """Whether they are two people, whatever agrees: both numbers are verified and differ, unless the register merged them;
        or clerks have said so.
        """
        verified = self.records.verified[pairs.record] & self.residents.verified[pairs.resident]
        answer: Truth = pairs.at("nhs_number", "different") & verified
        return answer | np.isin(self.pair_keys(pairs.record, pairs.resident), self.banned) if len(self.banned) else answer

    def are_protected(self, pairs: Pairs) -> Truth:
        """Whether either side is a protected identity."""
        protected: Truth = self.records.protected[pairs.record] | self.residents.protected[pairs.resident]
        return protected

    def may_link(self, pairs: Pairs) -> Truth:
        """Whether a step after the cross-check may link the two."""
        return ~self.are_protected(pairs) & ~self.are_two_people(pairs)

    def have_number_conflict(self, pairs: Pairs) -> Truth:
        """Whether the record's number is usable and speaks against this resident: hers differs, or it is somebody else's."""
        held = is_member(self.records.number[pairs.record], self.residents.number)
        return pairs.at("nhs_number", "different") | (pairs.at("nhs_number", "missing", "near") & held)

    def one_view(self, pairs: Pairs) -> Pairs:
        """One pair per record and person: the current record of the register where several of one person are candidates."""
        persons = self.persons(pairs)
        order = np.lexsort((pairs.resident, persons != pairs.resident, persons, pairs.record))
        records, people = pairs.record[order], persons[order]
        is_first = np.ones(len(order), dtype=np.bool_)
        is_first[1:] = (records[1:] != records[:-1]) | (people[1:] != people[:-1])
        return pairs.take(order[is_first])

    def split_unique(self, pairs: Pairs) -> tuple[Pairs, Pairs]:
        """Pairs of records with one candidate person, and pairs of records with several."""
        pairs = self.one_view(pairs)
        _, place, count = np.unique(pairs.record, return_inverse=True, return_counts=True)
        is_unique = count[place] == 1
        return pairs.take(is_unique), pairs.take(~is_unique)


def without_crowd_numbers(population: Population) -> tuple[Population, tuple[Crowd, ...]]:
    """The same people without the numbers that more than `CROWD` residents share: such a number is evidence of nobody."""
    holders = np.bincount(population.residents.number[population.residents.number >= 0])
    crowded = np.flatnonzero(holders > CROWD)
    if not len(crowded):
        return population, ()
    records, residents = (without_numbers(people, crowded) for people in (population.records, population.residents))
    return replace(population, records=records, residents=residents), (Crowd("number", len(crowded), int(holders.max())),)


def without_numbers(people: People, numbers: Whole) -> People:
    """The same people, whoever has one of these numbers as if she had none."""
    has = is_member(people.number, numbers)
    number, written = (np.where(has, np.int32(NONE), codes) for codes in (people.number, people.written_number))
    return replace(people, number=number, written_number=written, verified=people.verified & ~has)


def _shares(ours: Codes, theirs: Codes) -> Bits:
    known = theirs[theirs >= 0]
    size = 1 + max(int(ours.max(initial=0)), int(theirs.max(initial=0)))
    shares: Bits = np.maximum(np.bincount(known, minlength=size), 1) / max(len(known), 1)
    return shares


def find_persons(number: Whole | Codes, superseded: Truth) -> Whole:
    """Row of the person that each register record is about, from current numbers and whether the record's own was superseded.

    A superseded record belongs to the one record that carries its current number; where none does, to the first superseded to
    the same number; where several do, nobody can say whose it is, and it stays on its own.
    """
    person = np.arange(len(number))
    old = np.flatnonzero(superseded & (number >= 0))
    current = np.flatnonzero(~superseded & (number >= 0))
    holders, first, count = np.unique(number[current], return_index=True, return_counts=True)
    old_numbers, first_old, place = np.unique(number[old], return_index=True, return_inverse=True)
    found = np.searchsorted(holders, old_numbers)
    is_held = np.append(holders, NONE)[found] == old_numbers
    held_by = np.append(count, 0)[found]
    heir = np.where(is_held, np.append(current[first], NONE)[found], old[first_old])
    person[old] = np.where((held_by[place] > 1) & is_held[place], old, heir[place])
    return person


def spread_protection(protected: Truth, person: Whole) -> Truth:
    """Protection of any register record of a person covers all of them."""
    people = np.zeros(len(protected), dtype=np.bool_)
    np.logical_or.at(people, person, protected)
    answer: Truth = people[person]
    return answer
