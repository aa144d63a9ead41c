"""Counts in sentences: a note or a warning is published as it stands, so the small counts in it are withheld there."""

from __future__ import annotations

import re

from governance.policies import NHSE_HES, Policy

# Who or what is counted, where the count stands before it: `3 rows hold no usable NHS number`, `80 outcome events`.
COUNTED = "people|persons|records|rows|pairs|values|outcome events|events|judgements|numbers|answers|links"
# A count before one of those, or alone at the end of a line after a colon: `one source, one person twice: 2`.
COUNT = re.compile(rf"(?<![\w.,-])\d[\d,]*(?= (?:{COUNTED})\b)|(?<=: )\d[\d,]*(?=\.?$)")


def in_words(line: str, policy: Policy) -> str:
    """The line with each count of people or rows as the policy shows it, `*` where it is withheld."""
    return COUNT.sub(lambda found: written(int(found.group().replace(",", "")), policy), line)


def written(count: int, policy: Policy = NHSE_HES) -> str:
    """One count as people read it."""
    shown = policy.shown(count)
    return "*" if shown is None else f"{shown:,}"
