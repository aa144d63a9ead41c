"""One file per source; the list of them."""

from __future__ import annotations

from pipelines.extracts import asc_person, cld, csds, ecds, gp, mhsds, register, sus_apc, sus_op
from pipelines.extracts.layout import Extract

EXTRACTS: list[Extract] = [
    register.EXTRACT,
    sus_apc.EXTRACT,
    sus_op.EXTRACT,
    ecds.EXTRACT,
    csds.EXTRACT,
    mhsds.EXTRACT,
    gp.EXTRACT,
    cld.EXTRACT,
    asc_person.EXTRACT,
]
