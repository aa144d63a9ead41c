"""What a reviewer may decide of a pair, and the coded reasons for it: our own list, after what clerks compare."""

from __future__ import annotations

from collections.abc import Mapping

MATCH, NON_MATCH, CANNOT_SAY = "link", "non-link", "unsure"  # as the judgement log writes them
DECISIONS: Mapping[str, str] = {
    MATCH: "Match: both records are one person's",
    NON_MATCH: "No match: two different people",
    CANNOT_SAY: "Cannot say from these records",
}
KEYS: Mapping[str, str] = {MATCH: "m", NON_MATCH: "n", CANNOT_SAY: "c"}  # on a keyboard

REASONS: Mapping[str, str] = {
    "same number": "NHS number and name fit",
    "same name birth place": "name, date of birth and address fit",
    "spelling or typing": "differences look like spelling, typing or swapped fields",
    "changed over time": "differences look like a change of name or a move",
    "twins or family": "could be twins, or two of one family",
    "dates or numbers contradict": "date of birth, NHS number or date of death contradict",
    "too little known": "too little is known of one of the two",
    "other": "something else: say what",
}
OTHER = "other"
