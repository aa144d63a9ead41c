"""A source that came with much less than on the night before."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pipelines.extracts.landed import LandedFile, LandedSource
from pipelines.feeds import carry_forward
from pipelines.thinned import hold_thinned

NOBODY = frozenset[str]()
JANUARY, FEBRUARY = dt.date(2026, 1, 31), dt.date(2026, 2, 28)


def source(*files: tuple[str, str, int], state: str = "current") -> LandedSource:
    """A source of files given as (name, content, rows); the table is what stands before the first underscore."""
    landed = [
        LandedFile(name, name.split("_", maxsplit=1)[0], None, content, rows, 0, 0, Path(name)) for name, content, rows in files
    ]
    return LandedSource("gp", state, tuple(landed))


FIRST, SECOND, PEOPLE = ("visit_1", "a", 300), ("visit_2", "b", 300), ("person_1", "c", 50)
LAST = source(FIRST, SECOND, PEOPLE)


@pytest.mark.parametrize(
    ("tonight", "held"),
    [
        (LAST, None),
        (source(("visit_1", "a2", 150), ("visit_2", "b2", 150), PEOPLE), "300 rows of visit where the last night had 600"),
        (source(("visit_1", "a2", 180), SECOND, PEOPLE), "came again with 180 rows where it had 300"),
        (source(("visit_1", "a2", 181), SECOND, PEOPLE), None),
        (source(FIRST, PEOPLE), None),  # a file is gone, and nothing new says so: see feed_ages
        (source(FIRST, SECOND, ("person_1", "c2", 25)), "came again with 25 rows where it had 50"),
        (source(FIRST, SECOND, ("person_2", "c2", 25)), None),  # a small table of another period
        (source(("visit_3", "d", 900), SECOND, PEOPLE), None),
    ],
)  # fmt: skip
def test_what_is_held(tonight: LandedSource, held: str | None) -> None:
    found = hold_thinned([tonight], [LAST], NOBODY)[0]
    if held is None:
        assert found == tonight
        return
    assert (found.state, found.files) == ("held", ())
    assert held in found.message
    assert "publish release gp" in found.message
    assert hold_thinned([tonight], [LAST], frozenset(found.held)) == [tonight], "a person has let them in"


def test_the_last_nights_files_are_used_instead(tmp_path: Path) -> None:
    kept = tmp_path / "kept.parquet"
    kept.touch()
    before = LandedSource("gp", "current", (LandedFile("visit_1", "visit", None, "a", 300, 0, 0, kept),))
    used = carry_forward(hold_thinned([source(("visit_1", "a2", 1))], [before], NOBODY), [before], {})[0]
    assert (used.state, used.files) == ("stale", before.files)
    assert "E-LAND-HELD" in used.message


@pytest.mark.parametrize(
    ("state", "tonight", "is_carried"),
    [
        ("held", [JANUARY], True),  # February came again, with half its rows: the night before has read it whole
        ("refused", [JANUARY], True),
        ("held", [JANUARY, FEBRUARY], False),  # March is held: what is left is all that the night before had
        ("current", [JANUARY], False),  # a file is gone, and nobody says why: see feed_ages
    ],
)
def test_a_newest_file_that_came_again_and_is_held_leaves_the_last_nights(
    state: str, tonight: list[dt.date], is_carried: bool, tmp_path: Path
) -> None:
    kept = tmp_path / "kept.parquet"
    kept.touch()

    def read(days: list[dt.date], state: str) -> LandedSource:
        files = (LandedFile(f"visit_{day}", "visit", day, str(day), 300, 0, 0, kept) for day in days)
        return LandedSource("gp", state, tuple(files), message="E-LAND-HELD.")

    before = read([JANUARY, FEBRUARY], "current")
    (used,) = carry_forward([read(tonight, state)], [before], {})
    assert (used.state, used.files == before.files) == (
        ("stale", True) if is_carried else (state, tonight == [JANUARY, FEBRUARY])
    )


def test_files_without_a_row_are_no_delivery() -> None:
    found = hold_thinned([source(("visit_1", "a", 0))], [], NOBODY)[0]
    assert (found.state, found.files, found.message) == ("missing", (), "the files of gp hold no row.")
    assert hold_thinned([LandedSource("gp", "missing")], [LAST], NOBODY)[0].message == ""
