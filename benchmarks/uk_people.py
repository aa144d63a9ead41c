"""Two files of made-up British people who live in households, and the pairs that are one person, for measuring linkage.

    python -m benchmarks.uk_people --people 1000000 --out DIR [--seed 1] [--outcode-people 22600]

Writes `left.parquet` and `right.parquet` (`record_id, given_name, family_name, date_of_birth, gender, postcode`), `--people`
records each, one per person, and `truth.parquet` (`left_id, right_id`). What makes linkage hard is in them: families at one
postcode with one family name, twins, children named after a parent, names changed on marriage, people who moved, nicknames,
slips of the pen and empty fields. Same people and seed, same files.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks.uk_households import People, Places, make_people, make_places, years_later
from benchmarks.uk_names import Names, all_names
from benchmarks.uk_writing import CAREFUL, HURRIED, Details, Habits, written
from synthetic_data.chance import Ints

# Share of the left file's people who are in the right one too.
SHARED = 0.88
# A million people live in outcodes of a usual size; a smaller file is thinner on the ground, not a smaller country. Set so that
# the benchmark's seven rules make about 120 candidate pairs a record at a million, and about 44 at 100,000.
OUTCODE_PEOPLE, OUTCODE_GROWTH, FULL_SIZE = 22_600, 0.57, 1_000_000


def make_files(folder: Path, people: int, seed: int = 1, outcode_people: float | None = None) -> None:
    """Write the two files and the truth into `folder`, made if it is missing."""
    rng = np.random.default_rng(seed)
    everyone = round(people * (2 - SHARED))
    names = all_names()
    places = make_places(rng, everyone, outcode_people or usual_outcode(people))
    before = make_people(rng, names, places, everyone)
    after = years_later(rng, names, places, before)
    # The first `people` of a shuffled population, and the last: they overlap by the share that both files know.
    order = rng.permutation(everyone)
    rows = {"left": rng.permutation(order[:people]), "right": rng.permutation(order[everyone - people :])}
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(_file("L", _written(rng, names, places, before, rows=rows["left"], habits=CAREFUL)), folder / "left.parquet")
    pq.write_table(_file("R", _written(rng, names, places, after, rows=rows["right"], habits=HURRIED)), folder / "right.parquet")
    pq.write_table(_truth(rows["left"], rows["right"], everyone), folder / "truth.parquet")


def usual_outcode(people: int) -> float:
    """People of the population who live in one outcode, for files of `people`."""
    growth: float = min(1.0, people / FULL_SIZE) ** OUTCODE_GROWTH
    return OUTCODE_PEOPLE * growth


def _written(
    rng: np.random.Generator, names: Names, places: Places, people: People, *, rows: Ints, habits: Habits
) -> dict[str, pa.Array]:
    postcode = people.postcode[rows]
    details = Details(
        given=people.given[rows],
        family=people.family[rows],
        born=people.born[rows],
        woman=people.woman[rows],
        outcode=places.outcode[postcode],
        number=places.number[postcode],
    )
    return written(rng, names, habits, details)


def _file(letter: str, columns: dict[str, pa.Array]) -> pa.Table:
    return pa.table({"record_id": _record_ids(letter, np.arange(len(columns["gender"])))} | columns)


def _record_ids(letter: str, numbers: Ints) -> pa.Array:
    return pc.binary_join_element_wise(letter, pa.array(numbers).cast(pa.string()), "")


def _truth(left: Ints, right: Ints, everyone: int) -> pa.Table:
    """Ids of the people of both files, from the people in each file's rows."""
    row_in_right = np.full(everyone, -1)
    row_in_right[right] = np.arange(len(right))
    found = row_in_right[left]
    both = np.flatnonzero(found >= 0)
    return pa.table({"left_id": _record_ids("L", both), "right_id": _record_ids("R", found[both])})


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.uk_people", description=__doc__)
    parser.add_argument("--people", type=int, default=100_000, help="records in each of the two files")
    parser.add_argument("--out", type=Path, required=True, help="folder for the three files")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outcode-people", type=float, help="people of an outcode; without it a figure that grows with --people")
    given = parser.parse_args()
    make_files(given.out, given.people, given.seed, given.outcode_people)


if __name__ == "__main__":
    main()
