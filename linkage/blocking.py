"""Which pairs step 5 weighs: blocking rules, the first rule that finds a pair has it.

A rule is a few columns that must be equal on both sides. The rules are those of the linkage literature for names, date of birth
and postcode (the NHS England model uses nine like them), with the number, earlier names and earlier addresses.
"""

from __future__ import annotations

from linkage.engine.rules import Rule, same

RULES: list[Rule] = [
    same("number"),
    same("full_birth", "gender", "outward"),
    same("full_birth", "family"),
    same("full_birth", "given"),
    same("family", "year_day", "gender"),
    same("given", "family", "year"),
    same("postcode"),
    Rule(("postcode",), ("previous_postcode",)),
    same("given", "outward"),
    same("family", "outward"),
    Rule(("family", "outward"), ("previous_family", "outward")),
    same("full_birth", "practice"),
]

# Of records without names: what they have to be found by.
NAMELESS_RULES: list[Rule] = [
    same("number"),
    same("full_birth", "outward"),
    same("full_birth", "practice"),
    same("postcode"),
    Rule(("postcode",), ("previous_postcode",)),
]
