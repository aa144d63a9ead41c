"""How each kind of field is compared: levels from best to worst, written with the questions of `conditions`.

Jaro-Winkler at .92 and .88 are the levels of `comparisons.py` (NHS England's model has .88); .70 is Splink's lowest for names. A
slip is one letter changed, lost, added or swapped with its neighbour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from linkage.engine.conditions import Alike, Both, Comparison, Equal, Level, OneDigit, Related, level, no, yes
from linkage.files.fields import ADDRESS, DATE, EXACT, GENDER, NAME, NHS_NUMBER, POSTCODE, TEXT, FileField

CLOSE, NEAR, FAR = 0.92, 0.88, 0.70
ALIKE = 0.80  # of longer texts: two streets that share nothing but ROAD often reach .70
MISSING, SAME = "missing", "same"


def comparisons_of(fields: Sequence[FileField]) -> tuple[Comparison, ...]:
    """One comparison per field, in their order."""
    names = {field.name for field in fields if field.kind == NAME}
    both_names = len(names) > 1
    return tuple(COMPARE[field.kind](field.name, both_names) for field in fields)


def compare_names(name: str, both_names: bool) -> Comparison:
    """Same, short form, exchanged with the other name, a word or the initial of it, close, near, far, different."""
    other = "family_name" if name == "given_name" else "given_name"
    forms = [level("nickname", yes(Related(name)), yes(Related(f"{name}.first")))] if name == "given_name" else []
    exchanged = _exchanged(name, other) if both_names else []
    return Comparison(
        name,
        (
            _missing(name),
            level(SAME, yes(Equal(name))),
            *forms,
            *exchanged,
            level("part", *(yes(Equal(f"{name}.{one}", f"{name}.{two}")) for one, two in PART_PAIRS[name])),
            level(
                "initial",
                yes(Equal(f"{name}.only_initial", f"{name}.initial")),
                yes(Equal(f"{name}.initial", f"{name}.only_initial")),
            ),
            level("close", yes(Alike("jaro_winkler", name, CLOSE))),
            level("near", yes(Alike("jaro_winkler", name, NEAR)), yes(Alike("slip", name, 1))),
            level("far", yes(Alike("jaro_winkler", name, FAR))),
        ),
    )


# Of given names only the first is in use by itself; either half of a double-barrelled family name is.
PART_PAIRS = {
    "given_name": (("first", "first"),),
    "family_name": (("first", "first"), ("last", "last"), ("first", "last"), ("last", "first")),
}


def _exchanged(name: str, other: str) -> list[Level]:
    """Each one's name stands in the other's other name, one of the two perhaps with a slip."""
    mine, hers = (name, other), (other, name)
    return [
        level(
            "swapped",
            yes(Equal(*mine), Equal(*hers)),
            yes(Equal(*mine), Alike("jaro_winkler", hers[0], NEAR, hers[1])),
            yes(Equal(*hers), Alike("jaro_winkler", mine[0], NEAR, mine[1])),
        )
    ]


def compare_dates(name: str, _both_names: bool) -> Comparison:
    """Same, day and month exchanged, one digit or slip, two of three parts, year only known, different."""
    full, year, month, day = (f"{name}.{part}" for part in ("full", "year", "month", "day"))
    return Comparison(
        name,
        (
            _missing(name),
            level(SAME, yes(Equal(full))),
            level("same_year_only", yes(Equal(name))),
            level("swapped", yes(Equal(year), Equal(month, day), Equal(day, month))),
            level("one_digit", yes(OneDigit(f"{name}.digits")), yes(Alike("slip", full, 1))),
            level("two_parts", yes(Equal(year), Equal(month)), yes(Equal(year), Equal(day)), yes(Equal(month), Equal(day))),
            level("year", yes(Equal(year)) & no(Both(full))),
        ),
    )


def compare_exactly(name: str, _both_names: bool) -> Comparison:
    """Same or different."""
    return Comparison(name, (_missing(name), level(SAME, yes(Equal(name)))))


def compare_postcodes(name: str, _both_names: bool) -> Comparison:
    """Same, same sector, one slip, same outward part, different."""
    return Comparison(
        name,
        (
            _missing(name),
            level(SAME, yes(Equal(name))),
            level("sector", yes(Equal(f"{name}.sector"))),
            level("slip", yes(Alike("slip", name, 1))),
            level("district", yes(Equal(f"{name}.outward"))),
        ),
    )


def compare_addresses(name: str, _both_names: bool) -> Comparison:
    """Same number and street but for a slip, same street, same number and a like street, same number, like street, different."""
    number, street, letters = f"{name}.number", f"{name}.street", f"{name}.street_name"
    return Comparison(
        name,
        (
            _missing(name),
            level(
                SAME,
                yes(Equal(name)),
                yes(Equal(number), Equal(street)),
                yes(Equal(number), Alike("jaro_winkler", letters, NEAR)),
            ),
            level("street", yes(Equal(street)), yes(Alike("jaro_winkler", letters, CLOSE))),
            level("near", yes(Equal(number), Alike("jaro_winkler", letters, ALIKE))),
            level("number", yes(Equal(number))),
            level("far", yes(Alike("jaro_winkler", letters, ALIKE))),
        ),
    )


def compare_nhs_numbers(name: str, _both_names: bool) -> Comparison:
    """Same, one slip (then one of the two fails its check digit: no two right numbers are so near), different."""
    return Comparison(name, (_missing(name), level(SAME, yes(Equal(name))), level("slip", yes(Alike("slip", name, 1)))))


def compare_codes(name: str, _both_names: bool) -> Comparison:
    """Same, one slip, two slips in a long code, different."""
    long = f"{name}.long"
    return Comparison(
        name,
        (
            _missing(name),
            level(SAME, yes(Equal(name))),
            level("slip", yes(Alike("slip", long, 1))),
            level("near", yes(Alike("slip", long, 2))),
        ),
    )


def compare_texts(name: str, _both_names: bool) -> Comparison:
    """Same, close, near, far, different."""
    return Comparison(
        name,
        (
            _missing(name),
            level(SAME, yes(Equal(name))),
            level("close", yes(Alike("jaro_winkler", name, CLOSE))),
            level("near", yes(Alike("jaro_winkler", name, NEAR)), yes(Alike("slip", name, 1))),
            level("far", yes(Alike("jaro_winkler", name, ALIKE))),
        ),
    )


COMPARE: dict[str, Callable[[str, bool], Comparison]] = {
    NAME: compare_names,
    DATE: compare_dates,
    GENDER: compare_exactly,
    POSTCODE: compare_postcodes,
    ADDRESS: compare_addresses,
    NHS_NUMBER: compare_nhs_numbers,
    EXACT: compare_codes,
    TEXT: compare_texts,
}


def _missing(name: str) -> Level:
    return level(MISSING, no(Both(name)))
