"""The sheet of reasons for a person, from what a team's pages keep of her: `stratify` writes it, which no page may import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

CURRENT = "current"


def sheet_of(facts: Sequence[Mapping[str, Any]], feeds: Sequence[Mapping[str, Any]], as_at: dt.date) -> str:
    """The sheet as Markdown; ordinary facts alone. `facts`: Fact rows, without words for her left out. `feeds`: FEED rows."""
    from stratify.reasons import Look, plain_sheet  # not before a sheet is asked for: it brings the models' libraries along
    from stratify.reasons.look import FEED_WORDS

    known = [each for each in feeds if each["source"] in FEED_WORDS]
    look = Look(as_at, {each["source"]: each["data_to"] for each in known})
    late = {each["source"]: each["state"] != CURRENT for each in known}
    return plain_sheet([each for each in facts if each["plain_words"]], gaps=look.gaps(late))
