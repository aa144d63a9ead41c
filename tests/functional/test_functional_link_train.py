"""`caselink link train` on a published night: a model of the project's own, that its nights may link with."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from linkage import LinkSettings, link_records, load_model
from linkage.comparisons import COMPARISONS
from linkage.review.judgements import LINK, NON_LINK
from linkage.training.cascade import train_cascade
from pipelines.config import load_configuration
from pipelines.linkage_model import link_settings, model_digest
from pipelines.plan import plan_night
from pipelines.project import Project
from schemas.errors import ConfigurationError
from schemas.identifiable import Judgement
from tests.conftest import caselink

AS_AT = dt.date(2026, 9, 30)


def table(folder: Path, name: str) -> pa.Table:
    return pq.read_table(next((folder / "vault").rglob(f"{name}.parquet")))


@pytest.fixture(scope="module")
def trained(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], Path]:
    """What the command said, and the file it wrote."""
    file = tmp_path_factory.mktemp("model") / "model.json"
    done = caselink("link", "train", "--model", str(file), "--project", str(first_night), "--json")
    assert done.returncode == 0, done.stderr
    assert "not calibrated" in done.stderr
    return json.loads(done.stdout), file


def test_it_says_what_it_learnt_from_and_that_nobody_judged(trained: tuple[dict[str, Any], Path]) -> None:
    said, file = trained
    assert said["converged"] is True
    assert said["calibrated"] is False
    assert [block["rule"] for block in said["blocks"]] == ["number", "full_birth", "given + family"]
    assert 0.8 < said["share_in_register"] <= 0.99
    assert load_model(file).version == said["version"]


def test_a_model_holds_no_name_number_date_or_postcode(trained: tuple[dict[str, Any], Path], first_night: Path) -> None:
    words = trained[1].read_text(encoding="utf-8")
    records = table(first_night, "person_record")
    for column in ("given_name", "family_name", "nhs_number", "postcode", "local_patient_id"):
        values = [value for value in records[column].unique().to_pylist() if value and len(value) > 4]
        assert values
        assert not [value for value in values if value in words], column


def test_what_it_learnt_is_like_what_was_set_by_hand(trained: tuple[dict[str, Any], Path]) -> None:
    own, fixed = load_model(trained[1]), load_model()
    for comparison in COMPARISONS:
        same, different = (own.comparisons[comparison.name][level].weight for level in ("same", "different"))
        assert same > 0 > different
    for name in ("given_name", "family_name", "date_of_birth", "gender"):
        assert own.comparisons[name]["same"].weight == pytest.approx(fixed.comparisons[name]["same"].weight, abs=2.5), name
    household = next(each for each in own.dependences if set(each.when) == {"family_name", "postcode"})
    assert household.weight < -1


def test_a_night_that_names_it_links_with_it_and_is_another_night(trained: tuple[dict[str, Any], Path], published: Path) -> None:
    project = Project.at(published)
    before = plan_night(project, load_configuration(project), AS_AT)
    assert link_settings(project, load_configuration(project)).model is None
    (published / "own.json").write_bytes(trained[1].read_bytes())
    with project.configuration.open("a", encoding="utf-8") as file:
        file.write('\n[linkage]\nmodel = "own.json"\n')
    configuration = load_configuration(project)
    assert link_settings(project, configuration).model == project.root / "own.json"
    night = plan_night(project, configuration, AS_AT)
    assert night.run_id != before.run_id
    (published / "own.json").write_text(trained[1].read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert plan_night(project, configuration, AS_AT).run_id != night.run_id
    (published / "own.json").unlink()
    with pytest.raises(ConfigurationError, match="E-LINK-MODEL"):
        model_digest(project, configuration)


def test_the_cascade_is_as_right_with_it(trained: tuple[dict[str, Any], Path], first_night: Path) -> None:
    records, mergers = table(first_night, "person_record"), table(first_night, "register_merger")
    linked = link_records(records, mergers, LinkSettings(model=trained[1])).matches
    truth = pq.read_table(first_night / "truth" / "truth_record.parquet").to_pandas()
    residents = truth[truth["source"] == "register"].set_index("local_patient_id")["true_person_id"]
    found = linked.to_pandas().merge(truth, on=["source", "local_patient_id"])
    found = found[found["source"] != "register"]
    right = found["register_id"].map(residents) == found["true_person_id"]
    assert right[found["register_id"].notna()].mean() >= 0.999
    assert right[found["identifies_one"]].mean() >= 0.97
    assert trained[0]["version"] in linked["model_version"].unique().to_pylist()


def test_judgements_calibrate_it(first_night: Path) -> None:
    records, mergers = table(first_night, "person_record"), table(first_night, "register_merger")
    matches = table(first_night, "match")
    linked = (
        matches.filter(pc.and_(pc.equal(matches["source"], "gp"), pc.is_valid(matches["register_id"]))).slice(0, 120).to_pylist()
    )
    rows = []
    for place, row in enumerate(linked):
        wrong = place % 3 == 0  # another's register id: two people
        register_id = linked[(place + 7) % len(linked)]["register_id"] if wrong else row["register_id"]
        rows.append(
            {
                "source": row["source"], "local_patient_id": row["local_patient_id"], "register_id": register_id,
                "reviewer": "ann", "decision": NON_LINK if wrong else LINK, "model_version": "any",
                "decided_at": dt.datetime(2026, 10, 1, tzinfo=dt.UTC),
            }
        )  # fmt: skip
    schema = Judgement.arrow_schema()
    judgements = pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)
    model = train_cascade(records, mergers, judgements)
    assert model.is_calibrated
    assert model.calibration is not None
    assert 100 <= model.calibration.judgements <= 120
    assert train_cascade(records, mergers, judgements.take(list(reversed(range(judgements.num_rows))))).version == model.version


def test_where_it_cannot_write_or_there_is_no_night_it_says_so(published: Path, example: Path, tmp_path: Path) -> None:
    done = caselink("link", "train", "--model", str(tmp_path / "no" / "model.json"), "--project", str(published))
    assert done.returncode != 0
    assert "E-ARGUMENT" in done.stderr
    nightless = shutil.copytree(example, tmp_path / "nightless")
    done = caselink("link", "train", "--model", str(tmp_path / "model.json"), "--project", str(nightless))
    assert done.returncode != 0
    assert "E-RUN-NONE" in done.stderr
