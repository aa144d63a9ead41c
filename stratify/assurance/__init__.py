"""Assurance: what is measured of a model before it may make a list, and what follows from it.

A night calls, for each model:

    check = check_model(predicted, outcome, baseline=rule, people=people, capacity=places)
    found = gates(model, check.assessment, check.groups)       # stratify.assure
    decision = decide(overall(found), earlier, as_at)          # tonight's model, yesterday's, or none

puts the tables of `check` away once they have passed the disclosure policy (`pipelines.model_assurance`), completes the model's
card with them, and holds chances that it published against what happened since (`stratify.assurance.monitoring`).
"""

from __future__ import annotations

from stratify.assurance.check import Check, alarm, check_model
from stratify.assurance.deciding import Decision, Earlier, decide
from stratify.assurance.drift import feature_drift, score_drift

__all__ = ["Check", "Decision", "Earlier", "alarm", "check_model", "decide", "feature_drift", "score_drift"]
