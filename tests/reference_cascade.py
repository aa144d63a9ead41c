"""The cascade's deterministic steps once more: slow, obvious, one record at a time, and written apart from `linkage/`.

`reference_links` answers, for every record of the sources, (step, register_id): the step is a cascade step that linked it,
`review` or `unlinked` where it is held back from later steps, or `open` where step 5 has still to look at it.
"""

from __future__ import annotations

import csv
import datetime
import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jellyfish

from schemas.postcodes import is_pseudo_postcode, standardise_postcode

Row = dict[str, Any]
Key = tuple[str, str]
Decision = tuple[str, str | None]

REFERENCE = Path(__file__).parents[1] / "linkage" / "reference"
LETTERS = {
    "Ł": "L", "Ø": "O", "Đ": "D", "Ð": "D", "Ħ": "H", "Ŧ": "T", "Æ": "AE", "Œ": "OE", "Þ": "TH", "ẞ": "SS", "ß": "SS", "ı": "I",
    # Their capitals are of Unicode 16 and 17, which not every Python knows.
    "\u019b": "\ua7dc", "\u0264": "\ua7cb", "\u0277": "\ua7dd", "\u027c": "\ua7e2", "\ua7d3": "\ua7d2", "\ua7d5": "\ua7d4",
    "\uab4b": "\uab6c", "\uab4c": "\uab6d",
}  # fmt: skip


