"""The made-up people of the linkage benchmark: who they are, what is written of them, and that the truth is the truth."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from benchmarks import uk_people
from benchmarks.uk_households import make_people, make_places, years_later
from benchmarks.uk_names import all_names, letters_only
from benchmarks.uk_writing import CAREFUL, HURRIED, postcodes, slipped_dates, slipped_names
from linkage.names import clean_names, family_names, whole_names
from schemas.postcodes import real_postcodes, standardise_postcodes

PEOPLE = 4_000
COLUMNS = ["record_id", "given_name", "family_name", "date_of_birth", "gender", "postcode"]


@pytest.fixture(scope="module")
def names():
    return all_names()


@pytest.fixture(scope="module")
def population(names):
    rng = np.random.default_rng(3)
    places = make_places(rng, 20_000, 1_500)
    people = make_people(rng, names, places, 20_000)
    return people, years_later(rng, names, places, people), places


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("people")
    uk_people.make_files(folder, PEOPLE, seed=5)
    return {name: pq.read_table(folder / f"{name}.parquet") for name in ("left", "right", "truth")}


def both_sides(tables: dict[str, pa.Table], column: str) -> tuple[pa.Array, pa.Array]:
    found = []
    for side in ("left", "right"):
        rows = pc.index_in(tables["truth"][f"{side}_id"], tables[side]["record_id"])
        found.append(tables[side][column].take(rows))
    return tuple(found)


def share_equal(tables: dict[str, pa.Table], column: str) -> float:
    return pc.mean(pc.equal(*both_sides(tables, column))).as_py()


def test_files_have_one_row_a_person_and_known_columns(tables):
    for side in ("left", "right"):
        assert tables[side].column_names == COLUMNS
        assert tables[side].num_rows == PEOPLE == pc.count_distinct(tables[side]["record_id"]).as_py()
        assert tables[side].schema.field("date_of_birth").type == pa.date32()
        assert set(tables[side]["gender"].unique().to_pylist()) == {"1", "2", None}


def test_truth_names_the_people_of_both_files(tables):
    assert tables["truth"].num_rows == round(uk_people.SHARED * PEOPLE)
    shares = {column: share_equal(tables, column) for column in COLUMNS[1:]}
    assert all(0.80 < share < 1 for share in shares.values()), shares
    # Rows at random instead would share hardly a date of birth.
    assert shares["date_of_birth"] > 0.95


def test_every_field_is_empty_now_and_then(tables):
    for side, habits in (("left", CAREFUL), ("right", HURRIED)):
        for column, share in habits.empty.items():
            assert 0.3 * share < tables[side][column].null_count / PEOPLE < 2.5 * share


def test_the_same_seed_makes_the_same_files_and_another_does_not(tables, tmp_path):
    uk_people.make_files(tmp_path / "again", PEOPLE, seed=5)
    uk_people.make_files(tmp_path / "other", PEOPLE, seed=6)
    assert pq.read_table(tmp_path / "again" / "left.parquet").equals(tables["left"])
    assert not pq.read_table(tmp_path / "other" / "left.parquet").equals(tables["left"])


def test_names_and_postcodes_are_written_as_linkage_compares_them(tables):
    """Else the engines of a benchmark would not see the same text."""
    for side in ("left", "right"):
        raw = tables[side]["family_name"].combine_chunks()
        assert whole_names(family_names(clean_names(raw))).equals(raw)
        places = tables[side]["postcode"].combine_chunks()
        assert real_postcodes(standardise_postcodes(places)).equals(places)


def test_households_share_a_postcode_and_mostly_a_name(population):
    people, _, places = population
    first = np.searchsorted(people.household, people.household)
    assert (people.postcode == people.postcode[first]).all()
    others = np.arange(len(first)) != first
    assert 0.6 < (people.family == people.family[first])[others].mean() < 0.9
    assert 12 < len(people.postcode) / places.count < 18
    twins = (people.born[1:] == people.born[:-1]) & (people.household[1:] == people.household[:-1])
    assert twins.sum() > 10
    namesakes = (people.given == people.given[first])[others] & (people.woman == people.woman[first])[others]
    assert namesakes.sum() > 20


def test_ages_run_from_birth_to_old_age(population):
    people, _, _ = population
    age = (np.datetime64("2026-01-01").astype(int) - people.born) / 365.25
    assert age.min() >= 0
    assert age.max() < 106
    assert 0.15 < (age < 18).mean() < 0.30
    assert 0.10 < (age > 65).mean() < 0.30


def test_later_some_have_moved_and_some_women_have_another_name(population):
    before, after, places = population
    moved = before.postcode != after.postcode
    assert 0.06 < moved.mean() < 0.12
    assert 0.5 < (places.outcode[before.postcode] == places.outcode[after.postcode])[moved].mean() < 0.8
    renamed = before.family != after.family
    assert 0 < renamed.mean() < 0.02
    assert before.woman[renamed].all()


def test_names_are_skewed_with_a_long_tail(names, population):
    people, _, _ = population
    _, counts = np.unique(people.family, return_counts=True)
    assert 0.01 < counts.max() / len(people.family) < 0.03
    assert (counts == 1).sum() > len(people.family) / 12
    assert len(set(names.texts)) == len(names.texts)
    assert names.texts[names.nicknames[names.texts.index("WILLIAM")]] == "BILL"


def test_smaller_files_are_thinner_on_the_ground():
    assert uk_people.usual_outcode(3_000_000) == uk_people.usual_outcode(1_000_000) == uk_people.OUTCODE_PEOPLE
    assert 5_000 < uk_people.usual_outcode(100_000) < 7_000


@pytest.mark.parametrize(("name", "letters"), [("O'Brien", "OBRIEN"), ("Al-Hassan", "ALHASSAN"), ("de la Mare", "DELAMARE")])
def test_letters_only(name, letters):
    assert letters_only(name) == letters


def test_a_slip_in_a_name_changes_one_letter_or_two_neighbours():
    rng = np.random.default_rng(1)
    slipped = slipped_names(rng, ["CATHERINE", "LI"], np.repeat([0, 1], 500), 1.0).to_pylist()
    assert all(abs(len(text) - 9) <= 1 and text.isalpha() for text in slipped[:500])
    assert all(2 <= len(text) <= 3 for text in slipped[500:])
    assert len(set(slipped[:500])) > 20
    assert slipped_names(rng, ["CATHERINE"], np.zeros(50, int), 0.0).to_pylist() == ["CATHERINE"] * 50


def test_slips_in_dates_leave_dates_that_are_near():
    born = np.full(2_000, np.datetime64("1980-03-31").astype(int))
    all_wrong = CAREFUL.__class__(**{**vars(CAREFUL), "date_slip": 1.0, "day_month_swapped": 0.0})
    dates = slipped_dates(np.random.default_rng(1), born, all_wrong)
    assert len(np.unique(dates)) > 20
    assert dates.min() >= np.datetime64("1970-01-01")
    assert dates.max() <= np.datetime64("1981-01-01")
    swapped = CAREFUL.__class__(**{**vars(CAREFUL), "date_slip": 0.0, "day_month_swapped": 1.0})
    fourth_of_july = np.array([np.datetime64("1990-07-04").astype(int)])
    assert slipped_dates(np.random.default_rng(1), fourth_of_july, swapped) == np.datetime64("1990-04-07")


def test_a_slip_in_a_postcode_stays_in_its_outcode():
    outcode, number = np.repeat(3, 300), np.arange(300)
    right = postcodes(np.random.default_rng(1), outcode, number, 0.0).to_pylist()
    wrong = postcodes(np.random.default_rng(1), outcode, number, 1.0).to_pylist()
    assert len(set(right)) == 300
    assert {text.split()[0] for text in (*right, *wrong)} == {"ZA4"}
    assert sum(a != b for a, b in zip(right, wrong, strict=True)) > 280


def test_the_command_writes_three_files(tmp_path: Path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["uk_people", "--people", "30", "--out", str(tmp_path / "out"), "--outcode-people", "10"])
    uk_people.main()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["left.parquet", "right.parquet", "truth.parquet"]
    assert pq.read_table(tmp_path / "out" / "right.parquet").num_rows == 30
