"""Assurance: what is measured of a model before it may make a list, and what follows from it.

A night calls, for each model:

    check = check_model(predicted, outcome, baseline=rule, people=people, capacity=places)
    found = gates(model, check.assessment, check.groups)       # stratify.assure
    decision = decide(overall(found), earlier, as_at)          # tonight's model, yesterday's, or none
    card = model_card(facts, check, found)                     # stratify.models.card; JSON, then an HTML page

and puts the tables of `check` away once they have passed the disclosure policy (`pipelines.model_figures`).
"""

from __future__ import annotations

from stratify.assurance.check import Check, alarm, check_model
from stratify.assurance.deciding import Decision, Earlier, decide
from stratify.assurance.drift import feature_drift, score_drift

__all__ = ["Check", "Decision", "Earlier", "alarm", "check_model", "decide", "feature_drift", "score_drift"]
