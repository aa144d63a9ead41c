"""Deliveries that cannot be read, full of canaries: whatever refuses them must not say what they hold."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

from pipelines.extracts import EXTRACTS
from pipelines.extracts.layout import TableLayout
from schemas.identifiable import REFERRALS
from tests.canary.people import Person
from tests.canary.planting import Planting, files_of
from tests.canary.seeds import _parquet

Breaker = Callable[[bytes, str], tuple[str, bytes]]

# Name ending and content of a broken file, from the bytes of a good one and a note that holds canaries.
BREAKERS: dict[str, Breaker] = {
    "header missing": lambda good, _: (".csv", good.partition(b"\n")[2]),
    "header says who": lambda good, note: (".csv", f'"{note}",'.encode() + good),
    "header twice": lambda good, note: (".csv", good.splitlines()[0] * 2 + b"\n" + note.encode()),
    "quote never closed": lambda good, note: (".csv", good + f'"{note}'.encode()),
    "breaks off": lambda good, note: (".csv", good + f'x,"{note[:30]}"'.encode()),
    "too many cells": lambda good, note: (".csv", good + f'"{note}",'.encode() * 200 + b"\n"),
    "bytes of no encoding": lambda good, note: (".csv", good + note.encode() + b"\xff\xfe\x81\xc3\n"),
    "UTF-16 cut in a letter": lambda good, _: (".csv", good.decode().encode("utf-16")[:-1]),
    "NUL bytes": lambda good, note: (".csv", good + note.encode() + b"\0\0,\n"),
    "gzip cut short": lambda good, _: (".csv.gz", gzip.compress(good)[:-40]),
    "gzip damaged": lambda good, _: (".csv.gz", gzip.compress(good)[:30] + b"\0" * 40 + gzip.compress(good)[70:]),
    "Parquet that is none": lambda good, note: (".parquet", b"PAR1" + note.encode() + good[:200] + b"PAR1"),
    "Parquet of another table": lambda _, note: (".parquet", _other_table(note)),
    "spreadsheet": lambda good, note: (".xlsx", good + note.encode()),
}  # fmt: skip


def _other_table(note: str) -> bytes:
    import pyarrow as pa

    return _parquet(pa.table({note: [note]}))


def break_everything(inbox: Path, planting: Planting) -> int:
    """In every source, for each of its tables in turn, and among referrals, one broken file of each kind; how many."""
    note, count = planting.people[0].free_text, 0
    for extract in EXTRACTS:
        newest = {layout.name: (path, layout) for path, layout in files_of(extract, inbox)}
        tables: list[tuple[Path, TableLayout]] = list(newest.values())
        contents = {layout.name: path.read_bytes() for path, layout in tables}
        for place, breaker in enumerate(BREAKERS.values()):
            path, layout = tables[place % len(tables)]
            ending, content = breaker(contents[layout.name], note)
            (path.parent / f"{layout.name}_2026-09-{place + 1:02d}{ending}").write_bytes(content)
            count += 1
    good = next(path.read_bytes() for path in sorted((inbox / REFERRALS).glob("*.csv")))
    for place, breaker in enumerate(BREAKERS.values()):
        ending, content = breaker(good, note)
        (inbox / REFERRALS / f"{place:02d}{ending}").write_bytes(content)
        count += 1
    for folder, content in (
        ("opt_outs", f"{note}\n".encode()),
        ("traced", note.encode() + b"\xff"),
        ("lookups", b""),
        (REFERRALS, note.encode()),
    ):
        (inbox / folder).mkdir(exist_ok=True)
        (inbox / folder / "national_2026-09-29.csv").write_bytes(content)
        (inbox / folder / f"{planting.people[1].values['family_name']}.txt").write_bytes(content)
    return count


def command_inputs(folder: Path, planting: Planting) -> None:
    """Files that people hand to commands: answers and judgements, each with rows that are wrong in every cell."""
    folder.mkdir(parents=True, exist_ok=True)
    person = planting.people[0]
    head = "UNIQUE REFERENCE,DATE_OF_BIRTH,ERROR_SUCCESS_CODE,MATCHED_NHS_NO"
    row = f'"{person.free_text}",{person.values["date_of_birth"]}x,{person.email},{person.number}1'
    (folder / "answer.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
    said = f'"{person.free_text}"'
    (folder / "review.csv").write_text(f"pair_id,decision,reason,note\n{said},{said},{said},{said}\n", encoding="utf-8")
    (folder / "person.csv").write_text(f"{said}\n{person.number}\n", encoding="utf-8")
    for name, shift in (("left.csv", 0), ("right.csv", 40)):
        (folder / name).write_text("".join(_two_files(planting.people, shift)), encoding="utf-8")
    (folder / "bad.csv").write_text(f"record_id,given_name\n{person.number},{said},{said}\n", encoding="utf-8")
    (folder / "truth.csv").write_text(
        "left,right\n" + "".join(f"r{place},r{place}\n" for place in range(40, 320)), encoding="utf-8"
    )


def _two_files(people: list[Person], shift: int) -> Iterator[str]:
    """Two files for `link pairs`: everybody's names crossed with everybody's dates of birth; 280 of 320 rows stand in both."""
    columns = ("given_name", "family_name", "date_of_birth", "postcode", "address")
    yield ",".join(("record_id", *columns)) + "\n"
    for place in range(shift, shift + 320):
        turns = (place, place // 8, place // 3, place // 5, place)
        cells = [f'"{people[turn % len(people)].values[column]}"' for turn, column in zip(turns, columns, strict=True)]
        yield f"r{place},{','.join(cells)}\n"
