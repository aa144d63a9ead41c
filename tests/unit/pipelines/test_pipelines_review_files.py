"""What comes back from a clerk: every row is taken, left open, or refused with its line; nothing is lost."""

from __future__ import annotations

import datetime as dt
import os
import stat
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from linkage.review.queue import SHOWN_FIELDS, SideBySide
from pipelines.cli_link_review import agreement_in_words, decision_time
from pipelines.review_files import (
    BAD_DECISION,
    TWICE,
    UNKNOWN_PAIR,
    Reject,
    Said,
    check_said,
    read_review,
    write_review_annotations,
    write_review_csv,
)  # fmt: skip
from schemas.errors import ConfigurationError

NAMES = ["JOHN", '=HYPERLINK("x")', "Zoë"]


@pytest.fixture
def sides() -> SideBySide:
    pairs = pa.table({"source": ["gp"] * 3, "reference": ["pa", "pb", "pc"]})
    side = pa.table({name: pa.array(NAMES if name == "given_name" else [None] * 3, pa.string()) for name in SHOWN_FIELDS})
    return SideBySide(pairs, side, side)


def test_a_csv_is_private_formula_safe_and_empty_of_opinion(sides: SideBySide, tmp_path: Path) -> None:
    path = tmp_path / "desk" / "review.csv"
    write_review_csv(path, sides)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    text = path.read_text(encoding="utf-8-sig")
    head = text.splitlines()[0].replace('"', "").split(",")
    assert head[:6] == ["pair", "decision", "comment", "source", "nhs_number", "register_nhs_number"]
    assert not {"match_weight", "stratum", "reason", "evidence", "step", "margin", "local_patient_id"} & set(head)
    assert '"\'=HYPERLINK(""x"")"' in text
    assert read_review(path) == [Said(2, "pa", ""), Said(3, "pb", ""), Said(4, "pc", "")]


def test_an_annotation_file_is_private_and_leaves_no_part(sides: SideBySide, tmp_path: Path) -> None:
    path = tmp_path / "desk" / "review.json"
    write_review_annotations(path, sides)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert read_review(path) == [Said(1, "pa", ""), Said(2, "pb", ""), Said(3, "pc", "")]


@pytest.mark.parametrize("text", [
    "pair,decision\npa,link\n\npb,\n", "\ufeffpair;comment;decision\r\npa;x, y;LINK\r\n\r\npb;;\r\n",
    "decision\tpair\n Link \tpa\n\n\tpb\n",
])  # fmt: skip
def test_spreadsheets_save_in_their_own_ways(tmp_path: Path, text: str) -> None:
    path = tmp_path / "review.csv"
    path.write_text(text, encoding="utf-8", newline="")
    assert [row[1:] for row in read_review(path)] == [("pa", "link"), ("pb", "")]


@pytest.mark.parametrize(("content", "code"), [
    (b"pair,comment\npa,x\n", "E-REVIEW-COLUMNS"),
    (b"", "E-REVIEW-COLUMNS"),
    ("pair,decision\npa,Zo\u00eb\n".encode("cp1252"), "E-REVIEW-FILE"),
    (b'pair,decision\npa,"li"nk\n', "E-REVIEW-FILE"),
    (None, "E-REVIEW-FILE"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_without_a_value(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "SMITH.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=f"^{code}") as refusal:
        read_review(path)
    assert "SMITH" not in str(refusal.value)
    assert refusal.value.__context__ is None


def test_every_row_is_taken_open_or_refused() -> None:
    said = [
        Said(2, "pa", "link"), Said(3, "pb", ""), Said(4, "px", "link"), Said(5, "pc", "maybe"), Said(6, "pd", "link"),
        Said(7, "pd", "non-link"), Said(8, "pe", "unsure"), Said(9, "pe", ""),
    ]  # fmt: skip
    good, rejects = check_said(said, {"pa", "pb", "pc", "pd", "pe"})
    assert good == [said[0], said[6]]
    assert rejects == [Reject(4, UNKNOWN_PAIR), Reject(5, BAD_DECISION), Reject(6, TWICE), Reject(7, TWICE)]


@pytest.mark.parametrize(("text", "moment"), [
    ("2026-07-01T09:30", dt.datetime(2026, 7, 1, 8, 30, tzinfo=dt.UTC)),  # London's summer time
    ("2026-07-01T09:30+00:00", dt.datetime(2026, 7, 1, 9, 30, tzinfo=dt.UTC)),
    (None, dt.datetime(2026, 1, 2, tzinfo=dt.UTC)),
])  # fmt: skip
def test_when_a_clerk_decided(tmp_path: Path, text: str | None, moment: dt.datetime) -> None:
    path = tmp_path / "review.csv"
    path.touch()
    changed = dt.datetime(2026, 1, 2, tzinfo=dt.UTC).timestamp()
    os.utime(path, (changed, changed))
    assert decision_time(text, path) == moment
    assert decision_time(None, tmp_path / "none.csv") == dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("agreement", "words"),
    [
        ({"pairs": 0, "agreed": None, "kappa": None, "low": None, "high": None}, ""),
        (
            {"pairs": 26, "agreed": 0.885, "kappa": 0.7094, "low": 0.43, "high": 0.991},
            "Of 26 pairs judged twice 88% agree; Cohen's kappa 0.71 (0.43 to 0.99).",
        ),
        (
            {"pairs": 3, "agreed": 1.0, "kappa": None, "low": None, "high": None},
            "Of 3 pairs judged twice 100% agree; Cohen's kappa cannot be said.",
        ),
    ],
)
def test_agreement_is_said_in_words(agreement: dict[str, Any], words: str) -> None:
    assert agreement_in_words(agreement) == words
