"""What a night's statement says, gathered: counts, dates and references; no name, no number, no path of a machine."""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
import zipfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from governance.detectors import CANDIDATE, plain, rules_found
from governance.keys import key_check_value
from governance.legal_basis import ENDS_SOON, state_of
from pipelines.config import Configuration
from pipelines.disclosing import exact_figures, policy_of
from pipelines.feeds import USABLE, load_landed
from pipelines.keys import root_key
from pipelines.model_totals import is_left_over
from pipelines.night import Receipt
from pipelines.objections import WITHHELD_FROM_ANALYSTS, list_of, national_list_age
from pipelines.outputs import TABLES
from pipelines.page_words import words_of
from pipelines.project import Project
from pipelines.publish import MANIFEST, publications
from pipelines.shelf import Shelf, digest
from pipelines.witness import audit_log
from schemas.errors import GovernanceError
from schemas.identifiable import REFERRALS

PAGES = "desk.db"  # as with Parquet, the wall reads every row before it is written
TEXTS = (".csv", ".md", ".json", ".html", ".sql", ".xlsx")
DATES = frozenset({"date"})  # a night's own words and columns are dated
# Why a file of this kind is not read; of another kind nobody has said why.
NOT_READ = {".skops": "the fitted model: packed numbers of a formula, no row of a person"}
UNKNOWN_KIND = "a kind of file that the scan does not know"
LIST_TOO_OLD, NO_BASIS = "the national opt-out list is too old", "no legal basis for that purpose"


def statement_facts(project: Project, configuration: Configuration, run_id: str) -> dict[str, Any]:
    """Everything that the statement of a published night says; `GovernanceError` `E-STATEMENT-RUN` where it never was."""
    row = publications(project, configuration.stores.application).published(run_id)
    if row is None:
        raise GovernanceError("E-STATEMENT-RUN", f"run {run_id} was never published.", cure="see `caselink runs list`")
    seq, chain_head = audit_log(project, configuration).last()
    night = project.night(run_id)
    return {
        "run_id": run_id,
        "as_at": row.as_at.isoformat(),
        "published_at": row.published_at.isoformat(),
        "manifest_sha256": digest(night / MANIFEST),
        "scanned": scan_night(night),
        "audit": {"lines": seq, "head": chain_head},
        "sources_not_read": [*sources_not_read(night), *referrals_not_read(project, run_id)],
        "withheld_from_analysts": withheld_from_analysts(project, run_id, configuration.analysts.id),
        "opt_outs_honoured": opt_outs_honoured(night),
        "counts": counts_withheld(project, run_id),
        "bases_ending_within_30_days": [
            {"source": each.source, "purpose": each.purpose, "reference": each.reference, "valid_to": each.valid_to.isoformat()}
            for each in configuration.basis
            if state_of(each, row.as_at) == ENDS_SOON
        ],
        "purposes": {each.id: each.review_by.isoformat() for each in configuration.purpose},
        "national_opt_out_list_age_days": _list_age(project, row.as_at),
        "key": {"epoch": configuration.keys.epoch, "check_value": key_check_value(root_key(project, configuration))},
    }


def _list_age(project: Project, as_at: dt.date) -> int | None:
    folder = project.inbox / "opt_outs"
    return national_list_age([list_of(path) for path in folder.glob("*.csv")] if folder.is_dir() else [], as_at)


