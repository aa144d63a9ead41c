"""Need and use: rates, seasons, deaths, and how well use foretells emergency admission."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from synthetic_data.admissions import planned_reasons
from synthetic_data.area import AreaSettings
from synthetic_data.care import HOME, NURSING
from synthetic_data.conditions import REGISTERS, registers
from synthetic_data.need import NeedState, age_part
from synthetic_data.spells import EMERGENCY, TRANSFER, make_spells
from synthetic_data.world import World, make_world


@pytest.fixture(scope="module")
def large() -> World:
    """Large enough that a model can be fitted; nothing of it is written."""
    return make_world(AreaSettings(people=12_000, seed=3, as_at=dt.date(2026, 10, 31), years=4))


def years_lived(world: World) -> float:
    days = range(world.settings.start, world.settings.today, 91)
    return float(np.mean([world.registered(day).sum() for day in days]) * (world.settings.today - world.settings.start) / 365.25)


# Events per person and year, about.
@pytest.mark.parametrize(("service", "rate"), [
    ("emergency", 0.11), ("planned", 0.15), ("accident", 0.30), ("outpatient", 1.4), ("gp", 5.6),
    ("community", 1.05), ("mental", 0.38),
])  # fmt: skip
def test_each_service_has_about_its_rate(large: World, service: str, rate: float) -> None:
    stream = large.course.streams[service]
    found = (stream.day <= large.settings.today).sum() / years_lived(large)
    assert found == pytest.approx(rate, rel=0.25)


def test_use_foretells_emergency_admission_as_well_as_it_does_in_life(large: World) -> None:
    """The prior-use rule about .70, a sensible model .75 to .82; bands are wide because the area is small."""
    index = large.settings.today - 365
    who = np.flatnonzero(large.registered(index))

    def count(service: str, first: int, last: int) -> np.ndarray:
        stream = large.course.streams[service]
        rows = (stream.day > first) & (stream.day <= last)
        return np.bincount(stream.person[rows], minlength=len(large.people))[who]

    outcome = count("emergency", index, index + 365) > 0
    prior = count("emergency", index - 365, index)
    age = large.age(who, index)
    windows = [count(service, index - days, index) for service in large.course.streams for days in (90, 365, 730)]
    bands = [np.digitize(age, (1, 5, 18, 40, 65, 75, 85)) == band for band in range(8)]
    features = np.column_stack([np.log1p(column) for column in windows] + bands)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.03, max_iter=400))
    predicted = cross_val_predict(model, features, outcome, cv=3, method="predict_proba")[:, 1]
    assert 0.64 < roc_auc_score(outcome, prior) < 0.75
    assert 0.74 < roc_auc_score(outcome, predicted) < 0.84
    assert roc_auc_score(outcome, predicted) > roc_auc_score(outcome, prior) + 0.05


def test_need_rises_with_age_and_worsens_with_time(large: World) -> None:
    assert age_part(np.array([85.0]))[0] > age_part(np.array([65.0]))[0] > age_part(np.array([30.0]))[0]
    state = NeedState.at_start(large.chance, large.people, large.places)
    rows, age = np.arange(len(large.people)), np.full(len(large.people), 80.0)
    before = state.log_need(rows, age).mean()
    for month in range(24):
        state.step(large.chance, rows, age, month)
    assert state.log_need(rows, age).mean() > before + 0.1


def test_the_old_and_the_needy_die_and_nobody_uses_anything_afterwards(large: World) -> None:
    died = large.course.died
    dead = np.flatnonzero(died <= large.settings.today)
    assert len(dead) / years_lived(large) == pytest.approx(0.0095, rel=0.3)
    assert np.median(large.age(dead, died[dead])) > 70
    for stream in large.course.streams.values():
        assert (stream.day <= died[stream.person]).all()
        assert (stream.day >= large.people.entered[stream.person]).all()
        assert (stream.day < large.people.left[stream.person]).all()


def test_nobody_lies_in_two_beds_and_spells_end_after_they_begin(large: World) -> None:
    spells = make_spells(large, planned_reasons(large))
    assert (spells.ready >= spells.admitted).all()
    assert (spells.discharged >= spells.ready).all()
    assert (spells.discharged <= large.course.died[spells.person]).all()
    own = spells.take(spells.kind != TRANSFER)
    order = np.lexsort((own.admitted, own.person))
    same = own.person[order][1:] == own.person[order][:-1]
    assert (own.admitted[order][1:] > own.discharged[order][:-1])[same].all()
    emergency = spells.take(spells.kind == EMERGENCY)
    old = (large.age(emergency.person, emergency.admitted) >= 65) & (emergency.ready - emergency.admitted >= 3)
    waited = emergency.ready < emergency.discharged
    assert 0.12 < waited[old].mean() < 0.35


def test_winter_brings_more_emergencies(large: World) -> None:
    stream = large.course.streams["emergency"]
    month = stream.day.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    winter, summer = np.isin(month, (11, 0, 1)).sum(), np.isin(month, (5, 6, 7)).sum()
    assert winter > summer


def test_about_three_in_a_hundred_adults_have_a_care_package(large: World) -> None:
    packages = large.course.care.packages(large.people, large.course.died)
    today = large.settings.today
    running = (packages.start <= today) & (packages.end > today)
    adults = (large.registered(today) & (large.age(np.arange(len(large.people)), today) >= 18)).sum()
    assert running.sum() / adults == pytest.approx(0.032, abs=0.012)
    assert set(packages.level.tolist()) == set(range(HOME, NURSING + 1))
    assert (packages.end > packages.start).all()


def test_conditions_only_add_up_and_are_spelt_as_registers(large: World) -> None:
    who = np.arange(2000)
    then, now = (large.health.conditions(who, day) for day in (large.settings.start, large.settings.today))
    assert then.sum() < now.sum()
    assert registers(np.zeros((1, len(REGISTERS)), bool)).to_pylist() == [None]
    assert registers(np.ones((1, len(REGISTERS)), bool)).to_pylist() == [";".join(REGISTERS)]
