"""What leaves the night: lists for each team, tables for analysts, the report and the handover.

Every recipient gets pseudonyms of its own, so that two recipients' files cannot be joined.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from governance.keys import Domain, DomainKey
from governance.pseudonymise import recipient_map, retokenise, retokenise_frame
from governance.wall import check_domain, scan_strings
from pipelines.config import Team
from pipelines.engine import Engine
from pipelines.keys import root_key
from pipelines.night import Night, Outcome, Progress
from pipelines.recipients import analysts_domain, team_domain, working_domain
from pipelines.reporting import write_report
from schemas.pseudonymised import PseudonymisedActivity
from schemas.zones import Zone

TABLES = ("person", "feature", "score", "selection", "proposal")


def write_outputs(night: Night, progress: Progress) -> Outcome:
    """Lists for each team, tables for analysts, report and handover, into the night's staging folder."""
    tables = {name: night.shelf.get(Zone.PSEUDONYMISED, name) for name in TABLES}
    parts: list[Callable[[], None]] = [lambda team=team: _team(night, team, tables) for team in night.configuration.team]  # type: ignore[misc]
    parts += [lambda: _analysts(night, tables), lambda: write_report(night, tables)]
    for number, part in enumerate(parts):
        progress(number, len(parts))
        part()
    return Outcome()


def _translation(night: Night, domain: Domain) -> pa.Table:
    """Working pseudonym to the recipient's, for everybody in the vault."""
    root = root_key(night.project, night.configuration)
    ids = night.vault_shelf.get(Zone.IDENTIFIABLE, "link")["person_id"].combine_chunks().unique()
    return recipient_map(ids, DomainKey(root, working_domain(night.configuration)), DomainKey(root, domain))


def _team(night: Night, team: Team, tables: dict[str, pa.Table]) -> None:
    """One team's caseload as workbook, CSV and Parquet."""
    from caseload.departures import departures, unplaced
    from caseload.lists import CaseloadList, NightTables, build_list
    from caseload.workbook import Header, explain, write_csv, write_workbook

    folder = night.shelf.folder / "out" / team.id
    folder.mkdir(parents=True, exist_ok=True)
    domain = team_domain(night.configuration, team.id)
    words = _translation(night, domain)
    own = {name: retokenise(table, words) for name, table in tables.items()}
    listed = NightTables(own["proposal"], own["selection"], own["score"], own["person"], own["feature"])
    last = _last_list(night, team)
    caseload = build_list(listed, team.id, night.as_at, last)
    gone = departures(listed, team.id, night.as_at, last)
    waiting = unplaced(listed, team.locality)
    header = Header(
        title=f"{team.name}: proposed caseload",
        as_at=night.as_at,
        lines=(
            ("Care area", night.configuration.area.name),
            ("Run", night.run_id),
            ("What this is", "Proposals for a named professional to accept or decline. The night decides nothing."),
            ("Names", "There are none here: each code stands for one person, in this team's lists only."),
            *_feed_lines(night),
        ),
        columns=explain(CaseloadList),
        synthetic=night.configuration.area.synthetic,
    )
    for name, table in {"caseload": caseload, "departures": gone, "unplaced": waiting}.items():
        check_domain(table, domain, name=name)
        scan_strings(table, name=name)
    write_workbook(folder / "caseload.xlsx", {"Caseload": caseload, "No longer listed": gone, "Without a place": waiting}, header)
    write_csv(folder / "caseload.csv", caseload)
    pq.write_table(caseload, folder / "caseload.parquet", compression="zstd")


def _last_list(night: Night, team: Team) -> pa.Table | None:
    if night.parent_folder is None:
        return None
    path = night.parent_folder / "out" / team.id / "caseload.parquet"
    if not path.is_file():
        return None
    last = pq.read_table(path, partitioning=None)
    tag = f"{team_domain(night.configuration, team.id).tag}-"  # after a change of epoch the last list speaks of nobody we know
    return last.filter(pc.starts_with(last["pseudonym"], tag))


def _feed_lines(night: Night) -> list[tuple[str, str]]:
    feeds = night.shelf.get(Zone.AGGREGATE, "feed_age").to_pylist()
    return [(f"Data from {feed['source']}", f"to {feed['data_to'] or 'never'} ({feed['state']})") for feed in feeds]


def _analysts(night: Night, tables: dict[str, pa.Table]) -> None:
    """The analysts' Parquet under their own pseudonyms, and SQL views over it for Power BI or DuckDB."""
    folder = night.shelf.folder / "out" / night.configuration.analysts.id
    folder.mkdir(parents=True, exist_ok=True)
    domain = analysts_domain(night.configuration)
    words = _translation(night, domain)
    for name, table in tables.items():
        own = retokenise(table, words)
        check_domain(own, domain, name=name)
        pq.write_table(own, folder / f"{name}.parquet", compression="zstd")
    settings = night.configuration.night
    with Engine(night.shelf.folder / "spill", memory_mb=settings.memory_mb, threads=settings.threads) as engine:
        for path in sorted((night.shelf.folder / Zone.PSEUDONYMISED / "activity").glob("*.parquet")):
            _activity(engine, path, folder / "activity" / path.name, words)
    (folder / "views.sql").write_text((Path(__file__).parent / "views.sql").read_text(encoding="utf-8"), encoding="utf-8")


def _activity(engine: Engine, source: Path, target: Path, words: pa.Table) -> None:
    frame: nw.LazyFrame[Any] = retokenise_frame(engine.scan(source), engine.from_arrow(words))
    engine.write(frame, target, PseudonymisedActivity)
