"""What leaves the night: lists for each team, tables for analysts, the report and the handover.

Every recipient gets pseudonyms of its own, so that two recipients' files cannot be joined.
"""

from __future__ import annotations

import re
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
from pipelines.covered_people import tables_covered
from pipelines.desk_tables import DeskFiles
from pipelines.engine import Engine
from pipelines.epochs import in_this_epoch
from pipelines.feed_words import data_lacks, feed_state
from pipelines.feeds import expected_tonight
from pipelines.identities import keep_identities
from pipelines.keys import night_key
from pipelines.model_words import models_used, risk_given_by, risk_lacks
from pipelines.night import Night, Outcome, Progress, Receipt
from pipelines.objections import WITHHELD_FROM_ANALYSTS, gp_records_left_out, people_left_out
from pipelines.permission import field_list, sources_for
from pipelines.recipients import analysts_domain, team_domain, working_domain
from pipelines.reporting import write_report
from pipelines.settings.purposes import CASE_MANAGEMENT, POPULATION_ANALYSIS, RISK_STRATIFICATION
from schemas.pseudonymised import PseudonymisedActivity
from schemas.zones import Zone

SHEETS = {"caseload": "Caseload", "departures": "No longer listed", "unplaced": "Without a place", "rising": "Rising risk"}
TABLES = ("person", "feature", "score", "selection", "proposal")
TOLD = ("reason", "fact")  # of the people on a list, for their team
DECIDED = ("entry", "ward_place")  # the same, where there are any


def write_outputs(night: Night, progress: Progress) -> Outcome:
    """Lists for each team, tables for analysts, report and handover, into the night's staging folder."""
    tables = {name: night.shelf.get(Zone.PSEUDONYMISED, name) for name in TABLES}
    told = {name: night.shelf.get(Zone.PSEUDONYMISED, name) for name in TOLD}
    told |= {
        name: night.shelf.get(Zone.PSEUDONYMISED, name)
        for name in DECIDED
        if night.shelf.path(Zone.PSEUDONYMISED, name).is_file()
    }
    used = {"service_use": night.shelf.get(Zone.PSEUDONYMISED, "service_use")}
    with DeskFiles(night, tables | told | used) as desk:
        parts: list[Callable[[], None]] = [
            lambda team=team: _team(night, team, tables | told, desk)  # type: ignore[misc]
            for team in night.configuration.team
        ]
        parts += [desk.add_events, lambda: keep_identities(night)]
        parts += [lambda: _analysts(night, tables), lambda: write_report(night, tables)]
        for number, part in enumerate(parts):
            progress(number, len(parts))
            part()
    return Outcome()


def _translation(night: Night, domain: Domain, left_out: frozenset[str] = frozenset()) -> pa.Table:
    """Working pseudonym to the recipient's, for everybody in the vault but those left out."""
    root = night_key(night)
    ids = night.vault_shelf.get(Zone.IDENTIFIABLE, "link")["person_id"].combine_chunks().unique()
    ids = ids.filter(pc.invert(pc.is_in(ids, value_set=pa.array(sorted(left_out), pa.string()))))
    return recipient_map(ids, DomainKey(root, working_domain(night.configuration)), DomainKey(root, domain))


def _team(night: Night, team: Team, tables: dict[str, pa.Table], desk: DeskFiles) -> None:
    """One team's caseload as workbook, CSV and Parquet, and the beginning of what its pages are made of."""
    from caseload.departures import departures, unplaced
    from caseload.lists import CaseloadList, NightTables, build_list
    from caseload.rising import Rising, rising
    from caseload.workbook import Header, explain, write_csv, write_workbook

    folder = night.shelf.folder / "out" / team.id
    folder.mkdir(parents=True, exist_ok=True)
    domain = team_domain(night.configuration, team.id)
    words = _translation(night, domain)
    own = {name: retokenise(_of_team(table, name, team, tables), words) for name, table in tables.items()}
    listed = NightTables(
        own["proposal"], own["selection"], own["score"], own["person"], own["feature"], own["reason"], own["fact"],
        entries=own.get("entry"), wards=own.get("ward_place"),
    )  # fmt: skip
    last = _last_list(night, team)
    feeds = night.shelf.get(Zone.AGGREGATE, "feed_age").to_pylist()
    used = models_used(night.shelf.folder)
    lacks = "; ".join(filter(None, (data_lacks(feeds, expected_tonight(night)), risk_lacks(used)))) or None
    caseload = build_list(listed, team.id, night.as_at, last, data_lacks=lacks)
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
            ("What tonight lacks", lacks or "Nothing: every expected feed is current."),
            ("What gave the risk", risk_given_by(used)),
            *((f"Data from {feed['source']}", feed_state(feed)) for feed in feeds),
        ),
        columns=explain(CaseloadList, Rising),
        synthetic=night.configuration.area.synthetic,
    )
    fields = field_list(night.project)
    every: dict[str, pa.Table] = {"caseload": caseload, "departures": gone, "unplaced": waiting}
    if fields.written("rising", CASE_MANAGEMENT):  # a list of fields of before there was this sheet does not name it
        every["rising"] = rising(listed, team.locality)
    for name, table in every.items():
        every[name] = fields.limit(table, name, CASE_MANAGEMENT)
        check_domain(every[name], domain, name=name)
        scan_strings(every[name], name=name, dated=("data_lacks",))
    write_workbook(folder / "caseload.xlsx", {SHEETS[name]: table for name, table in every.items()}, header)
    write_csv(folder / "caseload.csv", every["caseload"])
    pq.write_table(every["caseload"], folder / "caseload.parquet", compression="zstd")
    desk.add_team(team, words, every)


