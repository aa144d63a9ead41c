"""How an extract's layout is written down: fields, tables, sources, and the contract each keeps when imported."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw

from pipelines.extracts.codes import code_list
from schemas.activity_types import ACTIVITY_ATTRIBUTES
from schemas.identifiable import SOURCES, PersonRecord

# Part of the key under which a converted file is kept: raise it when reading or casting changes.
LAYOUT_VERSION = 5

# Columns that landing adds to a converted file, and assembling to a table.
LOCAL_ID = "_local_patient_id"  # the local patient id, from `person_key` or derived
EVENT = "_event"  # the event's name, from `event_key`
KIND = "__kind"  # suffix: what kind of value an NHS number column held
PSEUDONYM = "_pseudonym"  # a supplier's pseudonym that stood in the NHS number's place
GIVEN = "__given"  # suffix: its ten digits where only the check digit fails
FILE, LINE = "_file", "_line"  # where the row stood
SEQUENCE = "_sequence"  # order of delivery: by period, file name and line
PERIOD = "_period"  # last day the file's name speaks of; the as-at date where it names none
AS_AT = "_as_at"  # the night's date

# What says that a flag is not set. Anything else sets it: a spelling we do not know must not expose anybody.
NOT_SET = ("", "N", "NO", "0", "F", "FALSE")

NOT_CARRIED = "not carried further"  # said of a column that nothing is made of

Tables = Mapping[str, nw.LazyFrame[Any]]


class FieldType(enum.StrEnum):
    """What a column's text is cast to."""

    TEXT = "text"  # trimmed; empty is null
    CODE = "code"  # trimmed, upper case; compared with the code list where one is named
    CLINICAL = "clinical code"  # ICD-10, OPCS-4, SNOMED CT: upper case, letters and digits only
    CODE_LIST = "codes"  # several codes in one text, joined by || | ; or ,
    DATE = "date"
    TIME = "time"  # kept as HH:MM text
    WHOLE = "whole number"
    NUMBER = "number"
    MONEY = "money"  # pounds as decimal text, kept as whole pence
    FLAG = "flag"  # Y/N, yes/no, true/false, 1/0
    NHS_NUMBER = "NHS number"  # the number where it may be used, and what kind the delivered value was
    POSTCODE = "postcode"  # as delivered, trimmed


@dataclass(frozen=True)
class Field:
    """One column of an extract.

    `required`: the column must be in the file and every row must fill it; with `may_be_empty` the column must be
    there but single rows may leave it empty. `codes`: the list its values must be in (see `pipelines.extracts.codes`);
    `partial` says that the list is known only in part, so that values outside it are emptied and counted but never
    refuse the source. `person`: the PersonRecord column it fills. `aliases`: other headers under which it is known.
    `empty_is_seen`, of an attendance code: whether a contact without one counts as one that took place. `pseudonym`, of an NHS
    number: the column holds a supplier's pseudonym, and no number. `longest`, of a code without a list: its most characters;
    twelve is the longest identifier of an organisation (ORGANISATION IDENTIFIER, NHS Data Dictionary). `carried`: whether
    anything is made of it. `links`: it serves linkage alone, though it names nobody. `shown`: it is kept in the vault for the
    professional who looks after the person, and serves nothing else.
    """

    name: str
    type: FieldType
    description: str
    required: bool = False
    may_be_empty: bool = False
    codes: str | None = None
    partial: bool = False
    person: str | None = None
    aliases: tuple[str, ...] = ()
    empty_is_seen: bool = False
    pseudonym: bool = False
    longest: int = 12
    carried: bool = True
    links: bool = False
    shown: bool = False

    @property
    def words(self) -> str:
        """What it is, and whether anything is made of it."""
        return self.description if self.carried or NOT_CARRIED in self.description else f"{self.description}; {NOT_CARRIED}"

    @property
    def must_be_filled(self) -> bool:
        """Whether a row that leaves it empty, or fills it wrongly, is refused."""
        return self.required and not self.may_be_empty

    @property
    def lenient(self) -> bool:
        """Whether values outside the code list may be many without refusing the source."""
        return self.partial or (self.codes is not None and self.person is not None)


@dataclass(frozen=True)
class TableLayout:
    """One kind of file of a source.

    `name`: the file-name prefix. `person_key`: columns that, joined by `:`, are the local patient id. `event_key`:
    columns that name an event, so that a later file replaces it; empty where a row is no event. `refers_to`: columns
    that name an event of another table. Of each key the first alternative counts whose columns are filled; only the
    first column of several, the organisation, may be empty. `any_of`: columns of which one must be there and filled.
    `lists`: columns that are kept together in one text, joined by `|`, distinct and in order. `full_list`: every file
    is the whole list, and a person's latest row replaces her earlier ones. `forgotten`: columns that are destroyed once linkage
    has read them; of such a file no copy is kept. `stands_for`: the required table that is not missing where this one came.
    """

    name: str
    title: str
    fields: tuple[Field, ...]
    required: bool = True
    person_key: tuple[tuple[str, ...], ...] = ()
    event_key: tuple[tuple[str, ...], ...] = ()
    refers_to: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    any_of: tuple[str, ...] = ()
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    full_list: bool = False
    forgotten: tuple[str, ...] = ()
    stands_for: str = ""

    def __post_init__(self) -> None:
        names = [item.name for item in self.fields]
        if len({fold(name) for name in names}) != len(names):
            raise TypeError(f"{self.name}: two columns fold to one name")
        keys = (*self.person_key, *self.event_key, *self.refers_to.values(), *self.lists.values(), self.any_of)
        for name in [column for columns in keys for column in columns]:
            if name not in (*names, LOCAL_ID):
                raise TypeError(f"{self.name}: {name} is used but is not a column of its layout")
        for item in self.fields:
            if item.person is not None and item.person not in PersonRecord.columns():
                raise TypeError(f"{self.name}.{item.name}: PersonRecord has no column {item.person}")
            if item.codes is not None:
                code_list(item.codes)

    @property
    def names_a_person(self) -> bool:
        """Whether every row must say whose it is; else it may follow from another table (a contact's referral)."""
        own = {column for key in self.person_key for column in key}
        own |= {item.name for item in self.fields if item.type is FieldType.NHS_NUMBER}
        return not set(self.any_of) - own - {item.name for item in self.fields if item.person}

    def field(self, name: str) -> Field:
        """The field of that name; `KeyError` where the layout has none."""
        for item in self.fields:
            if item.name == name:
                return item
        raise KeyError(name)


