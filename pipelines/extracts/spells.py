"""Episodes of admitted care to hospital provider spells: one row each, with the codes of all its episodes."""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pipelines.extracts.layout import AS_AT, EVENT, LOCAL_ID, SEQUENCE
from pipelines.extracts.people import latest
from schemas.code_lists import reference_rows

# How many codes of a spell are kept, in order: an episode holds 20 diagnoses and 24 procedures, and few spells have
# more than three episodes.
MOST_DIAGNOSES, MOST_PROCEDURES = 60, 40
CODES_OF_AN_EPISODE = 24

SPELL, ORDER, EPISODES = "_spell", "_order", "_episodes"


def spells(episodes: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    """One row per spell, with columns under the HES names.

    A spell is its provider's PROVSPNOPS, or without one the patient's admissions of a day. Start, method, source, class,
    specialty: of the first episode. Discharge: of the last. Codes: the first episode's first, distinct, in order.
    FINAL_PRICE: the sum over episodes.
    """
    ordered = _in_order(latest(episodes, EVENT))
    first, last = nw.col(ORDER) == 1, nw.col(ORDER) == nw.col(EPISODES)
    grouped = ordered.group_by(SPELL).agg(
        nw.col("ADMIDATE").min(),
        nw.col("DISDATE").max(),
        nw.col("DISREADYDATE").max(),
        nw.col("FINAL_PRICE").sum().cast(nw.Int64),
        nw.col("_priced").max(),
        nw.col(EPISODES).max(),
        nw.col(AS_AT).max(),
        *(_of(first, name) for name in (LOCAL_ID, "PROCODE", "ADMIMETH", "ADMISORC", "CLASSPAT", "TRETSPEF")),
        *(_of(first, name) for name in ("DIAGNOSES", "PROCEDURES")),
        *(_of(last, name) for name in ("DISMETH", "DISDEST")),
    )
    several = ordered.filter(nw.col(EPISODES) > 1)
    for name, most in (("DIAGNOSES", MOST_DIAGNOSES), ("PROCEDURES", MOST_PROCEDURES)):
        joined = distinct_in_order(several, name, most)
        grouped = grouped.join(joined, on=SPELL, how="left")
        codes = nw.when(nw.col(EPISODES) > 1).then(nw.col("_joined")).otherwise(nw.col(name))
        grouped = grouped.with_columns(codes.alias(name)).drop("_joined")
    price = nw.when(nw.col("_priced") == 1).then(nw.col("FINAL_PRICE"))
    return grouped.with_columns(FINAL_PRICE=price)


def _of(which: nw.Expr, name: str, alias: str = "") -> nw.Expr:
    return nw.when(which).then(nw.col(name)).max().alias(alias or name)


def _in_order(episodes: nw.LazyFrame[Any]) -> nw.LazyFrame[Any]:
    unnamed = nw.col("PROVSPNOPS").is_null()
    key = ("PROCODE", "PROVSPNOPS", "_person", "_admitted")
    keyed = episodes.with_columns(
        _person=nw.when(unnamed).then(nw.col(LOCAL_ID)),
        _admitted=nw.when(unnamed).then(nw.col("ADMIDATE")),
        _one=nw.lit(1),
        _priced=nw.when(~nw.col("FINAL_PRICE").is_null()).then(nw.lit(1)),
    )
    return keyed.with_columns(
        nw.col(SEQUENCE).min().over(*key).alias(SPELL),
        nw.len().over(*key).alias(EPISODES),
        nw.col("_one").cum_sum().over(*key, order_by=["EPIORDER", "EPISTART", SEQUENCE]).alias(ORDER),
    )


def distinct_in_order(rows: nw.LazyFrame[Any], name: str, most: int) -> nw.LazyFrame[Any]:
    """For each spell the codes of column `name` (joined by `|`) of all its rows in order, each once; the first `most`."""
    codes = nw.col(name).str.split("|")
    places = nw.list(*(_place(codes, place) for place in range(CODES_OF_AN_EPISODE)))
    exploded = rows.filter(~nw.col(name).is_null()).select(SPELL, _place=places).explode("_place")
    each = exploded.select(SPELL, _at=nw.col("_place").struct.field("at"), _code=nw.col("_place").struct.field("code")).filter(
        ~nw.col("_code").is_null()
    )
    firsts = each.group_by(SPELL, "_code").agg(nw.col("_at").min())
    numbered = firsts.with_columns(_number=nw.col("_at").rank("ordinal").over(SPELL))
    numbers = range(1, most + 1)
    wide = numbered.group_by(SPELL).agg(_of(nw.col("_number") == number, "_code", f"_{number}") for number in numbers)
    columns = [nw.col(f"_{number}") for number in numbers]
    return wide.select(SPELL, _joined=nw.concat_str(columns, separator="|", ignore_nulls=True))


def _place(codes: nw.Expr, place: int) -> nw.Expr:
    at = nw.col(ORDER).cast(nw.Int64) * 100 + place
    return nw.struct(at.alias("at"), codes.list.get(place).alias("code"))


def admission_type() -> nw.Expr:
    """Activity type by ADMISSION METHOD CODE, from the groups of admission_method.csv.

    Emergency is 21-25, 2A-2D and, before April 2013, 28; 2B (transfer of an admitted patient in an emergency) and 2C
    (baby born at home as intended) are in that group as the national indicator counts them, and features that must not
    count them look at `admission_method`. 11-13 are elective; the rest, and spells without a method, other.
    """
    groups: dict[str, list[str]] = {}
    for row in reference_rows("admission_method"):
        groups.setdefault(row["group"], []).append(row["code"])
    method = nw.col("ADMIMETH")
    return (
        nw.when(method.is_in(groups["emergency"]))
        .then(nw.lit("inpatient_emergency"))
        .otherwise(
            nw.when(method.is_in(groups["elective"])).then(nw.lit("inpatient_elective")).otherwise(nw.lit("inpatient_other"))
        )
    )


def was_delayed() -> nw.Expr:
    """Whether a spell ended after the patient was ready to leave."""
    return ~nw.col("DISREADYDATE").is_null() & (nw.col("DISREADYDATE") < nw.col("DISDATE"))
