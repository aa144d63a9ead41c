"""docs/reference/indices.md, made from `SCORES`, the tables of evidence, and what is said here of each index."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stratify.published import rows
from stratify.scores import SCORES, cambridge, frailty
from stratify.segments import NUMBERS, PRECEDENCE


@dataclass(frozen=True)
class About:
    """What a reader of an index should know beyond its rule's own words."""

    window: str
    validated: str
    traps: str
    others: str


NONE_FOUND = "No public package computes it from such data: checked by hand-worked cases only."
SPELLS = "hospital spells that began in the two years before the index date and ended before it"
SNAPSHOT = "the practice's latest snapshot, of 400 days at most"

# What the comparison was run on.
COMPARED = "on 4,000 made-up histories of one to eight codes"

ABOUT: dict[str, About] = {
    "hospital_frailty_risk": About(
        SPELLS,
        "75 and over: a band is given from there; younger people have a value and no band",
        "Each three-character code counts once a person over the whole window, not once a spell or column. A code matches by its "
        "first characters. Exactly 5 and exactly 15 are intermediate here; implementations differ. The published window is the "
        "admission and the two years before it.",
        f"pycomorb 1.20261001.1 and comorbidipy 0.5.0 give the same points {COMPARED}. jamesvanoppen/hfrs adds up each column of "
        "codes by itself, so that one code in two columns counts twice there.",
    ),
    "charlson_index": About(
        SPELLS,
        "adults in hospital",
        "Quan's weights of 2011, not Charlson's of 1987: a heart attack or diabetes without complication weighs "
        "0. The graver of two "
        "forms replaces the milder. No points for age. SHMI's weights belong to SHMI's own groups of codes and are not offered.",
        f"pycomorb 1.20261001.1 gives the same index {COMPARED}, with either weights. comorbidipy 0.5.0 gives the "
        "same with the weights "
        "of 1987; with those of 2011 it gives 2 for AIDS where 4 is published: all of the 97 histories that "
        "differ have AIDS, each by "
        "2. (It imports with pandas before 2 only.) The 17 groups of the package icd 0.1.3 have the same 289 "
        "beginnings, looked for "
        "anywhere in a code; it gives no index.",
    ),
    "chronic_acsc_admissions": About(
        "emergency spells that began in the 365 days before the index date and ended before it",
        "all ages, as a rate of a population; for one person it is a count of events",
        "The first diagnosis decides, with the published exclusions by other diagnoses and procedures. The NHS "
        "Institute's list of 19 "
        "conditions and the list of acute conditions are others and are not mixed in.",
        "No public package has this list: hand-worked cases only.",
    ),
    "cambridge_multimorbidity": About(
        f"{SNAPSHOT}; {SPELLS}",
        "adults registered with a practice",
        "Published over code sets and prescriptions of a practice's own record. Here a lower bound (table "
        "below), save cancer: the "
        "register keeps every cancer since April 2003, the score those of five years. Not to be compared with published means.",
        NONE_FOUND,
    ),
    "electronic_frailty_index": About(
        SNAPSHOT,
        "65 to 95: a band is given from 65",
        "Cut-offs are those of eFI. A GP system that gives eFI2 has others (0.09, 0.16, 0.24, rounded): its "
        "figures would be banded too "
        "low here. A figure outside 0 to 1 is no index and is null.",
        NONE_FOUND,
    ),
    "frailty_counted_from_deficits": About(
        f"{SNAPSHOT}; {SPELLS}; long-term support open on the day",
        "65 to 95, as counted by a practice; this count was validated by nobody and is given from 65 only",
        "A lower bound, and another score than the practice's own index: the two are never in one column. Below "
        "0.12 there is no band, "
        'and above it bands say "at least".',
        NONE_FOUND,
    ),
    "bridges_to_health_segment": About(
        f"{SNAPSHOT}; {SPELLS}; emergency admissions of 90 days; long-term support open on the day",
        "whole populations",
        "The rules are our own (table below) and so is the default precedence: NHS England's segmentation data "
        "set was not read. The "
        "number is a name: no mean, no model should read it. A pregnancy that no hospital spell tells of, and a "
        "healthy infant, are "
        "not seen. The register of palliative care counts whatever the illness.",
        NONE_FOUND,
    ),
    "long_term_conditions": About(
        SNAPSHOT,
        "all ages; most registers are of adults",
        "A count of registers, each by its own rules: asthma and epilepsy only while treated, depression and "
        "osteoporosis from certain "
        "ages. Obesity, raised glucose and palliative care are not counted.",
        NONE_FOUND,
    ),
    "polypharmacy": About(
        SNAPSHOT,
        "all ages",
        "Counts what is on repeat, dressings and devices too where the practice counts them; what is bought or "
        "given by hospitals is "
        "not seen.",
        NONE_FOUND,
    ),
}


def reference_page() -> str:
    """The page as Markdown."""
    parts = [
        "# Published indices",
        "Generated from `stratify/`: rules, tables and `stratify/indices_page.py`. An index is a rule, no fitted "
        "model: it says how "
        "much of something there is. Null means that the feeds needed were not there, never 0. Whole-system use is in "
        "[features and scores](features.md).",
        *(_index(name) for name in ABOUT),
        "## What shows each condition of the Cambridge score",
        _evidence("cambridge_evidence", {name: f"{points / 100:.2f}" for name, points in cambridge.HUNDREDTHS.items()}, "weight"),
        "## What shows each deficit of the electronic frailty index",
        _evidence("efi_evidence", {name: str(frailty.DEFICITS.index(name) + 1) for name in frailty.SHOWN}, "number"),
        f"Not shown by any feed: {', '.join(frailty.NOT_SHOWN)}.",
        "## What puts a person in a segment",
        _segments(),
        f"Default precedence: {', '.join(PRECEDENCE)}. `[segments] precedence` in `caselink.toml` changes it.",
    ]
    return "\n\n".join(parts) + "\n"


def _index(name: str) -> str:
    rule, about = next(rule for rule in SCORES if rule.name == name), ABOUT[name]
    facts = {
        "Version": f"`{rule.version}`",
        "Source": rule.source,
        "Feeds": ", ".join(rule.feeds),
        "Looks at": about.window,
        "Validated for": about.validated,
        "To watch": about.traps,
        "Beside others": about.others,
    }
    return f"## `{name}`\n\n{rule.description}\n\n" + "\n".join(f"- {title}: {text}" for title, text in facts.items())


def _evidence(table: str, figures: dict[str, str], heading: str) -> str:
    lines = []
    for name, figure in figures.items():
        of_name = [row for row in rows(table) if row["condition"] == name]
        registers = " ".join(row["codes"] for row in of_name if row["kind"] == "register")
        codes = " ".join(row["codes"] for row in of_name if row["kind"] == "diagnosis")
        other = "; ".join(f"{row['kind']}: {row['codes']}" for row in of_name if row["kind"] not in ("register", "diagnosis"))
        notes = "; ".join(row["note"] for row in of_name if row["note"])
        lines.append((name, figure, registers, codes, other, notes))
    return _table(("condition", heading, "registers", "ICD-10 begins with", "other", "to note"), lines)


def _segments() -> str:
    lines = [
        (str(NUMBERS[row["condition"]]), row["condition"], row["kind"], row["codes"], row["words"])
        for row in rows("segment_rules")
    ]
    return _table(("number", "segment", "kind", "codes", "in words"), sorted(lines, key=lambda line: line[0]))


def _table(heading: tuple[str, ...], lines: Iterable[tuple[str, ...]]) -> str:
    every = [heading, tuple("---" for _ in heading), *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in every)