def _of_team(table: pa.Table, name: str, team: Team, tables: dict[str, pa.Table]) -> pa.Table:
    """Of what is told, the rows of the people on the team's two lists: there are many, and no others are looked at."""
    if name not in TOLD:
        return table
    proposals, chosen = tables["proposal"], tables["selection"]
    mine = proposals.filter(pc.equal(proposals["team"], team.id))["pseudonym"]
    rising = chosen.filter(pc.and_(pc.equal(chosen["locality"], team.locality), chosen["rising_place"].is_valid()))["pseudonym"]
    return table.filter(pc.is_in(table["pseudonym"], value_set=pa.chunked_array([*mine.chunks, *rising.chunks], pa.string())))


def _last_list(night: Night, team: Team) -> pa.Table | None:
    from caseload.lists import CaseloadList

    if night.parent_folder is None:
        return None
    path = night.parent_folder / "out" / team.id / "caseload.parquet"
    if not path.is_file():
        return None
    last = CaseloadList.conform(pq.read_table(path, partitioning=None))  # a column that may no longer leave is empty
    if night.rekeyed_from is not None:
        last = in_this_epoch(night, last, team.id)
    tag = f"{team_domain(night.configuration, team.id).tag}-"  # after a change of epoch the last list speaks of nobody we know
    return last.filter(pc.starts_with(last["pseudonym"], tag))


def _analysts(night: Night, tables: dict[str, pa.Table]) -> None:
    """The analysts' Parquet under their own pseudonyms, and SQL views over it for Power BI or DuckDB.

    Nothing where the national opt-out list is too old: rows of people are a use beyond direct care. Without the people whom
    opt-outs keep out of population analysis, and the columns it may not have. A source that it has no basis for gives no
    activity, no person and nothing of what a person's row says. Scores rest on every source: they go out only where every source
    that the night read is covered; who is selected and proposed only where referrals are, if anybody was referred.
    """
    opt_outs = Receipt.read(night.project, night.run_id, "opt_outs")
    if opt_outs is not None and WITHHELD_FROM_ANALYSTS in opt_outs.outcome.figures:
        return
    domain, fields = analysts_domain(night.configuration), field_list(night.project)
    here = tables["person"]["pseudonym"]  # an open episode of somebody opted out is the team's, and nobody else's
    tables = tables | {"proposal": tables["proposal"].filter(pc.is_in(tables["proposal"]["pseudonym"], value_set=here))}
    covered = sources_for(night.configuration, POPULATION_ANALYSIS, night.days)
    tables = tables_covered(night, tables, covered)
    if not tables:
        return
    folder = night.shelf.folder / "out" / night.configuration.analysts.id
    folder.mkdir(parents=True, exist_ok=True)
    words = _translation(night, domain, _not_for_analysts(night))
    activity = sorted((night.shelf.folder / Zone.PSEUDONYMISED / "activity").glob("*.parquet"))
    for name, table in tables.items():
        known = table.filter(pc.is_in(table["pseudonym"], value_set=words["working"].combine_chunks()))
        own = fields.limit(retokenise(known, words), name, POPULATION_ANALYSIS)
        check_domain(own, domain, name=name)
        pq.write_table(own, folder / f"{name}.parquet", compression="zstd")
    columns = fields.written("activity", POPULATION_ANALYSIS)
    settings = night.configuration.night
    with Engine(night.shelf.folder / "spill", memory_mb=settings.memory_mb, threads=settings.threads) as engine:
        for path in activity:
            if path.stem in covered:
                _activity(engine, path, folder / "activity" / path.name, words, columns)
    (folder / "views.sql").write_text(views_over(folder), encoding="utf-8")


def views_over(folder: Path) -> str:
    """The views whose tables are in the folder: each as it is shipped, in the same order."""
    shipped = (Path(__file__).parent / "views.sql").read_text(encoding="utf-8").split(";\n")
    lacking, kept = set[str](), []
    for statement in shipped:
        files = re.findall(r"read_parquet\('([^']+)'", statement)
        name = re.search(r"VIEW (\w+) AS", statement)
        there = all(list(folder.glob(each)) for each in files)
        if there and not lacking.intersection(re.findall(r"(?:FROM|JOIN) (\w+)", statement)):
            kept.append(statement)
        elif name:
            lacking.add(name[1])
    return ";\n".join(kept)


def _not_for_analysts(night: Night) -> frozenset[str]:
    """People whom opt-outs keep out of population analysis. Features rest on GP records too: a Type 1 objection keeps her out
    whole where it did not keep her GP records out of the night."""
    by_type_1 = gp_records_left_out(night, POPULATION_ANALYSIS) - gp_records_left_out(night, RISK_STRATIFICATION)
    return people_left_out(night, POPULATION_ANALYSIS) | by_type_1


def _activity(engine: Engine, source: Path, target: Path, words: pa.Table, columns: frozenset[str]) -> None:
    frame: nw.LazyFrame[Any] = retokenise_frame(engine.scan(source), engine.from_arrow(words))
    engine.write(frame, target, PseudonymisedActivity, columns)
