"""The models step: each model fitted anew or that of the night before, and which of the two is used where both are there."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from governance.policies import policy_named
from pipelines.analytic import Bench
from pipelines.analytic_features import learn_name, usable
from pipelines.analytic_tables import PSEUDONYMISED
from pipelines.kept_models import (
    KEPT_FOR_AMBER,
    Kept,
    carry_over,
    checked_name,
    kept_model,
    model_path,
    why_fit,
    write_fitted,
)
from pipelines.night import Outcome, code_version
from pipelines.small_counts import in_words

if TYPE_CHECKING:
    from stratify.assurance import Check
    from stratify.assure import Gate, State
    from stratify.models.night_fit import Fitted, Learned
    from stratify.models.night_models import NightModel

# The score that people are listed by: its model, where it fails, makes no list; the others then fall back.
LISTED_BY = "emergency_admission_12_months"

# People up to whom models are found side by side: of more, the tables of two would take too much memory at once.
SIDE_BY_SIDE_TO = 50_000


class Used(NamedTuple):
    """The model a score is given by tonight, the rows that checked it, and what is to be said of it."""

    fitted: Fitted
    checked: pa.Table
    fitted_on: dt.date
    why: str
    is_kept: bool
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def models(bench: Bench) -> Outcome:
    """Every model's file and `checked_<file>` table."""
    from stratify.models.night_file import save_night_model
    from stratify.models.night_models import MODELS

    features = bench.shelf.get(PSEUDONYMISED, "feature")
    (bench.folder / "model").mkdir(exist_ok=True)
    refs, said, warnings, notes = [], {}, list[str](), list[str]()
    for model, used in zip(MODELS, _side_by_side(bench, MODELS, features), strict=True):
        if used.is_kept:
            carry_over(bench, model)
        else:
            save_night_model(used.fitted, model_path(bench.folder, model))
        refs.append(bench.shelf.put_arrow(PSEUDONYMISED, checked_name(model), used.checked))
        said[model.name] = {"fitted_on": used.fitted_on.isoformat(), "code": code_version(), "why": used.why}
        warnings += used.warnings
        notes += used.notes
    write_fitted(bench, said)
    return Outcome(tuple(refs), tuple(warnings), tuple(notes))


def _side_by_side(bench: Bench, models: Sequence[NightModel], features: pa.Table) -> list[Used]:
    """The models used, each found in a thread of its own, as many at a time as the night has, of a large area one after another;
    each is the same either way.

    Its arithmetic is that of one thread, which has to be said for all of them: said in each, the first to end would undo it.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    at_a_time = bench.threads if features.num_rows <= SIDE_BY_SIDE_TO else 1
    with threadpool_limits(limits=1), ThreadPoolExecutor(at_a_time) as pool:
        return list(pool.map(lambda model: _used(bench, model, features), models))


def _used(bench: Bench, model: NightModel, features: pa.Table) -> Used:
    kept, read = kept_model(bench, model), usable(features)
    why = why_fit(bench, kept, read)
    if not why and kept is not None:
        return _yesterdays(model, kept)
    table = bench.shelf.get(PSEUDONYMISED, learn_name(model))
    return _decided(bench, model, _fresh(bench, model, table, read, why), kept, read, table)


def _yesterdays(model: NightModel, kept: Kept, warning: str = "", amber: str = "") -> Used:
    """The model of the night before; with a warning where the gates named in `amber` keep tonight's out."""
    note = f"the model of {model.title} is that fitted on {kept.fitted_on.isoformat()}."
    why = f"{KEPT_FOR_AMBER}: {amber}" if warning else "it is young enough"
    return Used(kept.fitted, kept.checked, kept.fitted_on, why, True, (warning,) if warning else (), (note,))


def _fresh(bench: Bench, model: NightModel, table: pa.Table, read: list[str], why: str) -> Used:
    """A model fitted tonight, or the rule where it cannot be."""
    from stratify.models.night_fit import fit_night

    learned = fit_night(model, table, read)
    silent = silent_columns(table, read)
    warnings = [fell_back(model, reason, bench)] if (reason := why_fell_back(learned.fitted)) else []
    if silent:
        words = f"the model of {model.title} does without the features of feeds that did not arrive: {len(silent)}"
        warnings.append(f"{words}, the first {silent[0]}.")
    return Used(learned.fitted, learned.checked, bench.as_at, why, False, tuple(warnings))