def listed(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", text))


TITLES = listed("MR MRS MISS MS MX DR PROF PROFESSOR REV REVD REVEREND SIR DAME LADY LORD MASTER FR SISTER CLLR CAPT COL MAJ SGT")
SUFFIXES = listed("JNR SNR JR SR ESQ MBE OBE CBE")
GIVEN_PARTICLES = listed("ABDUL ABDU ABD ABU ST")
FAMILY_PARTICLES = listed("ABDUL ABD ABU AL EL UL BIN BEN IBN DE DA DI DU DO DEL DELLA DER DEN DOS DAS LA LE LO VAN VON TER TEN")
FAMILY_PARTICLES |= listed("ST SAINT O MC MAC FITZ")
UNKNOWN = listed("NK UNK NIL NONE NULL TBC ANON ANONYMOUS REFUSED WITHHELD")
UNKNOWN |= {"NO NAME", "NO FORENAME", "NO SURNAME", "N A", "N K"}
UNKNOWN |= {f"NOT {word}" for word in listed("KNOWN STATED GIVEN RECORDED AVAILABLE SPECIFIED PROVIDED")}
NO_GIVEN = UNKNOWN | listed("NA FORENAME FIRSTNAME BOY GIRL MALE FEMALE BABYBOY BABYGIRL")
NEWBORN = {"BABY", "TWIN", "TRIPLET", "INFANT", "NEWBORN", "UNNAMED"}


def words(name: str | None) -> list[str]:
    text = "".join(mark for mark in (name or "")[:100] if mark not in "'’‘`´ʼʻ′.")
    text = unicodedata.normalize("NFKD", text).upper()
    text = "".join(mark for mark in text if not ("\u0300" <= mark <= "\u036f" or "\u064b" <= mark <= "\u0652"))
    text = "".join(LETTERS.get(mark, mark) for mark in unicodedata.normalize("NFC", text))
    found = "".join(mark if mark in LETTERS.values() or unicodedata.category(mark)[0] in "LM" else " " for mark in text).split()
    while len(found) > 1 and found[0] in TITLES:
        found = found[1:]
    while len(found) > 1 and found[-1] in SUFFIXES:
        found = found[:-1]
    return found


def given_words(name: str | None) -> list[str]:
    found = words(name)
    whole = " ".join(found)
    ordinal = re.fullmatch("(FIRST|SECOND|THIRD) (TWIN|TRIPLET)", whole)
    if not found or whole in NO_GIVEN or found[0] in NEWBORN or found[0] == "UNKNOWN" or ordinal or set(whole) == {"X"}:
        return []
    return joined(found, GIVEN_PARTICLES)


def family_words(name: str | None) -> list[str]:
    found = words(name)
    whole = " ".join(found)
    no_name = whole in UNKNOWN | {"SURNAME", "LASTNAME", "FAMILY NAME"}
    if not found or no_name or found[0] == "UNKNOWN" or set(whole) == {"X"}:
        return []
    return joined(found, FAMILY_PARTICLES)


def joined(found: list[str], particles: frozenset[str]) -> list[str]:
    answer: list[str] = []
    prefix = ""
    for position, word in enumerate(found):
        if word in particles and position < len(found) - 1:
            prefix += word
        else:
            answer.append(prefix + word)
            prefix = ""
    return answer


def real_postcode(text: str | None) -> str | None:
    found = standardise_postcode(text)
    return None if found is None or is_pseudo_postcode(found) else found


@dataclass
class Person:
    """One record, standardised."""

    key: Key
    number: str | None
    superseded: bool
    verified: bool
    given: list[str]
    other: list[str]
    alias: list[str]
    family: list[str]
    previous: list[str]
    born: datetime.date | None
    gender: str | None
    postcode: str | None
    previous_postcode: str | None
    protected: bool
    belongs_to: str = ""

    @property
    def parts(self) -> tuple[int | None, int | None, int | None]:
        """Year, month, day; None where missing or a placeholder."""
        if self.born is None or self.born.year > 2100:
            return None, None, None
        year = self.born.year if self.born.year > 1901 else None
        if (self.born.month, self.born.day) == (1, 1):
            return year, None, None
        return year, self.born.month, self.born.day


def person(row: Row, mergers: dict[str, str]) -> Person:
    number = current_number(row.get("nhs_number"), mergers)
    return Person(
        key=(row["source"], row["local_patient_id"]),
        number=number,
        superseded=number != row.get("nhs_number"),
        verified=row.get("nhs_number_status") == "01",
        given=given_words(row.get("given_name")),
        other=given_words(row.get("other_given_name"))[:1],
        alias=given_words(row.get("alias"))[:1],
        family=family_words(row.get("family_name")),
        previous=family_words(row.get("previous_family_name")),
        born=row.get("date_of_birth"),
        gender=row.get("gender") if row.get("gender") in ("1", "2") else None,
        postcode=real_postcode(row.get("postcode")),
        previous_postcode=real_postcode(row.get("previous_postcode")),
        protected=bool(row.get("protected")),
    )


def current_number(number: str | None, mergers: dict[str, str]) -> str | None:
    seen = []
    now = number
    while now in mergers and mergers[now] != now:
        if now in seen:
            return number
        seen.append(now)
        now = mergers[now]
    return now


def find_persons(residents: list[Person]) -> None:
    """Give every register record the id of the record of the person it is about, and protect all of hers if one is."""
    for one in residents:
        one.belongs_to = one.key[1]
        if one.superseded:
            holders = [r.key[1] for r in residents if r.number == one.number and not r.superseded]
            if len(holders) == 1:
                one.belongs_to = holders[0]
            elif not holders:
                one.belongs_to = min(r.key[1] for r in residents if r.number == one.number)
    protected = {r.belongs_to for r in residents if r.protected}
    for one in residents:
        one.protected = one.belongs_to in protected


def date_level(a: Person, b: Person) -> str:
    known = [(x, y) for x, y in zip(a.parts, b.parts, strict=True) if x is not None and y is not None]
    if not known:
        return "missing"
    agreeing = sum(x == y for x, y in known)
    if None in a.parts or None in b.parts:
        if a.born == b.born and a.parts[0] is not None:
            return "same_placeholder"
        return "partial" if agreeing == len(known) else "different"
    if agreeing == 3:
        return "same"
    if a.parts[0] == b.parts[0] and a.parts[1] == b.parts[2] and a.parts[2] == b.parts[1]:
        return "swapped"
    return "two_parts" if agreeing == 2 else "different"


def nicknames() -> set[tuple[str, str]]:
    with (REFERENCE / "nicknames.csv").open(encoding="utf-8") as lines:
        groups = [{row["name"], *row["variants"].split()} for row in csv.DictReader(lines)]
    return {pair for group in groups for pair in itertools.permutations(group, 2)}


NICKNAMES = nicknames()


def related(one: str, other: str) -> bool:
    return (one, other) in NICKNAMES


def whole(name: list[str]) -> str:
    return "".join(name)


def swapped(a: Person, b: Person) -> bool:
    if not (a.given and a.family and b.given and b.family):
        return False
    crossed = [(whole(a.given), whole(b.family)), (whole(a.family), whole(b.given))]
    alike = [
        one == other or related(one, other) or jellyfish.jaro_winkler_similarity(one, other) >= 0.92 for one, other in crossed
    ]
    return all(alike) and any(one == other for one, other in crossed)


def given_level(a: Person, b: Person) -> str:
    if not a.given or not b.given:
        return "missing"
    if whole(a.given) == whole(b.given):
        return "same"
    if related(whole(a.given), whole(b.given)) or related(a.given[0], b.given[0]):
        return "nickname"
    if swapped(a, b):
        return "swapped"
    if a.given[0] in b.other + b.alias or b.given[0] in a.other + a.alias or (a.alias and a.alias == b.alias):
        return "other"
    if a.given[0] == b.given[0]:
        return "part"
    if a.given[0][0] == b.given[0][0] and 1 in (len(a.given[0]), len(b.given[0])):
        return "initial"
    return likeness(a.given[0], b.given[0])


def family_level(a: Person, b: Person) -> str:
    if not a.family or not b.family:
        return "missing"
    if whole(a.family) == whole(b.family):
        return "same"
    if whole(a.family) == whole(b.previous) or whole(a.previous) == whole(b.family):
        return "previous"
    if swapped(a, b):
        return "swapped"
    if {a.family[0], a.family[-1]} & {b.family[0], b.family[-1]}:
        return "part"
    return likeness(whole(a.family), whole(b.family))


def likeness(one: str, other: str) -> str:
    score = jellyfish.jaro_winkler_similarity(one, other)
    slip = min(len(one), len(other)) >= 3 and jellyfish.damerau_levenshtein_distance(one, other) == 1
    return "close" if score >= 0.92 else "near" if score >= 0.88 or slip else "different"


def postcode_level(a: Person, b: Person) -> str:
    if a.postcode is None or b.postcode is None:
        return "missing"
    if a.postcode == b.postcode:
        return "same"
    return "previous" if a.postcode == b.previous_postcode or b.postcode == a.previous_postcode else "other"


def same_number(a: Person, b: Person) -> bool:
    return a.number is not None and a.number == b.number


def two_people(a: Person, b: Person) -> bool:
    return a.number is not None and b.number is not None and a.number != b.number and a.verified and b.verified


class Reference:
    """The cascade over a few records."""

    def __init__(self, records: Iterable[Row], mergers: Iterable[tuple[str, str]]) -> None:
        people = [person(row, dict(mergers)) for row in records]
        self.residents = sorted((p for p in people if p.key[0] == "register"), key=lambda p: p.key)
        self.sources = [p for p in people if p.key[0] != "register"]
        find_persons(self.residents)
        self.leaders = {f.key: leader for f in self.sources for leader in self.sources if follows(f, leader)}
        self.lend_numbers()

    def lend_numbers(self) -> None:
        register = {r.number for r in self.residents if r.number is not None}
        for follower in self.sources:
            leader = self.leaders.get(follower.key)
            if leader is not None and leader.number not in register and follower.number in register:
                leader.number, leader.verified = follower.number, follower.verified

    def links(self) -> dict[Key, Decision]:
        found = {p.key: self.decide(p) for p in self.sources if p.key not in self.leaders}
        for follower in self.sources:
            if follower.key in self.leaders:
                found[follower.key] = self.follow(follower, found[self.leaders[follower.key].key])
        return found

    def follow(self, follower: Person, leaders: Decision) -> Decision:
        if leaders[1] is None:
            return leaders
        own = self.cross_check(follower)
        if own is None or own[1] is None:
            person = next(r for r in self.residents if r.key[1] == leaders[1])
            return ("unlinked", None) if person.protected or two_people(follower, person) else ("same_local_id", leaders[1])
        if own[1] == leaders[1]:
            return own
        shown = [r for r in self.residents if r.belongs_to in (own[1], leaders[1]) and r.key[1] == r.belongs_to]
        return self.held(follower, shown)

    def decide(self, record: Person) -> Decision:
        for step in (self.cross_check, self.confirmed_number, self.alphanumeric, self.unique_demographic):
            decision = step(record)
            if decision is not None:
                return decision
        return "open", None

    def held(self, record: Person, shown: list[Person]) -> Decision:
        """In review where a clerk may be shown a candidate."""
        may_show = [r for r in shown if not r.protected and not two_people(record, r)]
        return ("review" if may_show and not record.protected else "unlinked"), None

    def namesakes(self, record: Person) -> list[Person]:
        return [
            r
            for r in self.residents
            if given_level(record, r) == "same"
            and record.parts[0] is not None
            and record.born == r.born
            and (family_level(record, r) in ("same", "previous") or postcode_level(record, r) in ("same", "previous"))
        ]

    def contradicts(self, record: Person, resident: Person) -> bool:
        level = given_level(record, resident)
        if level in ("same", "missing"):
            return False
        rivals = {r.belongs_to for r in self.namesakes(record)} - {resident.belongs_to}
        family, postcode = family_level(record, resident), postcode_level(record, resident)
        household = family in ("same", "previous") and postcode in ("same", "previous")
        return (
            level == "different"
            or bool(rivals)
            or (level == "near" and household and not record.protected and not resident.protected)
        )

    def gender_is_a_twins(self, record: Person, resident: Person) -> bool:
        if given_level(record, resident) != "missing" or None in (record.gender, resident.gender):
            return False
        twins = [
            r
            for r in self.residents
            if r.belongs_to != resident.belongs_to
            and whole(r.family) == whole(resident.family) != ""
            and r.born == resident.born
            and resident.parts[0] is not None
            and r.gender == record.gender
        ]
        return record.gender != resident.gender and bool(twins)

    def cross_check(self, record: Person) -> Decision | None:
        dated = ("same", "same_placeholder")
        pairs = [r for r in self.residents if same_number(record, r) and date_level(record, r) in dated]
        agreeing = [r for r in pairs if not self.contradicts(record, r) and not self.gender_is_a_twins(record, r)]
        people = {r.belongs_to for r in agreeing}
        if len(people) == 1:
            return "cross_check", people.pop()
        if len(people) > 1:
            return self.held(record, agreeing)
        return self.held(record, pairs + self.namesakes(record)) if pairs else None

    def confirmed_number(self, record: Person) -> Decision | None:
        agreeing = []
        for r in self.residents:
            if same_number(record, r) and not r.protected and not record.protected and date_level(record, r) != "different":
                confirmations = [
                    date_level(record, r) in ("same", "swapped", "two_parts"),
                    given_level(record, r) in ("same", "nickname", "swapped", "other"),
                    family_level(record, r) in ("same", "previous", "swapped"),
                    postcode_level(record, r) in ("same", "previous"),
                    record.gender is not None and record.gender == r.gender,
                ]
                if sum(confirmations) >= 2 and not self.contradicts(record, r):
                    agreeing.append(r)
        people = {r.belongs_to for r in agreeing}
        if len(people) == 1:
            return "confirmed_number", people.pop()
        return self.held(record, agreeing) if people else None

    def alphanumeric(self, record: Person) -> Decision | None:
        agreeing = [
            r
            for r in self.residents
            if given_level(record, r) == "same"
            and family_level(record, r) == "same"
            and date_level(record, r) in ("same", "same_placeholder")
            and record.gender is not None
            and record.gender == r.gender
            and postcode_level(record, r) == "same"
            and not two_people(record, r)
        ]
        people = {r.belongs_to for r in agreeing}
        if len(people) > 1:
            return self.held(record, agreeing)
        if len(people) == 1 and not record.protected and not agreeing[0].protected:
            return "alphanumeric", people.pop()
        return None

    def unique_demographic(self, record: Person) -> Decision | None:
        agreeing = [
            r
            for r in self.residents
            if given_level(record, r) == "same"
            and family_level(record, r) in ("same", "previous")
            and date_level(record, r) == "same"
        ]
        if len({r.belongs_to for r in agreeing}) != 1:
            return None
        # Of several records of one person the current one speaks.
        one = min(agreeing, key=lambda r: (r.key[1] != r.belongs_to, r.key))
        held = record.number is not None and any(r.number == record.number for r in self.residents)
        differs = record.number is not None and one.number is not None and record.number != one.number
        conflict = differs or (held and not same_number(record, one))
        if conflict or record.protected or one.protected:
            return None
        return "unique_demographic", one.belongs_to


def follows(follower: Person, leader: Person) -> bool:
    return (
        (follower.key[0], leader.key[0]) == ("cld", "asc_person")
        and follower.key[1] == leader.key[1]
        and date_level(follower, leader) != "different"
        and not two_people(follower, leader)
        and not follower.protected
        and not leader.protected
    )


def reference_links(records: Iterable[Row], mergers: Iterable[tuple[str, str]]) -> dict[Key, Decision]:
    return Reference(list(records), list(mergers)).links()
