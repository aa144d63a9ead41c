"""Every source that needs a legal basis, has its columns in `fields.csv` and stands in the papers: the extracts, and referrals.

Referrals are no extract: they hold no person's record and no event, so nothing is linked, dated or carried forward. But they hold
NHS numbers, and what was said of the people, so they are asked for their basis and their fields as every other source is.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from pipelines.extracts import EXTRACTS
from pipelines.extracts.layout import Extract, TableLayout, code, date, nhs_number
from schemas.identifiable import REFERRALS


class BesideExtracts(NamedTuple):
    """A source of which no person records and no activity are made; its words are those of an `Extract`."""

    source: str
    title: str
    in_plain_words: str
    tables: tuple[TableLayout, ...]


REFERRAL = TableLayout(
    name="referral",
    title="Whom clinicians put on the list, or take off it",
    fields=(
        nhs_number("nhs_number", "NHS NUMBER", required=True),
        date("referral_date", "the day on which it was made", required=True),
        code("decision", "`refer`, or `leave out`", required=True),
        code("reason", "coded reason", required=True),
        code("team", "id of the `[[team]]` that made it"),
    ),
)

REFERRED = BesideExtracts(
    REFERRALS,
    "Referrals of clinicians to the list",
    "what nurses, doctors and other professionals ask of us: to look at you first, or to leave you out",
    (REFERRAL,),
)

GOVERNED: tuple[Extract | BesideExtracts, ...] = (*EXTRACTS, REFERRED)


def referral_files(inbox: Path) -> list[Path]:
    """The files of `inbox/referrals`, in order: each is a file of referrals, whatever its name."""
    folder = inbox / REFERRALS
    return sorted(path for path in folder.iterdir() if path.is_file() and path.name[0] != ".") if folder.is_dir() else []
