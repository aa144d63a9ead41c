"""The council's side: its client index or Client Level Data turned into match tokens and minimised events, in its own building.

Needs the file and the transit key and nothing else: no project, vault, register or root key. What leaves is built column by
column; the rest of the file is not carried. Both files are scanned for identifiers before they are written.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from governance.private_files import check_outside_git
from governance.transit import LOCAL_ID as LOCAL_ID_KIND
from governance.transit import TransitKey, read_transit_key
from governance.wall import scan_strings
from pipelines.engine import Engine
from pipelines.extracts import EXTRACTS
from pipelines.extracts.assemble import assemble_people
from pipelines.extracts.conversion import Converted, Task, convert
from pipelines.extracts.delivered import ENDINGS, period_of
from pipelines.extracts.landed import LandedFile, LandedSource
from pipelines.extracts.layout import LOCAL_ID
from pipelines.extracts.mappings import load_mappings
from pipelines.extracts.minimised_events import minimised_events
from pipelines.extracts.token_file import KEY_CHECK, SCHEME_COLUMN, TOKEN_KINDS, token_column
from pipelines.private_csv import write_private_csv
from pipelines.shelf import digest
from schemas.errors import CaselinkError, ConfigurationError
from schemas.identifiable import PersonRecord
from schemas.nhs_number import NhsNumberKind
from schemas.table import Rows

TOKENISED = ("asc_person", "cld")
# Columns of codes: a practice's or an area's code may look like a postcode.
CODED = ("LA_Code", "GP_Practice_Code", "LSOA")


def tokenise(
    source: str, file: Path, key_file: Path, out: Path, *, mappings: Path | None = None, synthetic: bool = False
) -> dict[str, Any]:
    """Tokenise one file of a source into the folder `out`; what was written and counted, in plain values.

    Raises `ConfigurationError` `E-TOKENISE-SOURCE`, `E-TOKENISE-FILE`; `GovernanceError` `E-KEY-*` for an unsafe key, and
    `E-EXPORT-GIT`; `ZoneError` where a file to be written would hold an identifier; `CaselinkError` as landing does for what is
    wrong with the whole file. Single bad rows are left out and counted.
    """
    if source not in TOKENISED:
        raise ConfigurationError("E-TOKENISE-SOURCE", f"{source} cannot be tokenised.", cure=f"one of: {', '.join(TOKENISED)}")
    ending = _ending(file)
    key = read_transit_key(key_file)
    check_outside_git(out.resolve() / "tokens.csv", "E-EXPORT")
    period = period_of(file.name)
    with tempfile.TemporaryDirectory(prefix="caselink-") as private:
        work = Path(private)
        task = _task(source, f"{source}{ending}", file, mappings=mappings, synthetic=synthetic)
        converted = convert(task, work / "converted")
        summary = converted.summary
        if summary.refusal is not None:
            raise _refusal(summary.refusal, task.name, source, file)
        with Engine(work / "spill", memory_mb=1000, threads=2) as engine:
            people = _people(source, task, converted, engine)
            rows = engine.to_arrow(engine.scan([converted.data]))
        councils = _councils(rows)
        written = {f"{source}_tokens": token_rows(people, councils, key)}
        if source == "cld":
            written["cld"] = minimised_events(rows, key)
        names = {table: f"{table}{f'_{period.end.isoformat()}' if period else ''}.csv" for table in written}
        for table, texts in written.items():
            _scan(texts, table)
        for table, texts in written.items():
            write_private_csv(out / names[table], texts, for_people=False)
    return {
        "source": source,
        "key_check_value": key.check_value,
        "files": {names[table]: texts.num_rows for table, texts in written.items()},
        "rows": summary.rows,
        "rejected": summary.rejected,
        "left_out": sum(summary.left_out.values()),
        "people": people.num_rows,
        "tokens": _counts(written[f"{source}_tokens"]),
        "test_numbers": 0
        if synthetic
        else pc.sum(pc.equal(people["nhs_number_kind"], NhsNumberKind.TEST_RANGE.value)).as_py() or 0,
    }


def _ending(file: Path) -> str:
    """The file's ending, of those that are read; a refusal does not repeat the file's name, which may be a person's."""
    if not file.is_file():
        raise ConfigurationError("E-TOKENISE-FILE", "the file of --file is not there.", cure="give its right name")
    ending = next((each for each in sorted(ENDINGS, key=len, reverse=True) if file.name.lower().endswith(each)), None)
    if ending is None:
        raise ConfigurationError(
            "E-TOKENISE-FILE", "the ending of --file is none that is read.", cure=f"one of: {', '.join(ENDINGS)}"
        )
    return ending


