"""What the list of features says of sources and purposes, against what the night permits, brings in and calls late."""

from __future__ import annotations

import pytest

from pipelines.config import MAX_AGE_DAYS
from pipelines.extracts import EXTRACTS
from pipelines.permission import NEEDED
from stratify.features import FEATURES
from stratify.features.feature import Feature
from stratify.features.lags import OLDEST_DAYS

CARRIES = {extract.source: set(extract.attributes) for extract in EXTRACTS}


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
def test_a_source_without_a_basis_for_the_features_purpose_is_not_read(feature: Feature) -> None:
    """`barred` asks of every source a basis for each purpose in `NEEDED`: without one the source gives no event."""
    assert feature.purpose in NEEDED


@pytest.mark.parametrize("feature", [each for each in FEATURES if each.needs], ids=lambda feature: feature.name)
def test_what_a_feature_needs_one_of_its_feeds_carries(feature: Feature) -> None:
    for name in feature.needs:
        assert any(name in CARRIES[feed] for feed in feature.feeds)


def test_a_feed_is_late_for_features_when_it_is_for_the_night() -> None:
    assert {source: MAX_AGE_DAYS[source] for source in OLDEST_DAYS} == OLDEST_DAYS
