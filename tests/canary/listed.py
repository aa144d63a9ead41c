"""Whether the people of the canary are there to be leaked: linked, scored and on a team's list."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.csv as pc_csv
import pyarrow.parquet as pq

from governance.keys import DomainKey
from governance.pseudonyms import pseudonyms
from pipelines.config import load_configuration
from pipelines.keys import root_key
from pipelines.project import Project
from pipelines.recipients import domain_of
from tests.canary.people import Person

KEY = ["source", "local_patient_id"]


def listed(folder: Path, people: list[Person]) -> set[str]:
    """Pseudonyms of those people on the published night's lists; a person is on one list at most."""
    project = Project.at(folder)
    configuration = load_configuration(project)
    run = json.loads((folder / "CURRENT").read_text(encoding="utf-8"))["run_id"]
    night = folder / "vault" / "nights" / run
    filters = [("nhs_number", "in", [each.number for each in people])]
    records = pq.read_table(night / "person_record.parquet", filters=filters, partitioning=None)
    ids = pc.unique(pq.read_table(night / "link.parquet", partitioning=None).join(records, KEY, join_type="inner")["person_id"])
    found: set[str] = set()
    for path in (folder / "runs" / run / "out").glob("*/caseload.csv"):
        key = DomainKey(root_key(project, configuration), domain_of(configuration, path.parent.name))
        found |= set(pseudonyms(ids, key).to_pylist()) & set(pc_csv.read_csv(path)["pseudonym"].to_pylist())
    return found
