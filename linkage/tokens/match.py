"""Links by tokens alone: which one person of the register a record's tokens point to, or nobody.

A kind that may link has a say where its token belongs to one person of the register; a kind without the number, only where
also one record of the source has it. Then, by the first row that fits:

what the tokens say                                                     answer
----------------------------------------------------------------------  ----------------
two kinds with a say name two people                                    nobody: conflict
the number and the date of birth are hers                               token_number
the number is hers, another kind agrees with her                        token_number
the number is hers, nothing else                                        nobody: number alone
a kind without the number names her, her own number is another          nobody: two numbers
a kind without the number names her                                     token_demographic
no kind has a say                                                       nobody

A protected identity is linked by number and date of birth only, as in clear linkage.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linkage.arrays import Truth, Whole
from linkage.engine.joins import is_member, join
from linkage.engine.key_order import are_repeated
from linkage.tokens.kinds import CONFIRMING, DEMOGRAPHIC, KINDS, NUMBER, NUMBER_AND_BIRTH
from schemas.identifiable import MatchToken
from schemas.table import Rows

TOKEN_NUMBER, TOKEN_DEMOGRAPHIC = "token_number", "token_demographic"
TOKEN_LINKS = pa.schema([(name, pa.string()) for name in ("source", "local_patient_id", "register_id", "step", "evidence")])
REGISTER_TOKENS = pa.schema([("register_id", pa.string()), ("kind", pa.string()), ("token", pa.string())])

CONFLICT, NUMBER_ALONE, TWO_NUMBERS, PROTECTED = (
    "tokens that name two people",
    "number alone, nothing confirms it",
    "another number than the person's own",
    "protected identities, number and date of birth do not agree",
)
ORDER = tuple(KINDS)


@dataclass(frozen=True)
class TokenLinks:
    """`links`: TOKEN_LINKS rows in key order, one per linked record. `notes`: records that were not linked, by reason."""

    links: pa.Table
    notes: dict[str, int]


@dataclass(frozen=True)
class _Agreements:
    """Pairs of a record and a person that share a token: positions, place of the kind in ORDER, whether the kind has a say."""

    record: Whole
    person: Whole
    kind: Whole
    has_say: Truth


def link_tokens(tokens: Rows[MatchToken], register: pa.Table, protected: pa.Array) -> TokenLinks:
    """Link the records of `tokens` to the register's people, `register` being REGISTER_TOKENS rows in any order.

    `protected`: register ids of protected identities. The order of rows changes nothing.
    """
    keys = pc.binary_join_element_wise(tokens["source"], tokens["local_patient_id"], "\x1f").combine_chunks().dictionary_encode()
    people = register["register_id"].combine_chunks().dictionary_encode()
    record, person = (np.asarray(each.indices, dtype=np.int64) for each in (keys, people))
    pairs = _agreements(tokens, register, record, person)
    said = pairs.has_say
    chosen, several = _one_person(pairs.record[said], pairs.person[said], len(keys.dictionary))
    step, evidence = _decide(pairs, chosen, _conflicting_numbers(tokens, register, record, person, chosen))
    hidden = is_member(chosen, np.flatnonzero(np.asarray(pc.is_in(people.dictionary, value_set=protected))))
    with_birth = _shared(pairs, chosen, (NUMBER_AND_BIRTH,))
    withheld = hidden & ~with_birth & np.isin(step, (TOKEN_NUMBER, TOKEN_DEMOGRAPHIC))
    step = np.where(withheld, PROTECTED, step)
    notes = {CONFLICT: int(several.sum())}
    notes |= {why: int((step == why).sum()) for why in (NUMBER_ALONE, TWO_NUMBERS, PROTECTED)}
    linked = np.flatnonzero(np.isin(step, (TOKEN_NUMBER, TOKEN_DEMOGRAPHIC)))
    parts = pc.split_pattern(keys.dictionary.take(pa.array(linked)), "\x1f")
    columns = [
        pc.list_element(parts, 0), pc.list_element(parts, 1), people.dictionary.take(pa.array(chosen[linked])),
        pa.array(step[linked].tolist(), pa.string()), pa.array([evidence[row] for row in linked.tolist()], pa.string()),
    ]  # fmt: skip
    rows = pa.table([each.cast(pa.string()) for each in columns], schema=TOKEN_LINKS)
    return TokenLinks(rows.sort_by([("source", "ascending"), ("local_patient_id", "ascending")]), notes)


def _agreements(tokens: pa.Table, register: pa.Table, record: Whole, person: Whole) -> _Agreements:
    values = pa.concat_arrays([tokens["token"].combine_chunks(), register["token"].combine_chunks()]).dictionary_encode()
    code = np.asarray(values.indices, dtype=np.int64)
    ours, theirs = code[: len(record)], code[len(record) :]
    kind = np.asarray(pc.index_in(tokens["kind"], value_set=pa.array(ORDER)), dtype=np.int64)
    sources = np.asarray(tokens["source"].combine_chunks().dictionary_encode().indices, dtype=np.int64)
    ours_once, theirs_once = _distinct(record, ours), _distinct(person, theirs)
    record, ours, kind, sources = record[ours_once], ours[ours_once], kind[ours_once], sources[ours_once]
    person, theirs = person[theirs_once], theirs[theirs_once]
    of_one_record = ~are_repeated(ours * (int(sources.max(initial=0)) + 1) + sources)
    of_one_person = np.zeros(int(code.max(initial=0)) + 1, dtype=np.bool_)
    of_one_person[theirs] = ~are_repeated(theirs)
    left, right = join(ours, theirs)
    kinds = kind[left]
    with_number = np.isin(kinds, [ORDER.index(NUMBER), ORDER.index(NUMBER_AND_BIRTH)])
    alone = np.isin(kinds, [ORDER.index(name) for name in DEMOGRAPHIC])
    has_say = of_one_person[ours[left]] & (with_number | (alone & of_one_record[left]))
    return _Agreements(record[left], person[right], kinds, has_say)


def _one_person(record: Whole, person: Whole, records: int) -> tuple[Whole, Truth]:
    """The one person that each record's kinds with a say name, -1 for none; and which records they name several for."""
    least, most = np.full(records, np.iinfo(np.int64).max), np.full(records, -1, dtype=np.int64)
    np.minimum.at(least, record, person)
    np.maximum.at(most, record, person)
    several = (most >= 0) & (least != most)
    return np.where(several, -1, most), several


