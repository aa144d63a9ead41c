"""docs/reference/features.md, made from `FEATURES`, `SCORES` and the models' own words. `make docs` writes it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable

from stratify import outcomes
from stratify.assure import AIMED_AT, GAIN_AIMED_AT, TOLERATED
from stratify.features import FEATURES, GROUPS
from stratify.features.feature import EVENTS_COPE, Feature
from stratify.features.lags import OLDEST_DAYS
from stratify.models import night_choice, night_fit, night_models, prior_rule
from stratify.models.card import INTENDED
from stratify.models.night_models import MODELS, NightModel
from stratify.scores import SCORES
from stratify.scores.score import ScoreRule


def reference_page() -> str:
    """The page as Markdown."""
    parts = [
        "# Features and scores",
        "Generated from `stratify/`. Change the words there, beside the code that they describe.",
        "## Features",
        "One row per person registered and alive at the index date. Only events that begin before it count, as they were "
        "known on that day. A feature is null where its feed sent nothing in two years, and where no event of it carries the "
        "column it needs: nothing heard is not no use. "
        f"{len(FEATURES)} features; every feature's purpose: {_purposes()}. A source without a legal basis for it is not read, "
        "and its features are null. No feed tells of 111 or 999 calls, of how somebody came to A&E, of missed appointments or of "
        "who lives alone, so no feature does.",
        "### Groups",
        "A model's reasons are added up by these.",
        _table(("group", "what it tells", "features", "read by models"), map(_group_row, GROUPS)),
        "### How late a feed may be",
        f"A feed later than this counts as missing (`missing_...`). {_lags()}. Until then {EVENTS_COPE}. A model learns from "
        "snapshots in which each feed is as late as tonight.",
        "### The list",
        _table(("feature", "type", "unit", "feeds", "group", "meaning"), map(_feature_row, FEATURES)),
        "## Scores by rule",
        _table(("score", "version", "feeds", "meaning", "source"), map(_score_row, SCORES)),
        "## Risk scores",
        _paragraphs(night_models.__doc__),
        _table(("score", "asked of", "happens", "prior-use rule", "learns from"), map(_model_row, MODELS)),
        INTENDED,
        f"### Outcomes\n\n{_paragraphs(outcomes.__doc__)}",
        *(f"`{model.name}`: {_paragraphs(inspect.getmodule(model.happened).__doc__)}" for model in MODELS),
        f"### How they are fitted and checked\n\n{_paragraphs(night_fit.__doc__)}\n\n{_paragraphs(night_choice.__doc__)}",
        f"### Fallback and baseline\n\n{_paragraphs(prior_rule.__doc__)} The night falls back on it with fewer than "
        f"{night_models.FEWEST_EVENTS} outcome events to learn from; the score's version then names the rule.",
        f"### Gates\n\nCalibration slope and expected over observed: green {AIMED_AT[0]:.2f} to {AIMED_AT[1]:.2f}, amber "
        f"{TOLERATED[0]:.2f} to {TOLERATED[1]:.2f}, red outside. AUROC gain over the prior-use rule: green from "
        f"{GAIN_AIMED_AT:.2f}, amber from 0, red below. Never red on the fallback rule or with too few events to tell.",
    ]
    return "\n\n".join(parts) + "\n"


def _purposes() -> str:
    return "; ".join(sorted({feature.purpose for feature in FEATURES}))


def _lags() -> str:
    return "Days before the index date: " + ", ".join(f"{source} {days}" for source, days in OLDEST_DAYS.items())


def _group_row(group: str) -> tuple[str, ...]:
    own = [feature for feature in FEATURES if feature.group == group]
    return group, GROUPS[group], str(len(own)), "yes" if any(feature.modelled for feature in own) else "no"


def _feature_row(feature: Feature) -> tuple[str, ...]:
    feeds = ", ".join(feature.feeds)
    return f"`{feature.name}`", feature.kind, feature.unit, feeds, feature.group, feature.description


def _score_row(rule: ScoreRule) -> tuple[str, ...]:
    return f"`{rule.name}`", f"`{rule.version}`", ", ".join(rule.feeds), rule.description, rule.source


def _model_row(model: NightModel) -> tuple[str, ...]:
    every = "30 days" if model.window_days else "year"
    learns = f"{' + '.join(map(str, model.slices[:-1]))} index dates, one every {every}; checked on the {model.slices[-1]} after"
    rule = f"`{model.rule.column}`, ties by `{model.rule.ties}`"
    return f"`{model.name}`", model.asked, model.outcome, rule, learns


def _table(heading: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heading, tuple("---" for _ in heading), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _paragraphs(text: str | None) -> str:
    return "\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n"))
