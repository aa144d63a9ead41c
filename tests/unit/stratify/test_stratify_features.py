"""The list of features, and what holds for the table as a whole: who is in it, no leakage, any row order."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from schemas.identifiable import SOURCES
from schemas.pseudonymised import PseudonymisedActivity
from schemas.purposes import NIGHT_PURPOSES
from stratify.features import FEATURES, GROUPS, NOT_MODELLED, available_services
from stratify.features.feature import Feature
from stratify.features.lags import OLDEST_DAYS
from stratify.models.wording import WORDINGS
from tests.stratify_area import AS_AT, activity_of, features_of, lazy, people_of, seeded_area

TYPES = {"whole": int, "number": float, "flag": bool}


@pytest.fixture(scope="module")
def area() -> tuple[pa.Table, pa.Table]:
    return seeded_area(200)


@pytest.fixture(scope="module")
def built(area: tuple[pa.Table, pa.Table]) -> dict[str, dict[str, Any]]:
    return features_of(area[1], area[0])


@pytest.fixture(scope="module")
def shuffled(area: tuple[pa.Table, pa.Table]) -> dict[str, dict[str, Any]]:
    people, activity = (table.take(np.random.default_rng(3).permutation(table.num_rows)) for table in area)
    return features_of(activity, people)


@pytest.fixture(scope="module")
def bare() -> dict[str, Any]:
    """A person of whom nothing is known, with one event of every type of which nothing is known."""
    kinds = sorted(PseudonymisedActivity.columns()["activity_type"].codes or ())
    empty = {"pseudonym": "a", "start": -3, "codes": ""}
    activity = activity_of([{**empty, "activity_type": kind} for kind in kinds])
    people = people_of([{"pseudonym": "a", "age_band": None, "gender": None, "locality": None, "registered_from": None}])
    return features_of(activity, people)["a"]


@pytest.mark.parametrize("feature", FEATURES, ids=lambda feature: feature.name)
class TestEveryFeature:
    def test_has_words(self, feature: Feature) -> None:
        assert feature.description.endswith(".")
        assert len(feature.description.split()) >= 4
        assert feature.group in GROUPS
        assert feature.group in WORDINGS or not feature.modelled

    def test_has_a_source_and_a_purpose(self, feature: Feature) -> None:
        assert feature.feeds
        assert set(feature.feeds) <= set(SOURCES)
        assert feature.purpose in NIGHT_PURPOSES
        assert all(f"{feed} {OLDEST_DAYS[feed]} days" in feature.lag for feed in feature.feeds)

    def test_handles_nulls(self, feature: Feature, bare: dict[str, Any]) -> None:
        value = bare[feature.name]
        assert value is None or isinstance(value, TYPES[feature.kind])
        if feature.empty is not None and not feature.needs:
            assert value is not None

    def test_does_not_depend_on_the_order_of_rows(
        self, feature: Feature, built: dict[str, dict[str, Any]], shuffled: dict[str, dict[str, Any]]
    ) -> None:
        assert {name: row[feature.name] for name, row in built.items()} == {
            name: row[feature.name] for name, row in shuffled.items()
        }


def test_names_are_unique() -> None:
    assert len({feature.name for feature in FEATURES}) == len(FEATURES) >= 150


def test_every_group_has_features() -> None:
    assert {feature.group for feature in FEATURES} == GROUPS.keys()


def test_no_model_reads_what_services_cost_or_which_feeds_came() -> None:
    not_read = {feature.name for feature in FEATURES if feature.group in ("cost", "feeds")}
    assert not_read == NOT_MODELLED


def test_people_are_those_registered_and_alive() -> None:
    later, earlier = AS_AT + dt.timedelta(days=1), AS_AT - dt.timedelta(days=1)
    people = people_of(
        [
            {"pseudonym": "ordinary"},
            {"pseudonym": "starts that day", "registered_from": AS_AT},
            {"pseudonym": "start not known", "registered_from": None},
            {"pseudonym": "starts later", "registered_from": later},
            {"pseudonym": "left before", "registered_to": earlier},
            {"pseudonym": "left this month", "registered_to": AS_AT},
            {"pseudonym": "leaves later", "registered_to": later},
            {"pseudonym": "died before", "month_of_death": earlier.replace(day=1)},
            {"pseudonym": "died this month", "month_of_death": AS_AT},
            {"pseudonym": "dies later", "month_of_death": dt.date(2026, 5, 1)},
        ]
    )
    found = features_of(activity_of([]), people)
    assert set(found) == {"ordinary", "starts that day", "start not known", "leaves later", "dies later"}


def test_who_people_are() -> None:
    people = people_of(
        [
            {"pseudonym": "a", "age_band": "80-84", "gender": "1", "deprivation_decile": 2},
            {"pseudonym": "b", "age_band": "90+", "gender": "9"},
            {"pseudonym": "c", "age_band": "00-04", "gender": "2"},
        ]
    )
    found = features_of(activity_of([]), people)
    assert [(row["age"], row["female"], row["deprivation_decile"]) for _, row in sorted(found.items())] == [
        (82.5, False, 2),
        (92.5, None, None),
        (2.5, True, None),
    ]
    past = features_of(activity_of([]), people, bands_at=AS_AT + dt.timedelta(days=1461))
    assert [row["age"] for _, row in sorted(past.items())] == [78.5, 88.5, 0.0]


def test_available_services() -> None:
    activity = activity_of(
        [
            {"pseudonym": "a", "activity_type": "mental_health_spell", "start": -730},
            {"pseudonym": "a", "activity_type": "gp_snapshot", "start": -1},
            {"pseudonym": "a", "activity_type": "outpatient", "start": -731},
            {"pseudonym": "a", "activity_type": "community_contact", "start": 0},
        ]
    )
    assert available_services(lazy(activity), AS_AT) == {"mental_health", "gp_snapshot"}


def test_no_activity_at_all_gives_nulls_not_zeros() -> None:
    found = features_of(activity_of([]), people_of([{"pseudonym": "a"}]))["a"]
    assert {found[feature.name] for feature in FEATURES if feature.services} == {None}
    assert {found[feature.name] for feature in FEATURES if feature.frame == "feed"} == {True}


def test_a_column_that_is_not_let_in_gives_nulls_not_zeros() -> None:
    """Of an attribute that no event of the services carries nothing is known."""
    found = features_of(
        activity_of(
            [
                {"pseudonym": "a", "activity_type": "outpatient", "start": -3, "treatment_function": "100"},
                {"pseudonym": "a", "activity_type": "community_contact", "start": -3},
                {"pseudonym": "a", "activity_type": "mental_health_contact", "start": -3, "contact_medium": "01"},
            ]
        )
    )["a"]
    assert (found["outpatient_first_365"], found["elderly_medicine_365"]) == (None, 0)
    assert (found["community_face_to_face_365"], found["mental_health_face_to_face_365"]) == (None, 1)


def test_years_registered() -> None:
    people = people_of(
        [{"pseudonym": "a", "registered_from": AS_AT - dt.timedelta(days=1461)}, {"pseudonym": "b", "registered_from": None}]
    )
    assert [row["years_registered"] for _, row in sorted(features_of(activity_of([]), people).items())] == [4.0, None]


def test_a_feed_is_missing_where_it_did_not_come_or_came_too_late() -> None:
    activity = activity_of([{"pseudonym": "a", "activity_type": kind, "start": -200} for kind in ("outpatient", "gp_snapshot")])
    on_time = features_of(activity, lags={"sus_op": 74})["a"]
    assert [on_time[f"missing_{feed}"] for feed in ("sus_op", "gp", "ecds")] == [False, False, True]
    assert features_of(activity, lags={"sus_op": 75})["a"]["missing_sus_op"] is True