def _refusal(said: tuple[str, str, str], name: str, source: str, file: Path) -> CaselinkError:
    """What is wrong with the whole file, speaking of `--file` where it spoke of the neutral name the file was read under."""
    code, message, cure = (text.replace(name, "the file of --file") for text in said)
    named = next((each for each in TOKENISED if each != source and file.name.lower().startswith(each)), None)
    if named is not None:
        cure = f"its name begins with {named}: was --source {named} meant, not {source}?"
    return CaselinkError(code, message, cure=cure)


def token_rows(people: Rows[PersonRecord], councils: pa.Table, key: TransitKey) -> pa.Table:
    """The token file's rows, as texts, in the order of the keyed ids: the order of the council's file says nothing any more.

    `councils`: LOCAL_ID and LA_Code of everybody. A person without any token has a row too: her minimised fields count.
    """
    from linkage.tokens.kinds import SCHEME
    from linkage.tokens.texts import token_parts, token_texts

    parts = token_parts(people)
    ids = people["local_patient_id"].combine_chunks()
    months = pc.floor_temporal(people["date_of_birth"], unit="month").cast(pa.date32()).cast(pa.string())
    columns = {
        "LA_Code": councils["LA_Code"].take(pc.index_in(ids, value_set=councils[LOCAL_ID].combine_chunks())),
        "LA_Person_Unique_Identifier": key.tokens(LOCAL_ID_KIND, ids),
        KEY_CHECK: pa.repeat(key.check_value, len(ids)),
        SCHEME_COLUMN: pa.repeat(SCHEME, len(ids)),
        "Gender": people["gender"],
        "Ethnicity": people["ethnic_category"],
        "Month_of_Birth": months,
        "LSOA": people["lsoa_code"],
        "GP_Practice_Code": people["gp_practice_code"],
    }
    columns |= {token_column(kind): key.tokens(kind, token_texts(parts, kind)) for kind in TOKEN_KINDS}
    return pa.table(columns).sort_by([("LA_Code", "ascending"), ("LA_Person_Unique_Identifier", "ascending")])


def _task(source: str, name: str, file: Path, *, mappings: Path | None, synthetic: bool) -> Task:
    layout = next(extract for extract in EXTRACTS if extract.source == source).tables[0]
    return Task(source, name, file, digest(file), layout, load_mappings(mappings).of(source, layout.name), synthetic)


def _people(source: str, task: Task, converted: Converted, engine: Engine) -> Rows[PersonRecord]:
    summary, extract = converted.summary, next(each for each in EXTRACTS if each.source == source)
    file = LandedFile(
        task.name, task.layout.name, None, task.sha256, summary.rows, summary.rejected, 0, converted_path=converted.data
    )
    frame = assemble_people(extract, LandedSource(source, "current", (file,)), engine, dt.date.max)
    if frame is None:
        return PersonRecord.empty()
    return PersonRecord.sort(PersonRecord.validate(PersonRecord.conform(engine.to_arrow(frame))))


def _councils(rows: pa.Table) -> pa.Table:
    """LOCAL_ID and LA_Code, one row for each person; of several councils the first in the alphabet."""
    found = rows.group_by(LOCAL_ID).aggregate([("LA_Code", "min")])
    return pa.table({LOCAL_ID: found[LOCAL_ID].combine_chunks(), "LA_Code": found["LA_Code_min"].combine_chunks()})


def _counts(rows: pa.Table) -> dict[str, int]:
    return {kind: rows.num_rows - rows[token_column(kind)].null_count for kind in TOKEN_KINDS}


def _scan(texts: pa.Table, table: str) -> None:
    """Lock 2, turned on what leaves the council. Dates are columns of dates here, so texts that are dates are read as such."""
    codes = [name for name in texts.column_names if name in CODED]
    dates = [name for name in texts.column_names if name.endswith(("_Date", "Month_of_Birth"))]
    neutral = {name: f"column_{number}" for number, name in enumerate(texts.column_names)}
    scan_strings(
        texts.rename_columns(list(neutral.values())).replace_schema_metadata(None),
        name=table,
        coded=[neutral[name] for name in codes],
        dated=[neutral[name] for name in dates],
    )