def fell_back(model: NightModel, why: str, bench: Bench) -> str:
    """The warning of a night that gives a score by the rule; counts as the policy shows them."""
    return f"the model of {model.title} fell back on the prior-use rule: {in_words(why, policy_named(bench.policy))}."


def why_fell_back(fitted: Fitted) -> str:
    """Why a model is the rule; empty where it is none."""
    from stratify.models.prior_rule import FittedRule

    return fitted.why if isinstance(fitted, FittedRule) else ""


def silent_columns(table: pa.Table, read: list[str]) -> list[str]:
    """Features that had values in the past and have none tonight: those of a feed that did not arrive."""
    from stratify.models.night_models import is_read
    from stratify.models.snapshots import BESIDE

    names = [name for name in table.column_names if name not in (*BESIDE, *read) and is_read(name)]
    return [name for name in names if table[name].null_count < table.num_rows]


def _decided(bench: Bench, model: NightModel, fresh: Used, kept: Kept | None, read: list[str], table: pa.Table) -> Used:
    """Tonight's model, yesterday's where a gate of tonight's is amber, or for a score that makes no list the rule."""
    from stratify.assurance import Earlier, decide
    from stratify.assure import overall

    gates, earlier = judged(bench, fresh.fitted, fresh.checked, repeats=1)[1], None
    state = overall(gates)
    if state == "amber" and kept is not None and not why_fell_back(kept.fitted):
        reads_tonight = set(kept.fitted.columns) == set(read)
        earlier = Earlier(_again(bench, model, kept, table) if reads_tonight else state, kept.fitted_on, reads_tonight)
    decision = decide(state, earlier, bench.as_at)
    failed = ", ".join(gate.name for gate in gates if gate.state == state)
    words = f"{model.title}: {decision.why} ({failed})."
    if decision.model == "yesterday" and kept is not None:
        return _yesterdays(model, kept, words, failed)
    if decision.model == "none" and model.name != LISTED_BY:
        return _rule_instead(bench, model, table, fresh)
    return fresh._replace(notes=(words,) if decision.why else ())


def _again(bench: Bench, model: NightModel, kept: Kept, table: pa.Table) -> State:
    """The worst gate of the model of the night before on tonight's check: it may have gone wrong where tonight's did."""
    from stratify.assure import overall
    from stratify.models.night_fit import held_against

    return overall(judged(bench, kept.fitted, held_against(model, kept.fitted, table), repeats=1)[1])


def _rule_instead(bench: Bench, model: NightModel, table: pa.Table, fresh: Used) -> Used:
    from stratify.models.night_fit import fall_back

    learned: Learned = fall_back(model, table, "a gate of the model is red")
    warning = fell_back(model, "a gate of the model is red", bench)
    return fresh._replace(fitted=learned.fitted, checked=learned.checked, warnings=(*fresh.warnings, warning))


def judged(bench: Bench, fitted: Fitted, checked: pa.Table, *, repeats: int | None = None) -> tuple[Check, tuple[Gate, ...]]:
    """The check of a model and its gates. `repeats` are the resamples for its intervals: a decision needs none of them."""
    from stratify.assurance import check_model
    from stratify.assurance.resampling import REPEATS
    from stratify.assure import gates

    key = checked.select(["pseudonym", "index_date"])
    check = check_model(
        key.append_column("p", checked["p"]),
        key.append_column("outcome", checked["outcome"]),
        baseline=key.append_column("p", checked["rule"]),
        people=bench.shelf.get(PSEUDONYMISED, "person"),
        capacity=round(bench.tiers.case_management * checked.num_rows),
        repeats=REPEATS if repeats is None else repeats,
    )
    return check, gates(_Judged(fitted.kind, why_fell_back(fitted)), check.assessment, check.groups)


class _Judged(NamedTuple):
    kind: str
    why: str


def latest(checked: pa.Table) -> dt.date | None:
    """The latest index date of a check; none where it has no row."""
    day: dt.date | None = pc.max(checked["index_date"]).as_py()
    return day
