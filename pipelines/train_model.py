"""`caselink link train`: a model learnt from the records of the night served now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from linkage.training.cascade import train_cascade
from pipelines.config import load_configuration
from pipelines.history import resolve
from pipelines.judging import judgement_log
from pipelines.output_files import check_writable
from pipelines.project import Project
from pipelines.shelf import Shelf
from pipelines.traced import known_records
from schemas.zones import Zone

# Where the model goes unless another place is named.
MODEL_FILE = "linkage-model.json"


def train_model(project: Project, out: Path) -> dict[str, Any]:
    """Learn a model from the records of the night served now, calibrate it on all judgements, and write it to `out`.

    Answers with the model's version and what training says of itself. `ConfigurationError` `E-RUN-NONE` where there is no night,
    `E-ARGUMENT` where `out` cannot be written, before any work.
    """
    check_writable(out, "--model")
    run_id = resolve(project, "current")
    shelf = Shelf(project.vault_night(run_id), run_id, identifiable=True)
    log = judgement_log(project, load_configuration(project))
    model = train_cascade(known_records(shelf), shelf.get(Zone.IDENTIFIABLE, "register_merger"), log.up_to(log.position()))
    model.save(out)
    return {
        "run_id": run_id,
        "model": str(out),
        "version": model.version,
        "share_in_register": model.share_in_register,
        "calibrated": model.is_calibrated,
        "judgements": model.calibration.judgements if model.calibration else 0,
        "dependences": len(model.dependences),
        **model.training,
    }
