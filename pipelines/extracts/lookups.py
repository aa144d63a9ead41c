"""Look-ups delivered as files: areas and practices."""

from __future__ import annotations

from pipelines.extracts.layout import TableLayout, code, text, whole

LSOA = TableLayout(
    name="lsoa",
    title="Lower layer super output areas",
    full_list=True,
    fields=(
        code("lsoa_code", "E01 and six digits", required=True),
        text("council", "name of the council the area lies in"),
        whole("deprivation_decile", "1 most deprived to 10 least"),
        text("imd_edition", "edition of the index, with the year of its areas"),
    ),
)

PRACTICES = TableLayout(
    name="practices",
    title="GP practices",
    full_list=True,
    fields=(
        code("gp_practice_code", "six characters", required=True),
        text("locality", "locality or neighbourhood the practice belongs to"),
        text("icb", "integrated care board"),
    ),
)

LOOKUPS = (LSOA, PRACTICES)
