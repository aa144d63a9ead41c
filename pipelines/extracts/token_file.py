"""The layout of a token file: what a council sends of its people instead of names, numbers, dates of birth and addresses.

`caselink source tokenise` writes it; it stands for the client index (`asc_person_tokens`) or for what Client Level Data says of
people (`cld_tokens`, beside events without identifiers).
"""

from __future__ import annotations

from typing import Any

import narwhals as nw

from pipelines.extracts.layout import LOCAL_ID, Field, TableLayout, code, date, text
from pipelines.extracts.people import latest_rows

KEY_CHECK, SCHEME_COLUMN, TOKEN_PREFIX = "Transit_Key_Check", "Token_Scheme", "Token_"
# As linkage.tokens.kinds has them: written out, as importing linkage takes seconds. A test holds the two together.
TOKEN_KINDS = (
    "nhs_number", "nhs_number_and_birth", "given_family_birth_postcode", "given_family_birth", "given_birth_postcode",
    "initial_family_birth_postcode", "given_family_year_postcode", "family_birth_postcode", "birth_gender_postcode",
    "given_birth",
)  # fmt: skip
MINIMISED: tuple[Field, ...] = (
    code("Gender", "1, 2, 9, X, or the words Male, Female, ...", codes="gender", person="gender"),
    code("Ethnicity", "ETHNIC CATEGORY", codes="ethnic_category", person="ethnic_category"),
    date("Month_of_Birth", "first day of the month of birth: for the age band, never for linkage", person="date_of_birth"),
    code("LSOA", "lower layer super output area, where the council's file carries it", person="lsoa_code"),
    code("GP_Practice_Code", "GENERAL MEDICAL PRACTICE CODE", person="gp_practice_code"),
)


def token_layout(source: str, *, stands_for: str = "") -> TableLayout:
    """The table `<source>_tokens`, which may come instead of the table `stands_for`."""
    return TableLayout(
        name=f"{source}_tokens",
        title="Match tokens: one row per person instead of names, numbers, birth dates and addresses; the full list each time",
        required=False,
        full_list=True,
        stands_for=stands_for,
        forgotten=tuple(token_column(kind) for kind in TOKEN_KINDS),
        person_key=(("LA_Code", "LA_Person_Unique_Identifier"),),
        fields=(
            code("LA_Code", "council code as in Client Level Data", required=True),
            text("LA_Person_Unique_Identifier", "a keyed token of the council's own key for the person", required=True),
            text(KEY_CHECK, "check value of the transit key", required=True, links=True),
            text(SCHEME_COLUMN, "version of the parts that tokens are made of", required=True, links=True),
            *MINIMISED,
            *(text(token_column(kind), f"token of the kind `{kind}`") for kind in TOKEN_KINDS),
        ),
    )


def token_column(kind: str) -> str:
    """The column that holds the tokens of one kind."""
    return TOKEN_PREFIX + kind


def token_people(rows: nw.LazyFrame[Any], layout: TableLayout) -> nw.LazyFrame[Any]:
    """Each person's minimised fields, of her row in the latest list she is in."""
    return latest_rows(rows, layout)


def with_token_people(
    clear: nw.LazyFrame[Any] | None, rows: nw.LazyFrame[Any] | None, layout: TableLayout
) -> nw.LazyFrame[Any] | None:
    """People of the clear table and of the token file; what a token file says of a person stands for the other's row."""
    if rows is None:
        return clear
    tokenised = token_people(rows, layout)
    if clear is None:
        return tokenised
    names = clear.collect_schema().names()
    missing = [name for name in names if name not in tokenised.collect_schema().names()]
    kinds = clear.collect_schema()
    filled = tokenised.with_columns(nw.lit(None).cast(kinds[name]).alias(name) for name in missing)
    extra = [name for name in tokenised.collect_schema().names() if name not in names]
    tokens = tokenised.collect_schema()
    others = clear.join(tokenised.select(LOCAL_ID), on=LOCAL_ID, how="anti")
    others = others.with_columns(nw.lit(None).cast(tokens[name]).alias(name) for name in extra)
    return nw.concat([others.select(*names, *extra), filled.select(*names, *extra)])
