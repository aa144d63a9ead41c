"""What hospitals diagnosed in two years, by groups of ICD-10 codes that go with unplanned care."""

from __future__ import annotations

import narwhals as nw

from stratify.diagnoses import starts_with_any
from stratify.features.aggregates import some
from stratify.features.feature import Feature
from stratify.features.stays import BEDS

# Feature: its group, in words, and beginnings of ICD-10 codes (World Health Organization, 10th revision: the categories'
# own titles). Anywhere among a spell's codes.
DIAGNOSES: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "fall_730": ("falls", "a fall (W00 to W19)", ("W0", "W1")),
    "hip_fracture_730": ("falls", "a fracture of the hip (S72.0 to S72.2)", ("S720", "S721", "S722")),
    "delirium_730": ("diagnoses", "delirium (F05)", ("F05",)),
    "pneumonia_730": ("diagnoses", "pneumonia (J12 to J18)", ("J12", "J13", "J14", "J15", "J16", "J17", "J18")),
    "urinary_infection_730": ("diagnoses", "an infection of the urinary tract (N39.0)", ("N390",)),
    "sepsis_730": ("diagnoses", "sepsis (A40, A41)", ("A40", "A41")),
    "kidney_failure_730": ("diagnoses", "acute or chronic kidney failure (N17 to N19)", ("N17", "N18", "N19")),
    "cancer_730": ("diagnoses", "a malignant neoplasm (C00 to C97)", ("C",)),
    "respiratory_730": ("diagnoses", "a disease of the respiratory system (J00 to J99)", ("J",)),
    "circulatory_730": ("diagnoses", "a disease of the circulatory system (I00 to I99)", ("I",)),
}


def diagnosed(name: str) -> Feature:
    """Whether a spell that began within two years and has ended carries a code of the group."""
    group, words, beginnings = DIAGNOSES[name]
    return Feature(
        name=name,
        description=f"Whether an ended hospital spell begun in 730 days carries a code of {words}.",
        kind="flag",
        frame="diagnosis",
        group=group,
        feeds=("sus_apc",),
        expression=some(starts_with_any(nw.col("code"), beginnings)),
        services=BEDS,
        empty=False,
    )


def _distinct() -> Feature:
    return Feature(
        name="distinct_diagnoses_730",
        description="Different ICD-10 codes, of four characters at most, of ended hospital spells begun in 730 days.",
        kind="whole",
        frame="diagnosis",
        group="diagnoses",
        feeds=("sus_apc",),
        expression=nw.len().cast(nw.Int64),
        services=BEDS,
        empty=0,
        unit="codes",
    )


DIAGNOSIS_GROUPS: list[Feature] = [*map(diagnosed, DIAGNOSES), _distinct()]