@dataclass(frozen=True)
class Extract:
    """One source: its files, its calendar, and the two functions that make our tables of them.

    `attributes` names every key of ACTIVITY_ATTRIBUTES that `to_activity` fills. `in_plain_words`: what it holds, as the
    notice to the public says it.
    """

    source: str
    title: str
    in_plain_words: str
    calendar: str
    tables: tuple[TableLayout, ...]
    to_person_records: Callable[[Tables], nw.LazyFrame[Any] | None] = field(repr=False)
    to_activity: Callable[[Tables], nw.LazyFrame[Any] | None] = field(repr=False)
    attributes: tuple[str, ...] = ()
    required: bool = False

    def __post_init__(self) -> None:
        if self.source not in SOURCES:
            raise TypeError(f"{self.source} is not a source in schemas.identifiable.SOURCES")
        for work in (self.to_person_records, self.to_activity):
            if not callable(work):
                raise TypeError(f"{self.source}: to_person_records and to_activity must both be functions")
        known = {item.name for item in ACTIVITY_ATTRIBUTES}
        for name in self.attributes:
            if name not in known:
                raise TypeError(f"{self.source}: ACTIVITY_ATTRIBUTES has no key {name}")
        if len({table.name.lower() for table in self.tables}) != len(self.tables):
            raise TypeError(f"{self.source}: two tables have one file-name prefix")

    def table(self, name: str) -> TableLayout:
        """The table of that name; `KeyError` where the source has none."""
        for layout in self.tables:
            if layout.name == name:
                return layout
        raise KeyError(name)


@functools.lru_cache(4096)
def fold(header: str) -> str:
    """A header as it is compared: upper case, letters and digits only (`NHS NUMBER` = `NHS_NUMBER` = `NHSNumber`)."""
    return "".join(letter for letter in header.upper() if letter.isascii() and letter.isalnum())


def text(name: str, description: str, **more: Any) -> Field:
    """A text column."""
    return Field(name, FieldType.TEXT, description, **more)


def code(name: str, description: str, **more: Any) -> Field:
    """A coded column; `codes` names the list its values must be in."""
    return Field(name, FieldType.CODE, description, **more)


def attendance(name: str, description: str, *, empty_is_seen: bool, **more: Any) -> Field:
    """ATTENDED OR DID NOT ATTEND CODE or ATTENDANCE STATUS: which contacts took place (see `events.was_seen`)."""
    rule = "5 and 6 count as seen, " + ("and so does an empty code" if empty_is_seen else "an empty code does not")
    return code(name, f"{description}: {rule}", codes="attended_or_dna", empty_is_seen=empty_is_seen, **more)


def clinical(name: str, description: str, **more: Any) -> Field:
    """A diagnosis or procedure code."""
    return Field(name, FieldType.CLINICAL, description, **more)


def codes(name: str, description: str, **more: Any) -> Field:
    """Several codes in one text."""
    return Field(name, FieldType.CODE_LIST, description, **more)


def date(name: str, description: str, **more: Any) -> Field:
    """A calendar date."""
    return Field(name, FieldType.DATE, description, **more)


def time(name: str, description: str, **more: Any) -> Field:
    """A time of day."""
    return Field(name, FieldType.TIME, description, **more)


def whole(name: str, description: str, **more: Any) -> Field:
    """A whole number."""
    return Field(name, FieldType.WHOLE, description, **more)


def number(name: str, description: str, **more: Any) -> Field:
    """A real number."""
    return Field(name, FieldType.NUMBER, description, **more)


def money(name: str, description: str, **more: Any) -> Field:
    """Pounds and pence."""
    return Field(name, FieldType.MONEY, description, **more)


def flag(name: str, description: str, **more: Any) -> Field:
    """Yes or no."""
    return Field(name, FieldType.FLAG, description, **more)


def nhs_number(name: str, description: str = "NHS NUMBER", **more: Any) -> Field:
    """An NHS number, read as the standard does."""
    return Field(name, FieldType.NHS_NUMBER, description, **more)


def postcode(name: str, description: str, **more: Any) -> Field:
    """A postcode."""
    return Field(name, FieldType.POSTCODE, description, **more)
