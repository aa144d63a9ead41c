"""Plant canaries in a made-up area's inbox: people who link and are listed, rejected rows, one mark for each column.

Every source and column comes from `EXTRACTS`; a new source is planted without a change here. So does every column of referrals.
"""

from __future__ import annotations

import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.extracts import EXTRACTS
from pipelines.extracts.delivered import list_inbox
from pipelines.extracts.layout import Extract, FieldType, TableLayout
from pipelines.governed import REFERRAL
from schemas.identifiable import REFERRALS
from schemas.nhs_number import read_nhs_number
from tests.canary.marks import NHS_NUMBER, TEXT, Canary
from tests.canary.people import Person, mark, numbers, people, rendered, spaced

T = FieldType
LAST = 9_999  # as-at far away: every file counts
UNDECLARED = ("EMAIL ADDRESS", "CASE NOTE")
Row = dict[str, str]


@dataclass
class Planting:
    """What was planted: canaries, the people, whose local ids were taken, and how many columns of each table have a mark."""

    canaries: list[Canary] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    columns: Counter[str] = field(default_factory=Counter)
    sources: Iterator[str] = field(default_factory=numbers, repr=False)

    def number(self, name: str) -> str:
        """A fresh NHS number, listed under `name`."""
        self.canaries.append(Canary(name, NHS_NUMBER, next(self.sources)))
        return self.canaries[-1].value

    def word(self, name: str) -> str:
        """A fresh word, listed under `name`."""
        self.canaries.append(Canary(name, TEXT, mark(len(self.canaries))))
        return self.canaries[-1].value


def files_of(extract: Extract, inbox: Path) -> list[tuple[Path, TableLayout]]:
    """A source's files with their layouts, in order of delivery."""
    import datetime as dt

    listing = list_inbox(inbox / extract.source, extract.tables, dt.date(LAST, 12, 31))
    return [(each.path, extract.table(each.table)) for each in listing.files]


def read_rows(path: Path) -> tuple[list[str], list[Row]]:
    """Header and rows of a delivered CSV."""
    with path.open(newline="", encoding="utf-8-sig") as stream:
        reader = csv.DictReader(stream)
        return list(reader.fieldnames or ()), list(reader)


def write_rows(path: Path, header: list[str], rows: list[Row]) -> None:
    """Write them back."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, header, restval="")
        writer.writeheader()
        writer.writerows(rows)


def plant(project: Path) -> Planting:
    """Plant in every source, in referrals, the opt-out lists and the look-ups of a project; what was planted."""
    inbox, planting = project / "inbox", Planting()
    planting.people = people(planting.sources)
    for place, person in enumerate(planting.people):
        planting.canaries += person.canaries(f"person {place}")
    taken = heaviest(inbox, len(planting.people))
    by_number = dict(zip(taken, planting.people, strict=True))
    for extract in EXTRACTS:
        _plant_source(extract, inbox, by_number, planting)
    _plant_referrals(inbox, planting)
    _plant_opt_outs(inbox, planting)
    _plant_lookups(inbox, planting)
    for place, extract in enumerate(EXTRACTS):
        name_after(planting.people[place % len(planting.people)], extract, inbox)
    return planting


def name_after(person: Person, extract: Extract, inbox: Path) -> None:
    """Name a source's newest file after somebody, and lay others beside it that no layout knows: her letter, her number."""
    newest = files_of(extract, inbox)[-1][0]
    said = person.values
    newest.rename(newest.with_name(f"{newest.stem}_{said['family_name']}_{person.number}{newest.suffix}"))
    for name in (f"{said['given_name']} {said['family_name']}.docx", f"{spaced(person.number)}.csv", f"{person.number}.part"):
        newest.with_name(name).write_text(person.free_text, encoding="utf-8")


def heaviest(inbox: Path, count: int) -> list[str]:
    """NHS numbers of the people with most rows in all files: they will be scored high and listed."""
    seen: Counter[str] = Counter()
    registered: set[str] = set()
    for extract in EXTRACTS:
        for path, layout in files_of(extract, inbox):
            for row in read_rows(path)[1]:
                number = number_in(row, layout)
                if number and extract.source == "register" and not row.get("REGISTERED_TO") and not row.get("DATE_OF_DEATH"):
                    registered.add(number)
                elif number:
                    seen[number] += 1
    return [number for number, _ in seen.most_common() if number in registered][:count]


def number_in(row: Row, layout: TableLayout) -> str | None:
    """The NHS number of a row, whatever its rendering."""
    for column in layout.fields:
        if column.type is T.NHS_NUMBER and row.get(column.name):
            return read_nhs_number(row[column.name]).number
    return None


def _local_id(row: Row, layout: TableLayout) -> tuple[str, str] | None:
    """Column and value of the local patient id: the last column of a person key that is not the NHS number."""
    for key in layout.person_key:
        if row.get(key[-1]) and layout.field(key[-1]).type is not T.NHS_NUMBER:
            return key[-1], row[key[-1]]
    return None


