"""Who the person is, as far as the pseudonymised zone knows."""

from __future__ import annotations

import narwhals as nw

from stratify.features.feature import Feature, described

REGISTER = ("register",)


def age() -> nw.Expr:
    """Middle of the five-year age band, in years, moved back to the index date where that is earlier than the band's.

    90+ counts as 92.5. Null where the band is not known.
    """
    band = nw.col("age_band")
    middle = band.str.slice(0, 2).cast(nw.Float64) + 2.5 - nw.col("years_before_band")
    return nw.when(~band.is_null()).then(nw.max_horizontal(middle, nw.lit(0.0)))


def female() -> nw.Expr:
    """True where PERSON STATED GENDER CODE is 2, false where 1, null for any other code."""
    return nw.when(nw.col("gender").is_in(("1", "2"))).then(nw.col("gender") == "2")


def deprivation_decile() -> nw.Expr:
    """Deprivation decile of the area of residence, 1 the most deprived. Null where the look-up has none."""
    return nw.col("deprivation_decile")


def years_registered() -> nw.Expr:
    """Years since the start of the registration that holds on the index date. Null where its start is not known."""
    return nw.col("years_registered")


DEMOGRAPHICS: list[Feature] = [
    described(age, kind="number", frame="person", group="age", feeds=REGISTER, unit="years"),
    described(female, kind="flag", frame="person", group="sex", feeds=REGISTER),
    described(deprivation_decile, kind="whole", frame="person", group="deprivation", feeds=REGISTER),
    described(years_registered, kind="number", frame="person", group="registration", feeds=REGISTER, unit="years"),
]
