"""A list shows scores and features by name, and this room imports no sibling: the names must be those that stratify gives."""

from __future__ import annotations

from caseload.lists import CHARLSON, CONTACTS, FRAILTY, LINK_CONFIDENCE, RISK, CaseloadList
from schemas.pseudonymised import LINK_QUALITIES
from stratify.features import FEATURES
from stratify.models.night_models import MODELS
from stratify.scores import SCORES


def test_scores_and_features_of_the_list_exist():
    assert RISK in {model.name for model in MODELS}
    assert {FRAILTY, CHARLSON} <= {score.name for score in SCORES}
    assert set(CONTACTS.values()) <= {feature.name for feature in FEATURES}
    assert set(CONTACTS) <= set(CaseloadList.columns())


def test_every_quality_of_a_link_has_words():
    assert set(LINK_CONFIDENCE) == set(LINK_QUALITIES)
