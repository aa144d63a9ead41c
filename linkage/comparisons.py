"""How two records compare, field by field: each comparison answers with a level that has a name.

A comparison is one function that declares its levels in the order in which they are tried (see `engine.conditions`). To add one,
write it here, list it in `COMPARISONS`, give it a short name in `linkage.pairs` and its levels probabilities in the model.
Columns are those of `linkage.people.People`.
"""

from __future__ import annotations

from linkage.engine.conditions import Alike, Both, Comparison, Differ, Equal, Level, Related, level, no, yes

# Jaro-Winkler at which two names are one typing slip apart, and at which they are only alike (linkage levels of the NHS England
# model, NHSE_probabilistic_linkage @e442e3b: .88; the upper one separates a slip from a different short name). It is hard on
# short names (JACK, JSCK: .85), so a single slip counts as near by itself.
CLOSE_NAME = 0.92
NEAR_NAME = 0.88

MISSING = "missing"  # one side does not have the field: evidence of nothing


def nhs_number() -> Comparison:
    """Same number, superseded ones followed; one digit or transposition away where one is not usable; different."""
    # Of two usable numbers none is one slip from the other: modulus 11.
    return Comparison(
        "nhs_number",
        (
            level("same", yes(Equal("number"))),
            level("near", yes(Alike("slip", "written_number", 1.0))),
            level(MISSING, no(Both("number"))),
        ),
    )


def date_of_birth() -> Comparison:
    """Same, day and month swapped, two of three parts the same; known parts the same where a part is only a placeholder."""
    full, year, month, day = Both("full_birth"), Equal("year"), Equal("month"), Equal("day")
    return Comparison(
        "date_of_birth",
        (
            level(MISSING, no(Both("year"), Both("month"), Both("day"))),
            level("same", yes(Equal("full_birth"))),
            level("same_placeholder", yes(Equal("birth")) & no(full)),
            level("swapped", yes(full, year, Equal("month", "day"), Equal("day", "month"))),
            level("two_parts", yes(full, year, month), yes(full, year, day), yes(full, month, day)),
            level("partial", no(full, Differ("year"), Differ("month"), Differ("day"))),
        ),
    )


def given_name() -> Comparison:
    """Same, nickname, swapped with the family name, another name of hers, first word the same, initial, alike, different."""
    others = [("given_first", "other_given"), ("given_first", "alias"), ("other_given", "given_first"), ("alias", "given_first")]
    return Comparison(
        "given_name",
        (
            level(MISSING, no(Both("given"))),
            level("same", yes(Equal("given"))),
            level("nickname", yes(Related("given")), yes(Related("given_first"))),
            _swapped(),
            level("other", *(yes(Equal(*pair)) for pair in others), yes(Equal("alias"))),
            level("part", yes(Equal("given_first"))),
            level("initial", yes(Equal("lone_initial", "initial")), yes(Equal("initial", "lone_initial"))),
            *_alike("given_first"),
        ),
    )


def family_name() -> Comparison:
    """Same, equal to an earlier one, swapped with the given name, part of a double-barrelled one, alike, different."""
    halves = [(one, other) for one in ("family_first", "family_last") for other in ("family_first", "family_last")]
    return Comparison(
        "family_name",
        (
            level(MISSING, no(Both("family"))),
            level("same", yes(Equal("family"))),
            level("previous", yes(Equal("family", "previous_family")), yes(Equal("previous_family", "family"))),
            _swapped(),
            level("part", *(yes(Equal(*pair)) for pair in halves)),
            *_alike("family"),
        ),
    )


def postcode() -> Comparison:
    """Same, equal to an earlier one, the same sector, the same outward part, different."""
    return Comparison(
        "postcode",
        (
            level(MISSING, no(Both("postcode"))),
            level("same", yes(Equal("postcode"))),
            level("previous", yes(Equal("postcode", "previous_postcode")), yes(Equal("previous_postcode", "postcode"))),
            level("sector", yes(Equal("sector"))),
            level("district", yes(Equal("outward"))),
        ),
    )


def gender() -> Comparison:
    """Same or different, where both are male or female."""
    return _exact("gender", "gender")


def gp_practice_code() -> Comparison:
    """Same or different general practice."""
    return _exact("gp_practice_code", "practice")


def _exact(name: str, column: str) -> Comparison:
    return Comparison(name, (level(MISSING, no(Both(column))), level("same", yes(Equal(column)))))


def _swapped() -> Level:
    """Each one's given name is the other's family name; one of the two may be a nickname or have a slip in it."""
    terms = []
    for (mine, hers), (sure, surely) in ((("family", "given"), ("given", "family")), (("given", "family"), ("family", "given"))):
        terms += [
            yes(Equal(sure, surely), Equal(mine, hers)),
            yes(Equal(sure, surely), Related(mine, hers)),
            yes(Equal(sure, surely), Alike("jaro_winkler", mine, CLOSE_NAME, hers)),
        ]
    return level("swapped", *terms)


def _alike(column: str) -> tuple[Level, Level]:
    """`close` and `near`. Of names of two letters one slip makes any other, so a slip counts in longer ones only."""
    slip = yes(Both(f"long_{column}"), Alike("slip", column, 1.0))
    return (
        level("close", yes(Alike("jaro_winkler", column, CLOSE_NAME))),
        level("near", yes(Alike("jaro_winkler", column, NEAR_NAME)), slip),
    )


COMPARISON_FUNCTIONS = [nhs_number, date_of_birth, given_name, family_name, postcode, gender, gp_practice_code]
COMPARISONS: tuple[Comparison, ...] = tuple(declare() for declare in COMPARISON_FUNCTIONS)

# Names of the levels by comparison; a level's place is its code.
LEVELS: dict[str, tuple[str, ...]] = {comparison.name: comparison.names for comparison in COMPARISONS}
