"""`caselink governance papers`: the project's facts gathered, and the papers made of them."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version
from pathlib import Path
from typing import Any

from governance.hazards import hazards
from governance.opt_out_rules import NATIONAL, OPT_OUTS, opt_outs_that_apply
from governance.papers.annex import dpia_annex
from governance.papers.assurance import assurance
from governance.papers.facts import BasisFact, Facts, FieldFact, PurposeFact, RecipientFact, RetentionFact
from governance.papers.notice import notice
from governance.papers.record import record_of_processing
from governance.papers.retention import retention_schedule
from governance.papers.safety import safety_case
from pipelines.bases import bases_report
from pipelines.config import Configuration, load_configuration
from pipelines.extracts import EXTRACTS
from pipelines.fields import FIELDS_FILE, OUT, known_fields, load_fields, output_columns
from pipelines.night import code_version
from pipelines.plan import LIBRARIES
from pipelines.project import Project
from pipelines.publish import publications
from pipelines.settings.purposes import CASE_MANAGEMENT, POPULATION_ANALYSIS, Purpose


def write_papers(project: Project, folder: Path, as_at: dt.date) -> list[str]:
    """Write every paper into a folder (made where it is missing); their names."""
    configuration = load_configuration(project)
    facts = gather(project, configuration, as_at)
    papers = {
        "record-of-processing.md": record_of_processing(facts),
        "dpia-annex.md": dpia_annex(facts, hazards()),
        "notice.md": notice(facts),
        "retention.md": retention_schedule(facts),
        "assurance.md": assurance(facts, _nights(project, configuration), _checks(configuration, as_at)),
        "safety-case.md": safety_case(hazards()),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in papers.items():
        (folder / name).write_text(text, encoding="utf-8")
    return sorted(papers)


def gather(project: Project, configuration: Configuration, as_at: dt.date) -> Facts:
    """The facts of the papers, as the project declares them."""
    return Facts(
        area=configuration.area.name,
        as_at=as_at,
        synthetic=configuration.area.synthetic,
        purposes=tuple(_purpose(configuration, each) for each in configuration.purpose),
        bases=tuple(
            BasisFact(each.source, each.purpose, each.controller, each.reference, each.evidence, each.valid_from, each.valid_to)
            for each in configuration.basis
        ),
        fields=tuple(_fields(project)),
        recipients=tuple(_recipients(configuration)),
        retention=tuple(RetentionFact(each.artefact, each.days, each.reference) for each in configuration.retention),
        sources={extract.source: extract.title for extract in EXTRACTS},
        flags=tuple(
            f"{each.source}, table {each.table}, column {each.column} ({each.name}): {each.rule}. {each.reference}"
            for each in configuration.flag
        ),
        versions={"Caselink's code": code_version(), **{name: version(name) for name in LIBRARIES}},
    )


def _purpose(configuration: Configuration, purpose: Purpose) -> PurposeFact:
    bases = [each for each in configuration.basis if each.purpose == purpose.id]
    aside = (NATIONAL,) if bases and all(each.opt_outs_set_aside for each in bases) else ()
    stopping = opt_outs_that_apply(purpose.id, purpose.flow, aside)
    return PurposeFact(
        purpose.id, purpose.description, purpose.owner, purpose.flow, purpose.signed_off, purpose.review_by,
        tuple(name for name in OPT_OUTS if name in stopping),
    )  # fmt: skip


def _fields(project: Project) -> list[FieldFact]:
    """Every line of `fields.csv`, and every column that is not in it, as one that no purpose may use."""
    allowed, words = load_fields(project.root / FIELDS_FILE), field_words()
    return [
        FieldFact(table, column, words.get((table, column), ""), tuple(sorted(allowed.tables.get(table, {}).get(column, ()))))
        for table, columns in known_fields().items()
        for column in columns
    ]


def field_words() -> dict[tuple[str, str], str]:
    """What each column is, by table and column: the layouts' and tables' own descriptions."""
    found = {
        (f"{extract.source}.{layout.name}", item.name): item.words
        for extract in EXTRACTS
        for layout in extract.tables
        for item in layout.fields
    }
    return found | {(OUT + table, name): words for table, columns in output_columns().items() for name, words in columns.items()}


def _recipients(configuration: Configuration) -> list[RecipientFact]:
    teams = [
        RecipientFact(team.id, "a caseload list under the team's own pseudonyms", CASE_MANAGEMENT) for team in configuration.team
    ]
    analysts = RecipientFact(configuration.analysts.id, "tables of pseudonymised people and activity", POPULATION_ANALYSIS)
    return [*teams, analysts, RecipientFact("everybody with the report", "counts, small ones withheld", POPULATION_ANALYSIS)]


def _nights(project: Project, configuration: Configuration) -> list[tuple[str, str, str]]:
    rows = publications(project, configuration.stores.application).history()
    return [(row.run_id, row.as_at.isoformat(), row.kind) for row in rows]


def _checks(configuration: Configuration, as_at: dt.date) -> list[tuple[str, str]]:
    report: dict[str, Any] = bases_report(configuration, as_at)
    refused = ", ".join(report["refused"]) or "none"
    overdue = ", ".join(each["purpose"] for each in report["purposes"] if each["state"] != "holds") or "none"
    unkept = "yes" if configuration.retention else "no: nothing can be purged"
    return [
        ("sources that are not covered for every purpose", refused),
        ("purposes that are missing or overdue", overdue),
        ("a retention schedule is configured", unkept),
        ("a limit for the age of the national opt-out list is agreed", configuration.opt_outs.reference or "no"),
    ]