def _shared(pairs: _Agreements, chosen: Whole, kinds: tuple[str, ...]) -> Truth:
    """Which records share a token of one of these kinds with the person chosen for them."""
    hers = chosen[pairs.record] == pairs.person
    answer = np.zeros(len(chosen), dtype=np.bool_)
    answer[pairs.record[hers & np.isin(pairs.kind, [ORDER.index(name) for name in kinds])]] = True
    return answer


def _decide(pairs: _Agreements, chosen: Whole, other_number: Truth) -> tuple[np.ndarray, dict[int, str]]:
    """For each record a step or a reason, empty for none; and the kinds that agree with the person chosen."""
    number, with_birth = _shared(pairs, chosen, (NUMBER,)), _shared(pairs, chosen, (NUMBER_AND_BIRTH,))
    rest = _shared(pairs, chosen, (*DEMOGRAPHIC, *CONFIRMING))
    found = chosen >= 0
    answers = [
        (~found, ""),
        (with_birth | (number & rest), TOKEN_NUMBER),
        (number, NUMBER_ALONE),
        (other_number, TWO_NUMBERS),
    ]
    step = np.select([where for where, _ in answers], [answer for _, answer in answers], TOKEN_DEMOGRAPHIC).astype(object)
    hers = np.flatnonzero(chosen[pairs.record] == pairs.person)
    evidence: dict[int, set[int]] = {}
    for record, kind in zip(pairs.record[hers].tolist(), pairs.kind[hers].tolist(), strict=True):
        evidence.setdefault(record, set()).add(kind)
    return step, {record: " ".join(f"{ORDER[kind]}=same" for kind in sorted(kinds)) for record, kinds in evidence.items()}


def _conflicting_numbers(tokens: pa.Table, register: pa.Table, record: Whole, person: Whole, chosen: Whole) -> Truth:
    """Which records carry a number though the person chosen for them has another."""
    has, theirs = np.zeros(len(chosen), dtype=np.bool_), np.zeros(int(person.max(initial=0)) + 1, dtype=np.bool_)
    has[record[np.asarray(pc.equal(tokens["kind"], NUMBER))]] = True
    theirs[person[np.asarray(pc.equal(register["kind"], NUMBER))]] = True
    answer: Truth = has & (chosen >= 0) & theirs[chosen]
    return answer


def _distinct(one: Whole, other: Whole) -> Whole:
    """Rows of the first of each pair."""
    first: Whole = np.unique(one * (int(other.max(initial=0)) + 1) + other, return_index=True)[1]
    return first
