"""What a match token is made of: kinds of token, the parts of each, and which may link by itself.

kind                          parts                                            what it may do
----------------------------  -----------------------------------------------  ----------------------------------------
nhs_number                    number                                           nothing alone: another kind must confirm
nhs_number_and_birth          number, date of birth                            link
given_family_birth_postcode   given and family name, date of birth, postcode   link, where unique on both sides
given_family_birth            given and family name, date of birth             link, where unique on both sides
given_birth_postcode          given name, date of birth, postcode              link, where unique on both sides
initial_family_birth_postcode initial, family name, date of birth, postcode    link, where unique on both sides
given_family_year_postcode    given and family name, year of birth, postcode   link, where unique on both sides
family_birth_postcode         family name, date of birth, postcode             confirm a number
birth_gender_postcode         date of birth, gender, postcode                  confirm a number
given_birth                   given name, date of birth                        confirm a number

Names and postcodes are in linkage's standard form, so that a token agrees exactly where the standard forms do. A date of which
only the year is known (1 January) stands with the number and in no other kind.
"""

from __future__ import annotations

# Version of the parts and their forms: a file of another version is refused, as its tokens would silently agree with nothing.
SCHEME = "caselink-tokens-1"

NUMBER, NUMBER_AND_BIRTH = "nhs_number", "nhs_number_and_birth"
DEMOGRAPHIC: dict[str, tuple[str, ...]] = {
    "given_family_birth_postcode": ("given", "family", "birth", "postcode"),
    "given_family_birth": ("given", "family", "birth"),
    "given_birth_postcode": ("given", "birth", "postcode"),
    "initial_family_birth_postcode": ("initial", "family", "birth", "postcode"),
    "given_family_year_postcode": ("given", "family", "year", "postcode"),
}
CONFIRMING: dict[str, tuple[str, ...]] = {
    "family_birth_postcode": ("family", "birth", "postcode"),
    "birth_gender_postcode": ("birth", "gender", "postcode"),
    "given_birth": ("given", "birth"),
}
KINDS: dict[str, tuple[str, ...]] = {
    NUMBER: ("number",),
    NUMBER_AND_BIRTH: ("number", "date"),
    **DEMOGRAPHIC,
    **CONFIRMING,
}
