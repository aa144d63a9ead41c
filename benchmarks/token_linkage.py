"""Token linkage beside clear linkage, same people, against the truth: `python -m benchmarks.token_linkage CLEAR TOKENS`.

CLEAR and TOKENS are example projects after a night, TOKENS with the council's files of CLEAR tokenised under its key file
`secrets/transit.key`. Prints precision and recall of the council's links in both, as JSON.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from governance.transit import LOCAL_ID, read_transit_key

COUNCIL = ("asc_person", "cld")


def compare(clear: Path, tokens: Path) -> dict[str, Any]:
    """Precision and recall of each of the council's sources: {source: {"clear": ..., "tokens": ...}}."""
    truth = pq.read_table(clear / "truth" / "truth_record.parquet")
    truth = truth.select(["source", "local_patient_id", "true_person_id"])
    keyed = read_transit_key(tokens / "secrets" / "transit.key")
    own = keyed.tokens(LOCAL_ID, truth["local_patient_id"].combine_chunks())
    council = pc.replace_substring_regex(truth["local_patient_id"], ":.*", "")
    renamed = pc.if_else(
        pc.is_in(truth["source"], value_set=pa.array(COUNCIL)),
        pc.binary_join_element_wise(council, own, ":"),
        truth["local_patient_id"],
    )
    hidden = truth.set_column(1, "local_patient_id", renamed)
    return {source: {"clear": accuracy(clear, truth, source), "tokens": accuracy(tokens, hidden, source)} for source in COUNCIL}


def accuracy(project: Path, truth: pa.Table, source: str) -> dict[str, Any]:
    """Links of one source that are right, over those made (precision) and over those of people on the register (recall)."""
    night = next((project / "vault" / "nights").iterdir())
    matches = pq.read_table(night / "match.parquet", columns=["source", "local_patient_id", "register_id", "step"])
    person = {(row["source"], row["local_patient_id"]): row["true_person_id"] for row in truth.to_pylist()}
    on_register = {who for (where, _), who in person.items() if where == "register"}
    rows = [row for row in matches.to_pylist() if row["source"] == source and (source, row["local_patient_id"]) in person]
    linked = [row for row in rows if row["register_id"] is not None]
    right = sum(person[source, row["local_patient_id"]] == person.get(("register", row["register_id"])) for row in linked)
    there = sum(person[source, row["local_patient_id"]] in on_register for row in rows)
    steps: dict[str, int] = {}
    for row in rows:
        steps[row["step"]] = steps.get(row["step"], 0) + 1
    return {
        "records": len(rows),
        "on_register": there,
        "linked": len(linked),
        "right": right,
        "precision": right / len(linked) if linked else None,
        "recall": right / there if there else None,
        "steps": steps,
    }


if __name__ == "__main__":
    print(json.dumps(compare(Path(sys.argv[1]), Path(sys.argv[2])), indent=1))
