"""`caselink governance papers`: the project's facts gathered, and the papers made of them, each as Markdown and as a page."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version
from pathlib import Path
from typing import Any

from governance.hazards import hazards
from governance.opt_out_rules import NATIONAL, OPT_OUTS, opt_outs_that_apply
from governance.papers.annex import dpia_annex
from governance.papers.assurance import assurance
from governance.papers.facts import (
    GAP,
    BasisFact,
    Facts,
    FieldFact,
    OrganisationFact,
    PurposeFact,
    RecipientFact,
    RetentionFact,
    gap,
)
from governance.papers.notice import notice
from governance.papers.record import record_of_processing
from governance.papers.retention import retention_schedule
from governance.papers.safety import safety_case
from pipelines.bases import bases_report
from pipelines.config import Configuration, load_configuration
from pipelines.fields import FIELDS_FILE, OUT, known_fields, load_fields, output_columns
from pipelines.governed import GOVERNED
from pipelines.night import code_version
from pipelines.paper_pages import paper_page
from pipelines.plan import LIBRARIES
from pipelines.project import Project
from pipelines.publish import publications
from pipelines.settings.purposes import CASE_MANAGEMENT, NIGHT_PURPOSES, POPULATION_ANALYSIS, Purpose
from pipelines.settings.retention import ARTEFACTS
from schemas.errors import ConfigurationError


def write_papers(project: Project, folder: Path, as_at: dt.date) -> dict[str, int]:
    """Write every paper, as Markdown and as HTML, into a folder (made where it is missing); each with its number of gaps.

    Raises `ConfigurationError` `E-PAPERS-NOTHING` where there is no purpose or no basis to write of.
    """
    configuration = load_configuration(project)
    if not configuration.purpose or not configuration.basis:
        raise ConfigurationError(
            "E-PAPERS-NOTHING",
            "caselink.toml declares no [[purpose]] or no [[basis]]: there is nothing to tell anybody.",
            cure="write them down first, as docs/how-to/legal-bases.md shows",
        )
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
        (folder / name).with_suffix(".html").write_text(paper_page(text), encoding="utf-8")
    return {name: text.count(GAP) for name, text in sorted(papers.items())}


def gather(project: Project, configuration: Configuration, as_at: dt.date) -> Facts:
    """The facts of the papers, as the project declares them."""
    return Facts(
        area=configuration.area.name,
        as_at=as_at,
        synthetic=configuration.area.synthetic,
        purposes=tuple(_purpose(configuration, each) for each in configuration.purpose),
        bases=tuple(
            BasisFact(
                each.source,
                each.purpose,
                each.controller,
                each.reference,
                each.evidence,
                each.valid_from,
                each.valid_to,
                each.article_6,
                each.article_9,
            )
            for each in configuration.basis
        ),
        fields=tuple(_fields(project)),
        recipients=tuple(_recipients(configuration)),
        retention=tuple(RetentionFact(each.artefact, each.days, each.reference) for each in configuration.retention),
        sources={extract.source: extract.title for extract in GOVERNED},
        flags=tuple(
            f"{each.source}, table {each.table}, column {each.column} ({each.name}): {each.rule}. {each.reference}"
            for each in configuration.flag
        ),
        versions={"Caselink's code": code_version(), **{name: version(name) for name in LIBRARIES}},
        plain_sources={extract.source: extract.in_plain_words for extract in GOVERNED},
        organisations=tuple(
            OrganisationFact(each.name, each.role, each.contact, each.data_protection_officer, each.does, each.agreement)
            for each in configuration.organisation
        ),
        transfers=(configuration.transfers_abroad.statement, configuration.transfers_abroad.reference),
        missing_purposes=tuple(name for name in NIGHT_PURPOSES if name not in {each.id for each in configuration.purpose}),
        missing_retention=tuple(name for name in ARTEFACTS if name not in {each.artefact for each in configuration.retention}),
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
        for extract in GOVERNED
        for layout in extract.tables
        for item in layout.fields
    }
    return found | {(OUT + table, name): words for table, columns in output_columns().items() for name, words in columns.items()}


def _recipients(configuration: Configuration) -> list[RecipientFact]:
    teams = [
        RecipientFact(
            team.id, "health and care professionals", "a caseload list under the team's own pseudonyms", CASE_MANAGEMENT,
            TO_TEAMS, team.name,
        )
        for team in configuration.team
    ]  # fmt: skip
    analysts = RecipientFact(
        configuration.analysts.id, "analysts", "tables of pseudonymised people and activity", POPULATION_ANALYSIS, TO_ANALYSTS,
        configuration.analysts.name or gap("who the analysts are, as analysts.name"),
    )  # fmt: skip
    readers = RecipientFact(
        "everybody with the report", "readers of the report", "counts, small ones withheld", POPULATION_ANALYSIS, TO_READERS
    )
    return [*teams, analysts, readers]


# The same for the public.
TO_TEAMS = "Health and care teams get lists of people who may need them, with a code in place of each name."
TO_ANALYSTS = "People who plan services get tables, with a code in place of each name."
TO_READERS = "Whoever reads our report gets counts. Small ones are left out."


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
