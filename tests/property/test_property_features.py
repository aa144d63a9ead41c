"""All features against a slow, obvious reference, and against leakage from after the index date, on generated events."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from schemas.activity_types import ACTIVITY_TYPES
from stratify.features import FEATURES
from stratify.features.indices import INDICES
from stratify.features.lags import TYPES_OF
from stratify.features.living import STATUSES
from stratify.features.long_term import REGISTERS
from tests.dials import examples
from tests.reference_features import BEDS, TOLD_WHEN_OVER, heard, reference
from tests.stratify_area import EVERY_FEED, activity_of, features_of, people_of

Event = dict[str, Any]

SERVICE_TYPES = (
    None, "Long term support: Community", "Long Term Support: Nursing Care", "Long term support: Residential care",
    "Short term support: ST-Max", "Unpaid carer support: Direct to unpaid carer",
)  # fmt: skip
REASONS = (
    None, "Physical Support: Personal care support", "Support with Memory & Cognition", "Mental Health Support",
    "Learning Disability Support", "Sensory Support: Support for dual impairment", "Unknown",
)  # fmt: skip
STATUS = (None, "Unknown", *(value.capitalize() for _, values in STATUSES.values() for value in values[:1]))
CODES = ("I500", "j181", "W011", "W19X", "S721", "S728", "F059", "N390", "N185", "A419", "C349", "E119", "K520")


def attributes(kind: str) -> dict[str, tuple[Any, ...]]:
    """The values that each attribute of a type takes."""
    if kind in BEDS:
        return {
            "admission_method": (None, "21", "2A", "2B", "2C", "28"), "patient_classification": (None, "1", "2", "3", "4"),
            "discharge_method": (None, "1", "2", "7"), "discharge_destination": (None, "19", "54", "85"),
        }  # fmt: skip
    if kind.startswith("social_care"):
        of_package = {"weekly_units": (None, 3.0, 10.55, -1.0), "weekly_cost_pence": (None, 70_001, -5)}
        return {
            "client_type": (None, "Service user", "Unpaid carer"), "service_type": SERVICE_TYPES,
            "service_component": (None, "Reablement", "Equipment"), "delivery_mechanism": (None, "Direct payment"),
            "primary_support_reason": REASONS, "accommodation_status": STATUS, "has_unpaid_carer": (None, "Yes", "No"),
            **(of_package if kind == "social_care_service" else {}),
        }  # fmt: skip
    medium = {"contact_medium": (None, "01", "02", "home visit", "telephone"), "attended": (None, "3", "5", "6")}
    return {
        "accident_and_emergency": {"department_type": (None, "01", "03"), "attendance_category": (None, "1", "2")},
        "outpatient": {
            "first_attendance": (None, "1", "2", "3", "4"), "treatment_function": (None, "430", "100"),
            "attended": (None, "3", "5", "6"),
        },
        "delayed_discharge": {"delay_attribution": (None, "NHS", "SOCIAL_CARE", "BOTH")},
        "gp_snapshot": {
            "repeat_medicines": (None, 0, 9), "consultations_12m": (None, 4), "efi_score": (None, 0.25),
            "bmi": (None, 17.0, 31.5, 300.0),
            "smoking": (None, "unknown", "never", "current"),
        },
    }.get(kind, medium)  # type: ignore[return-value]  # fmt: skip


@st.composite
def events(draw: st.DrawFn) -> Event:
    """One event, near the edges of windows more often than not; some end before they start, some cost less than nothing."""
    kind = draw(st.sampled_from(sorted(ACTIVITY_TYPES)))
    start = draw(st.one_of(st.integers(-1200, 20), st.sampled_from((-731, -730, -366, -365, -181, -180, -91, -90, -30, -1, 0))))
    length = draw(st.one_of(st.none(), st.integers(-3, 40), st.integers(0, 900)))
    codes = (*REGISTERS.values(), "PC", "OB") if kind == "gp_snapshot" else CODES
    return {
        "activity_type": kind,
        "start": start,
        "end": None if length is None else start + length,
        "cost": draw(st.sampled_from((None, 0, 12_345, -100))),
        "provider": draw(st.sampled_from((None, "RXX", "RYY", "P01"))),
        "codes": " ".join(draw(st.lists(st.sampled_from(codes), max_size=3))),
        **{name: draw(st.sampled_from(values)) for name, values in attributes(kind).items()},
    }


histories = st.lists(st.lists(events(), max_size=14), min_size=12, max_size=16)
late = st.fixed_dictionaries({source: st.sampled_from((0, 0, 12, 40, 95)) for source in TYPES_OF})
# Each example builds whole tables: shrinking one would take minutes.
generated = settings(
    max_examples=examples(12, 2),
    derandomize=True,
    suppress_health_check=list(HealthCheck),
    phases=(Phase.explicit, Phase.generate),
)


def built(people: list[list[Event]], **options: Any) -> dict[str, dict[str, Any]]:
    rows = [{**event, "pseudonym": f"p{number}"} for number, history in enumerate(people) for event in history]
    table: pa.Table = activity_of(rows)
    return features_of(table, people_of({"pseudonym": f"p{number}"} for number in range(len(people))), **options)


@generated
@given(histories, late)
def test_every_feature_agrees_with_the_reference(people: list[list[Event]], lags: dict[str, int]) -> None:
    found = built(people, available=EVERY_FEED, lags=lags)
    for number, history in enumerate(people):
        expected = reference(history, lags)
        row = found[f"p{number}"]
        assert {name: (row[name], value) for name, value in expected.items() if row[name] != value} == {}


def test_the_reference_knows_every_feature_made_of_events() -> None:
    of_events = {feature.name for feature in FEATURES if feature.frame not in ("person", "feed")}
    assert of_events - {feature.name for feature in INDICES} == reference([]).keys()


def changed(event: Event, lags: dict[str, int], to: Event) -> Event:
    """Another event in the place of one that was not heard of; another end of one whose end was not."""
    as_it_was = heard(event, lags)
    if as_it_was is None:
        return to
    return event if as_it_was == event else {**event, "end": to["end"]}


@st.composite
def unheard(draw: st.DrawFn, lags: dict[str, int]) -> Event:
    """An event of which no feed so late had spoken, with an end after the index date."""
    event = draw(events())
    start = draw(st.integers(0, 50))
    lag = min(lags.values())
    if event["activity_type"] in TOLD_WHEN_OVER and draw(st.booleans()):
        start = -draw(st.integers(1, 500))
    return {**event, "start": start, "end": draw(st.integers(max(start, -lag), 90))}


@generated
@given(st.data())
def test_nothing_after_the_index_date_shows_in_any_feature(data: st.DataObject) -> None:
    people, lags = data.draw(histories), data.draw(late)
    more = iter(data.draw(st.lists(unheard(lags), min_size=40, max_size=40)))
    spare = data.draw(unheard(lags))
    tampered = [[*(changed(event, lags, next(more, spare)) for event in history), next(more, spare)] for history in people]
    then = [[was for event in history if (was := heard(event, lags)) is not None] for history in people]
    found = built(people, lags=lags)
    assert differences(found, built(tampered, lags=lags)) == []
    assert differences(found, built(then, lags=lags)) == []


def differences(one: dict[str, dict[str, Any]], other: dict[str, dict[str, Any]]) -> list[tuple[str, str, Any, Any]]:
    pairs = [(who, name, value, other[who][name]) for who, row in one.items() for name, value in row.items()]
    return [pair for pair in pairs if pair[2] != pair[3]]