def _plant_source(extract: Extract, inbox: Path, by_number: dict[str, Person], planting: Planting) -> None:
    files = [(path, layout, *read_rows(path)) for path, layout in files_of(extract, inbox)]
    local: dict[str, Person] = {}
    for _, layout, _, rows in files:
        for row in rows:
            person, found = by_number.get(number_in(row, layout) or ""), _local_id(row, layout)
            if person is not None and found is not None:
                local[found[1]] = person
    renamed = {old: f"Lqx{extract.source}{old}" for old in local}
    planting.canaries += [Canary(f"{extract.source} local id {place}", TEXT, new) for place, new in enumerate(renamed.values())]
    newest = {layout.name: path for path, layout, _, _ in files}
    for path, layout, header, rows in files:
        mine = [
            _as_canary(row, layout, person, renamed, turn)
            for turn, row in enumerate(rows)
            if (person := by_number.get(number_in(row, layout) or "") or local.get((_local_id(row, layout) or ("", ""))[1]))
        ]
        if newest[layout.name] == path:
            header = [*header, *(each.name for each in layout.fields if each.name not in header), *UNDECLARED]
            template = mine[-1] if mine else (rows[-1] if rows else dict.fromkeys(header, ""))
            rows = [*rows, *_bad_rows(extract.source, layout, template, planting)]
        for row in mine:
            row.update(zip(UNDECLARED, _notes(row, layout, planting), strict=True))
        write_rows(path, header if newest[layout.name] == path else [*header, *UNDECLARED], rows)


def _notes(row: Row, layout: TableLayout, planting: Planting) -> tuple[str, str]:
    number = number_in(row, layout)
    person = next((each for each in planting.people if each.number == number), planting.people[0])
    return person.email, person.free_text


def _as_canary(row: Row, layout: TableLayout, person: Person, renamed: dict[str, str], turn: int) -> Row:
    """Make the row hers, in place; empty cells stay empty in columns that may be empty."""
    found = _local_id(row, layout)
    if found is not None:
        row[found[0]] = renamed.get(found[1], found[1])
    for column in layout.fields:
        if column.type is T.NHS_NUMBER and row.get(column.name):
            row[column.name] = rendered(person.number, 0 if layout.name == "register" else turn)
        elif column.person in person.values and (row.get(column.name) or column.name in row):
            row[column.name] = person.values[column.person or ""]
        elif re.fullmatch("(?i)telephone|.*_?needs|preferred_language|next_of_kin|visiting_warnings", column.name):
            row[column.name] = person.telephone if column.name.lower() == "telephone" else person.free_text
    return row


def _bad_rows(source: str, layout: TableLayout, template: Row, planting: Planting) -> Iterator[Row]:
    """For each column a row with a word and one with an NHS number where something else belongs."""
    for column in layout.fields:
        name = f"{source}.{layout.name}.{column.name}"
        planting.columns[f"{source}.{layout.name}"] += 1
        yield {**template, column.name: planting.word(f"{name} word")}
        if column.type is not T.NHS_NUMBER:
            yield {**template, column.name: rendered(planting.number(f"{name} number"), len(planting.canaries))}


def _plant_referrals(inbox: Path, planting: Planting) -> None:
    """Two files of referrals of everybody, named after people: one with columns that nobody knows, one that is kept; a letter.

    Each has a good row a person, in six renderings of her number, and for each column rows with a word and a number instead.
    """
    folder, names = inbox / REFERRALS, [column.name for column in REFERRAL.fields]
    folder.mkdir()
    for place, (person, more) in enumerate(zip(planting.people, (UNDECLARED, ()), strict=False)):
        good = {"referral_date": f"2026-09-0{place + 1}", "decision": "refer", "reason": "frailty", "team": "harbour"}
        rows = [
            {**good, "nhs_number": rendered(each.number, turn), **dict(zip(more, (each.email, each.free_text), strict=False))}
            for turn, each in enumerate(planting.people)
        ]
        rows += _bad_rows(REFERRALS, REFERRAL, rows[place], planting)
        write_rows(folder / f"{person.values['family_name']} {person.number}.csv", [*names, *more], rows)
    (folder / f"{spaced(planting.people[2].number)}.docx").write_text(planting.people[2].free_text, encoding="utf-8")


def _plant_opt_outs(inbox: Path, planting: Planting) -> None:
    """Three listed numbers that belong to nobody, and a row that is no number, in every list."""
    for path in sorted((inbox / "opt_outs").glob("*.csv")):
        lines = path.read_text().splitlines()
        fresh = [planting.number(f"opt-out {place}") for place in range(3)]
        path.write_text("".join(f"{line}\n" for line in [*lines, *(f"{rendered(each, 0)}," for each in fresh)]))


def _plant_lookups(inbox: Path, planting: Planting) -> None:
    """An undeclared column with a note in every look-up."""
    for path in sorted((inbox / "lookups").glob("*.csv")):
        header, rows = read_rows(path)
        for row in rows:
            row["NOTE"] = planting.people[0].free_text
        write_rows(path, [*header, "NOTE"], rows)


def compressed(path: Path) -> None:
    """The same file, packed."""
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(path.read_bytes()))
    path.unlink()