def scan_night(folder: Path) -> dict[str, Any]:
    """Read every text of a night's folder for identifiers: files, what was read of them and how, and what was found.

    Tables were scanned when they were committed, or are made of such; texts, pages and workbooks are read as they lie. `not_read`
    counts every other file: what is not read is not said to be. `unread` says which those are, and why.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    texts = [path for path in files if path.suffix in TEXTS]
    tables = [path for path in files if path.suffix == ".parquet" or path.name == PAGES]
    others = [path for path in files if path.suffix not in TEXTS and path not in set(tables)]
    found = sum(len(rules_found(text, coded=False) - DATES) for path in texts for text in _texts(path))
    return {
        "files": len(files),
        "bytes": sum(path.stat().st_size for path in files),
        "texts_read": len(texts),
        "tables_scanned_at_commit": len(tables),
        "table_rows": sum(map(_rows, tables)),
        "not_read": len(others),
        "unread": _unread(folder, others),
        "findings": found,
    }


def _rows(path: Path) -> int:
    """How many rows a table file holds; the pages' file holds several tables."""
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as pages:
        names = [name for (name,) in pages.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return sum(pages.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names)  # noqa: S608 - our own names


def _unread(folder: Path, files: list[Path]) -> list[dict[str, str]]:
    """Each file that was not read, and why. Only the night's own files are named: anybody may have named another."""
    manifest = folder / MANIFEST
    listed = json.loads(manifest.read_text())["files"] if files and manifest.is_file() else {}
    names = ((str(path.relative_to(folder)), path.suffix) for path in files)
    return [
        {"file": name if name in listed else "a file that is not in the manifest", "why": NOT_READ.get(suffix, UNKNOWN_KIND)}
        for name, suffix in names
    ]


def _texts(path: Path) -> list[str]:
    """The lines of a text file in plain characters; of a page and a workbook what their elements and attributes say.

    Only those that may hold an identifier: Arrow reads them all before Python reads any.
    """
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            parts = [words_of(book.read(name).decode("utf-8", "replace")) for name in book.namelist()]
        lines = [line for part in parts for line in part]
    else:
        text = path.read_text(encoding="utf-8-sig", errors="replace")
        lines = words_of(text) if path.suffix == ".html" else text.splitlines()
    with_digits = pa.array([line for line in lines if "@" in line or any(map(str.isdigit, line))], pa.string())
    if not len(with_digits):
        return []
    read = pa.array(map(_without_pseudonyms, plain(with_digits).to_pylist()), pa.string())
    return list(read.filter(pc.match_substring_regex(read, CANDIDATE)).to_pylist())


def _without_pseudonyms(line: str) -> str:
    """A line without our own pseudonyms and digests: their digits look like anything."""
    return re.sub(r"\b[a-z][a-z0-9-]*[0-9]-[0-7][0-9A-HJKMNP-TV-Z]{26}|\b[0-9a-f]{16,}\b", "", line)


def sources_not_read(night: Path) -> list[dict[str, str]]:
    """Each source of which the night used nothing: its state, and the code of the refusal where there is one."""
    feeds = pq.read_table(night / "aggregate" / "feed_age.parquet", partitioning=None).to_pylist()
    unread = [feed for feed in feeds if not feed["files"] and feed["state"] not in USABLE]
    return [{"source": feed["source"], "state": feed["state"], "code": _code(feed["message"])} for feed in unread]


def referrals_not_read(project: Project, run_id: str) -> list[dict[str, str]]:
    """The same of referrals, which are no feed, from what the night keeps in the vault: nothing where there were none."""
    return [
        {"source": each.source, "state": each.state, "code": _code(each.message)}
        for each in load_landed(project, run_id)
        if each.source == REFERRALS and not each.files and each.state != "missing"
    ]


def _code(message: str | None) -> str:
    found = re.match(r"E-[A-Z0-9-]+(?=:)", message or "")
    return found.group() if found else ""


def withheld_from_analysts(project: Project, run_id: str, analysts: str) -> dict[str, Any]:
    """The tables that exist in the night and that the analysts did not get, and why, where the vault still says."""
    night = project.night(run_id)
    out = night / "out" / analysts
    activity = sorted(path.stem for path in (night / "pseudonymised" / "activity").glob("*.parquet"))
    tables = [name for name in TABLES if not (out / f"{name}.parquet").is_file()]
    tables += [f"activity of {name}" for name in activity if not (out / "activity" / f"{name}.parquet").is_file()]
    receipt = Receipt.read(project, run_id, "opt_outs")
    if not tables or receipt is None:
        return {"tables": tables, "why": ""}
    return {"tables": tables, "why": LIST_TOO_OLD if WITHHELD_FROM_ANALYSTS in receipt.outcome.figures else NO_BASIS}


def opt_outs_honoured(night: Path) -> dict[str, Any]:
    """People whom opt-outs keep out of risk stratification, of all people, as the night published it: None where withheld."""
    rows = pq.read_table(night / "aggregate" / "measure.parquet", partitioning=None)
    chosen = pc.and_(pc.equal(rows["measure"], "opted_out"), pc.equal(rows["breakdown"], "all"))
    row = next(iter(rows.filter(chosen).to_pylist()), {"numerator": None, "denominator": None})
    return {"people": row["numerator"], "of": row["denominator"], "policy": policy_of(night).name}


def counts_withheld(project: Project, run_id: str) -> dict[str, Any] | None:
    """How many counts the night decided on, and how many it withheld; None where the vault does not keep that (any more)."""
    every = exact_figures(Shelf(project.vault_night(run_id), run_id, identifiable=True))
    figures = {key: found for key, found in every.items() if not is_left_over(key)}
    if not figures:
        return None
    policy = policy_of(project.night(run_id))
    withheld = Counter(each.shown is None for each in figures.values())[True]
    return {"all": len(figures), "withheld": withheld, "withheld_to": policy.withheld_to, "rounded_to": policy.rounded_to}
